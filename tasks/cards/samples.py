r"""Rows as a card shows them: three texts, with what they were before, so that a reader sees what the stage does.

before   "Hello\x1b[0m  world"
after    "Hello world"
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from tasks.cards.figures import lowest, rows_with

SAMPLES = 3
LOOKED_THROUGH = 2000
"""Rows, from the lowest id on, among which those are sought that the stage has changed."""
EXCERPT, LEAD = 300, 60
"""Characters shown of a text, and of them those before the first change."""


def of_documents(folder: Path, before: Path | None, private: Callable[[str], str]) -> Iterator[str]:
    """Texts that differ from those before, which go through `private`; where nothing was before, the texts of lowest id."""
    ids = lowest(folder / "documents", SAMPLES if before is None else LOOKED_THROUGH)
    now = rows_with(folder / "documents", ids, ["title", "text"])
    if before is None:
        for id in ids:
            yield f"{_heading(id, now[id]['title'])}\n\n{_block(now[id]['text'][:EXCERPT])}\n"
        return
    earlier = rows_with(before / "documents", ids, ["text"])
    changed = [id for id in ids if id in earlier and earlier[id]["text"] != now[id]["text"]]
    # Space at an end is no news: what else was changed comes first.
    changed.sort(key=lambda id: earlier[id]["text"].strip() == now[id]["text"].strip())
    yield f"{len(changed)} of {len(ids)} texts looked at were changed; the first {SAMPLES} at most, where they differ:\n"
    for id in changed[:SAMPLES]:
        old, new = earlier[id]["text"], now[id]["text"]
        at = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        start = max(0, at - LEAD)
        yield f"{_heading(id, now[id]['title'])}\n\nbefore\n\n{_block(private(old)[start : start + EXCERPT])}\n"
        yield f"after\n\n{_block(new[start : start + EXCERPT])}\n"


def of_pairs(folder: Path, before: Path | None) -> Iterator[str]:
    """Pairs of lowest id, after the Document that each was made of."""
    ids = lowest(folder / "train", SAMPLES)
    pairs = rows_with(folder / "train", ids, ["instruction", "input", "output", "task", "parents", "history"])
    parents = [parent for pair in pairs.values() for parent in pair["parents"]]
    documents = rows_with(before / "documents", parents, ["text"]) if before else {}
    for id in ids:
        pair = pairs[id]
        yield f"{_heading(id, pair['task'])}\n"
        for parent in pair["parents"]:
            if parent in documents:
                yield f"made of {parent}\n\n{_block(documents[parent]['text'][:EXCERPT])}\n"
        if pair["history"]:
            earlier = "\n".join(text for turn in pair["history"] for text in turn)
            yield f"history\n\n{_block(earlier[:EXCERPT])}\n"
        for name in ("instruction", "input", "output"):
            if pair[name]:
                yield f"{name}\n\n{_block(pair[name][:EXCERPT])}\n"


def cell(text: str) -> str:
    """A text as one cell of a table: no line break, no bar, no markup."""
    return "".join(f"\\{letter}" if letter in "|\\`*_[]<>" else letter for letter in _visible(text).replace("\n", " "))[
        :EXCERPT
    ]


def _heading(id: str, title: str) -> str:
    return f"### {id} {cell(title)}".rstrip()


def _block(text: str) -> str:
    """A text as an indented block, in which nothing is markup."""
    return "\n".join(f"    {line}".rstrip() for line in _visible(text).split("\n"))


def _visible(text: str) -> str:
    """Characters that cannot be seen as their escapes, but for line breaks."""
    shown = (
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
    return "".join(shown)
