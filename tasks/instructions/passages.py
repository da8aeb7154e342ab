"""Documents → passages: whole sentences that stand together and fit, for makers that ask about a text.

    passages("It rains. We stay. Then we go.\\n\\n* a list", longest=20)  →  [("It rains.", "We stay."), ("Then we go.",)]
    joined_sentences(("It rains.", "We stay."))  →  "It rains. We stay."

A passage is of one paragraph; paragraphs with markup, examples or half sentences give none (facts_of_prose.py).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.instructions.choose import ranked
from tasks.instructions.facts_of_prose import joined_sentences, sentences_of
from tasks.language import base_language
from tasks.records import Document

LANGUAGES = ("en", "zh")
"""Those that we can ask in."""
_PARAGRAPH = re.compile(r"\n\s*\n")
_BREAKS_OFF = ("e.g.", "i.e.", "etc.", "cf.")
"""Ends of a paragraph that goes on in an example."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one Document."""

    document: Document
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentences as one line."""
        return joined_sentences(self.sentences)

    @property
    def language(self) -> str:
        """en or zh."""
        return language_of(self.document)


def in_turn(documents: Sequence[Document], *, seed: int, family: str, longest: int) -> list[Passage]:
    """The first passage of each prose Document in the order of `ranked`, then the second of each, …

    `longest` is in characters. A Document more moves no passage of another past a third one.
    """
    prose = [document for document in documents if document.kind == "prose" and language_of(document) in LANGUAGES]
    turns = [
        (turn, place, Passage(document, sentences))
        for place, document in enumerate(ranked(prose, seed=seed, family=family))
        for turn, sentences in enumerate(passages(document.text, longest=longest))
    ]
    return [passage for _, _, passage in sorted(turns, key=lambda item: item[:2])]


def language_of(document: Document) -> str:
    """Its language without the script: zh-Hant → zh."""
    return base_language(document.language)


def passages(text: str, *, longest: int) -> list[tuple[str, ...]]:
    """Runs of sentences of one paragraph, at most `longest` characters each; a sentence longer than that is left out."""
    return [run for paragraph in _PARAGRAPH.split(text) for run in _runs(_whole(paragraph), longest)]


def _whole(paragraph: str) -> list[str]:
    sentences = sentences_of(paragraph)
    return sentences[:-1] if sentences and sentences[-1].endswith(_BREAKS_OFF) else sentences


def _runs(sentences: Sequence[str], longest: int) -> Iterator[tuple[str, ...]]:
    run: tuple[str, ...] = ()
    for sentence in sentences:
        if run and len(joined_sentences((*run, sentence))) > longest:
            yield run
            run = ()
        if len(sentence) <= longest:
            run = (*run, sentence)
    if run:
        yield run
