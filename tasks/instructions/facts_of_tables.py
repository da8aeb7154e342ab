"""What is known of a table, by name: of Markdown, or with commas, semicolons or tabs between its cells.

    | tree | height |     header [tree, height], rows [[oak, 30], [ash, 25]], records [{tree: oak, height: 30}, …],
    |------|--------|     columns [[oak, ash], [30, 25]], table "tree | height\\noak | 30\\nash | 25",
    | oak  | 30     |
    | ash  | 25     |     keyed true, as the first column tells every row apart

Only a table in which every row has as many cells as the header, none of them empty, and every column its own name.
"""

import csv
import re
from typing import Any

NAMES = frozenset({"header", "rows", "columns", "records", "table", "keyed"})

MOST_ROWS = 4
"""Rows that are looked at: the first ones, so that a question can show all it asks about."""
LONGEST_CELL = 60
_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")

Facts = dict[str, Any]


def facts_of_tables(text: str, *, separated: bool) -> Facts:
    """The first Markdown table in a text, or where the whole text may be one, its lines by a separator; {} for none."""
    lines = text.strip().split("\n")[: 200 if not separated else None]
    cells = _markdown(lines) or (_separated(lines) if separated else [])
    if not _is_table(cells):
        return {}
    header, rows = cells[0], cells[1 : MOST_ROWS + 1]
    return {
        "header": header,
        "rows": rows,
        "columns": [list(column) for column in zip(*rows, strict=True)],
        "keyed": len({row[0] for row in rows}) == len(rows),
        "records": [dict(zip(header, row, strict=True)) for row in rows],
        "table": "\n".join(" | ".join(row) for row in [header, *rows]),
    }


def _markdown(lines: list[str]) -> list[list[str]]:
    for number, line in enumerate(lines[1:], 1):
        if "|" in line and "|" in lines[number - 1] and _RULE.fullmatch(line.strip()):
            body = lines[number + 1 : number + 1 + MOST_ROWS]
            return [_cells(lines[number - 1]), *(_cells(row) for row in _while_rows(body))]
    return []


def _while_rows(lines: list[str]) -> list[str]:
    end = next((number for number, line in enumerate(lines) if "|" not in line), len(lines))
    return lines[:end]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _separated(lines: list[str]) -> list[list[str]]:
    """The first rows by the separator of which the header has most."""
    separator = max(",;\t|", key=lines[0].count)
    try:
        rows = list(csv.reader(lines[: MOST_ROWS + 1], delimiter=separator, strict=True))
    except csv.Error:
        return []
    return [[cell.strip() for cell in row] for row in rows]


def _is_table(cells: list[list[str]]) -> bool:
    if len(cells) < 3 or not 2 <= len(cells[0]) <= 8 or len(set(cells[0])) < len(cells[0]):
        return False
    return all(len(row) == len(cells[0]) and all(0 < len(cell) <= LONGEST_CELL for cell in row) for row in cells)
