"""Any server that speaks OpenAI's protocol, as a Model.

    endpoint = Endpoint(server, key=os.environ["EXAMPLE_KEY"])     # server: settings.Server
    complete(requests, endpoint, journal)

Of each request there are at most `attempts` attempts, and of each attempt at most `deadline_seconds`, from the connection to
the last byte, by a clock outside httpx: a server that drips is cut off. Between two attempts lies a pause drawn from 0 to
0.5, 1, 2, … 30 seconds (full jitter; Brooker 2015, Exponential Backoff And Jitter), or the server's Retry-After if that is
longer; so a request ends after attempts × (deadline_seconds + the longer of 30 and longest_retry_after_seconds), the waits
of limits.py and breaker.py apart. This is the only place that asks again. Nothing comes from the environment, no redirect is
followed, no cookie kept, TLS is verified against certifi's roots.
"""

import asyncio
import random
import ssl
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeGuard

import certifi
import httpx

from tasks.completions.breaker import Breaker
from tasks.completions.exchange import Failure, Reply, Request
from tasks.completions.limits import Pace, expected_tokens
from tasks.completions.settings import Server
from tasks.completions.unanswered import FORBIDDEN, Unanswered, forbidden, refused
from tasks.completions.wire import OURS, Asked, body_of, check_id, reply_of, words_of
from tasks.errors import EndpointError
from tasks.records import content_hash

ENGINE = "endpoint@1"
"""Part of every key of the journal: raise it with a change of wire.py that may change an answer."""
_PATHS = {"chat": "/chat/completions", "completions": "/completions"}


HARMLESS = Request("Say yes.", max_new_tokens=8)
"""What any key may ask that may ask anything."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How a server that fails is waited for, in seconds."""

    first_pause: float = 0.5
    """Most that lies between the first and the second attempt of a request; doubled for each further one."""
    longest_pause: float = 30.0
    failures: int = 30
    """Attempts in a row, of all requests, that failed through the server's fault, before it is left alone."""
    alone: float = 15.0
    """How long it is left alone the first time; doubled each time."""
    pauses: int = 4
    """How often it is left alone before the run gives up: 225 s all together."""


@dataclass(eq=False, slots=True)
class Endpoint:
    """A server, and the key for it ("" for none); `name` stands for its model in the journal, "" for the usual name."""

    server: Server
    key: str = field(default="", repr=False)
    name: str = ""
    patience: Patience = Patience()
    pace: Pace = field(init=False, repr=False)
    """With the breaker, of all calls together: a maker that asks a little at a time is no faster and no more stubborn."""
    breaker: Breaker = field(init=False, repr=False)

    def __post_init__(self) -> None:
        server, patience = self.server, self.patience
        self.pace = Pace(server.requests_per_minute, server.tokens_per_minute, server.longest_retry_after_seconds)
        self.breaker = Breaker(patience.failures, patience.alone, patience.pauses)

    @property
    def identity(self) -> str:
        """The model's name, the protocol and our version of it.

        Not the address: the same model behind another one gives answers as good, and need not be paid twice. Not the key:
        that decides who pays. Whoever means another model by the same name gives it another one at the server.
        """
        return self.name or f"endpoint {self.server.api} {self.server.model} {ENGINE}"

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """What becomes of each request, as they end. Raises EndpointError where all would fail; what ended comes first."""
        with asyncio.Runner() as runner:
            run = _Run(self, requests)
            try:
                while ended := runner.run(run.some()):
                    yield ended
            finally:
                runner.run(run.close())


