"""Words that no row may hold, whoever made it: params/blocked.txt, a word or a phrase a line; # begins a comment.

    blocked = blocked_words(Path("params/blocked.txt"))     of a file with the line "sea snake"
    blocked(pair)   of "Where do sea snakes live?"   → None: "snakes" is another word
    blocked(pair)   of "Is a Sea-Snake a fish?"      → ("blocked_word", "holds line 1 of params/blocked.txt")

Compared are words, without case, full-width forms and punctuation; of scripts that set no space between words, characters.
The file that comes with Zhiling is empty but for a comment: what is toxic, or a rival's name, is its user's to say.
"""

import re
from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

from tasks.errors import ParamsError
from tasks.instructions.screen.refusal import Refusal, prompt_of
from tasks.records import Pair
from tasks.script import words


def blocked_words(file: Path) -> Callable[[Pair], Refusal | None] | None:
    """The rule, or None where no word is blocked. Raises ParamsError for a file that is missing, not UTF-8, or has a line
    without a word."""
    known = _lines(file)
    if not known:
        return None
    # The longest first: of "sea" and "sea snake" the reason should name what stands there.
    ways = "|".join(map(re.escape, sorted(known, key=lambda phrase: (-len(phrase), phrase))))
    one_of = re.compile(rf"(?<= )(?:{ways})(?= )")

    def rule(pair: Pair) -> Refusal | None:
        for text in (*prompt_of(pair), pair.output):
            if found := one_of.search(f" {_spaced(text)} "):
                return "blocked_word", f"holds line {known[found[0]]} of params/{file.name}"
        return None

    return rule


def _lines(file: Path) -> dict[str, int]:
    """Number of its line by phrase, as texts are compared."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()  # some editors begin a file with a mark
    except FileNotFoundError as error:
        raise ParamsError(f"{file} is missing. Put it back; a file without words blocks none.") from error
    except UnicodeDecodeError as error:
        raise ParamsError(f"{file} is not UTF-8 (byte {error.start}). Save it as UTF-8.") from error
    known: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not (text := line.split("#", 1)[0].strip()):
            continue
        if not (phrase := _spaced(text)):
            raise ParamsError(f"{file}, line {number}: {text!r} has no word in it. Mend the line or take it out.")
        known.setdefault(phrase, number)
    return known


def _spaced(text: str) -> str:
    return " ".join(words(normalize("NFKC", text)))
