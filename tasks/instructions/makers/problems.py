"""A programming problem and its solution as a teacher wrote them → what speaks against either, without running anything.

    problem("Extend the code snippet above.", snippet, prompt, language="en")                   → ("points_at_snippet", "…")
    solution("Sure! Here it is.", "Write a Python function …", snippet, prompt, language="en")  → ("no_python", "…")

Magicoder (Wei et al. 2023, arXiv:2312.02120, section 2.2) drops what is said twice and what is in a test suite, which is the
screen's business here, and keeps the noise that a teacher makes. These rules are ours, for teachers that make more of it.
"""

import ast
import re
from difflib import SequenceMatcher

from tasks.instructions.overlap import longest_run
from tasks.instructions.prompts import Prompt
from tasks.instructions.python_source import definitions, does, parsed, unbound
from tasks.instructions.screen import Refusal
from tasks.instructions.wording import LONGEST_RUN, leaked
from tasks.rouge import rouge_l
from tasks.script import has_word, symbols_and_words

MOST_ALIKE = 0.7
"""From this ROUGE-L on, a problem is the snippet again: Self-Instruct's limit for two instructions."""
MOST_COPIED, FEWEST_COPIED = 0.5, 8
"""Share of a solution in one run that may be the snippet's or the problem's, in names, numbers and symbols; shorter runs
are idioms, such as `for item in items:`."""
AS_SHOWN = {"en": 12, "zh": 16}
"""From a run of so many tokens on, a reply is that of a solved example: problems begin alike, as do solutions."""
_CODE = r"(?:code|snippet|fragment|excerpt)s?"
_ANY = r"(?:code|snippet|fragment|excerpt|function|class|method|program|script)s?"
_HAN_CODE = r"(?:Python\s*)?(?:代[码碼]|程式碼|片段)"
_HAN_ANY = r"(?:Python\s*)?(?:代[码碼]|程式碼|片段|函[数數]|程序|[类類](?![型别別似]))"
_POINTS = re.compile(
    rf"\bcode[ -](?:snippet|fragment|excerpt)s?\b|\bin the snippet\b"
    rf"|\b(?:inspired by|based on) (?:the|this|that|your) {_CODE}\b"
    rf"|\b(?:this|these|above|previous|original|provided) (?:python )?{_CODE}\b"
    rf"|\b{_CODE} (?:shown |given |provided |listed )?above\b"
    rf"|\A[^.\n]*\b(?:above {_ANY}|{_ANY} (?:shown |given |provided |listed )?above)\b"
    r"|(?:代[码碼]|程式碼)(?:片段|段)"
    rf"|(?:上面|上述|以上|前面|[这這该該此]|原有?|[给給]定|所[给給]|[给給]出|提供)的?(?:[这這]?[个個段])?{_HAN_CODE}"
    rf"|\A[^。\n]*(?:上面|上述|以上|前面)的?(?:[这這]?[个個段])?{_HAN_ANY}",
    re.IGNORECASE,
)
"""A problem that points at code which whoever solves it is not shown. Beyond its first sentence «the function above» may be
the one that the problem has just spoken of."""
_ANNOUNCES = re.compile(
    rf"\bfollowing (?:python )?{_ANY}\b|\bthe given (?:python )?{_CODE}\b|\b{_ANY} (?:shown |given )?below\b"
    rf"|(?:下面|以下|下列|如下)的?(?:[这這]?[个個段])?{_HAN_ANY}",
    re.IGNORECASE,
)
"""The same, unless a colon or lines follow, and with them what it speaks of."""
_HEADING = re.compile(
    r"^\W*(?:(?:programming |coding )?(?:problem|solution|snippet)(?: description| statement)?"
    r"|(?:编程)?(?:题目|问题)(?:描述)?|解答|解法|代码片段)\s*(?:[\]】*#]+|[:：\n])",
    re.IGNORECASE,
)
"""How a reply begins that names its part."""
_OPEN = tuple(",，、:：;；(（[【{")
"""Ends of a problem that goes on."""


def problem(text: str, snippet: str, prompt: Prompt, *, language: str) -> Refusal | None:
    """Why a text is no problem that stands by itself, or None."""
    if not has_word(text):
        return "empty", f"no word in the problem: {text[:200]!r}"
    if text.endswith(_OPEN):
        return "truncated", f"the problem ends with {text[-1]!r}: {text[-200:]!r}"
    if found := _prompt_in(text, prompt, language):
        return "leaked_prompt", f"{text[:200]!r} repeats the prompt: {found[:200]!r}"
    if pointed := _pointed(text):
        return "points_at_snippet", f"{text[:200]!r} speaks of {pointed!r}, which is not shown"
    if (alike := rouge_l(text, snippet)) >= MOST_ALIKE:
        return "is_snippet", f"ROUGE-L {alike:.2f} with the snippet, at least {MOST_ALIKE}: {text[:200]!r}"
    return None


def solution(code: str, asked: str, snippet: str, prompt: Prompt, *, language: str) -> Refusal | None:
    """Why code is no solution that stands by itself, or None; `asked` is the problem."""
    tree = parsed(code)
    if tree is None:
        return "no_python", f"the solution does not parse: {code[:400]!r}"
    if not any(does(definitions(tree))):
        return "defines_nothing", f"no function or class that does something: {code[:400]!r}"
    if missing := unbound(tree):
        return "undefined_name", f"nothing defines {', '.join(missing)}: {code[:400]!r}"
    if found := _prompt_in(code, prompt, language):
        return "leaked_prompt", f"the solution repeats the prompt: {found[:200]!r}"
    if (run := _copied(code, snippet)) is not None:
        return "copied_snippet", f"{run} names and symbols in a row are the snippet's: {code[:400]!r}"
    if (run := _copied(_does(code, tree), asked)) is not None:
        return "tells_answer", f"{run} names and symbols of the solution stand in the problem in a row: {asked[:400]!r}"
    return None


def _does(code: str, tree: ast.Module) -> str:
    """What a solution does, without what a problem may tell: signatures, docstrings."""
    return "\n".join(ast.get_source_segment(code, statement) or "" for statement in does(tree.body))


def _pointed(text: str) -> str:
    if found := _POINTS.search(text):
        return found[0]
    found = _ANNOUNCES.search(text)
    after = text[found.end() :] if found else ""
    return found[0] if found and "\n" not in after and not after.lstrip().startswith((":", "：")) else ""


def _prompt_in(text: str, prompt: Prompt, language: str) -> str:
    """What of its prompt a reply repeats, "" for nothing."""
    if heading := _HEADING.match(text):
        return heading[0].strip()
    if longest_run(text, prompt.task) >= LONGEST_RUN[language]:
        return prompt.task
    as_shown = (wanted for _, wanted in prompt.examples if longest_run(text, wanted) >= AS_SHOWN[language])
    return leaked(text, prompt, (), LONGEST_RUN[language]) or next(as_shown, "")


def _copied(code: str, other: str) -> int | None:
    """Length of the longest run that both have, where it is more than an idiom and most of the code."""
    own, others = symbols_and_words(code), symbols_and_words(other)
    run = SequenceMatcher(None, own, others, autojunk=False).find_longest_match().size
    return run if run >= max(FEWEST_COPIED, MOST_COPIED * len(own)) else None
