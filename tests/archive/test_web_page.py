"""What a reader sees of a page, in the order it stands there; pages made to hang a parser do not."""

import time

import pytest

from tasks.archive.web_page import text_of


@pytest.mark.parametrize(
    ("page", "title", "text"),
    [
        ("<title>A &amp; B</title><p>One <b>two</b>\n three", "A & B", "One two three"),
        ("<h1>指令</h1><p>第一段。</p><p>第二段。</p>", "", "指令\n\n第一段。\n\n第二段。"),
        ("<ul><li>one<li>two</ul>after", "", "- one\n- two\n\nafter"),
        ("<pre>a\n   b</pre> c  d<br>e", "", "a\n   b\n\nc d\ne"),
        ("<table><tr><td>1<td>2</tr><tr><td>3</table>", "", "1 2\n\n3"),
        ("seen<script>no()</script> and <style>no</style>seen<!-- no -->", "", "seen and seen"),
        ("plain words", "", "plain words"),
        ("", "", ""),
        ("<!-- -->", "", ""),
    ],
)
def test_title_and_text(page: str, title: str, text: str) -> None:
    assert text_of(page) == (title, text)


@pytest.mark.parametrize("piece", ["<div>", "<a ", "<a b='", "<!--", "</a ", "<", "&#", "<![", "<table>", "<script></"])
def test_a_hundred_thousand_open_ends_take_a_moment(piece: str) -> None:
    start = time.process_time()  # our own work alone: the machine may be busy
    text_of(piece * 100_000)
    assert time.process_time() - start < 2
