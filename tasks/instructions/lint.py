"""A template file as it is written, and as it is filled → what is wrong with it, each with its line.

    say: {en: [Name it., Name it., 写出名字。]}   →   12: 'Name it.' is said twice
                                                   12: '写出名字。' is said in en, with Han characters in it

Wordings that are said twice, in the wrong language, or silent about a style that the answer hangs on; styles and lets that
nothing uses, or that hide a fact; and of rows, an answer that fails its own checks or repeats its input. That there are
wordings enough, and names, filters and checks that exist, is seen when the file is read (templates.py).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tasks.instructions import facts, sandbox
from tasks.instructions.templates import LANGUAGES, Template, TemplateFile
from tasks.records import Dropped
from tasks.script import han_characters

_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_NEVER = ("constraint", "copy", "empty", "language")
FEWEST_HAN = 4
"""Han characters in a Chinese wording, besides what is filled in."""


def faults(template: Template, path: Path) -> list[str]:
    """What is wrong with a family as it is written: `<file>:<line>: <fault>`, in the order of lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [(_line(lines, where), fault) for where, fault in [*_wordings(template.file), *_names(template.file)]]
    return [f"{path}:{line}: {fault}" for line, fault in sorted(found)]


def faults_of_rows(path: Path, dropped: Iterable[Dropped]) -> list[str]:
    """Rules of the screen that no right template trips, whatever the document: each once, with the first reason."""
    reasons = {row.rule: row.reason for row in reversed(list(dropped)) if row.rule in _NEVER}
    return [f"{path}: a row is refused as {rule}: {reason}" for rule, reason in sorted(reasons.items())]


Fault = tuple[str, str]
"""Words of the line it stands on, and what is wrong."""


def _wordings(file: TemplateFile) -> Iterator[Fault]:
    needed = set(file.styles) & _used([file.output, *file.constraints], list(file.let.values()))
    seen: set[str] = set()
    for language in LANGUAGES:
        for way in file.say[language]:
            if (same := " ".join(way.lower().split())) in seen:
                yield way, f"{way!r} is said twice"
            seen.add(same)
            han = han_characters(_EXPRESSION.sub("", way))
            if language == "en" and han:
                yield way, f"{way!r} is said in en, with Han characters in it"
            if language == "zh" and han < FEWEST_HAN:
                yield way, f"{way!r} is said in zh, with {han} Han characters in it, fewer than {FEWEST_HAN}"
            for style in sorted(needed - _styles_in(way, file)):
                yield way, f"{way!r} does not say {style}, on which the answer hangs; put {{{{ said.{style} }}}} into it"


def _names(file: TemplateFile) -> Iterator[Fault]:
    texts = [file.input, file.output, *file.constraints, *(way for ways in file.say.values() for way in ways)]
    for kind, names in (("style", file.styles), ("let", file.let)):
        for name in names:
            others = [source for other, source in file.let.items() if other != name]
            if name not in _used(texts, [file.when, *others]):
                yield f"{name}:", f"{kind} {name} is used nowhere"
            if name in facts.NAMES:
                yield f"{name}:", f"{kind} {name} hides the fact of that name"


def _used(texts: Sequence[str], expressions: Sequence[str]) -> set[str]:
    sources = [*texts, *(f"{{{{ {expression} }}}}" for expression in expressions)]
    return {name for source in sources for name in sandbox.names_in(source)}


def _styles_in(way: str, file: TemplateFile) -> set[str]:
    return {style for style in file.styles if re.search(rf"\b{style}\b", "".join(_EXPRESSION.findall(way)))}


def _line(lines: Sequence[str], words: str) -> int:
    """The number of the first line with these words, in whatever quotes; 1 where YAML spells them otherwise."""
    plain = [line.replace('\\"', '"').replace("''", "'") for line in lines]
    return next((number for number, line in enumerate(plain, 1) if words in line), 1)
