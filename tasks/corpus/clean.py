"""One shard of the archive → its Documents through the steps up to duplicates, and a reason for each that a rule refuses.

The steps are taken in the order of `cleaned`; the first rule that refuses is the one that is named. Personal data is
replaced last, and in every Document: those refused lie in dropped/ and are shown in cards and logs, too.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from tasks.corpus.language import language_of, language_of_code, language_told, other_language
from tasks.corpus.normalise import normalised
from tasks.corpus.privacy import private
from tasks.corpus.quality import refusal
from tasks.corpus.script import Text
from tasks.corpus.settings import CorpusParams, Language
from tasks.records import Document
from tasks.shards import read_shard

Refusal = tuple[str, str]
"""Rule and reason."""


def clean_shard(shard: Path, params: CorpusParams) -> tuple[list[tuple[Document, Refusal | None]], Counter[str]]:
    """Each Document of a shard, in its order, with the first rule that refuses it; and what was replaced, by type."""
    verdicts, replaced = [], Counter[str]()
    for found in read_shard(shard, Document):
        document, refused = cleaned(found, params)
        document, count = private(document, params.privacy.replace)
        verdicts.append((document, refused))
        replaced += count
    return verdicts, replaced


def cleaned(document: Document, params: CorpusParams) -> tuple[Document, Refusal | None]:
    """A Document normalised and with its language, and the first rule that refuses it."""
    document = normalised(document)
    text = Text(document.text)
    if document.kind == "code":
        document = replace(document, language=language_told(document.language) or language_of_code(document.text))
        return document, refusal(text, params.quality.code)
    document, refused = _with_language(document, params.language)
    limits = params.quality.unsegmented if text.unsegmented else params.quality.segmented
    return document, refused or refusal(text, limits)


def _with_language(document: Document, params: Language) -> tuple[Document, Refusal | None]:
    told = language_told(document.language)
    language, sure = (told, None) if told else language_of(document.text, params.wanted)
    reason = other_language(language, sure, params.wanted)
    return replace(document, language=language), ("other_language", reason) if reason else None
