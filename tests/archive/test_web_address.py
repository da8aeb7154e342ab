"""Server-side request forgery: whatever an address looks like or leads to, only a listed and public host is ever asked."""

import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tasks.archive.child import Child
from tasks.archive.found import Refused
from tasks.archive.settings import WebPages
from tasks.archive.web.address import parse
from tasks.archive.web.ask import Limits
from tasks.archive.web.network import unfit
from tasks.archive.web.store import Store
from tasks.archive.web.visit import PAGES, Visitor
from tasks.errors import ParamsError
from tasks.params import check


class Listener:
    """Counts whoever connects to this machine at one port, IPv4 or IPv6."""

    def __init__(self) -> None:
        self.connections = 0
        self.socket = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self.socket.getsockname()[1]
        Thread(target=self._count, daemon=True).start()

    def _count(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    listener = Listener()
    # The trap works: a plain connection is counted.
    socket.create_connection(("127.0.0.1", listener.port)).close()
    deadline = time.monotonic() + 5
    while listener.connections < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert listener.connections == 1
    yield listener
    listener.socket.close()


def visitor(folder: Path, *hosts: str, loopback: bool = False, seconds: float = 5, **more: Any) -> Visitor:
    return Visitor(hosts, 0.0, Limits(100_000, seconds, loopback), Store(folder / "store.sqlite"), Child(5), **more)


FORMS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.1:{port}/",
    "http://2130706433:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0.0.01:{port}/",
    "http://00000127.0.0.1:{port}/",
    "http://4294967297:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://good.example@127.0.0.1:{port}/",
    "http://good.example:80@127.0.0.1:{port}/",
    "http://good.example%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@good.example/",
    "http://127.0.0.1:{port}?@good.example/",
    "http://127.0.0.1:{port}\\@good.example/",
    "http://good.example\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://١٢٧.٠.٠.١:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://localhoſt:{port}/",
    "http://127.0.0.1%00.good.example:{port}/",
    "http://127.0.0.1\0.good.example:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://good.example\r\nHost: 127.0.0.1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1:0{port}/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:+{port}/",
    "http://127.0.0.1:{port}.0/",
    "http://ip6-localhost:{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/x",
    "jar:http://127.0.0.1:{port}/!/",
    "httpS://127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.100.100.200/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://127.0.0.1.nip.io:{port}/",
]


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_no_form_of_this_machine_or_of_a_metadata_service_is_asked(form: str, listener: Listener, tmp_path: Path) -> None:
    address = form.format(port=listener.port)
    with pytest.raises(Refused) as refused:
        visitor(tmp_path, "good.example", f"good.example:{listener.port}").get(address, PAGES)
    assert refused.value.rule in ("bad_address", "other_host")
    # Even where every host it might name is listed, what the name leads to is looked at.
    names = ("127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "0", "0.0.0.0", "0177.0.0.1", "127.0.1")
    try:
        host = parse(address).host
    except Refused:
        host = "localhost"
    listed = [entry for name in (*names, host) for entry in (name, f"{name}:{listener.port}")]
    with pytest.raises(Refused) as refused:
        visitor(tmp_path, *listed, seconds=2).get(address, PAGES)
    assert refused.value.rule in ("bad_address", "private_address", "robots_unreachable")
    assert listener.connections == 1


def test_there_are_at_least_forty_forms() -> None:
    assert len(set(FORMS)) >= 60


NUMBERS = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.255 168.63.129.16 169.254.0.1
    169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
    64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:808:808:: 3fff::1 5f00::1
    fc00::1 fd00:ec2::254 fe80::1 fe80::1%eth0 fec0::1 ff02::1 ff0e::1
    """


@pytest.mark.parametrize("number", NUMBERS.split())
def test_what_is_not_of_the_public_internet_is_unfit(number: str) -> None:
    assert unfit(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001:81b::200e"])
def test_public_addresses_are_fit(number: str) -> None:
    assert unfit(number) is None


@pytest.mark.parametrize("number", ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "0.0.0.0", "192.168.1.1", "fe80::1"])
def test_the_switch_for_tests_opens_loopback_and_nothing_else(number: str) -> None:
    assert unfit("127.0.0.1", loopback=True) is None and unfit("::1", loopback=True) is None
    assert unfit(number, loopback=True)


def test_one_private_address_among_public_ones_is_enough_to_refuse(listener: Listener, tmp_path: Path) -> None:
    def mixed(host: str, port: int) -> list[str]:
        return ["93.184.215.14", "127.0.0.1"]

    with pytest.raises(Refused, match=r"example\.org leads to 127\.0\.0\.1") as refused:
        visitor(tmp_path, f"example.org:{listener.port}", resolve=mixed).get(f"http://example.org:{listener.port}/", PAGES)
    assert refused.value.rule == "private_address" and listener.connections == 1


def test_a_resolver_that_changes_its_answer_gains_nothing(site: Any, about: Any, listener: Listener, tmp_path: Path) -> None:
    """Each connection goes to the address that was checked for it: the name is asked once for each, never again."""
    site.pages["/"] = about("tea")
    answers = iter([["127.0.0.1"], ["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1"]])
    asked: list[str] = []

    def flipping(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    one = visitor(tmp_path, f"example.org:{site.port}", loopback=True, resolve=flipping)
    one.get(f"http://example.org:{site.port}/", PAGES)
    assert asked == ["example.org"] * 2  # robots.txt and the page: a connection each
    assert [headers["host"] for _, headers in site.asked] == [f"example.org:{site.port}"] * 2
    with pytest.raises(Refused) as refused:
        one.get(f"http://example.org:{site.port}/", PAGES)
    assert refused.value.rule == "private_address" and len(site.asked) == 2


@pytest.mark.parametrize(
    ("location", "rule"),
    [
        ("http://127.0.0.1:{trap}/", "other_host"),
        ("http://localhost:{port}/", "other_host"),
        ("//10.0.0.1/", "other_host"),
        ("http://169.254.169.254/latest/", "other_host"),
        ("http://inside.example/", "private_address"),
        ("file:///etc/passwd", "bad_address"),
        ("http://127.0.0.1:{port}@10.0.0.1/", "bad_address"),
        ("gopher://127.0.0.1:{trap}/", "bad_address"),
        ("http://[::1]:{trap}/", "other_host"),
    ],
)
def test_a_redirect_is_checked_like_the_first_address(
    location: str, rule: str, site: Any, listener: Listener, tmp_path: Path
) -> None:
    site.pages["/"] = (302, {"Location": location.format(port=site.port, trap=listener.port)}, b"")
    hosts = {"127.0.0.1": ["127.0.0.1"], "inside.example": ["10.0.0.1"]}
    one = visitor(tmp_path, site.host, "inside.example", loopback=True, resolve=lambda host, _: hosts[host])
    with pytest.raises(Refused) as refused:
        one.get(site.at("/"), PAGES)
    assert refused.value.rule == rule and listener.connections == 1
    assert [path for path, _ in site.asked] == ["/robots.txt", "/"]


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a?b=1#c", "https://example.org/a?b=1"),
        (" http://example.org:8080/%7Ea ", "http://example.org:8080/%7Ea"),
        ("http://example.org/指令?问=答", "http://example.org/%E6%8C%87%E4%BB%A4?%E9%97%AE=%E7%AD%94"),
        ("http://example.org?q", "http://example.org/?q"),
    ],
)
def test_an_address_has_one_spelling(text: str, plain: str) -> None:
    assert str(parse(text)) == plain and str(parse(plain)) == plain


def test_hosts_are_meant_with_their_port() -> None:
    assert parse("https://a.org/").is_of(["a.org"]) and parse("http://a.org/").is_of(["a.org"])
    assert parse("http://a.org:8080/").is_of(["a.org:8080"])
    assert not parse("http://a.org:8080/").is_of(["a.org"])
    assert not parse("http://b.a.org/").is_of(["a.org"]) and not parse("http://a.org./").is_of(["a.org"])


@pytest.mark.parametrize(
    "host", ["*", "*.a.org", "http://a.org", "a.org/", "user@a.org", "A.org", "[::1]", "a.org:", "页.cn", ""]
)
def test_hosts_in_params_are_plain_names(host: str, site: Any, tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="hosts"):
        check(WebPages, {**asdict(site.source("/")), "hosts": [host]}, tmp_path / "archive.yaml")
