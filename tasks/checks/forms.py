"""Forms of a whole answer, as template families ask for them: each check with the text after the colon of its constraint.

is_separated("path; mode", "; ")   →  True
is_case("readAll", "camelCase")    →  True
"""

import ast
import json
import re
from collections.abc import Callable

_SOMETHING = "something to look for", re.compile(r".+", re.DOTALL)
_NAME = re.compile(r"\w+")
_CASES = {
    "camelCase": re.compile(r"[a-z0-9]+(?:[A-Z0-9][a-z0-9]*)+"),
    "PascalCase": re.compile(r"(?:[A-Z0-9][a-z0-9]*)+"),
    "kebab-case": re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)+"),
    "UPPER_CASE": re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)*"),
}


def is_json(answer: str, wanted: str) -> bool:
    """One JSON object or array; `wanted` may name the object's keys, in order: `name,args`."""
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError):
        return False
    if wanted:
        return isinstance(value, dict) and list(value) == wanted.split(",")
    return isinstance(value, dict | list)


def is_upper(answer: str, wanted: str) -> bool:
    """Has letters, and none of them small."""
    return answer.isupper()


def is_one_line(answer: str, wanted: str) -> bool:
    """One line with something on it."""
    return bool(answer.strip()) and len(answer.splitlines()) == 1


def is_one_word(answer: str, wanted: str) -> bool:
    """One word, with no space in it and no punctuation after it."""
    return len(answer.split()) == 1 and answer == answer.strip(" \n.,;:!?。，；：！？")


def is_one_of(answer: str, wanted: str) -> bool:
    """One of the choices: `loads|dumps|load`."""
    return answer in wanted.split("|")


def has_words(answer: str, wanted: str) -> bool:
    """At most that many words: `5`."""
    return 0 < len(answer.split()) <= int(wanted)


def is_sentence(answer: str, wanted: str) -> bool:
    """One line that ends as a sentence does."""
    return is_one_line(answer, "") and answer.rstrip("\"')`”’」").endswith((".", "!", "?", "。", "！", "？"))


def is_separated(answer: str, wanted: str) -> bool:
    """Names with exactly the wanted separator between them: `; `."""
    return all(_NAME.fullmatch(item) for item in answer.split(wanted))


def has_fields(answer: str, wanted: str) -> bool:
    """That many non-empty fields with the separator between them: `3: | `."""
    number, _, separator = wanted.partition(":")
    fields = answer.split(separator)
    return len(fields) == int(number) and all(field and field == field.strip() for field in fields)


def is_count(answer: str, wanted: str) -> bool:
    """Names, the wanted arrow, and how many names that were: `a, b -> 2` for ` -> `."""
    names, arrow, number = answer.rpartition(wanted)
    return bool(arrow) and is_separated(names, ", ") and number == str(len(names.split(", ")))


def is_list(answer: str, wanted: str) -> bool:
    """A Markdown list with one item a line: `-`, `*`, or `1.` for 1., 2., 3."""
    lines = answer.split("\n")
    marks = [f"{place}." if wanted == "1." else wanted for place in range(1, len(lines) + 1)]
    return all(
        line.startswith(f"{mark} ") and bool(line[len(mark) :].strip()) for line, mark in zip(lines, marks, strict=True)
    )


def is_case(answer: str, wanted: str) -> bool:
    """A name written in camelCase, PascalCase, kebab-case or UPPER_CASE."""
    return bool(_CASES[wanted].fullmatch(answer))


def is_def_line(answer: str, wanted: str) -> bool:
    """The first line of a Python function that ends as wanted: `:`, `: ...` or `: pass`."""
    if not is_one_line(answer, "") or not answer.endswith(wanted):
        return False
    try:
        [statement] = ast.parse(answer.removesuffix(wanted) + ": ...").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return isinstance(statement, ast.FunctionDef)


def has_case_of_title(answer: str, wanted: str) -> bool:
    """Every word begins with a capital where it begins with a letter, and there is no full stop at the end."""
    return not answer.endswith((".", "。")) and all(not word[0].islower() for word in answer.split())


FORMS: dict[str, Callable[[str, str], bool]] = {
    "json": is_json, "upper": is_upper, "one_line": is_one_line, "one_word": is_one_word, "one_of": is_one_of,
    "max_words": has_words, "sentence": is_sentence, "separated": is_separated, "fields": has_fields,
    "count": is_count, "list": is_list, "case": is_case, "def_line": is_def_line, "title": has_case_of_title,
}  # fmt: skip

WANTED = {
    "one_of": _SOMETHING, "separated": _SOMETHING, "count": _SOMETHING, "list": _SOMETHING, "def_line": _SOMETHING,
    "max_words": ("a number of words", re.compile(r"[0-9]+")),
    "fields": ("a number, a colon, and a separator", re.compile(r"[0-9]+:.+", re.DOTALL)),
    "case": (f"one of {', '.join(_CASES)}", re.compile("|".join(_CASES))),
}  # fmt: skip
"""What must follow the colon, in words and as a pattern, for checks that look for something."""
