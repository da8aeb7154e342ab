"""One to three constraints that go together, for one instruction: drawn, worded, and none that bars another.

    chosen(kinds, about, draw)   →  [Chosen("punctuation:no_comma", {}, "punctuation:no_comma", "Do not use any commas."), …]

Two kinds go together where neither bars a trait of the other, and where the words that one wants in the answer pass what
the other asks of every part: no keyword with an e beside `less than 1 e`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tasks.checks import failed, written
from tasks.checks.arguments import AT_LEAST, TEXT, TEXTS
from tasks.checks.counting import number_of_words
from tasks.checks.kinds import KINDS
from tasks.instructions.constraints.about import About
from tasks.instructions.constraints.draws import DRAWS, Arguments
from tasks.instructions.constraints.wording import ConstraintKind, said

MOST = 3
"""Constraints for one instruction, as in IFEval."""
_SENTENCES = re.compile(r"\bsentences?\b|句", re.IGNORECASE)
_WORDS = re.compile(r"\bwords?\b|字数|[个几0-9一二三四五六七八九十百] ?字|词", re.IGNORECASE)
_LIST = re.compile(r"\bbullet|\blist\b|列表|项目符号|编号", re.IGNORECASE)
_ASKED = {
    "length_constraints:number_sentences": _SENTENCES,
    "chinese:sentences": _SENTENCES,
    "length_constraints:number_words": _WORDS,
    "chinese:characters": _WORDS,
    "detectable_format:number_bullet_lists": _LIST,
    "chinese:list_items": _LIST,
    "detectable_format:json_format": re.compile("json", re.IGNORECASE),
}
"""Words of an instruction that has settled such a thing itself: `in one sentence`, `the first five words`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A constraint and what is said for it."""

    name: str
    arguments: Arguments
    constraint: str
    said: str


def chosen(kinds: Mapping[str, ConstraintKind], about: About, draw: Random, told: Sequence[str] = ()) -> list[Chosen]:
    """At most three that go together; of an answer that stays those that it meets, [] where it meets none.

    `told` are names of checks that the instruction asks for already.
    """
    wanted = draw.randint(1, MOST)
    names = [
        name
        for name, kind in kinds.items()
        if about.language in kind.say and not {name, *kind.not_beside} & set(told) and not _asks(about.instruction, name)
    ]
    draw.shuffle(names)
    some: list[Chosen] = []
    for name in names:
        one = _drawn(name, kinds[name], about, draw)
        if one and all(go_together(kinds, one, other) for other in some) and _says_more(one, some):
            some.append(one)
        if len(some) == wanted:
            break
    return sorted(some, key=lambda one: one.name != "combination:repeat_prompt")  # "this request" is what stands before it


def go_together(kinds: Mapping[str, ConstraintKind], one: Chosen, other: Chosen) -> bool:
    """Whether one answer can meet both."""
    return not any(_barred(kinds, *both) for both in ((one, other), (other, one)))


def needed(name: str, arguments: Arguments) -> list[str]:
    """Texts that an answer must have in it to meet a constraint, as often as it must."""
    if name == "keywords:forbidden_words" or (name == "keywords:frequency" and AT_LEAST not in arguments.values()):
        return []
    texts: list[str] = []
    for argument, kind in KINDS[name].arguments.items():
        values = arguments[argument] if kind is TEXTS else [arguments[argument]] if kind is TEXT else []
        texts += values * (arguments["frequency"] if name == "keywords:frequency" else 1)
    return texts


def _barred(kinds: Mapping[str, ConstraintKind], one: Chosen, other: Chosen) -> bool:
    """Whether one bars the other, by a trait or by words that the other needs."""
    bars = kinds[one.name].bars
    if "any" in bars or set(bars) & set(kinds[other.name].traits):
        return True
    everywhere = kinds[one.name].everywhere and AT_LEAST not in one.arguments.values()
    texts = needed(other.name, other.arguments)
    # Marks between the texts, so that they are not one long sentence.
    return everywhere and bool(texts) and bool(failed([one.constraint], ("。" if _is_han(texts) else ". ").join(texts)))


def _asks(instruction: str, name: str) -> bool:
    """Whether an instruction itself speaks of what a kind settles."""
    return name in _ASKED and _ASKED[name].search(instruction) is not None


def _is_han(texts: Sequence[str]) -> bool:
    return not all(map(str.isascii, texts))


def _drawn(name: str, kind: ConstraintKind, about: About, draw: Random) -> Chosen | None:
    """A constraint of this kind; None where nothing fits, or an answer that stays does not meet it or could hardly fail."""
    if about.stays and number_of_words(about.answer) < kind.fewest_words:
        return None
    if (arguments := DRAWS[name](draw, about)) is None:
        return None
    constraint = written(name, arguments)
    if about.stays and failed([constraint], about.answer):
        return None
    return Chosen(name, arguments, constraint, said(draw.choice(kind.say[about.language]), arguments, about.language))


def _says_more(one: Chosen, some: Sequence[Chosen]) -> bool:
    """No two about one word: `mention lamp` says all that `lamp at least once` does."""
    texts = set(needed(one.name, one.arguments))
    return not any(texts & set(needed(other.name, other.arguments)) for other in some)
