"""The standard library as Documents: public names only, functions that still parse, nothing imported."""

import ast
import sys

import pytest

from tasks.archive.found import Found, Unreadable
from tasks.archive.python_docs import documents, pin, texts
from tasks.archive.settings import PythonDocs
from tasks.errors import InputError
from tasks.records import Document

MODULE = '''"""Tools for tea."""
import os

if os.name == "posix":
    def boil(water, *, degrees=100):
        """Make water hot."""
        def stir(): pass
        return water
else:
    def boil(water): return water

def _hide(): pass

class Pot:
    """Holds tea."""

    def __len__(self): return 1

    @property
    def cups(self):
        """How many,
at most."""
        return 4

class _Lid:
    def lift(self): pass
'''


def source(*packages: str) -> PythonDocs:
    return PythonDocs(kind="python_docs", name="docs", license="PSF-2.0", packages=packages, shortest_docstring=80)


def by_title(found: list[Found]) -> dict[tuple[str, str], Document]:
    assert not any(isinstance(one, Unreadable) for one in found)
    return {(one.kind, one.title): one for one in found if isinstance(one, Document)}


def test_a_module_gives_its_public_docstrings_and_functions_with_qualified_names() -> None:
    assert [(kind, title) for kind, title, _ in texts(MODULE, "tea")] == [
        ("prose", "tea"),
        ("prose", "tea.boil"),
        ("code", "tea.boil"),
        ("code", "tea.boil"),
        ("prose", "tea.Pot"),
        ("prose", "tea.Pot.cups"),
        ("code", "tea.Pot.cups"),
    ]


def test_a_method_comes_with_its_decorators_at_the_left_margin() -> None:
    *_, (_, _, code) = texts(MODULE, "tea")
    assert code == '@property\ndef cups(self):\n    """How many,\nat most."""\n    return 4'


def test_every_function_of_real_packages_parses_alone() -> None:
    found = by_title(list(documents(source("json", "textwrap", "http"))))
    functions = [document for document in found.values() if document.kind == "code"]
    assert len(functions) > 100
    for document in functions:
        node = ast.parse(document.text).body[0]
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        assert document.title.endswith(f".{node.name}")
        assert not node.name.startswith("_")


def test_prose_and_code_of_a_package_share_a_source_and_topics_have_their_own() -> None:
    found = by_title(list(documents(source("json"))))
    prose, code = found["prose", "json.loads"], found["code", "json.loads"]
    assert prose.source == code.source == found["code", "json.decoder.JSONDecoder.decode"].source == "docs:json"
    assert prose.text.startswith("Deserialize ``s``")
    assert code.text.startswith("def loads(s, *, cls=None")
    assert found["prose", "assert"].source == "docs:topics/assert"
    assert prose.license == "PSF-2.0"


def test_short_docstrings_are_no_prose() -> None:
    assert all(
        len(document.text) >= 80
        for document in by_title(list(documents(source("json")))).values()
        if document.kind == "prose"
    )


def test_nothing_that_is_read_is_imported() -> None:
    before = set(sys.modules)
    assert len(list(documents(source("turtle", "cmd")))) > 100
    assert not {"turtle", "tkinter", "cmd", "pydoc_data.topics"} & (set(sys.modules) - before)


def test_an_unknown_package_has_its_nearest_right_name() -> None:
    with pytest.raises(InputError, match="did you mean 'json'"):
        list(documents(source("jsn")))


@pytest.mark.parametrize("package", ["sys", "_json", "test", "prefect"])
def test_what_has_no_public_source_in_the_library_is_refused(package: str) -> None:
    with pytest.raises(InputError, match="packages"):
        list(documents(source(package)))


def test_the_pin_is_of_the_packages_asked_for() -> None:
    assert pin(source("json")) == pin(source("json"))
    assert pin(source("json"))["sha256"] != pin(source("json", "cmd"))["sha256"]
    assert pin(source("json"))["python"] == ".".join(map(str, sys.version_info[:3]))
