"""A circuit breaker: a server that fails every attempt is left alone for a while, and given up after some whiles.

    closed ── `failures` in a row ──→ open for `pause` seconds ──→ one attempt tries ──→ closed where it is answered,
                                        ↑                                    └─ open again, twice as long, where not
                                        └── after `pauses` of them EndpointError: exit code 5

(Nygard 2007, Release It!, Stability Patterns.) Attempts of all requests count together. A run in which nothing is left but
requests on which the server itself fails ends so, too: it looks the same from here.
"""

import asyncio
import sys
import time

from tasks.completions.unanswered import Unanswered
from tasks.errors import EndpointError


class Breaker:
    """Ask `enter` before an attempt, then say `answered` or `failed`, once."""

    def __init__(self, failures: int, pause: float, pauses: int) -> None:
        self.most_failures, self.first_pause, self.most_pauses = failures, pause, pauses
        self.failures = 0
        self.pauses = 0
        self.until: float | None = None
        self.probe: asyncio.Event | None = None
        """Set when the attempt that tries the server again has ended."""

    async def enter(self) -> bool:
        """Wait while open. True for the one attempt that tries whether the server is back."""
        while self.until is not None:
            if (left := self.until - time.monotonic()) > 0:
                await asyncio.sleep(left)
            elif self.probe is None:
                self.probe = asyncio.Event()
                return True
            else:
                await self.probe.wait()
        return False

    def answered(self) -> None:
        """The server works: closed, and all is forgotten."""
        self.failures = self.pauses = 0
        self.until = None
        self._end_probe()

    def failed(self, why: Unanswered, *, was_probe: bool) -> None:
        """Raises EndpointError where enough was waited. What was under way when it opened counts no more."""
        self.failures += 1
        if not (was_probe or (self.until is None and self.failures >= self.most_failures)):
            return
        if self.pauses == self.most_pauses:
            raise EndpointError(
                f"The teacher's server failed {self.failures} attempts in a row, and {self.pauses} pauses brought nothing; "
                f"at last: {why.rule}, {why.reason}. What is answered is kept; look at the server and `base_url`, then run "
                "the same command again."
            )
        pause = self.first_pause * 2**self.pauses
        told = f"{self.failures} attempts in a row failed; at last: {why.rule}, {why.reason}"
        sys.stderr.write(f"teacher: {told}. Pause {self.pauses + 1} of {self.most_pauses}, {pause:g} s\n")
        self.until = time.monotonic() + pause
        self.pauses += 1
        self._end_probe()

    def left(self) -> None:
        """Nobody waits for an attempt any more: where one was to try the server, the next that comes does."""
        self._end_probe()

    def _end_probe(self) -> None:
        if self.probe is not None:
            self.probe.set()
        self.probe = None
