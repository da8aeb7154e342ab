"""The filters of template files: plain functions that make a text or a list of facts.

{{ parameters | join('; ') }}            ["path", "mode"]                →  path; mode
{{ first | blank(gap) }}                 "Read a file", "file"           →  Read a ____
{{ sentences | places(shown) }}          ["A.", "B."], ["B.", "A."]      →  [2, 1]
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Any

from jinja2 import TemplateError

from tasks.errors import ParamsError

LONGEST = 4_000
"""Characters in the result of one expression, filter or template."""


class TooLong(TemplateError):
    """A text of more than LONGEST characters: no row is made of it."""


def within(characters: int, source: str) -> None:
    """Raises TooLong for more characters than a text may have."""
    if characters > LONGEST:
        raise TooLong(f"more than {LONGEST} characters from {source!r}")


def joined(items: Iterable[Any], separator: str = "") -> str:
    """Items with a separator between them: (["path", "mode"], "; ") → "path; mode"."""
    parts = [str(item) for item in items]
    within(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1), "join")
    return separator.join(parts)


def shuffled(items: Sequence[Any], chance: float) -> list[Any]:
    """The items in an order that depends on `chance` alone."""
    return Random(chance).sample(items, len(items))


def blank(sentence: str, word: str) -> str:
    """A sentence with one word left out: ("Read a file", "file") → "Read a ____"."""
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", "____", sentence, count=1)


def recase(name: str, case: str) -> str:
    """A snake_case name in another style: ("read_all", "camelCase") → "readAll"."""
    parts = [part.lower() for part in name.split("_") if part]
    match case:
        case "camelCase":
            return parts[0] + "".join(part.capitalize() for part in parts[1:])
        case "PascalCase":
            return "".join(part.capitalize() for part in parts)
        case "kebab-case":
            return "-".join(parts)
        case "UPPER_CASE":
            return "_".join(part.upper() for part in parts)
    raise ParamsError(f"Unknown case {case!r}; expected camelCase, PascalCase, kebab-case or UPPER_CASE.")


def heading(words: Sequence[str]) -> str:
    """Words as a heading: ["return", "the", "path"] → "Return The Path"."""
    return " ".join(word[:1].upper() + word[1:] for word in words)


def bullets(items: Sequence[str], marker: str) -> str:
    """Items as a Markdown list, one a line; the marker `1.` counts."""
    return "\n".join(f"{f'{place}.' if marker == '1.' else marker} {item}" for place, item in enumerate(items, 1))


def places(items: Sequence[Any], among: Sequence[Any]) -> list[int]:
    """Where each item stands among others, from 1: (["a", "b"], ["b", "a"]) → [2, 1]. Raises ValueError where one is not."""
    return [list(among).index(item) + 1 for item in items]


def redact(text: str, items: Sequence[str], mark: str) -> str:
    """A text with a mark in place of each item, which stand in it in this order: ("2 of 9", ["2", "9"], "#") → "# of #"."""
    written, rest = [], text
    for item in items:
        before, _, rest = rest.partition(item)
        written += [before, mark]
    return "".join([*written, rest])


def as_json(item: Any) -> str:
    """A value as JSON, its characters as they are: "书" → "书"."""
    return json.dumps(item, ensure_ascii=False)


def upper(text: Any) -> str:
    """A text in capitals: "path" → "PATH"."""
    return str(text).upper()


def _counted(name: str, write: Callable[..., str]) -> Callable[..., str]:
    """A filter that is given, and gives, a text of LONGEST characters at most."""

    def written(*given: Any) -> str:
        within(sum(map(_size, given)), name)
        text = write(*given)
        within(len(text), name)
        return text

    return written


def _size(value: Any) -> int:
    """Characters in a value, or in all that it holds."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(_size(key) + _size(item) for key, item in value.items())
    return sum(map(_size, value)) if isinstance(value, list | tuple) else len(str(value))


_WRITERS: dict[str, Callable[..., str]] = {
    "join": joined, "upper": upper, "json": as_json, "blank": blank, "recase": recase, "heading": heading,
    "bullets": bullets, "redact": redact,
}  # fmt: skip

FILTERS: dict[str, Callable[..., Any]] = {
    "length": len,
    "shuffled": shuffled,
    "places": places,
    **{name: _counted(name, write) for name, write in _WRITERS.items()},
}
"""By the name that templates use."""
