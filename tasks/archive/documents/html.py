"""A page in a file → its title and all its text.

read(b"<title>Hi</title><p>One <b>two</b>")  →  {"title": "Hi", "text": "One two"}
"""

from tasks.archive.encoding import decoded
from tasks.archive.markup import check_tags
from tasks.archive.refused import Refused
from tasks.archive.web_page import text_of, text_of_xhtml

TAGS = 2_000_000
"""The most, begun or ended: the HTML standard on one page has half a million; two million take ten seconds."""


def read(body: bytes) -> dict[str, str]:
    """Title and text of HTML. Raises Refused: too_many_tags, too_deep, not_text, unknown_encoding."""
    check_tags(body, TAGS)
    title, text = text_of(decoded(body, markup=True))
    return {"title": title, "text": text}


def read_xhtml(body: bytes) -> dict[str, str]:
    """Title and text of XHTML, and of what is none as of HTML. Raises Refused: entities, too_many_tags, too_deep."""
    try:
        title, text = text_of_xhtml(body, TAGS)
    except Refused as refused:
        if refused.rule != "broken_xml" or b"<!ENTITY" in body:
            raise
        return read(body)
    return {"title": title, "text": text}
