"""Documents → what can be asked about: functions and commands, each with its description and others of its kind.

    def heappop(heap):                            Subject(kind="function", name="heappop", language="en",
        "Pop the smallest item off the heap."  →          description="Pop the smallest item off the heap.",
                                                          others=("heapify", "merge", "nlargest", …))
    # tar
    > 归档工具，常与压缩命令一起使用。             →   Subject(kind="command", name="tar", language="zh", …)

A function is asked about in the language of its docstring, a command in that of its page.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from tasks.instructions.choose import ranked
from tasks.instructions.library import Library
from tasks.instructions.passages import LANGUAGES, language_of
from tasks.records import Document, content_id
from tasks.script import HAN, KANA, SOUTH_EAST, is_unsegmented, words

CHOICES = 3
"""Others that stand beside the answer."""
LENGTHS = {"en": (4, 20), "zh": (5, 40)}
"""Fewest and most words of a description; in Chinese each character is one."""
_PLAIN = re.compile(r"[\w.+-]+(?: [\w.+-]+)*")
"""A name that no separator of choices is in; `[[` and `!` are none that anybody asks for."""
_NOT_CHINESE = re.compile(f"[{KANA}{SOUTH_EAST}]")
"""Scripts without spaces in which Chinese is not written."""
_PART = re.compile(rf"[^\W_{HAN}]{{2,}}")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question asks for."""

    document: Document
    kind: str
    """function or command."""
    name: str
    """The answer."""
    description: str
    language: str
    """Of the description and so of the question: en or zh."""
    others: tuple[str, ...]
    """Other names of its kind, CHOICES at least."""


def subjects(library: Library, documents: Sequence[Document], *, seed: int) -> list[Subject]:
    """A function and a command by turns, each kind turn by turn over its sources."""
    code = [document for document in documents if document.kind == "code"]
    pages = [document for document in documents if "about" in library.facts(document)]
    kinds = (
        _functions(library, ranked(code, seed=seed, family="ask")),
        _commands(library, ranked(pages, seed=seed, family="ask"), seed),
    )
    turns = [(place, kind, one) for kind, some in enumerate(kinds) for place, one in enumerate(some)]
    return [one for _, _, one in sorted(turns, key=lambda turn: turn[:2])]


def is_named(name: str, text: str) -> bool:
    """Whether a name stands in a text as a word of its own; Chinese sets no space beside it."""
    return re.search(rf"(?<![^\W{HAN}]){re.escape(name)}(?![^\W{HAN}])", text) is not None


def gives_away(command: str, text: str) -> bool:
    """Whether a text has a word of a command, in any case: of `git cp` the word Git."""
    return not _parts(command).isdisjoint(_parts(text))


def _functions(library: Library, code: Iterable[Document]) -> Iterator[Subject]:
    for document in code:
        facts = library.facts(document)
        first = facts.get("first", "")
        language = "zh" if is_unsegmented(first) else "en"
        if _NOT_CHINESE.search(first):  # what a Document of code is in does not tell in which language its docstrings are
            continue
        length = len(words(first) if language == "zh" else facts.get("words", ()))
        if _fits(length, language) and "name" in facts and len(facts["siblings"]) >= CHOICES:
            yield Subject(document, "function", facts["name"], first, language, tuple(facts["siblings"]))


def _commands(library: Library, pages: Iterable[Document], seed: int) -> Iterator[Subject]:
    """Those that their description does not name, each among commands whose own descriptions say something else."""
    told = [(page, library.facts(page)["command"], library.facts(page)["about"]) for page in pages]
    fitting = [one for one in told if _PLAIN.fullmatch(one[1]) and _is_described(one[0], one[2])]
    named: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    for page, name, about in fitting:
        named[language_of(page)][about] = name
    rings = {language: _Ring(some, seed) for language, some in named.items()}
    for page, name, about in fitting:
        others = rings[language_of(page)].others(name, about)
        if len(others) == CHOICES and not gives_away(name, about):
            yield Subject(page, "command", name, about, language_of(page), others)


class _Ring:
    """Commands in an order that hashes decide: a page more changes the others of no more than CHOICES before it."""

    def __init__(self, named: Mapping[str, str], seed: int) -> None:
        ordered = sorted(named, key=lambda about: content_id("ask", str(seed), about))
        self._names = [named[about] for about in ordered]
        self._places = {about: place for place, about in enumerate(ordered)}

    def others(self, name: str, about: str) -> tuple[str, ...]:
        """The next CHOICES names that a description does not give away."""
        found: dict[str, None] = {}
        names, place = self._names, self._places[about]
        for other in chain(islice(names, place + 1, None), islice(names, place)):
            if other != name and not gives_away(other, about):
                found[other] = None
            if len(found) == CHOICES:
                break
        return tuple(found)


def _is_described(page: Document, about: str) -> bool:
    language = language_of(page)
    return language in LANGUAGES and is_unsegmented(about) == (language == "zh") and _fits(len(words(about)), language)


def _fits(length: int, language: str) -> bool:
    fewest, most = LENGTHS[language]
    return fewest <= length <= most


def _parts(text: str) -> set[str]:
    return set(_PART.findall(text.casefold()))
