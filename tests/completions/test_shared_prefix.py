"""A prefix held once is read as if it stood in every slot: far behind the window, beside other prefixes, in any company."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from tasks.causal_lm import load_model, load_tokenizer, prompt_ids
from tasks.completions import Reply, Request
from tasks.completions.local import LocalModel
from tasks.completions.shared_prefix import attending, can_share, tiled
from tasks.completions.slots import Slots
from tasks.errors import InputError

SHORT, LONG, CHINESE = "a → A\n", "the quick brown fox → THE QUICK BROWN FOX\n" * 6, "猫 → cat，狗 → dog。\n" * 5


@pytest.fixture(scope="module")
def gemma(tiny_foundation: Path) -> LocalModel:
    """In fp32, with a window of 32 tokens, which LONG and CHINESE do not fit into."""
    return LocalModel(load_model(tiny_foundation), load_tokenizer(tiny_foundation), "tiny", slots=12)


@pytest.fixture
def llama() -> Any:
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(hidden_size=64, intermediate_size=96, num_hidden_layers=2, vocab_size=99, num_attention_heads=4)
    ).eval()


def requests() -> list[Request]:
    """Three prefixes in turn; answers of up to 47 tokens, by whose end a local layer has lost sight of every prefix."""
    return [
        Request(f"{word} →", max_new_tokens=7 + 4 * number, prefix=(SHORT, LONG, CHINESE)[number % 3], stop=())
        for number, word in enumerate(
            ["hello", "鸟", "def f(x):", "one two three four", "", "鱼，", "z", "fox", "the", "row", "no"]
        )
        if word
    ]


def raws(local: LocalModel, asked: Sequence[Request]) -> list[str]:
    found = {index: reply.raw for some in local.replies(asked) for index, reply in some if isinstance(reply, Reply)}
    return [found[index] for index in range(len(asked))]


def test_answers_behind_a_shared_prefix_are_those_of_generate(gemma: LocalModel) -> None:
    assert can_share(gemma.model)
    for request, raw in zip(requests(), raws(gemma, requests()), strict=True):
        own = gemma.tokenizer(request.prompt, add_special_tokens=False)["input_ids"]
        ids = [*prompt_ids(gemma.tokenizer, request.prefix), *own]
        given = torch.tensor([ids])
        out = gemma.model.generate(
            given, attention_mask=torch.ones_like(given), max_new_tokens=request.max_new_tokens, do_sample=False
        )
        assert raw == gemma.tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_companions_with_other_prefixes_change_nothing(tiny_foundation: Path, dtype: torch.dtype) -> None:
    local = LocalModel(load_model(tiny_foundation, dtype=dtype), load_tokenizer(tiny_foundation), "tiny", slots=12)
    together = raws(local, requests())
    assert raws(local, requests()[::-1]) == together[::-1]
    assert [raws(local, [request])[0] for request in requests()] == together


def test_a_model_with_an_attention_of_its_own_reads_copies_and_answers_alike(gemma: LocalModel) -> None:
    shared = raws(gemma, requests())
    gemma.model.set_attn_implementation("eager")
    try:
        assert not can_share(gemma.model)
        assert raws(gemma, requests()) == shared
    finally:
        gemma.model.set_attn_implementation("sdpa")


def test_the_models_own_attention_is_back_after_a_pass(llama: Any) -> None:
    with pytest.raises(RuntimeError, match="within"), attending(llama):
        raise RuntimeError("within")
    assert llama.config._attn_implementation == "sdpa"


def test_what_a_model_asks_for_and_this_attention_does_not_do_is_refused(llama: Any) -> None:
    slots = Slots(layers=2, count=1, length=4)
    slots.share(llama.config)
    with attending(llama), pytest.raises(InputError, match=r"told \['s_aux'\]"):
        llama.base_model(input_ids=torch.tensor([[5]]), use_cache=False, shared=slots, s_aux=torch.zeros(4))


def test_rows_stand_in_tiles_of_one_size() -> None:
    assert list(tiled([3, 5, 6], 2)) == [((3, 5), 2), ((6, 6), 1)]
    assert list(tiled([], 2)) == []
