"""Templates cannot reach Python, loop, grow without end or take long; a missing name is an error."""

import time
import tracemalloc

import pytest
from jinja2 import TemplateError, UndefinedError

from tasks.errors import ParamsError
from tasks.instructions import filters, sandbox
from tasks.instructions.filters import TooLong

HOSTILE = [
    "''.__class__.__mro__", "''['__class__']", "''|attr('__class__')", "name.__init__.__globals__", "self",
    "self._TemplateReference__context", "cycler.__init__.__globals__.os", "lipsum.__globals__", "joiner()", "namespace()",
    "range(9999999)", "dict(a=1)", "config", "request", "name.upper()", "name.format(name)", "'{:>999999999}'.format(1)",
    "'%999999999d' % 1", "name % 1", "'a' * 10**10", "name * 999999999", "2 ** 99999999", "10 // 0", "10 / 0",
    "name|format(1)", "name|center(99999999)", "name|indent(99999999)", "name|map('upper')", "name|list", "name|pprint",
    "name|tojson", "name|safe", "name|urlize", "name|batch(1)", "name is callable", "name is sameas name", "loop",
    "caller()", "''.join.__self__", "name.__reduce_ex__(2)", "[].append(1)",
]  # fmt: skip
STATEMENTS = [
    "{% for a in name %}{% endfor %}", "{% set a = name %}", "{% macro m() %}{% endmacro %}", "{% include 'passwd' %}",
    "{% import 'os' as os %}", "{% extends 'a' %}", "{% if name %}{% endif %}", "{% raw %}{% endraw %}{{ ''.x() }}",
    "{% filter upper %}{% endfilter %}", "{% call a() %}{% endcall %}", "{% autoescape false %}{% endautoescape %}",
    "{{ name", "{% block a %}", "{{ name }} {% do 1 %}",
]  # fmt: skip


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_expression_is_refused_or_finds_nothing(source: str) -> None:
    started = time.process_time()
    with pytest.raises((ParamsError, UndefinedError, TemplateError)):
        sandbox.value(source)({"name": "fill", "parameters": ["a"]})
    assert time.process_time() - started < 1


@pytest.mark.parametrize("source", STATEMENTS)
def test_statements_are_refused(source: str) -> None:
    with pytest.raises(ParamsError):
        sandbox.text(source)


def test_a_result_that_doubles_is_stopped() -> None:
    names = {"a": "x" * 3000}
    with pytest.raises(TemplateError, match="4000 characters"):
        sandbox.value("a ~ a")(names)


def test_a_missing_name_is_an_error_not_an_empty_string() -> None:
    with pytest.raises(UndefinedError):
        sandbox.text("{{ nam }}")({"name": "fill"})
    with pytest.raises(UndefinedError):
        sandbox.value("parameters[3]")({"parameters": []})


def test_names_that_come_from_outside_are_known() -> None:
    assert sandbox.names_in("{{ a.b ~ c[0] | join(d) }} e") == {"a", "c", "d"}


def test_shuffling_depends_on_the_chance_alone_and_loses_nothing() -> None:
    items = list("abcdefgh")
    assert filters.shuffled(items, 0.25) == filters.shuffled(items, 0.25) != filters.shuffled(items, 0.75)
    assert sorted(filters.shuffled(items, 0.25)) == items


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("camelCase", "readAllLines"),
        ("PascalCase", "ReadAllLines"),
        ("kebab-case", "read-all-lines"),
        ("UPPER_CASE", "READ_ALL_LINES"),
    ],
)
def test_a_name_in_another_case(case: str, expected: str) -> None:
    assert filters.recase("read_all_lines", case) == expected


def test_a_blank_takes_the_word_and_not_a_longer_one() -> None:
    assert filters.blank("Files in a file of files.", "file") == "Files in a ____ of files."


@pytest.mark.parametrize(
    "source",
    [
        "{{ t | join(t | join(t | join(t))) }}",
        "{{ t" + " | json" * 40 + " }}",
        "{{ t" + " | upper | json" * 20 + " }}",
        "{{ [t | join(t), t | join(t), t | join(t), t | join(t)] | bullets(t | join(t)) }}",
        "{{ '\"'" + " | json" * 40 + " }}",
    ],
)
def test_filters_that_feed_each_other_are_stopped_before_they_have_built_much(source: str) -> None:
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(TooLong):
        sandbox.text(source)({"t": '"' * 300})
    seconds, (_, most) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 2
    assert most < 5_000_000


@pytest.mark.parametrize(
    "source", ["{{ t" + " | upper" * 2000 + " }}", "{{ " + "(" * 3000 + "t }}", "{{ t" + " + t" * 300 + " }}"]
)
def test_an_expression_of_many_parts_is_refused_at_once(source: str) -> None:
    started = time.perf_counter()
    with pytest.raises(ParamsError):
        sandbox.text(source)
    assert time.perf_counter() - started < 2


def test_many_names_can_be_counted_and_shuffled_but_not_written_out() -> None:
    names = {"siblings": [f"function_{number}" for number in range(5_000)], "chance": 0.5}
    assert sandbox.value("siblings | length")(names) == 5_000
    assert len(sandbox.text("{{ (siblings | shuffled(chance))[:3] | join(', ') }}")(names)) < 60
    with pytest.raises(TooLong):
        sandbox.text("{{ siblings | join(', ') }}")(names)
