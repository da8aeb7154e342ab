"""What each constraint of a template calls a good answer and a bad one; no answer makes a check crash."""

import pytest

from tasks.checks import failed, passes
from tasks.checks.forms import FORMS
from tasks.errors import ParamsError

GOOD_AND_BAD = {
    "json": ('{"a": [1]}', "{'a': 1}"),
    "json:name,args": ('{"name": "f", "args": []}', '{"args": [], "name": "f"}'),
    "upper": ("READ A FILE.", "READ a FILE"),
    "one_line": ("a, b", "a\nb"),
    "one_word": ("non-empty", "non-empty."),
    "one_of:load|dump": ("dump", "dumps"),
    "max_words:3": ("READ A FILE", "READ A LARGE FILE"),
    "sentence": ("Read (a file).", "Read a file"),
    "separated:; ": ("path; mode", "path, mode"),
    "separated: ": ("path mode", "path, mode"),
    "fields:3: | ": ("FILL | 2 | width", "FILL | 2 |width"),
    "count: -> ": ("a, b -> 2", "a, b -> 3"),
    "list:-": ("- a\n- b", "- a\n* b"),
    "list:1.": ("1. a\n2. b", "1. a\n1. b"),
    "case:camelCase": ("readAll", "ReadAll"),
    "case:PascalCase": ("ReadAll", "readAll"),
    "case:kebab-case": ("read-all", "read_all"),
    "case:UPPER_CASE": ("READ_ALL", "READ-ALL"),
    "def_line:: ...": ("def f(a, *, b=1): ...", "def f(a, *, b=1):"),
    "title": ("# Read A File", "# Read a File"),
}


@pytest.mark.parametrize("constraint", GOOD_AND_BAD)
def test_a_check_tells_a_good_answer_from_a_bad_one(constraint: str) -> None:
    good, bad = GOOD_AND_BAD[constraint]
    assert failed([constraint], good) == []
    assert failed([constraint], bad) == [constraint]


def test_every_check_is_shown_here() -> None:
    assert {constraint.partition(":")[0] for constraint in GOOD_AND_BAD} == set(FORMS)


@pytest.mark.parametrize("constraint", GOOD_AND_BAD)
@pytest.mark.parametrize("answer", ["", " ", "\n", "\0", "]" * 5000, "[" * 100_000, "def f(" * 200, "𝟙²", "中文。" * 50])
def test_no_answer_breaks_a_check(constraint: str, answer: str) -> None:
    assert passes(constraint, answer) in (True, False)


def test_an_unknown_check_is_named() -> None:
    with pytest.raises(ParamsError, match="jsn"):
        passes("jsn", "{}")
