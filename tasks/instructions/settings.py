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
class Constrain:
    """Instructions with constraints that are checked: makers/constrain.py."""

    rows: Annotated[int, Field(ge=0)]
    """Rows wanted in the train split; 0 leaves it out."""
    samples: Annotated[int, Field(ge=0)]
    """Answers the teacher is asked for to one instruction; those that fail make Preferences. 0 asks nothing of it."""


@settings
class Makers:
    """Makers that ask the teacher."""

    ask: Ask
    constrain: Constrain


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
