"""A model's reply → the JSON value in it that meets a schema, or why there is none. Nothing is asked here.

    read('Sure:\\n```json\\n{"label": "noun"}\\n```', validator)   → Found({"label": "noun"}, "strict")
    read("{'label': 'noun',}", validator)                        → Found({"label": "noun"}, "repaired")
    read('{"label": 3}', validator)                              → Unfit("schema", "$.label: 3 is not of type 'string'")

Strict is strict_json.py and more: an integer beyond 64 bits and half a surrogate pair are refused, too, since the next
reader may take them otherwise. A repair (repaired.py) may change marks, never words.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator

from tasks.completions.repaired import plain_marks, repaired
from tasks.completions.strict_json import decoded

LONGEST = 1_000_000
"""Characters of a reply that is read at all: far beyond any max_new_tokens, below what would be felt."""
DEEPEST = 64
"""Brackets within brackets, so that no reader recurses without end."""
PLACES = 20
"""Values looked at in one reply."""
LONGEST_REASON = 300
"""Characters of a reply or of a schema's complaint that a reason repeats."""

_STEP = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{\]}]', re.DOTALL)
"""A string, or a bracket outside of strings; a string that is never closed reaches to the end, so this takes linear time."""
_OPENING = re.compile(r"[\[{]")
_ANY_OPENING = re.compile(r"[\[{［｛]")
_LIKE_JSON = re.compile(r"[\[{]\s*[\"'“\[{]")
"""How a value begins that somebody meant, unlike brackets among words."""
_FENCED = re.compile(r"\A```\w*\s*\n(.*)\n\s*```\Z", re.DOTALL)
_AROUND = " \t\r\n\ufeff\u200b\u3000"
"""What may stand around a value without being text: space, also full-width and of no width, and the byte order mark."""


@dataclass(frozen=True, slots=True)
class Found:
    """A value that meets the schema."""

    value: Any
    by: Literal["strict", "repaired"]


@dataclass(frozen=True, slots=True)
class Unfit:
    """No such value: `not_json` or `schema`, where and why in words."""

    rule: Literal["not_json", "schema"]
    reason: str


@dataclass(frozen=True, slots=True)
class Span:
    """An outermost pair of brackets in a text; `end` is the end of the text where it is never closed."""

    start: int
    end: int
    closed: bool
    depth: int


def read(text: str, validator: Validator, *, whole: bool = True) -> Found | Unfit:
    """The one value that meets the schema. A text that is not `whole`, but cut off at the end, is never repaired."""
    if len(text) > LONGEST:
        return Unfit("not_json", f"{len(text)} characters, more than {LONGEST}")
    strictly = _judged(_strict(text), validator, "strict")
    if isinstance(strictly, Found) or not whole:
        return strictly
    mended = _judged([_mended(text)], validator, "repaired")
    return strictly if isinstance(mended, Unfit) and mended.rule == "not_json" else mended


def spans(text: str) -> Iterator[Span]:
    """Outermost brackets from left to right; what stands in double quotes within them counts for nothing."""
    start, depth, deepest, at = -1, 0, 0, 0
    while step := (_STEP if depth else _OPENING).search(text, at):
        at = step.end()
        if step[0] in ("[", "{"):
            start = start if depth else step.start()
            depth += 1
            deepest = max(deepest, depth)
        elif step[0] in ("]", "}"):
            depth -= 1
            if not depth:
                yield Span(start, at, True, deepest)
                deepest = 0
    if depth:
        yield Span(start, len(text), False, deepest)


def _strict(text: str) -> Iterator[Any]:
    """Values as they stand in a reply, or ValueErrors in their place."""
    bare = text.strip(_AROUND)
    bare = fenced[1].strip(_AROUND) if (fenced := _FENCED.match(bare)) else bare
    if bare[:1] not in ("[", "{"):
        try:
            yield _checked(decoded(bare))
            return
        except ValueError:
            pass  # then it is words, with a value among them or none
    for span in islice(spans(text), PLACES):
        yield _at(text, span)


class _Broken(ValueError):
    """Not a value, but meant for one."""


def _at(text: str, span: Span) -> Any:
    kind = _Broken if _LIKE_JSON.match(text, span.start) else ValueError
    where = f"at character {span.start + 1}"
    if span.depth > DEEPEST:
        return kind(f"{span.depth} brackets within one another {where}, more than {DEEPEST}")
    if not span.closed:
        return kind(f"the bracket {where} is never closed")
    try:
        return _checked(decoded(text[span.start : span.end]))
    except json.JSONDecodeError as error:
        return kind(f"{error.msg} at character {span.start + error.pos + 1}")
    except ValueError as error:
        return kind(f"{error}, in the value {where}")


def _mended(text: str) -> Any:
    """What a repair makes of all values of a text together, or the ValueError that says why it is not tried."""
    text = text.strip(_AROUND)
    text = plain_marks(text[opening.start() :]) if (opening := _ANY_OPENING.search(text)) else ""
    if not (found := list(islice(spans(text), PLACES))):
        return ValueError("no brackets")
    if max(span.depth for span in found) > DEEPEST:
        return ValueError("too deep")
    try:
        return _checked(repaired(text[found[0].start : found[-1].end].removesuffix("```")))
    except ValueError as error:
        return error


def _judged(values: Any, validator: Validator, by: Literal["strict", "repaired"]) -> Found | Unfit:
    """The value that meets the schema, where there is exactly one."""
    fit: dict[str, Any] = {}
    wrong: list[Unfit] = []
    broken = 0
    for value in values:
        broken += isinstance(value, _Broken)
        if isinstance(value, ValueError):
            wrong.append(Unfit("not_json", _told(str(value))))
        elif (problem := best_match(validator.iter_errors(value))) is not None:
            wrong.append(Unfit("schema", _told(f"{problem.json_path}: {problem.message}")))
        else:
            fit.setdefault(json.dumps(value, sort_keys=True), value)
    if len(fit) > 1 or (fit and broken):
        return Unfit("not_json", f"{len(fit) + broken} values that may each be the answer: which is meant is not said")
    for value in fit.values():
        return Found(value, by)
    # A wrong value tells more than a bracket in the words around it.
    ranked = sorted(wrong, key=lambda unfit: unfit.rule != "schema")
    return ranked[0] if ranked else Unfit("not_json", "no JSON value in the reply")


def _checked(value: Any) -> Any:
    """The value, where every reader of it would read the same. Raises ValueError."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, float) and not math.isfinite(one):
            raise ValueError("a number that is not finite")
        elif isinstance(one, int) and not -(2**63) <= one < 2**64:
            raise ValueError("an integer beyond 64 bits")
        elif isinstance(one, str) and re.search("[\ud800-\udfff]", one):
            raise ValueError("half a surrogate pair, which is no character")
    return value


def _told(text: str) -> str:
    """Cut, and such that it can be written down."""
    cut = text if len(text) <= LONGEST_REASON else f"{text[:LONGEST_REASON]}…"
    return cut.encode("utf-8", "backslashreplace").decode("utf-8")
