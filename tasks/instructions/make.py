"""data/instructions/: Pairs by template and by model of data/corpus/, and ready-made ones, screened, split by source.

    train, test, dropped    Pairs, and what the screen refused with its reason
    quarantined             rows that a model did not answer for, or in no form that could be read: made, or to be scored
    replay                  prose Documents of the train side, to train on as plain text
    prose                   prose Documents of the test side, for perplexity
    preferences             pairs of answers, where a maker gave some; with exports/preferences.jsonl
    exports/                both splits for other tools, test as *_test; dataset/ is a folder for `datasets`

No source is on both sides, and no row of train asks what a row of test asks.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tasks.cards.card import write_card
from tasks.completions import Journal
from tasks.instructions import judge, ready_made
from tasks.instructions.by_template import ByTemplate
from tasks.instructions.choose import sides
from tasks.instructions.dataset_folder import write_dataset
from tasks.instructions.decontaminate import Suites
from tasks.instructions.diversity import diversity
from tasks.instructions.figures import asked_of, report_judge, report_makers, report_rows, rows_by_family
from tasks.instructions.judge import Judged
from tasks.instructions.kept_ifd import ifd_of
from tasks.instructions.library import Library
from tasks.instructions.mix import ByModel, made_by_model, put_aside
from tasks.instructions.prompts import prompts_of
from tasks.instructions.publish import write_preferences, write_rows
from tasks.instructions.screen import Screen
from tasks.instructions.screen.blocked import blocked_words
from tasks.instructions.select import NO_HELP, Selection, select
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.split import check_split
from tasks.instructions.suites import digests, read_suites
from tasks.instructions.teacher import Teacher, teacher_of
from tasks.instructions.templates import Template, read_templates
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Workshop
from tasks.ledger import Books
from tasks.records import Document, Pair
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

OWN_SUITE = "data/instructions/test"


@dataclass(frozen=True, slots=True)
class Start:
    """What there is before any model is asked."""

    library: Library
    templates: Sequence[Template]
    learnt: Sequence[Document]
    """Of the train side."""
    held_out: Sequence[Document]
    train: list[Pair]
    test: list[Pair]
    screen: Screen
    suites: Suites
    books: Books
    not_applicable: Mapping[str, int]
    params: Path
    """Folder of the params files."""

    def shop(self, params: InstructionsParams, teacher: Teacher) -> Workshop:
        """What makers are given of it."""
        return Workshop(
            library=self.library,
            documents=self.learnt,
            pairs=self.train,
            teacher=teacher,
            seed=params.seed,
            chinese_share=params.chinese_share,
            most=0,
            params=self.params,
        )


@dataclass(frozen=True, slots=True)
class ByTeacher:
    """What the teacher gives; where nobody asks it, nothing."""

    made: ByModel = field(default_factory=ByModel)
    judged: Judged = field(default_factory=Judged)
    told: dict[str, Any] = field(default_factory=dict)
    """What it was asked, for the manifest, by who asked."""


def make(params: InstructionsParams, workspace: Workspace, numbers: Numbers) -> None:
    """Publish data/instructions. Raises ParamsError for a wrong template, InputError for a corpus that cannot be split,
    EndpointError where the budget is used up, or the teacher answers nothing."""
    started = time.monotonic()
    begun = start(params, workspace)
    by_teacher = _by_teacher(params, workspace, begun, numbers)
    by_model = by_teacher.made
    check_split([*begun.train, *by_model.pairs], begun.test)
    rated = _rated([*begun.train, *by_model.pairs], by_teacher.judged, begun.books)
    chosen = _chosen(rated, params, workspace, scores=by_teacher.judged.scores)
    if params.select.budget and params.select.budget > len(chosen.kept):
        room = f"select.budget in params/instructions.yaml has room for {params.select.budget:,}"
        sys.stderr.write(f"select: train has {len(chosen.kept):,} rows; {room}\n")
    begun.books.took_back(len(chosen.left))
    for pair, (rule, reason) in chosen.left:
        begun.books.drop(pair.id, rule, reason, pair)
    splits = {name: sorted(rows, key=lambda row: row.id) for name, rows in (("train", chosen.kept), ("test", begun.test))}
    with new_folder(workspace.data / "instructions") as out:
        write_rows(out, splits, begun.books)
        out.facts["selected"] = chosen.facts
        if params.select.judged:
            out.facts["judged"] = by_teacher.judged.facts
        preferences = write_preferences(out, by_model.preferences, splits["train"])
        card = write_card(out, "instructions", before=workspace.data / "corpus")
        numbers.texts(card)
        replaced = _replaced(workspace)
        write_dataset(out, splits, preferences, card=card["card.md"], replaced=replaced)
        out.rows("replay", [document for document in begun.learnt if document.kind == "prose"], Document)
        out.rows("prose", [document for document in begun.held_out if document.kind == "prose"], Document)
        out.facts["not_applicable"] = dict(sorted(begun.not_applicable.items()))
        out.facts["decontaminated"] = begun.suites.told()
        out.facts["suites"] = digests([name for name in begun.suites.told() if name != OWN_SUITE], workspace.root)
        out.facts["makers"] = {name: tally.told() for name, tally in by_model.tallies.items()}
        out.facts["diversity"] = {name: diversity(pairs) for name, pairs in by_model.by_maker().items()}
        out.facts["teacher"] = by_teacher.told
        out.facts["rows"] = {name: rows_by_family(rows, begun.templates) for name, rows in splits.items()}
    report_rows(splits, begun.books, numbers)
    numbers.metric("seconds", time.monotonic() - started)


def start(params: InstructionsParams, workspace: Workspace) -> Start:
    """Rows by template and ready-made ones, and all that makers begin with."""
    where = "templates.families in params/instructions.yaml"
    templates = read_templates(workspace.params / "templates", params.templates.families, where)
    library = Library(read_rows(workspace.data / "corpus", "documents", Document))
    side = sides((document.source for document in library.documents), seed=params.seed, test_share=params.test_share)
    held_out, learnt = (
        [document for document in library.documents if side[document.source] == name] for name in ("test", "train")
    )
    books = Books("instructions")
    screen = screen_of(params, workspace)
    came = read_rows(workspace.data / "archive", "pairs", Pair)
    ready = ready_made.placed(came, seed=params.seed, test_share=params.test_share)
    maker = ByTemplate(library, screen, books, params.seed, params.chinese_share)
    # Test first: a train row that asks the same is then the one refused.
    test = maker.rows(templates, held_out, split="test", wanted=params.test_rows_per_family)
    test += ready_made.rows(ready, "test", screen, books)
    suites = Suites({OWN_SUITE: test, **read_suites(params.suites, workspace.root)})
    screen.held_out = suites.refusal
    train = maker.rows(templates, learnt, split="train", wanted=params.train_rows_per_family)
    train += ready_made.rows(ready, "train", screen, books, most=params.train_rows_per_ready_set, seed=params.seed)
    not_applicable, folder = maker.not_applicable, workspace.params
    return Start(library, templates, learnt, held_out, train, test, screen, suites, books, not_applicable, folder)


def screen_of(params: InstructionsParams, workspace: Workspace) -> Screen:
    """A screen by the params, which refuses blocked words, and the kinds of personal data that data/corpus had replaced."""
    longest = (params.max_prompt_characters, params.max_answer_characters, params.max_ready_characters)
    return Screen(*longest, private=_replaced(workspace), blocked=blocked_words(workspace.params / "blocked.txt"))


def _replaced(workspace: Workspace) -> list[str]:
    """Kinds of personal data that data/corpus had replaced."""
    return sorted(read_manifest(workspace.data / "corpus").get("privacy", {}))


def _by_teacher(params: InstructionsParams, workspace: Workspace, begun: Start, numbers: Numbers) -> ByTeacher:
    """What makers make, and what the teacher thinks of every row of train: both of one budget."""
    if not makers(params) and not params.select.judged:
        return ByTeacher()
    with teacher_of(params.teacher, workspace) as teacher:
        shop = begun.shop(params, teacher)
        made, judged = made_by_model(params, shop, begun.screen, begun.books), Judged()
        tallies = dict(made.tallies)
        if params.select.judged:
            every = [*begun.train, *made.pairs]
            shown = replace(shop, pairs=every, most=len(every))
            judged = judge.judged_of(shown, prompts_of(judge, begun.params), least_score=params.select.least_score)
            tallies[judge.NAME] = judged.tally
            report_judge(judged, numbers)
        report_makers(teacher, made.tallies, numbers)
        return ByTeacher(made, judged, {name: asked_of(name, tally, teacher) for name, tally in tallies.items()})


def _rated(pairs: Sequence[Pair], judged: Judged, books: Books) -> list[Pair]:
    """The rows that the judge lets pass; the books know of the others."""
    gone = {row.id for row in judged.refused}
    books.took_back(len(gone))
    for row in judged.refused:
        put_aside(row, books)
    return [pair for pair in pairs if pair.id not in gone]


def _chosen(
    pairs: Sequence[Pair], params: InstructionsParams, workspace: Workspace, *, scores: Mapping[str, float]
) -> Selection:
    """Rows of train within the budget; `scores` are the judge's, where it was asked."""
    wanted = params.select
    if wanted.budget is None:
        return Selection(list(pairs), [], {})
    if wanted.by == "random":
        return select(pairs, budget=wanted.budget, seed=params.seed)
    if wanted.by == "judge":
        return select(pairs, budget=wanted.budget, seed=params.seed, scores=scores)
    ifd = ifd_of(pairs, workspace.data / "foundation", Journal(workspace.cache / "completions.sqlite"))
    return select(pairs, budget=wanted.budget, seed=params.seed, scores=ifd, no_help=NO_HELP)
