"""Claim: which training rows help. The same model, steps and seeds on rows made in different ways → what each way gains.

    python -m benchmarks.which_data_helps --scratch .cache/which_data_helps --seeds 0 1 2

An arm is params/ with changes (ARMS): the instructions stage makes its rows, the model stage learns from them for as many
steps as in every other arm, once for each seed, and the model answers the held-out rows of the first arm and the requests of
format_following.yaml. Needs data/{archive,corpus,foundation} (`python -m flows.whole archive corpus foundation`).
What is done is kept in the scratch folder: the same command goes on where it was stopped, with the same params. Hours on
two cores.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev

import torch
from ruamel.yaml import YAML

from benchmarks.table import table
from tasks import changes
from tasks.bootstrap import interval
from tasks.causal_lm import load_model, load_tokenizer
from tasks.chat import prompt
from tasks.checks import failed, written
from tasks.completions import Journal, Request, complete
from tasks.completions.local import LocalModel
from tasks.errors import InputError
from tasks.instructions import make as instructions
from tasks.instructions.settings import InstructionsParams
from tasks.model import make as model
from tasks.model.settings import ModelParams
from tasks.model_files import digest
from tasks.params import load
from tasks.precision import fastest
from tasks.records import Pair
from tasks.rouge import rouge_l
from tasks.scores.questions import held_out
from tasks.shards import as_json, read_rows, sha256_of
from tasks.tracking import Numbers
from tasks.workspace import Workspace, here

FIRST = "templates"
ARMS: dict[str, list[str]] = {
    FIRST: [],
    "templates, all families": ["instructions.templates.families=[]"],
    "+ ask": ["instructions.makers.ask.rows=120"],
    "+ constrain": ["instructions.makers.constrain.rows=400", "instructions.makers.constrain.samples=0"],
    "+ code": ["instructions.makers.code.rows=400", "instructions.makers.code.run_code=true"],
    "half, by lot": ["instructions.select.budget=1100", "instructions.select.by=random"],
    "half, selected": ["instructions.select.budget=1100", "instructions.select.by=deita"],
}
"""What each arm changes in params/."""
COLUMNS = ("learnt from", "rows", "held-out, exact", "change", "held-out, form", "change", "requests of form", "change")
ECHO = 0.8
"""From this ROUGE-L on, an answer is the request said again."""
NEW_TOKENS = {"held-out": 48, "form": 96}


@dataclass(frozen=True, slots=True)
class Question:
    """A request to the model and what is marked in its answer."""

    id: str
    source: str
    """Questions of one source are drawn together."""
    instruction: str
    input: str
    checks: tuple[str, ...]
    answer: str | None
    """None: only the checks count."""

    def marks(self, answer: str) -> dict[str, float]:
        """`exact` where there is a right answer, `form` where there are checks; each 0 or 1.

        No answer, or the request said again, has no form: many a check would pass it.
        """
        answer = answer.strip()
        right = {} if self.answer is None else {"exact": float(answer == self.answer.strip())}
        said = bool(answer) and rouge_l(answer, self.instruction) < ECHO
        return right | ({"form": float(said and not failed(self.checks, answer))} if self.checks else {})


Marks = Mapping[str, Mapping[str, float]]
"""By id of the question, then by name of the mark."""


def requests_of_form(file: Path) -> list[Question]:
    """The requests of format_following.yaml."""
    found = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    return [
        Question(
            id=f"{language} {number}",
            source=f"{language} {number}",
            instruction=row["ask"],
            input="",
            checks=tuple(written(name, arguments) for name, arguments in row["checks"].items()),
            answer=None,
        )
        for language, rows in found.items()
        for number, row in enumerate(rows)
    ]


def held_out_questions(made: Workspace, rows_per_task: int) -> list[Question]:
    """Rows of the test split that the scores stage would ask."""
    pairs = held_out(read_rows(made.data / "instructions", "test", Pair), rows_per_task)
    return [Question(row.id, row.source, row.instruction, row.input, row.constraints, row.output) for row in pairs]


def arm(name: str, home: Workspace, scratch: Path) -> Workspace:
    """A workspace with the arm's params and its data/instructions, made unless it is there."""
    place = Workspace(scratch / name.replace(" ", "-").replace(",", ""))
    if not (place.data / "instructions/manifest.json").exists():
        shutil.copytree(home.params, place.params, dirs_exist_ok=True)
        kinds = {"instructions": InstructionsParams}
        changes.apply(changes.parse(ARMS[name]), kinds, place.params)
        place.data.mkdir(parents=True, exist_ok=True)
        _link(home, place, ("archive", "corpus", "foundation"))
        params = load(InstructionsParams, place.params / "instructions.yaml")
        instructions.make(params, place, Numbers.open(place, "instructions"))
    return place


