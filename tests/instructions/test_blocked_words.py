"""A row with a word that params/blocked.txt names is refused, whoever made it; the reason names the line."""

from dataclasses import replace
from pathlib import Path

import pytest

from tasks.errors import ParamsError
from tasks.instructions.screen import Screen
from tasks.instructions.screen.blocked import blocked_words
from tests.instructions.test_pair_screen import GOOD

LIST = """# ours
eel
sea snake    # an animal
海蛇
c4
"""
TALK = replace(GOOD, constraints=(), maker="evolve/deepen@1 toy")


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    file = tmp_path / "blocked.txt"
    file.write_text(LIST, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"output": "An Eel."}, 2),
        ({"output": "text, eel", "maker": "templates/params@1"}, 2),
        ({"output": "an eel", "maker": "ready/talks"}, 2),
        ({"instruction": "Is a SEA-\nSNAKE long?"}, 3),
        ({"input": "ｓｅａ ｓｎａｋｅ"}, 3),
        ({"history": (("海蛇长吗？", "很长。"),)}, 4),
        ({"output": "深海蛇类"}, 4),
        ({"output": "C4!"}, 5),
    ],
)
def test_a_blocked_word_is_refused_wherever_it_stands(listed: Path, changes: dict[str, object], line: int) -> None:
    screen = Screen(max_prompt=120, max_answer=40, max_ready=100, blocked=blocked_words(listed))
    assert screen.refuses(replace(TALK, **changes)) == ("blocked_word", f"holds line {line} of params/blocked.txt")


@pytest.mark.parametrize("said", ["eels feel", "the sea, a snake", "sea snakes", "海里有蛇", "c 4"])
def test_other_words_pass(listed: Path, said: str) -> None:
    blocked = blocked_words(listed)
    assert blocked
    assert blocked(replace(TALK, output=said)) is None


def test_the_longest_phrase_is_named(listed: Path) -> None:
    listed.write_text("sea\nsea snake\n", encoding="utf-8")
    blocked = blocked_words(listed)
    assert blocked
    assert blocked(replace(TALK, output="a sea snake")) == ("blocked_word", "holds line 2 of params/blocked.txt")


def test_the_mark_with_which_some_editors_begin_a_file_is_no_line(listed: Path) -> None:
    listed.write_text("# ours\neel\n", encoding="utf-8-sig")
    blocked = blocked_words(listed)
    assert blocked
    assert blocked(replace(TALK, output="an eel")) == ("blocked_word", "holds line 2 of params/blocked.txt")


def test_the_list_that_comes_with_zhiling_blocks_nothing() -> None:
    assert blocked_words(Path(__file__).parents[2] / "params/blocked.txt") is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"eel\n...\n", "line 2: '...' has no word in it"),
        ("海蛇".encode("gb18030"), "is not UTF-8 (byte 0). Save it as UTF-8"),
        (None, "is missing"),
    ],
)
def test_a_wrong_list_is_an_error_that_names_it(tmp_path: Path, written: bytes | None, said: str) -> None:
    file = tmp_path / "blocked.txt"
    if written is not None:
        file.write_bytes(written)
    with pytest.raises(ParamsError) as error:
        blocked_words(file)
    assert str(file) in str(error.value)
    assert said in str(error.value)
