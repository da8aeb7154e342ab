"""Python in a reply is found, parsed, and asked what it defines and lacks, without being run."""

import pytest

from tasks.instructions.python_source import code_in, definitions, docstrings, does, parsed, unbound


@pytest.mark.parametrize(
    "reply", ["x = 1", "```python\nx = 1\n```", "Here it is:\n```\nx = 1\n```\nIt sets x.", "```PY \nx = 1```"]
)
def test_code_is_what_a_fence_holds_or_the_whole_reply(reply: str) -> None:
    assert code_in(reply) == "x = 1"


@pytest.mark.parametrize("text", ["Sure!", "def f(", "x = '\0'", "(" * 5000, "int main(void) { return 0; }"])
def test_what_is_no_python_has_no_tree(text: str) -> None:
    assert parsed(text) is None


def test_a_doubtful_escape_is_no_fault() -> None:
    assert parsed('x = "\\d" is 3') is not None


def test_what_is_defined_said_and_done() -> None:
    methods = '"""Of a module."""\nimport re\nclass A:\n    """Of a class."""\n    def f(self):\n        pass\n'
    tree = parsed(f"{methods}async def g():\n    return 1")
    assert tree is not None
    assert [node.name for node in definitions(tree)] == ["A", "g"]
    assert docstrings(tree) == ["Of a class."]
    assert [type(one).__name__ for one in does(tree.body)] == ["Import", "Return"]


@pytest.mark.parametrize(
    ("code", "lacks"),
    [
        ("def f(x):\n    return helper(x) + LIMIT", ["LIMIT", "helper"]),
        ("from math import *\nx = floor(2)", []),
        ("import os.path\nx = os.path.sep", []),
        ("x = [y for y in z]", ["z"]),
        ("def f(a, *b, c=len, **d):\n    return a, b, c, d", []),
        ("print(f(x=1))", ["f"]),
    ],
)
def test_names_that_nothing_binds_are_told(code: str, lacks: list[str]) -> None:
    tree = parsed(code)
    assert tree is not None and unbound(tree) == lacks
