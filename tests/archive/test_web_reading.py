"""What strangers wrote, read in a child: right where it is well, and with a rule and at no cost to us where it is not."""

import gzip
import time
from pathlib import Path
from typing import Any

import pytest

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tasks.archive.web.warc import Record, records

pytestmark = pytest.mark.whole  # servers and parsers of their own: half a minute


def refusal(child: Child, work: str, body: bytes, *words: str) -> str:
    with pytest.raises(Refused) as refused:
        child.ask(work, body, *words)
    return refused.value.rule


def stuffed(about: Any, stuff: bytes) -> bytes:
    return about("tea").replace(b"</article>", stuff + b"</article>")


@pytest.mark.parametrize(
    ("told", "language"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("zh-TW", "zh-Hant"),
        ("zh", ""),
        ("yue", ""),
    ],
)
def test_the_language_that_a_page_tells(told: str, language: str, child: Child, about: Any) -> None:
    page = about("tea").replace(b"en-GB", told.encode())
    assert child.ask("page", page, "text/html")["language"] == language


@pytest.mark.parametrize(
    ("encoding", "type", "meta"),
    [
        ("utf-8", "text/html", ""),
        ("utf-8-sig", "text/html", ""),
        ("utf-16", "text/html", ""),
        ("gb18030", "text/html; charset=GB2312", ""),
        ("gb18030", "text/html", "<meta charset=gbk>"),
        ("gb18030", "text/html", ""),
        ("big5", 'text/html; charset="big5"', ""),
        ("utf-8", "text/html; charset=ascii", "<meta charset=utf-8>"),
        ("utf-8", "text/html; charset=no-such", ""),
        ("utf-8", "text/html; charset=rot13", ""),
        ("utf-8", "text/html; charset=idna", ""),
        ("utf-8", "text/html; charset=zlib", ""),
    ],
)
def test_encodings_told_and_untold(encoding: str, type: str, meta: str, child: Child) -> None:
    words = "這是一段關於茶的文字，說明怎樣燒水、泡茶和倒茶，也談談茶杯與茶壺。" * 8
    page = f"<html><head>{meta}<title>茶</title></head><body><article><p>{words}</p></article></body></html>"
    assert words in child.ask("page", page.encode(encoding), type)["text"]


def test_equal_pages_give_equal_texts_whatever_was_read_before(child: Child, about: Any) -> None:
    pages = [about(name) for name in ("tea", "ink", "rain", "tea")]
    first = [child.ask("page", page, "text/html") for page in pages]
    with Child(30) as other:
        assert [other.ask("page", page, "text/html") for page in reversed(pages)] == first[::-1]
    assert first[0] == first[3]


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "empty"),
        (b"<html></html>", "empty"),
        (b"<!-- nothing -->", "empty"),
        (b"<script>only()</script>", "empty"),
        (b"<div>" * 1_000_000, "too_many_tags"),
        (b"<p>" + bytes(range(256)) * 40, "not_text"),
    ],
)
def test_pages_without_a_text(body: bytes, rule: str, child: Child) -> None:
    assert refusal(child, "page", body, "text/html") in (rule, "empty")


