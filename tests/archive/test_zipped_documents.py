"""docx and EPUB: text in the order of reading; bombs, locks, and names that lead elsewhere are refused with a reason."""

import time
import zipfile

import pytest

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tests.archive.made_files import RELATIONS, docx, epub, paragraph, xhtml, zip_of


def refusal(child: Child, work: str, body: bytes) -> str:
    with pytest.raises(Refused) as refused:
        child.ask(work, body)
    return f"{refused.value.rule}: {refused.value.reason}"


CELLS = "<w:tr>" + "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("茶", "水")) + "</w:tr>"
NOTED = "<w:p><w:r><w:t>Boil</w:t></w:r><w:r><w:footnoteReference w:id='7'/></w:r><w:r><w:t> water.</w:t></w:r></w:p>"
NOTE = f"<w:footnote w:id='0' w:type='separator'>{paragraph('')}</w:footnote>"
NOTE += f"<w:footnote w:id='7'>{paragraph('Not too hot.')}</w:footnote>"
DRAWN = "<mc:AlternateContent xmlns:mc='x'><mc:Choice>{0}</mc:Choice><mc:Fallback>{0}</mc:Fallback></mc:AlternateContent>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (paragraph("Tea", "<w:pStyle w:val='Heading1'/>") + paragraph("第一段。"), "Tea\n\n第一段。"),
        (paragraph("a", "<w:numPr/>") + paragraph("b", "<w:numPr/>"), "- a\n\n- b"),
        (paragraph("before") + f"<w:tbl>{CELLS}{CELLS}</w:tbl>" + paragraph("after"), "before\n\n茶 水\n茶 水\n\nafter"),
        (
            "<w:p><w:r><w:t>one</w:t><w:br/><w:t>t</w:t></w:r><w:r><w:t>wo</w:t><w:tab/><w:t>3</w:t></w:r></w:p>",
            "one\ntwo\t3",
        ),
        ("<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:ins><w:r><w:t>new</w:t></w:r></w:ins></w:p>", "new"),
        (f"<w:sdt><w:sdtContent>{paragraph('in a box')}</w:sdtContent></w:sdt>", "in a box"),
        (f"<w:p><w:r>{DRAWN.format('<w:t>once</w:t>')}</w:r></w:p>", "once"),
        ("<w:p><w:r><w:t>o<?mark?>ne<!-- no --></w:t><w:t><![CDATA[ & two]]></w:t></w:r></w:p>", "one & two"),
        ("", ""),
    ],
    ids=["heading", "list", "table", "breaks", "changes", "control", "drawing", "marks", "nothing"],
)
def test_a_docx_is_read_as_it_is_printed(body: str, text: str, child: Child) -> None:
    assert child.ask("docx", docx(body, title="茶")) == {"title": "茶", "text": text}


def test_footnotes_follow_by_their_number(child: Child) -> None:
    told = child.ask("docx", docx(NOTED + paragraph("Pour it."), footnotes=NOTE))
    assert told == {"title": "", "text": "Boil[1] water.\n\nPour it.\n\n[1] Not too hot."}
    lost = docx(NOTED, footnotes="")
    assert refusal(child, "docx", lost) == "broken_docx: refers to a note, the 1. of its text, that is not there"


def test_an_epub_is_read_in_the_order_of_its_spine(child: Child) -> None:
    pages = {
        "z.xhtml": xhtml("<h1>一</h1><p>one&nbsp;two</p>"),
        "a%20b.xhtml": xhtml("<p>三</p>"),
        "no.xhtml": xhtml("<p>no</p>"),
    }
    pages |= {"a b.xhtml": pages["a%20b.xhtml"]}
    book = epub(pages, spine=["z.xhtml", "a%20b.xhtml", "z.xhtml"], title="茶经")
    assert child.ask("epub", book) == {"title": "茶经", "text": "一\n\none two\n\n三"}


def test_a_page_of_an_epub_that_is_no_xml_is_read_as_html(child: Child) -> None:
    assert child.ask("epub", epub({"a.xhtml": "<p>one<p>two<br>three"}))["text"] == "one\n\ntwo\nthree"


