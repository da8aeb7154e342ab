"""A page in two languages gives translations of what it says of the same command lines, and only where that is certain."""

from dataclasses import replace

import pytest

from tasks.instructions.library import Library
from tasks.records import Document

ENGLISH = """\
# moor

> Make ships fast.

- Make a ship fast:

`moor {{[-b|--berth]}} {{number}} {{ship}}`

- List the ships of a berth:

`moor --list {{number}}`
"""
CHINESE = """\
# moor

> 系船。

- 列出一个泊位上的船只：

`moor --list {{编号}}`

- 把一艘船系好：

`moor {{[-b|--berth]}} {{编号}} {{船}}`
"""
PAGE = Document("e", ENGLISH, "en", "moor", "prose", "toy:moor", "MIT")
TWIN = Document("z", CHINESE, "zh-Hans", "moor", "prose", "toy:moor", "MIT")


def pairs_of(page: Document, *others: Document) -> list[tuple[str, str]]:
    return [(one["here"], one["there"]) for one in Library([page, *others]).facts(page).get("twin", [])]


def test_explanations_are_paired_by_their_command_line_not_by_their_place() -> None:
    both = [("Make a ship fast", "把一艘船系好"), ("List the ships of a berth", "列出一个泊位上的船只")]
    assert pairs_of(PAGE, TWIN) == both
    assert sorted(pairs_of(TWIN, PAGE)) == sorted((there, here) for here, there in both)


def test_a_page_knows_the_language_of_its_twin() -> None:
    library = Library([PAGE, TWIN])
    assert [library.facts(page)["twin_language"] for page in (PAGE, TWIN)] == ["zh-Hans", "en"]


@pytest.mark.parametrize(
    "twin",
    [
        replace(TWIN, source="toy:moor-zh"),  # might lie on the other side of the split
        replace(TWIN, title="unmoor"),
        replace(TWIN, language="en"),
        replace(TWIN, language=""),
        replace(TWIN, text=CHINESE.replace("moor --list", "moor --all").replace("--berth", "--dock")),
    ],
)
def test_no_twin_is_taken_where_it_may_not_be_one(twin: Document) -> None:
    assert pairs_of(PAGE, twin) == []


def test_of_two_pages_that_could_be_the_twin_none_is() -> None:
    assert pairs_of(PAGE, TWIN, replace(TWIN, id="y")) == []
    assert pairs_of(PAGE, replace(PAGE, id="f"), TWIN) == []


def test_a_command_line_shown_twice_tells_nothing() -> None:
    again = f"{CHINESE}\n- 再列一次：\n\n`moor --list {{{{另一编号}}}}`\n"
    assert pairs_of(PAGE, replace(TWIN, text=again)) == [("Make a ship fast", "把一艘船系好")]
