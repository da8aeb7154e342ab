"""How much personal data and how many secrets the corpus's privacy step finds, and what it takes for such.

    python -m benchmarks.privacy

40 sentences for each kind of secret and of look-alike, 400 for each other type; the placeholder must stand exactly where
the value was. Then the time that texts without any take.
"""

import sys
import time
from collections import Counter
from dataclasses import dataclass

from benchmarks.planted import Sentence, lookalikes, planted
from tasks.privacy import TYPES, replaced

CLEAN = {
    "English": "The quick brown fox jumps over the lazy dog, and returns a value where it is not found: see below. ",
    "Chinese": "反序列化一个文档，如果文档已经损坏就抛出错误：请看下面的例子。",
    "code": "def find(name, start=0):\n    for place, one in enumerate(self.names[start:]):\n        if one == name:\n",
    "numbers": "In 2024 some 12,345 of 67,890 people (18.2 %) paid $1,234.56 at 12:30, says table 3.1. ",
}


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of one type."""

    planted: int
    found: int
    """Where it was, and nothing beside it."""
    wrong: int
    """Placeholders of this type where another or none belongs."""

    @property
    def recall(self) -> float:
        """Of those planted, found."""
        return self.found / self.planted

    @property
    def precision(self) -> float:
        """Of placeholders, those in the right place."""
        return self.found / max(self.found + self.wrong, 1)


def scores(sentences: list[Sentence]) -> tuple[dict[str, Score], list[Sentence]]:
    """A score for each type, and the sentences that became something else."""
    asked, found, wrong, failed = Counter[str](), Counter[str](), Counter[str](), []
    for sentence in sentences:
        text, count = replaced(sentence.text, TYPES)
        right = text == sentence.private
        asked[sentence.type] += 1
        found[sentence.type] += right
        if not right:
            failed.append(sentence)
            wrong += count
    return {type: Score(asked[type], found[type], wrong[type]) for type in TYPES}, failed


def microseconds(text: str) -> float:
    """Of a thousand characters, the best of five times."""
    text, best = (text * 1000)[:1000], float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(200):
            replaced(text, TYPES)
        best = min(best, time.process_time() - start)
    return 1e6 * best / 200


def main() -> None:
    """Print a line a type, a line a failed sentence, and the times."""
    sentences = [*planted(1, 40), *lookalikes(1, 40)]
    by_type, failed = scores(sentences)
    say = sys.stdout.write
    say(f"{'type':<12}{'planted':>9}{'recall':>9}{'wrong':>7}{'precision':>11}\n")
    for type, score in by_type.items():
        say(f"{type:<12}{score.planted:>9}{score.recall:>9.3f}{score.wrong:>7}{score.precision:>11.3f}\n")
    for sentence in failed:
        say(f"{sentence.kind}: {sentence.text!r} became {replaced(sentence.text, TYPES)[0]!r}\n")
    for name, text in CLEAN.items():
        say(f"{microseconds(text):6.0f} µs a 1,000 characters of {name}\n")


if __name__ == "__main__":
    main()
