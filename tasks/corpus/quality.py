"""A text and the limits for its kind → the rule that refuses it, and the reason.

    refusal(Text("Yes."), limits)  →  ("too_short", "4 characters, fewer than 40")

Each limit of tasks/corpus/settings.py has its rule here under the same name; a limit of null asks nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tasks.corpus.rules.boilerplate import curly_brackets, javascript_notice, lorem_ipsum, policy_notice
from tasks.corpus.rules.characters import few_letters, few_own_letters, garbled, too_long, too_short
from tasks.corpus.rules.lines import bullet_lines, ellipsis_lines, few_line_ends, many_line_breaks, short_lines
from tasks.corpus.rules.repetition import (
    duplicate_ngrams,
    repeated_line_characters,
    repeated_lines,
    repeated_paragraph_characters,
    repeated_paragraphs,
    top_ngram,
)
from tasks.corpus.rules.words import few_sentences, few_stop_words, long_words, many_numbers, many_symbols, short_words
from tasks.corpus.settings import CodeQuality, Quality
from tasks.corpus.text import Text

Rule: TypeAlias = Callable[[Text, Any], str | None]
"""Of a text and its limit: a reason to refuse the text, or None."""

RULES: dict[str, Rule | dict[str, Rule]] = {
    "shortest": too_short,
    "longest": too_long,
    "letters": few_letters,
    "own_letters": few_own_letters,
    "garbled": garbled,
    "symbols": many_symbols,
    "shortest_word": short_words,
    "longest_word": long_words,
    "words_with_letter": many_numbers,
    "stop_words": few_stop_words,
    "sentences": few_sentences,
    "lines": {
        "bullets": bullet_lines,
        "ellipses": ellipsis_lines,
        "short": short_lines,
        "ended": few_line_ends,
        "breaks": many_line_breaks,
    },
    "repetition": {
        "lines": repeated_lines,
        "line_characters": repeated_line_characters,
        "paragraphs": repeated_paragraphs,
        "paragraph_characters": repeated_paragraph_characters,
        "top_ngrams": top_ngram,
        "duplicate_ngrams": duplicate_ngrams,
    },
    "boilerplate": {
        "lorem_ipsum": lorem_ipsum,
        "curly_brackets": curly_brackets,
        "javascript": javascript_notice,
        "policies": policy_notice,
    },
}
"""In the order in which they are asked."""


def refusal(text: Text, limits: Quality | CodeQuality) -> tuple[str, str] | None:
    """Name and reason of the first rule that refuses a text."""
    return _refusal(text, limits, RULES)


def _refusal(text: Text, limits: object, rules: Mapping[str, Rule | dict[str, Rule]]) -> tuple[str, str] | None:
    for name, rule in rules.items():
        limit = getattr(limits, name, None)
        if limit is None:
            continue
        if isinstance(rule, dict):
            if refused := _refusal(text, limit, rule):
                return refused
        elif reason := rule(text, limit):
            return rule.__name__, reason
    return None
