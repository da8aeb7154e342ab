"""One shard of the archive → its Documents through the steps up to duplicates, and a reason for each that a rule refuses.

The steps are taken in the order of `cleaned`; the first rule that refuses is the one that is named.
"""

from dataclasses import replace
from pathlib import Path

from tasks.corpus.normalise import normalised
from tasks.corpus.quality import refusal
from tasks.corpus.settings import CorpusParams, Language
from tasks.corpus.text import Text
from tasks.language import language_of, language_of_code, language_told, other_language
from tasks.records import Document
from tasks.shards import read_shard

Refusal = tuple[str, str]
"""Rule and reason."""


def clean_shard(shard: Path, params: CorpusParams) -> list[tuple[Document, Refusal | None]]:
    """Each Document of a shard, in its order, with the first rule that refuses it."""
    return [cleaned(document, params) for document in read_shard(shard, Document)]


def cleaned(document: Document, params: CorpusParams) -> tuple[Document, Refusal | None]:
    """A Document normalised and with its language, and the first rule that refuses it."""
    document = normalised(document)
    if document.kind == "code":
        document = replace(document, language=language_told(document.language) or language_of_code(document.text))
        return document, refusal(Text(document.text), params.quality.code)
    document, refused = _with_language(document, params.language)
    text = Text(document.text, document.language)
    limits = params.quality.unsegmented if text.unsegmented else params.quality.segmented
    return document, refused or refusal(text, limits)


def _with_language(document: Document, params: Language) -> tuple[Document, Refusal | None]:
    told = language_told(document.language)
    language, sure = (told, None) if told else language_of(document.text, params.wanted)
    reason = other_language(language, sure, params.wanted)
    return replace(document, language=language), ("other_language", reason) if reason else None
