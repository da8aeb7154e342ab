"""What a translation must be like, without knowing the languages: rule by rule, cheap first.

    unfaithful("Name a ferry.", "Name a ferry.", target="zh-Hans")   → ("untranslated", "…")
    unfaithful("Name a ferry.", "说出一艘渡轮。", target="zh-Hans")     → None

Texts are without what protection.py keeps: that is the same in both.
"""

import re
from collections import Counter

from tasks.instructions.makers.translatable import letters_of
from tasks.instructions.screen import Refusal
from tasks.language import SURE, base_language, language_of
from tasks.script import script_of

LOW, HIGH = 0.1, 1.25
"""Characters of Chinese for each of English. Of the 4,953 explanations that tldr-pages 08e345f has in English and in
simplified Chinese half have less than 0.32, one in 1,000 less than 0.09 and one in 1,000 more than 1.24; of 995 in
traditional Chinese half have less than 0.24, one in 1,000 less than 0.08 and one in 1,000 more than 0.77."""
FEWEST = 10
"""Characters of English below which a length says nothing."""
MOST_LATIN = 0.66
"""Share of Latin letters in Chinese: names stay in it. 99 of 100 of the same explanations have less."""
MOST_HAN = 0.05
"""Share of Han characters in English."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．", "0123456789.")


def unfaithful(source: str, said: str, *, target: str) -> Refusal | None:
    """What is wrong with a translation to en, zh-Hans or zh-Hant, by the first rule that says so."""
    if not any(map(str.isalnum, said)):
        return "empty", f"the translation has no words: {said[:80]!r}"
    if said.split() == source.split():
        return "untranslated", f"the translation is the source: {said[:200]!r}"
    return _remainder(said, target) or _length(source, said, target) or _script(said, target) or _numbers(source, said)


def _remainder(said: str, target: str) -> Refusal | None:
    latin, han = letters_of("en", said), letters_of("zh", said)
    share, most = (han, MOST_HAN) if target == "en" else (latin, MOST_LATIN)
    if share > most * (latin + han):
        return (
            "untranslated",
            f"{share / (latin + han):.0%} of letters are of the source's script, over {most:.0%}: {said[:200]!r}",
        )
    found, sure = language_of(said)
    if found and sure >= SURE and base_language(found) != base_language(target):
        return "target_language", f"looks like {found} ({sure:.2f}), wanted {target}: {said[:200]!r}"
    return None


def _length(source: str, said: str, target: str) -> Refusal | None:
    english, chinese = (said, source) if target == "en" else (source, said)
    english, chinese = (" ".join(text.split()) for text in (english, chinese))
    ratio = len(chinese) / max(len(english), 1)
    if LOW <= ratio <= HIGH or max(len(english), len(chinese)) < FEWEST:
        return None
    return (
        "length_ratio",
        f"{len(chinese)} characters of Chinese for {len(english)} of English: {ratio:.2f}, not {LOW} to {HIGH}",
    )


def _script(said: str, target: str) -> Refusal | None:
    found = script_of(said)
    if target == "en" or found in ("zh", target):
        return None
    return "script", f"is written in {found}, wanted {target}: {said[:200]!r}"


def _numbers(source: str, said: str) -> Refusal | None:
    """A number in digits is there as often as before; one in words may have become digits. 1,000 and 1000 are one."""
    plain = (_THOUSANDS.sub("", text.translate(_FULL_WIDTH)) for text in (source, said))
    before, after = (Counter(_NUMBER.findall(text)) for text in plain)
    if lost := sorted((before - after).elements()):
        return "number", f"{lost[0]} is lost: {said[:200]!r}"
    return None
