"""data/model/: the foundation after supervised fine-tuning on data/instructions/train.

data/model/  adapter_model.safetensors  adapter_config.json        (lora)
             model.safetensors  config.json  tokenizer.json  …     (full)
             training.json  dropped/  manifest.json
"""

import hashlib
import json
import shutil
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from tasks.causal_lm import load_tokenizer
from tasks.errors import ParamsError
from tasks.ledger import Books
from tasks.model.batches import replay_rows_per_step
from tasks.model.job import Job
from tasks.model.ranks import run_ranks
from tasks.model.rows import Row, answer_rows, packed, replay_rows
from tasks.model.settings import ModelParams
from tasks.model_files import digest
from tasks.precision import multiplies_bf16
from tasks.records import Document, Dropped, Pair, content_id
from tasks.shards import new_folder, read_rows, sha256_of, verify
from tasks.tracking import Numbers
from tasks.workspace import Workspace


def make(params: ModelParams, workspace: Workspace, numbers: Numbers) -> None:
    """Train and publish. Raises TrainingError, InputError, ParamsError or IntegrityError, and then publishes nothing."""
    foundation, instructions = workspace.data / "foundation", workspace.data / "instructions"
    params = _with_precision(params)
    _refuse_idle_ranks(params)
    verify(foundation)
    tokenizer = load_tokenizer(foundation)
    books = Books("model")
    answers = packed(answer_rows(read_rows(instructions, "train", Pair), tokenizer, params.max_tokens, books))
    replay = packed(_replay(params, instructions, tokenizer))
    scratch = workspace.cache / "model" / _key(params, digest(foundation), answers, replay)
    job = Job(
        params=params, scratch=scratch, foundation=foundation, numbers=numbers.file, padding=tokenizer.pad_token_id or 0
    )
    if not (job.result / "manifest.json").exists():
        scratch.mkdir(parents=True, exist_ok=True)
        job.answers.write_bytes(answers)
        job.replay.write_bytes(replay)
        run_ranks(job)
    _publish(job, workspace.data / "model", books)
    shutil.rmtree(scratch.parent)  # what killed trainings with other params have left, too


def _with_precision(params: ModelParams) -> ModelParams:
    """Params whose precision is settled, so that all ranks, and a run that goes on, multiply alike."""
    if params.precision != "auto":
        return params
    on_gpu = torch.cuda.is_available()
    able = torch.cuda.is_bf16_supported(including_emulation=False) if on_gpu else multiplies_bf16()
    return replace(params, precision="bf16" if able else "fp32")


def _refuse_idle_ranks(params: ModelParams) -> None:
    """A rank without an answer would have no gradient to sum with the others', and all would wait for ever.

    One without plain text has: that of its answers.
    """
    plain = replay_rows_per_step(params)
    if params.rows_per_step - plain < params.ranks:
        raise ParamsError(
            f"params/model.yaml: rows_per_step = {params.rows_per_step} less {plain} of plain text (replay_share = "
            f"{params.replay_share}) leaves {params.rows_per_step - plain} answers a step for ranks = {params.ranks}; each "
            "rank needs one at least. Raise rows_per_step, or lower ranks or replay_share."
        )


def _replay(params: ModelParams, instructions: Path, tokenizer: Any) -> list[Row]:
    """Plain text to learn beside the answers, if any is asked for."""
    if replay_rows_per_step(params) == 0:
        return []
    if rows := replay_rows(read_rows(instructions, "replay", Document), tokenizer, params.replay_tokens):
        return rows
    raise ParamsError(
        f"params/model.yaml: replay_share = {params.replay_share} asks for plain text, but {instructions / 'replay'} "
        "holds none of 16 tokens or more. Set replay_share to 0, or let the instructions stage keep some text."
    )


def _key(params: ModelParams, foundation: str, answers: bytes, replay: bytes) -> str:
    """Digest of what decides the result, code and libraries too: the name under which a killed run is found again."""
    asked = {name: value for name, value in asdict(params).items() if name != "checkpoint_every"}
    rows = (hashlib.sha256(part).hexdigest() for part in (answers, replay))
    here = Path(__file__).parent
    code = (sha256_of(file) for file in [*sorted(here.glob("*.py")), here.parent / "causal_lm.py"])
    libraries = (version(name) for name in ("torch", "transformers", "peft"))
    return content_id("training", json.dumps(asked, sort_keys=True), foundation, *rows, *libraries, *code)


def _publish(job: Job, final: Path, books: Books) -> None:
    """The result as data/model, with the books and what it was made of."""
    verify(job.result)
    with new_folder(final) as out:
        for file in sorted(job.result.iterdir()):
            if file.name != "manifest.json":
                shutil.copyfile(file, out.path / file.name)
        out.rows("dropped", books.dropped, Dropped)
        out.facts["books"] = books.balance()
        out.facts["foundation"] = digest(job.foundation)
        out.facts["method"] = job.params.method
        out.facts["precision"] = job.params.precision
