"""params/*.yaml against a settings class: what a user who mistypes sees, and that writing keeps comments."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field, TypeAdapter

from tasks.errors import ParamsError
from tasks.params import load, settings, write


@settings
class TeaParams:
    cups: Annotated[int, Field(ge=1)]
    """How many, in cups."""
    heat: float
    """How warm, in degrees Celsius."""
    leaves: tuple[str, ...]
    """Names of the leaves, in order."""


GOOD = "cups: 2  # one for each\nheat: 9e1\nleaves: [green, black]\n"


def tea(folder: Path, text: str) -> Path:
    path = folder / "tea.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_values_arrive_with_their_types(tmp_path: Path) -> None:
    params = load(TeaParams, tea(tmp_path, GOOD))
    assert (params.cups, params.heat, params.leaves) == (2, 90.0, ("green", "black"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("cups", "cusp"), "did you mean 'cups'"),
        (GOOD.replace("cups: 2", "cups: '2'"), "cups = '2'"),
        (GOOD.replace("cups: 2", "cups: 2.5"), "cups = 2.5"),
        (GOOD.replace("cups: 2", "cups: 0"), "greater than or equal to 1"),
        ("cups: 2\nheat: 90\n", "'leaves' is missing"),
        ("cups: [2\n", "not valid YAML"),
        ("cups: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("- 1\n", "expected `name: value`"),
        ("", "expected `name: value`"),
    ],
)
def test_a_wrong_file_is_named_with_the_key_and_the_remedy(tmp_path: Path, text: str, says: str) -> None:
    path = tea(tmp_path, text)
    with pytest.raises(ParamsError) as error:
        load(TeaParams, path)
    assert says in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_says_how_to_get_it_back(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="git checkout"):
        load(TeaParams, tmp_path / "tea.yaml")


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tea.yaml"
    path.write_bytes(b"cups: \xff\n")
    with pytest.raises(ParamsError, match="not UTF-8"):
        load(TeaParams, path)


def test_writing_changes_one_value_and_keeps_order_and_comments(tmp_path: Path) -> None:
    path = tea(tmp_path, GOOD)
    write(path, {"cups": 5})
    assert path.read_text(encoding="utf-8") == GOOD.replace("2", "5")
    assert load(TeaParams, path).cups == 5


def test_the_sentence_under_a_field_reaches_the_form() -> None:
    properties = TypeAdapter(TeaParams).json_schema()["properties"]
    assert properties["cups"]["description"] == "How many, in cups."


@settings
class TrayParams:
    teas: tuple[TeaParams, ...]
    """What stands on the tray."""


def test_a_misspelt_key_within_a_list_has_its_nearest_right_name_too(tmp_path: Path) -> None:
    path = tea(tmp_path, "teas:\n  - {cups: 1, heet: 90.0, leaves: [green]}\n")
    with pytest.raises(ParamsError, match="did you mean 'heat'"):
        load(TrayParams, path)
