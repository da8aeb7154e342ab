"""params/<noun>.yaml ↔ one frozen dataclass: the only way settings come in.

A stage declares its settings once, in tasks/<noun>/settings.py:

    @settings
    class CorpusParams:
        min_characters: Annotated[int, Field(ge=0)]
        \"\"\"Shorter documents are dropped, in characters.\"\"\"

`load(CorpusParams, Path("params/corpus.yaml"))` checks names and types and says what is wrong; the sentences under the
fields explain them in the Prefect form. Values live in the YAML file alone: a class holds no defaults.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, TypeVar, dataclass_transform, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tasks.errors import ParamsError
from tasks.shards import publish_text

T = TypeVar("T")

UNTOLD = "untold"
"""Type of a PydanticCustomError about a value that may be a secret: its message stands alone, the value is not repeated."""


@dataclass_transform(frozen_default=True, kw_only_default=True)
def settings(cls: type[T]) -> type[T]:
    """Frozen, keyword-only dataclass that refuses unknown names and reads the sentence under a field as its description."""
    config = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True)
    return dataclass(frozen=True, slots=True, kw_only=True, config=config)(cls)  # type: ignore[return-value]


def load(kind: type[T], path: Path) -> T:
    """The settings in a YAML file, checked. Raises ParamsError that names the file, the key and the remedy."""
    return check(kind, read(path), path)


def read(path: Path) -> dict[str, Any]:
    """A YAML file as plain values: YAML 1.2, safe tags only."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ParamsError(f"{path} is missing. Each stage needs its params file: `git checkout {path}`.") from error
    except UnicodeDecodeError as error:
        raise ParamsError(f"{path} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    try:
        values = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise ParamsError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if values is None:
        raise ParamsError(
            f"{path} is empty, expected `name: value` lines: `git checkout {path}` brings back the usual ones."
        )
    if not isinstance(values, dict):
        raise ParamsError(f"{path} holds {type(values).__name__}, expected `name: value` lines.")
    return values


def check(kind: type[T], values: Mapping[str, Any], path: Path) -> T:
    """Values against a settings class; `path` is named in errors."""
    try:
        # Through JSON, so that a YAML list is good for a tuple while "3" is still no number.
        return TypeAdapter(kind).validate_json(json.dumps(values, default=str))
    except ValidationError as error:
        problems = error.errors()
    # Neither its cause nor its context: pydantic's own words repeat values, of which one may be a key, in any traceback.
    raise ParamsError(" ".join(_sentence(problem, _keys(kind, problem["loc"]), path) for problem in problems))


def write(path: Path, changes: Mapping[str, Any]) -> None:
    """Put changed values into a YAML file, also within mappings, keeping its order and comments."""
    yaml = YAML()
    yaml.width = 119
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(type(None), _null)
    document = yaml.load(path.read_text(encoding="utf-8"))
    _put(document, changes)
    text = StringIO()
    yaml.dump(document, text)
    publish_text(path, text.getvalue())


def _null(representer: Any, _: None) -> Any:
    """A word, where ruamel.yaml would leave the place of the value empty."""
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


def _put(document: Any, changes: Mapping[str, Any]) -> None:
    for name, value in changes.items():
        if isinstance(value, Mapping) and isinstance(document.get(name), dict):
            _put(document[name], value)
        else:
            document[name] = value


Key = tuple[str, Sequence[str]]
"""A key as the file has it, and those that may stand in its place: () in a list, or where any name will do."""


def _keys(kind: Any, location: Sequence[str | int]) -> list[Key]:
    """Keys that lead to a value in the file: pydantic's location without the tag that says which of a union was meant.

    With a field `drink: Annotated[Tea | Coffee, Field(discriminator="kind")]`: ("drink", "tea", "heat") → drink, heat.
    """
    if not location:
        return []
    first, rest = location[0], location[1:]
    if is_dataclass(kind):
        types = _types(kind)
        return [(str(first), list(types)), *_keys(types.get(str(first)), rest)]
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated and (tag := next(filter(None, (getattr(note, "discriminator", None) for note in parts)), None)):
        return _keys(next(one for one in get_args(parts[0]) if first in get_args(_types(one)[tag])), rest)
    if origin is Annotated or type(None) in parts:  # what may be null has no tag
        return _keys(next(part for part in parts if part is not type(None)), location)
    item = parts[-1 if isinstance(first, str) else 0] if parts else None
    return [(str(first), ()), *_keys(item, rest)]


def _types(kind: Any) -> dict[str, Any]:
    return {field.name: field.type for field in fields(kind)}


def _sentence(problem: Any, keys: list[Key], path: Path) -> str:
    key = ".".join(name for name, _ in keys)
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        *above, (name, beside) = keys
        known = [".".join([*(outer for outer, _ in above), inner]) for inner in beside]
        near = [known[beside.index(one)] for one in get_close_matches(name, beside, n=1)]
        return f"{path}: unknown key {key!r}" + (f", did you mean {near[0]!r}?" if near else f"; known: {', '.join(known)}.")
    if problem["type"] == "missing":
        return f"{path}: key {key!r} is missing; add it (params/ in git and docs/guide/ show usual values)."
    wrong = f"{problem['msg'][0].lower()}{problem['msg'][1:]}"
    if problem["type"] == UNTOLD or isinstance(problem["input"], dict):  # a mapping holds more than what is wrong
        return f"{path}: {key}: {_without_url(wrong)}."
    return f"{path}: {key} = {_without_url(repr(problem['input']))}: {_without_url(wrong)}."


def _without_url(text: str) -> str:
    """Text cut where a database URL begins, put there by mistake: it may hold a password. Web addresses stay."""
    return re.sub(r"\b(?!https?:)([\w+]+)://.*", r"\1://…", text, flags=re.DOTALL)
