"""Changes to params: checked before written; and the form that asks for them."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, TypeAdapter

from tasks.changes import apply, filled, form, parse
from tasks.errors import ParamsError
from tasks.params import settings, write


@settings
class Page:
    name: str
    """Name of the page."""


@settings
class Sizes:
    small: int | None
    """Size of small words; null has none."""
    large: int
    """Size of large words."""


@settings
class WordsParams:
    lines: Annotated[int, Field(ge=1)]
    """How many lines, at least one."""
    pages: tuple[Page, ...]
    """Pages to read."""
    case: Literal["upper", "lower"]
    """How words are written."""
    sizes: Sizes
    """Sizes of words."""


KINDS = {"words": WordsParams}
TEXT = """# what it says
lines: 2  # enough
pages:
  - name: a  # the first
case: lower
sizes:
  small: 8  # points
  large: 12
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "words.yaml").write_text(TEXT)
    return tmp_path


def test_a_change_is_written_and_all_else_keeps_its_bytes(folder):
    assert apply({"words": {"lines": 3, "case": "lower"}}, KINDS, folder) == ["words.lines"]
    assert (folder / "words.yaml").read_text() == TEXT.replace("lines: 2", "lines: 3")


def test_a_change_within_a_mapping_leaves_the_rest_of_it(folder):
    changes = parse(["words.sizes.small=", "words.sizes.large=12"])
    assert apply(changes, KINDS, folder) == ["words.sizes.small"]
    assert (folder / "words.yaml").read_text() == TEXT.replace("small: 8  #", "small: null #")
    assert apply(changes, KINDS, folder) == []


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "params").glob("*.yaml")), ids=lambda path: path.stem)
def test_writing_keeps_order_comments_and_indents_of_the_real_files(path, tmp_path):
    copy = tmp_path / path.name
    copy.write_text(path.read_text())
    write(copy, {})
    assert copy.read_text() == path.read_text()


def test_what_is_so_already_is_no_change(folder):
    (folder / "words.yaml").chmod(0o444)
    assert apply({"words": {"lines": 2}}, KINDS, folder) == []


@pytest.mark.parametrize(
    "values",
    [
        {"lines": 0},
        {"lines": "3"},
        {"lnes": 3},
        {"pages": [{"nam": "b"}]},
        {"case": None},
        {"sizes": {"smal": 1}},
        {"sizes": 3},
    ],
)
def test_one_wrong_value_leaves_every_file_as_it_was(folder, values):
    (folder / "more.yaml").write_text(TEXT)
    with pytest.raises(ParamsError, match=r"words\.yaml"):
        apply({"more": {"lines": 9}, "words": values}, {**KINDS, "more": WordsParams}, folder)
    assert (folder / "more.yaml").read_text() == (folder / "words.yaml").read_text() == TEXT


def test_words_on_the_command_line_are_yaml():
    words = ["a.x=1e-3", "a.y=[1, b]", "b.z=", "b.c.d=1", "b.c.e=2"]
    assert parse(words) == {"a": {"x": 1e-3, "y": [1, "b"]}, "b": {"z": None, "c": {"d": 1, "e": 2}}}


@pytest.mark.parametrize("word", ["a.x", "ax=1", ".x=1", "a.=1", "a.x=[1", "a..x=1"])
def test_a_change_that_cannot_be_read_is_named(word):
    with pytest.raises(ParamsError, match="--change"):
        parse([word])


def test_the_form_tells_each_field_by_its_sentence_and_asks_for_none():
    schema = form(KINDS).model_json_schema()
    words = schema["$defs"]["WordsChanges"]
    assert words["properties"]["lines"] == {
        "description": "How many lines, at least one.",
        "minimum": 1,
        "title": "Lines",
        "type": "integer",
    }
    assert words["properties"]["case"]["enum"] == ["upper", "lower"]
    assert words["properties"]["pages"]["items"]["properties"]["name"]["description"] == "Name of the page."
    assert "required" not in words and "required" not in schema
    assert "required" not in words["properties"]["sizes"]  # one size may change alone
    assert words["properties"]["sizes"]["properties"]["large"]["description"] == "Size of large words."
    assert words["properties"]["pages"]["items"]["required"] == ["name"]  # a list is given whole


def test_only_what_was_filled_in_counts():
    Changes = form(KINDS)
    assert filled(Changes()) == {}
    sent = TypeAdapter(Changes).validate_python({"words": {"lines": 3, "case": None, "pages": [{"name": "b"}]}})
    assert filled(sent) == {"words": {"lines": 3, "pages": [{"name": "b"}]}}


def test_the_form_refuses_names_that_no_stage_has():
    with pytest.raises(ValueError, match="lnes"):
        form(KINDS).model_validate({"words": {"lnes": 3}})
