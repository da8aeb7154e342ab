"""One shard of the archive → its Documents through the steps up to duplicates, and a reason for each that a rule refuses.

The steps are taken in the order of `cleaned`; the first rule that refuses is the one that is named. Personal data is
replaced last, and in every Document: those refused lie in dropped/ and are shown in cards and logs, too.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from tasks.corpus.chinese import converted
from tasks.corpus.normalise import normalised
from tasks.corpus.quality import refusal
from tasks.corpus.settings import CorpusParams, Language
from tasks.corpus.text import Text
from tasks.language import (
    base_language,
    language_of,
    language_of_code,
    language_told,
    languages_of_lines,
    mixed_language,
    other_language,
)
from tasks.privacy import private
from tasks.records import Document
from tasks.script import script_of
from tasks.shards import read_shard

Refusal = tuple[str, str]
"""Rule and reason."""


def clean_shard(shard: Path, params: CorpusParams) -> tuple[list[tuple[Document, Refusal | None]], Counter[str]]:
    """Each Document of a shard, in its order, with the first rule that refuses it; and what was replaced, by type."""
    verdicts, replaced = [], Counter[str]()
    for found in read_shard(shard, Document):
        document, refused = cleaned(found, params)
        document, count = private(document, params.privacy.replace)
        replaced += count
        while count and not refused:  # what is left must be clean, too: of an address alone it is <EMAIL>
            document, refused = cleaned(document, params)
            document, count = private(document, params.privacy.replace)
            replaced += count
        verdicts.append((document, refused))
    return verdicts, replaced


def cleaned(document: Document, params: CorpusParams) -> tuple[Document, Refusal | None]:
    """A Document normalised and with its language, and the first rule that refuses it."""
    document = normalised(document, params.normalise)
    if document.kind == "code":
        language = _script_too(language_told(document.language) or language_of_code(document.text), document.text)
        return replace(document, language=language), refusal(Text(document.text), params.quality.code)
    document, refused = _with_language(document, params.language)
    text = Text(document.text, base_language(document.language))
    limits = params.quality.unsegmented if text.unsegmented else params.quality.segmented
    return document, refused or refusal(text, limits)


def _with_language(document: Document, params: Language) -> tuple[Document, Refusal | None]:
    """The language told, or else the one that most words are in."""
    wanted = {base_language(one) for one in params.wanted}
    language, sure = language_told(document.language), None
    if not language:
        language, sure = language_of(document.text, wanted)
    lines = Counter[str]()
    if sure is None or "\n" in document.text:  # else the whole was the line
        lines = languages_of_lines(document.text, base_language(language), wanted)
    ((most, count),) = lines.most_common(1) or [(language, 0)]
    if sure is not None and most != language:
        language, sure = most, count / lines.total()
    document = _written_in(params.chinese, replace(document, language=_script_too(language, document.text)))
    if reason := other_language(document.language, sure, params.wanted):
        return document, ("other_language", reason)
    if params.mixed is not None and (reason := mixed_language(lines, params.wanted, params.mixed)):
        return document, ("mixed_language", reason)
    return document, None


def _written_in(script: str | None, document: Document) -> Document:
    if script is None or base_language(document.language) != "zh":
        return document
    text, title = (converted(written, script) for written in (document.text, document.title))
    return replace(document, language=script, text=text, title=title)


def _script_too(language: str, text: str) -> str:
    return script_of(text) if language == "zh" else language
