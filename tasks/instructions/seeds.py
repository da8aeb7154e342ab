"""params/seeds/*.yaml → tasks written by people, from which self-instruct starts.

    seeds = read_seeds(Path("params/seeds"))
    seeds[0]   → Seed(instruction="Decide whether …", instances=(("We waited an hour …", "negative"), …),
                      kind="classification", language="en")

They are data: yours to add to. The data set of Wang et al. 2022 (arXiv:2212.10560) has 175 in English; these are our own.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.errors import ParamsError
from tasks.params import load, settings
from tasks.records import content_id

Kind = Literal["classification", "code", "command", "extraction", "format", "generation", "list", "maths", "qa", "rewriting"]
LICENSE = "Apache-2.0"
"""Of the seeds, as of all this repository."""


@settings
class Instance:
    """What a task may be given, and what is wanted then."""

    input: str
    """"" where the task needs nothing."""
    output: Annotated[str, Field(min_length=1)]


@settings
class SeedTask:
    """One task of a file."""

    instruction: Annotated[str, Field(min_length=1)]
    kind: Kind
    """What kind of task it is; `classification` has few possible outputs, the labels."""
    instances: Annotated[tuple[Instance, ...], Field(min_length=1)]


@settings
class SeedFile:
    """One file: tasks in one language."""

    language: Literal["en", "zh"]
    seeds: Annotated[tuple[SeedTask, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Seed:
    """A task with its instances as (input, output)."""

    instruction: str
    instances: tuple[tuple[str, str], ...]
    kind: str
    language: str

    @property
    def id(self) -> str:
        """A hash of the instruction."""
        return content_id("seed", self.instruction)

    @property
    def is_classification(self) -> bool:
        """Whether its outputs are labels."""
        return self.kind == "classification"


def read_seeds(folder: Path) -> list[Seed]:
    """All seeds, file by file.

    Raises ParamsError for a wrong file, a blank line within a text, an instruction that comes twice.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ParamsError(f"{folder} holds no .yaml file with seeds; `git checkout {folder}` brings back the usual ones.")
    seeds: list[Seed] = []
    for file in files:
        found = load(SeedFile, file)
        for number, task in enumerate(found.seeds, 1):
            seed = Seed(
                task.instruction, tuple((one.input, one.output) for one in task.instances), task.kind, found.language
            )
            _check(seed, f"{file}: seed {number}", seeds)
            seeds.append(seed)
    return seeds


def _check(seed: Seed, where: str, before: list[Seed]) -> None:
    for text in (seed.instruction, *(part for instance in seed.instances for part in instance)):
        if "\n\n" in text or text != text.strip():
            raise ParamsError(
                f"{where}: {text[:60]!r} holds a blank line, which ends answers, or space at an end; remove it."
            )
    if any(seed.instruction == other.instruction for other in before):
        raise ParamsError(f"{where}: {seed.instruction[:60]!r} comes twice; remove one.")
