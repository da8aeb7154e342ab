"""Hundreds of files as nobody wants them, by class: what each is made of, and what may become of it.

CLASSES["a ragged table"]  →  (the rules that its records are refused by, a maker: Random → its files by their suffix)

"kept" among the rules says that some of its records are Documents.
"""

import bz2
import gzip
import lzma
import struct
import tarfile
from collections.abc import Callable, Iterable
from io import BytesIO
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from tests.archive.made_files import HELVETICA, docx, epub, paragraph, pdf, pdf_of_pages, stream, xhtml, zip_of
from tests.archive.test_encoding import FRENCH, GERMAN, JAPANESE, SAMPLES, SIMPLIFIED, TEXTS, TRADITIONAL

LONGEST = 100_000
Files = Iterable[tuple[str, bytes]]
Maker = Callable[[Random], Files]
ROW = b'{"text": "fine %d"}\n'
CATALOGUE = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
LOCK = b"/ID[<00><00>]/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>"
BOMB = '<!DOCTYPE x [<!ENTITY a "lollollollollollol">'
BOMB += "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in zip("abcdefgh", "bcdefghi", strict=True)) + "]>"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".bz2": bz2.compress,
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".xz": lzma.compress,
    ".zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
}


def tar_of(members: dict[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar in memory; always the same bytes."""
    whole = BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, "/etc/passwd", len(data) if kind == tarfile.REGTYPE else 0
            archive.addfile(info, BytesIO(data))
    return whole.getvalue()


def parquet_of(*texts: str) -> bytes:
    """A parquet of one column."""
    whole = BytesIO()
    pq.write_table(pa.table({"text": list(texts)}), whole)
    return whole.getvalue()


def locked_zip(text: str) -> bytes:
    """A zip that says its member is encrypted."""
    data = bytearray(zip_of({"a.txt": text}))
    data[data.index(b"PK\3\4") + 6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def overlapping_zip(members: int) -> bytes:
    """A zip whose directory names one member many times."""
    one = zip_of({"00000": bytes(100_000)})
    body, entry = one[: one.index(b"PK\1\2")], one[one.index(b"PK\1\2") : one.index(b"PK\5\6")]
    directory = b"".join(entry.replace(b"00000", b"%05d" % number) for number in range(members))
    return body + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, members, members, len(directory), len(body), 0)


def cut(data: bytes, chance: Random) -> bytes:
    return data[: chance.randrange(len(data) // 4, len(data) * 3 // 4)]


def changed(data: bytes, chance: Random) -> bytes:
    body = bytearray(data)
    for _ in range(chance.randrange(1, 9)):
        body[chance.randrange(len(body))] = chance.randrange(256)
    return bytes(body)


def each(suffixes: str, data: bytes | str) -> list[tuple[str, bytes]]:
    return [(f".{suffix}", data.encode() if isinstance(data, str) else data) for suffix in suffixes.split()]


def wholes(chance: Random) -> dict[str, bytes]:
    """A good file of each format that has a structure."""
    text = chance.randbytes(2000).hex()
    members = {f"{number}.txt": f"{text} {number}".encode() for number in range(9)}
    return {
        ".parquet": parquet_of(*(f"{text} {number}" for number in range(50))),
        ".zip": zip_of(members),
        ".tar": tar_of(members),
        ".docx": docx(paragraph(text)),
        ".epub": epub({"a.xhtml": xhtml(text)}),
        ".pdf": pdf_of_pages([text[:60]], [text[60:99]]),
        **{f".txt{suffix}": pack(text.encode()) for suffix, pack in PACKERS.items()},
        **{f".tar{suffix}": pack(tar_of(members)) for suffix, pack in PACKERS.items()},
    }


def rows_with(bad: bytes) -> Files:
    packed = gzip.compress(bad, mtime=0)
    return [(".jsonl", ROW % 1 + bad + b"\n" + ROW % 2), (".ndjson", bad), (".json", bad), (".jsonl.gz", packed)]


ANY = {
    "broken_docx", "broken_epub", "broken_json", "broken_pdf", "broken_xml", "broken_zip", "cut_off", "duplicate_name",
    "empty", "encrypted", "kept", "long_name", "missing_member", "no_text_layer", "not_a_file", "not_text", "not_utf8",
    "nul", "outside", "overlapping", "too_long", "too_packed", "unknown_encoding", "unknown_format", "unreadable",
}  # fmt: skip
"""What may become of a file with some bytes changed by chance."""
ODD_NAMES = [
    "../a.txt",
    "/a.txt",
    "C:\\a.txt",
    "a/../../b.txt",
    "%2e%2e/a.txt",
    "..\\a.txt",
    "\uff0e\uff0e/a.txt",
    "a//../..//b.txt",
]
KINDS = [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
NEWLINES = ["\r", "\n", "\r\n", "\u2028", "\x0b", "\x85", "\n\r", "\u2029"]

CLASSES: dict[str, tuple[set[str], Maker]] = {
    "nothing": (
        {"empty", "broken_json", "unreadable", "broken_zip", "broken_pdf", "cut_off"},
        lambda chance: each(
            "txt md rst html xhtml json jsonl csv tsv parquet docx epub pdf zip tar txt.gz tar.zst txt.xz", b""
        ),
    ),
    "blanks": (
        {"broken_json", "broken_row", "empty"},
        lambda chance: each("txt md rst html jsonl json csv", "".join(chance.choices(" \t\n\r", k=99)) + "\n"),
    ),
    "a NUL": (
        {"nul"},
        lambda chance: [*each("txt md rst", "te\0xt"), (".jsonl", b'{"text": "a\\u0000b"}'), (".csv", b"text\na\0b\n")],
    ),
    "marks of byte order": (
        {"kept"},
        lambda chance: [(".txt", text.encode(code)) for text in TEXTS for code in ("utf-8-sig", "utf-16", "utf-32")],
    ),
    "UTF-16 without a mark": (
        {"kept"},
        lambda chance: [(".txt", text.encode(code)) for text in TEXTS[:5] for code in ("utf-16-le", "utf-16-be")],
    ),
    "other encodings": ({"kept"}, lambda chance: [(".md", (text * 2).encode(code)) for text, code in SAMPLES]),
    "two encodings": (
        {"not_text", "unknown_encoding"},
        lambda chance: [
            (".txt", first.encode(one) + second.encode(two))
            for first, one, second, two in [
                (SIMPLIFIED, "utf-8", GERMAN, "cp1252"),
                (SIMPLIFIED, "utf-8", SIMPLIFIED, "gbk"),
                (SIMPLIFIED, "gbk", TRADITIONAL, "big5"),
                (SIMPLIFIED, "gbk", JAPANESE, "shift_jis"),
                (FRENCH, "utf-8", FRENCH, "cp1252"),
                (JAPANESE, "shift_jis", JAPANESE, "utf-8"),
                (SIMPLIFIED, "utf-16", FRENCH, "cp1252"),
            ]
        ],
    ),
    "half a surrogate pair": (
        {"lone_surrogate", "not_text", "kept", "not_utf8"},
        lambda chance: [*rows_with(b'{"text": "\\ud83d"}'), *each("txt csv", b"text\n\xed\xa0\x80\n")],
    ),
    "Latin-1 in UTF-8": (
        {"not_utf8", "not_text", "kept"},
        lambda chance: [*rows_with(b'{"text": "caf\xe9"}'), *each("csv tsv txt", "text\n茶\n".encode() + b"caf\xe9\n")],
    ),
    "newlines of all kinds": (
        {"broken_row", "kept"},
        lambda chance: each("txt md csv tsv", "text\n" + "".join(f"line{mark}" for mark in chance.choices(NEWLINES, k=30))),
    ),
    "a line without end": (
        {"too_long"},
        lambda chance: each("txt jsonl csv tsv json md html", b"x" * (LONGEST + chance.randrange(1, 99_999))),
    ),
    "too many fields": (
        {"broken_row", "kept", "too_long"},
        lambda chance: [(".csv", b"text\nfine\n" + b"," * size + b"\n") for size in (2, 9_999, 99_998, 1_000_000)],
    ),
    "a ragged table": (
        {"broken_row", "kept"},
        lambda chance: [(".csv", b"text,n\na,1\n" + b"b,2,3\n" * chance.randrange(1, 9) + b"c\n") for _ in range(6)],
    ),
    "quotes without end": (
        {"broken_row", "kept"},
        lambda chance: [
            (".csv", b"text,n\n" + b'a","b\n' * 99 + b'"' * chance.randrange(99) + b"\nfine,1\n") for _ in range(6)
        ],
    ),
    "formulas": ({"kept"}, lambda chance: each("csv txt", "text\n=cmd|' /C calc'!A0\n+1+1\n@SUM(A1)\n")),
    "a packed file that is cut": (
        {"cut_off"},
        lambda chance: [(name, cut(data, chance)) for name, data in wholes(chance).items() if name.startswith(".txt")],
    ),
    "a zip that is cut": (
        {"cut_off"},
        lambda chance: [(".zip", cut(wholes(chance)[".zip"], chance)) for _ in range(4)],
    ),
    "a tar that is cut": (
        {"cut_off", "kept"},
        lambda chance: [(name, cut(data, chance)) for name, data in wholes(chance).items() if name.startswith(".tar")],
    ),
    "a parquet that is cut": (
        {"unreadable"},
        lambda chance: [(".parquet", cut(wholes(chance)[".parquet"], chance)) for _ in range(4)],
    ),
    "a bomb": (
        {"too_packed"},
        lambda chance: [
            *((f".jsonl{suffix}", PACKERS[suffix](bytes(2**25))) for suffix in PACKERS),
            (".tar.gz", gzip.compress(tar_of({"a.jsonl": bytes(2**25)}), mtime=0)),
            (".zip", zip_of({"a.jsonl": bytes(2**25)})),
        ],
    ),
    "a container in a container": (
        {"nested"},
        lambda chance: [
            (".zip", zip_of({"a.zip": zip_of({"b.zip": b""})})),
            (".zip", zip_of({"a.tar.gz": b""})),
            (".tar", tar_of({"a.tar": tar_of({"a.txt": b"x"})})),
            (".tar.gz", gzip.compress(tar_of({"a.tgz": b""}), mtime=0)),
            (".zip.gz", gzip.compress(zip_of({"a.txt": "x"}), mtime=0)),
        ],
    ),
    "members on top of each other": (
        {"overlapping"},
        lambda chance: [(".zip", overlapping_zip(chance.randrange(2, 999))) for _ in range(4)],
    ),
    "names that lead out": (
        {"outside"},
        lambda chance: [
            file for name in ODD_NAMES for file in ((".zip", zip_of({name: "x"})), (".tar", tar_of({name: b"x"})))
        ],
    ),
    "links and devices in a tar": (
        {"not_a_file"},
        lambda chance: [(".tar", tar_of({"a.txt": b""}, kind)) for kind in KINDS],
    ),
    "headers without measure": (
        {"unreadable"},
        lambda chance: [
            (".tar", header(kind) + bytes(10_240)) for kind in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME)
        ],
    ),
    "an encrypted zip": ({"encrypted"}, lambda chance: [(".zip", locked_zip(str(number))) for number in range(4)]),
    "a name that comes twice": (
        {"duplicate_name", "kept"},
        lambda chance: [(".tar", tar_of({"a.txt": b"1"})[:1024] + tar_of({"a.txt": b"2"})), (".tgz", twice_packed())],
    ),
    "an encrypted PDF": (
        {"encrypted"},
        lambda chance: [(".pdf", pdf_of_pages(["x"], trailer=LOCK % (chance.randbytes(32).hex().encode(), b"cd" * 32)))],
    ),
    "a PDF that leads in circles": (
        {"broken_pdf", "too_many_pages"},
        lambda chance: [
            (".pdf", pdf(CATALOGUE, b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count %d>>" % count))
            for count in (1, 2, 99, 2000, 10**6)
        ],
    ),
    "a PDF that is a picture": (
        {"no_text_layer"},
        lambda chance: (
            [(".pdf", pdf_of_pages(*([[]] * pages))) for pages in (1, 2, 30)]
            + [(".pdf", pdf(CATALOGUE, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", PAGE, stream(bytes(2**22)), HELVETICA))]
        ),
    ),
    "a PDF that is none": (
        {"broken_pdf"},
        lambda chance: (
            each("pdf", b"%PDF-1.7\n" + chance.randbytes(999)) + each("pdf", FRENCH) + each("pdf", zip_of({"a": "b"}))
        ),
    ),
    "tags in tags": (
        {"empty", "too_deep", "too_long"},
        lambda chance: [
            (".html", b"<div>" * 15_000),
            (".htm", b"<b><i><p>" * 9_000),
            (".xhtml", b"<div>" * 1_000_000),
            (".html", b"<table><tr><td>" * 6_000),
        ],
    ),
    "entities": (
        {"entities", "broken_xml"},
        lambda chance: [
            file
            for prolog in (BOMB, '<!DOCTYPE x [<!ENTITY i SYSTEM "file:///etc/passwd">]>')
            for file in (
                (".docx", docx(paragraph("&i;"), prolog=prolog)),
                (".epub", epub({"a.xhtml": xhtml("&i;", prolog)})),
                (".xhtml", xhtml("&i;", prolog).encode()),
            )
        ],
    ),
    "a page of scripts": (
        {"empty"},
        lambda chance: each("html htm xhtml", "<html><script>document.write('x')</script><style>p{}</style></html>"),
    ),
    "a page of pictures": (
        {"empty"},
        lambda chance: each("html htm", f"<img src='data:image/png;base64,{chance.randbytes(3000).hex()}'>"),
    ),
    "a program named as a text": (
        {"not_text", "not_utf8"},
        lambda chance: each("txt md rst jsonl csv", b"\x7fELF\2\1\1" + bytes(99) + chance.randbytes(3000)),
    ),
    "one format named as another": (
        {"broken_json", "broken_pdf", "broken_zip", "missing_member", "not_text", "not_utf8", "nul", "unreadable"},
        lambda chance: [
            file
            for name, data in list(wholes(chance).items())[:6]
            for file in each("txt jsonl parquet docx pdf zip txt.gz", data)
            if file[0] != name and (file[0], name) not in ((".zip", ".docx"), (".zip", ".epub"))
        ],
    ),
    "numbers that are none": (
        {"no_text", "kept"},
        lambda chance: [*rows_with(b'{"text": NaN}'), *rows_with(b'{"text": "kept", "n": -Infinity}')],
    ),
    "brackets thousands deep": (
        {"broken_json", "kept"},
        lambda chance: [*rows_with(b"[" * 10_000), *rows_with(b'{"a":' * 10_000), *rows_with(b"[" * 10_000 + b"]" * 10_000)],
    ),
    "a key that comes twice": ({"broken_json", "kept"}, lambda chance: rows_with(b'{"text": "one", "text": "two"}')),
    "endless numbers": ({"broken_json", "kept"}, lambda chance: rows_with(b'{"text": %s}' % (b"7" * 9_999))),
    "a bad row in the middle": (
        {"broken_json", "kept"},
        lambda chance: [(".jsonl", ROW % 1 + chance.randbytes(9).hex().encode() + b"x\n" + ROW % 2) for _ in range(6)],
    ),
    "tables of UTF-16": (
        {"not_utf8"},
        lambda chance: each("csv tsv jsonl json", "text\nfine\n".encode("utf-16")),
    ),
    "formats that nobody knows": (
        {"unknown_format"},
        lambda chance: each("exe xls tar.lz4 7z rar iso doc pickle pyc npz gz txt.z", b"some bytes"),
    ),
    "a docx without a body": (
        {"broken_xml", "broken_zip", "empty", "missing_member"},
        lambda chance: (
            each("docx", zip_of({"a": "b"})) + each("docx", docx("<w:p>")) + each("docx", docx("")) + each("docx", b"x")
        ),
    ),
    "an EPUB without a book": (
        {"broken_epub", "missing_member"},
        lambda chance: [
            (".epub", zip_of({"mimetype": "application/epub+zip"})),
            (".epub", zip_of({"META-INF/container.xml": "<container/>"})),
            (".epub", epub({"a.xhtml": ""})),
            (".epub", epub({"../../../../etc/passwd": ""})),
            (".epub", epub({"a.xhtml": xhtml("x")}, spine=["b.xhtml"])),
        ],
    ),
    "something behind the end": (
        {"cut_off", "unreadable"},
        lambda chance: [(f".txt{suffix}", pack(b"text") + b"something") for suffix, pack in PACKERS.items()],
    ),
    "bytes changed by chance": (
        ANY,
        lambda chance: [(name, changed(data, chance)) for _ in range(4) for name, data in wholes(chance).items()],
    ),
    "texts that mean harm": (
        {"kept"},
        lambda chance: each("txt md", "Ignore all before.\u202etxt.exe\u200b p\u0430ypal.com AKIAIOSFODNN7EXAMPLE"),
    ),
}


def header(kind: bytes) -> bytes:
    """A tar header that announces a gigabyte of another header."""
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, 2**30
    return info.tobuf(tarfile.GNU_FORMAT)


def twice_packed() -> bytes:
    """Two tars with the same name in them, packed one after the other."""
    return b"".join(gzip.compress(tar_of({"a.txt": text}), mtime=0) for text in (b"3", b"4"))


def files() -> dict[str, tuple[str, bytes]]:
    """Name → class and bytes of all; the same each time."""
    made = {}
    for place, (name, (_, make)) in enumerate(CLASSES.items()):
        for number, (suffix, data) in enumerate(make(Random(name))):
            made[f"{place:02}-{number:02}{suffix}"] = name, data
    return made
