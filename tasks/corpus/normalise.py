r"""One way to write each text: repaired encoding, composed characters, plain newlines, nothing invisible, no markup.

    "\x1b[33mcafÃ©\x1b[m<br>\r\n"  →  "café"

Prose only. In code a character may be the point of the line (a test of NFC, a page feed in a string), so there only line
ends change. What is normal stays as it is: `normal_prose` goes through its steps until none changes anything.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from textwrap import dedent

from tasks.corpus.normalisers.boilerplate import without_boilerplate
from tasks.corpus.normalisers.invisible import without_invisible
from tasks.corpus.normalisers.markup import without_markup
from tasks.corpus.settings import Normalise
from tasks.records import Document

Step = Callable[[str], str]

# ECMA-48: colours and cursor moves (CSI), window titles and links (OSC, which ends with BEL or ST).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]")
# `man` prints N\bN for a bold N and _\bN for an underlined one.
_OVERSTRUCK = re.compile(r"[^\n\x08]\x08")
# U+2028 and U+2029 part lines and paragraphs; vertical tab, page feed and NEL once did.
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_CONTROL = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f]")
# ASCII, dashes, curly quotes, Chinese: alone they are nothing that wrong decoding leaves, and nothing that NFC changes.
_UNHURT = re.compile("[\\t\\n\x20-\x7e–—‘’“”…\u3001-\u3029\u4e00-\u9fff\uff01-\uff5e]*")


def normalised(document: Document, params: Normalise) -> Document:
    """The document with its text and title normalised; its id still names the text as found."""
    if document.kind == "code":
        return replace(document, text=normal_code(document.text))
    text = normal_prose(document.text, steps(markup=params.markup, boilerplate=params.boilerplate))
    title = normal_prose(document.title, steps(markup=params.markup, boilerplate=False))
    return replace(document, text=text, title=" ".join(title.split()))


def steps(*, markup: bool, boilerplate: bool) -> Sequence[Step]:
    """What is done to prose, in this order."""
    always = (without_terminal, plain_line_ends, repaired, without_invisible)
    return (*always, *[without_markup] * markup, without_idle_space, *[without_boilerplate] * boilerplate)


def normal_prose(text: str, steps: Sequence[Step]) -> str:
    """Prose after all steps, as often as one finds something: what one takes away may have hidden work for another."""
    before = None
    while text != before:
        before = text
        for step in steps:
            text = step(text)
    return text


def without_terminal(text: str) -> str:
    """No colours, cursor moves or window titles, and each overstruck letter once."""
    return _OVERSTRUCK.sub("", _TERMINAL.sub("", text)) if "\x1b" in text or "\b" in text else text


def plain_line_ends(text: str) -> str:
    """Every line ends with a newline, whatever system wrote it."""
    return _LINE_END.sub("\n", text)


def repaired(text: str) -> str:
    """Wrongly decoded text as it was meant (ftfy), composed characters (NFC), no control characters."""
    if _UNHURT.fullmatch(text):
        return text
    return "\n".join(line if _UNHURT.fullmatch(line) else _repaired(line) for line in text.split("\n"))


def _repaired(line: str) -> str:
    import ftfy  # 0.2 s

    # Kept as they are: curly quotes, full-width punctuation (right in Chinese), and `&amp;`, which documentation speaks of.
    line = ftfy.fix_text(line, uncurl_quotes=False, fix_character_width=False, unescape_html=False, normalization="NFC")
    return _CONTROL.sub("", line)


def without_idle_space(text: str) -> str:
    """No blanks at the ends of lines or before all of them, at most one empty line in a row, no no-break spaces."""
    text = "\n".join(line.rstrip(" \t") for line in text.replace("\u00a0", " ").split("\n"))
    return dedent(re.sub(r"\n{3,}", "\n\n", text)).strip("\n").rstrip()


def normal_code(text: str) -> str:
    """Code with plain newlines and no blanks or empty lines at its end; not a character changes within a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
