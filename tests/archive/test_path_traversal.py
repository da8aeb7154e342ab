"""Nothing outside of a source's folder is read and nothing anywhere is written, whatever names, links and entities say."""

import os
import shutil
import stat
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path

import pytest

from tasks.archive.found import Unreadable
from tasks.archive.local_files import documents, pin
from tasks.archive.settings import Columns, LocalFiles
from tasks.errors import InputError
from tasks.records import Document

CANARY = "canary-5f2c"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = ("os.mkdir", "os.link", "os.symlink", "os.rename", "os.remove", "os.truncate", "os.chmod", "shutil.move")

LEAD_OUT = [
    "../secret.txt",
    "../../outside/secret.txt",
    "../" * 40 + "{outside}/secret.txt",
    "a/../../secret.txt",
    "a/b/../../../secret.txt",
    "./../secret.txt",
    "a/./../../secret.txt",
    ".. /secret.txt",
    "{outside}/secret.txt",
    "/{outside}/secret.txt",
    "/etc/passwd.txt",
    "//server/share/secret.txt",
    "..\\secret.txt",
    "a\\..\\..\\secret.txt",
    "\\\\server\\share\\secret.txt",
    "\\secret.txt",
    "C:secret.txt",
    "C:\\secret.txt",
    "c:/secret.txt",
    "%2e%2e/secret.txt",
    "%2E%2E%2Fsecret.txt",
    "..%2fsecret.txt",
    "..%5csecret.txt",
    "%252e%252e/secret.txt",
    "%2fetc/secret.txt",
    "\uff0e\uff0e/secret.txt",
    "..\uff0fsecret.txt",
    "\u2025/secret.txt",
]
ONLY_ODD = [
    "a\\b.txt",
    "~/a.txt",
    "$HOME.txt",
    "a|id.txt",
    "-rf.txt",
    "a\nb.txt",
    "con.txt",
    "x..a/b...txt",
    "a..b.txt",
    "🜁.txt",
]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder beside the source's, with a canary in each format."""
    folder = tmp_path / "outside"
    (folder / "d").mkdir(parents=True)
    for name in ("secret.txt", "secret.html", "secret.xhtml", "d/secret.txt"):
        (folder / name).write_text(f"<p>{CANARY}</p>")
    (tmp_path / "secret.txt").write_text(CANARY)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "z.txt").write_text("good")
    return folder


def source(path: str = "in") -> LocalFiles:
    return LocalFiles(
        kind="local_files",
        name="notes",
        license="CC0-1.0",
        path=path,
        document_kind="prose",
        columns=Columns(text="text", title="", language="", group="", id="", license="", html=False),
        longest_record=100_000,
    )


listening: list[list[tuple[str, object]]] = []


def hear(event: str, words: tuple[object, ...]) -> None:
    if not listening:
        return
    if event == "open" and isinstance(words[2], int) and words[2] & WRITING and words[0] != os.devnull:
        listening[0].append((event, words[0]))
    if event in CHANGES:
        listening[0].append((event, words[0]))


@contextmanager
def nothing_is_written(root: Path) -> Iterator[None]:
    """Neither does this process ask for it, nor does a child do it."""
    if "heard" not in globals():
        globals()["heard"] = sys.addaudithook(hear)
    before, asked = tree(root), list[tuple[str, object]]()
    listening.append(asked)
    try:
        yield
    finally:
        listening.clear()
    assert asked == []
    assert tree(root) == before


def tree(root: Path) -> dict[str, tuple[int, bytes]]:
    found = {}
    for path in sorted(root.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mode, path.read_bytes() if stat.S_ISREG(status.st_mode) else b"")
    return found


def read(root: Path, asked: LocalFiles | None = None) -> tuple[list[Document], list[Unreadable]]:
    """What is found, none of it a canary, without a write."""
    with nothing_is_written(root):
        found = list(documents(asked or source(), root))
    assert CANARY not in repr(found)
    return [one for one in found if isinstance(one, Document)], [one for one in found if isinstance(one, Unreadable)]


def zip_of(name: str, text: str = "inside") -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr(name, text)
    return whole.getvalue()


def tar_of(name: str, text: str = "inside", kind: bytes = tarfile.REGTYPE, to: str = "") -> bytes:
    whole, info = BytesIO(), tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, to, len(text) if kind == tarfile.REGTYPE else 0
    with tarfile.open(fileobj=whole, mode="w") as archive:
        archive.addfile(info, BytesIO(text.encode()))
    return whole.getvalue()


