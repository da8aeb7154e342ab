"""What a translation must be like, what no translator touches, and which parts of a row are translated."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tasks.instructions.chrf import chrf
from tasks.instructions.makers import fidelity
from tasks.instructions.makers.protection import bare, protect, quoted, restored
from tasks.instructions.makers.translatable import kept_terms, parts
from tasks.records import Pair, pair_id

KEPT = [
    "`a b`",
    "https://a.org/x?y=1",
    "{name}",
    "%s",
    "<EMAIL>",
    "$HOME",
    "--force",
    "my_name",
    "20 km",
    "X1X",
    "x2",
    "/a/b",
]


def pair(instruction: str, output: str, input: str = "", **changes: object) -> Pair:
    row = Pair(
        id=pair_id(instruction, input, output), instruction=instruction, input=input, output=output, history=(),
        language="en", task="talk", maker="ready/toy", parents=(), source="toy:1", constraints=(), label="", license="MIT",
        split="train",
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


texts = st.lists(
    st.one_of(st.sampled_from([*KEPT, "X", "x", " ", "1", "Ｘ３", "渡轮", "\n", "_", "."]), st.text(max_size=4))
).map("".join)


@given(texts, st.sets(st.sampled_from(["ferry", "渡轮", "|", '"a"']), max_size=3))
@example("X1 20 km1X", set())
@example("xX 1Ｘ", set())
def test_what_was_protected_comes_back_byte_for_byte(text: str, terms: set[str]) -> None:
    held = protect(text, terms)
    assert restored(held.text, held.kept) == text


@given(st.permutations(range(1, 6)))
def test_tokens_may_change_places(order: list[int]) -> None:
    kept = ("`a`", "`b`", "%s", "{c}", "<EMAIL>")
    back = restored(" ".join(f"x{number} Ｘ" if number == 3 else f"X{number}X" for number in order), kept)
    assert back == " ".join(kept[number - 1] for number in order)


@pytest.mark.parametrize(
    "said", ["调用X1X。", "调用X1X和X2X和X2X。", "调用X1X、X2X、X3X。", "调用X1X和X02。", "调用`a`和`b`。", ""]
)
def test_a_token_that_is_lost_doubled_or_invented_is_refused(said: str) -> None:
    refusal = restored(said, ("`a`", "`b`"))
    assert not isinstance(refusal, str) and refusal[0] == "placeholder"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Run `git add` now.", ["`git add`"]),
        ("Open https://a.org/b, then ~/x.py or ./run.", ["https://a.org/b", "~/x.py", "./run"]),
        ("打开https://a.org/b，再看/etc/passwd。", ["https://a.org/b", "/etc/passwd"]),
        ("Write to <EMAIL> or ${USER} or %(name)s or {{ x }}.", ["<EMAIL>", "${USER}", "%(name)s", "{{ x }}"]),
        ("调用json.loads和readAll()，加上--force。", ["json.loads", "readAll()", "--force"]),
        ("A drive of 20 km at 1,5 m/s, 5% of it and/or 3 boats, e.g. well-known ones.", ["20 km", "1,5 m/s", "5%"]),
        ("Describe a lighthouse. It is old.", []),
    ],
)
def test_code_names_addresses_and_units_are_kept(text: str, kept: list[str]) -> None:
    assert list(protect(text).kept) == kept


def test_quotations_that_the_answer_repeats_are_kept() -> None:
    assert quoted('Say "ahoy" or "hello".', within="ahoy, all") == {'"ahoy"', "ahoy"}
    assert quoted("用“ | ”分隔。", within="a | b") == {"“ | ”"}
    row = pair('Is it "calm" or "rough"? Keys: kind.', "calm", constraints=("one_of:calm|rough",))
    assert kept_terms(row) == {'"calm"', '"rough"', "calm", "rough"}
    prose = 'Explain "ahoy" to a "child".'
    assert kept_terms(pair(prose, "Sailors say ahoy.")) == {'"ahoy"', "ahoy"}
    assert kept_terms(pair(prose, "7")) == {'"ahoy"', "ahoy", '"child"', "child"}


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        (pair("Describe a lighthouse.", "It shows ships the way."), ("instruction", "output")),
        (pair("Continue the story.", "The crew slept.", "The ship was home."), ("instruction", "input", "output")),
        (pair("续写这个故事。", "船员睡着了。", "船回港了。", language="zh"), ("instruction", "input", "output")),
        (pair("Explain the function.", "It adds two numbers.", "def add(a, b):\n    ..."), ("instruction", "output")),
        (pair("Name the parameters.", "a, b", "def add(a, b):"), ("instruction",)),
        (pair("Name the ferry.", "The Old Gull", "Each day the old gull sails."), ("instruction",)),
        (pair("说出渡轮的名字。", "老海鸥号", "每天老海鸥号都会出航。", language="zh"), ("instruction",)),
        (pair("How many are 6 and 7?", "13"), ("instruction",)),
        (pair("Describe it as JSON.", '{"kind": "ferry"}'), ("instruction",)),
        (pair("Which kind is it?", "old ferry", "A boat.", constraints=("one_of:old ferry|ship",)), ("instruction",)),
        (pair("Describe it.", "A ferry is a boat.", constraints=("sentence", "one_line")), ("instruction", "output")),
        (pair("Describe it briefly.", "A ferry is a boat.", constraints=("max_words:5",)), ()),
        (pair("Describe it.", "a ferry", constraints=("punctuation:no_comma",)), ()),
        (pair("Is it a ferry or a ship?", "a ferry"), ()),
        (pair("Describe it in French.", "C'est un bateau."), ()),
        (pair("把它翻译成英文。", "It is a boat.", "这是一艘船。", language="zh"), ()),
        (pair("Describe it.", "It is a boat.", label='{"score": 1}'), ()),
        (pair("And then?", "It sank.", history=(("Hello", "Hi"),)), ()),
        (pair("readAll()", "It reads all."), ()),
        (pair("Which word rhymes with coal?", "Goal."), ()),
        (pair("Describe it in 20 words.", "It is a boat."), ()),
        (pair("用二十个字描述一艘船。", "它是一艘船。", language="zh"), ()),
        (pair("说说渡轮的名字。", "它叫海鸥号。", language="zh"), ("instruction", "output")),
    ],
)  # fmt: skip
def test_only_what_stays_right_is_translated(row: Pair, wanted: tuple[str, ...]) -> None:
    assert parts(row) == wanted


@pytest.mark.parametrize(
    ("source", "said", "target", "rule"),
    [
        ("Describe a lighthouse.", "描述一座灯塔。", "zh-Hans", None),
        ("描述一座灯塔。", "Describe a lighthouse.", "en", None),
        ("Describe a lighthouse.", "描述一座燈塔，並說明。", "zh-Hant", None),
        ("Describe a lighthouse.", "", "zh-Hans", "empty"),
        ("Describe a lighthouse.", "……", "zh-Hans", "empty"),
        ("Describe a lighthouse.", "Describe  a lighthouse.", "zh-Hans", "untranslated"),
        ("Describe a lighthouse.", "Please describe the lighthouse 灯塔", "zh-Hans", "untranslated"),
        ("描述一座灯塔。", "Describe a 灯塔 please.", "en", "untranslated"),
        ("描述一座灯塔。", "Beschreibe mir bitte einen alten Leuchtturm an der Küste.", "en", "target_language"),
        ("Describe a lighthouse.", "灯台を一つ説明してください。", "zh-Hans", "target_language"),
        ("Describe a lighthouse.", "描述一座灯塔，" * 5, "zh-Hans", "length_ratio"),
        ("Describe an old lighthouse on a rock.", "塔。", "zh-Hans", "length_ratio"),
        ("Describe a lighthouse.", "描述一座燈塔，並說明。", "zh-Hans", "script"),
        ("Describe a lighthouse.", "描述这座灯塔。", "zh-Hant", "script"),
        ("Describe 12 lighthouses of 1.5.", "描述１２座1.5的灯塔。", "zh-Hans", None),
        ("Describe 12 lighthouses.", "描述21座灯塔。", "zh-Hans", "number"),
        ("Describe three lighthouses.", "描述3座灯塔。", "zh-Hans", None),
        ("Describe 1,000 lighthouses.", "描述1000座灯塔。", "zh-Hans", None),
        ("描述1000座灯塔。", "Describe 1,000 lighthouses.", "en", None),
        ("Describe 1,000 lighthouses.", "描述1,100座灯塔。", "zh-Hans", "number"),
    ],
)  # fmt: skip
def test_every_rule_is_tripped_by_the_smallest_translation_that_does(
    source: str, said: str, target: str, rule: str | None
) -> None:
    refusal = fidelity.unfaithful(source, said, target=target)
    assert (refusal[0] if refusal else None) == rule


def test_chrf_is_what_the_paper_says() -> None:
    # Of abcd and abce: 3 of 4 runs of one, 2 of 3 of two, 1 of 2 of three, 0 of 1 of four, in both directions alike.
    assert chrf("abcd", "abce") == pytest.approx(100 * (3 / 4 + 2 / 3 + 1 / 2 + 0) / 4)
    # Recall counts four times: abc has all of ab, one run of two of ab's one; β = 2.
    precision, recall = (2 / 3 + 1 / 2) / 2, 1.0
    assert chrf("abc", "ab") == pytest.approx(100 * 5 * precision * recall / (4 * precision + recall))


@given(st.text(max_size=20), st.text(max_size=20))
def test_chrf_lies_between_nothing_in_common_and_the_same(one: str, other: str) -> None:
    assert 0 <= chrf(one, other) <= 100.0001
    assert chrf(one, one) == pytest.approx(100 if one.split() else 0)


@given(st.text(alphabet="abC渡轮 ", max_size=20))
def test_space_and_case_do_not_count(text: str) -> None:
    assert chrf(" ".join(text.upper()), text) == chrf(text, text)


def test_what_is_kept_counts_for_nothing() -> None:
    assert bare(protect("Call `json.loads` now.").text).split() == ["Call", "now."]
