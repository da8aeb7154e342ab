"""The records that cross a border between stages, and their columns in parquet.

    Document  a text with where it came from          archive → corpus → instructions
    Pair      an instruction with its answer          instructions → model, scores
    Preference  two answers to one prompt, the better one named     instructions → whoever trains on preferences
    Words     the words of a Document                 corpus → whoever wants them
    Dropped   a row that did not go on, and why       every stage → data/<stage>/dropped, quarantined

An id is a hash of the content, never a position, a time or a random number:

    >>> document_id("python_docs", "json", "json.loads", "Deserialize s")
    '4e804bb1fef02da9'
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Document:
    """One text. `kind` is prose, code, dialogue or table."""

    id: str
    text: str
    language: str
    """ISO 639-1 code, of Chinese zh-Hans or zh-Hant where they differ; in the archive as the source marks it; "" unknown."""
    title: str
    kind: str
    source: str
    """`<name of the source in params/archive.yaml>:<locator>`; the unit of the split between train and test."""
    license: str


@dataclass(frozen=True, slots=True)
class Pair:
    """An instruction, what it is about, and the answer."""

    id: str
    instruction: str
    input: str
    output: str
    history: tuple[tuple[str, str], ...]
    """Earlier turns as (user, assistant); () for a single turn."""
    language: str
    """Language of the instruction."""
    task: str
    """Family of the instruction: summarise, json, count, …; scores are reported by it."""
    maker: str
    """Recipe and version that made it, such as `templates/json@1`; `ready/<name of the source>` where it came as it is."""
    parents: tuple[str, ...]
    """Ids of the Documents or Pairs it was made from."""
    source: str
    """`source` of its first parent; the unit of the split."""
    constraints: tuple[str, ...]
    """Checks the answer must pass, such as `json` or `uppercase`; names in tasks/checks/."""
    label: str
    """Class, spans (a citation), score or requirements as JSON, where the row has one; else ""."""
    license: str
    split: str
    """train, test, or "" before the split."""


@dataclass(frozen=True, slots=True)
class Preference:
    """Two answers to one prompt, of which one is preferred."""

    id: str
    prompt: str
    """The text that a model continues, as tasks/chat.py words it."""
    chosen: str
    rejected: str
    origin: str
    """Id of the Pair of the train split whose answer is `chosen`; it tells maker, licence and source."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A row that did not go on: which rule stopped it, why in words, and the row itself."""

    id: str
    stage: str
    rule: str
    reason: str
    row: str
    """The row as JSON, or the raw text (at most 64 KiB) where it could not be read."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a Document, where data/corpus/words is asked for."""

    id: str
    """That of the Document."""
    language: str
    words: tuple[str, ...]
    """In their order, without punctuation."""
    tags: tuple[str, ...] | None
    """Part of speech of each word, as jieba names them; None where nobody tags the language."""
    stop_words: float | None
    """Share of words that say little by themselves; None without words or without a list for the language."""


Record = Document | Pair | Preference | Words | Dropped

READY_MADE = "ready"
"""`task` of Pairs that came to the archive as Pairs, and how their `maker` begins."""

SCHEMAS: dict[type, pa.Schema] = {
    Document: pa.schema([(name, pa.string()) for name in Document.__slots__]),
    Preference: pa.schema([(name, pa.string()) for name in Preference.__slots__]),
    Dropped: pa.schema([(name, pa.string()) for name in Dropped.__slots__]),
    Words: pa.schema(
        [
            ("id", pa.string()),
            ("language", pa.string()),
            ("words", pa.list_(pa.string())),
            ("tags", pa.list_(pa.string())),
            ("stop_words", pa.float64()),
        ]
    ),
    Pair: pa.schema(
        [
            (name, {"parents": pa.list_(pa.string()), "constraints": pa.list_(pa.string())}.get(name, pa.string()))
            if name != "history"
            else ("history", pa.list_(pa.list_(pa.string())))
            for name in Pair.__slots__
        ]
    ),
}


def content_id(*parts: str) -> str:
    """The first 16 digits of `content_hash`."""
    return content_hash(*parts)[:16]


def content_hash(*parts: str) -> str:
    """64 hex digits of a SHA-256 over the parts and their lengths: ("ab", "c") differs from ("a", "bc")."""
    return hashlib.sha256(b"".join(map(_with_length, parts))).hexdigest()


def content_ids(parts: Iterable[str], last: Iterable[str]) -> Iterator[str]:
    """`content_id(*parts, one)` for each one of many, with what they share worked out once."""
    shared = hashlib.sha256(b"".join(map(_with_length, parts)))
    for one in last:
        digest = shared.copy()
        digest.update(_with_length(one))
        yield digest.hexdigest()[:16]


def _with_length(part: str) -> bytes:
    data = part.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(8, "big") + data


def document_id(source_name: str, locator: str, title: str, text: str) -> str:
    """Id of a Document: where it came from and what it says."""
    return content_id("document", source_name, locator, title, text)


def pair_id(instruction: str, input: str, output: str, history: tuple[tuple[str, str], ...] = ()) -> str:
    """Id of a Pair: what it says, whoever made it."""
    return content_id("pair", instruction, input, output, *(said for turn in history for said in turn))


def preference_id(prompt: str, chosen: str, rejected: str) -> str:
    """Id of a Preference: what it says, wherever it came from."""
    return content_id("preference", prompt, chosen, rejected)