@pytest.mark.parametrize("make", [zip_of, tar_of])
@pytest.mark.parametrize("name", LEAD_OUT)
def test_a_member_whose_name_leads_out_is_a_row_in_quarantine(tmp_path: Path, outside: Path, name: str, make) -> None:
    (tmp_path / "in" / ("a.zip" if make is zip_of else "a.tar")).write_bytes(make(name.format(outside=outside)))
    good, (bad,) = read(tmp_path)
    assert [document.text for document in good] == ["good"]
    assert bad.rule == "outside"


def test_a_name_with_nul_is_one_too(tmp_path: Path, outside: Path) -> None:
    data = zip_of("secret.txt@/../../a.txt").replace(b"@", b"\0")
    (tmp_path / "in" / "a.zip").write_bytes(data)
    _, (bad,) = read(tmp_path)
    assert (bad.rule, "\0" in bad.reason) == ("outside", False)


@pytest.mark.parametrize("make", [zip_of, tar_of])
@pytest.mark.parametrize("name", ONLY_ODD)
def test_an_odd_name_is_text_in_the_locator(tmp_path: Path, outside: Path, name: str, make) -> None:
    kind = "zip" if make is zip_of else "tar"
    (tmp_path / "in" / f"a.{kind}").write_bytes(make(name))
    good, aside = read(tmp_path)
    assert ([document.source for document in good], aside) == ([f"notes:a.{kind}!{name}", "notes:z.txt"], [])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
@pytest.mark.parametrize("to", ["../outside/secret.txt", "{outside}/secret.txt", "/etc/passwd", "z.txt"])
def test_links_in_a_tar_are_not_followed(tmp_path: Path, outside: Path, kind: bytes, to: str) -> None:
    (tmp_path / "in" / "a.tar").write_bytes(tar_of("a.txt", kind=kind, to=to.format(outside=outside)))
    # What a program that unpacks would write through the link.
    (tmp_path / "in" / "b.tar").write_bytes(tar_of("a", kind=kind, to=str(outside))[:512] + tar_of("a/secret.txt", "inside"))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["inside", "good"]
    assert {one.rule for one in aside} == {"not_a_file"}


EPUB = {
    "META-INF/container.xml": '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="{opf}" media-type="application/oebps-package+xml"/></rootfiles></container>',
    "b.opf": '{doctype}<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest><item id="a" href="{href}" '
    'media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>',
    "a.xhtml": '{doctype}<html xmlns="http://www.w3.org/1999/xhtml"><body><p>inside {entity}</p></body></html>',
}


def epub(opf: str = "b.opf", href: str = "a.xhtml", doctype: str = "", entity: str = "") -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        for name, text in EPUB.items():
            archive.writestr(name, text.format(opf=opf, href=href, doctype=doctype, entity=entity))
    return whole.getvalue()


@pytest.mark.parametrize(
    "href",
    [
        "../outside/secret.xhtml",
        "../../outside/secret.xhtml",
        "{outside}/secret.xhtml",
        "file://{outside}/secret.xhtml",
        "%2e%2e/outside/secret.xhtml",
        "..\\outside\\secret.xhtml",
        "a.xhtml/../../outside/secret.xhtml",
    ],
)
def test_a_book_that_names_files_outside_of_itself_gets_none(tmp_path: Path, outside: Path, href: str) -> None:
    at = href.format(outside=outside)
    (tmp_path / "in" / "a.epub").write_bytes(epub(href=at))
    (tmp_path / "in" / "b.epub").write_bytes(epub(opf=at))
    good, aside = read(tmp_path)
    assert [document.text for document in good] == ["good"]
    assert len(aside) == 2


