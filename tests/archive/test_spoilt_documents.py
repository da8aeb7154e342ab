"""Documents with bytes changed, cut out and repeated: a text or a refusal with a rule, twice the same, and no crash."""

import random

import pytest

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tests.archive.made_files import docx, epub, paragraph, pdf_of_pages, xhtml

RULES = {"broken_docx", "broken_epub", "broken_pdf", "broken_xml", "broken_zip", "encrypted", "entities", "missing_member"}
RULES |= {"no_text_layer", "too_many_pages", "too_many_members", "not_text", "unknown_encoding"}
WELL = {
    "docx": docx(paragraph("茶", "<w:numPr/>") + paragraph("water"), title="Tea"),
    "epub": epub({"a.xhtml": xhtml("<p>茶&nbsp;</p>"), "b.xhtml": "<p>water<p>"}, title="Tea"),
    "html": "<meta charset=utf-8><title>Tea</title><p>茶<ul><li>water<pre> \n".encode(),
    "pdf": pdf_of_pages(["Hello, world.", "two"], ["第二页"], title="Tea"),
    "xhtml": xhtml("<p>茶&nbsp;</p>").encode(),
}


def spoilt(body: bytes, chance: random.Random) -> bytes:
    data = bytearray(body)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at, other = chance.randrange(len(data)), chance.randrange(len(data))
        what = chance.randrange(4)
        if what == 0:
            data[at] = chance.randrange(256)
        elif what == 1:
            del data[at : at + chance.randrange(1, 40)]
        elif what == 2:
            data[at:at] = data[other : other + chance.randrange(1, 60)]
        else:
            data[at : at + 1] = str(chance.choice((-1, 0, 65_536, 10**9, 2**31))).encode()
        data = data or bytearray(b"?")
    return bytes(data)


def outcome(child: Child, work: str, body: bytes) -> str:
    try:
        return repr(child.ask(work, body))
    except Refused as refused:
        assert refused.rule in RULES, (work, body, refused.reason)
        return f"{refused.rule}: {refused.reason}"


def spoilt_outcomes(child: Child, work: str, times: int) -> list[str]:
    chance = random.Random(work)
    return [outcome(child, work, spoilt(WELL[work], chance)) for _ in range(times)]


@pytest.mark.parametrize("work", WELL)
def test_spoilt_documents_give_a_text_or_a_rule(work: str, child: Child) -> None:
    outcomes = spoilt_outcomes(child, work, 30)
    assert len({one.partition(":")[0] for one in outcomes}) > 1 or work in ("html", "xhtml")


@pytest.mark.whole
@pytest.mark.parametrize("work", WELL)
def test_another_child_says_the_same_of_them(work: str, child: Child) -> None:
    with Child(30) as other:
        assert spoilt_outcomes(child, work, 500) == spoilt_outcomes(other, work, 500)
