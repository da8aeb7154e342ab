"""Verifiable instructions that only Chinese has: its script, its punctuation, its marks of lists, lines of four characters.

    is_in_script("打开这个文件。", script="simplified")         →  True
    has_full_width_marks("版本是 3.14，对吗？")                  →  True     between digits or letters half width is right
    has_items("1、开门\\n2、关灯", num_items=2, mark="1、")        →  True

A number of characters is that of Han characters and of words in other scripts; punctuation is not counted.
"""

import re
from collections.abc import Iterator

from tasks.checks.counting import lines, number_of_words, sentences
from tasks.script import HAN, has_han, simplified_characters, traditional_characters

_HALF_WIDTH = re.compile(r"(?<![A-Za-z0-9])[,.;:!?()]|[,.;:!?()](?![A-Za-z0-9])")
_ENDED = re.compile(r"[。！？][”’」』）]*\Z")
_CORNER = re.compile("「[^「」\n]*\\w[^「」\n]*」|『[^『』\n]*\\w[^『』\n]*』")
_NUMERALS = "一二三四五六七八九十"
MOST_ITEMS = 10
"""Items of a list that are looked for; ① and 一 go as far, too."""


def has_characters(answer: str, low: int, high: int) -> bool:
    """From `low` to `high` characters, both allowed."""
    return low <= number_of_words(answer) <= high


def is_in_script(answer: str, script: str) -> bool:
    """Chinese, with no character that only the other script has: by GB 2312 and Big5, no variant is judged."""
    other = traditional_characters if script == "simplified" else simplified_characters
    return has_han(answer) and not other(answer)


def has_full_width_marks(answer: str) -> bool:
    """No half-width mark, except between digits or Latin letters: 3.14, os.path, 12:30."""
    return has_han(answer) and not _HALF_WIDTH.search(answer)


def ends_with_full_stop(answer: str) -> bool:
    """The last mark is 。, closing quotes and brackets aside."""
    return answer.strip().rstrip("”’」』）").endswith("。")


def lacks_latin(answer: str) -> bool:
    """Chinese, without any Latin letter."""
    return has_han(answer) and not re.search("[A-Za-zＡ-Ｚａ-ｚ]", answer)


def lacks_digits(answer: str) -> bool:
    """Chinese, without Arabic numerals: numbers are written in Han characters."""
    return has_han(answer) and not re.search("[0-9０-９]", answer)


def has_ended_sentences(answer: str, num_sentences: int) -> bool:
    """Exactly that many sentences, each ended by 。, ！ or ？."""
    found = sentences(answer)
    return len(found) == num_sentences and all(_ENDED.search(sentence) for sentence in found)


def starts_with(answer: str, start: str) -> bool:
    """The text stands first."""
    return answer.strip().startswith(start.strip())


def has_items(answer: str, num_items: int, mark: str) -> bool:
    """Exactly that many items, numbered in order, each on a line of its own; lines that are no items may stand between."""
    marks = list(_marks(mark))
    found = [
        (marks.index(begun), line[len(begun) :].strip())
        for line in lines(answer)
        if (begun := next((one for one in marks if line.startswith(one)), None))
    ]
    return [place for place, _ in found] == list(range(num_items)) and all(text for _, text in found)


def has_four_character_lines(answer: str, num_lines: int) -> bool:
    """Exactly that many lines, each of four Han characters, with or without a mark after them."""
    found = lines(answer)
    return len(found) == num_lines and all(re.fullmatch(f"[{HAN}]{{4}}[，。；！？、,]?", line) for line in found)


def repeats_no_sentence(answer: str) -> bool:
    """No sentence stands there twice."""
    found = sentences(answer)
    return len(set(found)) == len(found) > 0


def has_corner_quotes(answer: str, num_quotes: int) -> bool:
    """At least that many quotations in 「」 or 『』."""
    return len(_CORNER.findall(answer)) >= num_quotes


def has_short_sentences(answer: str, most_characters: int) -> bool:
    """No sentence of more characters."""
    found = sentences(answer)
    return bool(found) and max(map(number_of_words, found)) <= most_characters


def _marks(mark: str) -> Iterator[str]:
    """1、 → 1、, 2、, …; ① → ①, ②, …"""
    for place in range(MOST_ITEMS):
        number = {"一": _NUMERALS[place], "①": chr(ord("①") + place)}.get(mark[0], str(place + 1))
        yield number + mark[1:]
