"""A reply that should be a numbered list → the steps it names, or why they are no decomposition of an instruction.

    found = steps("1. Name five rivers.\\n2. Sort them by length.")   → ("Name five rivers.", "Sort them by length.")
    unfit(found, instruction, "en", shown=())                        → None, or ("not_atomic", "…")
    coverage("Name five rivers and sort them by length.", found)     → 1.0

Each step is one action, none comes twice, none is made up, and together they say what the instruction says. A requirement
that is looked at by itself is what InFoBench counts (Qin et al. 2024, arXiv:2401.03601, section 3).
"""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from tasks.instructions.overlap import normal, share_found
from tasks.instructions.screen import Refusal
from tasks.rouge import rouge_l
from tasks.script import SENTENCE_END, has_han, is_unsegmented

FEWEST, MOST = 2, 6
SAME = 0.7
"""From this ROUGE-L on, two steps are one; Self-Instruct's limit for two instructions (Wang et al. 2023, section 2.2)."""
WHOLE = 0.9
"""From this ROUGE-L on, a step is the whole instruction again."""
_ITEM = re.compile(r"\s*(\d{1,2})\s*[.)．、）:：]\s*(\S.*?)\s*")
_VERBS = (
    "add|answer|check|compare|convert|count|describe|explain|find|give|identify|list|make|mark|mention|name|order|put|remove|"
    "return|rewrite|say|show|sort|state|summari[sz]e|tell|translate|use|write"
)
_TWO_ACTIONS = re.compile(
    rf"[;；]|\bthen\b|\bas well as\b|\band (?:also )?(?:{_VERBS})\b|然后|接着|同时|(?<!合)并(?![列行非购排发集联])",
    re.IGNORECASE,
)
_LEANS_BACK = re.compile(
    r"\b(?:it|its|them|they|their|these|those|this|each|both|result|results|above|previous)\b"
    r"|(?<!其)[它他]|她|[这這]|(?<![应應])[该該]|上述|上一步|前面|以上|[结結]果|各自|(?<![尤极極])其(?![他它余餘实實])",
    re.IGNORECASE,
)
"""A step that says nothing without the one before."""
_FORM = re.compile(
    r"\b(?:words?|characters?|sentences?|lines?|paragraphs?|bullets?|lists?|tables?|titles?|format|numbered|alphabetical"
    r"|json|csv|markdown|commas?|semicolons?|quotation marks?|(?:upper|lower)[ -]?case|capitals?)\b"
    r"|[一二两三四五六七八九十百几每\d]+(?:个?字|句|行|段)|字数|格式|编号|列表|表格|标题|大写|小写|标点|[逗顿分句引]号|要点",
    re.IGNORECASE,
)
"""What is said about the form of an answer."""


def steps(reply: str) -> tuple[str, ...] | None:
    """The items of a list numbered from 1, and nothing else; None for anything else."""
    found = [_ITEM.fullmatch(line) for line in reply.strip().split("\n")]
    items = [(int(item[1]), item[2]) for item in found if item]
    counted = [number for number, _ in items] == list(range(1, len(found) + 1))
    return tuple(text for _, text in items) if counted else None


def unfit(found: Sequence[str], instruction: str, language: str, shown: Iterable[str]) -> Refusal | None:
    """Why steps are no decomposition of an instruction, or None. `shown` are the replies of the solved examples."""
    if not FEWEST <= len(found) <= MOST:
        return "step_count", f"{len(found)} steps, not {FEWEST} to {MOST}: {_told(found)}"
    if any(_other(step, language) for step in found):
        return "other_language", f"not all in the instruction's language, {language}: {_told(found)}"
    examples = {step for reply in shown for step in steps(reply) or ()}
    if leaked := [step for step in found if step in examples and step not in instruction]:
        return "leaked_prompt", f"{leaked[0]!r} stands in the solved examples"
    if twins := [two for two in combinations(found, 2) if rouge_l(*two) >= SAME]:
        return "same_step", f"two steps say the same: {twins[0]}"
    if made_up := [step for step in found if not is_of(step, instruction)]:
        return "unrelated_step", f"{made_up[0]!r} shares nothing with {instruction[:200]!r}"
    if several := [step for step in found if not is_one_action(step) or rouge_l(step, instruction) >= WHOLE]:
        return "not_atomic", f"{several[0]!r} is more than one action, or all of {instruction[:200]!r}"
    return None


def is_of(step: str, instruction: str) -> bool:
    """Whether a step says something that the instruction says: about its matter, or about the form of the answer."""
    return share_found(step, instruction) > 0 or bool(_form(step) & _form(instruction))


def is_one_action(step: str) -> bool:
    """One sentence without a second verb joined to the first."""
    return len(SENTENCE_END.findall(step)) <= 1 and not _TWO_ACTIONS.search(step)


def coverage(instruction: str, found: Sequence[str]) -> float:
    """Share of the instruction's content (words, pairs of Chinese characters) that is in some step, 0 to 1."""
    return share_found(instruction, "\n".join(found))


def alone(found: Sequence[str], *, has_input: bool) -> list[str]:
    """Steps that can be followed by themselves: no later one may need what an earlier one found.

    The first, and where all are about an input, the others; none that points back, or is about the form alone.
    """
    reach = found if has_input else found[:1]
    return [step for step in reach if not _LEANS_BACK.search(step) and not _form(step)]


def _other(step: str, language: str) -> bool:
    return has_han(step) if language == "en" else not is_unsegmented(step)


def _form(text: str) -> set[str]:
    return {found.removesuffix("s") for found in _FORM.findall(normal(text).casefold())}


def _told(found: Sequence[str]) -> str:
    return repr(" / ".join(found)[:200])
