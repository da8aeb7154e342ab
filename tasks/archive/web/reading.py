"""Bytes of strangers → what they say; runs in the child alone (child.py).

page(b"<title>Hi</title><p>Long text …", "text/html")                 →  {"title": "Hi", "text": "Long text …", …}
sitemap(b"<urlset><url><loc>http://a.org/1</loc></url></urlset>")     →  {"sitemaps": [], "pages": ["http://a.org/1"]}
feed(b"<rss>…<link>http://a.org/1</link>…")                           →  {"pages": ["http://a.org/1"]}
robots(b"User-agent: *\nDisallow: /x", "us", "http://a.org/x/y")      →  {"allowed": False, "delay": None}
"""

from typing import Any

from tasks.archive.encoding import decoded
from tasks.archive.markup import check_tags, local_name, xml
from tasks.archive.refused import Refused

TAGS_OF_PAGE = 50_000
"""The most, begun or ended: a long article has some thousand, and what is made to hang a parser takes four seconds."""
TAGS_OF_LIST = 600_000
"""The most; the longest sitemap there may be, 50,000 pages with all that can be said of each, has half a million."""


def page(body: bytes, type: str) -> dict[str, str]:
    """Title, main text and told language of a page. Raises Refused: empty, too_many_tags, not_text, unknown_encoding."""
    from trafilatura import extract  # half a second, and robots.txt and lists do without it

    plain = type.partition(";")[0].strip().lower() == "text/plain"
    text = decoded(body, type, markup=not plain)
    if plain:
        return {"title": "", "text": text, "language": ""}
    check_tags(body, TAGS_OF_PAGE)
    found = extract(text, include_comments=False, include_tables=True) or ""
    if not found.strip():
        raise Refused("empty", "has no main text")
    title, told = _head(text)
    return {"title": title, "text": found, "language": language_of(told)}


def _head(text: str) -> tuple[str, str]:
    """The title as the page itself says it (what trafilatura guesses may be a menu's heading), and the language told."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True)
    page = etree.fromstring(text.encode("utf-8"), parser)
    return " ".join((page.findtext(".//title") or "").split()), page.get("lang") or page.get("xml:lang") or ""


def language_of(told: str) -> str:
    """en-US → en, zh-TW → zh-Hant; zh alone says nothing of the script, and is left to the corpus stage."""
    first, *rest = told.lower().split("-")
    if first != "zh":
        return first if len(first) == 2 else ""
    if {"hant", "tw", "hk", "mo"} & set(rest):
        return "zh-Hant"
    return "zh-Hans" if {"hans", "cn", "sg"} & set(rest) else ""


def sitemap(body: bytes) -> dict[str, list[str]]:
    """Addresses in a sitemap: those of pages, and of other sitemaps."""
    found: dict[str, list[str]] = {"sitemaps": [], "pages": []}
    for element in xml(body, TAGS_OF_LIST).iter("{*}loc"):
        kind = local_name(element.getparent())
        if kind in ("sitemap", "url"):
            found["sitemaps" if kind == "sitemap" else "pages"].append((element.text or "").strip())
    return found


def feed(body: bytes) -> dict[str, list[str]]:
    """Addresses of the entries of an RSS or Atom feed, as they stand there."""
    links = []
    for element in xml(body, TAGS_OF_LIST).iter("{*}item", "{*}entry"):
        for link in element.iterchildren("{*}link"):
            if link.get("rel", "alternate") == "alternate" and (place := (link.get("href") or link.text or "").strip()):
                links.append(place)
                break
    return {"pages": links}


def robots(body: bytes, agent: str, address: str) -> dict[str, Any]:
    """Whether a robots.txt lets `agent` fetch the address, and the seconds it asks for between two requests."""
    from protego import Protego

    rules = Protego.parse(body.decode("utf-8", "replace"))
    return {"allowed": rules.can_fetch(address, agent), "delay": rules.crawl_delay(agent)}
