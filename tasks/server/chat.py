"""A talk in the terminal with the champion: `make chat`, or `python -m tasks.server.chat`.

    chat: zhiling version 2, champion, speaks; the newest, version 3, is challenger.
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
from pathlib import Path
from typing import TextIO

from tasks.chat import STOP, prompt
from tasks.errors import InputError, IntegrityError, exit_code_of
from tasks.model_files import digest
from tasks.params import load
from tasks.server.settings import ServerParams
from tasks.server.versions import laid_out
from tasks.to_mlflow import registry
from tasks.workspace import Workspace, here

LONGEST = 256
"""Tokens of an answer, at most."""
QUIT = "/quit"


def talk(
    workspace: Workspace, lines: TextIO, answers: TextIO, *, prompts: TextIO | None = None, longest: int = LONGEST
) -> None:
    """Answer every question on `lines` in at most `longest` tokens; a typist is asked for the next line on `prompts`.

    A question that is too long is told and passed over. Raises InputError where there is no champion or its weights are
    nowhere, IntegrityError where data/foundation is not the one it was tuned from.
    """
    name = load(ServerParams, workspace.params / "server.yaml").name
    registry.reconcile(workspace)
    champion, newest = (registry.bearer(workspace, name, alias) for alias in ("champion", "challenger"))
    refused = workspace.data / "server" / "refused.json"
    refusal = " ".join(json.loads(refused.read_text(encoding="utf-8"))["reasons"]) if refused.is_file() else ""
    if not champion:
        raise InputError(
            f"There is nobody to talk to: the newest model did not pass the gate. {refusal}"
            if refusal
            else "There is nobody to talk to yet: no model was promoted. Make one: `make demo`."
        )
    speak = _speaker(workspace, champion, longest)
    _say(f"{name} version {champion['version']}, champion, speaks{_beside(champion, newest, refusal)}.")
    for instruction, about in _questions(lines, prompts):
        try:
            answers.write(speak(instruction, about) + "\n")
        except InputError as error:
            _say(str(error))
        answers.flush()


def _beside(champion: dict[str, str], newest: dict[str, str] | None, refusal: str) -> str:
    """Who else there is, and why it does not speak."""
    if refusal:
        return "; the newest model did not pass the gate"
    if newest and newest["version"] != champion["version"]:
        return f"; the newest, version {newest['version']}, is challenger"
    return ""


def _say(sentence: str) -> None:
    sys.stderr.write(f"chat: {sentence}\n")


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


def _speaker(workspace: Workspace, champion: dict[str, str], longest: int) -> Callable[[str, str], str]:
    """The champion as a function of instruction and input, in the number format it was scored in."""
    import torch  # seconds, paid once it is sure that there is somebody to talk to

    from tasks.causal_lm import load_model, load_tokenizer
    from tasks.completions import Failure, Request
    from tasks.completions.exchange import first_stop
    from tasks.completions.local import LocalModel

    foundation, model = workspace.data / "foundation", _weights(workspace, champion)
    dtype = getattr(torch, champion["dtype"])
    adapter = (model / "adapter_config.json").exists()
    weights = load_model(foundation, model, dtype) if adapter else load_model(model, dtype=dtype)
    tokenizer = load_tokenizer(foundation if adapter else model)
    local = LocalModel(weights, tokenizer, champion["model"], slots=1)

    def speak(instruction: str, about: str) -> str:
        [[(_, reply)]] = local.replies([Request(prompt(instruction, about), longest)])
        if isinstance(reply, Failure):
            raise InputError(f"No answer: {reply.reason}")
        return reply.raw[: first_stop(reply.raw, STOP)]

    return speak


def _weights(workspace: Workspace, champion: dict[str, str]) -> Path:
    """The champion's folder, whichever model was made since."""
    if not (folder := laid_out(workspace, champion["digest"])):
        raise InputError(
            f"The champion is version {champion['version']}, but neither data/model nor DVC's cache holds its weights "
            f"({champion['digest']}). Fetch them with `dvc fetch`, or check out the commit that made them and run "
            "`dvc repro model`."
        )
    if (found := digest(workspace.data / "foundation")) != champion["foundation"]:
        raise IntegrityError(
            f"The champion was tuned from foundation {champion['foundation']}, but data/foundation is {found}. "
            "Set params/foundation.yaml as it was then and make it again: `dvc repro foundation`."
        )
    return folder


def main() -> int:
    """Talk on stdin and stdout; exit code 0, or the error's."""
    try:
        prompts = sys.stdout if sys.stdin.isatty() else None
        return exit_code_of("chat", lambda: talk(here(), sys.stdin, sys.stdout, prompts=prompts))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
