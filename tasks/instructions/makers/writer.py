"""The instruction writer: a passage or a short function is the answer; a small model trained on the Pairs so far asks.

    A lantern burns oil that a wick draws up.   →   Explain how a lantern burns oil.   score 5: kept, label {"score": 5}

Candidates, checks and the teacher's score are those of back_translate; only whoever writes the instruction is another: the
backward model of instruction back-translation (Li et al. 2023, arXiv:2308.06259, section 2.1), at a size that is trained
within the stage. It sees the train split alone: what makers before it gave, and rows by template.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tasks.completions import Completion, Failure, Request, complete
from tasks.instructions.makers import back_translate
from tasks.instructions.makers.back_translate import LONGEST_REPLY, Candidate, Judge, candidates, instruction
from tasks.instructions.prompts import prompts_of
from tasks.instructions.workshop import Made, Workshop, batches
from tasks.instructions.writer.examples import examples, shown
from tasks.instructions.writer.network import Writer, begun
from tasks.instructions.writer.training import trained
from tasks.records import content_id
from tasks.workspace import Workspace

RECIPE = "writer@1"


@dataclass
class Pupil:
    """The maker with the writers it has trained, by what they learnt from: an estimate of cost goes over its rows twice."""

    start: str
    """As makers.writer.start in params/instructions.yaml."""
    steps: int
    longest_answer: int
    """Characters."""
    least_score: int
    _known: dict[str, Writer] = field(default_factory=dict)

    def rows(self, shop: Workshop) -> Iterator[Made]:
        """A row of each candidate; nothing is trained where there are none."""
        if tried := candidates(shop, self.longest_answer)[: shop.most]:
            writer = self._writer(shop)
            prompts = prompts_of(back_translate, shop.params)
            by = f"{RECIPE} {writer.identity} {shop.teacher.identity}"
            judge = Judge(shop.teacher, prompts, self.least_score, about="writer", by=by)
            for some in batches(tried, shop.at_once):
                replies = _written(shop, some, writer)
                made = [instruction(shop, prompts, one, reply) for one, reply in zip(some, replies, strict=True)]
                yield from judge.rows(some, made)

    def _writer(self, shop: Workshop) -> Writer:
        some = examples(shop.pairs)
        key = content_id("writer", str(self.steps), str(shop.seed), *(text for one in some for text in one))
        if key not in self._known:
            start = begun(self.start, Workspace(shop.params.parent)) if self.start else None
            self._known[key] = trained(some, steps=self.steps, seed=shop.seed, start=start).writer
        return self._known[key]


def _written(shop: Workshop, some: list[Candidate], writer: Writer) -> tuple[Completion | Failure, ...]:
    """What the writer says to candidates; through the journal, and for no account of the teacher's."""
    requests = [Request(shown(one.language, one.answer), LONGEST_REPLY, stop=()) for one in some]
    return complete(requests, writer, shop.teacher.journal, about="writer" if shop.teacher.aloud else "").results
