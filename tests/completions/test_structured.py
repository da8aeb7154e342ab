"""Requests for JSON: who is asked again, how often and how, and what is kept of it."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from jsonschema import SchemaError

from tasks.completions import Completion, Failure, Journal, Reply, Request, complete
from tasks.completions.structured import Structured, as_text, ask_structured
from tests.completions.test_json_reply import FIG, FRUIT


@dataclass
class Scripted:
    """A model that answers by a function of the request and counts what it is asked."""

    answer: Callable[[Request], Reply | Failure | str]
    identity: str = "scripted"
    requests: list[Request] = field(default_factory=list)

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        for index, request in enumerate(requests):
            self.requests.append(request)
            said = self.answer(request)
            yield [(index, Reply(said, "stop", 9, 20) if isinstance(said, str) else said)]


@dataclass
class Asker:
    """What Teacher.ask is, without a stage around it."""

    model: Scripted
    journal: Journal

    def __call__(self, requests: Sequence[Request]) -> Sequence[Completion | Failure]:
        return complete(requests, self.model, self.journal).results


@pytest.fixture
def asker(tmp_path: Path) -> Callable[..., Asker]:
    return lambda answer: Asker(Scripted(answer), Journal(tmp_path / "journal.sqlite"))


def by_attempt(*replies: str) -> Callable[[Request], str]:
    """The first reply to the first request, the second where it is asked again, …"""
    return lambda request: replies[request.sample // 1000]


@pytest.mark.parametrize(
    ("replies", "path"),
    [
        (['{"name": "fig"}'], "strict"),
        (["{'name': 'fig'}"], "repaired"),
        (["fig", '{"name": "fig"}'], "asked_again_1"),
        (["fig", '{"name": 3}', "{'name': 'fig'}"], "asked_again_2"),
    ],
)
def test_a_value_tells_how_it_was_had(asker: Callable[..., Asker], replies: list[str], path: str) -> None:
    ask = asker(by_attempt(*replies))
    [found] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(found, Structured)
    assert (found.value, found.path, found.completion.whole) == (FIG, path, replies[-1])
    assert len(ask.model.requests) == len(replies)


def test_who_is_asked_again_is_asked_warmer_and_for_another_sample(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: "no")
    ask_structured(ask, [Request("greedy", 40), Request("warm", 40, temperature=1.0, sample=2)], FRUIT)
    asked = [(request.prompt, request.temperature, request.sample) for request in ask.model.requests]
    assert asked == [
        ("greedy", 0.0, 0), ("warm", 1.0, 2), ("greedy", 0.7, 1000), ("warm", 1.0, 1002), ("greedy", 0.7, 2000),
        ("warm", 1.0, 2002),
    ]  # fmt: skip
    assert {request.schema for request in ask.model.requests} == {as_text(FRUIT)}


def test_three_wrong_replies_are_a_failure_that_tells_of_each_and_keeps_the_last(asker: Callable[..., Asker]) -> None:
    ask = asker(by_attempt("first", '{"name": "fig", "name": "plum"}', '{"name": 3}'))
    [failure] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(failure, Failure)
    assert (failure.rule, failure.raw) == ("schema", '{"name": 3}')
    assert failure.reason == (
        "no JSON value in the reply; asked again: a key comes twice in one object, in the value at character 1; "
        "asked again: $.name: 3 is not of type 'string'"
    )


def test_a_failure_of_the_model_is_passed_on_and_not_asked_again(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: Failure("deadline", "60 s"))
    assert ask_structured(ask, [Request("a fruit", 40)], FRUIT) == [Failure("deadline", "60 s")]
    assert len(ask.model.requests) == 1


def test_only_wrong_replies_are_asked_again_and_results_keep_their_order(asker: Callable[..., Asker]) -> None:
    def answer(request: Request) -> str:
        return "no" if request.prompt == "b" and not request.sample else json.dumps({"name": request.prompt})

    ask = asker(answer)
    found = ask_structured(ask, [Request(prompt, 40) for prompt in "abc"], FRUIT)
    assert [(one.value["name"], one.path) for one in found if isinstance(one, Structured)] == [
        ("a", "strict"), ("b", "asked_again_1"), ("c", "strict"),
    ]  # fmt: skip
    assert len(ask.model.requests) == 4


def test_replies_are_read_from_the_journal_so_that_reading_them_otherwise_costs_no_call(
    asker: Callable[..., Asker],
) -> None:
    ask = asker(by_attempt("no", "{'name': 'fig'}"))
    first = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    plain = [replace(request) for request in ask.model.requests]
    again = asker(by_attempt("asked", "asked", "asked"))
    assert ask_structured(again, [Request("a fruit", 40)], FRUIT) == first
    assert [reply.text for reply in again(plain) if isinstance(reply, Completion)] == ["no", "{'name': 'fig'}"]
    assert again.model.requests == []


def test_what_was_thought_is_no_part_of_the_answer(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: '<think>Is it {"name": "plum"}? No.</think>\n{"name": "fig"}')
    [found] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(found, Structured) and found.value == FIG
    never_ended = asker(lambda request: '<think>{"name": "plum"}')
    [failure] = ask_structured(never_ended, [Request("another", 40)], FRUIT)
    assert isinstance(failure, Failure) and failure.rule == "not_json"


def test_an_empty_line_before_or_within_the_json_does_not_end_it(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: 'Here you are:\n\n{"name": "fig",\n\n"seeds": 3}')
    [found] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(found, Structured)
    assert (found.value, found.path) == ({"name": "fig", "seeds": 3}, "strict")


def test_what_follows_the_stop_string_is_no_second_answer(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: '{"name": "fig"}\n\nInput: blue\nOutput: {"name": "plum"}')
    [found] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(found, Structured) and found.value == FIG


def test_a_reply_without_room_is_not_repaired(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: Reply('{"name": "fig"', "length", 40))
    [failure] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(failure, Failure) and failure.reason.startswith("cut off after max_new_tokens")


def test_a_wrong_schema_is_named_before_anybody_is_asked(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: "{}")
    with pytest.raises(SchemaError):
        ask_structured(ask, [Request("a fruit", 40)], {"type": "objekt"})
    assert ask.model.requests == []


def test_a_reply_that_broke_off_after_an_empty_line_is_not_repaired_either(asker: Callable[..., Asker]) -> None:
    ask = asker(lambda request: Reply('Here it is:\n\n{"name": "fig"', "length", 40))
    [failure] = ask_structured(ask, [Request("a fruit", 40)], FRUIT)
    assert isinstance(failure, Failure) and failure.reason.startswith("cut off after max_new_tokens")
