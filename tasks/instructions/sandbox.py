"""The language of template files: Jinja expressions over the facts of one document, and nothing that can run away.

    >>> text("{{ parameters | join(' | ') }}")({"parameters": ["path", "mode"]})
    'path | mode'

A template file is data, so it may come from anybody. Jinja parses it, and never runs it: each node of the few kinds below
becomes a closure here, so that no code is made of a file. A name after a dot is a key of a mapping, and never an attribute.
Statements, calls, powers, products and names such as `__class__` are refused when the file is read, as is an expression of
more than MOST_PARTS. Filters are those of filters.py; one that makes text is given at most LONGEST characters, and join
counts its own before it makes them, so that a chain or a nest of filters cannot grow. What is left may name a fact, as long
as its document, MOST_PARTS times before its result is counted, too.
"""

import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, UndefinedError, nodes

from tasks.errors import ParamsError
from tasks.instructions.filters import FILTERS, within

MOST_PARTS = 100
"""Names, values and operations of one expression or template."""

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "gteq": operator.ge, "lt": operator.lt, "lteq": operator.le,
    "in": lambda item, items: item in items, "notin": lambda item, items: item not in items,
}  # fmt: skip
_BINARY = {nodes.Add: operator.add, nodes.Sub: operator.sub}
_ALLOWED = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And,
    nodes.Or, nodes.Not, nodes.CondExpr, nodes.Add, nodes.Sub, nodes.Neg, nodes.Concat,
)  # fmt: skip
_TESTS = ("defined", "in")
_WORDS: dict[type[nodes.Node], str] = {
    nodes.Mul: "`*`", nodes.Div: "`/`", nodes.FloorDiv: "`//`", nodes.Mod: "`%`", nodes.Pow: "`**`", nodes.Pos: "a sign `+`",
    nodes.Call: "a call", nodes.For: "a loop", nodes.Name: "`self`",
}  # fmt: skip
"""What a reader calls the parts of Jinja that are refused; all others are statements."""
_GUIDE = "docs/guide/facts-and-filters.md"

Names = Mapping[str, Any]
Filled = Callable[[Names], Any]


def text(source: str) -> Filled:
    """A template with {{ expressions }} as a function from names to text; jinja2.UndefinedError where a name is missing."""
    outputs = [node for output in _plain(source, source).body for node in output.nodes]  # type: ignore[attr-defined]
    parts = [_closure(node) for node in outputs]
    if all(isinstance(node, nodes.TemplateData) for node in outputs):
        whole = "".join([part({}) for part in parts])
        within(len(whole), source)
        return _constant(whole)

    def filled(names: Names) -> str:
        written = "".join([str(part(names)) for part in parts])
        within(len(written), source)
        return written

    return filled


def value(source: str) -> Filled:
    """One expression as a function from names to its value; jinja2.UndefinedError where a name is missing."""
    [output] = _plain(f"{{{{ {source} }}}}", source).body
    if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
        raise ParamsError(f"{source!r} does not read as Jinja: it is not one expression.")
    expression = _closure(output.nodes[0])

    def filled(names: Names) -> Any:
        result = expression(names)
        # A value made of bounded facts by bounded sources is small; a chain of `let` that doubles is not.
        if not isinstance(result, bool | int):
            within(len(result) if isinstance(result, str) else len(str(result)), source)
        return result

    return filled


def names_in(source: str) -> set[str]:
    """Names that a template takes from outside. Raises ParamsError where it is more than expressions."""
    return {node.name for node in _plain(source, source).find_all(nodes.Name)}


@cache
def _environment() -> Environment:
    return Environment(keep_trailing_newline=True)


def _plain(template: str, shown: str) -> nodes.Template:
    """The parsed template. Raises ParamsError for all but plain expressions."""
    try:
        tree = _environment().parse(template)
        parts = list(tree.find_all(nodes.Node))
    except (TemplateSyntaxError, RecursionError) as error:
        raise ParamsError(f"{shown!r} does not read as Jinja: {error}.") from error
    if len(parts) > MOST_PARTS:
        raise ParamsError(f"{shown!r} has {len(parts)} parts, more than {MOST_PARTS}; take it apart with `let`.")
    for node in parts:
        _check(node, shown)
    return tree


def _check(node: nodes.Node, shown: str) -> None:
    if not isinstance(node, _ALLOWED) or (isinstance(node, nodes.Name) and node.name == "self"):
        what = _WORDS.get(type(node), "a statement {% … %}")
        raise ParamsError(f"{shown!r} uses {what}; only plain expressions are allowed: {_GUIDE}.")
    if isinstance(node, nodes.Getattr) and node.attr.startswith("__"):
        raise ParamsError(f"{shown!r} asks for {node.attr!r}; after a dot stands a key of a fact, no attribute of Python's.")
    if isinstance(node, nodes.Filter | nodes.Test):
        kind, known = ("filter", FILTERS) if isinstance(node, nodes.Filter) else ("test", _TESTS)
        if node.name not in known:
            raise ParamsError(f"{shown!r} uses {node.name!r}, which is no {kind}; {kind}s are {', '.join(known)}: {_GUIDE}.")
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            raise ParamsError(f"{shown!r} gives {node.name!r} other than plain arguments.")


