"""Generated Documents on disk: an archive a language with the planted pairs told, short texts, or one archive of all.

pairs = write_by_language(Path("corpus"), texts, documents=50_000, variants=7_000, dirt=0.0)
pairs[0]   → Pair(language="en", one="4e804bb1…", other="09f1…", texts=("…", "…"), jaccard=0.91)
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from benchmarks.texts import LANGUAGES, Texts, Variant, short_texts, stream
from tasks.records import Document
from tasks.script import shingles
from tasks.shards import new_folder

ROWS_PER_SHARD = 5_000
"""Six shards a language for two processes: with smaller ones, the start of a task is most of datatrove's time."""
SHORT = 10_000


@dataclass(frozen=True, slots=True)
class Pair:
    """A Document and a planted variant of it."""

    language: str
    one: str
    other: str
    texts: tuple[str, str]
    jaccard: float
    """As tasks.script cuts shingles."""


def write_by_language(folder: Path, texts: Texts, documents: int, variants: int, *, dirt: float) -> list[Pair]:
    """<folder>/en and <folder>/zh, archives, and what is planted in them."""
    pairs, rows = [], {language: list[Document]() for language in LANGUAGES}
    for one in stream(texts, documents, variants, dirt=dirt):
        document = one.document if isinstance(one, Variant) else one
        language = language_of(document)
        rows[language].append(document)
        if isinstance(one, Variant):
            pairs.append(Pair(language, one.original.id, document.id, (one.original.text, document.text), one.jaccard))
    for language, some in rows.items():
        _write(folder / language, some)
    return pairs


def write_short(folder: Path, texts: Texts) -> None:
    """<folder>/en and <folder>/zh: distinct texts of hardly a word."""
    rows = list(short_texts(texts, SHORT))
    for language in LANGUAGES:
        _write(folder / language, [row for row in rows if language_of(row) == language])


def write_all(folder: Path, texts: Texts, documents: int, variants: int, *, dirt: float) -> None:
    """An archive of both languages."""
    found = stream(texts, documents, variants, dirt=dirt)
    _write(folder, (one.document if isinstance(one, Variant) else one for one in found))


def farthest(texts: Texts, language: str, sample: int) -> tuple[float, float]:
    """Mean and greatest similarity of any two of the first Documents that are no variants."""
    sets = [set(shingles(texts.document(language, number).text)) for number in range(sample)]
    found = [len(one & other) / max(len(one | other), 1) for one, other in combinations(sets, 2)]
    return sum(found) / len(found), max(found)


def language_of(document: Document) -> str:
    """What the generator wrote it in."""
    return document.source[len("bench_") :][:2]


def _write(folder: Path, rows: Iterable[Document]) -> None:
    with new_folder(folder) as out:
        out.rows("documents", rows, Document, ROWS_PER_SHARD)
