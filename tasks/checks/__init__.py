"""Verifiable checks on an answer: what the screen of instructions demands, and what scores call format following.

A constraint is the name of a check, and after a colon what it is to look for. What templates ask for has a short name and
plain text (forms.py); what IFEval asks for has IFEval's name, and its arguments as one JSON object (kinds.py):

    >>> passes("separated:; ", "path; mode"), passes("separated:; ", "path, mode")
    (True, False)
    >>> passes('length_constraints:number_words:{"num_words":3,"relation":"less than"}', "two words")
    True
    >>> failed(("json", "punctuation:no_comma"), '{"name": "loads"')
    ['json']

A check looks at the answer alone: it says whether the form is right, never whether the content is.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tasks.checks.forms import FORMS, WANTED
from tasks.checks.kinds import KINDS
from tasks.errors import ParamsError

CHECKS: dict[str, Callable[[str, str], bool]] = {**FORMS, **KINDS}
"""Every check by its name; each is called with an answer and the text after the colon."""


def passes(constraint: str, answer: str) -> bool:
    """Whether an answer meets one constraint. Raises ParamsError for one that `read` refuses."""
    name, wanted = read(constraint)
    return CHECKS[name](answer, wanted)


def read(constraint: str) -> tuple[str, str]:
    """The check that a constraint names and what it looks for. Raises ParamsError where there is no such check or thing."""
    name = named(constraint)
    wanted = constraint[len(name) + 1 :]
    if name in KINDS:
        if wrong := KINDS[name].refuses(wanted):
            raise ParamsError(f"Constraint {constraint!r}: {wrong}.")
        return name, wanted
    words, form = WANTED.get(name, ("", None))
    if form and not form.fullmatch(wanted):
        raise ParamsError(f"Constraint {constraint!r} lacks what {name} needs after the colon: {words}.")
    return name, wanted


def named(constraint: str) -> str:
    """The check that a constraint names. Raises ParamsError where there is no such check."""
    first, _, rest = constraint.partition(":")
    for name in (first, f"{first}:{rest.partition(':')[0]}"):
        if name in CHECKS:
            return name
    raise ParamsError(f"Constraint {constraint!r} names no check; tasks/checks/ has {', '.join(CHECKS)}.")


def failed(constraints: Iterable[str], answer: str) -> list[str]:
    """The constraints that an answer does not meet, in their order."""
    return [constraint for constraint in constraints if not passes(constraint, answer)]


def written(name: str, arguments: Mapping[str, Any]) -> str:
    """The constraint of a kind and its arguments; equal ones are written alike. Raises ParamsError where `read` would."""
    said = json.dumps(arguments, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    constraint = f"{name}:{said}" if arguments else name
    read(constraint)
    return constraint
