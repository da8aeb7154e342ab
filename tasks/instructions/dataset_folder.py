"""Pairs and Preferences → a folder that `datasets.load_dataset` reads, with the card that the Hugging Face hub shows.

exports/dataset/README.md                  the card, with YAML on top
exports/dataset/data/{train,test}.parquet  columns of a Pair, and `messages`, the same as turns of a chat
exports/dataset/preferences/train.parquet  prompt, chosen and rejected as turns, where there are Preferences
exports/dataset/croissant.json             what these files are, for machines

load_dataset("exports/dataset")["train"][0]["messages"]   → [{"role": "user", "content": "翻译成英文。\\n\\n书"}, …]
load_dataset("exports/dataset", "preferences")["train"]   → TRL's conversational form
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from tasks.cards.samples import cell
from tasks.instructions.croissant import metadata
from tasks.instructions.exports import preference_turns, turns
from tasks.language import base_language
from tasks.placeholders import placeholder
from tasks.records import SCHEMAS, Pair, Preference
from tasks.shards import Folder

FOLDER = "exports/dataset"
TURNS = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
PAIRS = SCHEMAS[Pair].append(pa.field("messages", TURNS))
PREFERENCES = pa.schema(
    [("id", pa.string()), ("prompt", TURNS), ("chosen", TURNS), ("rejected", TURNS), ("origin", pa.string())]
)
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
"""The hub's words for how many rows there are, by the number they stay below."""
HUB_LICENSES = {
    *("apache-2.0", "mit", "isc", "unlicense", "bsd-2-clause", "bsd-3-clause", "mpl-2.0", "gpl-2.0", "gpl-3.0", "lgpl-3.0"),
    *("cc0-1.0", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "odc-by"),
}
"""SPDX names in lower case that the hub knows under the same name; any other is `other` there."""


def write_dataset(
    out: Folder,
    splits: Mapping[str, Sequence[Pair]],
    preferences: Sequence[Preference],
    *,
    card: str,
    replaced: Sequence[str],
) -> None:
    """Add the folder. `card` is the data card of the stage, from which figures and drops are taken.

    `replaced` are the kinds of personal data that data/corpus had replaced. A split without rows has no file: datasets
    cannot read an empty one. Raises KeyError where a Preference is about no Pair of the train split.
    """
    files = {name: f"data/{name}.parquet" for name, pairs in splits.items() if pairs}
    for name, file in files.items():
        out.table(f"{FOLDER}/{file}", pa.Table.from_pylist([_pair(pair) for pair in splits[name]], schema=PAIRS))
    if preferences:
        rows = [
            {"id": row.id, **asked, "origin": row.origin}
            for row, asked in zip(preferences, preference_turns(preferences, splits["train"]), strict=True)
        ]
        files["preferences"] = "preferences/train.parquet"
        out.table(f"{FOLDER}/{files['preferences']}", pa.Table.from_pylist(rows, schema=PREFERENCES))
    out.text(f"{FOLDER}/README.md", "\n".join(_readme(splits, len(preferences), card, replaced)) + "\n")
    every = [pair for pairs in splits.values() for pair in pairs]
    licenses = sorted({pair.license or "unknown" for pair in every})
    languages = sorted({pair.language for pair in every if pair.language})
    out.json(f"{FOLDER}/croissant.json", metadata(out.path / FOLDER, files, licenses=licenses, languages=languages))


def _pair(pair: Pair) -> dict[str, Any]:
    told = [{"role": role, "content": content} for role, content in turns(pair)]
    return {name: getattr(pair, name) for name in Pair.__slots__} | {"messages": told}


