"""`makers` of params/instructions.yaml: rows wanted of each maker that asks a model, and the knobs of each."""

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
class Evolve:
    """Harder and rarer instructions made of those that are there: makers/evolve.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    rounds: Annotated[int, Field(ge=1)]
    """How often what has evolved may evolve again."""


@settings
class Constrain:
    """Instructions with constraints that are checked: makers/constrain.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    samples: Annotated[int, Field(ge=0)]
    """Answers the teacher is asked for to one instruction; those that fail make Preferences. 0 asks nothing of it."""


@settings
class Code:
    """Functions, calls, bugs and tests whose answers have been run: makers/code.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    run_code: bool
    """Whether code of the corpus and of the teacher may be run, in a bubblewrap box; rows are refused without it."""
    samples: Annotated[int, Field(ge=0)]
    """Functions the teacher writes for one description, each run; 0 asks nothing of it."""


@settings
class Makers:
    """Makers that ask the teacher."""

    ask: Ask
    back_translate: BackTranslate
    grounded: Grounded
    dialogue: Dialogue
    evolve: Evolve
    constrain: Constrain
    code: Code
