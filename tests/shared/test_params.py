"""params/*.yaml against a settings class: what a user who mistypes sees, and that writing keeps comments."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

import pytest
from pydantic import Field, TypeAdapter

from tasks.archive.settings import ArchiveParams
from tasks.errors import ParamsError
from tasks.instructions.settings import InstructionsParams
from tasks.params import check, load, read, settings, write


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
    with pytest.raises(ParamsError, match=r"unknown key 'teas\.0\.heet', did you mean 'teas\.0\.heat'"):
        load(TrayParams, path)


@settings
class Juice:
    kind: Literal["juice"]
    """juice."""
    juice: Literal["apple", "tea"]
    """Of what; a key that is called as a tag is."""


@settings
class Hot:
    kind: Literal["tea", "tisane"]
    """tea or tisane."""
    made: TeaParams | None
    """How; null as the house does."""


Drink = Annotated[Juice | Hot, Field(discriminator="kind")]


@settings
class TableParams:
    first: Drink
    """What comes first."""
    then: tuple[Drink, ...]
    """What follows, in order."""
    last: Drink | None
    """What comes last; null for nothing."""
    by_guest: dict[str, Drink]
    """What each guest wants."""
    room: int | str | None
    """Where; no tag in the file tells a number from a name."""


JUICE = "{kind: juice, juice: apple}"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("first: {kind: juice, juice: plum}", "first.juice = 'plum'"),
        ("first: {kind: tisane, made: {cups: 0, heat: 1.0, leaves: []}}", "first.made.cups = 0"),
        ("first: {kind: tea, made: {cups: 1, heat: 1.0, leaves: [a, 2]}}", "first.made.leaves.1 = 2"),
        ("first: {kind: juice}", "key 'first.juice' is missing"),
        ("first: {kind: juice, juice: tea, jiuce: 1}", "unknown key 'first.jiuce', did you mean 'first.juice'"),
        ("first: {kind: water}", "first: input tag 'water'"),
        (f"then: [{JUICE}, {{kind: juice, juice: 3}}]", "then.1.juice = 3"),
        ("last: {kind: juice, juice: 3}", "last.juice = 3"),
        ("by_guest: {juice: {kind: juice, juice: 3}}", "by_guest.juice.juice = 3"),
        ("room: [1]", "room.int = [1]"),
    ],
)
def test_an_error_within_one_of_several_kinds_names_the_key_as_the_file_has_it(
    tmp_path: Path, wrong: str, says: str
) -> None:
    right = {
        "first": f"first: {JUICE}",
        "then": "then: []",
        "last": "last: null",
        "by_guest": "by_guest: {}",
        "room": "room: 1",
    }
    text = "\n".join({**right, wrong.partition(":")[0]: wrong}.values())
    with pytest.raises(ParamsError) as error:
        load(TableParams, tea(tmp_path, text))
    assert f"tea.yaml: {says}" in str(error.value)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"makers": {"aks": {"rows": 5}}}, "unknown key 'makers.aks', did you mean 'makers.ask'?"),
        ({"makers": {"ask": {"xyz": 5}}}, "unknown key 'makers.ask.xyz'; known: makers.ask.rows."),
        ({"rows": 5}, "unknown key 'rows'; known: seed, test_share, "),
    ],
)
def test_an_unknown_key_is_compared_with_those_of_its_own_level(wrong: dict[str, Any], says: str) -> None:
    path = Path(__file__).parents[2] / "params/instructions.yaml"
    values = read(path)
    for name, inner in wrong.items():
        values[name] = {**values[name], **inner} if name in values else inner
    with pytest.raises(ParamsError) as error:
        check(InstructionsParams, values, path)
    assert says in str(error.value)
    assert "json_schema" not in str(error.value) and "base_url" not in str(error.value)


def unions(kind: Any, name: str = "") -> list[tuple[str, Any]]:
    """Every union in a settings class, and in those within it, whose members a discriminator tells apart."""
    if is_dataclass(kind):
        return [found for field in fields(kind) for found in unions(field.type, field.name)]
    parts = get_args(kind)
    tagged = get_origin(kind) is Annotated and any(getattr(note, "discriminator", None) for note in parts)
    return [*([(name, kind)] if tagged else []), *(found for part in parts for found in unions(part, name))]


@pytest.mark.parametrize(("name", "union"), [*unions(ArchiveParams), *unions(InstructionsParams)])
def test_every_union_in_params_names_the_wrong_key_of_each_of_its_members_without_a_tag(
    tmp_path: Path, name: str, union: Any
) -> None:
    @settings
    class Params:
        one: union
        """One of them."""

    for member in get_args(get_args(union)[0]):
        kinds = next(get_args(field.type) for field in fields(member) if field.name == "kind")
        for kind in kinds:
            with pytest.raises(ParamsError) as error:
                load(Params, tea(tmp_path, f"one: {{kind: {kind}, kindd: 1}}"))
            assert "unknown key 'one.kindd'" in str(error.value), name
