"""OSS-Instruct: a few lines of somebody's code inspire a programming problem, and the problem gets its solution.

    for line in stream:         Write a Python function longest_line(text) that      def longest_line(text):
        width = max(width, …  →  returns the longest line of a text …             →      return max(text.split("\\n"), …

Wei et al. 2023 (Magicoder, arXiv:2312.02120, section 2.1): of each Document of code 1 to 15 lines in a row are drawn, and
the teacher, decoding greedily, writes something new that has only its inspiration from them. The paper asks for problem
and solution in one reply; here the second is asked for by the problem alone, so a solution cannot lean on a snippet that
nobody is shown, and a problem that will not do costs no solution. Rules for both are in problems.py.

Python only: a Document does not say in which programming language it is, and what does not parse as Python is left out.
Where `run_code` allows it, doctest examples in the problem and in the solution's docstrings are run in a box
(runner/box.py), and must pass; `oss_instruct/run@1` is a row whose examples did, `oss_instruct/unrun@1` one of which nothing
was run. Prompts are in params/prompts/oss_instruct.yaml.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from doctest import Example
from itertools import islice
from random import Random
from textwrap import dedent

from tasks.completions import Completion, Failure
from tasks.instructions.choose import in_chinese, ranked
from tasks.instructions.makers import problems
from tasks.instructions.prompts import Prompts
from tasks.instructions.python_source import code_in, definitions, docstrings, parsed
from tasks.instructions.runner import Box
from tasks.instructions.runner.doctests import examples, failure, tells
from tasks.instructions.screen import Refusal
from tasks.instructions.workshop import Made, Refused, Workshop, batches, unanswered
from tasks.records import Document, Pair, content_id, pair_id
from tasks.script import has_word

NAME = "oss_instruct"
VERSION = 1
PROMPTS = ("problem", "solution")
MOST_LINES = 15
"""Of a snippet, as in the paper."""
LONGEST_SNIPPET = 1200
"""Characters; lines of a thousand are data, not code."""
LONGEST_PROBLEM = 256
LONGEST_SOLUTION = 256
"""Tokens a teacher may write."""


@dataclass(frozen=True, slots=True)
class Inspired:
    """A snippet, and the problem that it inspired once there is one."""

    document: Document
    snippet: str
    language: str
    """Of the problem."""
    problem: str = ""


Solved = tuple[Inspired, str]
"""With the code of its solution."""


def rows(shop: Workshop, prompts: Prompts, *, longest: tuple[int, int], run_code: bool) -> Iterator[Made]:
    """A row of each Document of code; `longest` has the characters that a problem and a solution may have.

    Raises EnvironmentFault where code is to be run and cannot be, safely.
    """
    return _made(shop, prompts, Box.open(shop.ran) if run_code else None, longest)


def candidates(shop: Workshop) -> Iterator[Inspired]:
    """One snippet of each Document of Python, in an order that the seed decides; in Chinese in chinese_share of rows."""
    code = [document for document in shop.documents if document.kind == "code"]
    for document in ranked(code, seed=shop.seed, family=NAME):
        if parsed(document.text) is None:
            continue
        snippet = drawn(document, shop.seed)
        if has_word(snippet) and len(snippet) <= LONGEST_SNIPPET:
            chinese = in_chinese(document, seed=shop.seed, family=NAME, share=shop.chinese_share)
            yield Inspired(document, snippet, "zh" if chinese else "en")


def drawn(document: Document, seed: int) -> str:
    """1 to 15 lines in a row, from any line on; "" of a text without any.

    Without blank lines, which end what a teacher is shown, and without the indentation that all lines have.
    """
    lines = [line.rstrip() for line in document.text.split("\n") if line.strip()]
    if not lines:
        return ""
    chance = Random(content_id(NAME, str(seed), document.id))
    start, number = chance.randrange(len(lines)), chance.randint(1, MOST_LINES)
    return dedent("\n".join(lines[start : start + number]))


def _made(shop: Workshop, prompts: Prompts, box: Box | None, longest: tuple[int, int]) -> Iterator[Made]:
    for some in batches(islice(candidates(shop), shop.most), shop.at_once):
        written = list(_problems(shop, prompts, some, longest[0]))
        solved = _solutions(shop, prompts, [one for one in written if not isinstance(one, Refused)], longest[1])
        for one in written:
            made = one if isinstance(one, Refused) else next(solved)
            yield made if isinstance(made, Refused) else _tested(shop, box, *made)


def _problems(shop: Workshop, prompts: Prompts, some: Sequence[Inspired], longest: int) -> Iterator[Inspired | Refused]:
    asked = [prompts.request("problem", one.language, one.snippet, max_new_tokens=LONGEST_PROBLEM) for one in some]
    for one, reply in zip(some, shop.teacher.ask(asked, about=NAME), strict=True):
        if isinstance(reply, Failure):
            yield unanswered(one.document, reply)
            continue
        text, prompt = reply.text.strip(), prompts.prompt("problem", one.language)
        refusal = _broken(reply, "problem", text, longest)
        refusal = refusal or problems.problem(text, one.snippet, prompt, language=one.language)
        yield (
            Refused(one.document.id, *refusal, one.document)
            if refusal
            else Inspired(one.document, one.snippet, one.language, text)
        )


def _solutions(shop: Workshop, prompts: Prompts, some: Sequence[Inspired], longest: int) -> Iterator[Solved | Refused]:
    asked = [prompts.request("solution", one.language, one.problem, max_new_tokens=LONGEST_SOLUTION) for one in some]
    for one, reply in zip(some, shop.teacher.ask(asked, about=NAME) if asked else (), strict=True):
        if isinstance(reply, Failure):
            yield unanswered(one.document, reply)
            continue
        code, prompt = code_in(reply.text, reply.whole).strip(), prompts.prompt("solution", one.language)
        refusal = _broken(reply, "solution", code, longest)
        refusal = refusal or problems.solution(code, one.problem, one.snippet, prompt, language=one.language)
        yield Refused(one.document.id, *refusal, one.document) if refusal else (one, code)


def _broken(reply: Completion, what: str, text: str, longest: int) -> Refusal | None:
    """What needs no look at the words. The screen would refuse what is too long, too, but only after it was run."""
    if reply.finish == "length":
        return "truncated", f"the {what} did not end: {text[:200]!r}"
    if len(text) > longest:
        return f"long_{what}", f"{len(text)} characters, more than {longest}: {text[:200]!r}"
    return None


def _tested(shop: Workshop, box: Box | None, one: Inspired, code: str) -> Made:
    """The row, run where there is a box and something to run; refused where that fails."""
    tests = examples_of(one.problem, code) if box else []
    if box is None or not tests:
        return _pair(shop, one, code, "unrun")
    if wrong := failure(box, code, tests):
        reason = f"the solution fails its examples: {wrong}; the problem: {one.problem!r}; the solution: {code[:400]!r}"
        return Refused(one.document.id, "tests_fail", reason, one.document, how="run")
    return _pair(shop, one, code, "run")


def examples_of(problem: str, code: str) -> list[Example]:
    """The doctest examples in a problem and in the docstrings of its solution; [] where none says what a call gives."""
    tree = parsed(code)
    assert tree is not None, "no solution comes so far that does not parse"
    tests = [test for text in (problem, *docstrings(tree)) for test in examples(text)]
    return tests if any(tells(test, node.name) for test in tests for node in definitions(tree)) else []


def _pair(shop: Workshop, one: Inspired, code: str, way: str) -> Pair:
    return Pair(
        id=pair_id(one.problem, "", code),
        instruction=one.problem,
        input="",
        output=code,
        history=(),
        language=one.language,
        task="programming",
        maker=f"{NAME}/{way}@{VERSION} {shop.teacher.identity}",
        parents=(one.document.id,),
        source=one.document.source,
        constraints=(),
        label="",
        license=one.document.license,
        split="train",
    )
