"""An EPUB → its title and the text of its pages, in the order of reading (the spine), parted by empty lines.

read(b"PK…")  →  {"title": "Tea", "text": "How to boil water.\\n\\nHow to pour it."}

META-INF/container.xml names the package file, which has the title, a manifest of files, and the spine: their order.
"""

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote

from tasks.archive.documents.html import read_xhtml
from tasks.archive.documents.zipped import Zipped
from tasks.archive.refused import Refused

TAGS = 200_000
"""The most, begun or ended, of the package file: two for each member there may be, and as many of the spine."""
PAGES = ("application/xhtml+xml", "text/html")
"""Types of a page that is text; the spine may have pictures, too."""
FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""Methods that make fonts unusable elsewhere; all others lock the text."""


def read(body: bytes) -> dict[str, str]:
    """Title and text. Raises Refused: broken_epub, encrypted, entities, and what Zipped and read_xhtml raise."""
    members = Zipped(body)
    _check_lock(members)
    place = _package(members)
    package = members.xml(place, TAGS)
    texts = [read_xhtml(members.read(page))["text"] for page in _pages(package, place)]
    title = " ".join((package.findtext("{*}metadata/{*}title") or "").split())
    return {"title": title, "text": "\n\n".join(filter(None, texts))}


def _check_lock(members: Zipped) -> None:
    where = "META-INF/encryption.xml"
    if where not in members.names:
        return
    for method in members.xml(where, TAGS).iter("{*}EncryptionMethod"):
        if (said := method.get("Algorithm", "")) not in FONTS:
            raise Refused("encrypted", f"is locked by {said!r}")


def _package(members: Zipped) -> str:
    for file in members.xml("META-INF/container.xml", TAGS).iter("{*}rootfile"):
        return normpath(str(file.get("full-path", "")))
    raise Refused("broken_epub", "META-INF/container.xml names no package file")


def _pages(package: Any, place: str) -> Iterator[str]:
    """Members with the pages, in the order of the spine, each once."""
    files = {item.get("id"): item for item in package.iterfind("{*}manifest/{*}item")}
    for id in dict.fromkeys(mention.get("idref") for mention in package.iterfind("{*}spine/{*}itemref")):
        if id not in files:
            raise Refused("broken_epub", f"the spine names {id!r}, which the manifest does not have")
        if files[id].get("media-type") in PAGES:
            yield normpath(join(dirname(place), unquote(files[id].get("href", "").partition("#")[0])))
