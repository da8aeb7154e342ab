"""Python in a reply is found, parsed, and asked what it defines and lacks, without being run."""

import pytest

from tasks.instructions.python_source import code_in, definitions, docstrings, does, parsed, unbound


@pytest.mark.parametrize(
    "reply", ["x = 1", "```python\nx = 1\n```", "Here it is:\n```\nx = 1\n```\nIt sets x.", "```PY \nx = 1```"]
)
def test_code_is_what_a_fence_holds_or_the_whole_reply(reply: str) -> None:
    assert code_in(reply) == "x = 1"


CHATS = [
    "Here is the solution:\n\n```python\ndef f(x):\n    return x + 1\n```",
    "Solution\n\nIt adds one.\n\n```python\ndef f(x):\n\n    return x + 1\n```\n\nIt is called by `f(2)`.",
    "```python\ndef f(x):\n\n\n    return x + 1\n```",
]


@pytest.mark.parametrize("whole", CHATS)
def test_who_chats_sets_empty_lines_before_a_fence_and_within_it(whole: str) -> None:
    assert code_in(whole.partition("\n\n")[0], whole) == "def f(x):\n    return x + 1"


def test_who_goes_on_with_examples_of_its_own_has_answered_before_the_empty_line() -> None:
    said = "def f(x):\n    return x + 1"
    for more in ("Problem: Add two.\nSolution: def g(x):\n    return x + 2", "```python\ndef g(x):\n    return x + 2\n```"):
        assert code_in(said, f"{said}\n\n{more}") == said
    assert code_in("I do not know.", "I do not know.\n\nProblem: Add two.") == "I do not know."


def test_empty_lines_stay_where_they_are_a_part_of_what_is_said() -> None:
    code = 'def f():\n    return """a\n\nb"""'
    assert code_in("```python", f"```python\n{code}\n```") == code


def test_a_program_too_deep_to_be_compared_keeps_its_empty_lines() -> None:
    code = f"def f(x):\n\n    return {'x + ' * 1_000}x"
    assert code_in("", f"```python\n{code}\n```") == code


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
