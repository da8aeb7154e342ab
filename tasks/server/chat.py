"""A talk in the terminal with the model that passed the gate: `make chat`, or `python -m tasks.server.chat`.

    instruction (/quit ends)> Say it in upper case.
    about (an empty line ends it)> hello
    about (an empty line ends it)>
    HELLO

Each answer stands alone: the model was tuned on single turns. Lines may come from a pipe, too:

    printf 'Say it in upper case.\\nhello\\n\\n' | python -m tasks.server.chat
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import TextIO

from tasks.chat import STOP, prompt
from tasks.errors import InputError, IntegrityError, exit_code_of
from tasks.workspace import Workspace, here

LONGEST = 256
"""Tokens of an answer, at most."""
QUIT = "/quit"


def talk(
    workspace: Workspace, lines: TextIO, answers: TextIO, *, prompts: TextIO | None = None, longest: int = LONGEST
) -> None:
    """Answer every question on `lines` in at most `longest` tokens; a typist is asked for the next line on `prompts`.

    Raises InputError where no model was promoted, IntegrityError where data/model is another one.
    """
    speak = _speaker(workspace, _promoted(workspace), longest)
    for instruction, about in _questions(lines, prompts):
        answers.write(speak(instruction, about) + "\n")
        answers.flush()


def _promoted(workspace: Workspace) -> dict[str, str]:
    """The model that may speak, by digest."""
    refused, promoted = (workspace.data / "server" / name for name in ("refused.json", "promoted.json"))
    if refused.is_file():
        reasons = " ".join(json.loads(refused.read_text(encoding="utf-8"))["reasons"])
        raise InputError(f"There is nobody to talk to: the newest model did not pass the gate. {reasons}")
    if not promoted.is_file():
        raise InputError("There is nobody to talk to yet: no model was promoted. Make one: `make demo`.")
    facts: dict[str, str] = json.loads(promoted.read_text(encoding="utf-8"))
    return facts


def _questions(lines: TextIO, prompts: TextIO | None) -> Iterator[tuple[str, str]]:
    """(instruction, what it is about), until /quit or the end of the lines."""

    def next_line(question: str) -> str:
        if prompts:
            prompts.write(question)
            prompts.flush()
        return lines.readline()

    while (line := next_line(f"\ninstruction ({QUIT} ends)> ")) and line.strip() != QUIT:
        if instruction := line.strip():
            about = []
            while (line := next_line("about (an empty line ends it)> ")) and line.strip():
                about.append(line.rstrip("\n"))
            yield instruction, "\n".join(about)


def _speaker(workspace: Workspace, promoted: dict[str, str], longest: int) -> Callable[[str, str], str]:
    """The promoted model as a function of instruction and input, in the number format it was scored in."""
    import torch  # seconds, paid once it is sure that there is somebody to talk to

    from tasks.causal_lm import digest, load_model, load_tokenizer
    from tasks.completions import LocalModel, Request
    from tasks.completions.answers import first_stop

    foundation, model = workspace.data / "foundation", workspace.data / "model"
    if digest(model) != promoted["model"] or digest(foundation) != promoted["foundation"]:
        raise IntegrityError(
            f"data/server promoted model {promoted['model']} on foundation {promoted['foundation']}, but data/ holds "
            f"{digest(model)} on {digest(foundation)}. Score and judge what is there: `dvc repro server`."
        )
    adapter = (model / "adapter_config.json").exists()
    weights = load_model(foundation, model, torch.bfloat16) if adapter else load_model(model, dtype=torch.bfloat16)
    tokenizer = load_tokenizer(foundation if adapter else model)
    local = LocalModel(weights, tokenizer, promoted["model"], slots=1)

    def speak(instruction: str, about: str) -> str:
        [[(_, reply)]] = local.replies([Request(prompt(instruction, about), longest)], STOP)
        return reply.raw[: first_stop(reply.raw, STOP)]

    return speak


def main() -> int:
    """Talk on stdin and stdout; exit code 0, or the error's."""
    try:
        prompts = sys.stdout if sys.stdin.isatty() else None
        return exit_code_of("chat", lambda: talk(here(), sys.stdin, sys.stdout, prompts=prompts))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
