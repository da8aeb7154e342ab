"""A teacher's list of new instructions → each of them, with what speaks against it.

    read(" Name a river.\\nTask 10: Name a lake.\\nTask 11: Na", "length", "en")   → ["Name a river.", "Name a lake."], "Na"
    refusal("Draw a map of Peru.", "en")         → ("not_for_text", "a text alone cannot do 'draw'")
    twin("Name a river, please.", pool)          → ("alike", "ROUGE-L 0.86, at least 0.7, with 'Name a river.'")

The rules are those of Wang et al. 2022 (arXiv:2212.10560, section 2.2, and their code), which refuse all Chinese by its
first character and measure no ROUGE-L on it; the Chinese half is ours.
"""

import re

from tasks.instructions.pool import Nearest
from tasks.instructions.screen import Refusal
from tasks.script import has_han, words

MOST_ALIKE = 0.7
"""ROUGE-L with the nearest seed or instruction, from which on a new one is refused."""
LENGTHS = {"en": (4, 150), "zh": (6, 240)}
"""Least and most words; of Chinese characters 1.6 times as many, as a word has them in the mean."""
_NUMBER = re.compile(
    r"^[\s*#>-]*(?:(?:task|任务|第)\s*(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*[条个项]?\s*[.:：、)）]"
    r"|\d{1,3}\s*(?:[、)）]|[.:：](?!\d)))[\s*]*",
    re.IGNORECASE,
)
_NOT_FOR_TEXT = {
    "en": re.compile(
        r"\b(?:images?|graphs?|pictures?|photos?|files?|maps?|draw|plot|go to|videos?|audio|music|flowcharts?|diagrams?"
        r"|screenshots?)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        "图片|图像|图表|图画|地图|插图|截图|流程图|示意图|思维导图|照片"
        "|(?<![刻勾描动漫])画[一出个张幅]|绘制|作图|视频|音频|录音|音乐|播放|文件|附件|打开网页|(?<![早晚])上网"
    ),
}
"""What the authors list as beyond a language model, and the same in Chinese."""
_PROGRAM = re.compile(
    r"write a program\b|(?:请|帮我)?(?:编写|写出?|设计|实现)(?:一个|一段|个|段)?(?:程序|代码)", re.IGNORECASE
)
"""The authors drop these: a model that is shown few begins to write no other."""
_LABEL = re.compile(r"\b(?:input|output|answer|class label)\s*:|(?:输入|输出|答案|类别)\s*[:：]", re.IGNORECASE)
_OPENS_A_TITLE = "《“「『"
"""Chinese instructions begin with a title or a quotation as with any noun."""


def read(text: str, finish: str, language: str) -> tuple[list[str], str]:
    """Instructions of a reply, in one line each, and what broke off where the reply did not end by itself."""
    found: list[list[str]] = [[]]
    open_ = True
    for line in text.strip().split("\n"):
        number = _NUMBER.match(line)
        if number:
            if len(found) == 1 and _announces(found[0]):
                found[0] = []
            found.append([])
        elif not line.strip() and found[-1]:
            open_ = False  # what follows an empty line is no more of the list, unless it is numbered
            continue
        if number or open_:
            open_ = True
            found[-1].append(line[number.end() if number else 0 :].strip(" *\t\r"))
    joined = ["".join(some) if language == "zh" else " ".join(" ".join(some).split()) for some in found]
    some = [one for one in joined if one]
    return (some[:-1], some[-1]) if finish == "length" and some else (some, "")


def refusal(instruction: str, language: str) -> Refusal | None:
    """What speaks against an instruction by itself."""
    least, most = LENGTHS[language]
    unit = "characters" if language == "zh" else "words"
    if not least <= (length := len(words(instruction))) <= most:
        return "length", f"{length} {unit}, not {least} to {most}: {instruction[:200]!r}"
    return _beginning(instruction, language) or _matter(instruction, language)


def twin(instruction: str, nearest: Nearest) -> Refusal | None:
    """Whether nearly the same is there, among seeds and all that was taken before."""
    if nearest.f < MOST_ALIKE:
        return None
    return "alike", f"ROUGE-L {nearest.f:.2f}, at least {MOST_ALIKE}, with {nearest.text!r}: {instruction[:200]!r}"


def _beginning(instruction: str, language: str) -> Refusal | None:
    first = instruction[0]
    if not first.isalnum() and not (language == "zh" and first in _OPENS_A_TITLE):
        return "punctuation", f"begins with {first!r}: {instruction[:200]!r}"
    if first.isalnum() and not first.isascii() and not (language == "zh" and has_han(first)):
        return "first_character", f"begins with {first!r}, of another script: {instruction[:200]!r}"
    if found := _PROGRAM.match(instruction):
        return "program", f"begins with {found[0]!r}: {instruction[:200]!r}"
    return None


def _matter(instruction: str, language: str) -> Refusal | None:
    if has_han(instruction) != (language == "zh"):
        return "language", f"not in {language}: {instruction[:200]!r}"
    if found := _LABEL.search(instruction):
        return "prompt_leaked", f"holds the label {found[0]!r}: {instruction[:200]!r}"
    if found := _NOT_FOR_TEXT[language].search(instruction):
        return "not_for_text", f"a text alone cannot do {found[0]!r}: {instruction[:200]!r}"
    return None


def _announces(lines: list[str]) -> bool:
    """`Here are eight more tasks:`, before a list."""
    return bool(lines) and lines[-1].endswith((":", "："))
