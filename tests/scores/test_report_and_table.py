"""The page, the card and the table: self-contained, the same bytes each time, and safe whatever a model wrote."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tasks.errors import InputError
from tasks.records import Pair, pair_id
from tasks.scores.gate import verdict
from tasks.scores.marks import SYSTEMS, Row, mark
from tasks.scores.report import card, report, samples
from tasks.scores.summary import summary
from tasks.scores.table import read, table
from tasks.shards import new_folder

EVIL = "<script>alert('指令')</script><img src=https://evil.example/x onerror=alert(1)>"
FORGETTING = {"LICENSE": {"base": 10.0, "tuned": 12.0, "ratio": 1.2}}


def row(number: int, task: str, *, right: bool) -> Row:
    output = f"HELLO {number}"
    facts = ("templates/t@1", (), f"docs:{number % 5}", ("upper",), "", "PSF-2.0", "test")
    asked = Pair(pair_id(task, str(number), output), "Say it in upper case.", "a < b & c", output, (), "en", task, *facts)
    answers = {**dict.fromkeys(SYSTEMS, EVIL), "tuned": output if right else EVIL}
    return Row(asked, answers, {name: mark(answer, asked) for name, answer in answers.items()}, {"tuned": 1.0})


ROWS = [row(number, task, right=number % 3 > 0) for number in range(12) for task in ("upper", "json")]


@pytest.fixture(scope="module")
def scores() -> dict[str, Any]:
    numbers = summary(ROWS, resamples=2000, seed=0)
    judged = verdict(numbers, FORGETTING, min_gain=0.1, max_forgetting=1.5)
    facts = {"model": "9f1c2ab03d5e7781", "foundation": "a81e12c0ffee0123", "rows": "00", "shots": 3}
    return {**numbers, **facts, "forgetting": FORGETTING, "verdict": judged}


@pytest.fixture(scope="module")
def made_from(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("made") / "instructions"
    with new_folder(folder) as out:
        out.rows("test", [row.pair for row in ROWS], Pair)
        out.facts["books"] = {"in": 30, "dropped": {"too_long": 6}}
    return [folder]


@pytest.fixture(scope="module")
def page(scores: dict[str, Any], made_from: list[Path]) -> str:
    return report(scores, ROWS, made_from)


class Tags(HTMLParser):
    """Every tag and attribute that a browser would see."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_fetches_nothing_and_runs_nothing(page: str) -> None:
    tags = Tags(page)
    assert not {"script", "img", "link", "iframe", "object", "base", "form"} & set(tags.names)
    assert not [name for name, _ in tags.attributes if name == "src" or name.startswith("on")]
    assert all((value or "").startswith("#") for name, value in tags.attributes if name.endswith("href"))
    assert not re.search(r"url\((?!#)|@import", page)


def test_the_page_is_well_formed_and_holds_what_people_look_for(page: str) -> None:
    assert Tags(page).open == []
    assert page.count("<svg") == 2
    for words in (
        "The gate is passed",
        "+0.67 [",
        "LICENSE",
        "dropped (too_long 6), in 30",
        "rows in test",
        "&lt;script&gt;",
    ):
        assert words in page


def test_the_order_of_rows_does_not_show_in_the_page(scores: dict[str, Any], made_from: list[Path], page: str) -> None:
    assert report(scores, ROWS[::-1], made_from) == page


def test_a_failed_gate_heads_page_card_and_table(scores: dict[str, Any], made_from: list[Path]) -> None:
    failed = {**scores, "verdict": verdict(scores, FORGETTING, min_gain=0.9, max_forgetting=1.5)}
    assert "The gate is not passed: nothing is promoted" in report(failed, ROWS, made_from)
    assert "## Gate: not passed" in card(failed, made_from)
    assert "The gate: NOT PASSED." in table(failed)


def test_the_card_is_markdown_with_whole_tables(scores: dict[str, Any], made_from: list[Path]) -> None:
    lines = card(scores, made_from).splitlines()
    for start in (place for place, line in enumerate(lines) if line.startswith("|---")):
        block = [line for line in lines[start - 1 :][: lines[start:].index("") + 1] if line]
        assert len({line.count("|") for line in block}) == 1
        assert len(block) > 2
    assert "LICENSE 1.20 times." in "\n".join(lines)


def test_the_table_is_aligned_and_ends_with_the_verdict(scores: dict[str, Any]) -> None:
    lines = table(scores).splitlines()
    columns = [line for line in lines if line.startswith(("task", "json", "upper", "all", "─"))]
    assert len({len(line) for line in columns}) == 1
    assert columns[-1].split()[:6] == ["all", "24", "0.00", "0.00", "0.00", "0.67"]
    assert lines[-1] == "The gate: PASSED. Report: data/scores/report.html"


def test_samples_show_failures_of_many_tasks_first() -> None:
    chosen = samples(ROWS, 10)
    assert [bool(row.marks["tuned"].exact) for row in chosen] == [False] * 5 + [True] * 5
    assert {row.pair.task for row in chosen[:2]} == {"upper", "json"}
    assert samples(ROWS[::-1], 10) == chosen
    assert len(samples(ROWS[:3], 10)) == 3


def test_without_scores_the_table_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="make demo"):
        read(tmp_path)
