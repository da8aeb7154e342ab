"""Rows of both splits, what was refused, and by-products → the folders and exports of data/instructions.

write_rows(out, {"train": [pair, …], "test": [pair, …]}, books)   → train/, test/, dropped/, quarantined/, exports/
"""

from collections.abc import Mapping, Sequence

from tasks.instructions import exports
from tasks.ledger import Books
from tasks.records import Dropped, Pair, Preference
from tasks.shards import Folder


def write_rows(out: Folder, splits: Mapping[str, Sequence[Pair]], books: Books) -> None:
    """Splits, each by id, and all that was refused. Raises IntegrityError where rows are unaccounted for."""
    for name, pairs in splits.items():
        out.rows(name, pairs, Pair)
    for name, rows in {"dropped": books.dropped, "quarantined": books.quarantined}.items():
        aside = sorted(rows, key=lambda row: (row.id, row.rule, row.row))
        out.rows(name, aside, Dropped)
    for name, pairs in splits.items():
        end = "" if name == "train" else f"_{name}"
        out.text(f"exports/alpaca{end}.json", exports.alpaca(pairs))
        out.text(f"exports/sharegpt{end}.json", exports.sharegpt(pairs))
        out.text(f"exports/messages{end}.jsonl", exports.messages(pairs))
    out.text("exports/dataset_info.json", exports.dataset_info(splits))
    out.facts["books"] = books.balance()


def write_preferences(out: Folder, preferences: Sequence[Preference], train: Sequence[Pair]) -> list[Preference]:
    """By-products of rows that stayed, by id, and written; nothing is written where there are none."""
    stayed = {pair.id for pair in train}
    ordered = sorted((one for one in preferences if one.origin in stayed), key=lambda preference: preference.id)
    if preferences:
        out.facts["preferences"] = {"kept": len(ordered), "left": len(preferences) - len(ordered)}
    if ordered:
        out.rows("preferences", ordered, Preference)
        out.text("exports/preferences.jsonl", exports.preferences(ordered))
        out.text("exports/preferences_conversational.jsonl", exports.preference_conversations(ordered, train))
    return ordered
