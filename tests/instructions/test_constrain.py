"""Instructions with constraints: an answer that stays meets them, one that is asked for passes or is refused."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tasks.checks import failed
from tasks.completions import Completion, Failure, Reply, Request
from tasks.instructions.constraints.choice import Chosen
from tasks.instructions.constraints.wording import read_kinds
from tasks.instructions.makers import constrain
from tasks.instructions.makers.constrain import Candidate, answered, candidate, ordered, request
from tasks.instructions.mix import ByModel, collected
from tasks.instructions.prompts import prompts_of
from tasks.instructions.publish import write_preferences
from tasks.instructions.screen import Refusal, Screen
from tasks.instructions.workshop import Made, Refused, Workshop
from tasks.ledger import Books
from tasks.records import Document, Pair, Preference, pair_id, preference_id
from tasks.shards import new_folder, read_rows

MakeWorkshop = Callable[..., Workshop]
PARAMS = Path(__file__).parents[2] / "params"
KINDS = read_kinds(PARAMS / "constraints")
PROMPTS = prompts_of(constrain, PARAMS)


def pair(instruction: str, output: str, language: str = "en", **changes: object) -> Pair:
    row = pair_id(instruction, "", output)
    made = Pair(
        row, instruction, "", output, (), language, "open", "hand@1", ("d",), "toy:a", (), "", "MIT", "train"
    )  # fmt: skip
    return replace(made, **changes)


ANSWERS_EN = ("The lamp on the pier burns all night, so ships find the harbour. Fishermen trust the lamp.", "A saw.")
ANSWERS_ZH = ("灯塔在夜里为船只指路，渔民靠灯塔找到港口。没有灯塔，船只容易触礁。", "锯子。")
PAIRS = [
    *(pair(f"Explain thing number {place}.", ANSWERS_EN[place % 2]) for place in range(30)),
    *(pair(f"请说明第{place}件东西。", ANSWERS_ZH[place % 2], "zh") for place in range(30)),
    pair("Was ist das?", "Eine Lampe.", "de"),
]
NO_COMMA = Chosen("punctuation:no_comma", {}, "punctuation:no_comma", "Do not use any commas.")
ONE = Candidate(pair("Why is there a lamp?", "So that ships find the pier."), (NO_COMMA,), asked=True)
FAILS, PASSES = "For ships, of course.", "It guides ships."


def said(text: str, finish: str = "stop") -> Completion:
    return Completion(text, finish, 9)


def in_turn(request: Request) -> str:
    """A teacher whose even samples are bare words, and whose odd ones are full of commas."""
    return " ok, so, fine,\n\nInstruction: next" if request.sample % 2 else " Ships sail by"


def made(shop: Workshop, samples: int = 2) -> list[Made]:
    return list(constrain.rows(shop, PROMPTS, samples=samples))


def test_answers_that_stay_are_unchanged_and_meet_what_is_asked_now(workshop: MakeWorkshop) -> None:
    before = {one.id: one for one in PAIRS}
    rows = [row for row in made(workshop([], in_turn, pairs=PAIRS), samples=0) if isinstance(row, Pair)]
    assert Counter(row.language for row in rows).keys() == {"en", "zh"}
    for row in rows:
        parent = before[row.parents[0]]
        assert (row.output, row.input, row.source, row.license) == (parent.output, "", "toy:a", "MIT")
        assert row.instruction.startswith(parent.instruction) and row.instruction != parent.instruction
        assert row.constraints and failed(row.constraints, row.output) == []
        assert (row.task, row.split, row.maker) == ("constrain", "train", "constrain@2 found")


def test_without_samples_no_model_is_asked(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    made(shop, samples=0)
    assert shop.teacher.model.requests == []  # type: ignore[attr-defined]


def test_each_english_or_chinese_pair_is_one_row_or_one_refused(workshop: MakeWorkshop) -> None:
    rows = [row for row in made(workshop([], in_turn, pairs=PAIRS)) if not isinstance(row, Preference)]
    assert sorted(row.id if isinstance(row, Refused) else row.parents[0] for row in rows) == sorted(
        one.id for one in PAIRS if one.language != "de"
    )


def test_asked_rows_pass_every_check_and_name_their_teacher(workshop: MakeWorkshop) -> None:
    rows = made(workshop([], in_turn, pairs=PAIRS))
    asked = [row for row in rows if isinstance(row, Pair) and row.maker == "constrain@2 scripted"]
    assert asked
    assert all(row.constraints and failed(row.constraints, row.output) == [] for row in asked)
    refused = [row for row in rows if isinstance(row, Refused) and row.rule == "constraint"]
    assert refused and all(" fails " in row.reason for row in refused)


def test_preferences_come_before_their_pair_and_only_the_chosen_passes(workshop: MakeWorkshop) -> None:
    rows = made(workshop([], in_turn, pairs=PAIRS))
    places = [place for place, row in enumerate(rows) if isinstance(row, Preference)]
    assert places
    for place in places:
        preference, beside = rows[place], rows[place + 1]
        assert isinstance(preference, Preference) and isinstance(beside, Pair)
        assert (preference.origin, preference.chosen) == (beside.id, beside.output)
        assert failed(beside.constraints, preference.rejected) != []
        assert preference.prompt == f"### Task\n{beside.instruction}\n### Answer\n"
        assert preference.id == preference_id(preference.prompt, preference.chosen, preference.rejected)


def test_rows_do_not_depend_on_the_order_of_the_pairs_and_do_on_the_seed(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    assert made(replace(shop, pairs=PAIRS[::-1])) == made(shop)
    assert made(replace(shop, seed=1)) != made(shop)


@pytest.mark.parametrize(
    ("replies", "rule", "reason"),
    [
        ([said(FAILS), said("Yes, no.")], "constraint", "'For ships, of course.' fails punctuation:no_comma"),
        ([said(PASSES, "length"), said("  ")], "no_answer", "empty or cut off: 'It guides ships.'"),
        ([Failure("deadline", "60 s"), Failure("deadline", "61 s")], "deadline", "60 s"),
    ],
)
def test_what_makes_no_row_says_why(replies: list[Completion | Failure], rule: str, reason: str) -> None:
    [refused] = answered(ONE, replies, "scripted")
    assert isinstance(refused, Refused)
    assert (refused.rule, refused.reason, refused.unreadable) == (rule, reason, rule == "deadline")


def test_each_different_failing_sample_is_rejected_beside_the_first_that_passes() -> None:
    replies = [
        said(FAILS),
        Failure("deadline", "60 s"),
        said(PASSES),
        said(FAILS),
        said("Yes, no."),
        said("a, b", "length"),
        said("Two."),
    ]
    *preferences, row = answered(ONE, replies, "scripted")
    assert isinstance(row, Pair) and row.output == PASSES
    assert [one.rejected for one in preferences if isinstance(one, Preference)] == [FAILS, "Yes, no."]


def test_an_answer_with_a_form_of_its_own_or_in_a_talk_stays() -> None:
    free = [candidate(KINDS, pair(f"Say thing {place}.", ANSWERS_EN[0]), seed=0, samples=2) for place in range(40)]
    assert {one.asked for one in free} == {True, False}
    for changes in ({"constraints": ("sentence",)}, {"history": (("Hi", "Ho"),)}):
        some = [candidate(KINDS, replace(one.pair, **changes), seed=0, samples=2) for one in free]
        assert {one.asked for one in some} == {False}


def test_a_row_keeps_the_constraints_and_history_of_its_parent(workshop: MakeWorkshop) -> None:
    parent = pair("And now?", ANSWERS_EN[0], history=(("Hi", "Ho"),), constraints=("sentence",), label='"x"')
    [row] = made(workshop([], in_turn, pairs=[parent]))
    assert isinstance(row, Pair)
    assert (row.history, row.constraints[0], row.label) == (parent.history, "sentence", '"x"')
    assert len(row.constraints) > 1


@pytest.mark.parametrize(
    ("instruction", "language", "whole"),
    [
        ("Why?", "en", "Why? Do not use any commas."),
        ("List them", "en", "List them\nDo not use any commas."),
        ("Why?\nSay it.", "en", "Why?\nSay it.\nDo not use any commas."),
        ("为什么？", "zh", "为什么？不要使用逗号。"),
        ("说明原因", "zh", "说明原因\n不要使用逗号。"),
    ],
)
def test_what_is_asked_goes_on_after_the_instruction(instruction: str, language: str, whole: str) -> None:
    asked = NO_COMMA if language == "en" else replace(NO_COMMA, said="不要使用逗号。")
    assert Candidate(pair(instruction, "x", language), (asked,), asked=True).instruction == whole


def test_the_teacher_is_asked_in_the_rows_language_with_examples_that_obey() -> None:
    english, chinese = (
        request(PROMPTS, replace(ONE, pair=replace(ONE.pair, language=language)), 3) for language in ("en", "zh")
    )
    assert english.prompt == "Instruction: Why is there a lamp? Do not use any commas.\nAnswer:"
    assert chinese.prompt.startswith("指令: ") and chinese.prompt.endswith("\n回答:")
    assert not any("A" <= letter <= "z" for letter in chinese.prefix.replace("Markdown", ""))
    assert (english.sample, english.temperature > 0) == (3, True)


EXAMPLE_CHECKS = [
    'detectable_format:number_bullet_lists:{"num_bullets":2}',
    'length_constraints:number_words:{"num_words":%d,"relation":"less than"}',
    'startend:end_checker:{"end_phrase":"%s"}',
]


@pytest.mark.parametrize(
    ("language", "words", "ending"), [("en", 15, "Any other questions?"), ("zh", 20, "还有其他问题吗？")]
)
def test_solved_examples_meet_what_they_are_asked(language: str, words: int, ending: str) -> None:
    bullets, short, last = request(PROMPTS, replace(ONE, pair=replace(ONE.pair, language=language)), 0).messages[1:-1][1::2]
    checks = [EXAMPLE_CHECKS[0], EXAMPLE_CHECKS[1] % words, EXAMPLE_CHECKS[2] % ending]
    assert [failed([check], answer) for check, (_, answer) in zip(checks, (bullets, short, last), strict=True)] == [
        [],
        [],
        [],
    ]


def screened(
    shop: Workshop, wanted: int, longest_answer: int = 160, blocked: Callable[[Pair], Refusal | None] | None = None
) -> tuple[ByModel, Books]:
    books = Books("instructions")
    screen = Screen(max_prompt=480, max_answer=longest_answer, max_ready=600, blocked=blocked)
    maker = ("constrain", wanted, partial(constrain.rows, prompts=PROMPTS, samples=2))
    pairs, preferences, tally = collected(maker, shop, screen, books)
    return ByModel(pairs, preferences, {"constrain": tally}), books


def test_preferences_are_counted_apart_and_the_books_balance(workshop: MakeWorkshop) -> None:
    given, books = screened(workshop([], in_turn, pairs=PAIRS), wanted=1000)
    tally = given.tallies["constrain"]
    assert books.balance()["in"] == tally.tried == len(ordered(PAIRS, seed=0))
    assert tally.kept + tally.refused.total() == tally.tried
    assert tally.told()["preferences"] == len(given.preferences) > 0


def test_the_last_row_wanted_keeps_its_preferences(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    rows = made(shop)
    first = next(row.origin for row in rows if isinstance(row, Preference))
    wanted = [row.id for row in rows if isinstance(row, Pair)].index(first) + 1
    given, _ = screened(shop, wanted)
    assert len(given.pairs) == wanted
    assert first in {preference.origin for preference in given.preferences}


def test_preferences_go_with_a_pair_that_the_screen_refuses(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    given, _ = screened(shop, wanted=1000, longest_answer=5)
    came = sum(isinstance(row, Preference) for row in made(shop))
    assert given.preferences == []
    assert given.tallies["constrain"].told()["preferences_left"] == came > 0


def test_a_blocked_word_may_not_stand_in_a_rejected_answer_either(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    given, _ = screened(shop, wanted=1000)
    rejected = given.preferences[0].rejected
    assert all(rejected != pair.output for pair in given.pairs)
    without, _ = screened(shop, wanted=1000, blocked=lambda pair: ("blocked_word", "") if pair.output == rejected else None)
    assert without.pairs == given.pairs
    assert without.preferences == [one for one in given.preferences if one.rejected != rejected]
    left = sum(one.rejected == rejected for one in given.preferences)
    assert without.tallies["constrain"].told().get("preferences_left") == left > 0


def test_preferences_are_written_by_id_and_exported(workshop: MakeWorkshop, tmp_path: Path) -> None:
    given, _ = screened(workshop([], in_turn, pairs=PAIRS), wanted=1000)
    with new_folder(tmp_path / "out") as out:
        write_preferences(out, given.preferences, given.pairs)
    read = list(read_rows(tmp_path / "out", "preferences", Preference))
    assert read == sorted(given.preferences, key=lambda row: row.id)
    lines = (tmp_path / "out/exports/preferences.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(read)


def test_nothing_is_written_where_there_is_no_preference(tmp_path: Path, toy_documents: list[Document]) -> None:
    with new_folder(tmp_path / "out") as out:
        write_preferences(out, [], [])
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["manifest.json"]


def test_a_reply_from_the_journal_gives_the_same_rows_and_asks_nothing(workshop: MakeWorkshop) -> None:
    shop = workshop([], in_turn, pairs=PAIRS)
    first = made(shop)
    asked = shop.teacher.asked["constrain"]
    assert made(shop) == first
    assert (shop.teacher.asked["constrain"], shop.teacher.reused["constrain"]) == (asked, asked)
    cut = workshop([], lambda request: Reply("never", "length", 1), pairs=PAIRS)
    assert made(cut) == first
