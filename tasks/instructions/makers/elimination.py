"""What makes an evolved instruction a failure (Xu et al. 2023, arXiv:2304.12244, section 3.3), rule by rule.

    instruction("Describe a lighthouse.", "Describe a lighthouse!", texts=[], breadth=False)   → ("no_gain", "…")
    verdict("…", "Not equal")                                                                 → None
    answer("Sorry, I cannot do that.", "Describe a lighthouse.")                              → ("refusal", "…")

The paper lets ChatGPT judge the gain and names three signs of a bad answer. The judge is asked here, too; before it come
rules that cost nothing: the same words again, words of the prompt, growth beyond what any operator asks for.
"""

import re
from collections.abc import Iterable

from tasks.instructions.screen import Refusal
from tasks.instructions.screen.said import declines, of_itself
from tasks.rouge import rouge_l, tokens

MOST_ALIKE = 0.95
"""ROUGE-L of an instruction with what it came from."""
MOST_GROWTH = 60
"""Words, or Chinese characters, that an operator may add: the paper asks for 10 to 20 words, and models write more."""
LEAKED = re.compile(
    r"#?\b(given|created|rewritten|new)[ _](prompt|instruction)\b|^(output|input)\s*:"
    "|改写后的|新的?指令|给定的?(指令|提示)|^(输入|输出)[:：]",
    re.IGNORECASE,
)
"""Words of a rewriting task in what should be an instruction."""
_EMPTY_WORDS = frozenset(
    re.findall(
        r"[a-z]+|[^a-z\s]",
        "a an and are as at be but by for from has have i in is it its no not of ok okay on or so sure that the this to was "
        "well were with yes you 的了是在和与或也都就不我你他她它这那有好吗呢吧啊嗯对",
    )
)


def instruction(old: str, new: str, texts: Iterable[str], *, breadth: bool) -> Refusal | None:
    """Whether a rewritten instruction is one at all, and another one; `texts` are those of the prompt."""
    if not tokens(new):
        return "empty", f"the rewritten instruction has no words: {new!r}"
    if found := LEAKED.search(new):
        return "prompt_leaked", f"{new[:200]!r} holds {found[0]!r}, a word of the task"
    if new in texts:
        return "prompt_leaked", f"{new[:200]!r} stands in the solved examples"
    if rouge_l(new, old) >= MOST_ALIKE:
        return "no_gain", f"{new[:200]!r} says what {old[:200]!r} said"
    if not breadth and length(new) - length(old) > MOST_GROWTH:
        return "grown", f"{length(new) - length(old)} words or characters more, beyond {MOST_GROWTH}: {new[:200]!r}"
    return None


def verdict(new: str, said: str) -> Refusal | None:
    """What the judge says: only an unlike that can be read lets an instruction pass."""
    word = said.strip(" .。!！\"'“”").casefold()
    if word in ("not equal", "unequal", "不同", "不相同"):
        return None
    if word in ("equal", "相同"):
        return "no_gain", f"the judge calls {new[:200]!r} equal to what it came from"
    return "no_verdict", f"the judge says neither equal nor not equal: {said[:80]!r}"


def answer(said: str, asked: str) -> Refusal | None:
    """Whether an answer is one: no refusal by the screen's rules, not only signs and words that say nothing."""
    if refusal := declines(said, asked) or of_itself(said):
        return refusal
    if not set(tokens(said)) - _EMPTY_WORDS:
        return "says_nothing", f"only punctuation and stop words: {said[:200]!r}"
    return None


def length(text: str) -> int:
    """Words, and characters of scripts without spaces."""
    return len(tokens(text))
