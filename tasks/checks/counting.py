"""How checks count: words, sentences, paragraphs, and how often a term stands in a text.

    number_of_words("Fetch 3 pages")                →  3         as IFEval counts: runs of letters and digits
    number_of_words("取 3 页。")                     →  3         in Chinese each character is a word; punctuation is none
    sentences("See Dr. Li. Why? 好。走吧！")           →  ["See Dr. Li.", "Why?", "好。", "走吧！"]
    occurrences("key", "Key, keys, 用key排序")        →  2         whole words where the script has spaces

A line's end ends no sentence, and paragraphs need no empty line: that would end the answer (tasks/chat.py, STOP).
"""

import re

from tasks.checks.arguments import AT_LEAST
from tasks.script import UNSEGMENTED, has_word, words

_NO_END = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|e\.g|i\.e)\.|^[ \t]*\d+\.", re.MULTILINE)
"""Full stops after which a sentence goes on: IFEval asks NLTK's Punkt model, we a list."""
_END = re.compile(r"""(?<![.!?])[.!?]++["'”’)\]]*+(?=\s|\Z)|[。！？]++["”’」』）]*+""")
_LETTER = rf"[^\W{UNSEGMENTED}]"
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def number_of_words(text: str) -> int:
    """Runs of letters and digits; in Chinese and its like, characters."""
    return len(words(text))


def sentences(text: str) -> list[str]:
    """Sentences with their end marks, and what follows the last of them, where it has a word in it."""
    held = _NO_END.sub(lambda found: found[0].replace(".", "\0"), text)
    ends = [end.end() for end in _END.finditer(held)]
    pieces = [text[start:end].strip() for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [piece for piece in pieces if has_word(piece)]


def lines(text: str) -> list[str]:
    """Lines with something on them, without the space around it."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def occurrences(term: str, text: str) -> int:
    """How often a term stands in a text, in whatever case; of words with spaces between them, whole ones."""
    before = f"(?<!{_LETTER})" if re.match(_LETTER, term) else ""
    after = f"(?!{_LETTER})" if re.search(rf"{_LETTER}\Z", term) else ""
    return len(re.findall(before + re.escape(term) + after, text, re.IGNORECASE))


def capital_words(text: str) -> int:
    """Words of capital letters alone; I and A are among them, as in IFEval."""
    return sum(map(str.isupper, _WORD.findall(text)))


def compares(number: int, relation: str, threshold: int) -> bool:
    """Whether a number is `at least` or `less than` a threshold."""
    return number >= threshold if relation == AT_LEAST else number < threshold
