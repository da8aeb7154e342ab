"""A text and what the rules of quality count in it, each worked out once, when it is first asked for.

Text("Fetch 网页").words, Text("Fetch 网页").letters   →  ["fetch", "网", "页"], 7
"""

import re
from functools import cached_property

from tasks.ngrams import Ngrams
from tasks.script import has_word, is_unsegmented, unsegmented_characters, words

_FENCE = re.compile(r"[ \t]*(```+|~~~+)[^`]*")
_BOX = re.compile("[\u2500-\u257f]+")
_DIGIT = re.compile(r"[\d_]")
_EMPTY_LINE = re.compile(r"\n[ \t]*\n")


class Text:
    """A text, the language it is in, if known, and counts of its prose."""

    def __init__(self, raw: str, language: str = "") -> None:
        self.raw = raw
        self.language = language

    @cached_property
    def prose(self) -> str:
        """Without code in fences and the sides of boxes, which are not what a text is judged by; all of it without other."""
        if self.raw.isascii() and "```" not in self.raw and "~~~" not in self.raw:
            return self.raw
        prose = _BOX.sub(" ", _without_fenced(self.raw))
        return prose if has_word(prose) else self.raw

    @cached_property
    def folded(self) -> str:
        """In lower case."""
        return self.prose.casefold()

    @cached_property
    def words(self) -> list[str]:
        """Words in lower case; each character of an unsegmented script is one."""
        return words(self.prose)

    @cached_property
    def unsegmented(self) -> bool:
        """Whether a third of the words or more are characters of an unsegmented script."""
        return is_unsegmented(self.prose)

    @cached_property
    def lines(self) -> list[str]:
        """Lines with a word; rules, fences and the sides of boxes are no lines of text."""
        return [line for line in map(str.strip, self.prose.split("\n")) if has_word(line) and not line.startswith("```")]

    @cached_property
    def paragraphs(self) -> list[str]:
        """What empty lines part, with a word in it."""
        return [part for part in map(str.strip, _EMPTY_LINE.split(self.prose)) if has_word(part)]

    @cached_property
    def letters(self) -> int:
        """Letters of any script."""
        return self.letters_and_digits - self.digits

    @cached_property
    def letters_and_digits(self) -> int:
        """What words are made of."""
        return sum(map(len, self.words))

    @cached_property
    def digits(self) -> int:
        """Digits of any script and underscores."""
        return len(_DIGIT.findall(self.folded))

    @cached_property
    def characters(self) -> int:
        """Characters of scripts that set no space between words."""
        return unsegmented_characters(self.prose)

    @cached_property
    def ngrams(self) -> Ngrams:
        """Runs of its words."""
        return Ngrams(self.words)


def _without_fenced(text: str) -> str:
    """An empty line for all from a fence to the next like it; one that is never closed parts nothing."""
    lines = text.split("\n")
    last = {line.strip(" \t"): number for number, line in enumerate(lines)}
    kept, inside = [], ""
    for number, line in enumerate(lines):
        if inside:
            if line.strip(" \t") == inside:
                inside = ""
                kept.append("")
        elif (fence := _FENCE.fullmatch(line)) and last.get(fence[1], 0) > number:
            inside = fence[1]
        else:
            kept.append(line)
    return "\n".join(kept)
