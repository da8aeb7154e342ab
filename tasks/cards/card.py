"""A folder in the making → its card.md, lengths.svg and drops.svg: what somebody asks before using a data set.

    numbers.texts(write_card(out, "corpus", before=workspace.data / "archive"))

Reads what was just written, by column; facts["books"] must be there. Equal rows in any order give equal bytes.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tasks.cards import samples
from tasks.cards.figures import COUNTED, Figures, count, example_reasons
from tasks.cards.plots import drops_plot, lengths_plot
from tasks.records import Document, Pair
from tasks.shards import Folder

MOST_VALUES = 15
"""Rows of a table of values; the rest is summed up."""


def write_card(
    out: Folder, stage: str, *, before: Path | None = None, private: Callable[[str], str] = str
) -> dict[str, str]:
    """Write the three files into the folder; their texts by name.

    `before` is the folder that the stage read; its texts are shown after `private`, for a card goes to MLflow.
    """
    kind = Pair if (out.path / "train").exists() else Document
    tables = [out.path / name for name in (("train", "test") if kind is Pair else ("documents",))]
    figures = count(tables, kind)
    facts = out.facts
    books = facts["books"]
    dropped = {rule: rows for what in ("dropped", "quarantined") for rule, rows in books[what].items()}
    kinds = {name: long for name, long in figures.lengths.items() if name != "text"}
    shown = samples.of_pairs(out.path, before) if kind is Pair else samples.of_documents(out.path, before, private)
    texts = {
        "card.md": "\n".join(_card(out.path, stage, figures, facts, shown)) + "\n",
        "drops.svg": drops_plot(dropped),
        "lengths.svg": lengths_plot(kinds),
    }
    for name, text in texts.items():
        out.text(name, text)
    return texts


def _card(folder: Path, stage: str, figures: Figures, facts: Mapping[str, Any], shown: Iterable[str]) -> Iterator[str]:
    books = facts["books"]
    yield f"# Data card: {stage}\n"
    aside = {what: sum(books[what].values()) for what in ("dropped", "quarantined")}
    yield from _table(
        ("rows in", "out", "dropped", "quarantined"), [(books["in"], books["out"], aside["dropped"], aside["quarantined"])]
    )
    is_pair = "task" in figures.values
    for column, heading in COUNTED[Pair if is_pair else Document].items():
        yield f"\n## {heading}\n"
        yield from _values(figures.values[column], figures.rows, last="templates/" if column == "maker" else "")
    yield "\n## Lengths\n\nIn characters.\n"
    yield from _table(("", "rows", "min", "median", "95 %", "max"), _lengths(figures))
    yield "\n![Rows by length](lengths.svg)"
    yield from _ready_made(folder / "pairs")
    yield "\n## What did not go on\n"
    yield from _drops(folder, books)
    yield "\n![Rows dropped, by rule](drops.svg)"
    yield f"\n`python -m tasks.why --dropped --stage {stage} --samples 3` shows more of them."
    if "judged" in facts:
        yield "\n## Scores by the teacher\n"
        yield from _judged(facts["judged"])
    if "privacy" in facts:
        yield "\n## Personal data and secrets\n"
        yield from _replaced(facts["privacy"])
    yield "\n## Samples\n"
    yield from shown


def _ready_made(folder: Path) -> Iterator[str]:
    """Of an archive that holds Pairs, too."""
    if not folder.exists() or not (figures := count([folder], Pair)).rows:
        return
    yield f"\n## Ready-made pairs\n\n{figures.rows} of the rows that went on are instructions with their answers.\n"
    yield from _values(figures.values["maker"], figures.rows)
    yield ""
    yield from _table(("", "rows", "min", "median", "95 %", "max"), _lengths(figures))


def _values(counts: Counter[str], rows: int, *, last: str = "") -> Iterator[str]:
    """The most frequent first; values that begin with `last`, of which there are many, after the others."""

    def place(item: tuple[str, int]) -> tuple[bool, int, str]:
        name, number = item
        return bool(last) and name.startswith(last), -number, name

    ordered = sorted(counts.items(), key=place)
    shown = [(samples.cell(name) or "(none)", number) for name, number in ordered[:MOST_VALUES]]
    if rest := ordered[MOST_VALUES:]:
        shown.append((f"{len(rest)} others", sum(number for _, number in rest)))
    yield from _table(("", "rows", "share"), [(name, number, f"{100 * number / rows:.1f} %") for name, number in shown])


def _lengths(figures: Figures) -> Iterator[tuple[Any, ...]]:
    """One line for each name; of a sorted array the value at a place, so that a median is a length that occurs."""
    import numpy as np

    for name, unsorted in figures.lengths.items():
        if unsorted.size:
            long = np.sort(unsorted)
            middle, most = ((long.size - 1) * percent // 100 for percent in (50, 95))
            yield (name, long.size, *(int(long[place]) for place in (0, middle, most, -1)))


def _drops(folder: Path, books: Mapping[str, Any]) -> Iterator[str]:
    rows = []
    for what in ("dropped", "quarantined"):
        reasons = example_reasons(folder / what) if (folder / what).exists() else {}
        rows += [(number, what, rule, samples.cell(reasons.get(rule, ""))) for rule, number in books[what].items()]
    rows.sort(key=lambda row: (-row[0], row[1:]))
    if not rows:
        yield "Nothing: every row went on."
        return
    yield from _table(("rows", "", "rule", "for example"), rows[:MOST_VALUES])


def _judged(judged: Mapping[str, Any]) -> Iterator[str]:
    yield "Of all rows of train before any was left out, by language.\n"
    scores = judged["scores"]
    yield from _table(("score", *scores), [(score, *(scores[name][score] for name in scores)) for score in "12345"])
    if unread := sum(judged["without_score"].values()):
        yield f"\n{unread} rows have no score that could be read; they are in quarantine."


def _replaced(counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        yield "Not looked for."
        return
    yield "Replaced by placeholders such as `<EMAIL>`, in all rows, those that did not go on included.\n"
    yield from _table(("", "replaced"), sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _table(head: tuple[str, ...], rows: Any) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(value) for value in row)} |"
