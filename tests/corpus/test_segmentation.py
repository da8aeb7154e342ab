"""Words beside the text: a row a Document, the same whatever the number of workers, and the text as it was."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus.segmentation import _stop_words, segmented
from tasks.errors import EnvironmentFault
from tasks.records import Document


def document(text: str, language: str) -> Document:
    return Document("0", text, language, "", "prose", "toy:a", "CC0-1.0")


def test_chinese_has_words_parts_of_speech_and_stop_words() -> None:
    row = segmented(document("这个文件的名称，是 Readme。", "zh-Hans"))
    assert row.words == ("这个", "文件", "的", "名称", "是", "Readme")
    assert row.tags == ("r", "n", "uj", "n", "v", "eng")
    assert row.stop_words == 3 / 6


def test_traditional_characters_are_segmented_too() -> None:
    assert segmented(document("這個文件的名稱", "zh-Hant")).words[:3] == ("這個", "文件", "的")


def test_english_has_words_and_stop_words_and_nobody_pretends_to_tag_them() -> None:
    row = segmented(document("The ferry doesn't leave at six.", "en"))
    assert row.words == ("the", "ferry", "doesn", "t", "leave", "at", "six")
    assert row.tags is None
    assert row.stop_words == 4 / 7


@pytest.mark.parametrize(("text", "language"), [("Der Hund läuft.", "de"), ("?!", "en"), ("", "zh")])
def test_no_share_without_words_or_without_a_list(text: str, language: str) -> None:
    assert segmented(document(text, language)).stop_words is None


@given(st.text("abc 这个文件的，。é\n1", max_size=60), st.sampled_from(["en", "zh-Hans", "zh-Hant", ""]))
def test_words_stand_in_the_text_in_their_order_each_with_its_tag(text: str, language: str) -> None:
    row, at = segmented(document(text, language)), 0
    for word in row.words:
        at = text.index(word, at) + len(word)
    assert row.tags is None or len(row.tags) == len(row.words)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_stop_word_is_listed_twice(language: str) -> None:
    file = Path("tasks/corpus") / f"stop_words_{language}.txt"
    listed = [
        word for row in file.read_text(encoding="utf-8").split("\n") if not row.startswith("#") for word in row.split()
    ]
    assert len(listed) == len(_stop_words(language)) > 100


def test_without_rjieba_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rjieba", None)
    with pytest.raises(EnvironmentFault, match=r"words in .*pip install -c constraints\.txt rjieba"):
        segmented(document("文件", "zh"))
