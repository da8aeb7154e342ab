"""The writer: an encoder-decoder with its tokenizer, and how it answers.

    writer = fresh(["en\\nREAD LOUDER\\n\\nread louder", "Write it in capitals."], seed=0)
    writer.replies([Request("en\\nREAD LOUDER\\n\\nread louder", max_new_tokens=64)])   # → one list with one Reply
    writer.identity   → "writer-3f0c…": a hash of weights, configuration and tokenizer

A fresh one is a T5 (Raffel et al. 2020, arXiv:1910.10683) of two layers a side, from random weights; its tokens are
byte-level BPE (Radford et al. 2019), so that no character of any script is unknown. `begun` opens a T5 or BART that somebody
has trained.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors.torch import save
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
from transformers.utils import logging as transformers_logging

from tasks.completions.exchange import Failure, Reply, Request
from tasks.completions.seq2seq import Seq2Seq, Wording
from tasks.errors import InputError
from tasks.records import content_id
from tasks.shards import as_json
from tasks.workspace import Workspace

PADDING, END = 0, 1
SPECIAL = ("<pad>", "</s>")
"""By number."""
VOCABULARY = 4000
KINDS = ("t5", "mt5", "bart")
"""Of models that may be begun with: those whose first token is told by their configuration, and that have no languages."""
LONGEST_READ = 128
"""Tokens; of a longer text the writer reads the beginning. The answer comes first."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in one order, however many cores there are: the same weights and words on a busy machine and on an idle one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _tokenizer_of(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE learnt from texts."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", END)])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=SPECIAL[PADDING], eos_token=SPECIAL[END])


def fresh(texts: Sequence[str], seed: int) -> "Writer":
    """A writer of random weights, about 1.4 million of them, and of tokens learnt from texts."""
    tokenizer = _tokenizer_of(texts)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=128,
        d_kv=32,
        d_ff=512,
        num_layers=2,
        num_heads=4,
        pad_token_id=PADDING,
        eos_token_id=END,
        decoder_start_token_id=PADDING,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Writer(T5ForConditionalGeneration(config).eval(), tokenizer)


def begun(start: str, workspace: Workspace) -> "Writer":
    """The writer that `path:<folder>` or `hub:<org/name>@<commit>` names.

    Raises InputError where there is none, it is not safe, it is no T5 or BART, or its tokenizer is of another kind.
    """
    where = "makers.writer.start in params/instructions.yaml"
    opened = Seq2Seq.named(start, workspace, Wording(), where=where)
    kind = opened.model.config.model_type
    if kind not in KINDS or not opened.tokenizer.is_fast:
        raise InputError(f"{where}: {start} is a {kind}; expected one of {', '.join(KINDS)} with a tokenizer.json.")
    return Writer(opened.model, opened.tokenizer)


@dataclass
class Writer:
    """A network as a Model: the likeliest token, always; each request alone, so that none depends on another."""

    network: Any
    tokenizer: Any

    @cached_property
    def weights(self) -> bytes:
        """As safetensors; equal weights are equal bytes."""
        return save({name: weight.detach().clone() for name, weight in sorted(self.network.state_dict().items())})

    @cached_property
    def identity(self) -> str:
        """All that decides its answers."""
        digest = hashlib.sha256(self.weights).hexdigest()
        config = as_json({name: value for name, value in self.network.config.to_dict().items() if name != "_name_or_path"})
        return f"writer-{content_id('writer', digest, config, self.tokenizer.backend_tokenizer.to_str())}"

    def ids(self, text: str) -> list[int]:
        """Tokens of a text as the network reads it, the one that ends it included; of a long one the beginning."""
        found: list[int] = self.tokenizer(text)["input_ids"]
        return found if len(found) <= LONGEST_READ else [*found[: LONGEST_READ - 1], found[-1]]

    def files(self) -> dict[str, bytes]:
        """As save_pretrained writes a model folder, by name; completions/seq2seq.py opens it, and transformers."""
        transformers_logging.disable_progress_bar()
        with TemporaryDirectory() as folder:
            self.network.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)
            return {file.name: file.read_bytes() for file in sorted(Path(folder).iterdir())}

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """What it writes, one after the other. Nothing fails: too long a text is read as far as LONGEST_READ."""
        for index, request in enumerate(requests):
            with one_thread():
                yield [(index, self._reply(request))]

    @torch.inference_mode()
    def _reply(self, request: Request) -> Reply:
        read, end = self.ids(request.prefix + request.prompt), self.tokenizer.eos_token_id
        encoded = self.network.get_encoder()(input_ids=torch.tensor([read]))
        written: list[int] = []
        past = None
        token = self.network.config.decoder_start_token_id
        while len(written) < request.max_new_tokens:
            step = self.network(
                encoder_outputs=encoded, decoder_input_ids=torch.tensor([[token]]), past_key_values=past, use_cache=True
            )
            past, token = step.past_key_values, int(step.logits[0, -1].argmax())
            written.append(token)
            if token == end:
                break
        finish = "stop" if written and token == end else "length"
        raw = self.tokenizer.decode(written, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Reply(raw, finish, len(written), prompt_tokens=len(read))
