"""How the web is asked: at the pace and by the rules of each host, and never more bytes, hops or seconds than allowed."""

import gzip
import ssl
import time
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tasks.archive.web.ask import Limits
from tasks.archive.web.store import Store
from tasks.archive.web.visit import PAGES, Visitor

pytestmark = pytest.mark.whole  # servers and parsers of their own: half a minute


@pytest.fixture
def visitor(site: Any, tmp_path: Path, child: Child) -> Callable[..., Visitor]:
    def make(seconds: float = 5, between: float = 0.0, longest: int = 100_000) -> Visitor:
        limits = Limits(longest, seconds, loopback=True)
        return Visitor((site.host,), between, limits, Store(tmp_path / "store.sqlite"), child)

    return make


def refusal(visitor: Visitor, address: str) -> Refused:
    with pytest.raises(Refused) as refused:
        visitor.get(address, PAGES)
    return refused.value


def paths(site: Any) -> list[str]:
    return [path for path, _ in site.asked]


def writes(*parts: bytes, pause: float = 0.0) -> Callable[[Any], None]:
    """An answer as raw bytes, piece by piece."""

    def answer(handler: Any) -> None:
        for part in parts:
            handler.wfile.write(part)
            handler.wfile.flush()
            time.sleep(pause)

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def test_we_say_who_we_are_and_send_no_cookies_or_credentials(
    site: Any, about: Any, visitor: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.pages["/"] = (200, {"Content-Type": "text/html", "Set-Cookie": "a=b"}, about("tea"))
    one = visitor()
    one.get(site.at("/"), PAGES)
    one.get(site.at("/"), PAGES)
    for _, headers in site.asked:
        assert headers["user-agent"].startswith("zhiling-archive/")
        assert not {"cookie", "authorization", "referer"} & set(headers)


@pytest.mark.parametrize(
    ("said", "path", "rule"),
    [
        (b"User-agent: *\nDisallow: /", "/tea", "robots"),
        (b"User-agent: *\nDisallow: /te", "/tea", "robots"),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: zhiling-archive\nAllow: /", "/tea", None),
        (b"User-agent: zhiling-archive\nDisallow: /\n\nUser-agent: *\nAllow: /", "/tea", "robots"),
        (b"User-agent: *\nDisallow: /*.php$\nAllow: /", "/tea", None),
        (b"User-agent: *\nCrawl-delay: 3600", "/tea", "robots"),
        (b"\xff\xfe<html>nonsense \x00\xff", "/tea", None),
        (b"", "/tea", None),
        ((404, {}, b""), "/tea", None),
        ((403, {}, b""), "/tea", None),
        ((500, {}, b""), "/tea", "robots_unreachable"),
        ((503, {}, b""), "/tea", "robots_unreachable"),
        ((429, {}, b""), "/tea", "robots_unreachable"),
        ((302, {"Location": "/rules"}, b""), "/tea", "robots"),
        ((302, {"Location": "http://10.0.0.1/robots.txt"}, b""), "/tea", "robots_unreachable"),
        (b"#" * 600_000, "/tea", "robots_unreachable"),
        (writes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUser-agent: *"), "/tea", "robots_unreachable"),
        (writes(b""), "/tea", "robots_unreachable"),
    ],
    ids=range(18),
)
def test_robots_txt(said: Any, path: str, rule: str | None, site: Any, about: Any, visitor: Any) -> None:
    site.pages |= {"/robots.txt": said, "/tea": about("tea"), "/rules": b"User-agent: *\nDisallow: /tea"}
    if rule:
        assert refusal(visitor(), site.at(path)).rule == rule
        assert path not in paths(site)
    else:
        assert visitor().get(site.at(path), PAGES)


def test_robots_txt_is_asked_once_a_look(site: Any, about: Any, visitor: Any) -> None:
    site.pages |= {"/robots.txt": b"User-agent: *\nDisallow: /no", "/a": about("a"), "/b": about("b")}
    one = visitor()
    one.get(site.at("/a"), PAGES), one.get(site.at("/b"), PAGES)
    assert refusal(one, site.at("/no/1")).rule == refusal(one, site.at("/no/2")).rule == "robots"
    assert paths(site) == ["/robots.txt", "/a", "/b"]


def test_a_redirect_into_what_robots_txt_forbids_is_refused(site: Any, visitor: Any) -> None:
    site.pages |= {"/robots.txt": b"User-agent: *\nDisallow: /no", "/a": (302, {"Location": "/no"}, b"")}
    assert refusal(visitor(), site.at("/a")).rule == "robots"
    assert paths(site) == ["/robots.txt", "/a"]


@pytest.mark.parametrize(("between", "delay"), [(0.3, ""), (0.0, "\nCrawl-delay: 0.3")])
def test_a_host_is_given_its_time(between: float, delay: str, site: Any, about: Any, visitor: Any) -> None:
    site.pages |= {"/robots.txt": f"User-agent: *{delay}\nAllow: /".encode(), "/a": about("a"), "/b": about("b")}
    site.pages["/c"] = (302, {"Location": "/a"}, b"")
    one, times = visitor(between=between), []

    def resolve(host: str, port: int) -> list[str]:
        times.append(time.monotonic())
        return [host]

    one.resolve = resolve
    for path in ("/a", "/b", "/c"):
        one.get(site.at(path), PAGES)
    assert len(times) == 5  # robots.txt, three pages, and one after its redirect
    # A busy machine may be late with one of two, so that they are nearer than they were meant to be.
    assert all(after - before > 0.2 for before, after in pairwise(times))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_five_redirects_are_followed_and_six_are_not(status: int, site: Any, about: Any, visitor: Any) -> None:
    site.pages |= {f"/{n}": (status, {"Location": f"/{n - 1}"}, b"") for n in range(1, 7)} | {"/0": about("tea")}
    assert visitor().get(site.at("/5"), PAGES).address == site.at("/0")
    assert refusal(visitor(), site.at("/6")).rule == "too_many_redirects"


@pytest.mark.parametrize("status", [204, 206, 304, 400, 401, 404, 410, 418, 429, 500, 503])
def test_what_is_no_page_is_refused_by_its_status(status: int, site: Any, visitor: Any) -> None:
    site.pages["/"] = writes(b"HTTP/1.1 %d No\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n" % status)
    assert refusal(visitor(), site.at("/")).rule == f"http_{status}"


def bomb(layers: int = 1) -> bytes:
    """A thousandth of the 50 MB it becomes."""
    packer = zlib.compressobj(9, wbits=31)
    data = b"".join(packer.compress(b"0" * 1_000_000) for _ in range(50)) + packer.flush()
    return gzip.compress(data) if layers > 1 else data


PACKED = HEAD + b"Content-Encoding: gzip\r\n\r\n"


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ((HEAD + b"Content-Length: 100\r\n\r\nshort",), "cut_off"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",), "cut_off"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",), "cut_off"),
        ((HEAD + b"Content-Length: -5\r\n\r\nhello",), "cut_off"),
        ((HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",), "cut_off"),
        ((HEAD + b"Content-Length: 9999999\r\n\r\nhello",), "too_large"),
        ((HEAD + b"\r\n", *[b"x" * 65_536] * 40), "too_large"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n", *[b"10000\r\n" + b"x" * 65_536 + b"\r\n"] * 40), "too_large"),
        ((PACKED + bomb(),), "too_large"),
        ((HEAD + b"Content-Encoding: gzip, gzip\r\n\r\n" + bomb(2),), "unknown_encoding"),
        ((HEAD + b"Content-Encoding: br\r\n\r\nx",), "unknown_encoding"),
        ((PACKED + gzip.compress(b"hello" * 1000, mtime=0)[:-12],), "cut_off"),
        ((PACKED + b"hello, no gzip",), "cut_off"),
        ((HEAD.replace(b"text/html", b"image/png") + b"\r\nx",), "not_text"),
        ((b"HTTP/1.1 200 OK\r\n\r\nx",), "not_text"),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), "cut_off"),
        ((b"",), "cut_off"),
        ((b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000,), "cut_off"),
        ((b"HTTP/1.1 302 Found\r\n\r\n",), "too_many_redirects"),
        ((b"HTTP/1.1 302 Found\r\nLocation: http://[::1\r\n\r\n",), "bad_address"),
    ],
    ids=range(20),
)
def test_replies_that_are_not_what_they_say(parts: tuple[bytes, ...], rule: str, site: Any, visitor: Any) -> None:
    site.pages["/"] = writes(*parts)
    start = time.monotonic()
    assert refusal(visitor(), site.at("/")).rule == rule
    assert time.monotonic() - start < 4


