"""Tiny random translation models as folders, saved as their makers save theirs."""

import io
import json
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    M2M100Config,
    M2M100ForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MarianTokenizer,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

SPECIAL = ("<pad>", "</s>", "<unk>", "eng_Latn", "zho_Hans")
SHAPE = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64, "decoder_ffn_dim": 64, "max_position_embeddings": 320,
}  # fmt: skip


def tiny_translator(kind: str, folder: Path, seed: int = 0) -> Path:
    """A marian, m2m100, bart or t5 whose tokens are bytes."""
    _save(kind, folder, seed, vocab_size=261, pad_token_id=0, eos_token_id=1, decoder_start_token_id=0)
    _bytewise().save_pretrained(folder)
    return folder


def tiny_opus(folder: Path) -> Path:
    """A marian with source.spm and target.spm, as opus-mt has them, of a few words."""
    folder.mkdir()
    for name in ("source", "target"):
        (folder / f"{name}.spm").write_bytes(_pieces())
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))
    own = [pieces.id_to_piece(number) for number in range(3, pieces.get_piece_size())]
    words = ["</s>", "<unk>", *own, "<pad>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    pad = len(words) - 1
    _save("marian", folder, 0, vocab_size=len(words), pad_token_id=pad, eos_token_id=0, decoder_start_token_id=pad)
    MarianTokenizer(*(str(folder / name) for name in ("source.spm", "target.spm", "vocab.json"))).save_pretrained(folder)
    return folder


def _save(kind: str, folder: Path, seed: int, **size: int) -> None:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        _made(kind, size).save_pretrained(folder)


def _made(kind: str, size: dict[str, int]) -> Any:
    if kind == "marian":
        return MarianMTModel(MarianConfig(**size, **SHAPE, forced_eos_token_id=size["eos_token_id"]))
    if kind == "bart":
        return BartForConditionalGeneration(BartConfig(**size, **SHAPE, bos_token_id=1))
    if kind == "m2m100":
        return M2M100ForConditionalGeneration(M2M100Config(**size, **SHAPE))
    return T5ForConditionalGeneration(T5Config(**size, d_model=32, d_kv=16, d_ff=64, num_layers=1, num_heads=2))


def _bytewise() -> PreTrainedTokenizerFast:
    alphabet = [*SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE(vocab={token: number for number, token in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>",
        additional_special_tokens=list(SPECIAL[3:]), model_max_length=320,
    )  # fmt: skip


def _pieces() -> bytes:
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["Name a ferry X1X and a boat.", "the sea at night", "说出一艘渡轮的名字"] * 20),
        model_writer=written, vocab_size=60, hard_vocab_limit=False, minloglevel=2, num_threads=1,
    )  # fmt: skip
    return written.getvalue()
