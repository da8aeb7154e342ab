"""Claim: rows by template cost less than `datasets.map` takes to render the same templates with Jinja.

    python -m benchmarks.template_pairs --documents 10000 --repeats 3

Both read the same Documents, find the same facts in them, fill every family that fits with the same wordings and styles, and
write rows to parquet. Ours, in one process, takes documents in turn by source, screens each row and keeps books; the
peer, in two, does none of that. What a row says differs by the draw alone, so that rows are counted, not compared.
"""

import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from benchmarks.measure import Run, interleaved, run
from benchmarks.settings import Settings, settings
from benchmarks.table import ratio, table
from benchmarks.texts import Texts
from tasks.records import Document, document_id
from tasks.shards import new_folder

HERE = Path(__file__).parent
CONTENDERS = {
    "zhiling": HERE / "template_rows.py",
    "datasets.map, jinja2, 2 processes": HERE / "peers/pairs_datasets.py",
}
COLUMNS = (
    "by",
    "runs",
    "seconds",
    "cores used",
    "Pairs",
    "Pairs/s",
    "Pairs/CPU s",
    "documents/s",
    "we are faster",
    "by CPU",
)
CODE = '''\
def {verb}_{noun}_{number}(path, {noun}, limit={number}, strict=True):
    """{Verb} every {noun} below a path of {number} folders. Nothing is kept between calls."""
    found = sorted(walk(path, {noun}))
    return found[:limit]
'''
PAGE = """\
# {verb}-{number}

> {Verb} every {noun} of a folder with {number} shelves.

- {Verb} one {noun} by its name:

`{verb}-{number} --name {{{{{noun}}}}}`

- {Verb} each {noun} of shelf {number}, the oldest first:

`{verb}-{number} --shelf {number} --oldest`

- List what could be done to a {noun}:

`{verb}-{number} --list`
"""
VERBS, NOUNS = ("read", "write", "merge", "count", "weigh", "sort"), ("archive", "buffer", "catalog", "digest", "header")


def compare(wanted: Settings) -> str:
    """The table."""
    place = wanted.scratch / "pairs"
    shutil.rmtree(place, ignore_errors=True)
    with new_folder(place / "corpus") as folder:
        folder.rows("documents", documents(wanted), Document, 5_000)
    starts = {name: _start(script, wanted, place) for name, script in CONTENDERS.items()}
    runs = interleaved(starts, wanted.repeats, enough=wanted.enough)
    ours = runs["zhiling"]
    rows = [
        _row(name, runs[name], ours, _rows(place / script.stem), wanted.documents) for name, script in CONTENDERS.items()
    ]
    return table(COLUMNS, rows) + _foot(wanted)


def documents(wanted: Settings) -> Iterator[Document]:
    """A quarter functions, a quarter pages about commands, and half prose, English and Chinese."""
    texts = Texts(wanted.seed, wanted.text)
    for number in range(wanted.documents):
        match number % 4:
            case 0:
                yield _made(number, "code", CODE)
            case 1:
                yield _made(number, "prose", PAGE)
            case 2:
                yield texts.document("en", number)
            case _:
                yield texts.document("zh", number)


def _made(number: int, kind: str, form: str) -> Document:
    verb, noun = VERBS[number // 4 % len(VERBS)], NOUNS[number // 4 % len(NOUNS)]
    text = form.format(verb=verb, Verb=verb.capitalize(), noun=noun, number=number)
    title = f"bench.{verb}_{noun}_{number}" if kind == "code" else f"{verb}-{number}"
    source = f"bench_{kind}:{number // 40}"
    return Document(document_id(source, "", title, text), text, "en", title, kind, source, "CC0-1.0")


def _start(script: Path, wanted: Settings, place: Path) -> Callable[[], Run]:
    out = place / script.stem

    def start() -> Run:
        shutil.rmtree(out, ignore_errors=True)
        environment = {**wanted.environment("zhiling"), "HF_HOME": str(place / "home")}
        return run([sys.executable, script.resolve(), place / "corpus", out], place / "log", environment)

    return start


def _rows(out: Path) -> int:
    return sum(pq.read_metadata(file).num_rows for file in (out / "train").glob("*.parquet"))


def _row(name: str, runs: Sequence[Run], ours: Sequence[Run], pairs: int, count: int) -> list[object]:
    rates = sorted(pairs / one.seconds for one in runs)
    return [
        name,
        len(runs),
        f"{median(one.seconds for one in runs):.1f}",
        f"{median(one.cpu / one.seconds for one in runs):.1f}",
        f"{pairs:,}",
        f"{median(rates):,.0f} ({rates[0]:,.0f} to {rates[-1]:,.0f})",
        f"{median(pairs / one.cpu for one in runs):,.0f}",
        f"{median(count / one.seconds for one in runs):,.0f}",
        *_times(runs, ours),
    ]


def _times(runs: Sequence[Run], ours: Sequence[Run]) -> list[str]:
    seconds = ratio([one.seconds for one in runs], [one.seconds for one in ours])
    return [seconds, ratio([one.cpu for one in runs], [one.cpu for one in ours])]


def _foot(wanted: Settings) -> str:
    return (
        f"{wanted.documents:,} generated Documents. Seconds hold the start of Python, reading, facts, filling and writing; "
        "of ours, ranking and screening, too. Pairs are those written: what our screen refuses, mostly an input asked about "
        "before, the peer writes. Medians, with the least and the most in brackets; "
        "«faster» compares whole runs.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(compare(settings()))
