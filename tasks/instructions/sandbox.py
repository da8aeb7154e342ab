"""The language of template files: Jinja expressions over the facts of one document, and nothing that can run away.

    >>> text("{{ parameters | join(' | ') }}")({"parameters": ["path", "mode"]})
    'path | mode'

A template file is data, so it may come from anybody. Jinja's sandbox stops `x.__class__`, but not `'a' * 10**10`, wide
format strings or nested loops. Here statements, calls, powers and products are refused when the file is read, and so is an
expression of more than MOST_PARTS. Filters are the few below; one that makes text is given at most LONGEST characters, and
join counts its own before it makes them, so that a chain or a nest of filters cannot grow. What is left may name a fact, as
long as its document, MOST_PARTS times before its result is counted, too.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from random import Random
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.errors import ParamsError

LONGEST = 4_000
"""Characters in the result of one expression or template."""

MOST_PARTS = 100
"""Names, values and operations of one expression or template: Jinja compiles a chain of n in the time of n³."""

_ALLOWED = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat,
)  # fmt: skip


class TooLong(TemplateError):
    """A text of more than LONGEST characters: no row is made of it."""


Filled = Callable[[Mapping[str, Any]], Any]


def text(source: str) -> Filled:
    """A template with {{ expressions }} as a function from names to text; jinja2.UndefinedError where a name is missing."""
    _plain(source, source)
    template = _environment().from_string(source)
    return lambda names: _bounded(template.render(names), source)


def value(source: str) -> Filled:
    """One expression as a function from names to its value; jinja2.UndefinedError where a name is missing."""
    _plain(f"{{{{ {source} }}}}", source)
    try:
        expression = _environment().compile_expression(source, undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise ParamsError(f"The expression {source!r} does not read as Jinja: {error.message}.") from error
    return lambda names: _bounded(expression(names), source)


def names_in(source: str) -> set[str]:
    """Names that a template takes from outside. Raises ParamsError where it is more than expressions."""
    return {node.name for node in _plain(source, source).find_all(nodes.Name)}


def joined(items: Iterable[Any], separator: str = "") -> str:
    """Items with a separator between them: (["path", "mode"], "; ") → "path; mode"."""
    parts = [str(item) for item in items]
    _within(sum(map(len, parts)) + len(separator) * max(0, len(parts) - 1), "join")
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


@cache
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    writers: dict[str, Callable[..., str]] = {
        "join": joined, "upper": lambda text: str(text).upper(), "json": lambda item: json.dumps(item, ensure_ascii=False),
        "blank": blank, "recase": recase, "heading": heading, "bullets": bullets,
    }  # fmt: skip
    counted = {name: _counted(name, write) for name, write in writers.items()}
    environment.filters = {"length": environment.filters["length"], "shuffled": shuffled, **counted}
    environment.tests = {name: environment.tests[name] for name in ("defined", "in")}
    environment.globals = {}
    return environment


def _plain(template: str, shown: str) -> nodes.Template:
    """The parsed template, before anything of it is compiled or folded. Raises ParamsError for all but plain expressions."""
    try:
        tree = _environment().parse(template)
        parts = list(tree.find_all(nodes.Node))
    except (TemplateSyntaxError, RecursionError) as error:
        raise ParamsError(f"The template {shown!r} does not read as Jinja: {error}.") from error
    if len(parts) > MOST_PARTS:
        raise ParamsError(
            f"The template {shown!r} has {len(parts)} parts, more than {MOST_PARTS}; take it apart with `let`."
        )
    for node in parts:
        if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Name) and node.name == "self"):
            raise ParamsError(f"The template {shown!r} uses {type(node).__name__}; only plain expressions are allowed.")
        if isinstance(node, nodes.Filter | nodes.Test):
            known = _environment().filters if isinstance(node, nodes.Filter) else _environment().tests
            if node.name not in known:
                raise ParamsError(f"The template {shown!r} uses {node.name!r}; known: {', '.join(known)}.")
    return tree


def _counted(name: str, write: Callable[..., str]) -> Callable[..., str]:
    """A filter that is given, and gives, a text of LONGEST characters at most."""

    def written(*given: Any) -> str:
        _within(sum(map(_size, given)), name)
        text = write(*given)
        _within(len(text), name)
        return text

    return written


def _size(value: Any) -> int:
    """Characters in a value, or in all that it holds."""
    if isinstance(value, Mapping):
        return sum(_size(key) + _size(item) for key, item in value.items())
    return sum(map(_size, value)) if isinstance(value, list | tuple) else len(str(value))


def _bounded(result: Any, source: str) -> Any:
    # A value made of bounded facts by bounded sources is small; a chain of `let` that doubles is not.
    _within(len(str(result)), source)
    return result


def _within(characters: int, source: str) -> None:
    if characters > LONGEST:
        raise TooLong(f"more than {LONGEST} characters from {source!r}")
