"""Claim: our engine writes as many tokens a second as transformers does, and more where examples are shared.

    python -m benchmarks.local_completions data/foundation --prompts 32 --new 32 --repeats 2     → benchmarks/COMPLETIONS.md

The same model in one process, in bf16: the same prompts, the same number of new tokens, greedy, no early end. Contenders
take turns, so that a slow minute of the machine slows all of them alike. `generate` is given prompts sorted by length, and
is shown with each batch size; `generate_batch` is transformers' continuous batching, with room for all prompts at once.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import torch
from transformers import ContinuousBatchingConfig, GenerationConfig

from benchmarks.measure import Run, interleaved
from benchmarks.table import ratio, table
from benchmarks.texts import LANGUAGES, Texts
from tasks.causal_lm import load_model, load_tokenizer, prompt_ids
from tasks.completions import Reply, Request
from tasks.completions.local import LocalModel

BATCHES = (16, 32)
READ_AT_ONCE = (256, 1024)
PAGE = 256
"""Tokens of a page of its cache, which has room for all prompts at once; left to itself it takes 13 GB."""
SHORTEST, LONGEST, SHARED = 60, 200, 320
"""Tokens of a prompt, and of the examples before all of them."""
COLUMNS = ("workload", "by", "runs", "seconds", "CPU s", "new tokens/s", "we are faster", "by CPU")


@dataclass(frozen=True, slots=True)
class Load:
    """What each contender is asked."""

    name: str
    prefix: str
    prompts: tuple[str, ...]
    new: int


def compare(local: LocalModel, loads: Sequence[Load], repeats: int) -> str:
    """The table."""
    rows = [row for load in loads for row in _rows(local, load, repeats)]
    return table(COLUMNS, rows) + (
        "New tokens of all prompts by the seconds that reading and writing took. Seconds are medians; «faster» is the ratio "
        "of medians with the least and the most that two runs say. "
        f"{torch.get_num_threads()} threads, {local.model.dtype}.\n"
    )


def workloads(tokenizer: Any, count: int, new: int) -> list[Load]:
    """Prompts of 60 to 200 tokens, English and Chinese in turn; alone, and after 320 tokens that all of them share."""
    texts, draw = Texts(1), Random(1)
    prompts = tuple(
        _cut(tokenizer, texts, LANGUAGES[number % 2], number, draw.randint(SHORTEST, LONGEST)) for number in range(count)
    )
    prefix = _cut(tokenizer, texts, "en", count, SHARED)
    return [Load("distinct", "", prompts, new), Load("shared examples", prefix + "\n\n", prompts, new)]


def _cut(tokenizer: Any, texts: Texts, language: str, number: int, length: int) -> str:
    text = " ".join(texts.document(language, 10 * number + more).text for more in range(6))
    cut: str = tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"][:length])
    return cut


def _rows(local: LocalModel, load: Load, repeats: int) -> list[list[object]]:
    given = [prompt_ids(local.tokenizer, load.prefix + prompt) for prompt in load.prompts]
    starts: dict[str, Callable[[], int]] = {"zhiling": lambda: _ours(local, load)}
    for size in BATCHES:
        starts[f"generate, {size} at once"] = lambda size=size: _generate(local.model, given, load.new, size)  # type: ignore[misc]
    for tokens in READ_AT_ONCE:
        starts[f"generate_batch, {tokens} tokens at once"] = lambda tokens=tokens: _generate_batch(  # type: ignore[misc]
            local.model, given, load.new, tokens
        )
    wanted = len(load.prompts) * load.new
    runs = interleaved({name: _timed(start, wanted) for name, start in starts.items()}, repeats, enough=float("inf"))
    return [_row(load.name, name, some, runs["zhiling"], wanted) for name, some in runs.items()]


def _row(load: str, name: str, runs: Sequence[Run], ours: Sequence[Run], wanted: int) -> list[object]:
    seconds, cpu = [run.seconds for run in runs], [run.cpu for run in runs]
    faster = (ratio(seconds, [run.seconds for run in ours]), ratio(cpu, [run.cpu for run in ours]))
    return [
        load,
        name,
        len(runs),
        f"{median(seconds):.1f}",
        f"{median(cpu):.1f}",
        f"{wanted / median(seconds):.0f}",
        *faster,
    ]


def _timed(start: Callable[[], int], wanted: int) -> Callable[[], Run]:
    """Raises RuntimeError where a contender wrote fewer or more tokens than the others."""

    def run() -> Run:
        clock, cpu = time.monotonic(), time.process_time()
        if (written := start()) != wanted:
            raise RuntimeError(f"{written} new tokens were written, and {wanted} were asked for.")
        return Run(time.monotonic() - clock, time.process_time() - cpu, peak=0)

    return run


def _ours(local: LocalModel, load: Load) -> int:
    requests = [Request(prompt, load.new, prefix=load.prefix, stop=()) for prompt in load.prompts]
    ended = (reply for some in local.replies(requests) for _, reply in some)
    return sum(reply.new_tokens for reply in ended if isinstance(reply, Reply))


@torch.inference_mode()
def _generate(model: Any, given: Sequence[list[int]], new: int, size: int) -> int:
    written = 0
    for some in _batches(sorted(given, key=len), size):
        longest = max(map(len, some))
        ids = torch.tensor([[0] * (longest - len(one)) + one for one in some])
        mask = torch.tensor([[0] * (longest - len(one)) + [1] * len(one) for one in some])
        out = model.generate(ids, attention_mask=mask, generation_config=_greedy(new))
        written += out[:, longest:].numel()
    return written


def _generate_batch(model: Any, given: Sequence[list[int]], new: int, tokens: int) -> int:
    room = sum(-(-(len(one) + new) // PAGE) for one in given)
    config = ContinuousBatchingConfig(page_size=PAGE, num_blocks=room, max_batch_tokens=tokens)
    ended = model.generate_batch(
        list(given), generation_config=_greedy(new), continuous_batching_config=config, warmup=False
    )
    return sum(len(one.generated_tokens) for one in ended.values())


def _greedy(new: int) -> GenerationConfig:
    return GenerationConfig(max_new_tokens=new, do_sample=False, eos_token_id=-1, pad_token_id=0)


def _batches(items: Sequence[list[int]], size: int) -> list[Sequence[list[int]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def endless(folder: Path) -> LocalModel:
    """The model of a folder in bf16, which no token ends: all contenders write as much."""
    model, tokenizer = load_model(folder, dtype=torch.bfloat16), load_tokenizer(folder)
    model.config.eos_token_id = tokenizer.eos_token_id = None
    return LocalModel(model, tokenizer, "benchmark")


def main() -> None:
    """Write the table to stdout."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prompts", type=int, default=96)
    parser.add_argument("--new", type=int, default=48)
    parser.add_argument("--repeats", type=int, default=3)
    wanted = parser.parse_args()
    local = endless(wanted.folder)
    sys.stdout.write(compare(local, workloads(local.tokenizer, wanted.prompts, wanted.new), wanted.repeats))


if __name__ == "__main__":
    main()
