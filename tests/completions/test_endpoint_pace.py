"""An endpoint is never asked faster, longer or more often than allowed, and what it answered is kept."""

import asyncio
import json
import socket
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Journal, Reply, Request, complete
from tasks.completions.breaker import Breaker
from tasks.completions.endpoint import Endpoint
from tasks.completions.limits import Pace, seconds
from tasks.completions.unanswered import Unanswered
from tasks.errors import EndpointError
from tests.completions.asking import QUICK, SERVER, ask
from tests.completions.bad_server import BadServer, answer, http


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


@pytest.mark.whole  # seconds
def test_requests_per_minute_hold() -> None:
    with BadServer(lambda content, attempt: "ok") as server:
        started = time.monotonic()
        ask(server, *(f"content {number}" for number in range(31)), requests_per_minute=600)
        seconds = time.monotonic() - started
    assert 2.0 <= seconds <= 5.0  # 10 a second, the first 10 at once
    times = sorted(seen.time for seen in server.seen)
    assert all(at - started >= (place - 10) / 10 for place, at in enumerate(times, 1))  # on a busy machine, too


def test_limits_hold_over_all_calls_of_an_endpoint() -> None:
    with BadServer(lambda content, attempt: "ok") as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, requests_per_minute=300), patience=QUICK)
        for number in range(12):
            list(endpoint.replies([Request(f"content {number}", 9)]))
    assert server.seen[-1].time - server.seen[0].time >= 1.2  # 5 a second, the first 5 at once


@pytest.mark.whole  # seconds
def test_tokens_per_minute_hold() -> None:
    """8 tokens each, 60 a second: what is expected at first is more than what is spent, and the rest is given back."""
    with BadServer(lambda content, attempt: "ok") as server:
        ask(server, *(f"content {number}" for number in range(30)), tokens_per_minute=3600, in_flight=2)
    first = server.seen[0].time
    for place, seen in enumerate(server.seen):
        assert place * 8 <= 60 + 60 * (seen.time - first) + 2 * 60


def test_tokens_per_minute_hold_where_the_server_counts_none() -> None:
    """1,000 a second: 500 read and 48 written each, of which none is given back."""
    with BadServer(lambda content, attempt: "usage missing") as server:
        ask(server, *(letter * 1500 for letter in "abcdef"), tokens_per_minute=60_000, in_flight=1)
    assert server.seen[-1].time - server.seen[1].time >= 1.2  # the first comes late: certificates are read


async def seconds_of_turns(pace: Pace, count: int, tokens: float) -> float:
    started = time.monotonic()
    for _ in range(count):
        await asyncio.wait_for(pace.turn(tokens), 5)
    return time.monotonic() - started


@pytest.mark.parametrize("limit", ["0", "000", "-5", "1.5", "many", "", "9" * 400])
def test_a_limit_in_a_header_that_allows_nothing_or_is_no_number_is_none(limit: str) -> None:
    pace = Pace(None, None, longest_pause=60)
    pace.learn({"x-ratelimit-limit-tokens": limit, "x-ratelimit-limit-requests": limit})
    assert asyncio.run(seconds_of_turns(pace, 5, 300)) < 1.0


def test_a_tiny_limit_in_a_header_holds_no_request_longer_than_the_longest_pause_and_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pace = Pace(None, None, longest_pause=0.3)
    pace.learn({"x-ratelimit-limit-tokens": "1"})
    assert asyncio.run(seconds_of_turns(pace, 1, 300)) < 0.2  # the bucket is full
    assert 0.6 <= asyncio.run(seconds_of_turns(pace, 2, 300)) <= 1.5
    told = capsys.readouterr().err
    assert told.count("1 tokens a minute") == 1 and "longest_retry_after_seconds" in told


def test_a_limit_in_a_header_never_raises_ours() -> None:
    pace = Pace(120, None, longest_pause=0.1)
    pace.learn({"x-ratelimit-limit-requests": "60000"})
    assert asyncio.run(seconds_of_turns(pace, 4, 300)) >= 0.9  # 2 a second, the first 2 at once


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


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        ("6m0s", 360.0), ("1h2m3s", 3723.0), ("8.64s", 8.64), ("3", 3.0), ("20ms", 0.02), ("7.66ms", 0.00766),
        ("1s20ms", 1.02), ("1m30ms", 60.03), ("", None), ("ms", None), ("soon", None), ("-1", None), ("20ms3", None),
    ],
)  # fmt: skip
def test_durations_are_read_as_servers_write_them(duration: str, expected: float | None) -> None:
    assert seconds(duration) == (None if expected is None else pytest.approx(expected))


def test_a_server_that_fails_all_is_left_alone_and_then_given_up(capsys: pytest.CaptureFixture[str]) -> None:
    patience = replace(QUICK, failures=6, alone=0.3, pauses=2)
    with BadServer(lambda content, attempt: "503") as server, pytest.raises(EndpointError, match=r"run the\s+same command"):
        ask(server, *(f"content {number}" for number in range(100)), patience=patience, in_flight=2)
    assert len(server.seen) <= 6 + 2 + 2  # what was under way, and a probe after each pause
    gaps = sorted(after.time - before.time for before, after in zip(server.seen, server.seen[1:], strict=False))
    assert gaps[-1] >= 0.59 and gaps[-2] >= 0.29 and gaps[-3] < 0.29  # on the server's side, which hears a little late
    told = capsys.readouterr().err
    assert "HTTP 503: busy. Pause 1 of 2, 0.3 s" in told and "HTTP 503: busy. Pause 2 of 2, 0.6 s" in told


def test_a_server_that_fails_is_given_up_however_few_are_asked_at_a_time() -> None:
    patience = replace(QUICK, failures=6, alone=0.1, pauses=1)
    with BadServer(lambda content, attempt: "503") as server:
        endpoint = Endpoint(replace(SERVER, base_url=server.url, attempts=1), patience=patience)
        with pytest.raises(EndpointError, match="7 attempts in a row"):
            for number in range(20):
                list(endpoint.replies([Request(f"content {number}", 9)]))
    assert len(server.seen) == 6 + 1


def test_an_attempt_that_nobody_waits_for_any_more_leaves_trying_the_server_to_the_next() -> None:
    async def tried_twice() -> tuple[bool, bool]:
        breaker = Breaker(failures=1, pause=0.0, pauses=1)
        breaker.failed(Unanswered("status", "HTTP 503"), was_probe=False)
        first = await breaker.enter()
        breaker.left()
        return first, await asyncio.wait_for(breaker.enter(), 5)

    assert asyncio.run(tried_twice()) == (True, True)


@pytest.mark.whole  # seconds
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


@pytest.mark.parametrize("stops", ["401", "403"])
def test_what_was_answered_before_a_key_expires_is_kept_and_the_rest_is_asked_later(stops: str, tmp_path: Path) -> None:
    contents = [f"content {number}" for number in range(40)]
    asked, journal = [Request(content, 48) for content in contents], Journal(tmp_path / "journal.sqlite")
    with BadServer(lambda content, attempt: "ok" if len(server.seen) <= 20 else stops) as server:
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