def _readme(splits: Mapping[str, Sequence[Pair]], preferences: int, card: str, replaced: Sequence[str]) -> Iterator[str]:
    every = [pair for pairs in splits.values() for pair in pairs]
    yield "---"
    for key, value in front_matter(splits, preferences).items():
        yield f"{key}: {json.dumps(value, ensure_ascii=False)}"  # JSON is YAML, and quotes what YAML would misread
    yield "---\n\n# Instruction data\n\nInstructions with their answers, made by Zhiling of the sources below."
    yield "\n## Rows\n\n| | rows |\n|---|---|"
    for name, pairs in splits.items():
        yield f"| {name} | {len(pairs)} |"
    yield f"| preferences, of train | {preferences} |"
    yield "\nNo source is in both splits, and no row of train asks what a row of test asks."
    yield "\n## Sources\n\nRows of both splits.\n\n| source | licence | rows |\n|---|---|---|"
    origins = Counter((pair.source.partition(":")[0], pair.license) for pair in every)
    for (source, license), rows in sorted(origins.items()):
        yield f"| {cell(source)} | {cell(license) or '(unknown)'} | {rows} |"
    yield "\n## Makers\n\nWhat made the rows, with its version and, where a model wrote, that model.\n"
    yield "| maker | rows |\n|---|---|"
    for maker, rows in sorted(Counter(pair.maker for pair in every).items()):
        yield f"| {cell(maker)} | {rows} |"
    yield _USE
    yield "\n## Personal data\n"
    yield _personal_data(replaced)
    yield _AGAIN
    yield from _of_the_stage(card)


_USE = """
## Use and limits

For supervised fine-tuning (`messages`, or instruction, input and output) and, where there are preferences, for preference
tuning. `constraints` are checks that the answer passes; `parents` and `source` say what a row was made of. Rows whose
maker names a model hold what that model wrote: it may be wrong, and its terms of use may bind you. The licence of a row
is that of its parent, and stands in `license`."""
_AGAIN = """
## How to make it again

`python -m flows.whole` in a checkout of Zhiling with the same sources, as pinned in params/sources.lock, and the same
params/archive.yaml, params/corpus.yaml, params/foundation.yaml and params/instructions.yaml with the folders
params/templates, params/prompts, params/constraints and params/seeds, and params/blocked.txt: the same inputs, params
and seed give the same bytes. Rows that a model wrote depend on its answers as well: .cache/ keeps them, and without it the
model is asked again."""


def _personal_data(replaced: Sequence[str]) -> str:
    """What was done about it, by the kinds that data/corpus had replaced."""
    if not replaced:
        return (
            "Nothing was replaced and nothing was looked for (privacy.replace in params/corpus.yaml was empty): mail\n"
            "addresses, telephone numbers, names and secrets stand in the rows as they stood in the sources."
        )
    kinds = ", ".join(f"{name.replace('_', ' ')} (`{placeholder(name)}`)" for name in sorted(replaced))
    return (
        f"Replaced by placeholders in the texts of the corpus, as far as rules find them: {kinds}.\n"
        "A row that a model wrote and that holds one of them was dropped. Names of people and postal addresses were not\n"
        "looked for. Ready-made rows (maker `ready/…`) go on as they came."
    )


def _of_the_stage(card: str) -> Iterator[str]:
    """The stage's own card without its title, plots and samples."""
    told = card.partition("\n## Samples")[0].splitlines()[1:]
    yield "\n## Figures of the stage\n"
    for line in told:
        if not line.startswith("!["):
            yield f"#{line}" if line.startswith("## ") else line


def front_matter(splits: Mapping[str, Sequence[Pair]], preferences: int) -> dict[str, Any]:
    """What the hub reads: licences, languages, size, tasks, and which files make which configuration."""
    pairs = [pair for some in splits.values() for pair in some]
    default = [{"split": name, "path": f"data/{name}.parquet"} for name, some in splits.items() if some]
    configs: list[dict[str, Any]] = [{"config_name": "default", "data_files": default, "default": True}] if default else []
    if preferences:
        chosen = [{"split": "train", "path": "preferences/train.parquet"}]
        configs.append({"config_name": "preferences", "data_files": chosen})
    return {
        "license": sorted({_hub_license(pair.license) for pair in pairs}),
        "language": sorted({base_language(pair.language) for pair in pairs if pair.language}),
        "size_categories": [next((name for below, name in SIZES if len(pairs) < below), "n>1M")],
        "task_categories": ["text-generation"],
        "configs": configs,
    }


def _hub_license(spdx: str) -> str:
    return spdx.lower() if spdx.lower() in HUB_LICENSES else "other"