def _begin(home: Workspace, scratch: Path) -> None:
    """Raises InputError where the scratch folder was begun with other params: its arms would not be comparable."""
    begun = scratch / "params.json"
    params = as_json({file.name: sha256_of(file) for file in sorted(home.params.rglob("*")) if file.is_file()})
    if not begun.exists():
        scratch.mkdir(parents=True, exist_ok=True)
        begun.write_text(params, encoding="utf-8")
    if begun.read_text(encoding="utf-8") != params:
        raise InputError(f"{scratch} was begun with other files in {home.params}. Name another folder, or delete this one.")


def _link(one: Workspace, other: Workspace, nouns: Sequence[str]) -> None:
    for noun in nouns:
        if not (other.data / noun).exists():
            (other.data / noun).symlink_to((one.data / noun).resolve())


def learnt(place: Workspace, params: ModelParams) -> Path:
    """data/model of an arm and a seed, trained unless it is there."""
    run = Workspace(place.root / f"seed-{params.seed}")
    if not (run.data / "model/manifest.json").exists():
        run.data.mkdir(parents=True, exist_ok=True)
        _link(place, run, ("foundation", "instructions"))
        model.make(params, run, Numbers.open(run, "model"))
    return run.data / "model"


def marked(foundation: Path, adapter: Path | None, questions: Mapping[str, Sequence[Question]], journal: Journal) -> Marks:
    """All questions, answered and marked; `questions` by how long the answers may be (NEW_TOKENS)."""
    weights = load_model(foundation, adapter=adapter, dtype=getattr(torch, fastest()))
    identity = digest(foundation) + (f"+{digest(adapter)}" if adapter else "")
    local = LocalModel(weights, load_tokenizer(foundation), identity)
    marks: dict[str, Mapping[str, float]] = {}
    for name, some in questions.items():
        asked = [Request(prompt(one.instruction, one.input, ()), max_new_tokens=NEW_TOKENS[name]) for one in some]
        answers = complete(asked, local, journal, about=name).completions
        marks |= {one.id: one.marks(answer.text) for one, answer in zip(some, answers, strict=True)}
    return marks


def compare(
    found: Mapping[str, Sequence[Marks]], questions: Mapping[str, Sequence[Question]], rows: Mapping[str, int]
) -> str:
    """The table: means over seeds, and how far each arm is from the first, with a 95 % interval over sources."""
    lines = []
    for name, runs in found.items():
        cells: list[object] = [name, rows.get(name, "")]
        for kind, mark in (("held-out", "exact"), ("held-out", "form"), ("form", "form")):
            asked = [one for one in questions[kind] if mark in runs[0][one.id]]
            each = [fmean(run[one.id][mark] for one in asked) for run in runs]
            spread = f" ± {stdev(each):.3f}" if len(each) > 1 else ""
            cells += [f"{fmean(each):.3f}{spread}", _change(found[FIRST], runs, asked, mark) if name != FIRST else ""]
        lines.append(cells)
    return table(COLUMNS, lines)


def _change(first: Sequence[Marks], other: Sequence[Marks], asked: Sequence[Question], mark: str) -> str:
    gains = [fmean(run[one.id][mark] for run in other) - fmean(run[one.id][mark] for run in first) for one in asked]
    change = interval(gains, [one.source for one in asked], resamples=2000, seed=0)
    return f"{change.mean:+.3f} [{change.low:+.3f}, {change.high:+.3f}]"


def run(home: Workspace, scratch: Path, *, names: Sequence[str], seeds: Sequence[int]) -> str:
    """Make, learn, ask: the table. `home` has data/{archive,corpus,foundation} and params/."""
    _begin(home, scratch)
    params = load(ModelParams, home.params / "model.yaml")
    places = {name: arm(name, home, scratch) for name in dict.fromkeys([FIRST, *names])}
    questions = {
        "held-out": held_out_questions(places[FIRST], rows_per_task=24),
        "form": requests_of_form(Path(__file__).parent / "format_following.yaml"),
    }
    journal, foundation = Journal(scratch / "answers.sqlite"), home.data / "foundation"
    found: dict[str, list[Marks]] = {"base, zero-shot": [marked(foundation, None, questions, journal)]}
    for seed in seeds:
        for name, place in places.items():
            adapter = learnt(place, replace(params, seed=seed))
            found.setdefault(name, []).append(marked(foundation, adapter, questions, journal))
            sys.stderr.write(f"{name}, seed {seed}: done\n")
    rows = {name: sum(1 for _ in read_rows(place.data / "instructions", "train", Pair)) for name, place in places.items()}
    (scratch / "marks.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return f"Seeds {', '.join(map(str, seeds))}; {params.steps} steps each.\n\n{compare(found, questions, rows)}"


def main(arguments: Sequence[str]) -> None:
    """Print the table of this checkout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scratch", type=Path, required=True, help="folder for what is made; kept between runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    wanted = parser.parse_args(arguments)
    sys.stdout.write(run(here(), wanted.scratch.resolve(), names=wanted.arms, seeds=wanted.seeds))


if __name__ == "__main__":
    main(sys.argv[1:])
