"""Small files of each format, made by hand so that tests can make them badly.

pdf_of_pages(["Hello,", "指令."])  →  b"%PDF-1.7…", one page of two lines
"""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from io import BytesIO

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SONG = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>]>>"
)
"""A Chinese font that is named and not embedded: readers know its characters."""


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of numbered objects; the first is the catalogue."""
    body, places = b"%PDF-1.7\n", b"0000000000 65535 f \n"
    for number, content in enumerate(objects, 1):
        places += b"%010d 00000 n \n" % len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, len(body))
    return body + b"xref\n0 %d\n%s" % (len(objects) + 1, places) + end


def stream(data: bytes, about: bytes = b"") -> bytes:
    """A stream object, deflated."""
    packed = zlib.compress(data, 9)
    return b"<</Filter/FlateDecode/Length %d%s>>\nstream\n%s\nendstream" % (len(packed), about, packed)


def pdf_of_pages(*pages: Sequence[str], title: str = "", trailer: bytes = b"") -> bytes:
    """A PDF with a text layer: pages of lines, of ASCII or of Chinese."""
    kids = b" ".join(b"%d 0 R" % (6 + 2 * number) for number in range(len(pages)))
    info = b"<</Title <FEFF%s>>>" % title.encode("utf-16-be").hex().encode()
    tree = b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages))
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", tree, HELVETICA, SONG, info]
    for number, lines in enumerate(pages):
        resources = b"/Resources<</Font<</F1 3 0 R/F2 4 0 R>>>>"
        objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]%s/Contents %d 0 R>>" % (resources, 7 + 2 * number))
        objects.append(stream(b"BT 14 TL 72 720 Td %s ET" % b" ".join(map(_shown, lines))))
    return pdf(*objects, trailer=(b"/Info 5 0 R" if title else b"") + trailer)


def _shown(line: str) -> bytes:
    if line.isascii():
        return b"/F1 12 Tf (%s) Tj T*" % line.encode()
    return b"/F2 12 Tf <%s> Tj T*" % line.encode("utf-16-be").hex().encode()


def pdf_of_forms(levels: int, times: int, drawn: bytes) -> bytes:
    """One page that draws a form `times` times, which draws another as often, and so on: the last draws what is said."""
    use, last = b"/X Do " * times, 4 + levels
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    objects.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R>>")
    objects.append(stream(use))
    for number in range(5, last + 1):
        inner = b"" if number == last else b"/XObject<</X %d 0 R>>" % (number + 1)
        about = b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<<%s>>" % inner
        objects.append(stream(drawn if number == last else use, about))
    return pdf(*objects)


def zip_of(members: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip in memory; always the same bytes."""
    body = BytesIO()
    with zipfile.ZipFile(body, "w", method) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    return body.getvalue()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    "</Relationships>"
)


def paragraph(text: str, about: str = "") -> str:
    """A paragraph of a docx."""
    return f"<w:p>{about and f'<w:pPr>{about}</w:pPr>'}<w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(body: str, *, title: str = "", prolog: str = "", **parts: str) -> bytes:
    """A docx: what its body holds, what stands before its root, and other parts (footnotes="…")."""
    members = {"_rels/.rels": RELATIONS}
    members["word/document.xml"] = f'{prolog}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    for name, content in parts.items():
        members[f"word/{name}.xml"] = f'<w:{name} xmlns:w="{WORD}">{content}</w:{name}>'
    if title:
        about = "http://purl.org/dc/elements/1.1/"
        members["docProps/core.xml"] = f'<core xmlns:dc="{about}"><dc:title>{title}</dc:title></core>'
    return zip_of(members)


def xhtml(body: str, prolog: str = "") -> str:
    """A page of a book, with a title that ends at once."""
    return f'{prolog}<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


def epub(
    pages: Mapping[str, str],
    *,
    spine: Sequence[str] | None = None,
    title: str = "",
    members: Mapping[str, str] | None = None,
) -> bytes:
    """An EPUB: pages by their address, the order in which they are read, and other members."""
    items = "".join(f'<item id="{page}" href="{page}" media-type="application/xhtml+xml"/>' for page in pages)
    order = "".join(f'<itemref idref="{page}"/>' for page in (pages if spine is None else spine))
    about = f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title></metadata>'
    where = '<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>'
    package = (
        f'<package xmlns="http://www.idpf.org/2007/opf">{about}<manifest>{items}</manifest><spine>{order}</spine></package>'
    )
    files = {f"OEBPS/{page}": content for page, content in pages.items() if content}
    begin = {"mimetype": "application/epub+zip", "META-INF/container.xml": where, "OEBPS/content.opf": package}
    return zip_of(begin | files | dict(members or {}))
