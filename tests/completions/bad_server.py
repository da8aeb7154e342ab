"""A server on loopback that speaks OpenAI's protocol, and misbehaves as it is told: real sockets, raw bytes.

    with BadServer(lambda content, attempt: "500" if attempt == 0 else "ok") as server:
        ask(server.url)
    server.seen      # what was asked, in order: content, attempt (counted per content), headers, body
    server.answered  # contents that were answered

A right answer is the content in upper case, where `say` does not say otherwise.
"""

import asyncio
import gzip
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

MODEL = "toy-1"


@dataclass(frozen=True)
class Seen:
    """A request that came in."""

    content: str
    attempt: int
    headers: dict[str, str]
    body: dict[str, Any]
    time: float
    right: str
    """What a right answer says."""


def answer(content: str) -> str:
    return content.upper()


def reply(seen: Seen, **changes: Any) -> dict[str, Any]:
    """The body of a right answer, with changes at its top; `choice=` changes its one choice, `message=` what is said."""
    said = {"role": "assistant", "content": seen.right} | changes.pop("message", {})
    choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
    choice |= {"message": said} if "messages" in seen.body else {"text": said["content"]}
    choice |= changes.pop("choice", {})
    used = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}
    return {"id": "cmpl-1", "object": "x", "model": MODEL, "choices": [choice], "usage": used} | changes


def http(status: int, body: bytes, **headers: str) -> bytes:
    named = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"HTTP/1.1 {status} Some Words\r\n{lines}\r\n".encode() + body


def ok(seen: Seen, **changes: Any) -> bytes:
    return http(200, json.dumps(reply(seen, **changes)).encode())


def error(status: int, words: str = "busy", **headers: str) -> bytes:
    return http(status, json.dumps({"error": {"message": words}}).encode(), **headers)


def raw(seen: Seen, old: str, new: str) -> bytes:
    """A right answer with some bytes of its body exchanged."""
    return http(200, json.dumps(reply(seen)).encode().replace(old.encode(), new.encode("utf-8", "surrogateescape")))


MODES: dict[str, Callable[[Seen], bytes]] = {
    "ok": ok,
    "429 after 1": lambda seen: error(429, Retry_After="1"),
    "429 after 300": lambda seen: error(429, Retry_After="300"),
    "429 after date": lambda seen: error(429, Retry_After=formatdate(time.time() + 2, usegmt=True)),
    "429 after past date": lambda seen: error(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),
    "429 after -1": lambda seen: error(429, Retry_After="-1"),
    "429 after NaN": lambda seen: error(429, Retry_After="NaN"),
    "429 after garbage": lambda seen: error(429, Retry_After="soon \x07"[:4]),
    **{str(code): (lambda seen, code=code: error(code)) for code in (408, 409, 425, 429, 500, 502, 503, 504)},
    "400": lambda seen: error(400, "maximum context length is 4096 tokens"),
    "413": lambda seen: error(413, "too large"),
    "422": lambda seen: error(422, "no such parameter"),
    "401": lambda seen: error(401, f"wrong key {seen.headers.get('authorization', '')}"),
    "403": lambda seen: error(403, "not yours"),
    "404": lambda seen: error(404, "no such model"),
    "html": lambda seen: http(200, b"<html><h1>Hello</h1></html>"),
    "empty body": lambda seen: http(200, b""),
    "empty choices": lambda seen: ok(seen, choices=[]),
    "choices no list": lambda seen: ok(seen, choices={"a": 1}),
    "no text": lambda seen: ok(seen, message={"content": None}, choice={"text": None}),
    "length": lambda seen: ok(seen, choice={"finish_reason": "length"}),
    "content_filter": lambda seen: ok(seen, choice={"finish_reason": "content_filter"}),
    "refusal": lambda seen: ok(seen, message={"content": None, "refusal": "I must not"}),
    "no finish": lambda seen: ok(seen, choice={"finish_reason": None}),
    "tool_calls": lambda seen: ok(seen, choice={"finish_reason": "tool_calls"}),
    "not utf-8": lambda seen: raw(seen, "assistant", "assist\udcff"),
    "key twice": lambda seen: raw(seen, '"role":', '"content": "evil", "role":'),
    "NaN": lambda seen: raw(seen, ": 3", ": NaN"),
    "deep": lambda seen: http(200, b'{"choices": ' + b"[" * 100_000),
    "list": lambda seen: http(200, b"[1, 2]"),
    "long number": lambda seen: raw(seen, ": 3", ": " + "9" * 5000),
    "another's answer": lambda seen: ok(seen, id="chatcmpl-zhiling-000000000000000000000000"),
    "another's header": lambda seen: http(200, json.dumps(reply(seen)).encode(), X_Request_Id="zhiling-00ff"),
    "wrong model": lambda seen: ok(seen, model="toy-12-mini"),
    "usage missing": lambda seen: ok(seen, usage=None),
    "usage zero": lambda seen: ok(seen, usage={"prompt_tokens": 0, "completion_tokens": 0}),
    "usage negative": lambda seen: ok(seen, usage={"prompt_tokens": -5, "completion_tokens": -3}),
    "usage absurd": lambda seen: ok(seen, usage={"prompt_tokens": 10**30, "completion_tokens": True}),
    "half characters": lambda seen: raw(seen, f'"{seen.right}"', r'"a\ud83d \u0000 \ud83d\ude42"'),
    "reasoning": lambda seen: ok(seen, message={"reasoning_content": "let me think"}),
    "says the key": lambda seen: ok(seen, message={"content": f"it is {seen.headers.get('authorization')}"}),
    "too long": lambda seen: http(200, json.dumps(reply(seen, padding="x" * 300_000)).encode()),
    "gzip bomb": lambda seen: http(200, gzip.compress(b" " * 30_000_000), Content_Encoding="gzip"),
    "longer than said": lambda seen: http(200, json.dumps(reply(seen)).encode(), Content_Length="20"),
    "shorter than said": lambda seen: http(200, json.dumps(reply(seen)).encode(), Content_Length="9999"),
    "cut before its end": lambda seen: (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n" + json.dumps(reply(seen)).encode()[:32] + b"\r\n"
    ),
    "half a header": lambda seen: b"HTTP/1.1 200 OK\r\nContent-Le",
    "no http": lambda seen: b"hello?\r\n\r\n",
    "nothing": lambda seen: b"",
    "cookie": lambda seen: http(200, json.dumps(reply(seen)).encode(), Set_Cookie="id=1; Path=/"),
}
"""What is sent back, at once and whole; after most of these the connection is closed."""
KEPT = {"ok", "cookie", "500", "429", "empty choices"}
"""After these it stays open."""
ANSWERS = {"ok", "slow", "length"}
"""What counts as answered."""