def test_fonts_that_are_locked_do_not_matter(child: Child) -> None:
    locked = {"META-INF/encryption.xml": "<e><EncryptionMethod Algorithm='http://www.idpf.org/2008/embedding'/></e>"}
    assert child.ask("epub", epub({"a.xhtml": xhtml("one")}, members=locked))["text"] == "one"


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "lollollollollollol">'
BOMB += "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
FILE = '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>'
FETCHED = '<!DOCTYPE x [<!ENTITY % i SYSTEM "http://127.0.0.1:9/x"> %i;]>'
LOCKED = bytearray(docx(paragraph("x")))
LOCKED[LOCKED.index(b"PK\1\2") + 8] |= 1
CUT = docx(paragraph("x"))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "broken_zip: is no zip"),
        (CUT[: len(CUT) // 2], "broken_zip: is no zip"),
        (CUT.replace(b"PK\3\4", b"PK\3\5"), "broken_zip: member '_rels/.rels': Bad magic number"),
        (bytes(LOCKED), "encrypted: member '_rels/.rels'"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 500 + "EncryptedPackage".encode("utf-16-le"), "encrypted: needs a password"),
        (zip_of({}), "missing_member: has no member '_rels/.rels'"),
        (zip_of({"_rels/.rels": "<r/>"}), "broken_docx: does not say which"),
        (
            zip_of({"_rels/.rels": RELATIONS.replace("word/", "../../../etc/")}),
            "missing_member: has no member '../../../etc/",
        ),
        (zip_of({"_rels/.rels": RELATIONS}, zipfile.ZIP_LZMA), "broken_zip: member '_rels/.rels' is packed by method 14"),
        (zip_of({str(number): b"" for number in range(20_001)}), "too_many_members: has 20001"),
        (docx("<w:p>"), "broken_xml: is no XML"),
        (docx("<w:p><w:r><w:t>&i;</w:t></w:r></w:p>", prolog=BOMB), "broken_xml: is no XML: Maximum entity amplification"),
        (docx("<w:p><w:r><w:t>&i;</w:t></w:r></w:p>", prolog=FILE), "entities: declares entities, 'i' first"),
        (docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>", prolog=FETCHED), "entities: declares entities, 'i' first"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_a_bad_docx_is_refused_and_the_next_one_read(body: bytes, says: str, child: Child) -> None:
    assert refusal(child, "docx", body).startswith(says)
    assert child.ask("docx", docx(paragraph("good")))["text"] == "good"


DRM = "<encryption><EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/></encryption>"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (zip_of({"mimetype": "application/epub+zip"}), "missing_member: has no member 'META-INF/container.xml'"),
        (zip_of({"META-INF/container.xml": "<container/>"}), "broken_epub: META-INF/container.xml names no"),
        (epub({"a.xhtml": ""}), "missing_member: has no member 'OEBPS/a.xhtml'"),
        (epub({"../../../../etc/passwd": ""}), "missing_member: has no member '../../../etc/passwd'"),
        (epub({"/etc/passwd": ""}), "missing_member: has no member '/etc/passwd'"),
        (epub({"file:///etc/passwd": ""}), "missing_member: has no member 'OEBPS/file:/etc/passwd'"),
        (epub({"a.xhtml": xhtml("x")}, spine=["b.xhtml"]), "broken_epub: the spine names 'b.xhtml'"),
        (epub({"a.xhtml": xhtml("x")}, members={"META-INF/encryption.xml": DRM}), "encrypted: is locked by"),
        (epub({"a.xhtml": xhtml("&i;", BOMB)}), "broken_xml: is no XML: Maximum entity amplification"),
        (epub({"a.xhtml": xhtml("&i;", FILE)}), "entities: declares entities, 'i' first"),
    ],
    ids=lambda value: value.partition(":")[0] if isinstance(value, str) else "",
)
def test_a_bad_epub_is_refused_and_the_next_one_read(body: bytes, says: str, child: Child) -> None:
    assert refusal(child, "epub", body).startswith(says)
    assert child.ask("epub", epub({"a.xhtml": xhtml("good")}))["text"] == "good"


@pytest.mark.whole
def test_bombs_cost_seconds_and_themselves_alone(child: Child) -> None:
    nested, flat, zeros = "<w:p>" * 1_000_000 + "</w:p>" * 1_000_000, "<w:p/>" * 5_000_000, b"\0" * (2**28 + 1)
    start = time.monotonic()
    assert refusal(child, "docx", docx(nested)).startswith("broken_xml: is no XML: Excessive depth")
    assert refusal(child, "docx", docx(flat)) == "too_many_tags: has 5000004 tags, more than 5000000"
    assert refusal(child, "docx", zip_of({"_rels/.rels": zeros})) == "too_large: unpacks to more than 268435456 bytes"
    assert refusal(child, "epub", epub({"a.xhtml": "<div>" * 1_000_000})).startswith("too_deep: Excessive depth")
    assert refusal(child, "epub", epub({"a.xhtml": "<p>" * 2_000_001})).startswith("too_many_tags: has 2000001")
    many = {f"{number}.xhtml": xhtml(f"<!--{'x' * 9_000_000}-->") for number in range(30)}
    assert refusal(child, "epub", epub(many)) == "too_large: unpacks to more than 268435456 bytes"
    assert time.monotonic() - start < 60
    assert child.ask("docx", docx(paragraph("good")))["text"] == "good"
