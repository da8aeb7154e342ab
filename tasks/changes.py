"""Changes to params/: all checked first, then written into the files, so that files and artefacts never disagree.

    apply({"corpus": {"duplicates": {"near": 0.9}}}, {"corpus": CorpusParams}, Path("params"))
    # → ["corpus.duplicates.near"]

Only the keys named change, also within a mapping; a list is replaced whole.

`form` makes of the same settings classes what the Prefect page asks for: every field optional, with its sentence.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, WithJsonSchema, create_model
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tasks.errors import ParamsError
from tasks.params import check, read, write

Changes = Mapping[str, Mapping[str, Any]]
"""New values by stage and key."""


def apply(changes: Changes, kinds: Mapping[str, type], folder: Path) -> list[str]:
    """Write what differs; the keys that changed. Raises ParamsError with every file untouched when any value is wrong."""
    differing: dict[Path, dict[str, Any]] = {}
    for noun, values in changes.items():
        path = folder / f"{noun}.yaml"
        before = read(path)
        check(kinds[noun], _merged(before, values), path)
        differing[path] = _differing(before, values)
    for path, values in differing.items():
        if values:
            write(path, values)
    return [f"{path.stem}.{key}" for path, values in differing.items() for key in _keys(values)]


def parse(words: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`["corpus.duplicates.near=0.9"]` as {"corpus": {"duplicates": {"near": 0.9}}}; values are YAML. Raises ParamsError."""
    changes: dict[str, Any] = {}
    for word in words:
        place, equals, value = word.partition("=")
        *mappings, key = place.split(".")
        if not (equals and mappings and all(mappings) and key):
            raise ParamsError(f"--change {word}: expected STAGE.KEY=VALUE, such as corpus.duplicates.near=0.9.")
        box = changes
        for name in mappings:
            box = box.setdefault(name, {})
            if not isinstance(box, dict):
                raise ParamsError(f"--change {word}: another --change gives {name!r} a value of its own.")
        try:
            box[key] = YAML(typ="safe", pure=True).load(value)
        except YAMLError as error:
            raise ParamsError(f"--change {word}: the value is not valid YAML: {' '.join(str(error).split())}") from error
    return changes


def form(kinds: Mapping[str, type]) -> type[BaseModel]:
    """A model with a box for each stage; left empty, a field stays as params/ has it."""
    boxes: dict[str, Any] = {}
    for noun, kind in kinds.items():
        box = _box(noun, kind)
        boxes[noun] = (
            box,
            Field(default_factory=box, title=noun.capitalize(), description=f"Changes to params/{noun}.yaml"),
        )
    return create_model("Changes", __config__=ConfigDict(extra="forbid"), **boxes)


def filled(changes: BaseModel) -> dict[str, dict[str, Any]]:
    """What was filled in, as plain values by stage and key."""
    values = changes.model_dump(exclude_unset=True)
    boxes = {noun: {key: value for key, value in box.items() if value is not None} for noun, box in values.items()}
    return {noun: box for noun, box in boxes.items() if box}


def _merged(before: Any, values: Any) -> Any:
    if not (isinstance(before, Mapping) and isinstance(values, Mapping)):
        return values
    return {**before, **{key: _merged(before.get(key), value) for key, value in values.items()}}


def _differing(before: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that are not so already, in their mappings."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        old = before.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            if inner := _differing(old, value):
                found[key] = inner
        elif key not in before or old != value:
            found[key] = value
    return found


def _keys(values: Mapping[str, Any]) -> list[str]:
    """Dotted names of the values in mappings of mappings."""
    return [
        f"{key}.{inner}" if inner else key
        for key, value in values.items()
        for inner in (_keys(value) if isinstance(value, Mapping) else [""])
    ]


def _box(noun: str, kind: type) -> type[BaseModel]:
    """Fields that show the schema of the settings and take any value: `check` alone judges it, in one voice."""
    schema = TypeAdapter(kind).json_schema()
    entries: dict[str, Any] = {}
    for name, described in _inlined(schema["properties"], schema.get("$defs", {})).items():
        shown = WithJsonSchema({**_in_part(described), "title": name.replace("_", " ").capitalize()})
        entries[name] = (Annotated[Any, shown], Field(default_factory=lambda: None))
    return create_model(f"{noun.capitalize()}Changes", __config__=ConfigDict(extra="forbid"), **entries)


def _in_part(schema: Any) -> Any:
    """The schema of a mapping of which some keys are enough, also within; a list is given whole."""
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: _in_part(inner) for name, inner in value.items()}
        if key == "properties"
        else [_in_part(one) for one in value]
        if key == "anyOf"
        else value
        for key, value in schema.items()
        if key != "required"
    }


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """The schema with each `$ref` replaced by what it names; ours are never recursive."""
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _inlined({**definitions[schema["$ref"].rpartition("/")[2]], **beside}, definitions)
    return {key: _inlined(value, definitions) for key, value in schema.items() if key != "discriminator"}
