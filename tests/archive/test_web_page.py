"""What a reader sees of a page, in the order it stands there; pages made to hang a parser do not."""

import time
from contextlib import suppress

import pytest

from tasks.archive.found import Refused
from tasks.archive.web_page import text_of


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        ("<title>A &amp; B</title><p>One <b>two</b>\n three", "A & B", "One two three"),
        ("<h1>指令</h1><p>第一段。</p><p>第二段。</p>", "", "指令\n\n第一段。\n\n第二段。"),
        ("<ul><li>one<li>two</ul>after", "", "- one\n- two\n\nafter"),
        ("<pre>a\n   b</pre> c  d<br>e", "", "a\n   b\n\nc d\ne"),
        ("<pre>\n@@ -1 @@\n same\n-old\n\n\n\n<b>+new</b>\n\n</pre>after", "", "@@ -1 @@\n same\n-old\n\n\n\n+new\n\nafter"),
        ("<ul><li><pre>\na\n b</pre></ul>", "", "- a\n b"),
        (
            "<details><summary>More</summary>hidden</details><select><option>a<option>b</select>",
            "",
            "More\n\nhidden\n\na\n\nb",
        ),
        ("<body><svg><title>Icon</title></svg>words", "", "words"),
        ("<table><tr><td>1<td>2</tr><tr><td>3</table>", "", "1 2\n\n3"),
        ("seen<script>no()</script> and <style>no</style>seen<!-- no -->", "", "seen and seen"),
        ("<title>A</title><body><p>one</body></html><p>two</p>three", "A", "one\n\ntwo\n\nthree"),
        ("plain words", "", "plain words"),
        ("", "", ""),
        ("<!-- -->", "", ""),
    ],
)
def test_title_and_text(page: str, title: str, text: str) -> None:
    assert text_of(page) == (title, text)


def test_text_in_three_hundred_levels_and_after_them_is_kept() -> None:
    assert text_of("<div>" * 300 + "deep" + "</div>" * 300 + "after") == ("", "deep\n\nafter")


@pytest.mark.whole  # seconds
def test_a_paragraph_of_eleven_million_letters_is_kept_and_what_follows_it_too() -> None:
    _, text = text_of("<p>" + "x" * 11_000_000 + "</p>after")
    assert text == "x" * 11_000_000 + "\n\nafter"


def test_three_hundred_thousand_titles_in_a_picture_take_a_moment() -> None:
    start = time.monotonic()
    assert text_of("<svg>" * 1000 + "<title>a</title>" * 300_000) == ("", "")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("levels", [2100, 1_000_000])
def test_a_page_too_deep_to_be_read_whole_is_refused(levels: int) -> None:
    page = "<p>first</p>" + "<div>" * levels + "deep" + "</div>" * levels + "after"
    with pytest.raises(Refused, match="depth in document: 2048") as refused:
        text_of(page)
    assert (refused.value.rule, refused.value.raw.decode()) == ("too_deep", page)


OPEN_ENDS = ["<div>", "<a ", "<a b='", "<!--", "</a ", "<", "&#", "<![", "<table>", "<script></", "<p>", "<b>", "</html><p>"]


@pytest.mark.parametrize("piece", OPEN_ENDS)
@pytest.mark.whole  # seconds
def test_a_hundred_thousand_open_ends_take_a_moment(piece: str) -> None:
    start = time.process_time()  # our own work alone: the machine may be busy
    with suppress(Refused):
        text_of(piece * 100_000)
    assert time.process_time() - start < 10


def test_an_item_that_is_a_paragraph_stays_beside_its_dash() -> None:
    page = "<ul><li><p>one</p></li><li><p>two</p><p>more</p></li><li></li><li>three</li></ul>"
    assert text_of(page)[1] == "- one\n\n- two\n\nmore\n\n-\n- three"