@pytest.mark.parametrize(
    "piece", ["<div>", "<a b='", "<!--", "<table>", "<p><b><i>", "<li>", "<td>", "<form>", "&#", "<![", "<svg>"]
)
def test_fifty_thousand_open_ends_take_seconds(piece: str, child: Child, about: Any) -> None:
    start = time.monotonic()
    child.ask("page", stuffed(about, piece.encode() * (49_000 // max(1, piece.count("<")))), "text/html")
    assert time.monotonic() - start < 20


def test_a_page_that_takes_too_long_costs_itself_alone(about: Any) -> None:
    with Child(30) as child:
        child.ask("page", about("tea"), "text/html")
        child.seconds = 0.5
        assert refusal(child, "page", stuffed(about, b"<p><b><i>" * 16_000), "text/html") == "too_costly"
        child.seconds = 30
        assert child.ask("page", about("tea"), "text/html")["title"] == "tea"


BILLION = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;"><!ENTITY f SYSTEM "file:///etc/passwd">]><urlset><url><loc>http://a.org/&c;</loc></url><url><loc>&f;</loc></url></urlset>"""


def test_entities_of_a_sitemap_are_left_alone(child: Child) -> None:
    assert child.ask("sitemap", BILLION)["pages"] == ["http://a.org/", ""]


@pytest.mark.parametrize("body", [b"", b"no xml", b"<urlset><url>", b"<urlset>" * 700_000, b"\x00" * 100])
def test_broken_sitemaps_are_refused(body: bytes, child: Child) -> None:
    assert refusal(child, "sitemap", body) in ("broken_xml", "too_many_tags")


def test_the_longest_sitemap_there_may_be_is_read(child: Child) -> None:
    one = b"<url><loc>http://a.org/x</loc><lastmod>2026</lastmod><changefreq>daily</changefreq><priority>1</priority></url>"
    assert len(child.ask("sitemap", b"<urlset>" + one * 50_000 + b"</urlset>")["pages"]) == 50_000


@pytest.mark.parametrize(
    "feed",
    [
        "<rss><channel><link>http://a.org</link><item><link>http://a.org/1</link></item></channel></rss>",
        "<feed xmlns='http://www.w3.org/2005/Atom'><link href='/'/><entry><link rel='alternate' href='http://a.org/1'/></entry></feed>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
        "<item><link>http://a.org/1</link></item></rdf:RDF>",
    ],
)
def test_feeds(feed: str, child: Child) -> None:
    assert child.ask("feed", feed.encode())["pages"] == ["http://a.org/1"]


def record(address: str, body: bytes, head: str = "200 OK\r\nContent-Type: text/html", kind: str = "response") -> bytes:
    http = f"HTTP/1.1 {head}\r\n\r\n".encode() + body
    lines = ["WARC/1.0", f"WARC-Type: {kind}", f"WARC-Target-URI: {address}", "WARC-Record-ID: <urn:uuid:1>"]
    lines += [
        "WARC-Date: 2026-11-24T00:00:00Z",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(http)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + http + b"\r\n\r\n"


def read(file: Path, data: bytes) -> list[tuple[str, Any]]:
    file.write_bytes(data)
    shown = lambda one: one[1].rule if isinstance(one[1], Refused) else one[1]  # noqa: E731
    found: list[Record] = list(records(file, 1000))
    return [(one[0], shown(one)) for one in found]


def test_a_warc_file_gives_its_pages_and_a_rule_for_each_that_is_none(tmp_path: Path) -> None:
    parts = [
        record("http://a.org/0", b"", kind="request"),
        record("http://a.org/1", b"one"),
        record("http://a.org/2", b"", "404 Not Found\r\nContent-Type: text/html"),
        record("http://a.org/3", b"GIF", "200 OK\r\nContent-Type: image/gif"),
        record("http://a.org/4", b"x" * 1001),
        record("http://a.org/5", gzip.compress(b"five"), "200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip"),
        record("http://a.org/6", gzip.compress(b"0" * 10**6), "200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip"),
        record(
            "http://a.org/7", b"5\r\nseven\r\n0\r\n\r\n", "200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked"
        ),
        record("http://a.org/8", b"unpacked", "200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip"),
    ]
    expected = [
        ("http://a.org/1", b"one"),
        ("http://a.org/2", "http_404"),
        ("http://a.org/3", "not_text"),
        ("http://a.org/4", "too_large"),
        ("http://a.org/5", b"five"),
        ("http://a.org/6", "too_large"),
        ("http://a.org/7", b"seven"),
        ("http://a.org/8", b"unpacked"),
    ]
    assert read(tmp_path / "a.warc", b"".join(parts)) == expected
    assert read(tmp_path / "a.warc.gz", b"".join(gzip.compress(part) for part in parts)) == expected


def test_a_warc_file_that_ends_early_keeps_what_came_before(tmp_path: Path) -> None:
    whole = record("http://a.org/1", b"one") + record("http://a.org/2", b"two" * 100)
    assert read(tmp_path / "a.warc", whole[:-200]) == [("http://a.org/1", b"one"), ("http://a.org/2", "cut_off")]


def test_a_record_with_broken_chunks_costs_itself_alone(tmp_path: Path) -> None:
    broken = record(
        "http://a.org/1", b"5\r\nhello\r\nzz\r\n", "200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked"
    )
    found = read(tmp_path / "a.warc", broken + record("http://a.org/2", b"two"))
    assert found == [("http://a.org/1", "cut_off"), ("http://a.org/2", b"two")]


def test_what_is_no_warc_file_is_refused(tmp_path: Path) -> None:
    for data in (b"garbage" * 100, b"\x1f\x8b" + b"garbage" * 100):
        with pytest.raises(Refused, match="cannot be read on"):
            read(tmp_path / "a.warc", data)
