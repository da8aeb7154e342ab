"""What the rules of the screen have in common: what a refusal is, who made a Pair, and what was asked in it.

prompt_of(pair)      → ["earlier question", "earlier answer", "Name the parameters.", "fill(text, width)"]
is_by_model(pair)    → False for maker "templates/params@1" and "ready/chats", True for "ask@1 gemma"
"""

import re

from tasks.records import READY_MADE, Pair

Refusal = tuple[str, str]
"""Rule, and the reason in words."""

# Letters of unsegmented scripts stand alone; of what is neither letter nor digit, what a sentence is punctuated with is left out:
# "What is C?" and "What is C++?" differ, "Hello, world" and "hello world." do not.
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"


def is_ready_made(pair: Pair) -> bool:
    """Whether it came as it is."""
    return pair.maker.startswith(f"{READY_MADE}/")


def is_by_model(pair: Pair) -> bool:
    """Whether a model wrote a part of it: neither a template nor somebody outside did."""
    return not is_ready_made(pair) and not pair.maker.startswith("templates/")


def prompt_of(pair: Pair) -> list[str]:
    """All that stands before the answer, earlier turns first."""
    return [*(text for turn in pair.history for text in turn), pair.instruction, pair.input]


def shown(text: str, most: int = 60) -> str:
    """A text in a reason, quoted, cut in the middle."""
    return repr(text if len(text) <= most else f"{text[: most // 2]}…{text[-most // 2 :]}")
