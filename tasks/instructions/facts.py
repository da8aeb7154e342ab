"""What is known of a Document, by name, for templates to use. A fact that cannot be had is simply not there.

    kind code         title, kind, language, excerpt; facts_of_code.py, and facts_of_prose.py of the docstring
    kind prose        the same; parts, its sentences; facts_of_prose.py, _lines.py, _commands.py, and _tables.py of a table
    kind dialogue     the same; parts, what is said; facts_of_dialogue.py
    kind table        the same; facts_of_tables.py

What only other Documents can tell, `siblings`, `twin` and `twin_language`, a Library adds.
"""

from typing import Any

from tasks.instructions import (
    facts_of_code,
    facts_of_commands,
    facts_of_dialogue,
    facts_of_lines,
    facts_of_prose,
    facts_of_tables,
)
from tasks.records import Document

NAMES = (
    frozenset({"title", "kind", "language", "excerpt", "parts", "twin", "twin_language"})
    | facts_of_code.NAMES
    | facts_of_prose.NAMES
    | facts_of_lines.NAMES
    | facts_of_commands.NAMES
    | facts_of_dialogue.NAMES
    | facts_of_tables.NAMES
)
"""Every name a template may use, besides its own styles and lets."""

MOST_READ = 20_000
"""Characters of a text that is no code, from its start, that are looked at: a book gives its facts as soon as a page."""

Facts = dict[str, Any]


def facts(document: Document) -> Facts:
    """The facts of one document, without those that only its neighbours can tell."""
    found: Facts = {"title": document.title, "kind": document.kind, "language": document.language}
    if document.kind == "code":
        code, docstring = facts_of_code.facts_of_code(document)
        return {**found, **_named(code, "excerpt", "code"), **facts_of_prose.facts_of_prose(docstring)}
    text = _start(document.text)
    if document.kind == "dialogue":
        said = facts_of_dialogue.facts_of_dialogue(text)
        return {**found, **_named(said, "parts", "utterances"), "excerpt": _excerpt(text)}
    if document.kind == "table":
        return {**found, **_named(facts_of_tables.facts_of_tables(text, separated=True), "excerpt", "table")}
    told = _of_text(text)
    return {**found, **_named(_named(told, "excerpt", "passage"), "parts", "sentences")}


def _named(found: Facts, name: str, like: str) -> Facts:
    """Facts with one of them under a second name, which facts of other kinds have, too."""
    return {**found, name: found[like]} if like in found else found


def _of_text(text: str) -> Facts:
    return {
        **facts_of_prose.facts_of_prose(text),
        **facts_of_lines.facts_of_lines(text),
        **facts_of_commands.facts_of_commands(text),
        **facts_of_tables.facts_of_tables(text, separated=False),
    }


def _excerpt(text: str) -> str:
    """The first lines of a text, up to six."""
    return "\n".join([line.strip() for line in text.split("\n") if line.strip()][:6])


def _start(text: str) -> str:
    """A text up to the last line that ends within MOST_READ."""
    if len(text) <= MOST_READ:
        return text
    return text[: text.rfind("\n", 0, MOST_READ) + 1] or text[:MOST_READ]
