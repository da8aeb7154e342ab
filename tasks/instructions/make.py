"""data/instructions/: Pairs by template and by model of data/corpus/, and ready-made ones, screened, split by source.

    train, test, dropped    Pairs, and what the screen refused with its reason
    quarantined             rows of makers that a model did not answer, or in no form that could be read
    replay                  prose Documents of the train side, to train on as plain text
    prose                   prose Documents of the test side, for perplexity
    preferences             pairs of answers, where a maker gave some; with exports/preferences.jsonl
    exports/                both splits for other tools, test as *_test; dataset/ is a folder for `datasets`

No source is on both sides, and no row of train asks what a row of test asks.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.cards.card import write_card
from tasks.instructions import exports, ready_made
from tasks.instructions.by_template import ByTemplate
from tasks.instructions.choose import sides
from tasks.instructions.dataset_folder import write_dataset
from tasks.instructions.decontaminate import Suites
from tasks.instructions.diversity import diversity
from tasks.instructions.library import Library
from tasks.instructions.mix import ByModel, made_by_model
from tasks.instructions.screen import Screen
from tasks.instructions.select import Selection, select
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.split import check_split
from tasks.instructions.suites import digests, read_suites
from tasks.instructions.tally import Tally
from tasks.instructions.teacher import Teacher, teacher_of
from tasks.instructions.templates import LANGUAGES, Template, chosen, read_templates
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Workshop
from tasks.ledger import Books
from tasks.records import Document, Dropped, Pair, Preference
from tasks.shards import Folder, new_folder, read_manifest, read_rows
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


def make(params: InstructionsParams, workspace: Workspace, numbers: Numbers) -> None:
    """Publish data/instructions. Raises ParamsError for a wrong template, InputError for a corpus that cannot be split,
    EndpointError where the budget is used up."""
    started = time.monotonic()
    begun = start(params, workspace)
    by_model, asked = ByModel(), {}
    if makers(params):
        with teacher_of(params.teacher, workspace) as teacher:
            by_model = made_by_model(params, begun.shop(params, teacher), begun.screen, begun.books)
            asked = {name: _asked(name, tally, teacher) for name, tally in by_model.tallies.items()}
            _report_makers(teacher, by_model.tallies, numbers)
    check_split([*begun.train, *by_model.pairs], begun.test)
    chosen = _chosen([*begun.train, *by_model.pairs], params, workspace, begun.books)
    train = chosen.kept
    with new_folder(workspace.data / "instructions") as out:
        _write(out, {"train": train, "test": begun.test}, begun.books)
        out.facts["selected"] = chosen.facts
        preferences = write_preferences(out, by_model.preferences, train)
        card = write_card(out, "instructions", before=workspace.data / "corpus")
        numbers.texts(card)
        replaced = _replaced(workspace)
        _write_dataset(out, {"train": train, "test": begun.test}, preferences, card=card["card.md"], replaced=replaced)
        out.rows("replay", [document for document in begun.learnt if document.kind == "prose"], Document)
        out.rows("prose", [document for document in begun.held_out if document.kind == "prose"], Document)
        out.facts["not_applicable"] = dict(sorted(begun.not_applicable.items()))
        out.facts["decontaminated"] = begun.suites.told()
        out.facts["suites"] = digests([name for name in begun.suites.told() if name != OWN_SUITE], workspace.root)
        out.facts["makers"] = {name: tally.told() for name, tally in by_model.tallies.items()}
        out.facts["diversity"] = {name: diversity(pairs) for name, pairs in by_model.by_maker().items()}
        out.facts["teacher"] = asked
        out.facts["rows"] = {"train": _by_family(train, begun.templates), "test": _by_family(begun.test, begun.templates)}
    _report({"train": train, "test": begun.test}, begun.books, numbers)
    numbers.metric("seconds", time.monotonic() - started)


def start(params: InstructionsParams, workspace: Workspace) -> Start:
    """Rows by template and ready-made ones, and all that makers begin with."""
    known = read_templates(workspace.params / "templates")
    templates = chosen(known, params.templates.families, "templates.families in params/instructions.yaml")
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
    train += ready_made.rows(ready, "train", screen, books)
    not_applicable, folder = maker.not_applicable, workspace.params
    return Start(library, templates, learnt, held_out, train, test, screen, suites, books, not_applicable, folder)


def screen_of(params: InstructionsParams, workspace: Workspace) -> Screen:
    """A screen by the params, which refuses the kinds of personal data that data/corpus had replaced."""
    longest = (params.max_prompt_characters, params.max_answer_characters, params.max_ready_characters)
    return Screen(*longest, private=_replaced(workspace))


def _replaced(workspace: Workspace) -> list[str]:
    """Kinds of personal data that data/corpus had replaced."""
    return sorted(read_manifest(workspace.data / "corpus").get("privacy", {}))


def _chosen(pairs: Sequence[Pair], params: InstructionsParams, workspace: Workspace, books: Books) -> Selection:
    """Rows of train within the budget; the books know of the others."""
    if params.select.budget is None:
        return Selection(list(pairs), [], {})
    scores = _scores(pairs, workspace.data / "foundation") if params.select.by == "deita" else None
    chosen = select(pairs, budget=params.select.budget, seed=params.seed, scores=scores)
    books.gave(-len(chosen.left))  # the screen had let them through
    for pair, (rule, reason) in chosen.left:
        books.drop(pair.id, rule, reason, pair)
    return chosen


def _scores(pairs: Sequence[Pair], foundation: Path) -> dict[str, float]:
    """IFD by id, by the foundation in fp32."""
    from tasks.causal_lm import load_model, load_tokenizer  # 5 s, which a run without scores does not pay
    from tasks.instructions.ifd import ifd_of

    return ifd_of(load_model(foundation), load_tokenizer(foundation), sorted(pairs, key=lambda pair: pair.id))


def _asked(name: str, tally: Tally, teacher: Teacher) -> dict[str, Any]:
    """What a maker was expected to cost and did cost, and how its JSON was had: as in any other run with these params."""
    calls, prompt_tokens, new_tokens = tally.spent.parts
    money = round(teacher.account.budget.money(tally.spent), 6)
    actual = {"tries": tally.tried, "calls": calls, "prompt_tokens": prompt_tokens, "new_tokens": new_tokens, "money": money}
    return {
        "forecast": tally.estimate.told() if tally.estimate else None,
        "actual": actual,
        "json": {path: count for (maker, path), count in sorted(teacher.replies.items()) if maker == name},
    }


def _write(out: Folder, splits: dict[str, list[Pair]], books: Books) -> None:
    for name, pairs in splits.items():
        out.rows(name, sorted(pairs, key=lambda pair: pair.id), Pair)
    for name, rows in {"dropped": books.dropped, "quarantined": books.quarantined}.items():
        aside = sorted(rows, key=lambda row: (row.id, row.rule, row.row))
        out.rows(name, aside, Dropped)
    for name, pairs in splits.items():
        ordered, end = sorted(pairs, key=lambda pair: pair.id), "" if name == "train" else f"_{name}"
        out.text(f"exports/alpaca{end}.json", exports.alpaca(ordered))
        out.text(f"exports/sharegpt{end}.json", exports.sharegpt(ordered))
        out.text(f"exports/messages{end}.jsonl", exports.messages(ordered))
    out.text("exports/dataset_info.json", exports.dataset_info(splits))
    out.facts["books"] = books.balance()


def write_preferences(out: Folder, preferences: Sequence[Preference], train: Sequence[Pair]) -> list[Preference]:
    """By-products of rows that stayed, by id, and written; nothing is written where there are none."""
    stayed = {pair.id for pair in train}
    ordered = sorted((one for one in preferences if one.origin in stayed), key=lambda preference: preference.id)
    if preferences:
        out.facts["preferences"] = {"kept": len(ordered), "left": len(preferences) - len(ordered)}
    if ordered:
        out.rows("preferences", ordered, Preference)
        out.text("exports/preferences.jsonl", exports.preferences(ordered))
        out.text("exports/preferences_conversational.jsonl", exports.preference_conversations(ordered, train))
    return ordered


def _write_dataset(
    out: Folder,
    splits: dict[str, list[Pair]],
    preferences: Sequence[Preference],
    *,
    card: str,
    replaced: Sequence[str],
) -> None:
    ordered = {name: sorted(pairs, key=lambda pair: pair.id) for name, pairs in splits.items()}
    write_dataset(out, ordered, preferences, card=card, replaced=replaced)


def _by_family(pairs: Sequence[Pair], templates: Sequence[Template]) -> dict[str, dict[str, int]]:
    """Rows by family and language; a family that found no document shows its zero."""
    languages = sorted({*LANGUAGES, *(pair.language for pair in pairs)})
    counts = Counter((pair.task, pair.language) for pair in pairs)
    families = {template.family for template in templates} | {pair.task for pair in pairs}
    return {family: {language: counts[family, language] for language in languages} for family in sorted(families)}


def _report(splits: dict[str, list[Pair]], books: Books, numbers: Numbers) -> None:
    for name, pairs in splits.items():
        numbers.metric(f"{name}/rows", len(pairs))
        for group, rows in Counter(pair.task for pair in pairs).items():
            numbers.metric(f"{name}/rows/{group}", rows)
        for group, rows in Counter(pair.language for pair in pairs).items():
            numbers.metric(f"{name}/rows_in/{group}", rows)
    for rule, rows in books.balance()["dropped"].items():
        numbers.metric(f"dropped/{rule}", rows)


def _report_makers(teacher: Teacher, tallies: Mapping[str, Tally], numbers: Numbers) -> None:
    for name, tally in tallies.items():
        numbers.metric(f"makers/{name}/tried", tally.tried)
        numbers.metric(f"makers/{name}/kept", tally.kept)
        if tally.preferences:
            numbers.metric(f"makers/{name}/preferences", tally.preferences)
    numbers.metric("teacher/asked", teacher.asked.total())
    numbers.metric("teacher/reused", teacher.reused.total())
    numbers.metric("teacher/prompt_tokens", teacher.account.spent.prompt_tokens)
    numbers.metric("teacher/new_tokens", teacher.account.spent.new_tokens)
    numbers.metric("teacher/money", teacher.account.budget.money(teacher.account.spent))
