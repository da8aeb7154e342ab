"""Rows asked of a model: the question is its own, the answer is not, and each reply is a row or in the books."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.completions import Completion, Failure, Request
from tasks.instructions.library import Library
from tasks.instructions.makers import ask
from tasks.instructions.makers.subjects import CHOICES, Subject, gives_away, subjects
from tasks.instructions.prompts import prompts_of
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.records import Document, Pair, document_id

MakeWorkshop = Callable[..., Workshop]
PROMPTS = prompts_of(ask, Path(__file__).parents[2] / "params")
USES = {
    "moor": ("Make ships fast to a berth.", "把船只系在泊位上。"),
    "weigh": ("Lift an anchor off the ground.", "把锚从海底收起来。"),
    "lamp-on": ("Light the lamps of a quay.", "点亮码头上的路灯。"),
    "tide": ("Foretell when high water comes.", "预报什么时候涨潮。"),
    "net mend": ("Sew holes of a torn mesh.", "缝补渔具上的破洞。"),
    "bell": ("Strike the hour in fog.", "起雾时整点报时。"),
}
"""What invented commands do."""
LABELS = {"en": ("Description: ", "\nQuestion:"), "zh": ("描述: ", "\n问题:")}


def page(command: str, about: str, language: str, source: str = "") -> Document:
    example = "- Show help:" if language == "en" else "- 显示帮助："
    text = f"# {command}\n\n> {about}\n\n{example}\n\n`{command} --help`\n"
    identity = document_id("toy", "pages", f"{command} {language}", text)
    return Document(identity, text, language, command, "prose", f"toy:{source or command}", "CC0-1.0")


def pages(language: str) -> list[Document]:
    return [page(name, about[language != "en"], language) for name, about in USES.items()]


ENGLISH, CHINESE = pages("en"), pages("zh-Hans")
CODE_ZH = '''\
def {name}(hold):
    """{does}"""
    return look(hold)
'''
FUNCTIONS_ZH = [
    Document(
        document_id("toy", "hold", name, does), CODE_ZH.format(name=name, does=does), "zh-Hans", f"hold.{name}", "code",
        "toy:hold", "MIT",
    )
    for name, does in {
        "weigh": "返回船舱里货物的总重量。", "count": "统计船舱里还有多少只箱子。", "seal": "关上舱门并贴好封条。",
        "air": "打开所有通风口，每天一次。",
    }.items()
]  # fmt: skip


def rows_of(shop: Workshop) -> list[Made]:
    return list(ask.rows(shop, PROMPTS))


def description_of(request: Request) -> tuple[str, str]:
    """What a request is about, and its language."""
    language = "zh" if request.prompt.startswith("描述") else "en"
    before, after = LABELS[language]
    return request.prompt.removeprefix(before).removesuffix(after), language


def reworded(request: Request) -> str:
    """In English two rules: read → reads, and everything else as it stands; in Chinese none."""
    description, language = description_of(request)
    if language == "zh":
        kind = "函数" if "函数" in request.prefix else "命令"
        return f" 哪个{kind}{description.rstrip('。')}？\n\n描述: 下一个"
    verb, rest = description.rstrip(".").split(" ", 1)
    kind = "function" if "function" in request.prefix else "command"
    return f" Which {kind} {verb.lower()}s {rest}?\n\nDescription: next"


def subject_of(documents: list[Document], name: str) -> Subject:
    [found] = [one for one in subjects(Library(documents), documents, seed=0) if one.name == name]
    return found


def rule_of(subject: Subject, reply: str) -> str | None:
    refusal = ask.unfit(subject, Completion(reply, "stop", 9))
    return refusal[0] if refusal else None


def test_a_question_is_the_teachers_and_its_answer_is_not(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    shop = workshop(toy_documents, reworded)
    rows = [row for row in rows_of(shop) if isinstance(row, Pair)]
    assert rows
    for row in rows:
        [function] = [document for document in toy_documents if document.id == row.parents[0]]
        assert row.instruction.startswith("Which function ")
        assert row.output in row.input.split(" / ")
        assert shop.library.facts(function)["name"] == row.output
        assert (row.task, row.split, row.maker, row.language) == ("ask", "train", "ask@1 scripted", "en")


@pytest.mark.parametrize(
    ("documents", "opening", "language"),
    [
        (ENGLISH, "Which command ", "en"),
        (CHINESE, "哪个命令", "zh"),
        (FUNCTIONS_ZH, "哪个函数", "zh"),
    ],
)
def test_commands_and_chinese_are_asked_about_in_their_language(
    workshop: MakeWorkshop, documents: list[Document], opening: str, language: str
) -> None:
    shop = workshop(documents, reworded)
    rows = [row for row in rows_of(shop) if isinstance(row, Pair)]
    assert len(rows) == len(documents)
    for row in rows:
        [document] = [document for document in documents if document.id == row.parents[0]]
        choices = row.input.split(" / ")
        assert row.instruction.startswith(opening) and row.language == language
        assert row.output in choices and len(set(choices)) == 1 + CHOICES
        assert row.constraints == (f"one_of:{'|'.join(choices)}",)
        facts = shop.library.facts(document)
        assert row.output == facts.get("command", facts.get("name")) and row.source == document.source


def test_every_subject_is_a_row_or_refused(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    documents = [*toy_documents, *ENGLISH, *CHINESE, *FUNCTIONS_ZH]
    made = rows_of(workshop(documents, reworded))
    assert len(made) == len(subjects(Library(documents), documents, seed=0))
    assert {row.language for row in made if isinstance(row, Pair)} == {"en", "zh"}


def test_what_was_never_answered_is_told_apart(workshop: MakeWorkshop, toy_documents: list[Document]) -> None:
    failed = workshop(toy_documents, lambda request: Failure("deadline", "60 s"))
    assert {(row.rule, row.unreadable) for row in rows_of(failed) if isinstance(row, Refused)} == {("deadline", True)}


@pytest.mark.parametrize(
    ("documents", "shown"),
    [
        ([], "Question: Which function "),
        (ENGLISH, "Question: Which command "),
        (CHINESE, "问题: 哪个命令"),
        (FUNCTIONS_ZH, "问题: 哪个函数"),
    ],
)
def test_solved_examples_are_shared_and_none_is_about_the_corpus(
    toy_documents: list[Document], documents: list[Document], shown: str
) -> None:
    some = documents or toy_documents
    requests = [ask.request(PROMPTS, subject) for subject in subjects(Library(some), some, seed=0)]
    assert len({request.prefix for request in requests}) == 1
    assert requests[0].prefix.count(shown) == 5
    assert not any(request.prompt.splitlines()[0] in request.prefix for request in requests)


def test_functions_and_commands_take_turns_and_the_order_is_the_seeds(toy_documents: list[Document]) -> None:
    documents = [*toy_documents, *ENGLISH]
    found = subjects(Library(documents), documents, seed=0)
    assert [one.kind for one in found[:12]] == ["function", "command"] * 6
    assert [one for one in found if one.kind == "function"] == subjects(Library(toy_documents), toy_documents, seed=0)
    assert found == subjects(Library(documents), list(reversed(documents)), seed=0)
    assert found != subjects(Library(documents), documents, seed=1)


@pytest.mark.parametrize("does", ["船倉にある荷物の重さを返す。", "คืนค่าน้ำหนักรวมของสินค้าในเรือ"])
def test_a_docstring_in_a_language_that_nobody_asks_in_gives_no_subject(does: str) -> None:
    text = CODE_ZH.format(name="lower", does=does)
    other = Document(document_id("toy", "hold", "lower", text), text, "", "hold.lower", "code", "toy:hold", "MIT")
    documents = [*FUNCTIONS_ZH, other]
    names = {subject.name for subject in subjects(Library(documents), documents, seed=0)}
    assert names == {"weigh", "count", "seal", "air"}


def test_a_page_more_changes_the_choices_of_few_others() -> None:
    many = [page(f"lift{place}", f"把第{place}号吊车的绳子放下去。", "zh-Hans") for place in range(40)]
    before = {one.name: one.others for one in subjects(Library(many), many, seed=0)}
    more = [*many, page("row", "划着小船绕港口一圈。", "zh-Hans")]
    after = {one.name: one.others for one in subjects(Library(more), more, seed=0)}
    assert len(before) == 40 and after.keys() == {*before, "row"}
    changed = [name for name in before if before[name] != after[name]]
    assert len(changed) <= CHOICES and all("row" in after[name] for name in changed)


@pytest.mark.parametrize(
    ("command", "about", "language"),
    [
        ("git cp", "复制 Git 仓库中的文件并保留历史。", "zh-Hans"),  # has a word of the command
        ("[[", "检查一个条件是不是成立。", "zh-Hans"),  # no name that anybody asks for
        ("anchor", "收锚。", "zh-Hans"),  # too short
        ("anchor", "起锚，" * 21, "zh-Hans"),  # too long
        ("anchor", "Lift it off the ground.", "zh-Hans"),  # not in the language of its page
        ("anchor", "把锚从水里收起来。", "en"),
        ("anchor", "Lift it", "en"),
        ("anchor", "Den Anker vom Grund des Hafens heben.", "de"),  # nobody asks in German
    ],
)
def test_a_page_that_nobody_can_be_asked_about_is_left_out(command: str, about: str, language: str) -> None:
    documents = [*ENGLISH, *CHINESE, page(command, about, language)]
    assert command not in {one.name for one in subjects(Library(documents), documents, seed=0)}


def test_commands_are_not_asked_about_among_fewer_than_three_others() -> None:
    assert len(subjects(Library(CHINESE[:4]), CHINESE[:4], seed=0)) == 4
    assert subjects(Library(CHINESE[:3]), CHINESE[:3], seed=0) == []
    mixed = [*CHINESE[:3], *ENGLISH[:3]]
    assert subjects(Library(mixed), mixed, seed=0) == []


def test_a_command_that_the_description_gives_away_is_no_choice() -> None:
    alias = page("glow", "此命令为 lamp-on 的别名。", "zh-Hans")
    documents = [*CHINESE, alias]
    others = subject_of(documents, "glow").others
    assert len(others) == CHOICES and "lamp-on" not in others
    assert gives_away("lamp-on", "一盏 LAMP") and not gives_away("lamp-on", "两盏 lamps")


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("Which function reads every {noun} below a path?", None),
        ("Which function is used to read {noun}s?", "unfaithful"),
        ("Which function reads a path?", "unfaithful"),
        ("Which function reads every {noun} below a secret path?", "unfaithful"),
        ("Which function reads with {name} every {noun} below a path?", "tells_answer"),
        ("What reads every {noun} below a path?", "no_question"),
        ("Which command reads every {noun} below a path?", "no_question"),
        ("Which function reads every {noun} below a path.", "no_question"),
        ("Which function reads?\nWhich function writes?", "no_question"),
        ("", "no_question"),
    ],
)
def test_a_reply_that_is_no_faithful_question_is_refused(
    toy_documents: list[Document], reply: str, rule: str | None
) -> None:
    function = subject_of(toy_documents, "read_archive")
    assert rule_of(function, reply.format(noun="archive", name="read_archive")) == rule


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("Which command lifts an anchor off the ground?", None),
        ("Which command lifts an anchor?", "unfaithful"),
        ("Which command lifts an anchor off the muddy ground?", "unfaithful"),
        ("Which command (Weigh) lifts an anchor off the ground?", "tells_answer"),
        ("Which function lifts an anchor off the ground?", "no_question"),
        ("Which command lift an anchor off the ground?", "no_sentence"),
    ],
)
def test_a_question_about_a_command_is_held_to_its_description(reply: str, rule: str | None) -> None:
    assert rule_of(subject_of(ENGLISH, "weigh"), reply) == rule


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("哪个命令把锚从海底收起来？", None),
        ("哪个命令可以把锚从海底收起来?", None),
        ("哪个命令收起锚？", "unfaithful"),
        ("哪个命令把生锈的锚从海底收起来？", "unfaithful"),
        ("哪个命令从海底把锚收起来？", "unfaithful"),
        ("哪个命令是把锚从海底收起来？", "no_sentence"),
        ("哪个命令weigh把锚从海底收起来？", "tells_answer"),
        ("把锚从海底收起来的是哪个命令？", "no_question"),
        ("哪个函数把锚从海底收起来？", "no_question"),
        ("哪个命令把锚从海底收起来。", "no_question"),
        ("哪个命令把锚收起来。哪里的锚？", "no_question"),
        ("哪个命令把锚收起来？哪个命令从海底收？", "no_question"),
        ("Which command lifts an anchor off the ground?", "no_question"),
    ],
)
def test_a_chinese_question_is_held_to_its_description(reply: str, rule: str | None) -> None:
    assert rule_of(subject_of(CHINESE, "weigh"), reply) == rule


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("哪个函数返回船舱里货物的总重量？", None),
        ("哪个函数weigh返回船舱里货物的总重量？", "tells_answer"),
        ("哪个函数返回重量？", "unfaithful"),
        ("哪个命令返回船舱里货物的总重量？", "no_question"),
    ],
)
def test_a_chinese_question_about_a_function_is_held_to_its_docstring(reply: str, rule: str | None) -> None:
    assert rule_of(subject_of(FUNCTIONS_ZH, "weigh"), reply) == rule


@pytest.mark.parametrize(
    ("about", "reply", "rule"),
    [
        ("航海日志编辑器，支持多种文字。", "哪个命令是航海日志编辑器，支持多种文字？", None),
        ("航海日志编辑器，支持多种文字。", "哪个命令用于航海日志编辑器，支持多种文字？", "no_sentence"),
        ("航海日志编辑器，支持多种文字。", "哪个命令是航海日志编辑器？", "unfaithful"),
        ("此命令为 lamp-on 的别名。", "哪个命令是 lamp-on 的别名？", None),
        ("此命令为 lamp-on 的别名。", "哪个命令用于 lamp-on 的别名？", "no_sentence"),
        ("编辑航海日志，支持 UTF-8。", "哪个命令编辑航海日志，支持 UTF-8？", None),
        ("编辑航海日志，支持 UTF-8。", "哪个命令编辑航海日志，不支持 UTF-8？", "unfaithful"),
        ("编辑航海日志，支持 UTF-8。", "哪个命令编辑航海日志，支持？", "unfaithful"),
    ],
)
def test_what_a_thing_is_and_what_it_does_are_asked_in_their_own_way(about: str, reply: str, rule: str | None) -> None:
    assert rule_of(subject_of([*CHINESE, page("scribe", about, "zh-Hans")], "scribe"), reply) == rule


def test_traditional_chinese_is_asked_about_in_traditional_chinese() -> None:
    uses = {
        "moor": "把船隻繫在泊位上。",
        "weigh": "將錨從海底收起來。",
        "tide": "預報什麼時候漲潮。",
        "bell": "起霧時整點報時。",
    }
    weigh = subject_of([page(name, about, "zh-Hant") for name, about in uses.items()], "weigh")
    assert rule_of(weigh, "哪個命令將錨從海底收起來？") is None
    assert rule_of(weigh, "哪个命令將錨從海底收起來？") == "no_question"
    assert rule_of(weigh, "哪個命令将锚从海底收起来？") == "unfaithful"


@pytest.mark.parametrize("documents", [ENGLISH, CHINESE])
def test_a_reply_that_never_ended_is_refused(documents: list[Document]) -> None:
    weigh = subject_of(documents, "weigh")
    asked = {"en": "Which command lifts an anchor off the ground?", "zh": "哪个命令把锚从海底收起来？"}[weigh.language]
    assert ask.unfit(weigh, Completion(asked, "stop", 9)) is None
    refusal = ask.unfit(weigh, Completion(asked, "length", 40))
    assert refusal is not None and refusal[0] == "no_question"
