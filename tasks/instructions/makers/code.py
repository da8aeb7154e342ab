"""Code: functions with examples in their docstrings → rows whose answers have been run.

    def double(x):                write    Write the Python function double(x). Twice a number.   → its code
        '''Twice a number.        returns  What does double(4) return?                            → 8
        >>> double(4)             fix      Fix the bug: return x + 2                              → its code
        8'''                      test     Write a doctest for this function.                     → >>> double(4) / 8
        return x * 2              teacher  as write in other words, answered by the teacher and run

Nothing is kept that was not run: the function must pass its own examples (doctest), a bug must fail them, and a test must
find a bug. So a sample of the teacher counts only where it passes (execution as a filter: Chen et al. 2021,
arXiv:2107.03374, section 2.1). It is shown one sentence and the signature, never the examples. All runs are in a box
(runner/box.py); without one this maker refuses to start. These rows are for training alone.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from doctest import Example
from itertools import islice
from random import Random

from tasks.completions import Failure, Request
from tasks.errors import ParamsError
from tasks.instructions.choose import in_chinese, ranked
from tasks.instructions.prompts import Prompts
from tasks.instructions.python_source import code_in, parsed
from tasks.instructions.runner import Box
from tasks.instructions.runner.bugs import bugs
from tasks.instructions.runner.doctests import examples, failure, gives_otherwise, tells
from tasks.instructions.workshop import Made, Refused, Workshop, unanswered
from tasks.records import Document, Pair, content_id, pair_id

VERSION = 1
PROMPTS = ("write",)
MOST_BUGS = 8
"""Bugs tried on one function."""
LONGEST_CODE = 160
"""Tokens a teacher may write."""
TEMPERATURE = 0.8
"""Of samples: the paper's best for many of them."""
SAID = {
    "write": ("Write the Python function {signature}. {first}", "编写Python函数{signature}。功能说明：{first}"),
    "returns": ("What does {call} return?", "{call}的返回值是什么？"),
    "fix": (
        "This function has a bug. {first} Write it without the bug.",
        "这个函数有一处错误。功能说明：{first}请写出改正后的函数。",
    ),
    "test": ("Write a doctest for this function.", "为这个函数写一个doctest测试。"),
    "teacher": ("Implement {signature} in Python. {first}", "用Python实现{signature}。要求：{first}"),
}
"""Each way in words, in English and Chinese; code and descriptions stay as they are. A row of the teacher has words of its
own: the screen lets nobody ask the same twice, and `write` has asked."""


@dataclass(frozen=True, slots=True)
class _Tested:
    """A function with what it should do."""

    document: Document
    signature: str
    first: str
    code: str
    tests: list[Example]
    language: str


def rows(shop: Workshop, prompts: Prompts, *, run_code: bool, samples: int) -> Iterator[Made]:
    """What becomes of each function in each way. Raises ParamsError where running was not asked for, EnvironmentFault where
    it cannot be done safely."""
    if not run_code:
        raise ParamsError(
            "makers.code.rows in params/instructions.yaml wants rows of code that was run, and makers.code.run_code is "
            "false. Set it to true to allow that, in a bubblewrap box, or rows to 0."
        )
    return islice(_made(shop, prompts, Box.open(shop.ran), samples), shop.most)


def _made(shop: Workshop, prompts: Prompts, box: Box, samples: int) -> Iterator[Made]:
    for function in _candidates(shop):
        if wrong := failure(box, function.code, function.tests):
            yield Refused(
                function.document.id, "tests_fail", f"the function fails its own docstring: {wrong}", function.document
            )
            continue
        yield _pair(function, "write", function.code, first=function.first, signature=function.signature)
        yield from _of_examples(shop, box, function)
        yield from _of_teacher(shop, prompts, box, function, samples)


def _candidates(shop: Workshop) -> Iterator[_Tested]:
    code = [document for document in shop.documents if document.kind == "code"]
    for document in ranked(code, seed=shop.seed, family="code"):
        facts = shop.library.facts(document)
        tests = examples(_docstring(document.text)) if facts.get("first") and "code" in facts else []
        if any(tells(test, facts["name"]) for test in tests):
            chinese = in_chinese(document, seed=shop.seed, family="code", share=shop.chinese_share)
            language = "zh" if chinese else "en"
            yield _Tested(document, facts["signature"], facts["first"], facts["code"], tests, language)


