"""card.md and its plots: the right numbers, the same bytes, and text that stays text."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path
from typing import Any

from tasks.cards.card import write_card
from tasks.ledger import Books
from tasks.records import Document, Dropped, Pair
from tasks.shards import new_folder, read_manifest

HOSTILE = "![x](http://evil/) <script>alert(1)</script> | a\n## heading\n```\n\x1b[31m\u202e"


def document(number: int, text: str, *, kind: str = "prose", language: str = "en", title: str = "") -> Document:
    return Document(f"{number:016x}", text, language, title, kind, f"toy:{number}", "CC0-1.0")


def pair(number: int, parent: str) -> Pair:
    shared: dict[str, Any] = {"history": (), "constraints": (), "label": "", "source": "toy:1", "license": "MIT"}
    return Pair(
        f"{number:016x}",
        "Say it.",
        "in",
        "out",
        language="en",
        task="say",
        maker="t@1",
        parents=(parent,),
        split="train",
        **shared,
    )


def written(data: Path, stage: str, tables: dict[str, list[Any]], before: Path | None = None) -> tuple[str, dict[str, str]]:
    """Publish rows with their card; its text, and what was returned."""
    books = Books(stage)
    dropped = tables.get("dropped", [])
    books.dropped = dropped
    books.gave(sum(len(rows) for rows in tables.values()) - len(dropped))
    books.took(books.rows_out + len(dropped))
    with new_folder(data / stage) as out:
        for name, rows in tables.items():
            kind = Dropped if name == "dropped" else Pair if name in ("train", "test", "pairs") else Document
            out.rows(name, rows, kind, 2)
        out.facts["books"] = books.balance()
        texts = write_card(out, stage, before=before)
    return (data / stage / "card.md").read_text(), texts


def row(card: str, *words: str) -> bool:
    return f"| {' | '.join(words)} |" in card


def test_numbers_are_those_of_the_rows(tmp_path: Path) -> None:
    texts = ["x" * length for length in (1, 2, 3, 4, 100)]
    documents = [document(number, text) for number, text in enumerate(texts)]
    documents += [document(9, "指令" * 5, kind="code", language="zh")]
    dropped = [Dropped(f"{number:x}", "corpus", "too_short", f"{number} characters", "{}") for number in (2, 1)]
    card, _ = written(tmp_path, "corpus", {"documents": documents, "dropped": dropped})
    assert row(card, "8", "6", "2", "0")
    assert row(card, "en", "5", "83.3 %") and row(card, "zh", "1", "16.7 %")
    assert row(card, "prose", "5", "1", "3", "4", "100") and row(card, "code", "1", "10", "10", "10", "10")
    assert row(card, "text", "6", "1", "3", "10", "100")
    assert row(card, "toy", "6", "100.0 %") and row(card, "CC0-1.0", "6", "100.0 %")
    assert row(card, "2", "dropped", "too_short", "1 characters")


def test_the_order_of_rows_leaves_no_trace_and_two_runs_give_equal_bytes(tmp_path: Path) -> None:
    documents = [document(number, f"text {number}" * (number + 1), language=f"l{number % 3}") for number in range(9)]
    for name, rows in {"one": documents, "two": documents[::-1], "three": documents}.items():
        written(tmp_path / name, "archive", {"documents": rows})
    manifests = [read_manifest(tmp_path / name / "archive")["files"] for name in ("one", "two", "three")]
    cards = [{name: facts for name, facts in files.items() if not name.endswith("parquet")} for files in manifests]
    assert cards[0] == cards[1] == cards[2] and set(cards[0]) == {"card.md", "drops.svg", "lengths.svg"}


def test_a_corpus_shows_what_cleaning_changed(tmp_path: Path) -> None:
    before = [document(1, "same"), document(2, f"{'a' * 500}\x1b[0m tail"), document(3, "end \n"), document(4, "gone")]
    after = [document(1, "same"), document(2, f"{'a' * 500} tail", title="Two"), document(3, "end")]
    written(tmp_path, "archive", {"documents": before})
    card, _ = written(tmp_path, "corpus", {"documents": after}, tmp_path / "archive")
    samples = card.partition("## Samples")[2]
    assert "2 of 3 texts" in samples
    first, second = samples.index("0002 Two"), samples.index("0003")
    assert first < second
    assert f"before\n\n    {'a' * 60}\\x1b[0m tail\n" in samples and f"after\n\n    {'a' * 60} tail\n" in samples


def test_pairs_are_shown_after_what_they_were_made_of(tmp_path: Path) -> None:
    parent = document(1, "the text")
    written(tmp_path, "corpus", {"documents": [parent]})
    pairs = [pair(number, parent.id) for number in range(5)]
    card, _ = written(tmp_path, "instructions", {"train": pairs[:4], "test": pairs[4:], "dropped": []}, tmp_path / "corpus")
    assert row(card, "5", "5", "0", "0") and row(card, "say", "5", "100.0 %") and row(card, "t@1", "5", "100.0 %")
    assert row(card, "prompt", "5", "9", "9", "9", "9") and row(card, "answer", "5", "3", "3", "3", "3")
    assert card.count("\n### ") == 3 and card.count("    the text") == 3
    assert "Nothing: every row went on." in card


def test_an_archive_counts_its_ready_made_pairs_and_instructions_show_their_history(tmp_path: Path) -> None:
    came = replace(pair(3, ""), parents=(), maker="ready/chats", task="ready", history=(("before", "well"),))
    card, _ = written(tmp_path, "archive", {"documents": [document(1, "x")], "pairs": [came, pair(4, "")]})
    assert "2 of the rows that went on are instructions" in card
    assert row(card, "ready/chats", "1", "50.0 %") and row(card, "3", "3", "0", "0")
    assert "## Ready-made pairs" not in written(tmp_path, "archive", {"documents": [document(1, "x")], "pairs": []})[0]
    card, _ = written(tmp_path, "instructions", {"train": [came], "test": [], "dropped": []})
    assert "history\n\n    before\n    well\n" in card


def test_text_of_a_document_is_no_markup_in_the_card(tmp_path: Path) -> None:
    documents = [document(1, HOSTILE, title=HOSTILE, language=HOSTILE)]
    dropped = [Dropped("1", "corpus", "rule", HOSTILE, "{}")]
    card, _ = written(tmp_path, "archive", {"documents": documents, "dropped": dropped})
    assert "\x1b" not in card and "\u202e" not in card
    loose = [line for line in card.splitlines() if not line.startswith("    ")]
    assert not [line for line in loose if re.search(r"(?<!\\)(<script|\[x\]|```)", line)]
    assert "## heading" not in loose


def test_plots_are_whole_svg_without_a_date(tmp_path: Path) -> None:
    documents = [
        document(number, "x" * number, kind=kind) for number, kind in enumerate(("prose", "code", "dialogue", "table"), 1)
    ]
    _, texts = written(
        tmp_path, "archive", {"documents": documents, "dropped": [Dropped("1", "archive", "nul", "why", "{}")]}
    )
    assert {"prose", "code", "dialogue", "table", "characters"} <= words(texts["lengths.svg"])
    assert {"nul", "1", "rows"} <= words(texts["drops.svg"])
    assert "dc:date" not in "".join(texts.values())


def test_nothing_dropped_is_a_plot_too(tmp_path: Path) -> None:
    _, texts = written(tmp_path, "archive", {"documents": [document(1, "x")]})
    assert "nothing was dropped" in words(texts["drops.svg"])


def words(svg: str) -> set[str]:
    """Texts in an SVG; it must be whole XML to have any."""
    return {(text.text or "").strip() for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}


def test_a_table_without_rows_has_a_card(tmp_path: Path) -> None:
    card, _ = written(tmp_path, "archive", {"documents": []})
    assert row(card, "0", "0", "0", "0")
    card, _ = written(tmp_path, "instructions", {"train": [], "test": []}, tmp_path / "archive")
    assert row(card, "0", "0", "0", "0")


def test_a_long_list_of_values_is_cut(tmp_path: Path) -> None:
    documents = [document(number, "x", language=f"l{number:02}") for number in range(20)]
    card, _ = written(tmp_path, "archive", {"documents": documents})
    assert row(card, "l00", "1", "5.0 %") and row(card, "5 others", "5", "25.0 %") and "l15" not in card


def test_makers_by_a_model_are_not_folded_away_among_templates(tmp_path: Path) -> None:
    rows = [replace(pair(number, ""), maker=f"templates/f{number // 2:02}@1") for number in range(40)]
    rows += [replace(pair(50, ""), maker="ask@1 some"), replace(pair(51, ""), maker="ready/chats")]
    card, _ = written(tmp_path, "instructions", {"train": rows, "test": []})
    assert row(card, "ask@1 some", "1", "2.4 %") and row(card, "ready/chats", "1", "2.4 %")
    assert card.index("ask@1 some") < card.index("templates/f00@1") and row(card, "7 others", "14", "33.3 %")
