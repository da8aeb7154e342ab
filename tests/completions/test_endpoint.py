"""An endpoint: each way in which a server may fail has its end, and none of them lasts, repeats, loses or tells too much."""

import datetime
import ipaddress
import json
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request, complete
from tasks.completions.endpoint import Endpoint, Patience
from tasks.completions.settings import Server
from tasks.errors import EndpointError
from tests.completions.bad_server import MODEL, MODES, SLOW, BadServer, answer, http

QUICK = Patience(first_pause=0.01, longest_pause=0.05, failures=1000, alone=0.1, pauses=2)
SERVER = Server(
    kind="endpoint", base_url="http://127.0.0.1:9/v1", model=MODEL, api="chat", key_env=None, in_flight=4,
    requests_per_minute=None, tokens_per_minute=None, deadline_seconds=5, attempts=3,
    longest_retry_after_seconds=5, max_reply_bytes=200_000,
)  # fmt: skip

RECOVERS = {
    "429 after 1", "429 after date", "429 after past date", "429 after -1", "429 after NaN", "429 after garbage", "408", "409",
    "425", "429", "500", "502", "503", "504", "html", "empty body", "empty choices", "choices no list", "no text", "no finish",
    "not utf-8", "key twice", "NaN", "deep", "list", "long number", "another's answer", "another's header", "wrong model",
    "too long", "gzip bomb", "longer than said", "shorter than said", "cut before its end", "half a header", "no http",
    "nothing", "reset", "endless",
}  # fmt: skip
"""Asked again, and answered then."""
LAST = {
    "408": "status", "409": "status", "425": "status", "429": "status", "500": "status", "502": "status", "503": "status",
    "504": "status", "429 after past date": "status", "429 after -1": "status", "429 after NaN": "status",
    "429 after garbage": "status", "429 after 1": "status", "html": "unreadable", "empty body": "unreadable",
    "empty choices": "empty", "choices no list": "empty", "no text": "empty", "no finish": "cut_off",
    "not utf-8": "unreadable", "key twice": "unreadable", "NaN": "unreadable", "deep": "unreadable", "list": "unreadable",
    "long number": "unreadable", "another's answer": "wrong_reply", "another's header": "wrong_reply",
    "wrong model": "wrong_model", "too long": "too_large", "gzip bomb": "encoding", "longer than said": "unreadable",
    "shorter than said": "cut_off", "cut before its end": "cut_off", "half a header": "cut_off", "no http": "cut_off",
    "nothing": "cut_off", "reset": "cut_off", "endless": "too_large",
}  # fmt: skip
"""The rule by which a request fails where it is so each time."""
ONCE = {
    "429 after 300": "retry_after", "400": "refused", "413": "refused", "422": "refused", "content_filter": "content_filter",
    "refusal": "content_filter", "tool_calls": "finish",
}  # fmt: skip
"""Not asked again."""
STOPS = {"401": "key_env", "403": "key_env", "404": "base_url"}
ANSWERS = {
    "ok": Reply("HELLO", "stop", 3, 5),
    "slow": Reply("HELLO", "stop", 3, 5),
    "cookie": Reply("HELLO", "stop", 3, 5),
    "length": Reply("HELLO", "length", 3, 5),
    "usage missing": Reply("HELLO", "stop", 48, 0),
    "usage negative": Reply("HELLO", "stop", 48, 0),
    "usage absurd": Reply("HELLO", "stop", 48, 0),
    "half characters": Reply("a\ufffd \0 🙂", "stop", 3, 5),
    "reasoning": Reply("HELLO", "stop", 3, 5, "let me think"),
    "says the key": Reply("it is None", "stop", 3, 5),
}
OTHERS = {"drip", "hang"}
"""Cut off at the deadline: a test of their own."""


