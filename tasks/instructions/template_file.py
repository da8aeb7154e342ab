"""A file of params/templates as it is written: its keys, and where in it each stands. templates.py compiles and fills it.

key_of(("say", "en", 2))                                       →  "say.en[2]"
line_of(Path("params/templates/json.yaml"), ("say", "en", 0))  →  14
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field
from ruamel.yaml import YAML

from tasks.params import settings

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
Keys = tuple[str | int, ...]
"""Where a value stands in a file: names, and places in a list."""
FEWEST_WORDINGS = 3
"""Ways to ask, of a family in a language."""


@settings
class Style:
    """A value that is not its own name."""

    value: str | int
    """What templates see."""
    en: str
    """What it is called in English."""
    zh: str
    """What it is called in Chinese."""


@settings
class TemplateFile:
    """One file of params/templates."""

    version: Annotated[int, Field(ge=1)]
    """Raised when the meaning of the family changes; part of Pair.maker."""
    kinds: Annotated[list[Literal["prose", "code", "dialogue", "table"]], Field(min_length=1)]
    """Kinds of Document it applies to."""
    when: str
    """Condition on the facts."""
    styles: dict[str, Annotated[list[str | int | Style], Field(min_length=2)]] = Field(default_factory=dict)
    """Choices drawn for each row."""
    let: dict[str, str] = Field(default_factory=dict)
    """Names for expressions, in order; each may use those before it."""
    input: str
    """What the instruction is about; "" for nothing."""
    output: str
    """The right answer."""
    constraints: list[str] = Field(default_factory=list)
    """Checks on the answer."""
    say: dict[Language, Annotated[list[str], Field(min_length=FEWEST_WORDINGS)]]
    """Ways to ask, by language."""


def sources(file: TemplateFile) -> Iterator[tuple[Keys, str]]:
    """Every expression and text of a file, by the keys that lead to it."""
    yield ("when",), file.when
    yield from ((("let", name), source) for name, source in file.let.items())
    yield ("input",), file.input
    yield ("output",), file.output
    yield from ((("constraints", place), source) for place, source in enumerate(file.constraints))
    for language, ways in file.say.items():
        yield from ((("say", language, place), way) for place, way in enumerate(ways))


def key_of(keys: Keys) -> str:
    """Keys as one name: ("say", "en", 2) → say.en[2]."""
    first, *rest = keys
    return f"{first}{''.join(f'[{key}]' if isinstance(key, int) else f'.{key}' for key in rest)}"


def line_of(path: Path, keys: Keys) -> int:
    """The line of a template file on which the value of a key begins: ("say", "en", 2) for the third way in English."""
    node = YAML().load(path.read_text(encoding="utf-8"))
    *outer, last = keys
    for key in outer:
        node = node[key]
    line: int = (node.lc.item if isinstance(last, int) else node.lc.key)(last)[0]
    return line + 1
