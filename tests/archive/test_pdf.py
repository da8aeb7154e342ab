"""The text layer of a PDF, page by page; what is broken, locked, endless or a picture costs itself alone."""

import time
import zlib

import pytest

from tasks.archive.child import Child
from tasks.archive.documents.pdf import with_whole_words
from tasks.archive.found import Refused
from tests.archive.made_files import HELVETICA, pdf, pdf_of_forms, pdf_of_pages, stream

GOOD = pdf_of_pages(
    ["Hello, world.", "The second line."], [], ["第二页，第一行。", "Both 中文 and English."], title="茶 and tea"
)
TEXT = "Hello, world.\nThe second line.\n\n第二页，第一行。\nBoth 中文 and English."
CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>"


def refusal(child: Child, body: bytes) -> str:
    with pytest.raises(Refused) as refused:
        child.ask("pdf", body)
    return f"{refused.value.rule}: {refused.value.reason}"


def of_content(drawn: bytes, kids: bytes = b"3 0 R", count: int = 1) -> bytes:
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count)
    return pdf(CATALOGUE, tree, PAGE, stream(drawn), HELVETICA)


def test_pages_are_parted_by_an_empty_line_and_the_title_is_the_documents(child: Child) -> None:
    assert child.ask("pdf", GOOD) == {"title": "茶 and tea", "text": TEXT}
    assert child.ask("pdf", pdf_of_pages(["one"])) == {"title": "", "text": "one"}


def test_a_title_that_ends_as_in_c_costs_nothing(child: Child) -> None:
    assert child.ask("pdf", pdf_of_pages(["one"], title="tea\0")) == {"title": "tea", "text": "one"}


def test_columns_are_read_one_after_the_other_as_they_were_written(child: Child) -> None:
    left = b"BT /F1 9 Tf 12 TL 72 700 Td (left one) Tj T* (left two) Tj ET "
    assert child.ask("pdf", of_content(left + left.replace(b"left", b"right").replace(b"72", b"320")))["text"] == (
        "left one\nleft two\nright one\nright two"
    )


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["a word that is part-", "ed, by the line"], "a word that is parted,\nby the line"),
        (["the Anglo-", "Saxon word"], "the Anglo-Saxon\nword"),
        (["a well-known thing, a well-", "known one"], "a well-known thing, a well-known\none"),
        (["it ends with part-", "ed"], "it ends with parted"),
        (["it is part-", "ed", "and goes on"], "it is parted\nand goes on"),
        (["con-", "stitu-", "tional law"], "constitutional\nlaw"),
        (["INTER-", "NATIONAL law"], "INTERNATIONAL\nlaw"),
        (["state-of-the-art, State-of-", "the-art things"], "state-of-the-art, State-of-the-art\nthings"),
    ],
)
def test_a_word_parted_by_the_end_of_a_line_is_whole(lines: list[str], text: str, child: Child) -> None:
    assert child.ask("pdf", pdf_of_pages(lines))["text"] == text


def test_many_parted_words_after_a_million_letters_are_all_whole() -> None:
    assert with_whole_words("x" * 10**6 + " part\ufffeed" * 10**5).count("parted") == 10**5


XREF = GOOD.index(b"xref\n")


@pytest.mark.parametrize(
    "mendable",
    [
        GOOD.replace(b"xref\n0", b"xref\n7"),
        GOOD[: GOOD.index(b"startxref")] + b"startxref\n99999999\n%%EOF",
        GOOD.replace(b"trailer\n<<", b"trailer\n<</Prev %d" % XREF),
        b"mail header\n" + GOOD,
    ],
    ids=["table of places", "end", "table that follows itself", "beginning"],
)
def test_a_broken_table_of_places_is_mended(mendable: bytes, child: Child) -> None:
    assert child.ask("pdf", mendable) == {"title": "茶 and tea", "text": TEXT}


LOCK = b"/ID[<00><00>]/Encrypt<</Filter/%s/V 1/R 2/P -4/O<%s>/U<%s>>>"
LOOP = pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>")
LONG_LOOP = pdf(
    CATALOGUE, b"<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2000>>", b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R 2 0 R]/Count 1000>>"
)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "broken_pdf: is no PDF"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9, "broken_pdf: is no PDF"),
        (GOOD[: len(GOOD) // 2], "broken_pdf: "),
        (GOOD.replace(b"/Page/", b"/Paje/"), "broken_pdf: page 1 of 3"),
        (LOOP, "broken_pdf: page 1 of 2"),
        (LONG_LOOP, "broken_pdf: page 1 of 2000"),
        (GOOD.replace(b"/Count 3", b"/Count 4000"), "broken_pdf: page 4 of 4000"),
        (GOOD.replace(b"/Count 3", b"/Count 100000"), "too_many_pages: has 100000 pages"),
        (pdf_of_pages(["x"], trailer=LOCK % (b"Standard", b"ab" * 32, b"cd" * 32)), "encrypted: "),
        (pdf_of_pages(["x"], trailer=LOCK % (b"OurOwn", b"ab" * 32, b"cd" * 32)), "encrypted: "),
        (pdf_of_pages([], []), "no_text_layer: has 2 pages"),
        (of_content(b"0 0 99 99 re f"), "no_text_layer: has 1 pages"),
    ],
)
def test_a_bad_pdf_is_refused_and_the_next_one_read(body: bytes, says: str, child: Child) -> None:
    assert refusal(child, body).startswith(says)
    assert child.ask("pdf", GOOD)["text"] == TEXT


def test_a_page_that_comes_five_hundred_times_is_text_of_a_length_that_is_checked() -> None:
    book = of_content(b"BT /F1 9 Tf (x) Tj ET", b"3 0 R " * 500, 500)
    with Child(30, longest=1000) as child:
        assert refusal(child, book) == "too_long: its text has more than 1000 bytes"
        child.longest = 10_000
        assert child.ask("pdf", book)["text"] == "\n\n".join(["x"] * 500)


TWICE_ITSELF = pdf(
    CATALOGUE,
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    PAGE.replace(b"/Font<</F1 5 0 R>>", b"/XObject<</X 5 0 R>>"),
    stream(b"/X Do"),
    stream(b"/X Do /X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 5 0 R>>>>"),
)


@pytest.mark.parametrize("endless", [TWICE_ITSELF, pdf_of_forms(4, 30, b"q Q " * 20_000)], ids=["itself", "others"])
def test_forms_in_forms_without_end_are_stopped_at_the_deadline(endless: bytes) -> None:
    with Child(30) as child:
        child.ask("pdf", GOOD)
        child.seconds = 0.3
        start = time.monotonic()
        assert refusal(child, endless) == "too_costly: took more than 0.3 seconds to read"
        assert time.monotonic() - start < 5
        child.seconds = 30
        assert child.ask("pdf", GOOD)["text"] == TEXT


@pytest.mark.whole
def test_a_stream_of_three_gigabytes_ends_the_child_and_no_more(child: Child) -> None:
    pack = zlib.compressobj(9)
    first, again = (pack.compress(b" " * 2**20) + pack.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    body = first + again * 3000
    huge = b"<</Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (len(body), body)
    book = pdf(CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, huge, HELVETICA)
    assert refusal(child, book) == "out_of_memory: took more than 2 GiB to read"
    assert child.ask("pdf", GOOD)["text"] == TEXT
