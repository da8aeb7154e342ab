"""Who translates: the teacher by a prompt, or models that do nothing else; each line apart, the lines of many rows together.

translator.ask([Line("Name a ferry.", source="en", target="zh-Hans")])   → (Completion(text=" 说出一艘渡轮。", …),)

Models that only translate keep their answers in the teacher's journal, but cost none of its budget: they run here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Protocol

from tasks.completions import Account, Completion, Failure, Model, Request
from tasks.instructions.makers.settings import ModelsTranslate, TeacherTranslates, TranslationModel
from tasks.instructions.prompts import Prompts
from tasks.instructions.teacher import Teacher
from tasks.instructions.workshop import Workshop
from tasks.workspace import Workspace

LONGEST_LINE = 256
"""Tokens that the translation of a line may have, and of a short line fewer: who writes on is not translating."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line to translate; languages are en, zh-Hans or zh-Hant."""

    text: str
    source: str
    target: str


class Translator(Protocol):
    """Somebody who translates lines."""

    @property
    def identity(self) -> str:
        """All that decides the translations; part of Pair.maker."""
        ...

    def ask(self, lines: Sequence[Line]) -> tuple[Completion | Failure, ...]:
        """What becomes of each line, in their order."""
        ...


def longest(text: str) -> int:
    """Tokens that a translation may have: two for a character, which the rarest of characters need, and some to spare."""
    return min(LONGEST_LINE, 32 + 2 * len(text))


def translator_of(params: TeacherTranslates | ModelsTranslate, shop: Workshop, prompts: Prompts) -> Translator:
    """Whom params name. Raises InputError and IntegrityError for a model that cannot be had, or not safely."""
    if isinstance(params, TeacherTranslates):
        return ByTeacher(shop.teacher, prompts)
    workspace = Workspace(shop.params.parent)
    to_english, to_chinese = (_opened(model, workspace) for model in (params.to_english, params.to_chinese))
    return ByModels(_asking(to_english, shop), _asking(to_chinese, shop))


@dataclass(frozen=True, slots=True)
class ByTeacher:
    """The teacher, shown solved examples."""

    teacher: Teacher
    prompts: Prompts

    @property
    def identity(self) -> str:
        """That of the teacher: what it is asked is part of the key of each answer."""
        return self.teacher.identity

    def ask(self, lines: Sequence[Line]) -> tuple[Completion | Failure, ...]:
        """One request a line, in the language of the line."""
        return self.teacher.ask([self._request(line) for line in lines], about="translate")

    def _request(self, line: Line) -> Request:
        name = "traditional" if "zh-Hant" in (line.source, line.target) else "simplified"
        return self.prompts.request(name, line.source, line.text, max_new_tokens=longest(line.text))


@dataclass(frozen=True, slots=True)
class ByModels:
    """A model for each direction."""

    to_english: Teacher
    to_chinese: Teacher

    @property
    def identity(self) -> str:
        """Those of both: one translates, the other back, and so decides which rows stay."""
        return f"{self.to_english.identity} {self.to_chinese.identity}"

    def ask(self, lines: Sequence[Line]) -> tuple[Completion | Failure, ...]:
        """Lines to English first, then the others; the answers are in the order of the lines."""
        answers: dict[int, Completion | Failure] = {}
        for model, wanted in ((self.to_english, True), (self.to_chinese, False)):
            places = [place for place, line in enumerate(lines) if (line.target == "en") is wanted]
            requests = [Request(lines[place].text, max_new_tokens=longest(lines[place].text)) for place in places]
            answers |= zip(places, model.ask(requests, about="translate"), strict=True)
        return tuple(answers[place] for place in range(len(lines)))


def _asking(model: Model, shop: Workshop) -> Teacher:
    return replace(shop.teacher, model=model, account=Account())


@cache  # an estimate runs the maker again and again; weights are read once
def _opened(own: TranslationModel, workspace: Workspace) -> Model:
    from tasks.completions.seq2seq import Seq2Seq, Wording  # with torch 5 s

    where = "makers.translate.translator in params/instructions.yaml"
    wording = Wording(own.opening, own.source_code, own.target_code)
    return Seq2Seq.named(own.model, workspace, wording, expected=own.sha256, where=where)
