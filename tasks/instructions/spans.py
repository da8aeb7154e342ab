"""A sentence → the parts of it that a question can ask for: known before anything is asked.

    spans("The keeper rows 12 miles to Port Anders.", "en")  →  ["12 miles", "Port Anders"]
    spans("灯塔每隔15秒闪一次。", "zh")                          →  ["15秒"]

Quotations, numbers with their unit, names, and the term before a colon; where there are none, the longest run without a
function word.
"""

import re

from tasks.script import HAN, has_word

LONGEST = {"en": 60, "zh": 20}
"""Characters of an answer."""
_SMALL = (
    "a|an|the|and|or|but|nor|of|in|on|at|to|from|by|for|with|as|is|are|was|were|be|been|it|its|this|that|these|"
    "those|if|then|than|not|no|so|do|does|did|has|have|had|will|would|can|could|may|might|must|shall|should|when|"
    "where|while|which|who|all|any|each|every|some|they|them|their|he|his|she|her|we|our|you|your|one|there|into|"
    "onto|over|under|also|only"
)
_SMALL_OR_END = re.compile(rf"\b(?:{_SMALL})\b|[^\w\s'-]|\d", re.IGNORECASE)
_ENGLISH = tuple(
    map(
        re.compile,
        (
            r"[\"“]([^\"“”\n]{2,40})[\"”]|(?<!\w)'([^'\n]{2,40})'(?!\w)",
            rf"(?<![\w.\-])(\d+(?:[.,:]\d+)*(?:\s?%|\s(?!(?:{_SMALL})\b)[a-z]{{2,}})?)(?![\w\-])",
            r"(?<=[a-z,;] )([A-Z]\w+(?:\s[A-Z]\w+)*)",
            r"^([A-Z][^:.,;]{1,30}):\s",
        ),
    )
)
_CHINESE = tuple(
    map(
        re.compile,
        (
            r"[“「『《\"]([^“”「」『』《》\"\n]{2,20})[”」』》\"]",
            r"(\d+(?:[.,]\d+)*\s?[%％年月日时分秒元米次条种名位人岁页章点层级天周里克升个]?)",
            r"((?:[二三四五六七八九两]|[一二三四五六七八九]?[十百千万][一二三四五六七八九十百千万]*)[年月日时分秒元米次条种名位人岁页章点层级天周里克升个])",
            r"(?<![A-Za-z])([A-Za-z][\w+.\-]*\w)",
            rf"^([{HAN}]{{2,12}})[：:]",
        ),
    )
)
_PARTICLE_OR_END = re.compile(f"[^{HAN}]|[的了是在和与或也就都而及着把被从到对于为以之其这那有不会能可要将让由使得地每]")


def spans(sentence: str, language: str) -> list[str]:
    """Answers that a question about a sentence may have, in their order; [] where there are none. `language` is en or zh."""
    patterns = _CHINESE if language == "zh" else _ENGLISH
    found = [(match.start(), part) for pattern in patterns for match in pattern.finditer(sentence) for part in _said(match)]
    told = list(dict.fromkeys(part for _, part in sorted(found) if _fits(part, sentence, language)))
    whole = [part for part in told if not any(part != other and part in other for other in told)]
    return whole or [run for run in [_longest_run(sentence, language)] if _fits(run, sentence, language)]


def _said(match: re.Match[str]) -> list[str]:
    return [part.strip() for part in match.groups() if part]


def _fits(part: str, sentence: str, language: str) -> bool:
    """Short, with a word in it, and there once: of two, nobody knows which was meant."""
    return has_word(part) and len(part) <= LONGEST[language] and sentence.count(part) == 1 and 2 * len(part) <= len(sentence)


def _longest_run(sentence: str, language: str) -> str:
    """Han without a particle, or English words without a function word; the first word, often a verb, is none."""
    if language == "zh":
        runs = [run for run in _PARTICLE_OR_END.split(sentence) if len(run) >= 2]
        return max(runs, key=len, default="")
    runs = [run.strip(" -'") for run in _SMALL_OR_END.split(sentence.partition(" ")[2])]
    return max((run for run in runs if " " in run), key=len, default="")