def _closure(node: nodes.Node) -> Filled:
    """One node of a checked template as a function of names."""
    match node:
        case nodes.TemplateData():
            return _constant(node.data)
        case nodes.Const():
            return _constant(node.value)
        case nodes.Name():
            return _name(node.name)
        case nodes.List() | nodes.Tuple():
            items = [_closure(item) for item in node.items]
            return lambda names: [item(names) for item in items]
        case nodes.Dict():
            pairs = [(_closure(pair.key), _closure(pair.value)) for pair in node.items]
            return lambda names: {key(names): item(names) for key, item in pairs}
        case nodes.Getattr():
            return _item(node, _constant(node.attr))
        case nodes.Getitem():
            return _item(node, _closure(node.arg))
        case nodes.Slice():
            bounds = [_closure(bound) if bound else _constant(None) for bound in (node.start, node.stop, node.step)]
            return lambda names: slice(*(bound(names) for bound in bounds))
        case nodes.Filter():
            return _filter(node)
        case nodes.Test():
            return _test(node)
    return _operation(node)


def _operation(node: nodes.Node) -> Filled:
    match node:
        case nodes.Compare():
            return _compare(node)
        case nodes.And():
            left, right = _closure(node.left), _closure(node.right)
            return lambda names: left(names) and right(names)
        case nodes.Or():
            left, right = _closure(node.left), _closure(node.right)
            return lambda names: left(names) or right(names)
        case nodes.Not():
            operand = _closure(node.node)
            return lambda names: not operand(names)
        case nodes.Neg():
            number = _closure(node.node)
            return lambda names: -number(names)
        case nodes.Add() | nodes.Sub():
            apply, first, second = _BINARY[type(node)], _closure(node.left), _closure(node.right)
            return lambda names: apply(first(names), second(names))
        case nodes.Concat():
            parts = [_closure(part) for part in node.nodes]
            return lambda names: "".join([str(part(names)) for part in parts])
        case nodes.CondExpr():
            test, then = _closure(node.test), _closure(node.expr1)
            other = _closure(node.expr2) if node.expr2 else _missing("an else")
            return lambda names: then(names) if test(names) else other(names)
    raise AssertionError(f"{type(node).__name__} is in _ALLOWED and has no meaning here")


def _constant(value: Any) -> Filled:
    return lambda names: value


def _missing(what: str) -> Filled:
    def missing(names: Names) -> Any:
        raise UndefinedError(f"{what} is missing")

    return missing


def _name(name: str) -> Filled:
    def named(names: Names) -> Any:
        try:
            return names[name]
        except KeyError:
            raise UndefinedError(f"{name} is missing") from None

    return named


def _item(node: nodes.Getattr | nodes.Getitem, key: Filled) -> Filled:
    holder, whole = _closure(node.node), _spelt(node)

    def item(names: Names) -> Any:
        held, wanted = holder(names), key(names)
        try:
            return held[wanted]
        except (TypeError, LookupError):
            raise UndefinedError(f"{whole} is missing") from None

    return item


def _spelt(node: nodes.Node) -> str:
    """An expression as its file has it, with … for what is longer than a name, a place or a filter."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Const():
            return repr(node.value)
        case nodes.Neg():
            return f"-{_spelt(node.node)}"
        case nodes.Getattr():
            return f"{_spelt(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{_spelt(node.node)}[{_spelt(node.arg)}]"
        case nodes.Filter(node=nodes.Node() as given):
            return f"({_spelt(given)} | {node.name})"
    return "…"


def _filter(node: nodes.Filter) -> Filled:
    apply, arguments = FILTERS[node.name], [_closure(argument) for argument in node.args]
    given = _closure(node.node) if node.node else _missing("what is filtered")
    if not arguments:
        return lambda names: apply(given(names))
    return lambda names: apply(given(names), *[argument(names) for argument in arguments])


def _test(node: nodes.Test) -> Filled:
    tested = _closure(node.node)
    if node.name == "in":
        [items] = [_closure(argument) for argument in node.args]
        return lambda names: tested(names) in items(names)

    def defined(names: Names) -> bool:
        try:
            tested(names)
        except UndefinedError:
            return False
        return True

    return defined


def _compare(node: nodes.Compare) -> Filled:
    first, steps = _closure(node.expr), [(_COMPARE[step.op], _closure(step.expr)) for step in node.ops]
    if len(steps) == 1:
        [(apply, second)] = steps
        return lambda names: apply(first(names), second(names))

    def compared(names: Names) -> bool:
        left = first(names)
        for apply, operand in steps:
            right = operand(names)
            if not apply(left, right):
                return False
            left = right
        return True

    return compared
