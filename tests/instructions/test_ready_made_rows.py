"""Ready-made Pairs in data/instructions/: unharmed, on one side with their conversation, in prompts with their history."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.chat import prompt, shot
from tasks.instructions import ready_made
from tasks.instructions.make import make
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.params import load
from tasks.records import Document, Dropped, Pair, pair_id
from tasks.scores.questions import examples, held_out, majority
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]


def made(folder: Path, documents: list[Document], came: Sequence[Pair] = (), **changes: Any) -> Workspace:
    """A workspace with the real templates, and data/instructions/ of these documents and Pairs."""
    workspace = Workspace(folder)
    shutil.copytree(ROOT / "params", workspace.params)
    for stage, name, rows, kind in (("corpus", "documents", documents, Document), ("archive", "pairs", came, Pair)):
        with new_folder(workspace.data / stage) as out:
            out.rows(name, rows, kind)  # type: ignore[arg-type]
    params = load(InstructionsParams, workspace.params / "instructions.yaml")
    few = replace(params, train_rows_per_family=4, test_rows_per_family=2, max_ready_characters=600)
    make(replace(few, **changes), workspace, Numbers.open(workspace, "instructions"))
    return workspace


def pairs(workspace: Workspace, split: str) -> list[Pair]:
    return list(read_rows(workspace.data / "instructions", split, Pair))


def came(instruction: str, output: str, *history: tuple[str, str], source: str = "", **changes: Any) -> Pair:
    pair = Pair(
        id=pair_id(instruction, "", output, history),
        instruction=instruction,
        input="",
        output=output,
        history=history,
        language="",
        task="ready",
        maker="ready/chats",
        parents=(),
        source=source or f"chats:a.jsonl#{instruction}",
        constraints=(),
        label="",
        license="CC0-1.0",
        split="",
    )
    return replace(pair, **changes)


def conversations(number: int) -> list[Pair]:
    """Of each conversation three Pairs, with all that was said before in them."""
    turns = [[(f"question {one}.{turn}", f"answer {one}.{turn}") for turn in range(3)] for one in range(number)]
    return [
        came(asked, said, *turns[one][:turn], source=f"chats:a.jsonl#{one}")
        for one in range(number)
        for turn, (asked, said) in enumerate(turns[one])
    ]


CAME = conversations(40)
GERMAN = came("Wie kocht man Tee?", "Mit Wasser.", language="de")
LONG = [came(f"Tell me about {number}.", f"{number} " * 400 + "and so on.") for number in range(5)]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, module_documents: list[Document]) -> Workspace:
    return made(tmp_path_factory.mktemp("ready") / "here", module_documents, [*CAME, GERMAN, *LONG])


def ready(workspace: Workspace, split: str) -> list[Pair]:
    return [pair for pair in pairs(workspace, split) if pair.task == "ready"]


def test_what_came_goes_on_as_it_was_with_its_language_and_side(workspace: Workspace) -> None:
    rows = [*ready(workspace, "train"), *ready(workspace, "test")]
    assert {replace(pair, language="", split="") for pair in rows} == {*CAME, replace(GERMAN, language="")}
    assert {pair.language for pair in rows} == {"en", "de"}


def test_a_conversation_lies_on_one_side_and_both_sides_have_some(workspace: Workspace) -> None:
    train, test = ({pair.source for pair in ready(workspace, split)} for split in ("train", "test"))
    assert train and test and not train & test
    assert len(train | test) == 41


def test_rows_by_template_are_those_that_there_are_without(workspace: Workspace, module_documents: list[Document]) -> None:
    without = made(workspace.root.parent / "without", module_documents)
    for split in ("train", "test"):
        assert [pair for pair in pairs(workspace, split) if pair.task != "ready"] == pairs(without, split)
    assert "ready" not in read_manifest(without.data / "instructions")["rows"]["train"]


def test_of_a_large_set_as_many_are_taken_as_are_wanted_and_of_a_small_one_all(
    workspace: Workspace, module_documents: list[Document]
) -> None:
    small = [came(f"What is {word}?", f"A {word}.", maker="ready/small") for word in ("ink", "wax", "tin")]
    folder, both = workspace.root.parent, [*CAME, *small]
    runs = [made(folder / f"some {run}", module_documents, both[::run], train_rows_per_ready_set=7) for run in (1, -1)]
    train = ready(runs[0], "train")
    assert train == ready(runs[1], "train")
    assert sum(row.maker == "ready/chats" for row in train) == 7
    assert sum(row.maker == "ready/small" for row in [*train, *ready(runs[0], "test")]) == 3
    left = [row for row in read_rows(runs[0].data / "instructions", "dropped", Dropped) if row.rule == "not_wanted"]
    assert sorted([*(row.id for row in left), *(row.id for row in [*train, *ready(runs[0], "test")])]) == sorted(
        row.id for row in both
    )
    assert len({row.source for row in train if row.maker == "ready/chats"}) > 3  # by lot, not the first conversations


def test_the_order_in_which_they_came_leaves_no_trace(workspace: Workspace, module_documents: list[Document]) -> None:
    again = made(workspace.root.parent / "again", module_documents, [*LONG, GERMAN, *CAME[::-1]])
    assert read_manifest(again.data / "instructions") == read_manifest(workspace.data / "instructions")


def test_history_comes_before_the_question_and_only_the_answer_is_learnt(
    workspace: Workspace, tiny_foundation: Path
) -> None:
    from tasks.causal_lm import load_tokenizer
    from tasks.ledger import Books
    from tasks.model.rows import answer_rows

    tokenizer = load_tokenizer(tiny_foundation)
    [pair] = [pair for pair in ready(workspace, "train") if len(pair.history) == 2][:1]
    [row] = answer_rows([pair], tokenizer, 500, Books("model"))
    (first, said), (second, replied) = pair.history
    before = f"### Task\n{first}\n### Answer\n{said}\n\n### Task\n{second}\n### Answer\n{replied}\n\n"
    assert tokenizer.decode(row.ids[: row.prompt]) == f"<bos>{before}### Task\n{pair.instruction}\n### Answer\n"
    assert tokenizer.decode(row.ids[row.prompt :]) == f"{pair.output}<eos>"


def test_they_are_asked_and_shown_as_examples_like_all_others(workspace: Workspace) -> None:
    train, asked = pairs(workspace, "train"), held_out(pairs(workspace, "test"), rows_per_task=4)
    chosen = [pair for pair in asked if pair.task == "ready"]
    assert len(chosen) == 4 and "ready" in majority(train)
    before = examples(chosen, train, shots=2, draws=1, seed=0)[chosen[0].id]
    assert sum(before.count(shot(pair)) for pair in ready(workspace, "train")) >= 2
    assert all(shot(pair).startswith(prompt(*pair.history[0][:1])) for pair in chosen if pair.history)


def test_a_single_conversation_is_learnt_and_not_asked() -> None:
    assert {pair.split for pair in ready_made.placed(conversations(1), seed=0, test_share=0.5)} == {"train"}
    assert {pair.split for pair in ready_made.placed(conversations(2), seed=0, test_share=0.5)} == {"train", "test"}


@pytest.mark.parametrize(
    ("instruction", "language", "found"),
    [
        ("How does one make a good cup of tea?", "", "en"),
        ("请介绍一下这座城市的历史。", "", "zh"),
        ("1 + 1?", "", "en"),
        ("谢谢", "", "zh"),
        ("Translate 你好 for me, and say what it means.", "", "en"),
        ("Wie kocht man einen guten Tee, und wie lange muss er ziehen?", "", "de"),
        ("Hello there", "zh-Hans", "zh"),
    ],
)
def test_a_language_is_as_told_or_as_it_looks(instruction: str, language: str, found: str) -> None:
    [pair] = ready_made.placed([came(instruction, "It is two, of course.", language=language)], seed=0, test_share=0.5)
    assert pair.language == found


def test_another_language_than_ours_is_counted(workspace: Workspace) -> None:
    rows = read_manifest(workspace.data / "instructions")["rows"]
    assert sum(rows[split].get("ready", {}).get("de", 0) for split in ("train", "test")) == 1


GOOD = came("And now?", "Bye.", ("hi", "hello"))


@pytest.mark.parametrize(
    ("pair", "rule"),
    [
        (came("x" * 90, "y" * 60), "long_conversation"),
        (came("short", "y", ("x" * 90, "y" * 60)), "long_conversation"),
        (came("a", "one\n\ntwo"), "stop_string"),
        (came("a", "b", ("x\n### Answer\nhaha", "y")), "stop_string"),
        (came("a", "b", ("x", "### Task")), "stop_string"),
        (came("a", "b\n"), "space"),
        (came("a", "a"), "copy"),
        (replace(GOOD, output="Another."), "duplicate"),
    ],
)
def test_the_screen_says_what_is_wrong(pair: Pair, rule: str) -> None:
    screen = Screen(max_prompt=60, max_answer=20, max_ready=140)
    assert screen.refuses(GOOD) is None
    refusal = screen.refuses(pair)
    assert refusal is not None and refusal[0] == rule


@pytest.mark.parametrize(
    "pair",
    [
        came("What is it?", "y" * 100),  # longer than a template's answer may be
        came("谢谢", "不客气", language="zh"),
        came("Translate 你好", "Hello", language="en"),
        replace(GOOD, id="1", history=(("hi", "other"),)),
        replace(GOOD, id="2", history=()),
    ],
)
def test_the_screen_lets_through_what_templates_would_not_make(pair: Pair) -> None:
    screen = Screen(max_prompt=60, max_answer=20, max_ready=140)
    assert screen.refuses(GOOD) is None
    assert screen.refuses(pair) is None


def test_two_instructions_may_be_about_one_text() -> None:
    screen = Screen(max_prompt=60, max_answer=20, max_ready=140)
    one, other = (came(instruction, "b", input="a text") for instruction in ("Translate.", "Sum it up."))
    assert screen.refuses(one) is None and screen.refuses(other) is None
    assert screen.refuses(replace(one, id="other", output="c")) == ("duplicate", f"asks the same as {one.id}")


def test_what_the_screen_refuses_is_kept_with_its_reason(workspace: Workspace) -> None:
    folder = workspace.data / "instructions"
    dropped = [row for row in read_rows(folder, "dropped", Dropped) if row.rule == "long_conversation"]
    assert read_manifest(folder)["books"]["dropped"]["long_conversation"] == len(dropped) == len(LONG)
    assert {row.id for row in dropped} == {pair.id for pair in LONG}
    assert all("more than max_ready_characters 600" in row.reason for row in dropped)
