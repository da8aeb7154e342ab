"""Rows by template: each family takes documents in its own order until it has the rows asked for.

A document to which a family does not apply makes no row and is counted; a row that the screen refuses is dropped with
its reason, and the next document takes its turn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tqdm import tqdm

from tasks.instructions.choose import in_chinese, ranked
from tasks.instructions.library import Library
from tasks.instructions.screen import Screen, admitted
from tasks.instructions.template_file import LANGUAGES, Language
from tasks.instructions.templates import Template, applies, fill
from tasks.ledger import Books
from tasks.records import Document, Pair


@dataclass
class ByTemplate:
    """What all families share: the screen, the books, and what did not apply."""

    library: Library
    screen: Screen
    books: Books
    seed: int
    chinese_share: float
    aloud: bool = True
    """Whether a bar on stderr shows how far it is."""
    not_applicable: Counter[str] = field(default_factory=Counter)

    def rows(self, templates: Sequence[Template], documents: Sequence[Document], *, split: str, wanted: int) -> list[Pair]:
        """At most `wanted` Pairs of each family from documents of one side of the split."""
        made: list[Pair] = []
        ordered = sorted(templates, key=lambda template: template.family)
        for template in tqdm(ordered, desc=f"{split} rows by template", disable=not self.aloud):
            made += self._family(template, documents, split=split, wanted=wanted)
        return made

    def _family(self, template: Template, documents: Sequence[Document], *, split: str, wanted: int) -> list[Pair]:
        chinese = round(wanted * self.chinese_share)
        left: dict[Language, int] = dict(zip(LANGUAGES, (wanted - chinese, chinese), strict=True))
        fitting = [document for document in documents if document.kind in template.file.kinds]
        made = []
        for document in ranked(fitting, seed=self.seed, family=template.family):
            if not any(left.values()):
                break
            if not applies(template, document, self.library.facts(document)):
                self.not_applicable[template.family] += 1
                continue
            language = self._language(template.family, document)
            if left[language] and (pair := self._pair(template, document, language, split)):
                left[language] -= 1
                made.append(pair)
        return made

    def _language(self, family: str, document: Document) -> Language:
        return "zh" if in_chinese(document, seed=self.seed, family=family, share=self.chinese_share) else "en"

    def _pair(self, template: Template, document: Document, language: Language, split: str) -> Pair | None:
        pair = fill(template, document, self.library.facts(document), language=language, seed=self.seed, split=split)
        if pair is None:
            self.not_applicable[template.family] += 1
            return None
        return admitted(pair, self.screen, self.books)
