"""The source kind web_pages as the stage runs it: pinned, reproducible, polite, and never more fetched than has changed."""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tasks.archive.lock import refresh
from tasks.archive.make import make
from tasks.archive.settings import ArchiveParams, WebPages
from tasks.errors import EndpointError, InputError, IntegrityError
from tasks.records import Document, Dropped
from tasks.shards import read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

pytestmark = pytest.mark.whole


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "params").mkdir()
    return Workspace(tmp_path)


def archive(workspace: Workspace, *sources: WebPages) -> Path:
    make(ArchiveParams(sources=sources, allow_unknown_license=False), workspace, Numbers.open(workspace, "archive"))
    return workspace.data / "archive"


def look(workspace: Workspace, *sources: WebPages) -> list[str]:
    return refresh(ArchiveParams(sources=sources, allow_unknown_license=False), workspace)


def documents(folder: Path) -> dict[str, Document]:
    return {row.source: row for row in read_rows(folder, "documents", Document)}


def refused(folder: Path) -> dict[str, str]:
    """Reason by rule."""
    return {row.rule: row.reason for row in read_rows(folder, "quarantined", Dropped)}


def lock(workspace: Workspace) -> dict[str, Any]:
    return json.loads((workspace.params / "sources.lock").read_text())["site"]


def small_site(site: Any, about: Callable[[str], bytes]) -> None:
    site.pages = {f"/{name}": about(name) for name in ("tea", "ink", "rain")}


def test_a_page_becomes_its_main_text_with_title_language_address_and_licence(site: Any, about: Any, workspace: Any) -> None:
    site.pages["/tea"] = about("Tea")
    source = site.source("/tea?v=2#top")
    site.pages["/tea?v=2"] = about("Tea")
    look(workspace, source)
    ((origin, document),) = documents(archive(workspace, source)).items()
    assert origin == f"site:{site.host}/tea"
    assert (document.title, document.language, document.license, document.kind) == ("Tea", "en", "CC0-1.0", "prose")
    assert document.text.startswith("Tea\nThis paragraph tells")
    assert "Shop" not in document.text and "rights" not in document.text


def test_the_second_look_asks_whether_anything_has_changed_and_fetches_nothing(
    site: Any, about: Any, workspace: Any
) -> None:
    small_site(site, about)
    site.pages["/robots.txt"] = (200, {"Content-Type": "text/plain"}, b"User-agent: *\nAllow: /\n")
    source = site.source("/tea", "/ink", "/rain")
    assert look(workspace, source) == ["site"]
    assert sorted(site.served) == ["/ink", "/rain", "/robots.txt", "/tea"]
    pinned = (workspace.params / "sources.lock").read_bytes()
    site.served.clear(), site.asked.clear()
    assert look(workspace, source) == []
    assert site.served == [] and len(site.asked) == 4
    assert all("if-none-match" in headers for _, headers in site.asked)
    assert (workspace.params / "sources.lock").read_bytes() == pinned


