"""A seed → as many Documents as wanted, English and Chinese, with near-duplicates whose Jaccard similarity is known.

    texts = Texts(seed=1)
    texts.document("en", 0).text       → "Return the day of the week. …": sentences of Python's own documentation, shuffled
    texts.variant("en", 0).document    → the same with some words changed
    write(Path("archive"), texts, documents=50_000, variants=5_000, dirt=0.1)

Every Document is made of its number alone, so that a million need no memory. English sentences are those of the docstrings
and topics that come with Python; Chinese ones of chinese.py, or both of a folder of .txt files (--text). Two Documents with
different numbers share hardly a sentence (`farthest` measures it); a variant differs from its Document by edits of words.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks import chinese
from tasks.archive.python_docs import documents as python_documents
from tasks.archive.settings import PythonDocs
from tasks.records import Document, document_id
from tasks.script import shingles

LANGUAGES = ("en", "zh")
MEDIAN_SENTENCES, SPREAD = 6, 0.6
"""Of a lognormal: a mean of some 600 characters in English, one Document in a hundred over 2,500."""
PARTINGS = {"en": (" ", " ", " ", " ", "\n\n"), "zh": ("", "", "", "", "\n\n")}
POOL = 40_000
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|(?<=[。！？])|\n\s*\n")
_SENTENCE = re.compile(r"[A-Z\u4e00-\u9fff][^\n|{}<>]{20,300}[.!?。！？]")


@dataclass(frozen=True, slots=True)
class Variant:
    """A Document made of another by edits, and how alike they are."""

    document: Document
    original: Document
    jaccard: float
    """Of their shingles, as tasks.script cuts them."""


@dataclass(frozen=True)
class Texts:
    """All the Documents of a seed."""

    seed: int
    folder: Path | None = None
    """Where to take sentences from instead, out of its .txt files."""

    @property
    def pools(self) -> dict[str, list[str]]:
        """Sentences by language, each once, sorted."""
        return _pools(self.seed, self.folder)

    @cached_property
    def words(self) -> list[str]:
        """Words of the English sentences, each once, sorted."""
        return sorted({word for sentence in self.pools["en"] for word in re.findall(r"[a-z]{2,}", sentence)})

    def document(self, language: str, number: int, *, dirt: float = 0.0) -> Document:
        """Number `number` of a language; with probability `dirt` it has something to clean away, or to be refused for."""
        source = Random(f"{self.seed} {language} {number}")
        text = self._text(language, source)
        return _document(language, str(number), soiled(text, source) if source.random() < dirt else text)

    def variant(self, language: str, number: int, *, dirt: float = 0.0) -> Variant:
        """Document `number` with words changed, most often so few that 0.8 or more of the shingles stay."""
        source = Random(f"{self.seed} {language} {number} variant")
        one = self.document(language, number, dirt=dirt)
        text = _edited(one.text, language, source)
        return Variant(_document(language, f"{number}/variant", text), one, jaccard(one.text, text))

    def _text(self, language: str, source: Random) -> str:
        pool, wanted = self.pools[language], max(4, round(source.lognormvariate(0, SPREAD) * MEDIAN_SENTENCES))
        text = "".join(source.choice(pool) + source.choice(PARTINGS[language]) for _ in range(wanted)).strip()
        return " ".join(self._other_word(word, source) for word in text.split(" ")) if language == "en" else text

    def _other_word(self, word: str, source: Random) -> str:
        """One English word in ten is another: else two of a million Documents would share their longest sentences."""
        return source.choice(self.words) if source.random() < 0.1 and word.isalpha() else word


def stream(texts: Texts, documents: int, variants: int, *, dirt: float) -> Iterator[Document | Variant]:
    """Half of each language in turn; variants are of Documents spread evenly among the others, and come at the end."""
    for number in range(documents):
        yield texts.document(LANGUAGES[number % 2], number // 2, dirt=dirt)
    for number in range(variants):
        yield texts.variant(LANGUAGES[number % 2], number // 2 * (documents // max(variants, 1)), dirt=dirt)


def short_texts(texts: Texts, count: int) -> Iterator[Document]:
    """Distinct texts of at most four English words or ten Chinese characters, many of which share words."""
    source, seen = Random(f"{texts.seed} short"), set[str]()
    words = texts.words[::10]
    hans = [chr(0x4E00 + number) for number in range(400)]
    while len(seen) < count:
        some, joint, most = (words, " ", 4) if len(seen) % 2 else (hans, "", 10)
        text = joint.join(source.choices(some, k=source.randint(1, most)))
        if text not in seen:
            seen.add(text)
            yield _document("en" if joint else "zh", f"short/{len(seen)}", text)


def jaccard(one: str, other: str) -> float:
    """Shared shingles over all shingles."""
    first, second = set(shingles(one)), set(shingles(other))
    return len(first & second) / max(len(first | second), 1)


def soiled(text: str, source: Random) -> str:
    """Text with one of the things that a cleaning chain is for."""
    number = source.randrange(10**6)
    lines = text.replace("。", "。\n").replace(". ", ".\n")
    return source.choice(
        [
            f"{text}\nContact: user{number}@mail{number % 97}.net, 46.{number % 200}.{number % 255}.{number % 199}",
            f"\x1b[33m{text}\x1b[0m\r\n\r\n\r\n\r\n",
            f"{text} It’s the “café” no. {number}.".encode().decode("cp1252", "replace"),
            f"{lines}\n" + f"Share this page no. {number} with a friend.\n" * 40,
            f"{text[:15]} {number}",
            f"{text[:60]} {number} " + "=-*# " * 60,
        ]
    )


def _edited(text: str, language: str, source: Random) -> str:
    """Words (en) or characters (zh) replaced; how many aims at a similarity between 0.55 and 0.98, mostly over 0.8."""
    tokens = re.split(r"( |\n+)", text) if language == "en" else list(text)
    places = [place for place, token in enumerate(tokens) if token[:1].isalnum()]
    size = 3 if language == "en" else 5
    aim = source.uniform(0.82, 0.98) if source.random() < 0.8 else source.uniform(0.55, 0.75)
    # k scattered edits change size * k shingles of n: Jaccard (n - size k) / (n + size k).
    edits = max(1, int(len(places) * (1 - aim) / (1 + aim) / size))
    words = ("amber", "bridge", "copper", "harbour", "lantern", "meadow", "quartz", "violin")
    for place in source.sample(places, edits):
        tokens[place] = (
            f"{source.choice(words)}{source.randrange(100)}" if size == 3 else chr(source.randrange(0x4E00, 0x9F00))
        )
    return "".join(tokens)


def _document(language: str, locator: str, text: str) -> Document:
    """Its language stands in the source, and not in `language`, for the chain to find out."""
    title = f"{language} {locator}"
    return Document(
        document_id("bench", locator, title, text), text, "", title, "prose", f"bench_{language}:{locator}", "PSF-2.0"
    )


@cache
def _pools(seed: int, folder: Path | None) -> dict[str, list[str]]:
    found = set(_sentences_of(folder))
    pools = {"zh": {one for one in found if one[0] >= "\u4e00"}, "en": {one for one in found if one[0] < "\u4e00"}}
    if not folder:
        pools["zh"] = set(islice(chinese.sentences(Random(seed)), POOL))
    return {language: sorted(pool) for language, pool in pools.items()}


def _sentences_of(folder: Path | None) -> Iterator[str]:
    texts = (file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.txt"))) if folder else _python_texts()
    for text in texts:
        for sentence in _SENTENCE_END.split(text):
            flat = " ".join(sentence.split())
            if _SENTENCE.fullmatch(flat):
                yield flat


def _python_texts() -> Iterator[str]:
    source = PythonDocs(kind="python_docs", name="bench", license="PSF-2.0", packages=(), shortest_docstring=60)
    for found in python_documents(source):
        if isinstance(found, Document) and found.kind == "prose":
            yield found.text
