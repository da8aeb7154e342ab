"""From marked rows to numbers to a verdict, on rows small enough to count by hand."""

from random import Random
from typing import Any

import pytest

from tasks.records import Pair, pair_id
from tasks.scores.gate import verdict
from tasks.scores.marks import FEW_SHOT, MAJORITY, TUNED, ZERO_SHOT, Marks, Row, mark
from tasks.scores.summary import summary

KEPT = {"LICENSE": {"base": 10.0, "tuned": 12.0, "ratio": 1.2}}
LOST = {"LICENSE": {"base": 10.0, "tuned": 19.0, "ratio": 1.9}}


def pair(output: str, *, task: str = "upper", source: str = "docs:json", **fields: Any) -> Pair:
    known = {
        "instruction": "Say it.",
        "input": f"{source} {task}",
        "history": (),
        "language": "en",
        "maker": "templates/t@1",
    }
    rest = {"parents": (), "constraints": (), "label": "", "license": "PSF-2.0", "split": "test"}
    return Pair(id=pair_id(task, source, output), output=output, task=task, source=source, **{**known, **rest, **fields})


def row(number: int, *, zero_shot: str, few_shot: str, tuned: str, **fields: Any) -> Row:
    asked = pair(f"YES {number}", source=f"docs:{number // 2}", **fields)
    said = {MAJORITY: "no", ZERO_SHOT: zero_shot, FEW_SHOT: few_shot, TUNED: tuned}
    answers = {system: f"YES {number}" if word == "right" else "no" for system, word in said.items()}
    return Row(asked, answers, {name: mark(answer, asked) for name, answer in answers.items()}, {TUNED: 1.0, ZERO_SHOT: 3.0})


def rows(count: int = 40, **who: str) -> list[Row]:
    known = {"zero_shot": "wrong", "few_shot": "wrong", "tuned": "right"}
    return [row(number, **{**known, **who}) for number in range(count)]


def judged(some: list[Row], forgetting: dict[str, Any] = KEPT, min_gain: float = 0.1) -> dict[str, Any]:
    return verdict(summary(some, resamples=2000, seed=0), forgetting, min_gain=min_gain, max_forgetting=1.5)


def test_marks_look_at_the_words_and_at_the_form() -> None:
    asked = pair('["a", "b"]', constraints=("json", "one_line"))
    assert mark(' ["a", "b"]\n', asked) == Marks(exact=1.0, rouge_l=1.0, format=1.0)
    assert mark('["a", "c"]', asked) == Marks(exact=0.0, rouge_l=0.5, format=1.0)
    assert mark("a and b", asked) == Marks(exact=0.0, rouge_l=0.8, format=0.0)
    assert mark("a", pair("a")) == Marks(exact=1.0, rouge_l=1.0, format=None)


def test_a_clear_gain_that_forgets_little_passes() -> None:
    found = judged(rows())
    assert found["passed"] is True
    assert found["few_shot"] == "better"
    assert "+1.00 [+1.00, +1.00] over the base zero-shot" in found["reasons"][0]
    assert "1.20 times" in found["reasons"][1]


def test_a_gain_paid_with_too_much_forgetting_fails_and_says_so() -> None:
    found = judged(rows(), LOST)
    assert found["passed"] is False
    assert found["reasons"][1] == (
        "Perplexity on LICENSE went from 10.0 to 19.0 (1.90 times); the gate allows 1.50 times: failed."
    )


def test_no_change_is_no_evidence_and_fails() -> None:
    found = judged(rows(zero_shot="right", few_shot="right"))
    assert found["passed"] is False
    assert found["few_shot"] == "no evidence of change"


def test_a_sure_gain_below_the_asked_one_fails() -> None:
    some = rows(36, zero_shot="right") + [
        row(number, zero_shot="wrong", few_shot="wrong", tuned="right") for number in range(36, 76)
    ]
    assert judged(some, min_gain=0.5)["passed"] is True
    assert judged(some, min_gain=0.6)["passed"] is False


def test_losing_to_few_shot_is_named_but_does_not_decide() -> None:
    some = rows() + [
        row(number, zero_shot="wrong", few_shot="right", tuned="wrong", task="split") for number in range(40, 44)
    ]
    found = judged(some)
    assert found["passed"] is True
    assert "lower on split (shown, does not decide)" in found["reasons"][-1]
    beaten = judged([row(n, zero_shot="wrong", few_shot="right", tuned="right" if n % 2 else "wrong") for n in range(40)])
    assert beaten["few_shot"] == "worse"
    assert beaten["passed"] is True


def test_parts_add_up_to_the_whole_and_format_counts_only_rows_that_ask_for_one() -> None:
    some = [*rows(6), *[row(n, zero_shot="right", few_shot="wrong", tuned="wrong", task="json") for n in range(6, 10)]]
    strict = row(10, zero_shot="wrong", few_shot="wrong", tuned="right", task="json", language="zh", constraints=("upper",))
    numbers = summary([*some, strict], resamples=2000, seed=0)
    assert numbers["overall"]["rows"] == 11 == sum(part["rows"] for part in numbers["by_task"].values())
    assert numbers["overall"]["sources"] == 6
    assert numbers["by_task"]["json"]["systems"][ZERO_SHOT]["exact"] == 0.8
    assert numbers["by_language"]["zh"]["systems"][TUNED] == {"exact": 1.0, "rouge_l": 1.0, "format": 1.0, "loss": 1.0}
    assert "format" not in numbers["by_task"]["upper"]["systems"][TUNED]
    assert "format" not in numbers["by_task"]["upper"]["differences"]["tuned - base_few_shot"]
    assert numbers["overall"]["systems"][TUNED]["format"] == 1.0


def test_the_order_of_rows_does_not_show_in_any_number() -> None:
    some = [*rows(7), *[row(n, zero_shot="right", few_shot="wrong", tuned="wrong", task="json") for n in range(7, 12)]]
    shuffled = Random(0).sample(some, len(some))
    assert summary(some, resamples=2000, seed=0) == summary(shuffled, resamples=2000, seed=0)


def test_a_check_nobody_knows_is_an_error_that_names_it() -> None:
    with pytest.raises(ValueError, match="sonnet"):
        mark("a", pair("a", constraints=("sonnet",)))
