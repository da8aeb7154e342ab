"""What is known of a conversation, by name: a turn a line, with its speaker or without.

    Ann: Is it open?     turns [{speaker: Ann, said: Is it open?}, {speaker: Bo, said: Until six.}],
    Bo: Until six.       utterances [Is it open?, Until six.], speakers [Ann, Bo],
                         marked [{bare: Is it open, mark: ?}, …]

Without names before all lines there are no speakers; a text with blocks of code is no conversation by lines.
"""

import re
from typing import Any

NAMES = frozenset({"utterances", "marked", "turns", "turn_lines", "speakers"})

MOST_TURNS = 20
LONGEST_TURN = 400
_MARK = re.compile(r"(.*[^.!?。！？…\s])([.!?。！？])")
_LABELLED = re.compile(r"\s*([^\W\d_][\w .'-]{0,20}?)\s*(?:: +|：\s*)(\S.*)")

Facts = dict[str, Any]


def facts_of_dialogue(text: str) -> Facts:
    """Turns of a conversation of two at least, and who speaks where that is said; {} where it is none."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if "```" in text or not 2 <= len(lines) <= MOST_TURNS or max(map(len, lines)) > LONGEST_TURN:
        return {}
    labelled = [match for line in lines if (match := _LABELLED.fullmatch(line))]
    turns = [{"speaker": match.group(1), "said": match.group(2)} for match in labelled]
    speakers = list(dict.fromkeys(turn["speaker"] for turn in turns))
    if len(turns) < len(lines) or len(speakers) < 2:
        return _said(lines)
    found = _said([turn["said"] for turn in turns])
    if len(set(found["utterances"])) < len(turns):  # who said it could not be told
        return found
    turn_lines = [f"{turn['speaker']}: {turn['said']}" for turn in turns]
    return {**found, "turns": turns, "turn_lines": turn_lines, "speakers": speakers}


def _said(utterances: list[str]) -> Facts:
    marked = [match.groups() for said in utterances if (match := _MARK.fullmatch(said))]
    return {"utterances": utterances, "marked": [{"bare": bare, "mark": mark} for bare, mark in marked]}
