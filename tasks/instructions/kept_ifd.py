"""IFD of many rows by the foundation, each kept in the journal of answers as soon as it is known.

    ifd_of(pairs, workspace.data / "foundation", journal)   → {"3f0c…": 0.371204, …}: a second time nothing is loaded or read

Rows are read one by one: the shape of a pass decides how it rounds, and what is kept must not depend on what it was asked
with. (16 rows of a tiny model, padded side by side: 5 losses differ in bf16, up to 7e-5 nats a token; none in fp32.)
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from tasks.chat import prompt
from tasks.completions.exchange import Reply
from tasks.completions.journal import Journal, Key
from tasks.instructions.workshop import batches
from tasks.model_files import digest
from tasks.records import Pair, content_hash

ENGINE = "ifd@1"
"""Part of every key: raise it with any change of ifd.py, or of what that imports, that may change a figure."""
AT_ONCE = 16
"""Rows after which figures are written down; a kill costs no more."""


def ifd_of(pairs: Sequence[Pair], foundation: Path, journal: Journal) -> dict[str, float]:
    """IFD of each row by id, in fp32, to six places. Raises EnvironmentFault where the journal cannot be used."""
    identity = digest(foundation)
    keys = {pair.id: _key(pair, identity) for pair in pairs}
    found = journal.read(list(keys.values()))
    new = {keys[pair.id]: pair for pair in sorted(pairs, key=lambda pair: pair.id) if keys[pair.id] not in found}
    sys.stderr.write(f"IFD: {len(new)} asked, {len(pairs) - len(new)} known\n")
    for some in batches(_read(new, foundation), AT_ONCE):
        journal.write(dict(some))
        found.update(some)
    return {id: float(found[key].raw) for id, key in keys.items()}


def _key(pair: Pair, identity: str) -> Key:
    """Of all that decides the figure: the model, what it is asked and what is answered."""
    return content_hash(ENGINE, identity, prompt(pair.instruction, pair.input, pair.history), pair.output), 0


def _read(new: dict[Key, Pair], foundation: Path) -> Iterator[tuple[Key, Reply]]:
    """Figures as replies, one after the other. Nothing new loads nothing."""
    if not new:
        return
    from tasks.causal_lm import load_model, load_tokenizer  # with torch 5 s
    from tasks.instructions.ifd import ifd

    model, tokenizer = load_model(foundation), load_tokenizer(foundation)
    for key, pair in tqdm(new.items(), desc="IFD", unit="row"):
        yield key, Reply(repr(ifd(model, tokenizer, pair)), "stop", 0)
