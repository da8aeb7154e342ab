"""A function → the same with one operator or number wrong, in all ways known.

    bugs("def f(x):\\n    return x + 1")   → ["def f(x):\\n    return x - 1", "def f(x):\\n    return x + 2"]

Mutation operators of DeMillo, Lipton and Sayward 1978 (Hints on test data selection): arithmetic, relation, logic, constant.
"""

import ast

_INSTEAD: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def bugs(code: str) -> list[str]:
    """All versions that differ in one place, in the order of `ast.walk`."""
    places = range(sum(1 for _ in ast.walk(ast.parse(code))))
    plain = ast.unparse(ast.parse(code))
    return [wrong for place in places if (wrong := _with_bug(code, place)) != plain]


def _with_bug(code: str, place: int) -> str:
    tree = ast.parse(code)
    node = list(ast.walk(tree))[place]
    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        node.op = _other(node.op)  # type: ignore[assignment]
    elif isinstance(node, ast.Compare):
        node.ops[0] = _other(node.ops[0])  # type: ignore[call-overload]
    elif isinstance(node, ast.Constant) and type(node.value) is int:
        node.value += 1
    return ast.unparse(tree)


def _other(operator: ast.AST) -> ast.AST:
    return _INSTEAD.get(type(operator), type(operator))()