def test_of_a_changed_site_the_changed_page_alone_is_fetched(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink", "/rain")
    look(workspace, source)
    before = documents(archive(workspace, source))
    site.pages["/ink"] = about("ink, which has changed")
    site.served.clear()
    assert look(workspace, source) == ["site"]
    assert site.served == ["/ink"]
    after = documents(archive(workspace, source))
    assert {origin.rpartition("/")[2] for origin in after if after[origin] != before[origin]} == {"ink"}


def test_last_modified_is_asked_for_where_there_is_no_etag(site: Any, about: Any, workspace: Any) -> None:
    when = "Tue, 24 Nov 2026 08:00:00 GMT"

    def answer(handler: Any) -> None:
        known = handler.headers.get("If-Modified-Since") == when
        handler.send_response(304 if known else 200)
        handler.send_header("Last-Modified", when)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        if not known:
            site.served.append(handler.path)
            handler.wfile.write(about("tea"))

    site.pages["/tea"] = answer
    source = site.source("/tea")
    look(workspace, source)
    assert look(workspace, source) == [] and site.served == ["/tea"]


def test_making_asks_nobody_and_gives_the_same_bytes_twice(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink", "/gone")
    look(workspace, source)
    site.asked.clear()
    first = (archive(workspace, source) / "manifest.json").read_bytes()
    assert (archive(workspace, source) / "manifest.json").read_bytes() == first
    assert site.asked == []


def test_an_old_night_can_be_made_again_after_the_site_has_changed(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    source, pins = site.source("/tea", "/ink"), workspace.params / "sources.lock"
    look(workspace, source)
    first, old = (archive(workspace, source) / "manifest.json").read_bytes(), pins.read_bytes()
    site.pages["/tea"] = about("something else")
    look(workspace, source)
    assert (archive(workspace, source) / "manifest.json").read_bytes() != first
    pins.write_bytes(old)
    assert (archive(workspace, source) / "manifest.json").read_bytes() == first


def fresh_clone(workspace: Workspace, folder: Path) -> Workspace:
    (folder / "params").mkdir(parents=True)
    (folder / "params" / "sources.lock").write_bytes((workspace.params / "sources.lock").read_bytes())
    return Workspace(folder)


def test_a_fresh_clone_fetches_what_is_pinned(site: Any, about: Any, workspace: Any, tmp_path: Path) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink", "/gone")
    look(workspace, source)
    first = (archive(workspace, source) / "manifest.json").read_bytes()
    clone = fresh_clone(workspace, tmp_path / "clone")
    assert (archive(clone, source) / "manifest.json").read_bytes() == first


def test_a_fresh_clone_of_a_site_that_has_changed_says_so(site: Any, about: Any, workspace: Any, tmp_path: Path) -> None:
    small_site(site, about)
    source = site.source("/tea")
    look(workspace, source)
    site.pages["/tea"] = about("something else")
    clone = fresh_clone(workspace, tmp_path / "clone")
    with pytest.raises(IntegrityError, match=r"Source site .* python -m tasks\.archive\.refresh|refresh"):
        archive(clone, source)
    assert not (clone.data / "archive").exists()


def test_a_fresh_clone_whose_site_is_down_blames_the_site(site: Any, about: Any, workspace: Any, tmp_path: Path) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink")
    look(workspace, source)
    site.pages["/tea"] = (503, {}, b"")
    with pytest.raises(EndpointError, match=r"/tea: the server answered 503"):
        archive(fresh_clone(workspace, tmp_path / "clone"), source)


def test_a_body_lost_from_the_store_is_fetched_again_and_must_be_the_pinned_one(
    site: Any, about: Any, workspace: Any
) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink")
    look(workspace, source)
    first = (archive(workspace, source) / "manifest.json").read_bytes()
    store = sqlite3.connect(workspace.cache / "web" / "store.sqlite")
    with store:
        store.execute("DELETE FROM bodies WHERE CAST(body AS TEXT) LIKE '%tea%'")
    site.served.clear()
    assert (archive(workspace, source) / "manifest.json").read_bytes() == first
    assert site.served == ["/tea"]
    with store:
        store.execute("UPDATE bodies SET body = CAST('damaged' AS BLOB) WHERE CAST(body AS TEXT) LIKE '%tea%'")
    store.close()
    site.pages["/tea"] = about("other tea")
    with pytest.raises(IntegrityError, match=r"/tea is not what params/sources.lock pins.*tasks\.archive\.refresh"):
        archive(workspace, source)


def test_changed_settings_want_a_new_look(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    look(workspace, site.source("/tea"))
    site.asked.clear()
    with pytest.raises(IntegrityError, match=r"tasks\.archive\.refresh"):
        archive(workspace, site.source("/tea", "/ink"))
    assert site.asked == []
    archive(workspace, site.source("/tea", seconds_between=0.5, seconds_per_page=3.0))


def test_what_is_down_tonight_keeps_what_it_said_before_and_what_is_gone_goes(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink", "/rain")
    look(workspace, source)
    pinned = lock(workspace)
    site.pages["/tea"] = (503, {}, b"")
    assert look(workspace, source) == [] and lock(workspace) == pinned
    site.pages["/robots.txt"] = (500, {}, b"")
    assert look(workspace, source) == [] and lock(workspace) == pinned
    del site.pages["/robots.txt"], site.pages["/ink"]
    assert look(workspace, source) == ["site"]
    folder = archive(workspace, source)
    assert refused(folder) == {"http_404": f"site:{site.at('/ink')}: the server answered 404"}
    assert len(documents(folder)) == 2


def test_a_sitemap_that_is_down_tonight_keeps_its_pages(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    site.pages["/map.xml"] = f"<urlset><url><loc>{site.at('/tea')}</loc></url></urlset>".encode()
    source = site.source("/ink", sitemaps=(site.at("/map.xml"),))
    look(workspace, source)
    site.pages["/map.xml"] = (502, {}, b"")
    assert look(workspace, source) == []
    assert len(documents(archive(workspace, source))) == 2


def test_warc_files_are_read_and_pinned_and_nobody_is_asked(site: Any, about: Any, workspace: Any) -> None:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + about("tea")
    head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.org/tea?1\r\nContent-Type: application/http\r\n"
    head += f"Content-Length: {len(http)}\r\n\r\n"
    crawl = workspace.root / "crawls" / "a.warc.gz"
    crawl.parent.mkdir()
    crawl.write_bytes(gzip.compress(head.encode() + http + b"\r\n\r\n"))
    source = site.source(hosts=(), warc=("crawls/*.warc.gz",), pages=0)
    look(workspace, source)
    assert list(documents(archive(workspace, source))) == ["site:a.org/tea"]
    assert site.asked == []
    crawl.write_bytes(crawl.read_bytes() + gzip.compress(b"more"))
    with pytest.raises(IntegrityError, match=r"Source site is not what"):
        archive(workspace, source)
    with pytest.raises(InputError, match=r"crawls/\*\.warc leads to no file"):
        look(workspace, site.source(warc=("crawls/*.warc",)))


def test_a_killed_look_goes_on_where_it_was(site: Any, about: Any, workspace: Any) -> None:
    """By the real command: what was fetched before the kill is not fetched again, and the lock comes out the same."""
    site.pages = {f"/{n}": about(f"page {n}") for n in range(12)}
    source = site.source(*site.pages, seconds_between=0.1)
    (workspace.root / "dvc.yaml").write_text("stages: {}\n")
    (workspace.params / "archive.yaml").write_text(json.dumps({"allow_unknown_license": False, "sources": [asdict(source)]}))
    command = [sys.executable, "-m", "tasks.archive.refresh"]
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(
        command, cwd=workspace.root, env={**os.environ, "PYTHONPATH": path}, stderr=subprocess.PIPE
    ) as run:
        deadline = time.monotonic() + 60
        while len(site.served) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        run.kill()
    assert 4 <= len(site.served) < 12 and not (workspace.params / "sources.lock").exists()
    done = subprocess.run(
        command, cwd=workspace.root, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout == "params/sources.lock: site changed\n", done.stderr
    assert len(site.served) <= 13  # twelve pages, and the one in flight
    pinned = lock(workspace)
    (workspace.root / "again" / "params").mkdir(parents=True)
    again = Workspace(workspace.root / "again")
    look(again, source)
    assert lock(again) == pinned


def test_sitemaps_feeds_and_addresses_name_pages_and_each_is_fetched_once(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    urls = "".join(f"<url><loc> {site.at(path)} </loc><lastmod>2026-11-24</lastmod></url>" for path in ("/tea", "/ink"))
    namespace = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    packed = gzip.compress(f"<?xml version='1.0' encoding='utf-8'?><urlset {namespace}>{urls}</urlset>".encode())
    site.pages["/map.xml.gz"] = (200, {"Content-Type": "application/gzip"}, packed)
    index = f"<sitemapindex {namespace}><sitemap><loc>{site.at('/map.xml.gz')}</loc></sitemap></sitemapindex>"
    site.pages["/index.xml"] = (200, {"Content-Type": "text/xml"}, index.encode())
    rss = "<rss version='2.0'><channel><link>/no</link><item><title>t</title><link>/rain</link></item></channel></rss>"
    links = f"<link rel='edit' href='/no'/><link href='{site.at('/tea')}'/>"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><entry>{links}</entry></feed>"
    site.pages |= {"/rss": (200, {"Content-Type": "application/rss+xml"}, rss.encode()), "/atom": atom.encode()}
    source = site.source(
        "/tea", sitemaps=(site.at("/index.xml"),), feeds=(site.at("/rss"), site.at("/atom"), site.at("/none"))
    )
    look(workspace, source)
    folder = archive(workspace, source)
    assert sorted(documents(folder)) == [f"site:{site.host}/{name}" for name in ("ink", "rain", "tea")]
    assert refused(folder) == {"http_404": f"site:{site.at('/none')}: feed: the server answered 404"}
    assert site.served.count("/tea") == 1


def test_more_pages_than_allowed_are_counted_and_not_asked(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    source = site.source("/tea", "/ink", "/rain", pages=1)
    look(workspace, source)
    folder = archive(workspace, source)
    assert list(documents(folder)) == [f"site:{site.host}/tea"]
    assert "2 more pages are named than the 1" in refused(folder)["too_many_pages"]
    assert {path for path, _ in site.asked} == {"/robots.txt", "/tea"}


def test_a_site_of_everything_is_wholly_accounted_for(site: Any, about: Any, workspace: Any) -> None:
    small_site(site, about)
    site.pages |= {
        "/robots.txt": b"User-agent: *\nDisallow: /secret",
        "/secret": about("secrets"),
        "/pdf": (200, {"Content-Type": "application/pdf"}, b"%PDF"),
        "/untold": (200, {}, b"what am I"),
        "/empty": b"<html><body><script>no()</script></body></html>",
        "/nul": (200, {"Content-Type": "text/plain"}, b"a\0b"),
        "/long": b"<p>" + b"longer " * 30_000,
        "/tags": b"<i>" * 50_001,
        "/moved": (301, {"Location": "/ink"}, b""),
        "/away": (302, {"Location": "http://example.org/"}, b""),
        "/loop": (302, {"Location": "/loop"}, b""),
        "/plain": (200, {"Content-Type": "text/plain; charset=gbk"}, "纯文本".encode("gbk")),
        "/br": (200, {"Content-Type": "text/html", "Content-Encoding": "br"}, b"?"),
    }
    source = site.source(*sorted({*site.pages, "/none"} - {"/robots.txt"}), longest_page=150_005)
    look(workspace, source)
    folder = archive(workspace, source)
    books = read_manifest(folder)["books"]
    assert books["in"] == 16 and books["out"] == 4
    assert books["quarantined"] == {
        "duplicate_row": 1,
        "empty": 1,
        "http_404": 1,
        "not_text": 2,
        "nul": 1,
        "other_host": 1,
        "robots": 1,
        "too_large": 1,
        "too_many_redirects": 1,
        "too_many_tags": 1,
        "unknown_encoding": 1,
    }
    assert documents(folder)[f"site:{site.host}/plain"].text == "纯文本"
