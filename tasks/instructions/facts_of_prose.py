"""What is known of running text, English or Chinese, by name.

    Wrap one paragraph. Really.   →   sentences [Wrap one paragraph., Really.], first Wrap one paragraph.,
                                      words [Wrap, one, paragraph]
    书架上有书，也有信。它很长！    →   sentences [书架上有书，也有信。, 它很长！], clauses [书架上有书, 也有信]

Chinese has no spaces: lines of a paragraph are joined without any, and what a word is would be a matter of taste, so that
words are known of English alone, and clauses, the parts between commas, of both.
"""

import re
from collections.abc import Sequence
from typing import Any

from tasks.script import HAN

NAMES = frozenset(
    {"sentences", "passage", "first", "words", "long_words", "other_words", "clauses", "other_clauses"}
    | {"numbers", "quoted"}
)

WIDE = rf"[{HAN}\u3000-\u303f\uff00-\uffef“”‘’—…]"
"""Characters that no space parts from their neighbours."""
_BETWEEN_LINES = re.compile(rf"(?<={WIDE})\s*\n\s*|\s*\n\s*(?={WIDE})")
# Not after e.g., i.e. or an initial; Chinese sentences need no space after them, and a quotation ends with its sentence.
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!\b[A-Z]\.)\s+(?=[\"'`(]?[A-Z])"
    r"|(?<=[。！？])\s*(?=[^\s”’」』）》])|(?<=[。！？][”」』])\s*(?=[“「『])"
)
_WORD = re.compile(r"[A-Za-z]+(?:['-][A-Za-z]+)*")
_AROUND_WORDS = ".,;:!?()\"'`"
_CHINESE_START = re.compile(rf"[“「『《（]?[{HAN}]")
_MARKUP = re.compile(r">>>|::|[{}<>\\*=|]|^\s*[-+#.]|\S {3,}\S", re.MULTILINE)
"""Signs that a paragraph is an example, a table or a list rather than sentences."""
_END = re.compile(r"[.!?。！？][\"')`”’」』]*$")
END_OF_VERSE = ("。", "！", "？", "，", "；", "：", ",", ".", ";", "!", "?", ":")
LONGEST_TITLE = 20
_CLAUSE_END = re.compile(r"[，；]|[,;] ")
_NUMBER = re.compile(r"(?<![\w.,/:-])[0-9]+(?:\.[0-9]+)?(?![\w/:-]|[.,][0-9])")
_DIGIT = re.compile(r"[0-9]")
_QUOTED = re.compile(r"“([^“”\n]{1,60})”|「([^「」\n]{1,60})」|《([^《》\n]{1,60})》|(?<!\w)\"([^\"\n]{1,60})\"(?!\w)")
_QUOTATION_MARK = re.compile(r"[“”「」《》\"]")

Facts = dict[str, Any]


def facts_of_prose(text: str) -> Facts:
    """The facts of the first paragraphs of sentences in a text; {} where there are none."""
    sentences = sentences_of(text)
    if not sentences:
        return {}
    first, passage = sentences[0], joined_sentences(sentences[:3])
    found: Facts = {"sentences": sentences, "first": first, "passage": passage, **_words(sentences)}
    clauses = [_clauses(sentence) for sentence in sentences[:12]]
    elsewhere = dict.fromkeys(clause for some in clauses[1:] for clause in some)
    return {
        **found,
        "clauses": clauses[0],
        "other_clauses": [clause for clause in elsewhere if clause not in clauses[0]],
        **_parts_of(passage),
    }


def _parts_of(passage: str) -> Facts:
    """Numbers and quotations, where all digits and all marks of the passage are theirs: else what is one is unclear."""
    numbers = _NUMBER.findall(passage)
    quoted = ["".join(groups) for groups in _QUOTED.findall(passage)]
    found: Facts = {}
    if numbers and len(_DIGIT.findall(passage)) == len(_DIGIT.findall("".join(numbers))):
        found["numbers"] = numbers
    if quoted and len(_QUOTATION_MARK.findall(passage)) == 2 * len(quoted):
        found["quoted"] = quoted
    return found


def sentences_of(text: str) -> list[str]:
    """Whole sentences of the first paragraphs that are prose; headings before them are passed over, examples end them."""
    found: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        sentences = [] if _MARKUP.search(paragraph) else _SENTENCE_END.split(unwrapped(_without_title(paragraph)))
        if sentences and all(_is_sentence(sentence) for sentence in sentences):
            found += sentences
        elif found:
            break
    return found


def _without_title(paragraph: str) -> str:
    """A paragraph without short first lines, where they alone do not end: 《夜航》 above verses is no part of them."""
    lines = paragraph.strip().split("\n")
    ends = [line.rstrip().endswith(END_OF_VERSE) for line in lines]
    start = ends.index(True) if True in ends else 0
    titled = all(ends[start:]) and len(lines) - start >= 2 and all(len(line) <= LONGEST_TITLE for line in lines[:start])
    return "\n".join(lines[start:]) if titled else paragraph


def unwrapped(paragraph: str) -> str:
    """A paragraph on one line: "two\\nwords" → "two words", "两个\\n词" → "两个词"."""
    return " ".join(_BETWEEN_LINES.sub("", paragraph.strip()).split())


def joined_sentences(sentences: Sequence[str]) -> str:
    """Sentences one after the other, with a space after one that needs it."""
    return "".join(
        sentence if place == 0 or re.match(WIDE, sentences[place - 1][-1]) else f" {sentence}"
        for place, sentence in enumerate(sentences)
    )


def _words(sentences: list[str]) -> Facts:
    words = [word.strip(_AROUND_WORDS) for word in sentences[0].split()]
    if not all(_WORD.fullmatch(word) for word in words):
        return {}
    long_words = [word for word in words if _is_plain_long(word) and words.count(word) == 1]
    elsewhere = {word for other in sentences[1:] for word in _WORD.findall(other) if _is_plain_long(word)}
    return {"words": words, "long_words": long_words, "other_words": sorted(elsewhere - set(words))}


def _is_plain_long(word: str) -> bool:
    return len(word) >= 5 and word.isalpha() and word.islower()


def _clauses(sentence: str) -> list[str]:
    """The parts of a sentence between commas and semicolons, without its end."""
    return [clause.strip() for clause in _CLAUSE_END.split(_END.sub("", sentence))]


def _is_sentence(sentence: str) -> bool:
    return bool(_END.search(sentence)) and (sentence[0].isupper() or bool(_CHINESE_START.match(sentence)))
