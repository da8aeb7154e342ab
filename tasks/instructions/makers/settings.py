"""`makers` of params/instructions.yaml: rows wanted of each maker that asks a model, and the knobs of each."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.params import settings


@settings
class Ask:
    """Questions about functions and commands whose answer is known: makers/ask.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""


@settings
class BackTranslate:
    """Instructions for passages and functions, which are their answers: makers/back_translate.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    least_score: Annotated[int, Field(ge=1, le=5)]
    """The teacher scores instruction and answer from 1 to 5; rows below this are refused."""
    rounds: Annotated[int, Field(ge=1)]
    """Rounds that candidates are dealt out over; from the second on, the teacher is shown pairs kept before."""


@settings
class Grounded:
    """Questions about a passage, answered by a span of it: makers/grounded.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    round_trip: bool
    """Whether the teacher must find the answer again by its own question."""


@settings
class Dialogue:
    """Two or three questions about one passage: makers/dialogue.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    round_trip: bool
    """Whether the teacher must find each answer again by its own question."""


@settings
class Evolve:
    """Harder and rarer instructions made of those that are there: makers/evolve.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    rounds: Annotated[int, Field(ge=1)]
    """How often what has evolved may evolve again."""


@settings
class Writer:
    """Instructions by a small model that is trained on the Pairs so far: makers/writer.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out, and trains nothing."""
    start: Annotated[str, Field(pattern=r"^(path:.+|hub:[\w.-]+/[\w.-]+@[0-9a-f]{40})?$")]
    """A T5 or BART to begin with: path:<folder>, relative to the checkout, or hub:<org/name>@<commit>; "" is one of 1.4
    million random weights."""
    steps: Annotated[int, Field(ge=0)]
    """Updates of its weights, 16 Pairs each; 0 takes `start` as it is."""
    least_score: Annotated[int, Field(ge=1, le=5)]
    """The teacher scores instruction and answer from 1 to 5; rows below this are refused."""


@settings
class Constrain:
    """Instructions with constraints that are checked: makers/constrain.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    samples: Annotated[int, Field(ge=0)]
    """Answers the teacher is asked for to one instruction; those that fail make Preferences. 0 asks nothing of it."""


@settings
class TeacherTranslates:
    """The teacher, by the prompts in params/prompts/translate.yaml."""

    kind: Literal["teacher"]
    """teacher."""


@settings
class TranslationModel:
    """A model of one direction, or of many that are told which: MarianMT, NLLB, M2M100, T5."""

    model: Annotated[str, Field(pattern=r"^(path:.+|hub:[\w.-]+/[\w.-]+@[0-9a-f]{40})$")]
    """path:<folder>, relative to the checkout, or hub:<org/name>@<commit>; safetensors only."""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
    """Of the weights; "" takes whatever they are, and asks everything again when that changes."""
    opening: str
    """What stands before each text, such as ">>cmn_Hans<< " for an opus-mt of many languages; "" nothing."""
    source_code: str
    """What its tokenizer calls the language of the texts: eng_Latn for NLLB, en for M2M100; "" where it has no names."""
    target_code: str
    """The token of the language that is wanted: zho_Hans for NLLB, __zh__ for M2M100; "" where it has no names."""


@settings
class ModelsTranslate:
    """Two sequence-to-sequence models in this process, or the same twice."""

    kind: Literal["seq2seq"]
    """seq2seq."""
    to_english: TranslationModel
    """Chinese to English."""
    to_chinese: TranslationModel
    """English to Chinese, in the script that is wanted."""


@settings
class Translate:
    """Rows of one language in another: makers/translate.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    to: Annotated[list[Literal["en", "zh-Hans", "zh-Hant"]], Field(min_length=1)]
    """Languages to translate to: English rows to those that are Chinese, Chinese rows to en."""
    least_back_score: Annotated[float, Field(ge=0, le=100)]
    """Least chrF, 0 to 100, between each part of a row and its translation, translated back."""
    translator: Annotated[TeacherTranslates | ModelsTranslate, Field(discriminator="kind")]
    """Who translates: teacher, or seq2seq."""


@settings
class SelfInstruct:
    """New tasks in the manner of those in params/seeds: makers/self_instruct.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    instances: Annotated[int, Field(ge=1)]
    """Inputs with their outputs that an instruction may have; the paper asks for up to 5."""


@settings
class Decompose:
    """Instructions taken apart into steps, and the answer to one of them: makers/decompose.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    least_coverage: Annotated[float, Field(ge=0, le=1)]
    """Share of the words of an instruction, in Chinese of its pairs of characters, that its steps must hold."""


@settings
class Code:
    """Functions, calls, bugs and tests whose answers have been run: makers/code.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    run_code: bool
    """Whether code of the corpus and of the teacher may be run, in a bubblewrap box: these rows are refused without it, and
    those of oss_instruct are not run."""
    samples: Annotated[int, Field(ge=0)]
    """Functions the teacher writes for one description, each run; 0 asks nothing of it."""


@settings
class OssInstruct:
    """Programming problems that code of the corpus inspires, and their solutions: makers/oss_instruct.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out. Whether examples in them are run, code.run_code says."""


@settings
class Makers:
    """Makers that ask the teacher, in the order in which they run."""

    ask: Ask
    back_translate: BackTranslate
    grounded: Grounded
    dialogue: Dialogue
    oss_instruct: OssInstruct
    evolve: Evolve
    writer: Writer
    self_instruct: SelfInstruct
    translate: Translate
    constrain: Constrain
    decompose: Decompose
    code: Code
