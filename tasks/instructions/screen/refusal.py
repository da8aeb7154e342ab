"""What the rules of the screen have in common: what a refusal is, who made a Pair, and what was asked in it.

prompt_of(pair)                  → ["earlier question", "earlier answer", "Name the parameters.", "fill(text, width)"]
is_by_model(pair)                → False for maker "templates/params@1" and "ready/chats", True for "ask@1 gemma"
tokens("What is C++? 是语言。")   → ["what", "is", "c", "+", "+", "是", "语", "言"]
"""

import re

from tasks.records import READY_MADE, Pair
from tasks.script import UNSEGMENTED

Refusal = tuple[str, str]
"""Rule, and the reason in words."""

# What sentences are punctuated with is left out: "Hello, world" and "hello world." are the same, C and C++ are not.
_TOKEN = re.compile(rf"[{UNSEGMENTED}]|[^\W{UNSEGMENTED}]+|[^\w\s.,;:!?…\"'“”‘’`「」『』。，；：！？、]")


def is_ready_made(pair: Pair) -> bool:
    """Whether it came as it is."""
    return pair.maker.startswith(f"{READY_MADE}/")


def is_by_model(pair: Pair) -> bool:
    """Whether a model wrote a part of it: neither a template nor somebody outside did."""
    return not is_ready_made(pair) and not pair.maker.startswith("templates/")


def prompt_of(pair: Pair) -> list[str]:
    """All that stands before the answer, earlier turns first."""
    return [*(text for turn in pair.history for text in turn), pair.instruction, pair.input]


def tokens(text: str) -> list[str]:
    """Words and operators in lower case; each character of an unsegmented script is one."""
    return _TOKEN.findall(text.casefold())
