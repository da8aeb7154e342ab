"""A toy corpus: eight modules of six functions and a class each, and what their documentation says."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tasks.completions import Failure, Journal, Reply, Request
from tasks.instructions.library import Library
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import Workshop
from tasks.records import Document, document_id

PARAMS = Path(__file__).parents[2] / "params"
VERBS = ("read", "write", "merge", "split_all", "count", "find_next")
NOUNS = ("archive", "buffer", "catalog", "digest", "engine", "folder", "grammar", "header")

FUNCTION = '''\
def {verb}_{noun}(path, {noun}, limit={limit}, strict=True):
    """{Verb} every {noun} below a path. The limit holds for each folder alone. Nothing is kept between calls."""
    found = walk(path, {noun})
    return found[:limit]
'''
METHOD = '''\
@classmethod
def load_{noun}(cls, source: str, *, encoding="utf-8"):
    """Load one {noun} from an open source. The caller closes the source again. Names are not changed."""
    text = source.read()
    return cls(text.split(encoding))
'''
PROSE = """{Noun} files
============

A {noun} holds many small records. Every record begins with a short header line. \
Readers must close the {noun} after the last record.
"""


def toy_document(noun: str, kind: str, name: str, text: str) -> Document:
    title = f"{noun}s.{name}" if name else f"{noun}s"
    identity = document_id("toy", f"{noun}s", title, text)
    return Document(identity, text, "en", title, kind, f"toy:{noun}s", "MIT")


def toy_module(noun: str) -> list[Document]:
    """Eight Documents of one source."""
    functions = [
        toy_document(
            noun,
            "code",
            f"{verb}_{noun}",
            FUNCTION.format(verb=verb, Verb=verb.partition("_")[0].capitalize(), noun=noun, limit=place),
        )
        for place, verb in enumerate(VERBS)
    ]
    method = toy_document(noun, "code", f"{noun.capitalize()}.load_{noun}", METHOD.format(noun=noun))
    prose = toy_document(noun, "prose", "", PROSE.format(noun=noun, Noun=noun.capitalize()))
    return [*functions, method, prose]


@pytest.fixture(scope="module")
def module_documents() -> list[Document]:
    return [document for noun in NOUNS for document in toy_module(noun)]


@pytest.fixture
def toy_documents(module_documents: list[Document]) -> list[Document]:
    return list(module_documents)


Answer = Callable[[Request], Reply | Failure | str]
MakeWorkshop = Callable[..., Workshop]


@dataclass
class Scripted:
    """A teacher who answers by a function of the request; text stands for a reply that ended by itself."""

    answer: Answer
    identity: str = "scripted"
    requests: list[Request] = field(default_factory=list)
    """All that it was asked."""

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        ended: list[tuple[int, Reply | Failure]] = []
        try:
            for index, request in enumerate(requests):
                self.requests.append(request)
                said = self.answer(request)
                ended.append((index, Reply(said, "stop", len(said.split())) if isinstance(said, str) else said))
        finally:
            if ended:  # also where the next one raises; together, as the journal waits for the disk each time
                yield ended


@pytest.fixture
def workshop(tmp_path: Path) -> MakeWorkshop:
    """`workshop(documents, answer, pairs=(), …)`: a Workshop with a scripted teacher and a journal of the test's own."""

    def opened(documents: Sequence[Document], answer: Answer, **changes: Any) -> Workshop:
        teacher = Teacher(Scripted(answer), Journal(tmp_path / "journal.sqlite"))
        shop = Workshop(
            Library(documents), documents, pairs=(), teacher=teacher, seed=0, chinese_share=0.25, most=10**6, params=PARAMS
        )
        return replace(shop, **changes)

    return opened
