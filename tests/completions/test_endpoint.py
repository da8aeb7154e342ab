"""An endpoint: each way in which a server may fail has its outcome, and each answer is read and can be kept."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request
from tasks.completions.endpoint import Endpoint
from tasks.errors import EndpointError
from tests.completions.asking import QUICK, SERVER, ask
from tests.completions.bad_server import MODES, SLOW, BadServer

RECOVERS = {
    "429 after 1", "429 after date", "429 after past date", "429 after -1", "429 after NaN", "429 after garbage", "408",
    "409", "425", "429", "500", "502", "503", "504", "html", "empty body", "empty choices", "choices no list", "no text",
    "no finish", "not utf-8", "key twice", "NaN", "deep", "list", "long number", "another's answer", "another's header",
    "wrong model", "too long", "gzip bomb", "longer than said", "shorter than said", "cut before its end", "half a header",
    "no http", "nothing", "reset", "endless",
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
    "usage zero": Reply("HELLO", "stop", 48, 0),
    "usage negative": Reply("HELLO", "stop", 48, 0),
    "usage absurd": Reply("HELLO", "stop", 48, 0),
    "half characters": Reply("a\ufffd \0 🙂", "stop", 3, 5),
    "reasoning": Reply("HELLO", "stop", 3, 5, "let me think"),
    "says the key": Reply("it is None", "stop", 3, 5),
}
OTHERS = {"drip", "hang"}
"""Cut off at the deadline: a test of their own."""


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
    assert len(server.seen) <= 2 * SERVER.in_flight  # after a 403 the key is tried


@pytest.mark.parametrize("in_flight", [1, 4])
@pytest.mark.parametrize("flagged", ["a", "f", "abcdef"])
def test_a_403_for_some_prompts_fails_these_alone_whenever_it_comes(flagged: str, in_flight: int) -> None:
    with BadServer(lambda content, attempt: "403" if content in flagged else "ok") as server:
        results = ask(server, *"abcdef", in_flight=in_flight)
    assert results == [
        Failure("forbidden", "HTTP 403: not yours") if content in flagged else Reply(content.upper(), "stop", 3, 5)
        for content in "abcdef"
    ]


@pytest.mark.parametrize("mode", sorted(ANSWERS))
def test_an_answer_is_read_and_can_be_kept(mode: str, tmp_path: Path) -> None:
    with BadServer(lambda content, attempt: mode) as server:
        assert ask(server, "hello") == [ANSWERS[mode]]
    journal = Journal(tmp_path / "journal.sqlite")
    journal.write({("key", 48): ANSWERS[mode]})
    assert journal.read([("key", 48)]) == {("key", 48): ANSWERS[mode]}


def test_nobody_at_the_address_is_a_failure_of_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/v1"
    endpoint = Endpoint(replace(SERVER, base_url=url, attempts=2), patience=QUICK)
    [[(_, failure)]] = endpoint.replies([Request("hello", 9)])
    assert isinstance(failure, Failure) and failure.rule == "connection"
