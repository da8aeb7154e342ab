"""What a constraint may say after its name, where that is JSON: an object with the arguments of one kind.

Kind(no_comma, {}).refuses('{"n": 1}')                     →  "it has n, which is no argument of it"
Kind(has_letters, {"letter": LETTER}).refuses("{}")        →  "it lacks letter, one letter"
Kind(has_letters, {"letter": LETTER})("answer", '{"letter":"a"}')
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LESS, AT_LEAST = "less than", "at least"
"""The two relations of IFEval."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What one argument must be: in words, and as a test."""

    words: str
    fits: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


NUMBER = Argument("a whole number from 1", _is_number)
RELATION = Argument(f"{LESS!r} or {AT_LEAST!r}", lambda value: value in (LESS, AT_LEAST))
TEXT = Argument("a text", _is_text)
TEXTS = Argument("a list of texts", lambda value: isinstance(value, list) and bool(value) and all(map(_is_text, value)))
LETTER = Argument("one letter", lambda value: _is_text(value) and len(value) == 1)
LANGUAGE = Argument("an ISO 639-1 code", lambda value: _is_text(value) and value.isascii() and len(value) == 2)
SCRIPT = Argument("'simplified' or 'traditional'", lambda value: value in ("simplified", "traditional"))
MARK = Argument("'1.', '1、', '一、' or '①'", lambda value: value in ("1.", "1、", "一、", "①"))


@dataclass(frozen=True, slots=True)
class Kind:
    """A check with named arguments."""

    check: Callable[..., bool]
    """Takes the answer, and the arguments by name."""
    arguments: Mapping[str, Argument]

    def __call__(self, answer: str, wanted: str) -> bool:
        """Whether an answer passes, for arguments that `refuses` lets through."""
        return self.check(answer, **json.loads(wanted or "{}"))

    def refuses(self, wanted: str) -> str | None:
        """What is wrong with the text after the colon, in words; None where nothing is."""
        try:
            values = json.loads(wanted or "{}")
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            return f"after its name and a colon it needs a JSON object of {', '.join(self.arguments) or 'nothing'}"
        for name in values:
            if name not in self.arguments:
                return f"it has {name}, which is no argument of it"
        for name, argument in self.arguments.items():
            if not argument.fits(values.get(name)):
                what = f"{name} = {values[name]!r} is not" if name in values else f"it lacks {name},"
                return f"{what} {argument.words}"
        return None
