"""Documents with what is known of each, worked out once."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from tasks.instructions.facts import Facts, facts
from tasks.records import Document

OTHER = {"en": ("zh-Hans", "zh-Hant", "zh"), "zh-Hans": ("en",), "zh-Hant": ("en",), "zh": ("en",)}
"""By language of a Document those in which a twin is looked for, in this order."""


class Library:
    """Documents by id, and their facts."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = sorted(documents, key=lambda document: document.id)
        self._facts: dict[str, Facts] = {}
        self._alone: dict[str, Facts] = {}
        self._names: dict[str, dict[str, str]] = defaultdict(dict)
        self._pages: dict[tuple[str, str], dict[str, list[Document]]] = defaultdict(lambda: defaultdict(list))
        for document in self.documents:
            if document.kind == "code":
                self._names[document.source][document.id] = document.title.rpartition(".")[2]
            elif document.title:
                self._pages[document.source, document.title][document.language].append(document)

    def facts(self, document: Document) -> Facts:
        """Facts of a document with `siblings` of code, the other names of its source, sorted; of a page `twin`.

        A twin is the one page of the same source and title in the other language, where there is one alone in each:
        `twin` is a list of {"here": …, "there": …}, explanations of a command line that both pages show in the same
        shape. One source, so that a translation never lies on the other side of the split.
        """
        if document.id not in self._facts:
            found = self._by_itself(document)
            if document.kind == "code":
                names = set(self._names[document.source].values()) - {found.get("name")}
                found = {**found, "siblings": sorted(names)}
            elif "examples" in found:
                found = {**found, **self._twin(document, found)}
            self._facts[document.id] = found
        return self._facts[document.id]

    def _by_itself(self, document: Document) -> Facts:
        if document.id not in self._alone:
            self._alone[document.id] = facts(document)
        return self._alone[document.id]

    def _twin(self, document: Document, found: Facts) -> Facts:
        pages = self._pages[document.source, document.title]
        if len(pages.get(document.language, ())) != 1:
            return {}
        for language in OTHER.get(document.language, ()):
            if len(pages.get(language, ())) == 1:
                there = self._by_itself(pages[language][0])
                both = _aligned(found["examples"], there.get("examples", []))
                return {"twin": both, "twin_language": language} if both else {}
        return {}


def _aligned(here: list[dict[str, str]], there: list[dict[str, str]]) -> list[dict[str, str]]:
    """Explanations of those command lines that each page shows once."""
    once = [
        {shape: example for example in page if counts[shape := example["shape"]] == 1}
        for page in (here, there)
        if (counts := Counter(example["shape"] for example in page))
    ]
    if len(once) < 2:
        return []
    return [
        {"here": example["does"], "there": once[1][shape]["does"]}
        for shape, example in once[0].items()
        if shape in once[1] and once[1][shape]["does"] != example["does"]
    ]
