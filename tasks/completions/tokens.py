"""A request → the token ids that a model reads: what it shares with other requests, and its own.

    tokens(tokenizer, Request(prefix="hi → HI\\n", prompt="hello →", …), chat=False)   → (2, 2151, …), (23391, …)

Both are decided by the request alone, whatever else is asked: the engine reads each in a pass of its own, and a pass of
another shape rounds otherwise.
"""

from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from jinja2 import TemplateError

from tasks.causal_lm import prompt_ids
from tasks.completions.exchange import Message, Request
from tasks.errors import InputError

Ids = tuple[int, ...]


def tokens(tokenizer: Any, request: Request, *, chat: bool) -> tuple[Ids, Ids]:
    """Shared ids, () where there are none, and own ids. `chat` asks by the tokenizer's chat template."""
    if chat:
        return _of_messages(tokenizer, request.messages or (("user", request.prefix + request.prompt),))
    if request.prefix:
        own = tokenizer(request.prompt, add_special_tokens=False)["input_ids"]
        return tuple(prompt_ids(tokenizer, request.prefix)), tuple(own)
    return (), tuple(prompt_ids(tokenizer, request.prompt))


def _of_messages(tokenizer: Any, messages: Sequence[Message]) -> tuple[Ids, Ids]:
    """All before the last message is shared: as far as the same tokens stand there when that message says nothing."""
    ids = _rendered(tokenizer, messages)
    if len(messages) == 1:
        return (), ids
    silent = _rendered(tokenizer, [*messages[:-1], (messages[-1][0], "")])
    shared = len(list(takewhile(lambda both: both[0] == both[1], zip(ids[:-1], silent, strict=False))))
    return ids[:shared], ids[shared:]


def _rendered(tokenizer: Any, messages: Sequence[Message]) -> Ids:
    turns = [{"role": role, "content": content} for role, content in messages]
    try:
        return tuple(tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False))
    except TemplateError as error:  # a template may refuse roles: Gemma 2's wants no system
        raise InputError(
            f"The model's chat template refuses messages of {', '.join(role for role, _ in messages)} ({error}). "
            "Choose another model, or one without a template, which continues text."
        ) from error
