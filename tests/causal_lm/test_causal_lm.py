"""What a causal model thinks of a text: the same as transformers says, with logits on labelled positions alone."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
)

from tasks import causal_lm
from tasks.causal_lm import IGNORED, label_loss, load_model, load_tokenizer, perplexity, prompt_ids, windows
from tasks.errors import InputError
from tasks.model_files import digest
from tasks.shards import new_folder

SMALL = {"vocab_size": 61, "bos_token_id": 2, "eos_token_id": 1}


def gemma3_with_soft_cap() -> Any:
    config = Gemma3TextConfig(
        **SMALL,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        final_logit_softcapping=2.0,
        layer_types=["sliding_attention", "full_attention"],
    )
    return Gemma3ForCausalLM(config)


def llama() -> Any:
    config = LlamaConfig(**SMALL, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2)
    return LlamaForCausalLM(config)


def gpt2() -> Any:
    return GPT2LMHeadModel(GPT2Config(**SMALL, n_embd=16, n_layer=2, n_head=2))


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Three rows of eleven; the second is three shorter, and the first four positions carry no label."""
    ids = torch.randint(3, 61, (3, 11), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 8:] = 0
    labels = ids.masked_fill(mask == 0, IGNORED)
    labels[:, :4] = IGNORED
    return ids, mask, labels


@pytest.mark.parametrize("make", [gemma3_with_soft_cap, llama, gpt2])
def test_loss_and_gradient_are_those_of_transformers(make: Any, batch: tuple[torch.Tensor, ...]) -> None:
    ids, mask, labels = batch
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = make().eval()
    ours, tokens = label_loss(model, ids, mask, labels)
    gradients = torch.autograd.grad(ours, list(model.parameters()))
    theirs = model(input_ids=ids, attention_mask=mask, labels=labels).loss * tokens
    assert tokens == 7 + 4 + 7
    assert torch.allclose(ours, theirs, rtol=1e-5)
    for mine, other in zip(gradients, torch.autograd.grad(theirs, list(model.parameters())), strict=True):
        assert torch.allclose(mine, other, rtol=1e-4, atol=1e-5)


def test_scoring_the_head_in_pieces_changes_nothing(batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model = llama().eval()
    whole, _ = label_loss(model, *batch)
    monkeypatch.setattr(causal_lm, "HEAD_ROWS", 5)
    assert torch.allclose(whole, label_loss(model, *batch)[0], rtol=1e-6)


def test_no_label_costs_nothing_and_still_has_a_gradient_to_add() -> None:
    ids = torch.tensor([[2, 5, 6]])
    loss, tokens = label_loss(llama(), ids, torch.ones_like(ids), torch.full_like(ids, IGNORED))
    assert (float(loss.detach()), tokens) == (0.0, 0)


def test_prompt_ids_open_a_text_and_never_close_it(tiny_foundation: Path) -> None:
    tokenizer = load_tokenizer(tiny_foundation)
    ids = prompt_ids(tokenizer, "hello")
    assert ids[0] == tokenizer.bos_token_id
    assert tokenizer.eos_token_id not in ids
    assert tokenizer.decode(ids[1:]) == "hello"
    assert prompt_ids(tokenizer, "") == [tokenizer.bos_token_id]


def test_windows_hold_every_token_of_a_text_once(tiny_foundation: Path) -> None:
    tokenizer = load_tokenizer(tiny_foundation)
    text = "The quick brown fox, 指令, jumps over the lazy dog." * 3
    pieces = list(windows(tokenizer, text, 16))
    assert all(piece[0] == tokenizer.bos_token_id and len(piece) <= 16 for piece in pieces)
    assert tokenizer.decode([token for piece in pieces for token in piece[1:]]) == text


def test_perplexity_is_the_exponent_of_the_mean_loss_a_token(tiny_foundation: Path) -> None:
    model, tokenizer = load_model(tiny_foundation), load_tokenizer(tiny_foundation)
    text = "The quick brown fox jumps over the lazy dog."
    ids = torch.tensor([prompt_ids(tokenizer, text)])
    expected = math.exp(model(input_ids=ids, labels=ids).loss.item())
    assert perplexity(model, tokenizer, text, window=512) == pytest.approx(expected, rel=1e-5)
    assert perplexity(model, tokenizer, text, window=512) == perplexity(model, tokenizer, text, window=len(ids[0]))


def test_perplexity_of_nothing_is_refused(tiny_foundation: Path) -> None:
    with pytest.raises(InputError, match="at least two tokens"):
        perplexity(load_model(tiny_foundation), load_tokenizer(tiny_foundation), "", window=8)


def test_a_model_comes_in_the_precision_asked_for(tiny_foundation: Path) -> None:
    for dtype in (torch.float32, torch.bfloat16):
        model = load_model(tiny_foundation, dtype=dtype)
        assert {weight.dtype for weight in model.parameters()} == {dtype}
        assert not model.training


def test_a_pickle_is_no_model(tmp_path: Path, tiny_foundation: Path) -> None:
    (tmp_path / "config.json").write_bytes((tiny_foundation / "config.json").read_bytes())
    torch.save({}, tmp_path / "pytorch_model.bin")
    with pytest.raises(InputError, match="only safetensors"):
        load_model(tmp_path)
    with pytest.raises(InputError, match=r"adapter_model\.safetensors"):
        load_model(tiny_foundation, adapter=tmp_path)


def test_a_folder_without_tokenizer_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no tokenizer"):
        load_tokenizer(tmp_path)


def test_the_digest_follows_weights_and_tokenizer_and_nothing_else(tmp_path: Path) -> None:
    def made(name: str, **files: str) -> Path:
        with new_folder(tmp_path / name) as folder:
            for file, text in {"model.safetensors": "w", "tokenizer.json": "t", "NOTICE.md": "n", **files}.items():
                folder.text(file, text)
        return tmp_path / name

    first = digest(made("first"))
    assert first == digest(made("again")) == digest(made("terms", **{"NOTICE.md": "other terms"}))
    assert (
        len({first, digest(made("weights", **{"model.safetensors": "v"})), digest(made("words", **{"tokenizer.json": "s"}))})
        == 3
    )
