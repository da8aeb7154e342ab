"""One shard of the archive → its Documents normalised, with their language, and a reason for each that a rule refuses."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from tasks.corpus.normalise import normalised
from tasks.corpus.quality import (
    bullet_lines,
    ellipsis_lines,
    few_letters,
    many_symbols,
    odd_words,
    repeated_lines,
    too_long,
    too_short,
)
from tasks.corpus.settings import CorpusParams
from tasks.language import language_of, language_of_code, language_told, other_language
from tasks.records import Document
from tasks.script import is_unsegmented
from tasks.shards import read_shard

Rules = dict[str, Callable[[str], str | None]]
Refusal = tuple[str, str]
"""Rule and reason."""


def clean_shard(shard: Path, params: CorpusParams) -> list[tuple[Document, Refusal | None]]:
    """Each Document of a shard, in its order, with the first rule that refuses it."""
    return [cleaned(document, params) for document in read_shard(shard, Document)]


def cleaned(document: Document, params: CorpusParams) -> tuple[Document, Refusal | None]:
    """A Document normalised and with its language, and the first rule that refuses it."""
    document = normalised(document)
    told = language_told(document.language)
    if document.kind == "code":
        document = replace(document, language=told or language_of_code(document.text))
        return document, next(_refusals(document.text, _code_rules(params)), None)
    language, sure = (told, None) if told else language_of(document.text, params.languages)
    document = replace(document, language=language)
    rules = _prose_rules(params, is_unsegmented(document.text))
    rules["other_language"] = lambda _: other_language(language, sure, params.languages)
    return document, next(_refusals(document.text, rules), None)


def _prose_rules(params: CorpusParams, unsegmented: bool) -> Rules:
    """In order: the first that refuses is the one that is named."""
    return {
        "too_short": partial(too_short, limit=params.shortest_unsegmented if unsegmented else params.shortest),
        "too_long": partial(too_long, limit=params.longest_unsegmented if unsegmented else params.longest),
        "few_letters": partial(few_letters, limit=params.letters),
        "many_symbols": partial(many_symbols, limit=params.symbols),
        "odd_words": odd_words,
        "bullet_lines": partial(bullet_lines, limit=params.bullet_lines),
        "ellipsis_lines": partial(ellipsis_lines, limit=params.ellipsis_lines),
        "repeated_lines": partial(repeated_lines, limit=params.repeated_lines),
    }


def _code_rules(params: CorpusParams) -> Rules:
    return {
        "too_short": partial(too_short, limit=params.shortest_code),
        "too_long": partial(too_long, limit=params.longest_code),
    }


def _refusals(text: str, rules: Rules) -> Iterator[Refusal]:
    return ((rule, reason) for rule, refuses in rules.items() if (reason := refuses(text)))