def test_a_gzip_bomb_costs_no_memory(site: Any, visitor: Any) -> None:
    site.pages["/"] = writes(PACKED + bomb())
    one = visitor()
    refusal(one, site.at("/"))
    tracemalloc.start()
    refusal(one, site.at("/"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(
    "parts",
    [
        [b"H", b"T", b"T", b"P"] * 20,
        [HEAD] + [b"X-A: b\r\n"] * 60,
        [HEAD + b"\r\n"] + [b"x"] * 60,
        [HEAD + b"Transfer-Encoding: chunked\r\n\r\n"] + [b"1\r\nx\r\n"] * 60,
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 60,
    ],
    ids=["status", "headers", "body", "chunks", "informational"],
)
def test_a_drip_ends_at_the_deadline(parts: list[bytes], site: Any, visitor: Any) -> None:
    site.pages["/"] = writes(*parts, pause=0.05)
    one = visitor(seconds=0.6)
    start = time.monotonic()
    refused = refusal(one, site.at("/"))
    assert refused.rule == "too_slow" and "0.6 seconds" in str(refused)
    assert time.monotonic() - start < 2


def test_the_deadline_is_one_for_all_redirects(site: Any, visitor: Any) -> None:
    def slow(handler: Any) -> None:
        time.sleep(0.25)
        writes(b"HTTP/1.1 302 Found\r\nLocation: /%d\r\n\r\n" % (int(handler.path[1:]) + 1))(handler)

    site.pages |= {f"/{n}": slow for n in range(9)}
    assert refusal(visitor(seconds=0.6), site.at("/0")).rule == "too_slow"


def test_a_resolver_that_hangs_ends_at_the_deadline(site: Any, visitor: Any) -> None:
    one = visitor(seconds=0.3)
    one.resolve = lambda host, port: time.sleep(3) or []
    start = time.monotonic()
    assert refusal(one, site.at("/")).rule == "robots_unreachable"
    assert time.monotonic() - start < 2


def test_a_host_that_is_down_is_asked_once(site: Any, visitor: Any) -> None:
    one = visitor()
    asked: list[str] = []
    one.resolve = lambda host, port: asked.append(host) or []
    assert refusal(one, site.at("/a")).rule == refusal(one, site.at("/b")).rule == "robots_unreachable"
    assert len(asked) == 1


def test_a_host_that_fails_ten_times_in_a_row_is_left_alone(site: Any, about: Any, visitor: Any) -> None:
    site.pages |= {f"/{n}": (503, {}, b"") for n in range(30)} | {"/tea": about("tea")}
    one = visitor()
    for n in range(9):
        refusal(one, site.at(f"/{n}"))
    one.get(site.at("/tea"), PAGES)
    rules = [refusal(one, site.at(f"/{n}")).rule for n in range(12)]
    assert rules == ["http_503"] * 10 + ["unreachable"] * 2


def certificate_of(name: str, folder: Path) -> Path:
    """A key and a certificate for a name, signed by itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem),
    )
    return file


def test_over_tls_the_name_is_sent_and_must_be_the_certificates(
    about: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection goes to the number that was checked; all else is said to, and asked of, the name."""
    names: list[str | None] = []
    hosts: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            writes(HEAD + b"\r\n" + about("tea"))(self)

        def log_message(self, *words: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    file = certificate_of("example.org", tmp_path)
    context.load_cert_chain(file)
    context.sni_callback = lambda connection, name, context: names.append(name)
    monkeypatch.setattr("certifi.where", lambda: str(file))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *words: None  # type: ignore[method-assign]
        server.socket = context.wrap_socket(server.socket, server_side=True)
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        port = server.server_port
        listed = (f"example.org:{port}", f"other.org:{port}")
        limits, store = Limits(100_000, 5, loopback=True), Store(tmp_path / "store.sqlite")
        one = Visitor(listed, 0.0, limits, store, Child(5), resolve=lambda host, port: ["127.0.0.1"])
        one._robots = {f"https://{host}/robots.txt": None for host in listed}
        assert one.get(f"https://example.org:{port}/", PAGES).type == "text/html"
        assert (names, hosts) == (["example.org"], [f"example.org:{port}"])
        assert refusal(one, f"https://other.org:{port}/").rule == "unreachable"
        assert len(hosts) == 1
        server.shutdown()


def test_a_redirect_may_name_its_path_in_chinese(site: Any, about: Any, visitor: Any) -> None:
    site.pages["/"] = writes("HTTP/1.1 302 Found\r\nLocation: /茶\r\n\r\n".encode())
    site.pages["/%E8%8C%B6"] = about("茶")
    assert visitor().get(site.at("/"), PAGES).address == site.at("/%E8%8C%B6")


def test_an_etag_of_any_bytes_is_sent_back_as_it_came(site: Any, about: Any, visitor: Any) -> None:
    page = about("tea")

    def answer(handler: Any) -> None:
        known = handler.headers.get("If-None-Match") == '"caf\xe9"'
        site.served += [] if known else [handler.path]
        writes(b"HTTP/1.1 304 Same\r\n\r\n" if known else HEAD + b'ETag: "caf\xe9"\r\n\r\n' + page)(handler)

    site.pages["/"] = answer
    assert visitor().get(site.at("/"), PAGES) == visitor().get(site.at("/"), PAGES)
    assert site.served == ["/"]


def test_what_is_kept_is_not_asked_for_again_where_it_is_too_long_now(site: Any, about: Any, visitor: Any) -> None:
    site.pages["/"] = about("tea")
    visitor().get(site.at("/"), PAGES)
    assert refusal(visitor(longest=100), site.at("/")).rule == "too_large"