async def drip(writer: asyncio.StreamWriter, seen: Seen) -> None:
    for byte in ok(seen):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


async def endless(writer: asyncio.StreamWriter, seen: Seen) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b" " * 1024 + b"\r\n")
        await writer.drain()


async def hang(writer: asyncio.StreamWriter, seen: Seen) -> None:
    await asyncio.sleep(60)


async def reset(writer: asyncio.StreamWriter, seen: Seen) -> None:
    writer.write(ok(seen)[:60])
    await writer.drain()
    writer.transport.abort()


async def slow(writer: asyncio.StreamWriter, seen: Seen) -> None:
    await asyncio.sleep(0.05)
    writer.write(ok(seen))
    await writer.drain()


SLOW: dict[str, Callable[[asyncio.StreamWriter, Seen], Awaitable[None]]] = {
    "drip": drip, "endless": endless, "hang": hang, "reset": reset, "slow": slow,
}  # fmt: skip


@dataclass
class BadServer:
    """Serves in a thread of its own; `mode` is the name of a mode, by content and attempt, or the bytes to send."""

    mode: Callable[[str, int], str | bytes]
    tls: ssl.SSLContext | None = None
    port: int = 0
    seen: list[Seen] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    most_at_once: int = 0
    say: Callable[[str, dict[str, Any]], str] = lambda content, body: answer(content)
    """A right answer, by the content and the whole body."""
    before: Callable[[Seen], None] = lambda seen: None
    """Called when a request has come in."""
    after: Callable[[Seen], None] = lambda seen: None
    """Called when its answer has gone out."""

    def __enter__(self) -> "BadServer":
        self.counts: Counter[str] = Counter()
        self.at_work = 0
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(10)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    def contents(self) -> list[str]:
        return [seen.content for seen in self.seen]

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._until_stopped(ready))
        self.loop.close()

    async def _until_stopped(self, ready: threading.Event) -> None:
        self.stop = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", self.port, ssl=self.tls, limit=2**24)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await self.stop.wait()
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        content = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        seen = Seen(content, self.counts[content], headers, body, time.monotonic(), self.say(content, body))
        self.counts[content] += 1
        self.seen.append(seen)
        self.before(seen)
        self.at_work += 1
        self.most_at_once = max(self.most_at_once, self.at_work)
        try:
            mode = self.mode(content, seen.attempt)
            await self._send(mode, writer, seen)
        finally:
            self.at_work -= 1
        if mode in ANSWERS:
            self.answered.append(content)
        self.after(seen)
        return mode in KEPT or mode == "slow"

    async def _send(self, mode: str | bytes, writer: asyncio.StreamWriter, seen: Seen) -> None:
        if isinstance(mode, str) and mode in SLOW:
            await SLOW[mode](writer, seen)
            return
        writer.write(mode if isinstance(mode, bytes) else MODES[mode](seen))
        await writer.drain()
