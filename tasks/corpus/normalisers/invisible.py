r"""Characters that nobody sees, taken away where they mean nothing: they hide text, or are left over from pages.

    "pass\u200bword"      →  "password"        zero-width stuffing between Latin or Han letters
    "می\u200cخواهم"       →  the same          Persian, Indic scripts and emoji need their joiners
    "admin\u202e)\u2066"  →  "admin)"          direction without a right-to-left letter (Trojan Source, CVE-2021-42574)

Letters that look alike (Cyrillic а in a Latin word) stay: which one was meant is not ours to say.
"""

import re

from tasks.script import SOUTH_EAST

# In the scripts of South-East Asia U+200B stands at the end of a word.
# Arabic, Syriac, N'Ko and their like; India's scripts; those above; Mongolian.
_JOINING = f"\u0600-\u08ff\u0900-\u0dff{SOUTH_EAST}\u1800-\u18af\ufb50-\ufdff\ufe70-\ufefc"
# Symbols that emoji are joined of, and what may stand between: a variation selector, a colour of skin or hair.
_EMOJI = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# A selector belongs to a symbol, Han character or keycap before it; a second one, or one after a Latin letter, hides data.
_SELECTED = "0-9#*\u00a9\u00ae\u2010-\u2bff\u3000-\ufdff\ufe10-\ufeff\uff00-\U0001ffff\U00020000-\U0003ffff"
_NOTHING = re.compile(
    # Soft hyphen, grapheme joiner, Hangul fillers, word joiner and operators, byte order mark.
    "[\u00ad\u034f\u115f\u1160\u2060-\u2064\u3164\ufeff\uffa0]"
    f"|(?<![{SOUTH_EAST}])\u200b+|\u200b+(?![{SOUTH_EAST}])|(?<=\u200b)\u200b+"
    f"|(?<![{_JOINING}{_EMOJI}])[\u200c\u200d]+|(?<=[\u200c\u200d])[\u200c\u200d]+|(?<=[{_EMOJI}])\u200d(?![{_EMOJI}])"
    f"|(?<![{_SELECTED}])[{_SELECTORS}]+"
)
_SUSPECT = re.compile(
    f"[\u00ad\u034f\u115f\u1160\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0{_SELECTORS}\U000e0000-\U000e007f]"
)
# Tags spell the flags of England, Scotland and Wales after a black flag; anywhere else they are invisible ASCII.
_TAGS = re.compile("(\U0001f3f4[\U000e0061-\U000e007a]{5}\U000e007f)|[\U000e0000-\U000e007f]+")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPAN = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What may be open when these close; overrides (U+202D, U+202E) are not among them.
_CLOSING = {"\u202c": "\u202a\u202b", "\u2069": "\u2066\u2067\u2068"}
# Hebrew, Arabic, Syriac, Thaana, N'Ko and their like, with presentation forms.
_RIGHT_TO_LEFT = re.compile("[\u05d0-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")


def without_invisible(text: str) -> str:
    """Text without invisible characters that mean nothing where they stand."""
    if text.isascii():
        return text
    if _SUSPECT.search(text):
        text = _NOTHING.sub("", _TAGS.sub(lambda found: found[1] or "", text))
    return "\n".join(map(_without_direction, text.split("\n"))) if _DIRECTION.search(text) else text


def _without_direction(line: str) -> str:
    """A line, which is what Unicode orders as one, without controls of direction that it does not need.

    Marks stay beside right-to-left letters; so do spans, where each ends in its line and none overrides the order of
    letters, which no language asks for.
    """
    if not _RIGHT_TO_LEFT.search(line):
        return _DIRECTION.sub("", line)
    return line if _spans_end(line) else _SPAN.sub("", line)


def _spans_end(line: str) -> bool:
    open_spans: list[str] = []
    for control in _SPAN.findall(line):
        if control in _CLOSING:
            if not open_spans or open_spans.pop() not in _CLOSING[control]:
                return False
        else:
            open_spans.append(control)
    return not open_spans
