"""A template file as it is written, and as it is filled → what is wrong with it, each with its line.

    say: {en: [Name it., Name it., 写出名字。]}   →   12: 'Name it.' is said twice
                                                   12: '写出名字。' is said in en, with Han characters in it

Wordings that are said twice, in the wrong language, or silent about a style that the answer hangs on; styles and lets that
nothing uses, or that hide a fact; and of rows, an answer that fails its own checks or repeats its input. That there are
wordings enough, and names, filters and checks that exist, is seen when the file is read (templates.py).
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tasks.instructions import facts, sandbox
from tasks.instructions.library import Library
from tasks.instructions.template_file import LANGUAGES, Keys, TemplateFile, line_of
from tasks.instructions.templates import Template, obstacle
from tasks.records import Dropped
from tasks.script import han_characters

_EXPRESSION = re.compile(r"\{\{.*?\}\}")
_NEVER = ("constraint", "copy", "empty", "language")
MOST_REASONS = 3
"""Reasons told of a family that makes no row, those of most documents first."""
FEWEST_HAN = 4
"""Han characters in a Chinese wording, besides what is filled in."""


def faults(template: Template, path: Path) -> list[str]:
    """What is wrong with a family as it is written: `<file>:<line>: <fault>`, in the order of lines."""
    found = [(line_of(path, keys), fault) for keys, fault in [*_wordings(template.file), *_names(template.file)]]
    return [f"{path}:{line}: {fault}" for line, fault in sorted(found)]


def faults_of_rows(path: Path, dropped: Iterable[Dropped]) -> list[str]:
    """Rules of the screen that no right template trips, whatever the document: each once, with the first reason."""
    reasons = {row.rule: row.reason for row in reversed(list(dropped)) if row.rule in _NEVER}
    return [f"{path}: a row is refused as {rule}: {reason}" for rule, reason in sorted(reasons.items())]


def why_no_row(template: Template, library: Library, *, seed: int) -> str:
    """Why no document makes a row: "output: parameters[99] is missing in 398 of 398 documents"; "" where one does."""
    fitting = [document for document in library.documents if document.kind in template.file.kinds]
    if not fitting:
        return f"kinds: the corpus has no document of {', '.join(template.file.kinds)}"
    given = [(document, library.facts(document)) for document in fitting]
    reasons = Counter(obstacle(template, *one, language=LANGUAGES[0], seed=seed) for one in given)
    if "" in reasons:
        return ""
    return "; ".join(f"{why} in {number} of {len(fitting)} documents" for why, number in reasons.most_common(MOST_REASONS))


Fault = tuple[Keys, str]
"""Where it stands, and what is wrong."""


def _wordings(file: TemplateFile) -> Iterator[Fault]:
    needed = set(file.styles) & _used([file.output, *file.constraints], list(file.let.values()))
    seen: set[str] = set()
    for language in LANGUAGES:
        for place, way in enumerate(file.say[language]):
            keys = ("say", language, place)
            if (same := " ".join(way.lower().split())) in seen:
                yield keys, f"{way!r} is said twice"
            seen.add(same)
            han = han_characters(_EXPRESSION.sub("", way))
            if language == "en" and han:
                yield keys, f"{way!r} is said in en, with Han characters in it"
            if language == "zh" and han < FEWEST_HAN:
                yield keys, f"{way!r} is said in zh, with {han} Han characters in it, fewer than {FEWEST_HAN}"
            for style in sorted(needed - _styles_in(way, file)):
                yield keys, f"{way!r} does not say {style}, on which the answer hangs; put {{{{ said.{style} }}}} into it"


def _names(file: TemplateFile) -> Iterator[Fault]:
    texts = [file.input, file.output, *file.constraints, *(way for ways in file.say.values() for way in ways)]
    for kind, key, names in (("style", "styles", file.styles), ("let", "let", file.let)):
        for name in names:
            others = [source for other, source in file.let.items() if other != name]
            if name not in _used(texts, [file.when, *others]):
                yield (key, name), f"{kind} {name} is used nowhere"
            if name in facts.NAMES:
                yield (key, name), f"{kind} {name} hides the fact of that name"


def _used(texts: Sequence[str], expressions: Sequence[str]) -> set[str]:
    sources = [*texts, *(f"{{{{ {expression} }}}}" for expression in expressions)]
    return {name for source in sources for name in sandbox.names_in(source)}


def _styles_in(way: str, file: TemplateFile) -> set[str]:
    return {style for style in file.styles if re.search(rf"\b{style}\b", "".join(_EXPRESSION.findall(way)))}
