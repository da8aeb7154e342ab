"""Train a writer on the rows that are there and tell how good it is: `python -m tasks.instructions.writer train`.

    400 steps on 1,746 rows of 134 sources, loss 8.15 to 0.39
    judged on 454 rows of 34 other sources; in brackets 95 %

    who                 lang   rows  ROUGE-L             writer ahead by         passes the screen
    writer              en      343  0.39 [0.36, 0.42]                           0.95 [0.93, 0.97]
    commonest of task   en      343  0.50 [0.47, 0.53]   -0.11 [-0.15, -0.07]    1.00 [0.99, 1.00]
    …

`--to FOLDER` keeps it: a model folder as safetensors with its tokenizer, and figures.json. No row is made here, and nothing
else is written: data/instructions has rows of a writer where makers.writer.rows in params/instructions.yaml asks for them.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from tqdm import tqdm

from tasks.bootstrap import Interval, wilson
from tasks.completions import Reply, Request
from tasks.errors import InputError, exit_code_of
from tasks.instructions.command_line import between
from tasks.instructions.decontaminate import Suites
from tasks.instructions.make import OWN_SUITE, screen_of
from tasks.instructions.makers.back_translate import LONGEST_REPLY
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.suites import read_suites
from tasks.instructions.writer.examples import example, examples
from tasks.instructions.writer.judging import OURS, Figures, Write, commonest, judged, nearest, parted
from tasks.instructions.writer.network import Writer, begun
from tasks.instructions.writer.training import trained
from tasks.params import load
from tasks.records import Pair
from tasks.shards import new_folder, read_rows
from tasks.workspace import Workspace, here

HEADING = ("who", "lang", "rows", "ROUGE-L", "writer ahead by", "passes the screen")
AT_EITHER_END = 10
"""Steps over which the loss is told."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was learnt from, and how good it is on what was not."""

    steps: int
    seed: int
    learnt_rows: int
    learnt_sources: int
    held_out_rows: int
    held_out_sources: int
    first_loss: float | None
    """Mean over the first steps, in nats a token; None where there was no step."""
    last_loss: float | None
    writer: str
    """Identity of what was trained."""
    figures: list[Figures]

    def told(self) -> dict[str, Any]:
        """For figures.json."""
        return {**asdict(self), "figures": [one.told() for one in self.figures]}

    def table(self) -> Iterator[str]:
        """Lines for people."""
        learnt = f"{self.learnt_rows:,} rows of {self.learnt_sources} sources"
        judged_on = f"{self.held_out_rows:,} rows of {self.held_out_sources} other sources"
        fell = f", loss {self.first_loss:.2f} to {self.last_loss:.2f}" if self.steps else ""
        yield f"{self.steps} steps on {learnt}{fell}\n"
        yield f"judged on {judged_on}; in brackets 95 %\n\n"
        for cells in (HEADING, *map(_cells, self.figures)):
            yield "{:<18}  {:<4}  {:>5}  {:<18}  {:<22}  {}".format(*cells).rstrip() + "\n"


def train(workspace: Workspace, *, steps: int | None, seed: int | None, share: float) -> tuple[Writer, Report]:
    """A writer that learns from data/instructions and is judged on `share` of its sources. What is None, params/ says.

    Raises InputError where rows or sources are wanting, TrainingError where the loss is no number.
    """
    params = load(InstructionsParams, workspace.params / "instructions.yaml")
    steps, seed = params.makers.writer.steps if steps is None else steps, params.seed if seed is None else seed
    folder = workspace.data / "instructions"
    learnt, held_out = parted(list(read_rows(folder, "train", Pair)), seed=seed, share=share)
    suites = Suites({OWN_SUITE: list(read_rows(folder, "test", Pair)), **read_suites(params.suites, workspace.root)})

    def screen() -> Screen:
        opened = screen_of(params, workspace)
        opened.held_out = suites.refusal
        return opened

    start = begun(params.makers.writer.start, workspace) if params.makers.writer.start else None
    made = trained(examples(learnt), steps=steps, seed=seed, start=start)
    writers = {OURS: _says(made.writer), "commonest of task": commonest(learnt), "nearest of train": nearest(learnt)}
    report = Report(
        steps=steps,
        seed=seed,
        learnt_rows=len(learnt),
        learnt_sources=len({pair.source for pair in learnt}),
        held_out_rows=len(held_out),
        held_out_sources=len({pair.source for pair in held_out}),
        first_loss=fmean(made.losses[:AT_EITHER_END]) if made.losses else None,
        last_loss=fmean(made.losses[-AT_EITHER_END:]) if made.losses else None,
        writer=made.writer.identity,
        figures=judged(writers, held_out, screen=screen, seed=seed),
    )
    return made.writer, report


def keep(folder: Path, writer: Writer, report: Report) -> None:
    """Write a model folder with figures.json, whole or not at all. Raises EnvironmentFault where it cannot be written."""
    with new_folder(folder) as out:
        for name, content in writer.files().items():
            (out.path / name).write_bytes(content)
        out.json("figures.json", report.told())


def run(workspace: Workspace, asked: argparse.Namespace) -> None:
    """Do what the command line asks. Raises ZhilingError, before anything is trained where it can be known by then."""
    if asked.to is not None and os.path.lexists(asked.to):
        raise InputError(f"--to {asked.to} is there already, and is not overwritten. Name a new folder, or remove it.")
    writer, report = train(workspace, steps=asked.steps, seed=asked.seed, share=asked.held_out)
    sys.stdout.writelines(report.table())
    if asked.to is not None:
        keep(asked.to, writer, report)
        sys.stdout.write(f"{asked.to}: the writer and figures.json\n")


def main(arguments: Sequence[str]) -> int:
    """The exit code is that of the error met, else 0."""
    parser = argparse.ArgumentParser(
        prog="python -m tasks.instructions.writer", description="A model that writes instructions."
    )
    training = parser.add_subparsers(required=True).add_parser("train", help="train one on data/instructions, and judge it")
    training.add_argument("--to", type=Path, help="new folder for the model and figures.json; else none is written")
    training.add_argument("--steps", type=between(int, 0, 10**6), help="of 16 rows each (makers.writer.steps)")
    training.add_argument("--seed", type=int, help="decides weights, order and which sources are held out (seed)")
    training.add_argument(
        "--held-out", type=between(float, 0.01, 0.9), default=0.2, help="share of the sources it is judged on (0.2)"
    )
    asked = parser.parse_args(arguments)
    return exit_code_of("writer", lambda: run(here(), asked))


def _says(writer: Writer) -> Write:
    """Its instructions to Pairs. One that it never ended stands as far as it came."""

    def write(pairs: Sequence[Pair]) -> list[str]:
        requests = [Request(example(pair)[0], LONGEST_REPLY, stop=()) for pair in pairs]
        told = writer.replies(requests)
        said = [reply for [(_, reply)] in tqdm(told, desc="judge", total=len(requests), disable=None, file=sys.stderr)]
        return [reply.raw.strip() for reply in said if isinstance(reply, Reply)]

    return write


def _cells(one: Figures) -> tuple[str, ...]:
    low, high = wilson(one.passed, one.rows)
    passed = Interval(one.passed / one.rows, low, high)
    lead = _bracketed(one.lead, "+.2f") if one.lead else ""
    return one.who, one.language, f"{one.rows:,}", _bracketed(one.rouge_l), lead, _bracketed(passed)


def _bracketed(one: Interval, form: str = ".2f") -> str:
    return f"{one.mean:{form}} [{one.low:{form}}, {one.high:{form}}]"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
