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
_UNIT = (
    "(?:公里|千米|厘米|毫米|海里|平方米|立方米|公斤|千克|毫升|小时|分钟|秒钟|个月|个人|星期|世纪|年代|摄氏度"
    "|[%％年月日号时分秒元角米次条种名位人岁页章点层级天周里克吨升度亩尺斤棵艘辆只座间家册本张件个])"
)
_FIGURES = "一二三四五六七八九两"
_CHINESE = tuple(
    map(
        re.compile,
        (
            r"[“「『《\"]([^“”「」『』《》\"\n]{2,20})[”」』》\"]",
            r"(\d+年\d+月(?:\d+[日号])?|\d+月\d+[日号])",
            rf"(第?\d+(?:[.,]\d+)*\s?[百千万亿]*[多余]?\s?{_UNIT}?)",
            # 十分 is mostly "very", 四周 "all around"; of 百, 千 and 万 alone idioms are made.
            rf"((?<![\d{_FIGURES}十百千万亿])(?:第|零下)?(?!十分(?!钟)|四周)"
            rf"(?:[二三四五六七八九两]|(?:[{_FIGURES}]?十|[{_FIGURES}][百千万亿])[{_FIGURES}十百千万亿零]*)[多余]?{_UNIT})",
            rf"(百分之[{_FIGURES}十百零点]+)",
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
