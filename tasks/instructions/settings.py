"""What params/instructions.yaml may say."""

from typing import Annotated

from pydantic import Field

from tasks.params import settings


@settings
class Ask:
    """Questions about functions whose answer is known: makers/ask.py."""

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
class Makers:
    """Makers that ask the teacher."""

    ask: Ask
    back_translate: BackTranslate
    grounded: Grounded
    dialogue: Dialogue


@settings
class InstructionsParams:
    """Settings of the instructions stage; template families are files in params/templates."""

    seed: int
    """Decides which sources are held out, which documents a family takes, and how each is worded."""
    test_share: Annotated[float, Field(gt=0, lt=1)]
    """Share of sources held out for the test split, 0 to 1."""
    train_rows_per_family: Annotated[int, Field(ge=1)]
    """Rows of each template family in the train split, where there are documents enough."""
    test_rows_per_family: Annotated[int, Field(ge=1)]
    """Rows of each template family in the test split, where there are documents enough."""
    chinese_share: Annotated[float, Field(ge=0, le=1)]
    """Share of rows asked in Chinese, 0 to 1, in each family of each split."""
    max_prompt_characters: Annotated[int, Field(ge=40)]
    """Longest instruction and input together, in characters."""
    max_answer_characters: Annotated[int, Field(ge=10)]
    """Longest answer, in characters."""
    max_ready_characters: Annotated[int, Field(ge=50)]
    """Longest ready-made row, its history and answer with it, in characters; max_tokens of the model limits it, too."""
    makers: Makers
    """Rows by model; a run in which all are 0 loads no model."""
    tries_per_row: Annotated[int, Field(ge=1)]
    """A maker gives up after this many tries for each row wanted of it."""
