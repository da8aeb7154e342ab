"""The SentencePiece vocabulary of a Gemma GGUF file → tokenizer.json and tokenizer_config.json.

The file lists tokens in the order they were merged, but not the merges. Every way to cut a token into two others is a merge,
and the token's place in the list is the merge's rank:

    ["h", "e", "y", "he", "hey"] → merges [("h", "e"), ("he", "y")]
"""

import json
from collections.abc import Sequence
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE

CONTROL, USER_DEFINED = 3, 4
"""Kinds of token in GGUF that are never cut: <bos>, and pieces such as runs of newlines."""

SPACE = "\u2581"


def write_tokenizer(tokens: Sequence[str], kinds: Sequence[int], folder: Path) -> None:
    """Write tokenizer.json and tokenizer_config.json; `kinds` holds GGUF's number for the kind of each token."""
    # Runs of spaces stand in the file as spaces, while the tokenizer looks them up after replacing each by SPACE.
    spelled = [SPACE * len(token) if len(token) > 1 and not token.strip(" ") else token for token in tokens]
    vocabulary = {token: number for number, token in enumerate(spelled)}
    tokenizer = Tokenizer(BPE(vocabulary, merges(vocabulary), unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", SPACE)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence([decoders.Replace(SPACE, " "), decoders.ByteFallback(), decoders.Fuse()])
    control = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL]
    whole = [token for token, kind in zip(tokens, kinds, strict=True) if kind == USER_DEFINED and token in vocabulary]
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in control])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in whole])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos>:1 $B:1", special_tokens=[("<bos>", vocabulary["<bos>"])]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    named = {f"{name}_token": f"<{name}>" for name in ("bos", "eos", "mask", "pad", "unk")}
    config = {**named, "tokenizer_class": "GemmaTokenizer", "padding_side": "left"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def merges(vocabulary: dict[str, int]) -> list[tuple[str, str]]:
    """All pairs of tokens that join to a token, in the vocabulary's order of that token, longest left part first."""
    pairs: list[tuple[str, str]] = []
    for token in vocabulary:
        cuts = [(token[:at], token[at:]) for at in range(len(token) - 1, 0, -1)]
        pairs.extend(pair for pair in cuts if pair[0] in vocabulary and pair[1] in vocabulary)
    return pairs
