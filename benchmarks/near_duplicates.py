"""Claim: near-duplicates are found 5 times as fast as datatrove finds them; hardly one is missed or taken by mistake.

    python -m benchmarks.near_duplicates --peers .cache/peers

All contenders read the same parquet files and write those Documents that stay to files, each in a process of its own, on
two cores, a language at a time. What is alike is known: of each planted pair the exact Jaccard similarity, by our shingles
and by the contender's. All other Documents are far apart; the foot of the table says how far.
"""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.corpora import SHORT, Pair, farthest, write_by_language, write_short
from benchmarks.measure import Run, interleaved, run
from benchmarks.settings import Settings, settings
from benchmarks.table import speed, table
from benchmarks.texts import LANGUAGES, Texts

ALIKE = 0.8
HERE = Path(__file__).parent
SAMPLE = 600


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to find near-duplicates: a script in peers/, or "" for ours."""

    name: str
    setting: str
    script: str = ""
    mode: str = ""


CONTENDERS = (
    Contender("zhiling", "3 words / 5 characters, 18 x 7, verified at 0.8"),
    Contender("datatrove", "its own: 5 words (spaCy, jieba), 14 x 8", "near_datatrove.py", "default"),
    Contender("datatrove", "ours: 3 words / 5 characters by regex, 18 x 7", "near_datatrove.py", "equal"),
    Contender("data-juicer", "its own: 5 words / 5 characters, 256 hashes, 0.7", "near_data_juicer.py", "default"),
    Contender("datasketch", "ours: 3 words / 5 characters, 18 x 7", "near_datasketch.py", "equal"),
    Contender("distilabel", "5 characters, 128 hashes, 0.8; one process", "near_distilabel.py", "equal"),
)
COLUMNS = (
    *("by", "settings", "runs", "seconds", "CPU s", "documents/s", "peak MB", "we are faster", "by CPU"),
    *("recall en", "recall zh", "by its own shingles", "precision en", "precision zh", "by its own shingles"),
    f"merged of {SHORT:,} short",
)


def compare(wanted: Settings) -> str:
    """The table."""
    place, texts = wanted.scratch / "near", Texts(wanted.seed, wanted.text)
    shutil.rmtree(place, ignore_errors=True)
    pairs = write_by_language(place / "corpus", texts, wanted.documents, wanted.variants, dirt=0.0)
    write_short(place / "short", texts)
    contenders = CONTENDERS if wanted.peers else CONTENDERS[:1]
    runs = interleaved({one: _start(one, wanted, "corpus") for one in contenders}, wanted.repeats, enough=wanted.enough)
    rows, count = [], wanted.documents + wanted.variants
    for one in contenders:
        _start(one, wanted, "short")()
        merged = SHORT - len(_ids(_out(one, wanted, "short")))
        stays = _ids(_out(one, wanted, "corpus"))
        quality = [*_quality(pairs, [pair.jaccard for pair in pairs], stays, count), *_own(one, wanted, pairs, stays, count)]
        recall, precision = quality[:2] + quality[4:5], quality[2:4] + quality[5:]
        rows.append(
            [one.name, one.setting, *speed(runs[one], runs[contenders[0]], count), *recall, *precision, f"{merged:,}"]
        )
    return table(COLUMNS, rows) + _foot(texts, pairs, wanted)


def _start(one: Contender, wanted: Settings, source: str) -> Callable[[], Run]:
    """A function that runs a contender once over a folder."""
    place, out = wanted.scratch / "near", _out(one, wanted, source)

    def start() -> Run:
        shutil.rmtree(out, ignore_errors=True)
        return run(_command(one, wanted, place / source, out), place / "log", wanted.environment(one.name))

    return start


def _command(one: Contender, wanted: Settings, source: Path, out: Path) -> Sequence[str | Path]:
    if not one.script:
        return [sys.executable, "-m", "benchmarks.ours", source, out]
    assert wanted.peers is not None
    return [wanted.peers / "venv" / "bin" / "python", HERE / "peers" / one.script, one.mode, source, out]


def _out(one: Contender, wanted: Settings, source: str) -> Path:
    return wanted.scratch / "near" / f"{source}-{Path(one.script).stem or 'ours'}-{one.mode}"


def _ids(out: Path) -> set[str]:
    """Of the Documents that a contender let stay."""
    found: set[str] = set()
    for file in out.rglob("*.parquet"):
        if not {"aside", "cache", "work"} & set(file.relative_to(out).parts):
            found.update(pq.read_table(file, columns=["id"])["id"].to_pylist())
    for file in out.rglob("kept.jsonl"):
        found.update(json.loads(line)["id"] for line in file.read_text(encoding="utf-8").splitlines())
    return found


def _quality(pairs: Sequence[Pair], jaccards: Sequence[float], stays: set[str], count: int) -> list[str]:
    """Recall of en and zh, precision of en and zh. Whatever went without a planted partner went by mistake."""
    known = list(zip(pairs, jaccards, strict=True))
    strays = count - len(stays | {pair.one for pair in pairs} | {pair.other for pair in pairs})
    recalls, precisions = [], []
    for language in LANGUAGES:
        gone = [
            (pair, alike, (pair.one not in stays) + (pair.other not in stays))
            for pair, alike in known
            if pair.language == language
        ]
        wanted = [bool(times) for _, alike, times in gone if alike >= ALIKE]
        right = sum(min(times, 1) for _, alike, times in gone if alike >= ALIKE)
        recalls.append(f"{sum(wanted) / max(len(wanted), 1):.3f}")
        precisions.append(f"{right / max(sum(times for *_, times in gone) + strays, 1):.3f}")
    return [*recalls, *precisions]


def _own(one: Contender, wanted: Settings, pairs: Sequence[Pair], stays: set[str], count: int) -> list[str]:
    """Recall and precision, en and zh each, where the contender's own shingles say what is alike."""
    if not one.script:
        return ["the same", "the same"]
    place = wanted.scratch / "near"
    lines = [json.dumps({"language": pair.language, "one": pair.texts[0], "other": pair.texts[1]}) for pair in pairs]
    (place / "pairs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run(_command(one, wanted, place / "pairs.jsonl", place / "own"), place / "log", wanted.environment(one.name))
    own = [float(line) for line in (place / "own").read_text(encoding="ascii").split()]
    found = _quality(pairs, own, stays, count)
    return [" / ".join(found[:2]), " / ".join(found[2:])]


def _foot(texts: Texts, pairs: Sequence[Pair], wanted: Settings) -> str:
    alike = {language: sum(pair.jaccard >= ALIKE for pair in pairs if pair.language == language) for language in LANGUAGES}
    distances = "{:.4f} in the mean and {:.2f} at most in en, {:.4f} and {:.2f} in zh".format(
        *farthest(texts, "en", SAMPLE), *farthest(texts, "zh", SAMPLE)
    )
    return (
        f"{wanted.documents:,} Documents and {wanted.variants:,} planted variants, of which {alike['en']:,} en and "
        f"{alike['zh']:,} zh have a Jaccard similarity of {ALIKE} or more, most others 0.5 to 0.8. "
        f"Similarity of any two of {SAMPLE:,} that are no variants: {distances}. "
        "Recall and precision are by our shingles, then by the contender's own (en / zh). "
        "Seconds are medians; «faster» is the ratio of medians with the least and the most that two runs say. "
        "Short: distinct texts of at most 4 words or 10 characters; each merged one is lost by mistake.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
