"""Python that somebody wrote, looked at and never run: whether it parses, what it defines, what it lacks.

tree = parsed("def double(x):\\n    return factor * x")
definitions(tree)[0].name    → "double"
unbound(tree)                → ["factor"]
parsed("Sure!")              → None
"""

import ast
import builtins
import re
import warnings
from collections.abc import Iterator, Sequence

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_FENCED = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)\n?```", re.DOTALL | re.IGNORECASE)
_GIVEN = frozenset({*dir(builtins), "__name__", "__file__", "__doc__", "__builtins__"})
_NAMED = ast.ExceptHandler | ast.MatchAs | ast.MatchStar


def code_in(reply: str, whole: str = "") -> str:
    """The first fenced block of a reply, or all of it where there is none.

    `whole` is the reply with what follows its first empty line: who chats sets some before a fence and within it. Where the
    reply defines something by itself, what follows are examples that a base model goes on with.
    """
    tree = parsed(reply)
    fenced = None if tree and definitions(tree) else _FENCED.search(whole or reply)
    return _without_empty_lines(fenced[1]) if fenced else reply


def parsed(source: str) -> ast.Module | None:
    """The tree of a source, None where it is no Python."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "\d" in somebody's source is not our fault
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None


def definitions(tree: ast.Module) -> list[Definition]:
    """The functions and classes at the top."""
    return [node for node in tree.body if isinstance(node, Definition)]


def docstrings(tree: ast.Module) -> list[str]:
    """Those of functions, methods and classes, in the order of `ast.walk`."""
    found = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, Definition)]
    return [docstring for docstring in found if docstring]


def does(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that do something, out of their functions and classes: no headers, docstrings, `pass` and `...`."""
    for statement in statements:
        if isinstance(statement, Definition):
            yield from does(statement.body)
        elif not isinstance(statement, ast.Pass) and not (
            isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        ):
            yield statement


def unbound(tree: ast.Module) -> list[str]:
    """Names that are read, that nothing in the source binds anywhere, and that are not builtin; [] after `import *`."""
    nodes = list(ast.walk(tree))
    bound = {name for node in nodes for name in _binds(node)}
    if "*" in bound:
        return []
    read = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return sorted(read - bound - _GIVEN)


def _without_empty_lines(source: str) -> str:
    """The same program without empty lines, which end answers; as it was where they are part of a text in it."""
    closed = "\n".join(line for line in source.split("\n") if line.strip())
    before, after = parsed(source), parsed(closed)
    try:
        return closed if before and after and ast.dump(before) == ast.dump(after) else source
    except RecursionError:  # of dump: a sum of a thousand terms
        return source


def _binds(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    if isinstance(node, ast.alias):
        return [node.asname or node.name.partition(".")[0]]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    if isinstance(node, Definition | _NAMED):
        return [node.name] if node.name else []
    return []
