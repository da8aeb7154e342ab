"""How fast a server may be asked: requests and tokens a minute, and what its headers say.

pace = Pace(requests_per_minute=60, tokens_per_minute=None, longest_pause=60)
await pace.turn(tokens=300)          # waits until the attempt may start
pace.learn({"x-ratelimit-limit-requests": "30"}); pace.settle(expected=300, spent=120)
"""

import asyncio
import re
import sys
import time
from collections.abc import Mapping

_DURATION = re.compile(
    r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m(?!s))?"
    r"(?:([0-9]{1,6}(?:\.[0-9]{1,9})?)(?:s|\Z))?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)ms)?"
)
"""6m0s, 1.5s, 20ms, or seconds without a unit."""
_NUMBER = re.compile(r"[0-9]{1,12}")


class Bucket:
    """A token bucket that lends: who takes more than is there waits until it has flowed in, and so do all behind.

    What flows in within a second is the most it holds; who takes more than that waits until it is full, and those behind
    for the rest. So in no minute more is taken than 61 seconds' worth, or 60 seconds' worth and one request.
    """

    def __init__(self, per_minute: float) -> None:
        self.per_second = per_minute / 60
        self.level = self._most
        self.at = time.monotonic()

    @property
    def _most(self) -> float:
        return max(self.per_second, 1.0)

    def take(self, amount: float) -> float:
        """Seconds until it may be used."""
        self._flow_in()
        wait = (min(amount, self._most) - self.level) / self.per_second
        self.level -= amount
        return max(0.0, wait)

    def give_back(self, amount: float) -> None:
        """What was taken and not used; less than 0 where more was used than taken."""
        self.level += amount

    def change(self, per_minute: float) -> None:
        """Another speed from now on."""
        self._flow_in()
        self.per_second = per_minute / 60

    def _flow_in(self) -> None:
        now = time.monotonic()
        self.level = min(self._most, self.level + (now - self.at) * self.per_second)
        self.at = now


class Pace:
    """Our limits, those that the server names, and pauses that it asks of everybody: no longer than `longest_pause`."""

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None, longest_pause: float) -> None:
        limits = {"requests": requests_per_minute, "tokens": tokens_per_minute}
        self.ours = {name: Bucket(limit) for name, limit in limits.items() if limit is not None}
        self.theirs: dict[str, Bucket] = {}
        self.longest_pause = longest_pause
        self.until = 0.0
        self.told = False
        """Whether somebody was told that the server's limit is too low to keep to."""

    async def turn(self, tokens: float) -> None:
        """Wait for one request of so many tokens to be due."""
        amounts = {"requests": 1.0, "tokens": tokens}
        ours = [bucket.take(amounts[name]) for name, bucket in self.ours.items()]
        theirs = [self._believed(name, bucket.take(amounts[name])) for name, bucket in self.theirs.items()]
        await asyncio.sleep(max(0.0, self.until - time.monotonic(), *ours, *theirs))

    def _believed(self, name: str, wait: float) -> float:
        """A wait for the server's limit, cut to the longest pause."""
        if wait > self.longest_pause and not self.told:
            self.told = True
            limit = f"{self.theirs[name].per_second * 60:g} {name} a minute"
            sys.stderr.write(
                f"teacher: the server's headers allow {limit}, which would hold a request for {wait:.0f} s; none is held "
                f"longer than longest_retry_after_seconds {self.longest_pause:g}\n"
            )
        return min(wait, self.longest_pause)

    def settle(self, expected: float, spent: float) -> None:
        """Tokens that a reply really took; those of an attempt without a reply stay taken."""
        for buckets in (self.ours, self.theirs):
            if "tokens" in buckets:
                buckets["tokens"].give_back(expected - spent)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Limits in headers hold beside ours, the last that was named; where nothing remains all wait for the reset.

        OpenAI's x-ratelimit-limit-requests and -tokens count by the minute. The limit of the IETF's RateLimit headers has a
        window of the server's own, so of these only remaining and reset are heeded. Whatever is no number is ignored,
        and so is 0, which would allow nothing.
        """
        for name in ("requests", "tokens"):
            limit = headers.get(f"x-ratelimit-limit-{name}", "").strip()
            if _NUMBER.fullmatch(limit) and float(limit):
                self.theirs.setdefault(name, Bucket(float(limit))).change(float(limit))
            self._pause(headers.get(f"x-ratelimit-remaining-{name}"), headers.get(f"x-ratelimit-reset-{name}"))
        self._pause(headers.get("ratelimit-remaining"), headers.get("ratelimit-reset"))

    def _pause(self, remaining: str | None, reset: str | None) -> None:
        if remaining is not None and reset is not None and remaining.strip() == "0":
            pause = min(seconds(reset) or 0.0, self.longest_pause)
            self.until = max(self.until, time.monotonic() + pause)


def seconds(duration: str) -> float | None:
    """ "6m0s" → 360.0, "20ms" → 0.02, "3" → 3.0; None where it is no duration."""
    matched = _DURATION.fullmatch(duration.strip())
    if not matched or not any(matched.groups()):
        return None
    hours, minutes, rest, thousandths = (float(part or 0) for part in matched.groups())
    return hours * 3600 + minutes * 60 + rest + thousandths / 1000


def expected_tokens(text: str, max_new_tokens: int) -> float:
    """A guess that errs upwards: a token for three bytes (one for a Chinese character), and all that may be written."""
    return len(text.encode("utf-8", "surrogatepass")) / 3 + max_new_tokens
