"""Golden pairs of tests/golden/corpus/: what goes in, and what each rule makes or says of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.language import language_of, language_of_code, other_language
from tasks.script import is_unsegmented, shingles, words

GOLDEN = Path(__file__).parents[1] / "golden" / "corpus"
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def pairs(name: str) -> list[dict[str, Any]]:
    # Not splitlines(), which would part lines at U+2028.
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]


@pytest.mark.parametrize("pair", pairs("language"), ids=lambda pair: pair["text"][:20])
def test_the_language_of_a_text(pair: dict[str, str]) -> None:
    assert language_of(pair["text"], ("en", "zh"))[0] == pair["language"]


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("def f(): return 1", "en"),
        ("def f():\n    '''返回文件的名称和大小。'''", "zh"),
        ("s = '指令'  # what this project is called in the language of its authors", "en"),
    ],
)
def test_the_language_of_code_is_that_of_its_names_and_comments(code: str, language: str) -> None:
    assert language_of_code(code) == language


def test_an_unwanted_language_is_named_with_those_wanted() -> None:
    assert other_language("de", 0.97, ("en", "zh")) == "looks like de (0.97), wanted en, zh"
    assert other_language("zh", 1.0, ("en", "zh")) is None
    assert other_language("de", 0.97, ()) is None


@given(texts)
def test_any_text_has_a_language(text: str) -> None:
    language_of(text)


@pytest.mark.parametrize(
    ("text", "unsegmented", "found", "runs"),
    [
        ("Fetch 网页", True, ["fetch", "网", "页"], ["fetch 网 页"]),
        ("a b c d", False, ["a", "b", "c", "d"], ["a b c", "b c d"]),
        ("一二三四五六", True, list("一二三四五六"), ["一 二 三 四 五", "二 三 四 五 六"]),
        ("ひらがな", True, list("ひらがな"), ["ひ ら が な"]),
        ("한국어 문장", False, ["한국어", "문장"], ["한국어 문장"]),
        ("?!", False, [], []),
        ("", False, [], []),
    ],
)
def test_words_and_shingles_follow_the_script(text: str, unsegmented: bool, found: list[str], runs: list[str]) -> None:
    assert (is_unsegmented(text), words(text), shingles(text)) == (unsegmented, found, runs)
