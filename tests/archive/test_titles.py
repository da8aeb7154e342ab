"""Which title a text tells of itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.titles import of_markdown, of_rst


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# 茶 and tea\n\nBoil water.", "茶 and tea"),
        ("\n\nwords before\n\n## Tea ##\n", "Tea"),
        ("# C#\n", "C#"),
        ("Tea\n===\n", "Tea"),
        ("Tea\n---\n", "Tea"),
        ("---\ntitle: Tea\nlayout: post\n---\n# Another\n", "Tea"),
        ("---\ntags: [a]\ntitle: 'It is: tea'\n...\nwords", "It is: tea"),
        ('---\ntitle: "茶"\n---\n', "茶"),
        ("---\ntitle: |\n  Tea\n---\n# Heading\n", "Heading"),
        ("---\nlayout: post\n---\n# Tea", "Tea"),
        ("---\n\nwords\n\ntitle: no\n", ""),
        ("```\n# a comment\n```\n# Tea\n", "Tea"),
        ("#no heading\n#\n", ""),
        ("#", ""),
        ("words\n\n---\n\nwords", ""),
        ("- tea\n---\n\n# Tea", "Tea"),
        ("> tea\n---\n", ""),
        ("words alone", ""),
        ("", ""),
    ],
)
def test_markdown(text: str, title: str) -> None:
    assert of_markdown(text) == title


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("茶 and tea\n==========\n\nBoil water.", "茶 and tea"),
        ("=====\n Tea\n=====\n\nBoil water.", "Tea"),
        (".. _tea:\n\nTea\n~~~\n", "Tea"),
        ("Too short\n===\n\nTea\n---\n", "Tea"),
        ("words\n\n------\n\nwords", ""),
        ("words alone", ""),
        ("", ""),
    ],
)
def test_rst(text: str, title: str) -> None:
    assert of_rst(text) == title


@given(st.text(alphabet="#=-~`\n t:itle'\"", max_size=400))
def test_a_title_is_one_line_of_the_text(text: str) -> None:
    for title in (of_markdown(text), of_rst(text)):
        assert title in text and title == title.strip() and "\n" not in title
