r"""The title that a text written in Markdown or reStructuredText gives itself; the text stays as it is.

    of_markdown("# Tea\n\nBoil water.")         →  "Tea"
    of_markdown("---\ntitle: Tea\n---\n…")      →  "Tea"
    of_rst("Tea\n===\n\nBoil water.")           →  "Tea"

Markup is not rendered: the archive keeps text as found, the corpus stage cleans it, and to render rst is to run its
directives.
"""

import re
from itertools import pairwise

FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
NAMED = re.compile(r"""^title:[ \t]+(["']?)([^\n|>&*!{\[].*?)\1[ \t]*$""", re.MULTILINE)
"""A title on one line, in quotes or without; YAML has more ways, and no title is better than a parser for each file."""
FENCE = re.compile(r" {0,3}(?:```|~~~)")
HASHES = re.compile(r" {0,3}#{1,6}[ \t]")
UNDERLINE = re.compile(r" {0,3}(?:=+|--+)[ \t]*$")
NO_PARAGRAPH = ("- ", "* ", "+ ", ">")
"""Below a list or a quotation a line of dashes parts two sections."""
ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1*[ \t]*$")
"""A line of one mark of ASCII, as often as it likes."""
FAR = 4096
"""Characters from the beginning in which a title stands, or there is none."""


def of_markdown(text: str) -> str:
    """The title in the YAML before the text, or the first heading; "" without."""
    head = text[:FAR]
    front = FRONT_MATTER.match(head)
    if front and (named := NAMED.search(front[1])):
        return named[2].strip()
    fenced, before = False, ""
    for line in head[front.end() if front else 0 :].splitlines():
        fenced ^= bool(FENCE.match(line))
        if not fenced and HASHES.match(line):
            return re.sub(r"(?:^|[ \t])#+$", "", line.strip().lstrip("#").strip()).strip()
        if not fenced and before and not before.startswith(NO_PARAGRAPH) and UNDERLINE.match(line):
            return before
        before = line.strip()
    return ""


def of_rst(text: str) -> str:
    """The first line that is underlined as long as it is itself, or with four marks at least; "" without."""
    for line, below in pairwise(text[:FAR].splitlines()):
        title = line.strip()
        if title and ADORNMENT.match(below) and not ADORNMENT.match(title) and len(below.strip()) >= min(4, len(title)):
            return title
    return ""
