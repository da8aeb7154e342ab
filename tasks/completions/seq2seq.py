"""A sequence-to-sequence model in this process, such as a translation model: a text is read whole, and another is written.

    model = Seq2Seq.opened(Path("models/opus-mt-en-zh"), Wording(), where="params/instructions.yaml")
    complete([Request("Name a ferry.", max_new_tokens=48)], model, journal)   → "说出一个渡轮的名字。"

Each text is read alone and greedily: rounding lets no answer depend on its companions, and the models are small.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSeq2SeqLM
from transformers.utils import logging as transformers_logging

from tasks.causal_lm import load_tokenizer
from tasks.completions.exchange import TOO_LONG, Failure, Reply, Request
from tasks.errors import InputError
from tasks.model_folder import WANTED_OF_TRANSLATORS, checked_sha256, fetched, is_weights, screened
from tasks.records import content_id
from tasks.shards import sha256_of
from tasks.workspace import Workspace

ENGINE = "seq2seq@1"
"""Part of every key of the journal: raise it with any change here that may change an answer."""


@dataclass(frozen=True, slots=True)
class Wording:
    """How a model is told what to do; all "" for one that does one thing."""

    opening: str = ""
    """What stands before each text: "translate English to German: " for T5."""
    source_code: str = ""
    """What the tokenizer calls the language that a text is in: eng_Latn for NLLB, en for M2M100."""
    target_code: str = ""
    """The token that the answer begins with: zho_Hans for NLLB, __zh__ for M2M100."""


@dataclass(frozen=True, slots=True)
class Seq2Seq:
    """A model with an encoder and a decoder, and its tokenizer. `digest` stands for all files that decide its answers."""

    model: Any
    tokenizer: Any
    digest: str
    wording: Wording = Wording()

    @staticmethod
    def opened(folder: Path, wording: Wording, *, expected: str = "", where: str) -> "Seq2Seq":
        """A model folder with safetensors, in fp32. `where` is what named it.

        Raises InputError where it is missing, incomplete, unsafe or of another kind, IntegrityError where the SHA-256 of its
        weights is not the one expected.
        """
        if not folder.is_dir():
            raise InputError(f"{folder} is not a folder. Name one that save_pretrained has written in {where}.")
        files = screened(folder, WANTED_OF_TRANSLATORS)
        checked_sha256([file for file in files if is_weights(file)], expected, folder.name, where)
        tokenizer = load_tokenizer(folder)
        _refuse_unknown(tokenizer, wording, where)
        if wording.source_code:
            tokenizer.src_lang = wording.source_code
        return Seq2Seq(_loaded(folder), tokenizer, _digest(files), wording)

    @staticmethod
    def named(name: str, workspace: Workspace, wording: Wording, *, expected: str = "", where: str) -> "Seq2Seq":
        """`opened`, of `path:<folder>` in the checkout or `hub:<org/name>@<commit>`."""
        kind, _, place = name.partition(":")
        if kind == "path":
            return Seq2Seq.opened(workspace.root / place, wording, expected=expected, where=where)
        folder = fetched(place, workspace.cache / "hub", where=where, wanted=WANTED_OF_TRANSLATORS)
        return Seq2Seq.opened(folder, wording, expected=expected, where=where)

    @property
    def identity(self) -> str:
        """Files, precision, engine, and how it is told what to do."""
        wording = content_id("wording", self.wording.opening, self.wording.source_code, self.wording.target_code)
        return f"{self.digest} {self.model.dtype} {ENGINE} {wording}"

    def replies(self, requests: Sequence[Request]) -> Iterator[list[tuple[int, Reply | Failure]]]:
        """An answer after the other. Raises InputError for a request with a temperature: nothing is drawn here."""
        for index, request in enumerate(requests):
            if request.temperature or request.max_new_tokens < 1:
                raise InputError(
                    f"A request with temperature {request.temperature} and {request.max_new_tokens} new tokens: a "
                    "model that translates takes the likeliest token, and must write one at least. Set the temperature to 0."
                )
            yield [(index, self._reply(request))]

    @torch.inference_mode()
    def _reply(self, request: Request) -> Reply | Failure:
        read = self.tokenizer(self.wording.opening + request.prefix + request.prompt, return_tensors="pt")
        length, context = read["input_ids"].shape[1], _context(self.model, self.tokenizer)
        if max(length, request.max_new_tokens + 2) > context:  # the token that begins an answer, and that of its language
            return Failure(
                TOO_LONG,
                f"a text of {length} tokens and an answer of {request.max_new_tokens} must each fit into the model's "
                f"context of {context:g}; it begins {request.prompt[:60]!r}.",
            )
        code = self.wording.target_code
        [ids] = self.model.generate(
            input_ids=read["input_ids"], attention_mask=read["attention_mask"],
            forced_bos_token_id=self.tokenizer.convert_tokens_to_ids(code) if code else None,
            max_new_tokens=request.max_new_tokens, num_beams=1, do_sample=False,
        )  # fmt: skip
        written = ids[1:].tolist()  # the first is the decoder's own
        finish = "stop" if written and written[-1] == self.tokenizer.eos_token_id else "length"
        raw = self.tokenizer.decode(written, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return Reply(raw, finish, len(written), length)


def _loaded(folder: Path) -> Any:
    transformers_logging.disable_progress_bar()
    try:
        model = AutoModelForSeq2SeqLM.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False, use_safetensors=True
        )
    except ValueError as error:  # a configuration of another kind of model
        raise InputError(
            f"{folder} holds no sequence-to-sequence model ({str(error).splitlines()[0][:200]}). "
            "Name a MarianMT, NLLB, M2M100, T5 or the like."
        ) from error
    model.generation_config.forced_eos_token_id = None  # it would close what is cut off, which then looks whole
    return model.eval()


def _digest(files: Sequence[Path]) -> str:
    """16 hex digits over names and contents."""
    return content_id("seq2seq", *(part for file in files for part in (file.name, sha256_of(file))))


def _context(model: Any, tokenizer: Any) -> float:
    """Tokens that fit: by learnt or computed places, else by what the tokenizer says; T5 has no end."""
    places = getattr(model.config, "max_position_embeddings", None) or math.inf
    return float(min(places, tokenizer.model_max_length))


def _refuse_unknown(tokenizer: Any, wording: Wording, where: str) -> None:
    known = tokenizer.get_vocab()
    for code, tokens in (
        (wording.source_code, {wording.source_code, f"__{wording.source_code}__"}),
        (wording.target_code, {wording.target_code}),
    ):
        if code and not tokens & known.keys():
            raise InputError(f"{where}: the tokenizer knows no {code!r}. Its language codes are among its special tokens.")
