"""Rows that give test items away: what is found, what is left alone, and the files that items come from."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tasks.errors import InputError, ParamsError
from tasks.instructions.decontaminate import Suites
from tasks.instructions.screen import Screen
from tasks.instructions.suites import digests, read_suites
from tasks.records import Pair, pair_id

PLAIN = Pair(
    id="",
    instruction="",
    input="",
    output="Nobody knows.",
    history=(),
    language="en",
    task="ready",
    maker="ready/toy",
    parents=(),
    source="toy:1",
    constraints=(),
    label="",
    license="MIT",
    split="train",
)
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "ke", "li", "mo", "nu", "pra", "sto", "ter", "vel", "wix", "zan")
HAN = [chr(code) for code in range(0x4E00, 0x4E00 + 2000)]


def asks(instruction: str, input: str = "", **more: object) -> Pair:
    pair = replace(PLAIN, instruction=instruction, input=input, **more)  # type: ignore[arg-type]
    return replace(pair, id=pair_id(pair.instruction, pair.input, pair.output, pair.history))


def words(chance: Random, count: int) -> list[str]:
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 3))) for _ in range(count)]


def english(chance: Random) -> Pair:
    return asks(f"{' '.join(words(chance, chance.randint(12, 40))).capitalize()}?")


def chinese(chance: Random) -> Pair:
    return asks(f"{''.join(chance.choices(HAN, k=chance.randint(20, 60)))}？")


def suite_of(make: object, count: int, seed: int) -> list[Pair]:
    chance = Random(seed)
    return [make(chance) for _ in range(count)]  # type: ignore[operator]


def edited(text: str, chance: Random) -> str:
    """One word or character in twenty replaced, at least one, in capitals, with other spaces and full-width marks."""
    parts = text.split() if text.isascii() else list(text)
    for place in chance.sample(range(len(parts)), k=max(1, len(parts) // 20)):
        parts[place] = words(chance, 1)[0] if text.isascii() else chance.choice(HAN)
    joined = ("  " if text.isascii() else "").join(parts)
    return joined.replace("?", "？").replace("，", ",").upper()


@pytest.mark.parametrize("make", [english, chinese])
@pytest.mark.parametrize("way", ["exact", "spaces", "quoted", "half", "edited"])
def test_at_least_99_of_100_leaks_are_found(make: object, way: str) -> None:
    items = suite_of(make, 300, seed=1)
    suites, chance = Suites({"sea": items}), Random(2)
    found = 0
    for item in items:
        text = item.instruction
        leak = {
            "exact": lambda text=text: asks(text),
            "spaces": lambda text=text: asks(text.upper().replace(" ", "\n ").replace("?", " ？ !")),
            "quoted": lambda text=text: asks(f"Answer briefly, please. {text} 谢谢。", "Here is more of it."),
            "half": lambda text=text: asks("Go on with this.", text[: 7 * len(text) // 10]),
            "edited": lambda text=text: asks(f"问题：{edited(text, chance)}"),
        }[way]()
        found += item.id in {leak.item for leak in suites.leaks(leak)}
    assert found >= (0.99 if way != "edited" else LEAST_OF_EDITED) * len(items)


LEAST_OF_EDITED = 0.95
"""Where the sixth of twelve words is another, no run of eight is left, and seven of ten shingles; measured: 0.967."""


@pytest.mark.parametrize("make", [english, chinese])
def test_near_duplicates_with_a_likeness_of_80_are_all_found(make: object) -> None:
    items = suite_of(make, 300, seed=3)
    suites, chance = Suites({"sea": items}), Random(4)
    for item in items:
        text = item.instruction.rstrip("?？")
        more = words(chance, 1)[0] if text.isascii() else chance.choice(HAN)
        [leak] = suites.leaks(asks(f"{text} {more}"))
        assert (leak.item, leak.how) == (item.id, "near") and leak.overlap >= 0.8


@pytest.mark.parametrize("make", [english, chinese])
@pytest.mark.whole  # seconds
def test_unrelated_rows_are_left_alone(make: object) -> None:
    suites = Suites({"sea": suite_of(make, 500, seed=5)})
    assert not [row for row in suite_of(make, 2000, seed=6) if suites.refusal(row)]
    assert suites.told()["sea"] == {"items": 500, "items_hit": 0, "rows": 0, "same": 0, "near": 0, "covered": 0}


def test_a_row_says_by_what_it_gives_which_item_away() -> None:
    item = asks("Why does the old ferry wait in the harbour until the evening tide has come in?")
    suites = Suites({"sea": [item]})
    assert suites.refusal(asks("why does the old ferry wait in the harbour until the evening tide has come in")) == (
        "contaminated",
        f"asks the same as {item.id} of sea",
    )
    [half] = suites.leaks(asks("Go on.", "Why does the old ferry wait in the harbour until lunch?"))
    assert (half.how, half.overlap) == ("covered", 10 / 16)
    assert half.reason == f"holds 62% of {item.id} of sea in runs of 8 words, more than 50%"
    assert suites.leaks(asks("Go on.", "Why does the old ferry wait in the bay until the evening tide?")) == []


def test_an_item_may_stand_in_the_history_or_in_the_answer() -> None:
    text = "渡轮为什么要在旧港口里一直等到晚上涨潮的时候？"
    suites = Suites({"sea": [asks(text)]})
    assert [leak.how for leak in suites.leaks(asks("还有呢？", history=((text, "因为水浅。"),)))] == ["covered"]
    assert [leak.how for leak in suites.leaks(asks("写一个问题。", output=text))] == ["covered"]


def test_what_many_items_have_in_common_gives_none_away() -> None:
    wording = "Read the passage below with great care and then choose the one best answer from the list: "
    items = [asks(f"{wording}{' '.join(words(Random(seed), 10))}") for seed in range(30)]
    suites = Suites({"sea": items})
    assert not suites.leaks(asks(f"{wording}{' '.join(words(Random(99), 10))}"))
    assert [leak.item for leak in suites.leaks(asks(" ".join(words(Random(7), 10))))] == [items[7].id]


TEMPLATE = {"maker": "templates/params@1", "task": "params"}
SAY = "Name each of the parameters of this Python function, in their order, joined by a comma and a space."


def test_rows_by_template_share_their_wording_and_still_give_away_what_they_are_about() -> None:
    item = asks(SAY, "def fill(text, width=70, *, indent='', expand=True, breaks=True, most=None): ...", **TEMPLATE)
    suites = Suites({"test": [item]})
    assert not suites.leaks(asks(SAY, "def wrap(text, width=70): ...", **TEMPLATE))
    assert not suites.leaks(asks(SAY, "def fill(path): ...", **TEMPLATE))
    assert suites.leaks(asks("Reverse them.", item.input, **TEMPLATE))[0].how == "covered"
    assert suites.leaks(asks(f"{SAY} Please.", item.input, **TEMPLATE))[0].how == "near"


def test_equal_rows_hit_equal_items_in_whatever_order_items_come() -> None:
    items = suite_of(english, 50, seed=8) * 2
    rows = [asks(f"{item.instruction} Now.") for item in items[:20]]
    one, other = Suites({"sea": items}), Suites({"sea": items[::-1]})
    assert [one.leaks(row) for row in rows] == [other.leaks(row) for row in rows]


def test_a_row_counts_once_for_each_suite_that_it_hits() -> None:
    item, twin = asks("Why does the ferry wait for the tide?"), asks("Why does the ferry wait for the tide!")
    suites = Suites({"sea": [item, twin], "land": [item], "sky": [asks("Who is there?")]})
    assert suites.refusal(item)
    told = suites.told()
    assert (told["sea"]["items_hit"], told["sea"]["rows"], told["sea"]["same"]) == (2, 1, 1)
    assert (told["land"]["rows"], told["sky"]["rows"]) == (1, 0)


def test_prompts_without_a_word_are_not_the_same() -> None:
    assert not Suites({"sea": [asks("?!")]}).leaks(asks("…"))


def test_the_screen_refuses_such_rows_before_it_calls_them_duplicates() -> None:
    screen = Screen(max_prompt=400, max_answer=100, max_ready=600)
    item = asks("Why does the ferry wait for the tide?")
    assert screen.refuses(item) is None
    screen.held_out = Suites({"test": [item]}).refusal
    assert screen.refuses(item) == ("contaminated", f"asks the same as {item.id} of test")


def test_suites_are_read_from_jsonl_and_parquet(tmp_path: Path) -> None:
    (tmp_path / "sea.jsonl").write_text('{"prompt": "Why wait?", "answer": "Tide."}\n\n{"prompt": "为什么等？"}\n', "utf-8")
    pq.write_table(pa.table({"prompt": ["Who waits?"], "answer": ["All."]}), tmp_path / "land.parquet")
    suites = read_suites(["*.jsonl", "*.parquet", "sea.*"], tmp_path)
    found = {name: [(item.id, item.instruction) for item in items] for name, items in suites.items()}
    assert found == {
        "land.parquet": [("row 1", "Who waits?")],
        "sea.jsonl": [("row 1", "Why wait?"), ("row 3", "为什么等？")],
    }
    assert set(digests(list(suites), tmp_path)) == set(suites)


@pytest.mark.parametrize("glob", ["", "/etc/*.jsonl", "../*.jsonl", "none/*.jsonl", "a**"])
def test_a_glob_that_leads_nowhere_or_out_is_refused(tmp_path: Path, glob: str) -> None:
    with pytest.raises(ParamsError, match=r"suites in params/instructions.yaml names"):
        read_suites([glob], tmp_path)


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("sea.jsonl", b'{"prmpt": "x", "answer": "y"}', "row 1: no column 'prompt'; there are 'prmpt', 'answer'"),
        ("sea.jsonl", b'{"prompt": "Why?"}\n{}', "row 2: no column 'prompt'; there are none"),
        ("sea.jsonl", b'{"prompt": null}', "row 1: 'prompt' is no text"),
        ("sea.jsonl", b'{"prompt": "Why \\ud800?"}', "row 1: 'prompt' holds half a character"),
        ("sea.jsonl", b"", "holds no row"),
        ("sea.jsonl", b"\n \n", "holds no row"),
        ("sea.jsonl", b'{"prompt": "Why?"}\n{"pro', "row 2: no JSON"),
        ("sea.jsonl", b'["Why?"]', "row 1: no JSON object"),
        ("sea.jsonl", b'{"prompt": "\xff"}', "is not UTF-8"),
        ("sea.parquet", b"PAR1", "cannot be read as parquet"),
        ("sea.csv", b"prompt\nWhy?\n", "is neither .jsonl nor .parquet"),
    ],
)
def test_a_suite_that_cannot_be_read_stops_the_run(tmp_path: Path, name: str, data: bytes, fault: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=fault):
        read_suites(["sea.*"], tmp_path)


def test_a_parquet_without_the_column_stops_the_run(tmp_path: Path) -> None:
    pq.write_table(pa.table({"question": ["Who waits?"]}), tmp_path / "sea.parquet")
    with pytest.raises(InputError, match=r"sea.parquet: no column 'prompt'; there are 'question'"):
        read_suites(["sea.parquet"], tmp_path)
