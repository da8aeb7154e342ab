"""What is known of a Python function from its source, by name.

    def fill(text, width=70):            name fill, signature fill(text, width=70), arguments text, width=70,
        return wrap(text, width)     →   parameters [text, width], required [text], defaults {width: 70},
                                         returned wrap(text, width), calls [wrap]

Signatures and parameters are those of a call: without self, cls and annotations.
"""

import ast
from typing import Any

from tasks.instructions.python_source import parsed
from tasks.records import Document

NAMES = frozenset(
    {"name", "module", "class", "signature", "arguments", "parameters", "plain", "required", "defaults", "optional"}
    | {"with_default", "code", "body", "returned", "calls", "raised", "siblings"}
)

_WRITTEN_OTHERWISE_WITHIN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.JoinedStr)
"""What `ast.unparse` sets empty lines before, or may write over several lines."""

Facts = dict[str, Any]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def facts_of_code(document: Document) -> tuple[Facts, str]:
    """The facts of the one function that a Document is, and its docstring; ({}, "") where it is anything else.

    Also where its expressions stand too deep within one another to be written out, such as a sum of 400 terms.
    """
    try:
        function = _function(document.text)
        return _facts_of(function, document) if function else ({}, "")
    except RecursionError:
        return {}, ""


def _facts_of(function: Function, document: Document) -> tuple[Facts, str]:
    docstring, receiver = ast.get_docstring(function), _receiver(function)
    statements = function.body[docstring is not None :]
    function.args = _arguments(function.args, receiver)
    found = {"name": function.name, **_place(document, function.name, method=bool(receiver) or _is_static(function))}
    return {**found, **_signature(function.name, function.args), **_body(function, statements)}, docstring or ""


def _function(source: str) -> Function | None:
    tree = parsed(source)
    body = tree.body if tree else []
    return body[0] if len(body) == 1 and isinstance(body[0], Function) else None


def _receiver(function: Function) -> str:
    """self or cls, where the first argument is one; "" for a function that is called by itself."""
    first = [*function.args.posonlyargs, *function.args.args][:1]
    names = {"self"} | ({"cls"} if "classmethod" in _decorators(function) else set())
    return first[0].arg if first and first[0].arg in names else ""


def _is_static(function: Function) -> bool:
    return "staticmethod" in _decorators(function)


def _decorators(function: Function) -> set[str]:
    return {ast.unparse(decorator) for decorator in function.decorator_list}


def _place(document: Document, name: str, *, method: bool) -> Facts:
    """Module and class of `email.message.Message.get`; class none for a function. Classes within classes are left out."""
    *outer, last = document.title.split(".")
    parts = outer[:-1] if method else outer
    if last != name or not parts or any(part[:1].isupper() for part in parts):
        return {}
    return {"module": ".".join(parts), "class": outer[-1] if method else "none"}


def _arguments(given: ast.arguments, receiver: str) -> ast.arguments:
    """The arguments of a call: no self or cls, no annotations."""
    for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]:
        if argument:
            argument.annotation = None
    if receiver:
        (given.posonlyargs or given.args).pop(0)
    return given


def _signature(name: str, given: ast.arguments) -> Facts:
    positional = [argument.arg for argument in [*given.posonlyargs, *given.args]]
    values = dict(zip(reversed(positional), (ast.unparse(value) for value in reversed(given.defaults)), strict=False))
    for argument, value in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        if value is not None:
            values[argument.arg] = ast.unparse(value)
    named = [*positional, *(argument.arg for argument in given.kwonlyargs)]
    stars = [star.arg for star in (given.vararg, given.kwarg) if star]
    arguments = ast.unparse(given)
    return {
        "signature": f"{name}({arguments})",
        "arguments": arguments,
        "plain": not stars and not given.posonlyargs and not given.kwonlyargs,
        "parameters": [*named, *stars],
        "required": [name for name in named if name not in values],
        "defaults": {name: values[name] for name in named if name in values},
        "optional": [f"{name}={values[name]}" for name in named if name in values],
        "with_default": [name for name in named if name in values],
    }


def _body(function: Function, statements: list[ast.stmt]) -> Facts:
    """The code without docstring, its statements alone, the one expression returned, and what it calls and raises."""
    if not statements:
        return {}
    nodes = [node for statement in statements for node in ast.walk(statement)]
    returns = [node.value for node in nodes if isinstance(node, ast.Return) and node.value is not None]
    returned = {"returned": ast.unparse(returns[0])} if len(returns) == 1 else {}
    body = "\n".join(map(ast.unparse, statements))
    return {
        "code": _code(function, statements, body, nodes),
        "body": body,
        "calls": _once(node.func.id for node in _in_order(nodes, ast.Call) if isinstance(node.func, ast.Name)),
        "raised": _once(name for node in _in_order(nodes, ast.Raise) if (name := _raised(node))),
        **returned,
    }


def _code(function: Function, statements: list[ast.stmt], body: str, nodes: list[ast.AST]) -> str:
    """The function without docstring, decorators and annotations, as `ast.unparse` writes it."""
    if any(isinstance(node, _WRITTEN_OTHERWISE_WITHIN) for node in nodes):
        function.body, function.decorator_list, function.returns = statements, [], None
        return ast.unparse(function)
    # To unparse once more what is only indented costs a fifth of all that is found of a function.
    head = "async def" if isinstance(function, ast.AsyncFunctionDef) else "def"
    indented = "\n".join(f"    {line}" for line in body.split("\n"))
    return f"{head} {function.name}({ast.unparse(function.args)}):\n{indented}"


def _in_order(nodes: list[ast.AST], kind: type[Any]) -> list[Any]:
    """Nodes of a kind as they begin in the text."""
    return sorted((node for node in nodes if isinstance(node, kind)), key=lambda node: (node.lineno, node.col_offset))


def _raised(statement: ast.Raise) -> str:
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return raised.id if isinstance(raised, ast.Name) and raised.id[:1].isupper() else ""


def _once(names: Any) -> list[str]:
    return list(dict.fromkeys(names))
