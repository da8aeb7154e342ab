"""Personal data and secrets in a row that a model wrote: copied or invented, they are learnt by heart all the same.

private(pair, ("email",))  of "Write to zhang@corp.cn."   → ("private", "holds email"), never the address
without(pair, ("email",))                                 → the same Pair with "Write to <EMAIL>."
"""

from collections.abc import Collection
from dataclasses import replace

from tasks.instructions.screen.refusal import Refusal, prompt_of
from tasks.privacy import replaced
from tasks.records import Pair


def private(pair: Pair, kinds: Collection[str]) -> Refusal | None:
    """The kinds found, in words."""
    found = replaced("\n".join([*prompt_of(pair), pair.output]), kinds)[1] if kinds else {}
    return ("private", f"holds {', '.join(sorted(found))}") if found else None


def without(pair: Pair, kinds: Collection[str]) -> Pair:
    """The Pair as it may lie among the dropped: placeholders in all that it says, its id as it was."""

    def clean(text: str) -> str:
        return replaced(text, kinds)[0]

    history = tuple((clean(user), clean(assistant)) for user, assistant in pair.history)
    return replace(
        pair,
        instruction=clean(pair.instruction),
        input=clean(pair.input),
        output=clean(pair.output),
        history=history,
        label=clean(pair.label),
        constraints=tuple(map(clean, pair.constraints)),
    )
