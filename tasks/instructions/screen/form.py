"""Rules for how a model's answer runs: in circles, into damaged characters, or not to its end.

truncated(pair)    of "Three steps are needed:"         → ("truncated", "the answer ends with ':'")
repetition(pair)   of "to go and to go and to go and …"  → ("repetition", "3 words over and over, 24 words long")
"""

import re

import numpy as np

from tasks.instructions.screen.refusal import Refusal, prompt_of, tokens
from tasks.ngrams import Ngrams
from tasks.records import Pair

LONGEST_LOOP, FEWEST_TURNS, FEWEST_LOOPED = 20, 4, 12
"""A loop is at most so many tokens that come so often in a row, and so many tokens in all."""
RUN, MOST_REPEATED, FEWEST_TOKENS = 4, 0.5, 20
"""Share of characters in runs of so many words that came before; of fewer tokens nothing is said."""
MOST_LINES_AGAIN, FEWEST_LINES = 0.3, 4
"""Share of lines that came before (Gopher, Rae et al. 2021, arXiv:2112.11446, table A1)."""

_ASKS_TO_REPEAT = re.compile(
    r"(?i)repeat|\btimes\b|重[复複]|反[复覆]|(?<![第这這那每首])[0-9一二两兩三四五六七八九十百几幾多]\s*[遍次]"
)
_DAMAGED = re.compile("[\ufffd\ue000-\uf8ff\x00-\x08\x0b\x0c\x0e-\x1f]")
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"), ("【", "】"), ("《", "》"), ("「", "」"), ("“", "”"))
_QUOTED_OR_FACE = re.compile(r"'[^'\n]{1,3}'|\"[^\"\n]{1,3}\"|`[^`\n]*`|[:;]-?[(\[{]")
_OPEN_END = re.compile(r"[,，、:：;；(（\[【《「“]\Z")
_CODE_LINE = re.compile(
    r"\s*(?:async |def |class |if |elif |else\b|for |while |with |try\b|except\b|finally\b|case |match )"
)
_CONNECTIVE = re.compile(
    r"(?:\b(?:and|or|but|because|the|an|of|with|than|whereas|although)"
    r"|因为|所以|但是|而且|并且|以及|如果|或者|然后|由于|例如|比如)\Z"
)
_FEWEST_BEFORE = 5
"""Tokens of an answer that may be said to break off; a shorter one may be the word that was asked for."""


def damaged(pair: Pair) -> Refusal | None:
    """U+FFFD, private use, control characters: a token cut within a character."""
    found = _DAMAGED.search("\n".join([*prompt_of(pair), pair.output]))
    return ("damaged", f"holds the character U+{ord(found[0]):04X}") if found else None


def repetition(pair: Pair) -> Refusal | None:
    """The answer goes in circles, unless that was asked for."""
    if _ASKS_TO_REPEAT.search(pair.instruction):
        return None
    lines = [line.strip() for line in pair.output.split("\n") if tokens(line)]
    again = 1 - len(set(lines)) / max(len(lines), 1)
    if len(lines) >= FEWEST_LINES and again > MOST_LINES_AGAIN:
        return "repetition", f"{again:.0%} of lines came before, more than {MOST_LINES_AGAIN:.0%}"
    said = tokens(pair.output)
    if loop := _loop(said):
        return "repetition", f"{loop[0]} words over and over, {loop[1]} words long"
    share = Ngrams(said).repeated(RUN) if len(said) >= FEWEST_TOKENS else 0.0
    if share > MOST_REPEATED:
        return (
            "repetition",
            f"{share:.0%} of characters in runs of {RUN} words that came before, more than {MOST_REPEATED:.0%}",
        )
    return None


def truncated(pair: Pair) -> Refusal | None:
    """The answer stops before its end: something is open, or announced. So does a question that ends in a colon."""
    if not pair.input and pair.instruction.rstrip().endswith((":", "：")):
        return "truncated", "the instruction ends with a colon, and nothing follows"  # Magpie's filter, arXiv:2406.08464
    if pair.constraints:
        return None
    plain = _QUOTED_OR_FACE.sub(" ", pair.output)
    for opens, closes in _PAIRS:
        if plain.count(opens) > plain.count(closes):
            return "truncated", f"{opens!r} is not closed"
    if sum(line.lstrip().startswith("```") for line in pair.output.split("\n")) % 2:
        return "truncated", "a fence is not closed"
    if len(tokens(pair.output)) < _FEWEST_BEFORE or _CODE_LINE.match(pair.output.rsplit("\n", 1)[-1]):
        return None
    ending = _OPEN_END.search(plain) or _CONNECTIVE.search(pair.output)
    return ("truncated", f"the answer ends with {ending[0]!r}") if ending else None


def _loop(said: list[str]) -> tuple[int, int] | None:
    """Tokens in the loop and tokens it goes on for; rows of numbers and signs are no loop."""
    number = {token: place for place, token in enumerate(dict.fromkeys(said))}
    places = np.array([number[token] for token in said])
    for size in range(1, min(LONGEST_LOOP, len(said) // FEWEST_TURNS) + 1):
        same = np.concatenate([[False], places[size:] == places[:-size], [False]])
        edges = np.flatnonzero(np.diff(same.astype(np.int8)))
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            long = end - start + size
            if long >= max(FEWEST_TURNS * size, FEWEST_LOOPED) and any(
                map(str.isalpha, "".join(said[start : start + size]))
            ):
                return size, long
    return None
