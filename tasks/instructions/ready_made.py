"""Pairs that came ready-made → rows: each told its language and its side, and screened as rows of our own are.

Pair(instruction="介绍一下渡轮。", language="", split="", …)   →   the same, with language="zh", split="train"

What it says stays as it is. Of its source (one conversation, or a group of them) all rows are on one side.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tqdm import tqdm

from tasks.instructions.choose import sides
from tasks.instructions.screen import Screen, admitted
from tasks.language import base_language, language_of, language_told
from tasks.ledger import Books
from tasks.records import Pair, content_id


def placed(pairs: Iterable[Pair], *, seed: int, test_share: float) -> list[Pair]:
    """The Pairs by id, with language and split; where all are of one source, none is held out."""
    ordered = sorted(pairs, key=lambda pair: pair.id)
    sources = {pair.source for pair in ordered}
    side = sides(sources, seed=seed, test_share=test_share) if len(sources) > 1 else dict.fromkeys(sources, "train")
    looked = tqdm(ordered, desc="ready-made pairs", disable=not ordered)
    return [replace(pair, language=_language(pair), split=side[pair.source]) for pair in looked]


def rows(
    pairs: Iterable[Pair], split: str, screen: Screen, books: Books, *, most: int | None = None, seed: int = 0
) -> list[Pair]:
    """The Pairs of one side that pass the screen: all, or at most `most` of each ready-made set, by lot."""
    ours = [pair for pair in pairs if pair.split == split]
    if most is None:
        return [pair for pair in ours if admitted(pair, screen, books)]
    kept: list[Pair] = []
    number: Counter[str] = Counter()
    for pair in sorted(ours, key=lambda pair: content_id("ready", str(seed), pair.id)):
        if number[pair.maker] == most:
            books.took()
            reason = f"{pair.maker} has its rows; train_rows_per_ready_set is {most} in params/instructions.yaml"
            books.drop(pair.id, "not_wanted", reason, pair)
        elif admitted(pair, screen, books):
            number[pair.maker] += 1
            kept.append(pair)
    return kept


def _language(pair: Pair) -> str:
    """As told; else that of the instruction, or of all there is where it holds no letter, as "1 + 1?" does.

    Instructions are short: a guess of few letters is better than none, and drops nothing.
    """
    said = (pair.instruction, "\n".join([pair.input, pair.output, *(text for turn in pair.history for text in turn)]))
    return base_language(language_told(pair.language)) or next(
        (found for text in said if (found := language_of(text, wanted=("en", "zh"), fewest=1)[0])), ""
    )
