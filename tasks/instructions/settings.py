"""What params/instructions.yaml may say."""

from typing import Annotated, Literal

from pydantic import Field

from tasks.completions import Budget
from tasks.completions.settings import Backend
from tasks.instructions.makers.settings import Makers
from tasks.params import settings


@settings
class Templates:
    """Rows by template: which families of params/templates are filled."""

    families: tuple[str, ...]
    """Names of files there without .yaml; [] fills them all."""


@settings
class TeacherParams:
    """The model that makers ask, and that scores rows where `select` says so."""

    backend: Annotated[Backend, Field(discriminator="kind")]
    """Whom: the foundation, an endpoint or llama_cpp; tasks/completions/settings.py has what each wants."""
    budget: Budget
    """What its answers may cost."""


@settings
class Selecting:
    """Which rows of train stay where there are more than wanted."""

    budget: Annotated[int, Field(ge=1)] | None
    """Rows of train, whoever made them; tasks and languages keep their shares. null keeps all."""
    by: Literal["random", "deita", "judge"]
    """random: by lot. deita: those that the foundation finds hardest for their instruction, unlike each other; it reads each
    row twice. judge: those whose answers the teacher scores highest, unlike each other; it is asked once about each row."""
    least_score: Annotated[int, Field(ge=1, le=5)] | None
    """The teacher scores the answer of each row of train from 1 to 5, and those below this are dropped, whatever the budget.
    null drops none, and it is asked only where `by: judge` has a budget to choose for."""

    @property
    def judged(self) -> bool:
        """Whether the teacher is asked what it thinks of rows."""
        return self.least_score is not None or (self.by == "judge" and self.budget is not None)


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
    templates: Templates
    max_prompt_characters: Annotated[int, Field(ge=40)]
    """Longest instruction and input together, in characters."""
    max_answer_characters: Annotated[int, Field(ge=10)]
    """Longest answer, in characters."""
    train_rows_per_ready_set: Annotated[int, Field(ge=0)] | None
    """Rows of each ready-made set in the train split, by lot; null takes all that pass the screen."""
    max_ready_characters: Annotated[int, Field(ge=50)]
    """Longest ready-made row, its history and answer with it, in characters; max_tokens of the model limits it, too."""
    makers: Makers
    """Rows by model; a run in which all are 0 loads no model."""
    teacher: TeacherParams
    """Whom the makers ask, and who scores rows."""
    suites: tuple[str, ...]
    """Test suites beside data/instructions/test, from the repository root: paths or globs of jsonl and parquet with a column
    `prompt`; no row of train may give an item of them away."""
    select: Selecting
    tries_per_row: Annotated[int, Field(ge=1)]
    """A maker gives up after this many tries for each row wanted of it."""
