"""Words of a Document beside its text, which keeps all of them: for those who want segmentation as a column.

segmented(Document(…, text="这个文件的名称", language="zh-Hans", …))
→  Words(id, "zh-Hans", words=("这个", "文件", "的", "名称"), tags=("r", "n", "uj", "n"), stop_words=0.5)

Chinese by jieba's dictionary (rjieba), with its parts of speech (n noun, v verb, uj 的, eng Latin letters, …); traditional
characters are in it less often, so that those words come out shorter. Other languages by `words`, in lower case and without
parts of speech: no tagger of English is both offline and good (LOG.md).
"""

from functools import cache
from pathlib import Path

from tasks.errors import EnvironmentFault
from tasks.language import base_language
from tasks.records import Document, Words
from tasks.script import words

LANGUAGES = ("en", "zh")
"""Those with a list of stop words beside this file."""


def segmented(document: Document) -> Words:
    """The words of a Document, in their order. Raises EnvironmentFault where rjieba is not installed."""
    language = base_language(document.language)
    tagged = _chinese(document.text) if language == "zh" else None
    found = tuple(word for word, _ in tagged) if tagged is not None else tuple(words(document.text))
    tags = tuple(tag for _, tag in tagged) if tagged is not None else None
    return Words(document.id, document.language, found, tags, _share_of_stop_words(found, language))


def _share_of_stop_words(found: tuple[str, ...], language: str) -> float | None:
    """None for no words, or in a language without a list."""
    if not found or language not in LANGUAGES:
        return None
    return sum(map(_stop_words(language).__contains__, found)) / len(found)


def _chinese(text: str) -> list[tuple[str, str]]:
    try:
        import rjieba
    except ImportError as error:
        raise EnvironmentFault(
            "words in params/corpus.yaml needs the package rjieba, which is not installed: "
            "`.venv/bin/pip install -c constraints.txt rjieba`, or set it to false."
        ) from error
    return [(word, tag) for word, tag in rjieba.tag(text) if any(map(str.isalnum, word))]


@cache
def _stop_words(language: str) -> frozenset[str]:
    rows = Path(__file__).with_name(f"stop_words_{language}.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(word for row in rows if not row.startswith("#") for word in row.split())
