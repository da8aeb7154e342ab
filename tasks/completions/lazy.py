"""A model folder as a Model that is loaded when the first request is really put to it.

    model = LazyModel(Path("data/foundation"))
    model.identity                       # by its files: 0.01 s
    complete(requests, model, journal)   # loads torch and the weights where the journal lacks an answer, else never

A run that finds all its answers in the journal so costs neither 5 seconds nor the memory.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.completions.exchange import Failure, Reply, Request
from tasks.errors import IntegrityError
from tasks.model_files import digest, has_chat_template
from tasks.precision import fastest

if TYPE_CHECKING:
    from tasks.completions.local import LocalModel

ENGINE = "slots@2"
"""Part of every key of the journal: raise it with any change of local.py, or of what that imports, that may change an
answer."""
CHAT = "chat@2"
"""The same for a change that only models that chat can feel, such as of where a thought ends."""
SLOTS = 48
"""Requests that a LocalModel answers side by side, where nobody says otherwise."""


def local_identity(digest: str, dtype: str, *, slots: int, chat: bool) -> str:
    """Weights, precision, engine, and how it is asked: what decides a LocalModel's answers."""
    return f"{digest} {dtype} {ENGINE} {slots}{f' {CHAT}' if chat else ''}"


class LazyModel:
    """A folder of tasks.causal_lm, answered for by a LocalModel in the number format fastest here.

    It chats where its tokenizer has a chat template.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def identity(self) -> str:
        """That of the LocalModel, known before there is one."""
        return local_identity(digest(self.folder), f"torch.{fastest()}", slots=SLOTS, chat=has_chat_template(self.folder))

    @cached_property
    def local(self) -> "LocalModel":
        """The model, loaded. Raises IntegrityError where it is another one than its files said."""
        import torch  # with what follows 5 s

        from tasks.causal_lm import load_model, load_tokenizer
        from tasks.completions.local import LocalModel

        weights, tokenizer = load_model(self.folder, dtype=getattr(torch, fastest())), load_tokenizer(self.folder)
        local = LocalModel(weights, tokenizer, digest(self.folder), slots=SLOTS, chat=bool(tokenizer.chat_template))
        if local.identity != self.identity:
            raise IntegrityError(
                f"{self.folder} is {self.identity!r} by its files, and {local.identity!r} when loaded: answers would be "
                f"kept under a wrong name. Make it again: `dvc repro {self.folder.name}`."
            )
        return local

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """As LocalModel.replies; no request loads nothing."""
        if requests:
            yield from self.local.replies(requests)
