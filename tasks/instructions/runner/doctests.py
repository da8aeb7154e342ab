"""A docstring → the examples in it, and whether code does what they say.

    examples("Add one.\\n\\n>>> f(1)\\n2\\n")                       → [Example("f(1)\\n", "2\\n")]
    failure(box, "def f(x): return x - 1", examples)            → "f(1) gives '0', not '2'"

What an example ought to print is compared out here (doctest.OutputChecker), so code in the box cannot mend it.
"""

import doctest
import re
from collections.abc import Sequence
from doctest import Example

from tasks.instructions.runner.box import Box, Ran

MOST = 20
"""Examples of one function that are run."""


def examples(docstring: str) -> list[Example]:
    """The first examples of a docstring, without those that say they are to be skipped; [] where it cannot be read."""
    try:
        found = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return []
    return [one for one in found if not one.options.get(doctest.SKIP)][:MOST]


def tells(test: Example, name: str) -> bool:
    """Whether an example says what a call of that name gives."""
    return bool(test.want) and re.search(rf"\b{re.escape(name)}\(", test.source) is not None


def failure(box: Box, code: str, tests: Sequence[Example]) -> str:
    """Why code does not pass, in words, or ""."""
    result = box.run(code, [test.source for test in tests])
    return result.reason or _first_wrong(result.ran, tests)


def gives_otherwise(box: Box, code: str, tests: Sequence[Example]) -> bool:
    """Whether code runs to its end and an example tells another result. A run that was killed proves nothing: its clock is
    the machine's."""
    result = box.run(code, [test.source for test in tests])
    return bool(result.ran) and bool(_first_wrong(result.ran, tests))


def _first_wrong(ran: Sequence[Ran], tests: Sequence[Example]) -> str:
    for did, test in zip(ran, tests, strict=True):
        if not _as_wanted(did, test):
            wanted = test.exc_msg or test.want
            return f"{test.source.strip()} gives {did.text.strip()[:200]!r}, not {wanted.strip()[:200]!r}"
    return ""


def _as_wanted(did: Ran, test: Example) -> bool:
    flags = sum(flag for flag, is_on in test.options.items() if is_on)
    wanted, how = (test.want, "printed") if test.exc_msg is None else (test.exc_msg, "raised")
    said = did.text if how == "printed" else did.text + "\n"
    return did.how == how and doctest.OutputChecker().check_output(wanted, said, flags)
