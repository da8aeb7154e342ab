"""Ask for JSON of a given schema, and ask again where the reply is none.

    schema = {"type": "object", "properties": {"label": {"type": "string"}}, "required": ["label"]}
    ask_structured(teacher_ask, [Request("Classify: fig", max_new_tokens=40)], schema)
    → [Structured(value={"label": "fruit"}, path="strict", completion=…)], or a Failure("schema", …, raw=…) in its place

`ask` is anything that answers requests in their order, such as Teacher.ask: each request goes through the journal, so that
reading replies in another way asks nobody again.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from tasks.completions.answers import Completion
from tasks.completions.exchange import Failure, Request
from tasks.completions.json_reply import Found, Unfit, read

Ask = Callable[[Sequence[Request]], Sequence[Completion | Failure]]
Schema = dict[str, Any]

MOST_AGAIN = 2
"""Times that a request is asked again; a third rarely brings what two did not."""
OTHER_SAMPLE = 1_000
"""Between a request's `sample` and that of its repetition: far from the samples that a maker asks for itself."""
OTHER_TEMPERATURE = 0.7
"""Of a repetition, at least: a greedy model would say the same again."""


@dataclass(frozen=True, slots=True)
class Structured:
    """A value that meets the schema. Its strings may be empty: that is for the maker to refuse."""

    value: Any
    path: str
    """How it was had: strict, repaired, asked_again_1 or asked_again_2."""
    completion: Completion


def ask_structured(ask: Ask, requests: Sequence[Request], schema: Schema) -> list[Structured | Failure]:
    """What becomes of each request, in their order. Raises jsonschema's SchemaError where the schema itself is wrong.

    A Failure of the model's is passed on. One of ours has the rule `not_json` or `schema`, what was wrong with each reply in
    its reason, and the last reply as `raw`.
    """
    Draft202012Validator.check_schema(schema)
    validator: Validator = Draft202012Validator(schema)
    found: dict[int, Structured | Failure] = {}
    wrong: list[list[str]] = [[] for _ in requests]
    waiting = list(range(len(requests)))
    for attempt in range(1 + MOST_AGAIN):
        replies = ask([_request(requests[index], schema, attempt) for index in waiting]) if waiting else []
        for index, reply in zip(waiting, replies, strict=True):
            found[index] = _result(reply, validator, attempt, wrong[index])
        waiting = [index for index in waiting if len(wrong[index]) > attempt]
    return [found[index] for index in range(len(requests))]


def as_text(schema: Schema) -> str:
    """A schema for Request.schema. Its keys keep their order: servers that hold a model to it have it write them so."""
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def _request(request: Request, schema: Schema, attempt: int) -> Request:
    first = replace(request, schema=as_text(schema))
    if not attempt:
        return first
    warmer = max(request.temperature, OTHER_TEMPERATURE)
    return replace(first, sample=request.sample + attempt * OTHER_SAMPLE, temperature=warmer)


def _result(reply: Completion | Failure, validator: Validator, attempt: int, wrong: list[str]) -> Structured | Failure:
    if isinstance(reply, Failure):
        return reply
    value = _read(reply, validator)
    if isinstance(value, Found):
        return Structured(value.value, f"asked_again_{attempt}" if attempt else value.by, reply)
    wrong.append(value.reason)
    return Failure(value.rule, "; asked again: ".join(wrong), raw=reply.whole or reply.text)


def _read(reply: Completion, validator: Validator) -> Found | Unfit:
    """The answer up to its stop string; where that holds no such value, all of it: an empty line may stand within JSON."""
    whole = reply.whole or reply.text
    if reply.text != whole and isinstance(cut := read(reply.text, validator, whole=False), Found):
        return cut
    value = read(whole, validator, whole=reply.whole_finish == "stop")
    if isinstance(value, Unfit) and reply.whole_finish == "length":
        return Unfit(value.rule, f"cut off after max_new_tokens: {value.reason}")
    return value
