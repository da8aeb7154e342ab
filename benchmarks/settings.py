"""What a benchmark is asked to do: `--documents 50000 --variants 7000 --repeats 3 --peers .cache/peers`."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """One invocation."""

    documents: int
    """Far apart, half of them English and half Chinese."""
    variants: int
    """Planted beside them: edited copies, four of five so alike that one must go."""
    repeats: int
    """Runs of each contender, in turn."""
    enough: float
    """Seconds after which a slow contender is not run again."""
    sizes: tuple[int, ...]
    """Documents of each corpus of the scale table."""
    seed: int
    scratch: Path
    """Folder for corpora and what contenders write; emptied."""
    peers: Path | None
    """Folder with the peers' venv; None measures us alone."""
    text: Path | None
    """Folder of .txt files to take sentences from."""

    def environment(self, contender: str) -> dict[str, str]:
        """For a contender: nobody downloads anything, and distilabel 1.5 needs datasketch 1."""
        old = {"PYTHONPATH": str(self.peers / "datasketch-1")} if self.peers and contender == "distilabel" else {}
        return {"UV_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.getcwd(), "TQDM_DISABLE": "1", **old}


def settings(arguments: Sequence[str] | None = None) -> Settings:
    """Of a command line."""
    parser = argparse.ArgumentParser(formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--variants", type=int, default=7_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--enough", type=float, default=150.0)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scratch", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--text", type=Path)
    wanted = parser.parse_args(arguments)
    return Settings(**{**vars(wanted), "sizes": tuple(wanted.sizes), "scratch": wanted.scratch.resolve()})
