"""params/constraints/*.yaml: how each kind of constraint is said in a language, and with what it does not go together.

read_kinds(folder)["punctuation:no_comma"].say["en"]   →  ["Do not use any commas.", …]
said("Use {relation} {n} words.", {"relation": "less than", "n": 3}, "en")   →  "Use fewer than 3 words."
"""

from collections.abc import Mapping
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import Field

from tasks.checks import CHECKS
from tasks.checks.arguments import AT_LEAST, LESS
from tasks.checks.kinds import KINDS
from tasks.errors import ParamsError
from tasks.params import load, settings

Language = Literal["en", "zh"]
Trait = Literal["shape", "start", "end", "case", "language", "length", "comma", "marks", "digits", "letters", "chinese"]

_WORDS: dict[Language, dict[str, str]] = {
    "en": {LESS: "fewer than", AT_LEAST: "at least", "en": "English", "zh": "Chinese"},
    "zh": {LESS: "少于", AT_LEAST: "不少于", "en": "英文", "zh": "中文", "simplified": "简体", "traditional": "繁体"},
}


@settings
class ConstraintKind:
    """One kind of tasks/checks/kinds.py."""

    traits: list[Trait]
    """What it settles about an answer."""
    bars: list[Trait | Literal["any"]]
    """Traits that no other may have beside it; any: it stands alone."""
    everywhere: bool
    """What passes whole passes in each part, so that words which another kind wants must pass it, too."""
    fewest_words: Annotated[int, Field(ge=0)]
    """Of an answer with fewer words it is not said that it meets this: it could hardly do otherwise."""
    not_beside: list[str]
    """Checks of templates beside which it says nothing new, or nothing that makes sense."""
    say: dict[Language, Annotated[list[str], Field(min_length=2)]]
    """Ways to say it, by the languages that have it, with its arguments in braces."""


@settings
class ConstraintFile:
    """One file of params/constraints."""

    kinds: dict[str, ConstraintKind]
    """By the name of the check."""


def read_kinds(folder: Path) -> dict[str, ConstraintKind]:
    """Every kind of a folder, by name. Raises ParamsError naming the file, and where a kind has no wording at all."""
    kinds: dict[str, ConstraintKind] = {}
    for path in sorted(folder.glob("*.yaml")):
        for name, kind in load(ConstraintFile, path).kinds.items():
            _check(name, kind, path)
            kinds[name] = kind
    if missing := sorted(set(KINDS) - set(kinds)):
        raise ParamsError(f"{folder} says nothing of {', '.join(missing)}; add each to a file there, as the others are.")
    return dict(sorted(kinds.items()))


def said(way: str, arguments: Mapping[str, Any], language: Language) -> str:
    """A wording with its arguments: lists quoted, relations and languages by their names."""
    return way.format(**{name: _told(value, language) for name, value in arguments.items()})


def _told(value: Any, language: Language) -> str:
    if isinstance(value, list):
        return "".join(f"“{item}”" for item in value) if language == "zh" else ", ".join(f'"{item}"' for item in value)
    return _WORDS[language].get(value, value) if isinstance(value, str) else str(value)


def _check(name: str, kind: ConstraintKind, path: Path) -> None:
    if name not in KINDS:
        raise ParamsError(f"{path}: no check is named {name!r}; tasks/checks/kinds.py has {', '.join(KINDS)}.")
    if unknown := sorted(set(kind.not_beside) - set(CHECKS)):
        raise ParamsError(f"{path}: {name}.not_beside names {', '.join(unknown)}, which tasks/checks/ lacks.")
    arguments = set(KINDS[name].arguments) - {"prompt_to_repeat"}  # the reader has it before his eyes
    for way in (way for ways in kind.say.values() for way in ways):
        if (named := {field for _, field, _, _ in Formatter().parse(way) if field is not None}) != arguments:
            raise ParamsError(f"{path}: {name} says {way!r} with {sorted(named)}, its arguments are {sorted(arguments)}.")
