"""How fast a server may be asked: requests and tokens a minute, and what its headers say.

pace = Pace(requests_per_minute=60, tokens_per_minute=None, longest_pause=60)
await pace.turn(tokens=300)          # waits until the attempt may start
pace.learn({"x-ratelimit-limit-requests": "30"}); pace.settle(expected=300, spent=120)
"""

import asyncio
import re
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

    What flows in within a second is the most it holds, so that in no minute more than 61 seconds' worth is taken.
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
        now = time.monotonic()
        self.level = min(self._most, self.level + (now - self.at) * self.per_second) - amount
        self.at = now
        return max(0.0, -self.level / self.per_second)

    def give_back(self, amount: float) -> None:
        """What was taken and not used; less than 0 where more was used than taken."""
        self.level += amount

    def slow_down(self, per_minute: float) -> None:
        """Never faster than before, and never slower than one a minute."""
        self.per_second = min(self.per_second, max(per_minute, 1.0) / 60)


class Pace:
    """Both limits, and pauses that the server asks of everybody."""

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None, longest_pause: float) -> None:
        self.buckets = {"requests": _bucket(requests_per_minute), "tokens": _bucket(tokens_per_minute)}
        self.longest_pause = longest_pause
        self.until = 0.0

    async def turn(self, tokens: float) -> None:
        """Wait for one request of so many tokens to be due."""
        amounts = {"requests": 1.0, "tokens": tokens}
        waits = [bucket.take(amounts[name]) for name, bucket in self.buckets.items() if bucket]
        await asyncio.sleep(max(0.0, self.until - time.monotonic(), *waits))

    def settle(self, expected: float, spent: float) -> None:
        """Tokens that a reply really took; those of an attempt without a reply stay taken."""
        if bucket := self.buckets["tokens"]:
            bucket.give_back(expected - spent)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Limits in headers lower ours, never raise them; where nothing remains all wait for the reset, up to the cap.

        OpenAI's x-ratelimit-limit-requests and -tokens count by the minute. The limit of the IETF's RateLimit headers has a
        window of the server's own, so of these only remaining and reset are heeded. Whatever is no number is ignored.
        """
        for name, bucket in self.buckets.items():
            limit = headers.get(f"x-ratelimit-limit-{name}", "").strip()
            if _NUMBER.fullmatch(limit):
                self.buckets[name] = bucket = bucket or Bucket(float(limit) or 1.0)
                bucket.slow_down(float(limit))
            self._pause(headers.get(f"x-ratelimit-remaining-{name}"), headers.get(f"x-ratelimit-reset-{name}"))
        self._pause(headers.get("ratelimit-remaining"), headers.get("ratelimit-reset"))

    def _pause(self, remaining: str | None, reset: str | None) -> None:
        if remaining is not None and reset is not None and remaining.strip() == "0":
            pause = min(seconds(reset) or 0.0, self.longest_pause)
            self.until = max(self.until, time.monotonic() + pause)


def _bucket(per_minute: float | None) -> Bucket | None:
    return None if per_minute is None else Bucket(per_minute)


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
