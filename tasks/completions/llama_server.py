"""A GGUF file as a Model, through llama.cpp's own server, started when it is first asked.

    with LlamaServer(settings, Path("models/some.gguf")) as model:   # settings: settings.LlamaCpp
        complete(requests, model, journal)                           # nothing starts where the journal knows all

`llama-server` is looked for on PATH. It listens on 127.0.0.1, wants a key that only we know, is told to stay offline, and
ends with us: at the end of the `with`, and by the kernel's hand when we are killed (Linux). An answer may depend in its last
bits on what else is answered beside it, as everywhere with llama.cpp; the journal keeps the first.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NoReturn, Self

import httpx

from tasks.completions.endpoint import ENGINE, Endpoint
from tasks.completions.exchange import Failure, Reply, Request
from tasks.completions.settings import LlamaCpp, Server
from tasks.errors import EnvironmentFault, InputError, IntegrityError
from tasks.shards import sha256_of
from tasks.workspace import end_with_parent

ROOT = Path(__file__).parents[2]
PROGRAM = "llama-server"
SECONDS_TO_START = 300.0
"""A model of 40 GB is read from a slow disk in that time."""
_PASSED_ON = ("CUDA_VISIBLE_DEVICES", "HOME", "LANG", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH")
"""Environment variables it may see: no key of anybody."""
_ATTEMPTS = 2
_MOST_BYTES = 2**24


class LlamaServer:
    """At most one process. Raises InputError and IntegrityError for a wrong file, EnvironmentFault where it cannot run."""

    def __init__(self, settings: LlamaCpp, gguf: Path) -> None:
        self.settings, self.gguf = settings, gguf
        self.until_the_end = ExitStack()
        self.process: subprocess.Popen[bytes] | None = None
        self.log: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.until_the_end.close()

    @cached_property
    def identity(self) -> str:
        """Weights and protocol; not the program's version, nor its path."""
        return f"llama_cpp {self._digest()} {self.settings.api} {ENGINE}"

    @cached_property
    def endpoint(self) -> Endpoint:
        """The server, started."""
        port, key = _free_port(), secrets.token_hex(16)
        self._start(port, key)
        server = Server(
            kind="endpoint", base_url=f"http://127.0.0.1:{port}/v1", model="gguf", api=self.settings.api, key_env=None,
            in_flight=self.settings.in_flight, requests_per_minute=None, tokens_per_minute=None,
            deadline_seconds=self.settings.deadline_seconds, attempts=_ATTEMPTS, longest_retry_after_seconds=60,
            max_reply_bytes=_MOST_BYTES,
        )  # fmt: skip
        return Endpoint(server, key, name=self.identity)

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """As Endpoint.replies. Raises EnvironmentFault where the server has ended; what it answered comes first."""
        if not requests:
            return
        for ended in self.endpoint.replies(requests):
            answered = [(index, result) for index, result in ended if isinstance(result, Reply)]
            if len(answered) < len(ended) and self.process and self.process.poll() is not None:
                yield list(answered)
                self._give_up("ended in the middle of its work")
            yield ended

    def _digest(self) -> str:
        if not self.gguf.is_file():
            raise InputError(f"{self.gguf} is no file. `gguf` of the teacher in params/ names a model in GGUF.")
        found = sha256_of(self.gguf)
        if self.settings.sha256 not in ("", found):
            raise IntegrityError(
                f"{self.gguf} has SHA-256 {found}, and `sha256` of the teacher in params/ wants {self.settings.sha256}. "
                "Bring the right file, or change the hash if you trust this one."
            )
        return found

    def _start(self, port: int, key: str) -> None:
        program = shutil.which(PROGRAM)
        if program is None:
            raise EnvironmentFault(
                f"{PROGRAM} is not on PATH. Build llama.cpp (target {PROGRAM}) or install a package that has it, or let "
                "`teacher` in params/ be of another kind."
            )
        words = ["--model", str(self.gguf.resolve()), "--alias", "gguf", "--host", "127.0.0.1", "--port", str(port)]
        room = self.settings.in_flight * self.settings.context_tokens
        words += ["--parallel", str(self.settings.in_flight), "--ctx-size", str(room), "--no-kv-unified", "--offline"]
        self.log = log = self.until_the_end.enter_context(TemporaryFile())  # noqa: SIM115 - closed with the rest
        self.process = process = subprocess.Popen(
            [sys.executable, "-m", "tasks.completions.llama_server", str(os.getpid()), program, *words],
            cwd=ROOT,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"LLAMA_API_KEY": key},
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
        self.until_the_end.callback(process.wait)
        self.until_the_end.callback(process.kill)  # it holds nothing that is worth a farewell
        self._wait(f"http://127.0.0.1:{port}/health", process)

    def _wait(self, url: str, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + SECONDS_TO_START
        with httpx.Client(trust_env=False, timeout=5) as client:
            while time.monotonic() < until and process.poll() is None:
                if _is_well(client, url):
                    return
                time.sleep(0.1)
        self._give_up("ended" if process.poll() is not None else f"was not ready after {SECONDS_TO_START:g} s")

    def _give_up(self, what: str) -> NoReturn:
        assert self.log
        raise EnvironmentFault(
            f"{PROGRAM} {what} with {self.gguf}: {_last_words(self.log)}. What is answered is kept. Free memory, or take "
            "another file, and run the same command again."
        )


def _last_words(log: IO[bytes]) -> str:
    log.seek(0)
    said = log.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
    return " ".join(" ".join(said[-3:]).split())[:300] or "it said nothing"


def _is_well(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]), signal.SIGKILL)  # outlives execv
    os.execv(sys.argv[2], sys.argv[2:])
