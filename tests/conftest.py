"""What tests of several stages share: a tiny model made on the spot, not half a gigabyte from a package; MLflow's server."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tasks.shards import new_folder

# Threads that wait for each other cost more than they give on a model this small: 25 s against 2 s on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# No deadlines: this machine is noisy. Derandomized: a red test is red again.
settings.register_profile("zhiling", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("zhiling")

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell that starts us in the background has us ignore Ctrl-C, and what we start would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

LINES = (
    "### Task\nSay it in upper case.\n### Input\nhello\n### Answer\nHELLO\n\n",
    "### Task\nName the parameters, joined by a comma.\n### Input\ndef loads(s, *, cls=None): ...\n### Answer\ns, cls\n\n",
    "### Task\n用大写字母写出来。\n### Input\n指令\n### Answer\n这段文字说的是指令。\n\n",
    "The quick brown fox jumps over the lazy dog; return the number of words in it, and why.\n",
)
SPECIAL = ("<pad>", "<eos>", "<bos>", "<unk>")
"""In Gemma's order, so that ids agree with the real foundation: 0, 1, 2, 3."""


@pytest.fixture(scope="session")
def tiny_foundation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """data/foundation/ with a random Gemma 3 of 0.2 M parameters and 432 byte-level tokens: the same bytes each time."""
    return make_tiny_foundation(tmp_path_factory.mktemp("tiny") / "data" / "foundation")


MlflowServer = Callable[[Path, int], AbstractContextManager[subprocess.Popen[bytes]]]


@pytest.fixture
def mlflow_server() -> MlflowServer:
    """`with mlflow_server(folder, port) as process:` a tracking server that answers; killed at the end, if not before."""
    return _mlflow_server


@contextmanager
def _mlflow_server(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    words = ["server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    where = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder / "artifacts")]
    environment = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (folder / "server.log").open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, *where],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        until = time.monotonic() + 90
        while not _answers(f"http://127.0.0.1:{port}/health"):
            assert server.poll() is None and time.monotonic() < until, (folder / "server.log").read_text()
            time.sleep(0.3)
        yield server
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=1).close()
    except OSError:
        return False
    return True


def make_tiny_foundation(final: Path) -> Path:
    """Publish the tiny model as `final`."""
    import torch
    from transformers import Gemma3ForCausalLM, Gemma3TextConfig, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_byte_pair_tokenizer(), pad_token="<pad>", eos_token="<eos>", bos_token="<bos>", unk_token="<unk>"
    )
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=4,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=32,
        query_pre_attn_scalar=32,
        sliding_window=32,
        layer_types=["sliding_attention", "full_attention"] * 2,
        max_position_embeddings=1024,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = Gemma3ForCausalLM(config)
    with new_folder(final) as folder:
        model.to(torch.bfloat16).save_pretrained(folder.path)
        tokenizer.save_pretrained(folder.path)
        folder.facts["source"] = "tests/conftest.py"
    return final


def _byte_pair_tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=512, special_tokens=list(SPECIAL), initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(LINES, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<bos> $A", special_tokens=[("<bos>", 2)])
    return tokenizer
