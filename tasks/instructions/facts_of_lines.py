"""What is known of a text by the shape of its lines: headings, key–value lines, lists, verses; by name.

# Shelves          headings [{heading: Shelves, lead: A shelf holds books.}]
A shelf holds …    fields [{key: Height, value: 2 m}, …], from `Height: 2 m` and `Colour: red` on lines of their own
- oak              items [oak, ash], from a list
- ash
"""

import re
from typing import Any

from tasks.instructions.facts_of_prose import END_OF_VERSE, sentences_of, unwrapped

NAMES = frozenset({"headings", "fields", "field_map", "field_lines", "items", "item_lines", "verses"})

MOST_LINES = 12
MOST_HEADINGS = 4
LONGEST_LINE = 80
_ATX = re.compile(r"#{1,6} +(\S.{0,59}?)[ #]*")
_UNDERLINE = re.compile(r"=+|-{3,}|~{3,}")
_FIELD = re.compile(r"([^\W\d_][\w /-]{0,20}?) *(?:: +|：\s*)(\S.{0,60}?(?<![。；，！？.;,!?”]))")
_ITEM = re.compile(r"\s*([-*+]|[0-9]{1,2}[.)])\s+(\S.{0,78}?)\s*")
_SIGNED = re.compile(r"(?:--|—|──).*")

Facts = dict[str, Any]


def facts_of_lines(text: str) -> Facts:
    """Those of the facts that the lines of a text have."""
    lines = [line.rstrip() for line in text.split("\n")]
    return {**_headings(lines), **_fields(lines), **_items(lines), **_verses(lines)}


def _headings(lines: list[str]) -> Facts:
    """Headings of Markdown and reStructuredText with the first sentence of the paragraph below each."""
    found: list[dict[str, str]] = []
    for number, line in enumerate(lines[:-1]):
        if len(found) == MOST_HEADINGS:
            break
        after = number + 1
        if match := _ATX.fullmatch(line):
            heading = match.group(1)
        elif 0 < len(line.strip()) <= 60 and len(lines[after]) >= 3 and _UNDERLINE.fullmatch(lines[after]):
            heading, after = line.strip(), number + 2
        else:
            continue
        if sentences := sentences_of(_paragraph(lines, after)):
            found.append({"heading": unwrapped(heading), "lead": sentences[0]})
    return {"headings": found} if found else {}


def _paragraph(lines: list[str], start: int) -> str:
    """The first lines from a place on that are not empty, up to an empty one."""
    while start < len(lines) and not lines[start].strip():
        start += 1
    end = start
    while end < min(len(lines), start + MOST_LINES) and lines[end].strip():
        end += 1
    return "\n".join(lines[start:end])


def _fields(lines: list[str]) -> Facts:
    """The first run of two to six lines `Key: value` with different keys."""
    run: dict[str, str] = {}
    for line in [*lines, ""]:
        match = _FIELD.fullmatch(line.strip())
        if match and match.group(1) not in run and len(run) < 6:
            run[match.group(1)] = match.group(2)
        elif len(run) >= 2:
            break
        else:
            run = {match.group(1): match.group(2)} if match else {}
    if len(run) < 2:
        return {}
    lines = [f"{key}: {value}" for key, value in run.items()]
    return {"fields": [{"key": key, "value": run[key]} for key in run], "field_map": run, "field_lines": lines}


def _items(lines: list[str]) -> Facts:
    """The first list of two to six items on a line each, as it stands and without its marks."""
    run: list[str] = []
    marked: list[str] = []
    mark = ""
    for line in [*lines, ""]:
        match = _ITEM.fullmatch(line)
        if match and len(run) < 6 and (not run or _kind_of(match.group(1)) == mark):
            run.append(match.group(2))
            marked.append(line.strip())
            mark = _kind_of(match.group(1))
        elif line.strip() or not run:  # an empty line between items parts none
            if len(run) >= 2:
                break
            run, marked = [], []
    distinct = len(run) >= 2 and len(set(run)) == len(run)
    return {"items": run, "item_lines": marked} if distinct else {}


def _kind_of(mark: str) -> str:
    """A mark of a list without its number: 12. → ."""
    return mark[-1]


def _verses(lines: list[str]) -> Facts:
    """The lines of a short text in which each ends as a part of a sentence does, without title and author: a poem, say."""
    verses = [line.strip() for line in lines if line.strip()]
    if len(verses) > 2 and _SIGNED.fullmatch(verses[-1]):
        verses.pop()
    while len(verses) > 2 and not verses[0].endswith(END_OF_VERSE):
        verses.pop(0)
    short = 2 <= len(verses) <= MOST_LINES and all(3 <= len(verse) <= LONGEST_LINE for verse in verses)
    if not short or len(set(verses)) != len(verses) or not all(verse.endswith(END_OF_VERSE) for verse in verses):
        return {}
    return {"verses": verses}
