"""Numbers, sample rows and manifests → report.html, one page that needs no network, and card.md, the model card.

What models wrote is untrusted text: the template escapes all of it. Words stand in report.html.j2 and card.md.j2.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from tasks.bootstrap import FEW_CLUSTERS
from tasks.scores.gate import signed
from tasks.scores.marks import METRICS, SYSTEMS, TUNED, Row
from tasks.scores.plots import change_by_task, exact_by_task
from tasks.shards import read_manifest, sha256_of

NAMES = {
    "majority": "majority answer",
    "base_zero_shot": "base, zero-shot",
    "base_few_shot": "base, few-shot",
    "tuned": "tuned, zero-shot",
    "exact": "exact match",
    "rouge_l": "ROUGE-L",
    "format": "format kept",
    "loss": "loss per answer token",
    "tuned - base_zero_shot": "tuned − base zero-shot",
    "tuned - base_few_shot": "tuned − base few-shot",
}
SAMPLES = 10
LONGEST_SHOWN = 800
"""Characters of a text shown among the samples."""


def report(scores: Mapping[str, Any], rows: Sequence[Row], made_from: Sequence[Path]) -> str:
    """The page as HTML. `made_from`: the data folders whose manifests say where things came from."""
    return _filled(
        "report.html.j2",
        scores=scores,
        samples=samples(rows, SAMPLES),
        sources=[_source(folder) for folder in made_from],
        plots={"exact": Markup(exact_by_task(scores)), "change": Markup(change_by_task(scores))},
    )


def card(scores: Mapping[str, Any], made_from: Sequence[Path]) -> str:
    """The model card as Markdown."""
    return _filled("card.md.j2", scores=scores, sources=[_source(folder) for folder in made_from])


def samples(rows: Sequence[Row], count: int) -> list[Row]:
    """Up to `count` rows, half of them failures of the tuned model if there are so many, a row a task before a second."""
    wrong = _spread([row for row in rows if not row.marks[TUNED].exact])
    right = _spread([row for row in rows if row.marks[TUNED].exact])
    failures = max(count // 2, count - len(right))
    chosen = wrong[:failures]
    return [*chosen, *right[: count - len(chosen)]]


def _spread(rows: Sequence[Row]) -> list[Row]:
    """First the row of each task with the smallest id, then the second of each, …"""
    tasks = sorted({row.pair.task for row in rows})
    ordered = sorted(rows, key=lambda row: row.pair.id)
    columns = [[row for row in ordered if row.pair.task == task] for task in tasks]
    return [row for line in zip_longest(*columns) for row in line if row is not None]


def _source(folder: Path) -> dict[str, Any]:
    """A data folder for the page: its name, the hash of its manifest, and the facts in it as (name, words)."""
    manifest = read_manifest(folder)
    rows: Counter[str] = Counter()
    for path, file in manifest["files"].items():
        rows[path.split("/")[0]] += file.get("rows", 0)
    facts = {name: _words(value) for name, value in manifest.items() if name not in ("files", "schema_version")}
    tables = {f"rows in {name}": str(count) for name, count in sorted(rows.items()) if count}
    return {"name": folder.name, "sha256": sha256_of(folder / "manifest.json"), "facts": {**tables, **facts}}


def _words(value: Any) -> str:
    """A fact in a line: {"in": 3, "dropped": {"long": 1}} → "in 3, dropped (long 1)"."""
    if isinstance(value, Mapping):
        parts = ((name, f"({_words(part)})" if isinstance(part, Mapping) else _words(part)) for name, part in value.items())
        return ", ".join(f"{name} {words}" for name, words in parts) or "none"
    return ", ".join(map(_words, value)) if isinstance(value, list) else str(value)


def _filled(template: str, **content: Any) -> str:
    page = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=lambda name: name is not None and ".html" in name,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ).get_template(template)
    return page.render(
        names=NAMES,
        systems=SYSTEMS,
        measures=(*METRICS, "loss"),
        signed=signed,
        few_clusters=FEW_CLUSTERS,
        shown=lambda text: text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]} […]",
        **content,
    )
