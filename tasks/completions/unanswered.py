"""Why an attempt brought no answer, and what is done about it.

status 429, Retry-After: 1    → Unanswered("status", "HTTP 429 …", wait=1.0): asked again after a second
status 400                    → Unanswered("refused", "HTTP 400: …", again=False): this request fails
status 403                    → Unanswered("forbidden", …): this request fails, or all (endpoint.py tries which)
status 401                    → EndpointError: the run stops
"""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from tasks.completions.exchange import Failure
from tasks.errors import EndpointError

AGAIN = {408, 409, 425, 429}
"""Beside 5xx: what a later attempt may change."""
FORBIDDEN = "forbidden"
"""The rule of HTTP 403: some servers say it of a key, some of one prompt that they do not like."""
_SECONDS = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


class Unanswered(Exception):
    """An attempt without an answer. Never leaves the package: the last one becomes a Failure."""

    def __init__(
        self, rule: str, reason: str, *, again: bool = True, alive: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule, self.reason = rule, reason
        self.again = again
        """Whether another attempt may help."""
        self.alive = alive
        """Whether the server did its work, and only this answer is of no use: nothing the breaker should count."""
        self.wait = wait
        """Seconds the server asked for."""

    def failure(self, attempts: int) -> Failure:
        """What is left when nothing more is tried. Where more attempts could not help, how many there were is chance."""
        often = f" (attempt {attempts})" if self.again and attempts > 1 else ""
        return Failure(self.rule, self.reason + often)


def refused(status: int, headers: Mapping[str, str], words: str, *, longest_wait: float) -> Unanswered:
    """What a status other than 200 means; `words` are the server's. Raises EndpointError for 401, 402 and 404."""
    said = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    if status in _STOPS:
        raise _stopped(_STOPS[status], said)
    if status == 403:
        return Unanswered(FORBIDDEN, said, again=False, alive=True)
    if 300 <= status < 400:
        return Unanswered("redirect", f"HTTP {status}: leads elsewhere, which is not followed", again=False)
    if status not in AGAIN and status < 500:
        return Unanswered("refused", said, again=False, alive=True)
    wait = retry_after(headers)
    if wait is not None and wait > longest_wait:
        reason = f"HTTP {status}: asks for {wait:.0f} s, more than longest_retry_after_seconds {longest_wait:g}"
        return Unanswered("retry_after", reason, again=False)
    return Unanswered("status", said, wait=wait)


_STOPS = {
    401: "The key is missing or wrong: look at `key_env` of the teacher, and at the variable it names.",
    402: "The account of the key in `key_env` has no credit: add some, or name another key there.",
    404: "There is no such model or address: look at `base_url` and `model` of the teacher.",
}
"""What every other request would meet, too."""


def forbidden(said: str) -> EndpointError:
    """What a server says to whatever it is asked."""
    return _stopped(
        "The key in `key_env` may not use this model: look at `model` of the teacher, or name another key there.", said
    )


def _stopped(remedy: str, said: str) -> EndpointError:
    return EndpointError(f"{remedy} The server says {said!r}. What is answered is kept; run the same command again.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After: a number, or a date (RFC 9110, section 10.2.3); None where it is past, negative or neither.

    A date counts from the server's own Date, where it has one, so that a clock of ours that is wrong does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return float(value)
    until = _moment(value)
    if until is None:
        return None
    seconds = until - (_moment(headers.get("date", "")) or time.time())
    return seconds if seconds > 0 else None


def _moment(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
