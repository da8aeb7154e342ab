"""data/scores/ from data/foundation/, data/model/ and data/instructions/: base and tuned model on the same held-out rows.

metrics.json               the headline numbers, for `dvc metrics`
summary.json               every number, by task and language, with intervals, and the gate's verdict
plots/exact_by_task.csv    exact match of each system by task, for `dvc plots`
answers.jsonl              each row with what each system answered, and its marks
report.html  card.md       for people

A failed gate is a result, not an error: the stage succeeds, and the server stage then registers nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from tasks.completions import Journal
from tasks.errors import IntegrityError, ParamsError
from tasks.model_files import digest
from tasks.params import read
from tasks.precision import fastest
from tasks.records import Document, Pair, content_id
from tasks.scores.asking import Exam, sit
from tasks.scores.forgetting import compared, prose
from tasks.scores.gate import verdict
from tasks.scores.marks import FEW_SHOT, MAJORITY, METRICS, SYSTEMS, TUNED, ZERO_SHOT, Row, mark
from tasks.scores.questions import examples, held_out, majority
from tasks.scores.report import card, report
from tasks.scores.settings import ScoresParams
from tasks.scores.summary import summary
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace


def make(params: ScoresParams, workspace: Workspace, numbers: Numbers) -> None:
    """Ask, mark, judge, publish. Raises InputError or IntegrityError where what is to be scored is missing or unfit."""
    params = replace(params, dtype=fastest() if params.dtype == "auto" else params.dtype)
    made_from = [workspace.data / noun for noun in ("foundation", "instructions", "model")]
    foundation, _, model = made_from
    who = {"foundation": digest(foundation), "model": digest(model)}
    _refuse_strangers(model, who["foundation"])
    _refuse_unwatched(params.prose_files, workspace)
    rows, forgotten = _examined(params, workspace, numbers=numbers)
    found = summary(rows, resamples=params.resamples, seed=params.seed)
    judged = verdict(found, forgotten, min_gain=params.min_gain, max_forgetting=params.max_forgetting)
    asked = content_id("rows", *sorted(row.pair.id for row in rows))
    asks = {"rows": asked, "shots": params.shots, "dtype": params.dtype}
    scores = {**who, **asks, **found, "forgetting": forgotten, "verdict": judged}
    _publish(scores, rows, made_from, workspace)
    for name, value in _lines(headline(scores)):
        numbers.metric(name, value)


def headline(scores: Mapping[str, Any]) -> dict[str, Any]:
    """The numbers worth comparing between runs: each measure of each system, gains with bounds, forgetting, verdict."""
    overall = scores["overall"]
    changes = {
        name.replace(" - ", "_minus_"): {bound: measures["exact"][bound] for bound in ("mean", "low", "high")}
        for name, measures in overall["differences"].items()
    }
    ratios = {name: text["ratio"] for name, text in scores["forgetting"].items()}
    return {**overall["systems"], **changes, "perplexity_ratio": ratios, "passed": int(scores["verdict"]["passed"])}


def _refuse_strangers(model: Path, foundation: str) -> None:
    tuned_from = read_manifest(model).get("foundation")
    if tuned_from != foundation:
        raise IntegrityError(
            f"{model} was tuned from foundation {tuned_from}, but data/foundation is {foundation}. "
            "Tune what is there: `dvc repro model`."
        )


def _refuse_unwatched(files: Sequence[str], workspace: Workspace) -> None:
    watched = read(workspace.root / "dvc.yaml")["stages"]["scores"]["deps"]
    for file in files:
        if file not in watched:
            raise ParamsError(
                f"params/scores.yaml: prose_files names {file!r}, but dvc.yaml does not: a change in it would go unnoticed. "
                "Add it in dvc.yaml to the deps of scores, beside LICENSE."
            )


def _examined(
    params: ScoresParams, workspace: Workspace, *, numbers: Numbers
) -> tuple[list[Row], dict[str, dict[str, float]]]:
    """The held-out rows, answered and marked, and what was forgotten."""
    data, journal = workspace.data, Journal(workspace.cache / "completions.sqlite")
    instructions = data / "instructions"
    pairs = held_out(read_rows(instructions, "test", Pair), params.rows_per_task)
    train = list(read_rows(instructions, "train", Pair))
    documents = read_rows(instructions, "prose", Document)
    texts = prose(workspace.root, params.prose_files, documents, characters=params.prose_characters)
    prefixes = examples(pairs, train, shots=params.shots, draws=params.draws, seed=params.seed)
    exam = Exam(tuple(pairs), texts, params.max_new_tokens, params.window, getattr(torch, params.dtype))
    base = sit(exam, data / "foundation", tuned=None, runs={ZERO_SHOT: {}, FEW_SHOT: prefixes}, journal=journal)
    tuned = sit(exam, data / "foundation", tuned=data / "model", runs={TUNED: {}}, journal=journal)
    commonest = majority(train)
    said = {MAJORITY: {pair.id: commonest[pair.task] for pair in pairs}, **base.answers, **tuned.answers}
    losses = {**base.losses, **tuned.losses}
    for paper in (base, tuned):
        for run in paper.answers:
            numbers.metric(f"{run}/asked", paper.asked[run])
            numbers.metric(f"{run}/reused", paper.reused[run])
    return [_row(pair, said, losses) for pair in pairs], compared(base.prose, tuned.prose)


def _row(pair: Pair, said: Mapping[str, Mapping[str, str]], losses: Mapping[str, Mapping[str, float]]) -> Row:
    answers = {system: said[system][pair.id] for system in SYSTEMS}
    return Row(
        pair=pair,
        answers=answers,
        marks={system: mark(answer, pair) for system, answer in answers.items()},
        losses={system: by_row[pair.id] for system, by_row in losses.items()},
    )


def _publish(scores: Mapping[str, Any], rows: Sequence[Row], made_from: Sequence[Path], workspace: Workspace) -> None:
    with new_folder(workspace.data / "scores") as out:
        out.json("metrics.json", headline(scores))
        out.json("summary.json", scores)
        out.text("plots/exact_by_task.csv", _csv(scores))
        out.text("answers.jsonl", "".join(map(_line, rows)))
        out.text("report.html", report(scores, rows, made_from))
        out.text("card.md", card(scores, made_from))
        out.facts.update({name: scores[name] for name in ("foundation", "model")})


def _csv(scores: Mapping[str, Any]) -> str:
    lines = [
        f"{task},{system},{part['systems'][system]['exact']}\n"
        for task, part in scores["by_task"].items()
        for system in SYSTEMS
    ]
    return "".join(["task,system,exact\n", *lines])


def _line(row: Row) -> str:
    pair = {name: getattr(row.pair, name) for name in ("id", "task", "language", "source", "instruction", "input", "output")}
    history = {"history": row.pair.history} if row.pair.history else {}
    systems = {
        system: {
            "answer": row.answers[system],
            **{metric: getattr(row.marks[system], metric) for metric in METRICS},
            "loss": row.losses.get(system),
        }
        for system in SYSTEMS
    }
    return json.dumps({**pair, **history, "systems": systems}, ensure_ascii=False) + "\n"


def _lines(nested: Mapping[str, Any], name: str = "") -> list[tuple[str, float]]:
    """Nested numbers as ("tuned/exact", 0.74)."""
    lines = []
    for key, value in nested.items():
        place = f"{name}/{key}" if name else key
        lines += _lines(value, place) if isinstance(value, Mapping) else [(place, float(value))]
    return lines