def ask(
    server: BadServer, *contents: str, key: str = "", patience: Patience = QUICK, **changes: object
) -> list[Reply | Failure]:
    """What becomes of requests for these contents."""
    asked = [Request(content, max_new_tokens=48) for content in contents]
    endpoint = Endpoint(replace(SERVER, base_url=server.url, **changes), key, patience=patience)  # type: ignore[arg-type]
    found = {index: result for ended in endpoint.replies(asked) for index, result in ended}
    assert sorted(found) == list(range(len(asked)))
    return [found[index] for index in range(len(asked))]


def test_every_mode_has_an_outcome_here() -> None:
    told = RECOVERS | set(ONCE) | set(STOPS) | set(ANSWERS) | OTHERS
    assert told == set(MODES) | set(SLOW)
    assert len(told) >= 20 and set(LAST) | {"429 after date"} == RECOVERS


@pytest.mark.parametrize("mode", sorted(RECOVERS))
def test_what_a_later_attempt_may_mend_is_asked_again(mode: str) -> None:
    with BadServer(lambda content, attempt: mode if attempt == 0 else "ok") as server:
        assert ask(server, "hello") == [Reply("HELLO", "stop", 3, 5)]
    assert len(server.seen) == 2


@pytest.mark.parametrize("mode", sorted(LAST))
def test_what_no_attempt_mends_fails_by_a_rule_after_the_last(mode: str) -> None:
    with BadServer(lambda content, attempt: mode) as server:
        [failure] = ask(server, "hello", attempts=2)
    assert isinstance(failure, Failure)
    assert (failure.rule, len(server.seen)) == (LAST[mode], 2)
    assert failure.reason.endswith("(attempt 2)")


@pytest.mark.parametrize("mode", sorted(ONCE))
def test_what_cannot_be_mended_is_not_asked_again(mode: str) -> None:
    with BadServer(lambda content, attempt: mode) as server:
        [failure] = ask(server, "hello")
    assert isinstance(failure, Failure)
    assert (failure.rule, len(server.seen)) == (ONCE[mode], 1)


def test_a_refusal_has_the_servers_words() -> None:
    with BadServer(lambda content, attempt: "400") as server:
        assert ask(server, "hello") == [Failure("refused", "HTTP 400: maximum context length is 4096 tokens")]


@pytest.mark.parametrize("mode", sorted(STOPS))
def test_what_all_would_meet_stops_the_run_and_names_the_key(mode: str) -> None:
    with (
        BadServer(lambda content, attempt: mode) as server,
        pytest.raises(EndpointError, match=f"{STOPS[mode]}.*HTTP {mode}"),
    ):
        ask(server, *"abcdefghij")
    assert len(server.seen) <= SERVER.in_flight


@pytest.mark.parametrize("mode", sorted(ANSWERS))
def test_an_answer_is_read_and_can_be_kept(mode: str, tmp_path: Path) -> None:
    with BadServer(lambda content, attempt: mode) as server:
        assert ask(server, "hello") == [ANSWERS[mode]]
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write({("key", 48): ANSWERS[mode]})
    assert journal.read([("key", 48)]) == {("key", 48): ANSWERS[mode]}


@pytest.mark.parametrize("mode", ["drip", "hang"])
def test_an_attempt_ends_at_its_deadline(mode: str) -> None:
    with BadServer(lambda content, attempt: mode) as server:
        started = time.monotonic()
        assert ask(server, "hello", deadline_seconds=1.0, attempts=1) == [Failure("deadline", "no whole reply in 1 s")]
    assert 0.9 <= time.monotonic() - started <= 2.0


