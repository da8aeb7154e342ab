"""Replies that should be JSON: what is read, what is repaired, what is refused and why."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tasks.completions.json_reply import Found, Unfit, read

FRUIT = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "seeds": {"type": "integer"}, "sweet": {"type": ["boolean", "null"]}},
    "required": ["name"],
    "additionalProperties": False,
}
CHINESE = {
    "type": "object",
    "properties": {"名称": {"type": "string"}, "数量": {"type": "integer"}},
    "required": ["名称"],
    "additionalProperties": False,
}
LIST = {"type": "array", "items": {"type": "string"}}
ANYTHING = Draft202012Validator({})
FIG = {"name": "fig"}


def outcome(text: str, schema: dict[str, Any] = FRUIT) -> Any:
    """The value and how it was had, or the rule that refuses it."""
    found = read(text, Draft202012Validator(schema))
    return (found.value, found.by) if isinstance(found, Found) else found.rule


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"name": "fig"}', FIG),
        (' \n\t{"name":"fig"}\r\n ', FIG),
        ('\ufeff{"name": "fig"}', FIG),
        ('\u3000{"name": "fig"}', FIG),
        ('```json\n{"name": "fig"}\n```', FIG),
        ('```\n{"name": "fig"}\n```', FIG),
        ('```JSON\n{"name": "fig"}', FIG),
        ('Sure! Here it is:\n\n```json\n{"name": "fig"}\n```\nAnything else?', FIG),
        ('The answer is {"name": "fig"}, I think.', FIG),
        ('Use {braces} like [1] so: {"name": "fig"}', FIG),
        ('{"name": "fig"} Or again: {"name": "fig"}', FIG),
        ('{"name": "fig"}}', FIG),
        ('First {"fruit": "fig"}, I mean {"name": "fig"}', FIG),
        ('{"name": "a {curly} [square] \\"quoted\\" one"}', {"name": 'a {curly} [square] "quoted" one'}),
        ('{"name": "\\ud83c\\udf4e"}', {"name": "🍎"}),
        ('{"name": ""}', {"name": ""}),
        ("好的，结果如下：\n{\"name\": \"无花果：甜，软\"}\n希望有帮助。", {"name": "无花果：甜，软"}),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_stands_whatever_is_around_it(text: str, value: Any) -> None:
    assert outcome(text) == (value, "strict")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"name": "fig",}', FIG),
        ("{'name': 'fig'}", FIG),
        ("{name: 'fig'}", FIG),
        ('{"name": "fig"', FIG),
        ('{"name": "fig"]', FIG),
        ('{{"name": "fig"}}', FIG),
        ('{"name": "fig" "seeds": 3}', {"name": "fig", "seeds": 3}),
        ('{"name": "fig"; "seeds": 3}', {"name": "fig", "seeds": 3}),
        ('{"name": "fig", // the best\n "seeds": 3}', {"name": "fig", "seeds": 3}),
        ('{"name": "fig", /* the best */ "seeds": 3}', {"name": "fig", "seeds": 3}),
        ('{"name": "fig", # the best\n "seeds": 3}', {"name": "fig", "seeds": 3}),
        ("{'name': 'fig', 'sweet': True}", {"name": "fig", "sweet": True}),
        ("{'name': 'fig', 'sweet': None}", {"name": "fig", "sweet": None}),
        ('{"name": "http://a.example/#fig",}', {"name": "http://a.example/#fig"}),
        ('{"name": "one\nline"}', {"name": "one\nline"}),
        ('{"name": "a "sweet" fig"}', {"name": 'a "sweet" fig'}),
        ('Here: {"name": "fig",} Hope this helps!', FIG),
        ('```json\n{"name": "fig",}\n```', FIG),
        ('```json\n{"name": "fig"\n```', FIG),
    ],
)  # fmt: skip
def test_marks_are_repaired(text: str, value: Any) -> None:
    assert outcome(text) == (value, "repaired")


@pytest.mark.parametrize(
    "text",
    [
        '{"名称"："苹果，红"，"数量"：3}',
        "{“名称”：“苹果，红”，“数量”：3}",
        '｛"名称"："苹果，红"，"数量"：3｝',
        "{'名称': '苹果，红', '数量': 3,}",
        "It's：｛“名称”：“苹果，红”，“数量”：3｝。",
    ],
)
def test_marks_of_a_chinese_keyboard_are_repaired_and_those_within_a_text_are_kept(text: str) -> None:
    assert outcome(text, CHINESE) == ({"名称": "苹果，红", "数量": 3}, "repaired")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "no idea",
        "不知道。",
        "```json\n```",
        '{"name": "fi',
        '{"name": "fig", "seeds": 1',
        '{"name": "fig", "na',
        '```json\n{"name": "fig",\n```',
        '{"name": NaN}',
        '{"name": "fig", "seeds": Infinity}',
        '{"name": "fig", "seeds": 1e999}',
        '{"name": "fig", "seeds": 123456789012345678901234567890}',
        '{"name": "fig", "seeds": ' + "9" * 5000 + "}",
        '{"name": "fig", "name": "plum"}',
        '{"name": "fig", "name": "plum",}',
        '{"name": "fig"}\n{"name": "plum"}',
        '{"name": "fig",}\n{"name": "plum",}',
        'For example {"name": "fig"}, so: {"name": "plum",}',
        '{"name": "fig"} {"name": "pl',
        '{"name": "fig", "seeds": 50%}',
        '{"name": "fig" "plum"}',
        "{'name': 'it's a fig'}",
        '{"name": undefined}',
        '{"name": fig}',
        '{"name" = "fig"}',
        '{"name": "fig", ...}',
        '{"name": """fig"""}',
        '{"name": "\\ud800"}',
        '{"name": "\ud800"}',
        "[" * 10_000,
        '{"name":' * 10_000,
        '[{"name": "fig"}, ' + "[" * 100 + "]" * 100 + "]",
        '{"name": "' + "x" * 50_000_000 + '"}',
        '"' * 50_000_000,
        "name: fig",
        "<name>fig</name>",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_what_would_have_to_be_guessed_is_no_json_and_is_told_at_once(text: str) -> None:
    started = time.process_time()
    assert outcome(text) == "not_json"
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"name": 3}', "$.name: 3 is not of type 'string'"),
        ("{}", "$: 'name' is a required property"),
        ('{"name": "fig", "colour": "green"}', "$: Additional properties are not allowed ('colour' was unexpected)"),
        ('["fig"]', "$: ['fig'] is not of type 'object'"),
        ("3", "$: 3 is not of type 'object'"),
        ('"fig"', "$: 'fig' is not of type 'object'"),
        ("null", "$: None is not of type 'object'"),
        ("{'name': 3,}", "$.name: 3 is not of type 'string'"),
    ],
)
def test_json_of_another_kind_is_told_with_its_place(text: str, told: str) -> None:
    assert read(text, Draft202012Validator(FRUIT)) == Unfit("schema", told)


@pytest.mark.parametrize("text", ['{"name": "it is not a fi', '["fig", "pl', '{"name": "fig"'])
def test_what_was_cut_off_is_not_repaired(text: str) -> None:
    assert isinstance(read(text, ANYTHING, whole=False), Unfit)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ('["a", "b"]', LIST, ["a", "b"]),
        ('"positive"', {"type": "string"}, "positive"),
        ('```json\n"positive"\n```', {"type": "string"}, "positive"),
        ("4.5", {"type": "number"}, 4.5),
    ],
)
def test_lists_and_plain_values_may_be_asked_for(text: str, schema: dict[str, Any], value: Any) -> None:
    assert outcome(text, schema) == (value, "strict")


def test_an_object_is_not_repaired_into_an_array() -> None:
    assert outcome('{"name" = "fig"}', LIST) == outcome('{"a",}', LIST) == "not_json"


def test_values_within_a_broken_one_are_not_taken_for_the_answer() -> None:
    assert outcome('{"all": [{"name": "fig"}], "all": []}') == "not_json"


@pytest.mark.whole  # seconds
def test_a_repair_of_the_longest_text_takes_seconds_at_most() -> None:
    started = time.process_time()
    read("{" + "(" * 19_900 + "}", ANYTHING)
    read("{" + '"a" ' * 4_900 + "}", ANYTHING)
    assert time.process_time() - started < 10


plain = st.characters(exclude_categories=["Cs"])
leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    leaves | st.text(plain), lambda inner: st.lists(inner) | st.dictionaries(st.text(plain), inner), max_leaves=20
)


@given(values, st.booleans(), st.sampled_from(["{}", "```json\n{}\n```", "\ufeff{}\n"]))
def test_whatever_meets_the_schema_comes_back_as_it_was(value: Any, ascii_only: bool, around: str) -> None:
    text = around.replace("{}", json.dumps(value, ensure_ascii=ascii_only))
    assert read(text, ANYTHING) == Found(value, "strict")


@given(st.text() | st.text(alphabet="{}[]\"':,“”：，\\/*#.tT rueNa1\n`"))
def test_no_text_raises(text: str) -> None:
    assert isinstance(read(text, ANYTHING), Found | Unfit)
    assert isinstance(read(text, Draft202012Validator(FRUIT)), Found | Unfit)
