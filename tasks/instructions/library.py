"""Documents with what is known of each, worked out once."""

from collections import defaultdict
from collections.abc import Iterable

from tasks.instructions.facts import Facts, facts
from tasks.records import Document


class Library:
    """Documents by id, and their facts."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = sorted(documents, key=lambda document: document.id)
        self._facts: dict[str, Facts] = {}
        self._names: dict[str, dict[str, str]] = defaultdict(dict)
        for document in self.documents:
            if document.kind == "code":
                self._names[document.source][document.id] = document.title.rpartition(".")[2]

    def facts(self, document: Document) -> Facts:
        """Facts of a document and, for code, `siblings`: the other names of its source, sorted."""
        if document.id not in self._facts:
            found = facts(document)
            if document.kind == "code":
                names = set(self._names[document.source].values()) - {found.get("name")}
                found["siblings"] = sorted(names)
            self._facts[document.id] = found
        return self._facts[document.id]
