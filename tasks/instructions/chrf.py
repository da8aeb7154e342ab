"""chrF: how alike two texts are by their runs of characters, 0 to 100; it needs no words, and so no spaces between them.

chrf("The tide turns at noon.", "The tide turns at noon.")   → 100.0
chrf("潮水中午转向。", "潮水在中午转向。")                       → 47.2
"""

from collections import Counter
from unicodedata import normalize

LONGEST_RUN = 6
BETA = 2.0
"""Recall counts so many times as much as precision."""


def chrf(said: str, wanted: str) -> float:
    """Score of a text by the one that is wanted (Popović 2015, W15-3049, section 2), with β = 2 as sacreBLEU has it.

    Space does not count, nor does case or the width of letters and marks. Runs longer than either text are left out.
    """
    mine, yours = ("".join(normalize("NFKC", text).casefold().split()) for text in (said, wanted))
    precision = recall = 0.0
    longest = min(LONGEST_RUN, len(mine), len(yours))
    for size in range(1, longest + 1):
        some, others = _runs(mine, size), _runs(yours, size)
        common = (some & others).total()
        precision += common / some.total() / longest
        recall += common / others.total() / longest
    if not precision + recall:
        return 0.0
    return 100 * (1 + BETA**2) * precision * recall / (BETA**2 * precision + recall)


def _runs(text: str, size: int) -> Counter[str]:
    return Counter(text[at : at + size] for at in range(len(text) - size + 1))
