"""Rules for what a model says that is no answer: its prompt, itself, a refusal, the question again.

refusal(pair)        of "I'm sorry, but I cannot open files."   → ("refusal", "\"I'm sorry\" in an answer of 7 words …")
leaked_prompt(pair)  of "Paris\\nInput: Spain"                   → ("leaked_prompt", "a line begins with …")

A reason quotes no more than the phrase that tripped the rule.
"""

import re
from math import ceil

from tasks.instructions.screen.refusal import Refusal, prompt_of, tokens
from tasks.records import Pair
from tasks.script import has_word, is_unsegmented, words

_LABEL = re.compile(
    r"(?im)^\s*(?P<word>input|output|instruction|question|answer|response|description|task(?: \d+)?|example(?: \d+)?"
    r"|输入|输出|指令|问题|答案|回答|任务\d*|示例\d*|描述)\s*[:：]"
)
_HEADING = re.compile(r"(?im)^\s*#{2,}\s*(?:task|input|answer|instruction|response|任务|输入|输出|回答|指令)\b")
_ITSELF = re.compile(
    r"(?i)\bas an? (?:ai|artificial intelligence|(?:large )?language)(?: language)?(?: model| assistant)?,? i\b"
    r"|\bi(?:'|’)?(?: a)?m (?:just |only )?an? (?:ai|large language|language)(?: language)? (?:model|assistant)\b"
    r"|作为(?:一个|一名|一款)?(?:人工智能|AI|大?语言)(?:语言)?(?:模型|助手|助理)?[，,]?\s?我"
    r"|我(?:只)?是(?:一个|一名|一款)?(?:人工智能|AI|大?语言模型)"
)
_REFUSES = re.compile(
    r"(?i)\b(?:i(?:'|’)?m|i am|we(?:'|’)re|we are) (?:so |very |truly )?sorry\b|\A\W*(?:sorry|apologies)\s?[,.!—-]"
    r"|\bi (?:cannot|can(?:'|’)t|can not|am unable to|am not able to|won(?:'|’)t)"
    r" (?:help|assist|answer|provide|fulfil|comply|do that)"
    r"|(?:抱歉|对不起|很遗憾)[，,。!！]?.{0,6}?(?:我|无法|不能)|我(?:无法|不能)(?:回答|提供|协助|帮助|满足|完成)"
)
_APOLOGY_WANTED = re.compile(r"(?i)sorry|apolog|refus|declin|\breject|道歉|抱歉|对不起|拒绝|婉拒|遗憾")
_CORRECTION_WANTED = re.compile(
    r"(?i)\b(?:correct|fix|mend|repair|rewrite|edit|proofread|complete|replace|insert|remove|bugs?|mistakes?|typos?)\b"
    r"|改|[修纠糾订訂]正|[错錯]|[润潤]色|[补補]全|插入|[删刪]|替[换換]"
)
MOST_WORDS_OF_REFUSAL = 80
"""WizardLM eliminates a reply with "sorry" and fewer words (Xu et al. 2023, arXiv:2304.12244, section 3.2)."""
MOST_CHARACTERS_OF_REFUSAL = 130
"""The same in Chinese, where a word has some 1.6 characters."""
SAID_AGAIN, FEWEST_TOKENS = 0.8, 8
"""Share of the instruction, or of the input, in one run, that an answer may not repeat; of shorter ones nothing is said."""


def no_word(pair: Pair) -> Refusal | None:
    """Only punctuation (WizardLM, section 3.2), unless a check says that this is right."""
    if has_word(pair.output) or pair.constraints:
        return None
    return "no_word", "there is no word in the answer"


def leaked_prompt(pair: Pair) -> Refusal | None:
    """Labels and headings of the prompt that the maker wrote, unless the row itself speaks of them."""
    if _HEADING.search(pair.output):
        return "leaked_prompt", "a line of the answer is a heading of a prompt"
    asked = "\n".join(prompt_of(pair)).casefold()
    for found in _LABEL.finditer(pair.output):
        if found["word"].casefold().rstrip(" 0123456789") not in asked:
            return "leaked_prompt", f"a line begins with the label {found[0].strip()!r}, which nobody asked for"
    return None


def about_itself(pair: Pair) -> Refusal | None:
    """The teacher speaks of itself, which is not what our model is."""
    return of_itself(pair.output) or of_itself(pair.instruction)


def refusal(pair: Pair) -> Refusal | None:
    """The model declines, in a short answer to a question that asks for no apology."""
    return declines(pair.output, "\n".join(prompt_of(pair)))


def of_itself(text: str) -> Refusal | None:
    """The same of a text that is no Pair yet."""
    found = _ITSELF.search(text)
    return ("about_itself", f"{found[0]!r}") if found else None


def declines(answer: str, asked: str) -> Refusal | None:
    """The same of an answer that is no Pair yet, and all that was asked."""
    found = _REFUSES.search(answer)
    if not found or _APOLOGY_WANTED.search(asked):
        return None
    counted = len(words(answer))
    limit = MOST_CHARACTERS_OF_REFUSAL if is_unsegmented(answer) else MOST_WORDS_OF_REFUSAL
    return ("refusal", f"{found[0]!r} in an answer of {counted} words, fewer than {limit}") if counted < limit else None


def said_again(pair: Pair) -> Refusal | None:
    """The answer repeats what was asked. A part of it may be the answer, and a verified form may demand it.

    A text that is to be corrected is mostly the same afterwards; where it is wholly the same, `copy` says so.
    """
    if pair.constraints:
        return None
    answer = f" {' '.join(tokens(pair.output))} "
    for name in ("instruction",) if _CORRECTION_WANTED.search(pair.instruction) else ("instruction", "input"):
        asked = tokens(getattr(pair, name))
        run = ceil(SAID_AGAIN * len(asked))
        starts = range(len(asked) - run + 1)
        if len(asked) >= FEWEST_TOKENS and any(f" {' '.join(asked[at : at + run])} " in answer for at in starts):
            return "said_again", f"the answer repeats {run} of the {len(asked)} words of the {name} in one run"
    return None