class _Run:
    """Requests on their way, at most `in_flight` at once. The loop runs only while somebody waits for what ends next."""

    def __init__(self, endpoint: Endpoint, requests: Sequence[Request]) -> None:
        self.endpoint, self.server, self.requests = endpoint, endpoint.server, requests
        self.pace, self.breaker = endpoint.pace, endpoint.breaker
        self.waiting = iter(range(len(requests)))
        self.at_work: dict[asyncio.Task[Reply | Failure], int] = {}
        self.error: EndpointError | None = None
        self.jitter = random.Random()
        self.client: httpx.AsyncClient | None = None

    async def some(self) -> list[tuple[int, Reply | Failure]]:
        """The next that end; [] when none are left."""
        while True:
            if self.error:
                raise self.error
            while len(self.at_work) < self.server.in_flight and (index := next(self.waiting, None)) is not None:
                self.at_work[asyncio.create_task(self._ended(self.requests[index]))] = index
            if not self.at_work:
                return []
            done, _ = await asyncio.wait(self.at_work, return_when=asyncio.FIRST_COMPLETED)
            if ended := self._collect(done):
                return ended

    def _collect(self, done: set[asyncio.Task[Reply | Failure]]) -> list[tuple[int, Reply | Failure]]:
        """Their results by index; an error is kept for later, so that no answer beside it is lost."""
        ended = []
        for task in done:
            index = self.at_work.pop(task)
            if isinstance(error := task.exception(), EndpointError):
                self.error = error
            else:
                ended.append((index, task.result()))
        return sorted(ended, key=lambda pair: pair[0])

    async def close(self) -> None:
        """Hang up on all that are under way."""
        for task in self.at_work:
            task.cancel()
        await asyncio.gather(*self.at_work, return_exceptions=True)
        self.breaker.left()
        if self.client:
            await self.client.aclose()

    async def _ended(self, request: Request) -> Reply | Failure:
        """What becomes of a request. A 403 is this request's own where the key may ask something else, else everybody's.

        That is asked after each 403, so that what comes of it depends neither on who was answered first nor on the journal.
        """
        result = await self._asked(request)
        if _is_forbidden(result) and _is_forbidden(trial := await self._asked(HARMLESS)):
            raise forbidden(trial.reason)
        return result

    async def _asked(self, request: Request) -> Reply | Failure:
        body = body_of(request, model=self.server.model, api=self.server.api)
        expected = expected_tokens(request.prefix + request.prompt, request.max_new_tokens)
        attempt = 0
        while True:
            attempt += 1
            was_probe = await self.breaker.enter()
            await self.pace.turn(expected)
            id = f"{OURS}{content_hash(body.decode('ascii'), str(attempt))[:24]}"
            asked = Asked(request, self.server.model, id, self.endpoint.key)
            try:
                reply = await self._attempt(body, asked)
            except Unanswered as why:
                self._count(why, was_probe=was_probe)
                if not why.again or attempt == self.server.attempts:
                    return why.failure(attempt)
                await asyncio.sleep(self._pause(attempt, why.wait))
            else:
                self.breaker.answered()
                read = reply.prompt_tokens or expected - request.max_new_tokens  # some servers count nothing
                self.pace.settle(expected, read + reply.new_tokens)
                return reply

    def _count(self, why: Unanswered, *, was_probe: bool) -> None:
        if why.alive:
            self.breaker.answered()
        else:
            self.breaker.failed(why, was_probe=was_probe)

    def _pause(self, attempt: int, wait: float | None) -> float:
        patience = self.endpoint.patience
        pause = self.jitter.uniform(0, min(patience.longest_pause, patience.first_pause * 2 ** (attempt - 1)))
        return max(pause, wait or 0.0)

    async def _attempt(self, body: bytes, asked: Asked) -> Reply:
        """One exchange. Raises Unanswered, and EndpointError where every other request would meet the same."""
        try:
            async with asyncio.timeout(self.server.deadline_seconds):
                return await self._exchange(body, asked)
        except TimeoutError as error:
            raise Unanswered("deadline", f"no whole reply in {self.server.deadline_seconds:g} s") from error
        except httpx.ConnectError as error:
            raise Unanswered("connection", f"no connection: {str(error)[:200]}") from error
        except (httpx.HTTPError, ssl.SSLError, OSError) as error:
            raise Unanswered("cut_off", f"the connection broke ({type(error).__name__})") from error

    async def _exchange(self, body: bytes, asked: Asked) -> Reply:
        url = f"{self.server.base_url}{_PATHS[self.server.api]}"
        headers = {"X-Request-Id": asked.id}
        async with self._opened().stream("POST", url, content=body, headers=headers) as response:
            self.pace.learn(response.headers)
            got = await self._body(response)
        if response.status_code != 200:
            longest = self.server.longest_retry_after_seconds
            raise refused(response.status_code, response.headers, words_of(got, asked), longest_wait=longest)
        check_id(response.headers.get("x-request-id"), asked)
        return reply_of(got, asked)

    async def _body(self, response: httpx.Response) -> bytes:
        """As sent: nothing is unpacked, so nothing can grow."""
        if response.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
            raise Unanswered("encoding", "the reply is packed, though nothing of that kind was offered")
        most, body = self.server.max_reply_bytes, bytearray()
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > most:
                raise Unanswered("too_large", f"the reply has more than max_reply_bytes {most}")
        return bytes(body)

    def _opened(self) -> httpx.AsyncClient:
        """Made within the loop that uses it."""
        if self.client is None:
            headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
            if self.endpoint.key:
                headers["Authorization"] = f"Bearer {self.endpoint.key}"
            self.client = httpx.AsyncClient(
                headers=headers,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                timeout=None,  # the deadline is kept outside
                limits=httpx.Limits(max_connections=self.server.in_flight),
                verify=ssl.create_default_context(cafile=certifi.where()),
                trust_env=False,
                follow_redirects=False,
            )
        return self.client


def _is_forbidden(result: Reply | Failure) -> TypeGuard[Failure]:
    return isinstance(result, Failure) and result.rule == FORBIDDEN
