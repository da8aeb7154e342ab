"""Prose after `normal_prose`: golden pairs, nothing to do a second time, and nothing good lost."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import ftfy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.corpus.normalise import normal_code, normal_prose, repaired, steps
from tasks.corpus.normalisers.boilerplate import is_boilerplate
from tasks.corpus.normalisers.invisible import without_invisible
from tasks.corpus.normalisers.markup import without_markup

GOLDEN = Path(__file__).parents[1] / "golden" / "corpus" / "normalise.jsonl"
# Not splitlines(), which would part lines at U+2028.
PAIRS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").split("\n") if line]
STEPS = steps(markup=True, boilerplate=True)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
# What each step looks for, in pieces that together make new work for another.
NASTY = (
    *"\x1b[m]0;\x07\b\r\n\t \u2028\xa0\xad\u200b\u200c\u200d\u200e\u202e\u202c\u2066\u2069\ufe0f\U000e0041\U0001f3f4\ufeff",
    *"aé中क😀שم<>/&;[]|`~#=\x85\x9f\u0301\ufffdâ€œÃ©",
    *(
        "<b>",
        "</b>",
        "<br>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "&amp;",
        "&lt;",
        "&nbsp;",
        "lt;",
        "[b]",
        "[/b]",
        "[[a|",
    ),
    *("```", "    ", "All rights reserved", "Read more", "© 2018", "上一篇", "tag", "\\"),
)
nasty = st.lists(st.sampled_from(NASTY), max_size=40).map("".join)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"])
def test_each_text_is_written_one_way(pair: dict[str, str]) -> None:
    normal: Callable[[str], str] = normal_code if pair["kind"] == "code" else lambda text: normal_prose(text, STEPS)
    assert normal(pair["found"]) == pair["normal"]
    assert normal(pair["normal"]) == pair["normal"]


@settings(max_examples=100)
@given(texts | nasty)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    clean = normal_prose(text, STEPS)
    assert normal_prose(clean, STEPS) == clean
    for step in STEPS:
        assert step(clean) == clean


@given(texts | nasty)
def test_prose_is_left_without_what_ends_lines_or_drives_a_terminal(text: str) -> None:
    assert not set(normal_prose(text, STEPS)) & set("\0\x1b\b\r\v\f\x85\x9f\u2028\u2029\u200b\ufeff\u202e\U000e0041")


@given(texts | nasty)
def test_a_line_of_code_keeps_every_character(text: str) -> None:
    assert normal_code(text).split("\n") == text.replace("\r\n", "\n").replace("\r", "\n").rstrip().split("\n")


def by_ftfy(text: str) -> str:
    return ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False, normalization="NFC")


@given(st.text("aZ9 &;\t\n~–—‘’“”…、。〉中国！Ａ～", max_size=60))
def test_what_is_not_shown_to_ftfy_would_come_back_as_it_was(text: str) -> None:
    assert repaired(text) == text == by_ftfy(text)


def test_no_three_of_the_characters_kept_from_ftfy_look_to_it_like_wrong_decoding() -> None:
    seldom = "a&–—‘’“”…、〈。！～中"
    found = "\n".join(map("".join, product(seldom, repeat=3)))
    assert by_ftfy(found) == found


@given(st.lists(st.text("ab é中Ã©â€œ“", max_size=12), max_size=5).map("\n".join))
def test_ftfy_by_the_line_is_ftfy_on_the_whole(text: str) -> None:
    assert repaired(text) == by_ftfy(text)


@given(st.text("ab ,.中文Яж的😀é", max_size=60))
def test_visible_text_is_no_concern_of_the_invisible(text: str) -> None:
    assert without_invisible(text) == text


@given(st.text("ab <>&;[]|/`\n中", max_size=60))
def test_signs_that_make_no_markup_stay(text: str) -> None:
    if not any(sign in text for sign in ("<a", "<b", "[a", "[b", "[[")):
        assert without_markup(text) == text


def test_a_page_of_open_tags_costs_no_more_than_its_length() -> None:
    for piece in ("<b>", "<!--", "<script>", "[b]", "[[a|", "```", "<x1><x2>", "&lt;", "<a ", "`"):
        without_markup("</" + piece * 15_000)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "login",
            "Search",
            "打印",
            "# Home",
            "Copyright law",
            "分享经济",
            "下载",
            "The menu: fish.",
            "Comments",
            "No comments",
        ),
        "Privacy Policy",
        "By using cookies, a web server can remember its visitors between requests.",
        "Copyright 2018 was a year of reform: the Parliament voted on it.",
        "上一章我们介绍了如何安装软件，这一章讲配置。",
        "下一页的表格列出了所有的选项。",
        "当前位置是数组的第一个元素。",
        "扫一扫是微信的一个功能，用来识别二维码。",
        "编辑：vim 文件名",
    ],
)
def test_a_line_that_may_be_text_is_no_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        *(
            "Login | Register",
            "12 comments",
            "Replies (3)",
            "Copyright 2019-2024 Ferry Ltd",
            "copyright © 2020 by A. Smith.",
        ),
        "By continuing to browse this site you agree to our use of cookies.",
        *("上一篇：渡船的时刻", "下一章 渡船", "下一页", "您当前的位置：首页 > 新闻", "责任编辑：张三", "【打印】【关闭】"),
        "微信扫一扫，关注我们",
    ],
)
def test_a_line_for_the_readers_of_a_page_is_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


def test_a_step_that_is_switched_off_does_nothing() -> None:
    found = "Read more\n<b>x</b> y"
    assert normal_prose(found, steps(markup=False, boilerplate=False)) == found
    assert normal_prose(found, steps(markup=True, boilerplate=False)) == "Read more\nx y"
    assert normal_prose(found, steps(markup=False, boilerplate=True)) == "<b>x</b> y"


def test_tags_close_in_pairs_however_deep_and_whatever_stands_between() -> None:
    assert without_markup("<b><i>one <b>two</b></i></b> <p>three") == "one two <p>three"
    assert without_markup("a<!-- <b> <!-- c --> --></b> d<ref>[1]<b>e</b></ref>") == "a</b> d"
    assert without_markup("[quote=me][b]one[/b] [b]two[/quote]") == "one [b]two"
    assert without_markup("five &amp;amp;lt; six") == "five < six"
