"""How much two texts say the same, in English words and Chinese characters.

    f1("the red door", "a red door")                        →  1.0
    longest_run("open the red door", "the red door shuts")  →  3
    share_found("Explain doors.", "A door shuts.")          →  1.0
    share_found("解释灯塔的高度。", "灯塔指引船只。")              →  0.5     灯塔 is there, 高度 is not

Words are those of tasks/script.py: a Chinese character is one, and full-width forms are as good as half-width ones.
"""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher

from tasks.script import HAN, words

_ARTICLES = {"a", "an", "the"}
_CONTENT = re.compile(r"[^\W\d_]{3,}|\d+")
_HAN_RUN = re.compile(f"[{HAN}]+")
_FRAME = re.compile(
    "what|which|who|whom|whose|when|where|why|how|whether|this|that|these|those|there|here|then|than|and|but|for|"
    "nor|yet|the|are|was|were|been|being|has|have|had|does|did|doing|done|can|could|may|might|must|shall|should|"
    "will|would|not|you|your|yours|our|ours|his|her|hers|its|their|theirs|him|them|they|she|one|ones|all|any|each|"
    "every|some|such|with|from|into|onto|about|over|under|between|after|before|during|while|until|since|because|"
    "also|only|very|just|explain|describe|tell|say|says|said|give|gives|write|list|name|show|find|define|summarise|"
    "summarize|state|mean|means|meaning|happen|happens|please|python|function|code|example|sentence|sentences|"
    "briefly|short|use|used|using"
)
"""English words that an instruction or a question may have of itself."""
_FRAME_ZH = re.compile(
    "为什么|是什么|什么|怎么样|怎样|怎么|如何|哪些|哪个|哪里|哪|谁|多少|几|是否|吗|呢|请问|请|解释|说明|介绍|描述|简述|列出|写出|写|"
    "一个|一下|一段|一句话|函数|代码|给出|告诉|关于|[的了是在和与或也就都而及着把被从到对于为以之其这那有不会能可要将让由使得地]"
)
"""Chinese words and particles that an instruction or a question may have of itself."""
ALIKE = 4
"""Letters in which two forms of one English word agree: return, returns; a shorter word must agree whole."""


def normal(text: str) -> str:
    """Full-width forms as half-width ones, curly quotes as straight ones, each white space as one blank."""
    straight = unicodedata.normalize("NFKC", text).translate(str.maketrans("“”‘’「」『』", '""\'\'""""'))
    return " ".join(straight.split())


def tokens(text: str) -> list[str]:
    """Words in lower case, Chinese characters."""
    return words(normal(text))


def f1(answer: str, expected: str) -> float:
    """Harmonic mean of precision and recall in tokens without articles, 0 to 1 (SQuAD; arXiv:1606.05250, 6.1)."""
    said, wanted = (Counter(word for word in tokens(text) if word not in _ARTICLES) for text in (answer, expected))
    common = (said & wanted).total()
    return 2 * common / (said.total() + wanted.total()) if common else 0.0


def longest_run(one: str, other: str) -> int:
    """Tokens of the longest run that both have."""
    first, second = tokens(one), tokens(other)
    return SequenceMatcher(None, first, second, autojunk=False).find_longest_match().size


def holds(text: str, part: str) -> bool:
    """Whether all tokens of a part, one at least, stand together in a text."""
    return 0 < len(tokens(part)) == longest_run(part, text)


def share_found(text: str, within: str) -> float:
    """Share of a text's content (words, pairs of Chinese characters) that is in another, 0 to 1; 0 without content."""
    said, there = content(text), content(within)
    return sum(_has(there, unit) for unit in said) / len(said) if said else 0.0


def content(text: str) -> set[str]:
    """What a text is about: English words of three letters or more and numbers, pairs of neighbouring Chinese characters."""
    told = normal(text).casefold()
    runs = [run for part in _FRAME_ZH.split(told) for run in _HAN_RUN.findall(part)]
    latin = _HAN_RUN.sub(" ", re.sub(r"(?<=[a-z])(?=[_\d])|_", " ", told))
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)} | {
        word for word in _CONTENT.findall(latin) if not _FRAME.fullmatch(word)
    }


def is_one_word(one: str, other: str) -> bool:
    """Whether two English words are forms of one, by the letters that they begin with."""
    same = min(ALIKE, len(one), len(other))
    return one[:same] == other[:same]


def _has(there: set[str], unit: str) -> bool:
    if unit in there or not unit.isascii() or not unit.isalpha():
        return unit in there
    return any(is_one_word(word, unit) for word in there)
