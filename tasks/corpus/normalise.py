r"""One way to write each text: repaired encoding, composed characters, plain newlines, nothing invisible.

    "\x1b[33mcafÃ©\x1b[m\r\n"  →  "café"

Prose only. In code a character may be the point of the line (a test of NFC, a page feed in a string), so there only line
ends change.
"""

import re
from dataclasses import replace

from tasks.records import Document

# ECMA-48: colours and cursor moves (CSI), window titles and links (OSC, which ends with BEL or ST).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]")
# U+2028 and U+2029 part lines and paragraphs; vertical tab, page feed and NEL once did.
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Soft hyphen, zero-width space, word joiner, byte order mark. Joiners (U+200C, U+200D), direction marks mean something.
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")


def normalised(document: Document) -> Document:
    """The document with its text and title normalised; its id still names the text as found."""
    if document.kind == "code":
        return replace(document, text=normal_code(document.text))
    return replace(document, text=normal_prose(document.text), title=" ".join(normal_prose(document.title).split()))


def normal_prose(text: str) -> str:
    """Repaired prose (ftfy), NFC, with at most one empty line in a row and no blanks at the ends of lines."""
    import ftfy  # 0.2 s

    text = _LINE_END.sub("\n", _TERMINAL.sub("", text))
    # Kept as they are: curly quotes, full-width punctuation (right in Chinese), and `&amp;`, which documentation speaks of.
    text = ftfy.fix_text(text, uncurl_quotes=False, fix_character_width=False, unescape_html=False, normalization="NFC")
    text = _INVISIBLE.sub("", text).replace("\u00a0", " ")
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def normal_code(text: str) -> str:
    """Code with plain newlines and no blanks or empty lines at its end; not a character changes within a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
