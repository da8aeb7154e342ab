"""docs/guide/facts-and-filters.md names every fact and filter there is, with what documents have and filters give."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.instructions import facts, sandbox
from tasks.instructions.filters import FILTERS
from tasks.instructions.library import Library
from tasks.records import Document
from tests.instructions.pages import pages

GUIDE = (Path(__file__).parents[2] / "docs/guide/facts-and-filters.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by the name in the first cell."""
    lines = GUIDE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip().replace("\\|", "|") for cell in row[1:]] for row in rows}


def is_text(value: Any) -> bool:
    return isinstance(value, str)


def is_list_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


def is_mapping(value: Any) -> bool:
    return isinstance(value, dict) and all(map(is_text, [*value, *value.values()]))


TYPES = {
    "text": is_text,
    "list of texts": is_list_of(is_text),
    "list of lists of texts": is_list_of(is_list_of(is_text)),
    "mapping to texts": is_mapping,
    "list of mappings to texts": is_list_of(is_mapping),
    "yes or no": lambda value: isinstance(value, bool),
}


def has_type(value: Any, told: str) -> bool:
    name, _, keys = told.partition(": ")
    if name == "list of records":
        return all(sorted(record) == sorted(keys.split(", ")) for record in value)
    return TYPES[name](value)


def test_every_fact_is_told_and_no_other() -> None:
    assert list(table("Facts")) == sorted(facts.NAMES)


def test_documents_have_facts_of_the_kinds_and_types_that_are_told(toy_documents: list[Document]) -> None:
    library, told = Library([*toy_documents, *pages()]), table("Facts")
    for document in library.documents:
        for name, value in library.facts(document).items():
            kinds, kind_of_value, _ = told[name]
            assert (document.kind in kinds.split(", "), has_type(value, kind_of_value)) == (True, True), name


def test_every_filter_is_told_and_no_other() -> None:
    assert list(table("Filters")) == sorted(FILTERS)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_a_filter_gives_what_is_told(name: str) -> None:
    example, gives = table("Filters")[name]
    assert gives.startswith(f"`{sandbox.value(example.strip('`'))({})!r}`")


def test_what_the_guide_says_of_first_is_so() -> None:
    assert sandbox.value("parameters[0]")({"parameters": ["path"]}) == "path"
    with pytest.raises(ValueError, match="'first', which is no filter"):
        sandbox.value("parameters | first")
