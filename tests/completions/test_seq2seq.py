"""Translation models in this process: a tiny random MarianMT, M2M100 and T5 made on the spot, and folders refused."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from tasks.completions import Completion, Failure, Journal, Request, complete
from tasks.completions.seq2seq import Seq2Seq, Wording
from tasks.errors import InputError, IntegrityError

SPECIAL = ("<pad>", "</s>", "<unk>", "eng_Latn", "zho_Hans")
TEXTS = ["Name a ferry.", "说出一艘渡轮。", "X1X", "A longer line about harbours, ferries and the sea at night.", "a"]


def tokenizer() -> PreTrainedTokenizerFast:
    """Byte by byte."""
    alphabet = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    bytewise = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(alphabet)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=bytewise, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=list(SPECIAL[3:]), model_max_length=96,
    )  # fmt: skip


def made(kind: str) -> Any:
    size = {"vocab_size": 261, "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    shape = {
        "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
        "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 96, "forced_eos_token_id": None,
    }  # fmt: skip
    if kind == "marian":
        return MarianMTModel(MarianConfig(**size, **shape))
    if kind == "m2m100":
        return M2M100ForConditionalGeneration(M2M100Config(**size, **shape))
    return T5ForConditionalGeneration(T5Config(**size, d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2))


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """A random model of a kind, saved as its makers save theirs."""

    def saved(kind: str) -> Path:
        with torch.random.fork_rng():
            torch.manual_seed(0)
            made(kind).save_pretrained(tmp_path / kind)
        tokenizer().save_pretrained(tmp_path / kind)
        return tmp_path / kind

    return saved


def opened(folder: Path, wording: Wording = Wording(), expected: str = "") -> Seq2Seq:  # noqa: B008  # frozen
    return Seq2Seq.opened(folder, wording, expected=expected, where="params/x.yaml")


def answers(model: Seq2Seq, journal: Path, texts: list[str]) -> dict[str, Completion | Failure]:
    requests = [Request(text, max_new_tokens=12) for text in texts]
    return dict(zip(texts, complete(requests, model, Journal(journal), about="").results, strict=True))


@pytest.mark.parametrize("kind", ["marian", "m2m100", "t5"])
def test_an_answer_depends_on_no_companion_and_is_the_same_when_asked_again(
    folder: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    place = folder(kind)
    together = answers(opened(place), tmp_path / "1", TEXTS)
    assert answers(opened(place), tmp_path / "2", TEXTS[::-1]) == together
    assert {text: answers(opened(place), tmp_path / text[0], [text])[text] for text in TEXTS} == together
    assert all(isinstance(answer, Completion) and 0 < answer.new_tokens <= 12 for answer in together.values())


def test_an_answer_that_ended_itself_is_told_from_one_that_was_cut_off(folder: Callable[[str], Path]) -> None:
    model = opened(folder("marian"))
    [[(_, cut)]] = model.replies([Request("Name a ferry.", max_new_tokens=12)])
    model.model.final_logits_bias[0, 1] = 1e4  # </s> is likeliest
    [[(_, ended)]] = model.replies([Request("Name a ferry.", max_new_tokens=12)])
    assert (cut.finish, cut.new_tokens) == ("length", 12)  # type: ignore[union-attr]
    assert (ended.finish, ended.new_tokens, ended.raw) == ("stop", 1, "")  # type: ignore[union-attr]


def test_the_language_wanted_stands_first_in_the_answer(folder: Callable[[str], Path], tmp_path: Path) -> None:
    place = folder("m2m100")
    chinese = opened(place, Wording(source_code="eng_Latn", target_code="zho_Hans"))
    english = opened(place, Wording(source_code="zho_Hans", target_code="eng_Latn"))
    assert chinese.identity != english.identity != opened(place).identity
    assert answers(chinese, tmp_path / "j", TEXTS) != answers(english, tmp_path / "j", TEXTS)
    opening = opened(place, Wording(opening=">>zh<< "))
    alone = answers(opened(place), tmp_path / "j", [">>zh<< a"])
    assert answers(opening, tmp_path / "j", ["a"])["a"] == alone[">>zh<< a"]


def test_a_text_that_does_not_fit_has_a_failure_of_its_own(folder: Callable[[str], Path], tmp_path: Path) -> None:
    found = answers(opened(folder("marian")), tmp_path / "j", ["a" * 200, "a"])
    assert isinstance(found["a"], Completion)
    assert isinstance(found["a" * 200], Failure) and found["a" * 200].rule == "too_long"  # type: ignore[union-attr]


def test_other_weights_or_another_vocabulary_are_another_model(folder: Callable[[str], Path]) -> None:
    place = folder("marian")
    before = opened(place).identity
    config = json.loads((place / "tokenizer_config.json").read_text())
    (place / "tokenizer_config.json").write_text(json.dumps({**config, "model_max_length": 80}))
    assert opened(place).identity != before
    with pytest.raises(IntegrityError, match=r"params/x\.yaml: sha256 expects 000"):
        opened(place, expected="0" * 64)


def test_what_could_run_code_or_is_no_translator_is_refused(folder: Callable[[str], Path], tiny_foundation: Path) -> None:
    place = folder("t5")
    with pytest.raises(InputError, match="no 'zho_Hant'"):
        opened(place, Wording(target_code="zho_Hant"))
    (place / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    with pytest.raises(InputError, match="can run code"):
        opened(place)
    with pytest.raises(InputError, match="is not a folder"):
        opened(place / "none")
    with pytest.raises(InputError, match="no sequence-to-sequence model"):
        opened(tiny_foundation)


def test_nothing_is_drawn(folder: Callable[[str], Path]) -> None:
    with pytest.raises(InputError, match=r"temperature 0\.7"):
        list(opened(folder("t5")).replies([Request("a", max_new_tokens=4, temperature=0.7)]))