def test_a_server_that_takes_no_connection_is_waited_for_until_the_deadline() -> None:
    """A listener whose queue is full: the kernel leaves further connections unanswered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        queue = [socket.socket() for _ in range(4)]
        for waiting in queue:
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        started = time.monotonic()
        endpoint = Endpoint(replace(SERVER, base_url=url, deadline_seconds=1.0, attempts=1), patience=QUICK)
        [[(_, failure)]] = endpoint.replies([Request("hello", 9)])
        for waiting in queue:
            waiting.close()
    assert isinstance(failure, Failure) and failure.rule == "deadline"
    assert 0.9 <= time.monotonic() - started <= 2.0


def test_nobody_at_the_address_is_a_failure_of_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    endpoint = Endpoint(replace(SERVER, base_url=url, attempts=2), patience=QUICK)
    [[(_, failure)]] = endpoint.replies([Request("hello", 9)])
    assert isinstance(failure, Failure) and failure.rule == "connection"


def test_a_certificate_that_nobody_vouches_for_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with BadServer(lambda content, attempt: "ok", tls=self_signed(tmp_path)) as server:
        [failure] = ask(server, "hello", key="canary-key-1234", attempts=2)
    assert isinstance(failure, Failure) and failure.rule == "connection" and "CERTIFICATE" in failure.reason
    assert server.seen == []


def self_signed(folder: Path) -> ssl.SSLContext:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


def test_a_redirect_is_not_followed() -> None:
    with BadServer(lambda content, attempt: "ok") as other:
        moved = http(307, b"", Location=f"{other.url}/chat/completions")
        with BadServer(lambda content, attempt: moved) as server:
            [failure] = ask(server, "hello", key="canary-key-1234")
    assert isinstance(failure, Failure) and failure.rule == "redirect"
    assert (len(server.seen), other.seen) == (1, [])


def test_no_cookie_no_proxy_and_no_name_from_the_environment_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with BadServer(lambda content, attempt: "cookie") as server:
        ask(server, "a", "b", "c", in_flight=1)
    assert len(server.seen) == 3
    for seen in server.seen:
        assert "cookie" not in seen.headers and "authorization" not in seen.headers
        assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(("mode", "least", "most"), [("429 after 1", 1.0, 2.0), ("429 after date", 1.0, 3.5)])
def test_a_pause_that_the_server_asks_for_is_kept(mode: str, least: float, most: float) -> None:
    with BadServer(lambda content, attempt: mode if attempt == 0 else "ok") as server:
        ask(server, "hello")
    first, second = (seen.time for seen in server.seen)
    assert least <= second - first <= most


@pytest.mark.parametrize("mode", ["429 after -1", "429 after NaN", "429 after garbage", "429 after past date"])
def test_a_pause_that_is_none_is_as_if_it_were_not_there(mode: str) -> None:
    with BadServer(lambda content, attempt: mode if attempt == 0 else "ok") as server:
        ask(server, "hello")
    first, second = (seen.time for seen in server.seen)
    assert second - first < 1.0


def test_no_more_are_in_flight_than_allowed_and_room_is_used() -> None:
    with BadServer(lambda content, attempt: "slow") as server:
        results = ask(server, *(f"content {number}" for number in range(40)), in_flight=5)
    assert all(isinstance(result, Reply) for result in results)
    assert server.most_at_once == 5


def test_no_request_is_asked_more_often_than_attempts() -> None:
    with BadServer(lambda content, attempt: ("500", "html", "reset", "ok")[hash_of(content) % 4]) as server:
        results = ask(server, *(f"content {number}" for number in range(60)), attempts=3)
    assert max(Counter(server.contents()).values()) == 3
    assert {type(result) for result in results} == {Reply, Failure}


def hash_of(content: str) -> int:
    return sum(content.encode())


def test_requests_per_minute_hold() -> None:
    with BadServer(lambda content, attempt: "ok") as server:
        started = time.monotonic()
        ask(server, *(f"content {number}" for number in range(31)), requests_per_minute=600)
        seconds = time.monotonic() - started
    assert 2.0 <= seconds <= 5.0  # 10 a second, the first 10 at once
    times = [seen.time for seen in server.seen]
    assert all(len([at for at in times if start <= at < start + 1]) <= 21 for start in times)


def test_tokens_per_minute_hold() -> None:
    """8 tokens each, 60 a second: what is expected at first is more than what is spent, and the rest is given back."""
    with BadServer(lambda content, attempt: "ok") as server:
        ask(server, *(f"content {number}" for number in range(30)), tokens_per_minute=3600, in_flight=2)
    first = server.seen[0].time
    for place, seen in enumerate(server.seen):
        assert place * 8 <= 60 + 60 * (seen.time - first) + 2 * 60


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"x_ratelimit_limit_requests": "300"}, 1.0, 4.0),
        ({"x_ratelimit_remaining_requests": "0", "x_ratelimit_reset_requests": "1.5s"}, 1.4, 4.0),
        ({"ratelimit_remaining": "0", "ratelimit_reset": "1"}, 0.9, 4.0),
        ({"x_ratelimit_limit_requests": "many", "ratelimit_remaining": "0", "ratelimit_reset": "-1"}, 0.0, 0.9),
    ],
)
def test_limits_in_headers_slow_us_down_and_garbage_does_not(headers: dict[str, str], least: float, most: float) -> None:
    def mode(content: str, attempt: int) -> str | bytes:
        body = {"choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
        return http(200, json.dumps(body).encode(), **headers) if content == "0" else "ok"

    with BadServer(mode) as server:
        ask(server, *(str(number) for number in range(12)), in_flight=1)
    times = [seen.time for seen in server.seen]
    assert least <= times[-1] - times[0] <= most


def test_a_server_that_fails_all_is_left_alone_and_then_given_up() -> None:
    patience = replace(QUICK, failures=6, alone=0.3, pauses=2)
    with BadServer(lambda content, attempt: "503") as server, pytest.raises(EndpointError, match=r"run the\s+same command"):
        ask(server, *(f"content {number}" for number in range(100)), patience=patience, in_flight=2)
    assert len(server.seen) <= 6 + 2 + 2  # what was under way, and a probe after each pause
    gaps = sorted(after.time - before.time for before, after in zip(server.seen, server.seen[1:], strict=False))
    assert gaps[-1] >= 0.6 and gaps[-2] >= 0.3 and gaps[-3] < 0.3


def test_a_server_that_comes_back_is_asked_on() -> None:
    back = time.monotonic() + 1.0
    patience = replace(QUICK, failures=5, alone=0.3, pauses=5)
    with BadServer(lambda content, attempt: "503" if time.monotonic() < back else "ok") as server:
        results = ask(server, *(f"content {number}" for number in range(20)), patience=patience, attempts=6)
    assert all(isinstance(result, Reply) for result in results)
    assert len(server.seen) < 20 + 30


def test_replies_of_no_use_do_not_open_the_breaker() -> None:
    with BadServer(lambda content, attempt: "empty choices") as server:
        results = ask(server, *(str(number) for number in range(20)), patience=replace(QUICK, failures=3, pauses=0))
    assert {result.rule for result in results if isinstance(result, Failure)} == {"empty"}


def test_what_was_answered_before_a_401_is_kept_and_the_rest_is_asked_later(tmp_path: Path) -> None:
    contents = [f"content {number}" for number in range(40)]
    asked, journal = [Request(content, 48) for content in contents], Journal(tmp_path / "journal.sqlite")
    with BadServer(lambda content, attempt: "ok" if len(server.seen) <= 20 else "401") as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url), patience=QUICK)
        with pytest.raises(EndpointError, match="key_env"):
            complete(asked, endpoint, journal)
    kept = len(journal.read([(request.key(endpoint.identity), 48) for request in asked]))
    assert 20 - SERVER.in_flight <= kept <= 20
    with BadServer(lambda content, attempt: "ok") as server:
        answers = complete(asked, Endpoint(replace(SERVER, base_url=server.url), patience=QUICK), journal)
    assert (answers.asked, len(server.seen)) == (40 - kept, 40 - kept)
    assert [completion.text for completion in answers.completions] == [answer(content) for content in contents]


def test_whoever_stops_listening_leaves_nothing_behind() -> None:
    with BadServer(lambda content, attempt: "ok" if content == "0" else "hang") as server:
        replies = Endpoint(replace(SERVER, base_url=server.url)).replies([Request(str(number), 9) for number in range(9)])
        assert next(replies) == [(0, Reply("0", "stop", 3, 5))]
        started = time.monotonic()
        replies.close()  # type: ignore[attr-defined]
    assert time.monotonic() - started < 2


def body(api: str, request: Request) -> dict[str, object]:
    with BadServer(lambda content, attempt: "ok") as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, api=api))  # type: ignore[arg-type]
        assert [reply.raw for ended in endpoint.replies([request]) for _, reply in ended if isinstance(reply, Reply)]
    assert server.seen[0].headers["content-type"] == "application/json"
    return server.seen[0].body


def test_a_chat_gets_messages_and_a_base_model_the_text_and_where_to_stop() -> None:
    turns = (("system", "Answer in upper case."), ("user", "你好"))
    request = Request("Input: 你好", 48, prefix="Answer.\n\n", messages=turns, temperature=0.5, top_p=0.9, sample=3)
    common = {"model": MODEL, "max_tokens": 48, "temperature": 0.5, "top_p": 0.9, "seed": 3, "stream": False}
    assert body("chat", request) == common | {"messages": [{"role": role, "content": text} for role, text in turns]}
    text = {"prompt": "Answer.\n\nInput: 你好", "stop": ["\n\n", "\n###"]}
    assert body("completions", request) == common | text
    assert "stop" not in body("completions", replace(request, stop=()))


def test_a_schema_goes_along_and_half_a_character_does_not_stop_us() -> None:
    sent = body("chat", Request("half \ud83d", 9, schema='{"type": "object"}'))
    assert sent["messages"] == [{"role": "user", "content": "half \ud83d"}]
    wanted = {"name": "answer", "strict": True, "schema": {"type": "object"}}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": wanted}


@pytest.mark.parametrize(
    ("asked", "named", "is_fine"),
    [
        ("gpt-4", "gpt-4-0613", True),
        ("gpt-4", "gpt-4o-mini", False),
        ("gpt-4o", "gpt-4o-2024-08-06", True),
        ("org/toy-1", "toy-1", True),
        ("toy-1", "models/Toy-1:free", True),
        ("toy-latest", "toy-2411", True),
        ("toy-1", "toy-2", False),
    ],
)
def test_another_models_name_is_noticed_and_a_snapshots_is_not(asked: str, named: str, is_fine: bool) -> None:
    said = {"model": named, "choices": [{"message": {"content": "yes"}, "finish_reason": "stop"}]}
    with BadServer(lambda content, attempt: http(200, json.dumps(said).encode())) as server:
        [result] = ask(server, "hello", model=asked, attempts=1)
    assert isinstance(result, Reply if is_fine else Failure)


def test_the_name_in_the_journal_is_the_models_and_not_the_address_or_the_key() -> None:
    here = Endpoint(SERVER, "canary-key-1234")
    assert here.identity == Endpoint(replace(SERVER, base_url="http://elsewhere.example/v1")).identity
    others = [replace(SERVER, model="toy-2"), replace(SERVER, api="completions")]
    assert len({here.identity, *(Endpoint(other).identity for other in others)}) == 3
    assert "canary" not in repr(here)


Told = Callable[[], str]


@pytest.mark.parametrize("mode", ["401", "says the key", "wrong name is the key"])
def test_a_key_that_a_server_says_again_is_told_and_kept_nowhere(
    mode: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    key = "sk-canary-0123456789"

    def said(content: str, attempt: int) -> str | bytes:
        choices = [{"message": {"content": "x"}, "finish_reason": "stop"}]
        wrong = json.dumps({"model": "y" * 92 + key, "choices": choices}).encode()
        return http(200, wrong) if mode.startswith("wrong") else mode

    journal, told = Journal(tmp_path / "journal.sqlite"), ""
    with BadServer(said) as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, attempts=1), key, patience=QUICK)
        try:
            told = repr(complete([Request("hello", 48)], endpoint, journal))
        except EndpointError as error:
            told = str(error)
    assert server.seen[0].headers["authorization"] == f"Bearer {key}"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).decode("utf-8", "replace")
    for place in (told, written, *capfd.readouterr()):
        assert "canary" not in place and "sk-c" not in place
    assert told
