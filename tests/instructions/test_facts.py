"""What is read from a document for the templates: signatures, defaults, sentences, words, in English and Chinese."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.instructions.facts import NAMES, facts
from tasks.instructions.library import Library
from tasks.records import Document
from tests.instructions.pages import pages


def code(text: str, title: str = "shelf.books.load") -> Document:
    return Document("0", text, "en", title, "code", "toy:shelf", "MIT")


def prose(text: str) -> Document:
    return Document("0", text, "en", "shelf", "prose", "toy:shelf", "MIT")


def test_a_function_is_told_apart_from_its_docstring() -> None:
    found = facts(
        code('def load(path, *rest, mode="r"):\n    """Load it. Twice."""\n    data = open(path)\n    return data.read()\n')
    )
    assert found["signature"] == "load(path, *rest, mode='r')"
    assert found["parameters"] == ["path", "mode", "rest"]
    assert (found["required"], found["defaults"], found["optional"]) == (["path"], {"mode": "'r'"}, ["mode='r'"])
    assert (found["module"], found["class"], found["name"], found["plain"]) == ("shelf.books", "none", "load", False)
    assert (found["returned"], found["first"], found["words"]) == ("data.read()", "Load it.", ["Load", "it"])
    assert found["code"] == "def load(path, *rest, mode='r'):\n    data = open(path)\n    return data.read()"


def test_self_cls_and_annotations_are_no_part_of_a_call() -> None:
    assert facts(code("def load(self, path: str) -> int: ...", "shelf.Book.load"))["signature"] == "load(path)"
    assert facts(code("@classmethod\ndef load(cls, path): ...", "shelf.Book.load"))["parameters"] == ["path"]
    assert facts(code("def load(cls): ...", "shelf.load"))["parameters"] == ["cls"]


@pytest.mark.parametrize(
    ("text", "title", "module", "owner"),
    [
        ("def load(self): ...", "shelf.books.Book.load", "shelf.books", "Book"),
        ("@staticmethod\ndef load(path): ...", "shelf.book.load", "shelf", "book"),
        ("async def load(path): ...", "shelf.books.load", "shelf.books", "none"),
    ],
)
def test_a_method_has_a_class_and_a_function_none(text: str, title: str, module: str, owner: str) -> None:
    found = facts(code(text, title))
    assert (found["module"], found["class"]) == (module, owner)


@pytest.mark.parametrize("title", ["load", "other.name", "shelf.Outer.Inner.load"])
def test_an_unclear_place_is_no_fact(title: str) -> None:
    assert "module" not in facts(code("def load(self): ...", title))


def test_every_required_argument_pairs_with_its_own_default() -> None:
    found = facts(code("def load(a, b=1, /, c=2, *, d, e=3): ..."))
    assert found["required"] == ["a", "d"]
    assert found["defaults"] == {"b": "1", "c": "2", "e": "3"}


LONG_SUM = f"def f(x):\n    return {'x + ' * 1_000}x\n"


@pytest.mark.parametrize(
    "text", ["", "x = 1", "def f(:", "def f(): ...\ndef g(): ...", "class A: ...", "\0", "f(" * 300, '"\\d"', LONG_SUM]
)
def test_what_is_no_single_function_has_only_its_title(text: str) -> None:
    assert facts(code(text)) == {"title": "shelf.books.load", "kind": "code", "language": "en"}


def test_headings_are_passed_over_and_examples_end_the_prose() -> None:
    found = facts(
        prose("Shelves\n=======\n\nA shelf holds books.  It may\nbe long, e.g. Five metres.\n\n>>> Shelf()\n\nNever read.")
    )
    assert found["sentences"] == ["A shelf holds books.", "It may be long, e.g. Five metres."]


def test_chinese_sentences_end_without_a_space_and_have_no_words() -> None:
    found = facts(prose("书架上有书。它很长！还有吗？"))
    assert found["sentences"] == ["书架上有书。", "它很长！", "还有吗？"]
    assert "words" not in found


@pytest.mark.parametrize("text", ["", "no capital.", "No end", "| a | b |", "Uses x_1 for 3 names."])
def test_text_without_plain_words_has_no_words(text: str) -> None:
    assert "words" not in facts(prose(text))


def test_every_fact_is_declared_and_some_page_has_it() -> None:
    documents = [*pages(), code('def load(a, b=1):\n    """Load some books. Other words follow here."""\n    return b')]
    library = Library(documents)
    assert {name for document in documents for name in library.facts(document)} == NAMES


def test_lines_of_chinese_are_joined_without_a_space() -> None:
    assert facts(prose("书架上有书，\n也有信。"))["sentences"] == ["书架上有书，也有信。"]
    assert facts(prose("A shelf holds\nbooks."))["sentences"] == ["A shelf holds books."]


@given(st.text(max_size=300), st.sampled_from(["prose", "dialogue", "table", "code"]))
def test_no_text_is_too_odd_for_facts(text: str, kind: str) -> None:
    found = facts(Document("0", text, "en", "odd", kind, "toy:odd", "MIT"))
    assert found["title"] == "odd"
    assert set(found) <= NAMES
