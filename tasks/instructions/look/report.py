"""Verdicts → how many rows of each maker a person would keep, and how often each rule was right to drop.

report(verdicts)   → "kept, evolve@1: 10 looked at, 8 keep, 1 fix, 1 drop: 80% (49% to 94%)\\n"
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tasks.bootstrap import wilson
from tasks.instructions.look.verdicts import Verdict


def report(verdicts: Iterable[Verdict]) -> Iterator[str]:
    """A line for each maker (share kept as it is), then for each rule (share rightly dropped, or aside: its precision)."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for verdict in verdicts:
        groups[verdict.group, verdict.by].append(verdict.verdict)
    for (group, by), said in sorted(groups.items(), key=lambda item: (item[0][0] != "kept", item[0][1])):
        good = said.count("keep" if group == "kept" else "drop")
        low, high = wilson(good, len(said))
        what = f"kept, {by}: " if group == "kept" else f"{group} by {by}: "
        rest = f"keep, {said.count('fix')} fix, {said.count('drop')} drop" if group == "kept" else f"rightly {group}"
        yield f"{what}{len(said)} looked at, {good} {rest}: {good / len(said):.0%} ({low:.0%} to {high:.0%})\n"
