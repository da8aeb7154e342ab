"""The same template files by `datasets.map` and Jinja's sandbox: `python pairs_datasets.py IN OUT`.

As promptsource renders its own. Two processes; each template is compiled once in each. Facts are ours, so that both look for
the same in a text.
"""

import random
import sys
from functools import cache
from pathlib import Path

from datasets import load_dataset
from jinja2 import StrictUndefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tasks.instructions.facts import facts
from tasks.instructions.filters import FILTERS, TooLong
from tasks.instructions.templates import TONGUES
from tasks.params import read
from tasks.records import Document

TEMPLATES = Path(__file__).parents[2] / "params/templates"
COLUMNS = ("instruction", "input", "output", "task", "language", "parent")


@cache
def families():
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=True)
    environment.filters.update(FILTERS)
    return [compiled(environment, file.stem, read(file)) for file in sorted(TEMPLATES.glob("*.yaml"))]


def compiled(environment, family, file):
    expression, text = environment.compile_expression, environment.from_string
    return {
        **file,
        "family": family,
        "when": expression(file["when"], undefined_to_none=False),
        "let": {name: expression(source, undefined_to_none=False) for name, source in file["let"].items()},
        "input": text(file["input"]),
        "output": text(file["output"]),
        "say": {language: [text(way) for way in ways] for language, ways in file["say"].items()},
    }


def rows(batch):
    made = {column: [] for column in COLUMNS}
    for values in zip(*(batch[name] for name in Document.__slots__), strict=True):
        document = Document(*values)
        known = facts(document)
        for template in families():
            if document.kind in template["kinds"] and (row := filled(template, document, known)):
                for column, value in zip(COLUMNS, row, strict=True):
                    made[column].append(value)
    return made


def filled(template, document, known):
    draw = random.Random(template["family"] + document.id)
    language = "zh" if draw.random() < 0.25 else "en"
    names = {**known, "chance": draw.random(), "said": {}}
    if document.language in TONGUES:
        names["tongue"] = TONGUES[document.language][language]
    for style, values in template["styles"].items():
        chosen = draw.choice(values)
        names[style] = chosen["value"] if isinstance(chosen, dict) else chosen
        names["said"][style] = chosen[language] if isinstance(chosen, dict) else chosen
    try:
        if not template["when"](names):
            return None
        for name, expression in template["let"].items():
            names[name] = expression(names)
        say = draw.choice(template["say"][language])
        texts = [part.render(names) for part in (say, template["input"], template["output"])]
    except (UndefinedError, TooLong):
        return None
    return *texts, template["family"], language, document.id


if __name__ == "__main__":
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    files = [str(file) for file in sorted((source / "documents").glob("*.parquet"))]
    given = load_dataset("parquet", data_files=files, split="train", cache_dir=str(out / "cache"))
    made = given.map(rows, batched=True, num_proc=2, remove_columns=given.column_names, load_from_cache_file=False)
    (out / "train").mkdir(parents=True)
    made.to_parquet(str(out / "train/00000.parquet"))
