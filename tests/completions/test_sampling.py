"""Drawn answers: by the model's probabilities, and by the request alone."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy.stats import chisquare

from tasks.causal_lm import head, load_model, load_tokenizer, prompt_ids
from tasks.completions import Reply, Request
from tasks.completions.local import LocalModel
from tasks.completions.sampling import draw
from tasks.errors import InputError

MANY = 1024
FOUR = torch.tensor([0.1, 0.4, 0.3, 0.2]).log()


@pytest.fixture(scope="module", params=[torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
def local(request: pytest.FixtureRequest, tiny_foundation: Path) -> LocalModel:
    return LocalModel(load_model(tiny_foundation, dtype=request.param), load_tokenizer(tiny_foundation), "tiny", slots=4)


def drawn(text: str, **changes: float) -> Request:
    return replace(Request(text, max_new_tokens=9, temperature=1.0, stop=()), **changes)


def raws(local: LocalModel, asked: Sequence[Request]) -> list[str]:
    found = {index: reply.raw for ended in local.replies(asked) for index, reply in ended if isinstance(reply, Reply)}
    return [found[index] for index in range(len(asked))]


def tokens(chances: int, *, temperature: float = 1.0, top_p: float = 1.0) -> set[int]:
    """All that evenly spread chances draw from FOUR."""
    return {draw(FOUR, temperature=temperature, top_p=top_p, chance=number / chances) for number in range(chances)}


def test_chances_are_shared_out_in_the_order_of_the_vocabulary() -> None:
    found = [draw(FOUR, temperature=1.0, top_p=1.0, chance=chance) for chance in (0.0, 0.09, 0.11, 0.49, 0.51, 0.79, 0.81)]
    assert found == [0, 0, 1, 1, 2, 2, 3]
    assert draw(FOUR, temperature=1.0, top_p=1.0, chance=1 - 2**-53) == 3


def test_the_nucleus_is_cut_where_its_probabilities_reach_top_p() -> None:
    assert [tokens(50, top_p=top_p) for top_p in (0.05, 0.39, 0.5, 0.75, 1.0)] == [{1}, {1}, {1, 2}, {1, 2, 3}, {0, 1, 2, 3}]
    even = torch.zeros(4)  # who would choose among equals? all of them stay
    assert {draw(even, temperature=1.0, top_p=0.3, chance=chance) for chance in (0.1, 0.3, 0.6, 0.9)} == {0, 1, 2, 3}


def test_a_wide_nucleus_is_found() -> None:
    logits = torch.arange(4 * MANY).float() * 1e-5
    found = {draw(logits, temperature=1.0, top_p=0.5, chance=number / 5000) for number in range(0, 5000, 7)}
    assert 1.9 * MANY < min(found) < 2.1 * MANY and max(found) > 3.9 * MANY
    assert draw(logits, temperature=1.0, top_p=1 - 1e-12, chance=0.0) == 0


def test_tokens_of_no_probability_are_never_drawn() -> None:
    logits = torch.full((3 * MANY + 7,), -1000.0)
    possible = [5, MANY - 1, MANY, 3 * MANY + 6]
    logits[possible] = 0.0
    found = [
        draw(logits, temperature=1.0, top_p=1.0, chance=number / 4 + within) for number in range(4) for within in (0, 0.249)
    ]
    assert found == [token for token in possible for _ in range(2)]
    assert draw(logits, temperature=1.0, top_p=1.0, chance=1 - 2**-53) == possible[-1]


@pytest.mark.parametrize("temperature", [1e-3, 1e-30])
def test_a_temperature_next_to_nothing_takes_the_likeliest(temperature: float) -> None:
    assert tokens(50, temperature=temperature) == {1}


def test_an_answer_is_drawn_by_its_request_alone(local: LocalModel) -> None:
    texts = ("The", "def", "指令 the lazy dog", "the quick brown fox jumps over the lazy dog; " * 3)
    asked = [
        *(drawn(text, sample=sample, top_p=top_p) for text in texts for sample in (0, 1) for top_p in (1.0, 0.8)),
        *(replace(drawn(text, temperature=0.0), max_new_tokens=5) for text in texts),
    ]
    together = dict(zip(asked, raws(local, asked), strict=True))
    shuffled = random.Random(5).sample(asked, k=len(asked))
    assert dict(zip(shuffled, raws(local, shuffled), strict=True)) == together
    assert raws(local, [shuffled[0]]) == [together[shuffled[0]]]
    assert raws(local, [asked[0], asked[0], asked[1]]) == [together[one] for one in (asked[0], asked[0], asked[1])]
    greedy = asked[-len(texts) :]
    assert raws(local, greedy) == [together[request] for request in greedy]


def test_another_sample_is_another_answer_and_more_room_the_same_one_going_on(local: LocalModel) -> None:
    samples = raws(local, [drawn("The", sample=number) for number in range(8)])
    assert len(set(samples)) == 8
    short, longer = raws(local, [drawn("The"), replace(drawn("The"), max_new_tokens=20)])
    assert longer.encode()[: len(short.rstrip("\ufffd").encode())] == short.rstrip("\ufffd").encode()  # half a character


def test_next_to_no_temperature_answers_as_none_does(local: LocalModel) -> None:
    if local.model.dtype == torch.bfloat16:
        pytest.skip("In bf16 several tokens are the likeliest.")
    assert raws(local, [drawn("The", temperature=1e-6)]) == raws(local, [drawn("The", temperature=0.0)])


@pytest.mark.whole
@pytest.mark.parametrize("cap", [None, 0.5])
def test_tokens_come_as_often_as_the_model_says(local: LocalModel, cap: float | None) -> None:
    config, many, temperature = local.model.config, 3000, 0.05
    before, config.final_logit_softcapping = config.final_logit_softcapping, cap
    try:
        requests = [replace(drawn("def", sample=n, temperature=temperature), max_new_tokens=1) for n in range(many)]
        found = Counter(raws(LocalModel(local.model, local.tokenizer, "tiny", slots=48), requests))
        with torch.inference_mode():
            ids = torch.tensor([prompt_ids(local.tokenizer, "def")])
            said = torch.softmax(head(local.model, local.model.base_model(ids).last_hidden_state[0, -1]) / temperature, 0)
    finally:
        config.final_logit_softcapping = before
    expected: Counter[str] = Counter()
    for token, probability in enumerate(said.tolist()):
        expected[local.tokenizer.decode([token], skip_special_tokens=True)] += probability * many
    often = {text for text, count in expected.items() if count >= 5}
    counts = [found[text] for text in often] + [many - sum(found[text] for text in often)]
    wanted = [expected[text] for text in often]
    rest = many - sum(wanted)
    assert len(often) > 5 and chisquare([*counts[:-1], *counts[-1:]], [*wanted, rest]).pvalue > 0.001


@pytest.mark.parametrize("changes", [{"temperature": -1.0}, {"temperature": float("nan")}, {"top_p": 0.0}, {"top_p": 1.5}])
def test_numbers_that_are_no_probability_are_refused(local: LocalModel, changes: dict[str, float]) -> None:
    with pytest.raises(InputError, match="begins 'The'"):
        raws(local, [drawn("The", **changes)])