def _of_examples(shop: Workshop, box: Box, function: _Tested) -> Iterator[Made]:
    """returns, fix and test."""
    alone = next((test for test in function.tests if _is_call(test) and not failure(box, function.code, [test])), None)
    wrong = bugs(function.code)
    Random(content_id("code", str(shop.seed), function.document.id)).shuffle(wrong)
    found = next((bug for bug in wrong[:MOST_BUGS] if gives_otherwise(box, bug, function.tests)), None)
    if found is None:
        yield _refused(function, "no_bug", f"no bug of {len(wrong[:MOST_BUGS])} tried is found by the examples", "fix")
    else:
        yield _pair(function, "fix", function.code, input=found, first=function.first)
    if alone is None:
        yield _refused(function, "no_call", "no example is one call that stands alone and prints one line", "returns")
        return
    call, value = alone.source.strip(), alone.want.strip()
    yield _pair(function, "returns", value, input=function.code, call=call)
    if any(gives_otherwise(box, bug, [alone]) for bug in wrong[:MOST_BUGS]):
        yield _pair(function, "test", f">>> {call}\n{value}", input=function.code)
    else:
        yield _refused(function, "finds_no_bug", f"{call} gives {value} with every bug tried", "test")


def _of_teacher(shop: Workshop, prompts: Prompts, box: Box, function: _Tested, samples: int) -> Iterator[Made]:
    """`samples` answers to the same instruction; the first that passes, and is not the function itself, is kept."""
    asked = [_request(prompts, function, sample) for sample in range(samples)]
    said = {function.code}
    for reply in shop.teacher.ask(asked, about="code") if asked else ():
        if isinstance(reply, Failure):
            yield unanswered(function.document, reply, how="teacher")
            continue
        code = code_in(reply.text, reply.whole).strip()
        if reply.finish == "length":
            yield _refused(function, "truncated", f"the reply did not end: {code[:400]!r}", "teacher")
        elif code in said:
            yield _refused(function, "said_before", f"the same answer again: {code[:200]!r}", "teacher")
        elif wrong := failure(box, code, function.tests):
            yield _refused(function, "tests_fail", f"{wrong}; the reply: {code[:400]!r}", "teacher")
        elif len(said) > 1:
            yield _refused(function, "surplus", f"one answer is kept, this one passes, too: {code[:400]!r}", "teacher")
        else:
            said.add(code)
            by = f" {shop.teacher.identity}"
            yield _pair(function, "teacher", code, by=by, first=function.first, signature=function.signature)


def _request(prompts: Prompts, function: _Tested, sample: int) -> Request:
    ask = _worded(function, "write", first=function.first, signature=function.signature)
    return prompts.request(
        "write", function.language, ask, max_new_tokens=LONGEST_CODE, temperature=TEMPERATURE, sample=sample
    )


def _pair(function: _Tested, way: str, output: str, *, input: str = "", by: str = "", **words: str) -> Pair:
    instruction = _worded(function, way, **words)
    return Pair(
        id=pair_id(instruction, input, output), instruction=instruction, input=input, output=output, history=(),
        language=function.language, task=f"code_{'write' if way == 'teacher' else way}", maker=f"code/{way}@{VERSION}{by}",
        parents=(function.document.id,), source=function.document.source,
        constraints=(), label="", license=function.document.license, split="train",
    )  # fmt: skip


def _worded(function: _Tested, way: str, **words: str) -> str:
    return SAID[way][function.language == "zh"].format(**words)


def _refused(function: _Tested, rule: str, reason: str, how: str) -> Refused:
    return Refused(function.document.id, rule, reason, function.document, how=how)


def _docstring(source: str) -> str:
    """Of the one function that a Document with code facts is."""
    tree = parsed(source)
    function = tree.body[0] if tree else None
    return ast.get_docstring(function) or "" if isinstance(function, ast.FunctionDef) else ""


def _is_call(test: Example) -> bool:
    try:
        call = ast.parse(test.source.strip(), mode="eval").body
    except SyntaxError:
        return False
    value = test.want.strip()
    return isinstance(call, ast.Call) and test.exc_msg is None and not test.options and bool(value) and "\n" not in value
