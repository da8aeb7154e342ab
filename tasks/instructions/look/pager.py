"""The same rows in a terminal: each is shown, a letter is its verdict, and q ends.

    pager(rows, verdicts, input=sys.stdin, output=sys.stdout)

Reads lines: k keep, d drop, f fix (the answer follows, ended by a line with a single dot), Enter leaves the row for later.
"""

from collections.abc import Iterable
from typing import TextIO

from tasks.instructions.look.sample import Shown
from tasks.instructions.look.verdicts import Verdict, Verdicts, is_fix, subject

WORDS = {"k": "keep", "d": "drop", "f": "fix"}


def pager(rows: Iterable[Shown], verdicts: Verdicts, *, input: TextIO, output: TextIO) -> None:
    """Ask about each row without verdict until q, or the end of the input."""
    for row in rows:
        if subject(row.group, row.id, row.by) in verdicts.latest:
            continue
        output.write(_shown(row))
        letter = _letter(row, input, output)
        if letter == "q":
            return
        if letter:
            fixed = _answer(input, output) if letter == "f" else ""
            if letter == "f" and not is_fix(row.group, row.output, fixed):
                output.write("No other answer was given; the row is left for later.\n")
                continue
            verdicts.add(Verdict(row.id, row.group, row.by, WORDS[letter], fixed))


def _letter(row: Shown, input: TextIO, output: TextIO) -> str:
    """k, d, f, q, or "" for later."""
    allowed = "kdfq" if row.group == "kept" else "kdq"
    while True:
        output.write(f"[{'/'.join(allowed)}, Enter: later] ")
        output.flush()
        line = input.readline()
        if not line:
            return "q"
        if (letter := line.strip().lower()) == "" or (len(letter) == 1 and letter in allowed):
            return letter


def _answer(input: TextIO, output: TextIO) -> str:
    output.write("The answer; a line with a single dot ends it.\n")
    output.flush()
    lines: list[str] = []
    for line in input:
        if line == ".\n":
            return "".join(lines).removesuffix("\n")
        lines.append(line)
    return ""


def _shown(row: Shown) -> str:
    head = f"\n== {row.group}, {row.by}\n" + "".join(f"{name}: {text}\n" for name, text in row.facts)
    return _visible(head + "".join(f"-- {name}\n{text}\n" for name, text in (*row.texts, ("answer", row.output))))


def _visible(text: str) -> str:
    """Control characters as escapes: a row must not steer the terminal."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode() for letter in text
    )