def test_entities_and_includes_fetch_nothing(tmp_path: Path, outside: Path) -> None:
    at = f"{outside}/secret.txt"
    for letter, doctype in enumerate(
        (
            f'<!DOCTYPE html [<!ENTITY x SYSTEM "file://{at}">]>',
            f'<!DOCTYPE html [<!ENTITY x SYSTEM "{at}">]>',
            f'<!DOCTYPE html [<!ENTITY % y SYSTEM "file://{at}"> %y; <!ENTITY x "y">]>',
            f'<!DOCTYPE html SYSTEM "file://{at}">',
        )
    ):
        (tmp_path / "in" / f"{letter}.epub").write_bytes(epub(doctype=doctype, entity="&x;"))
        page = f"{doctype}<html><body><p>inside &x;</p><iframe src='file://{at}'></iframe></body></html>"
        (tmp_path / "in" / f"{letter}.html").write_text(page)
        (tmp_path / "in" / f"{letter}.xhtml").write_text(page)
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{at}" parse="text"/>'
    (tmp_path / "in" / "i.xhtml").write_text(f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{include}in</body></html>")
    good, aside = read(tmp_path)
    assert len(good) + len(aside) == 14


def test_markup_of_texts_reads_no_file(tmp_path: Path, outside: Path) -> None:
    (tmp_path / "in" / "a.rst").write_text(
        f".. include:: {outside}/secret.txt\n\n.. raw:: html\n   :file: {outside}/secret.txt\n"
    )
    (tmp_path / "in" / "a.md").write_text(f"![x](file://{outside}/secret.txt) {{% include '{outside}/secret.txt' %}}\n")
    assert len(read(tmp_path)[0]) == 3


def test_links_on_the_disk_that_lead_out_are_refused(tmp_path: Path, outside: Path) -> None:
    inside = tmp_path / "in"
    (inside / "a.txt").symlink_to("../outside/secret.txt")
    (inside / "b.txt").symlink_to(outside / "secret.txt")
    (inside / "c.txt").symlink_to("/proc/self/environ")
    (inside / "d.txt").symlink_to("a.txt")
    (inside / "e.txt").symlink_to("/dev/zero")
    (inside / "f.txt").symlink_to("/proc/self/fd/0")
    (inside / "folder").symlink_to(outside)
    (inside / "up").symlink_to("..")
    (inside / "inner.txt").symlink_to("z.txt")
    good, aside = read(tmp_path)
    assert [document.source for document in good] == ["notes:inner.txt", "notes:z.txt"]
    assert [one.reason.partition(":")[0] for one in aside] == [
        *("a.txt", "b.txt", "c.txt", "d.txt", "e.txt", "f.txt", "folder", "up")
    ]
    assert {one.rule for one in aside} <= {"outside", "unreadable"}
    assert pin(source(), tmp_path)["files"] == 10


@pytest.mark.parametrize(
    "pattern", ["in/*/*.txt", "in/*/*/*.txt", "in/folder*/secret.txt", "in/?p/outside/*.txt", "in/**/d/*"]
)
def test_a_pattern_that_passes_a_link_out_finds_files_to_refuse_at_most(tmp_path: Path, outside: Path, pattern: str) -> None:
    (tmp_path / "in" / "folder").symlink_to(outside)
    (tmp_path / "in" / "up").symlink_to("..")
    try:
        good, aside = read(tmp_path, source(pattern))
    except InputError:
        return
    assert {one.rule for one in aside} <= {"outside"}
    assert {document.text for document in good} <= {"good"}


@pytest.mark.parametrize(
    "path",
    ["../*.txt", "in/../outside/*.txt", "in/../*/*.txt", "in/*/../../outside/*.txt", "in/..", "in/../outside/secret.txt"],
)
def test_a_path_in_params_that_goes_up_is_refused(tmp_path: Path, outside: Path, path: str) -> None:
    with pytest.raises(InputError, match="goes up by"):
        read(tmp_path, source(path))


SWAP = """
import os, sys
inside, outside = sys.argv[1:]
os.chdir(inside)
print("ready", flush=True)
while True:
    os.symlink(f"{outside}/secret.txt", "link")
    os.replace("link", "a.txt")
    os.rename("d", "was")
    os.symlink(f"{outside}/d", "d")
    with open("plain", "w") as file:
        file.write("inside")
    os.replace("plain", "a.txt")
    os.remove("d")
    os.rename("was", "d")
"""


def test_links_that_are_swapped_while_we_read_are_never_followed(tmp_path: Path, outside: Path) -> None:
    inside = tmp_path / "in"
    (inside / "d").mkdir()
    for name in ("a.txt", "d/secret.txt"):
        (inside / name).write_text("inside")
    found, rounds, until = set(), 0, time.monotonic() + 20
    with subprocess.Popen([sys.executable, "-c", SWAP, inside, outside], stdout=subprocess.PIPE) as swapping:
        assert swapping.stdout
        swapping.stdout.readline()
        # Both sides of the race were seen, often.
        while (rounds < 300 or len(found) < 3) and time.monotonic() < until:
            rounds += 1
            with suppress(InputError):  # a folder was gone while we looked through it
                found |= {one.text if isinstance(one, Document) else one.rule for one in documents(source(), tmp_path)}
        swapping.kill()
    assert CANARY not in repr(found)
    assert {"inside", "outside", "good"} <= found
    shutil.rmtree(inside, ignore_errors=True)
