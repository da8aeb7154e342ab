"""What is worked out by a shorter way says the same as the longer one: ids of many, and code without its docstring."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.instructions.facts import facts
from tasks.records import Document, content_id, content_ids

BODIES = [
    "return a",
    "if a:\n        return b\n    raise ValueError(a)",
    "x = 'two\\nlines'\n    return x",
    "x = '''two\nlines'''\n    return x",
    "x = f'''{a}\nlines'''\n    return x",
    "x = 1\n    def inner():\n        '''Said\n        twice.'''\n    return inner",
    "class Inner:\n        y = 1\n    return Inner",
    "with a as c, b:\n        pass",
    "return lambda x: x",
]


@given(st.lists(st.text(max_size=6), max_size=3), st.lists(st.text(max_size=6), max_size=5))
def test_ids_of_many_are_those_of_each(parts: list[str], lasts: list[str]) -> None:
    assert list(content_ids(parts, lasts)) == [content_id(*parts, last) for last in lasts]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("head", ["def f(a, *, b=1):", "async def f(a, /, *rest):"])
def test_code_is_written_as_python_itself_writes_it(head: str, body: str) -> None:
    written = facts(Document("0", f'{head}\n    """Say it."""\n    {body}\n', "en", "toy.f", "code", "toy:f", "MIT"))
    assert written["code"] == ast.unparse(ast.parse(f"{head}\n    {body}\n"))
    assert ast.unparse(ast.parse(written["code"])) == written["code"]
