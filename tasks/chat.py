"""How a Pair is put to a model: the same characters in training, scoring, the teacher's prompts and the chat.

    >>> print(prompt("Say it in upper case.", "hello"), end="")
    ### Task
    Say it in upper case.
    ### Input
    hello
    ### Answer

An answer ends with the end-of-text token, or, for a base model that has not learnt it, at the first empty line.
"""

from collections.abc import Sequence

from tasks.records import Pair

STOP = ("\n\n", "\n###")
"""An answer holds neither: the screen of the instructions stage drops those that do."""


def prompt(instruction: str, input: str = "", history: Sequence[tuple[str, str]] = ()) -> str:
    """The text a model continues with its answer; earlier turns come first."""
    earlier = "".join(f"### Task\n{user}\n### Answer\n{assistant}\n\n" for user, assistant in history)
    about = f"### Input\n{input}\n" if input else ""
    return f"{earlier}### Task\n{instruction}\n{about}### Answer\n"


def shot(pair: Pair) -> str:
    """A solved example, to stand before a prompt."""
    return f"{prompt(pair.instruction, pair.input, pair.history)}{pair.output}\n\n"
