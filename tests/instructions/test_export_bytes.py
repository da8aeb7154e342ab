"""Golden bytes of every export, of parquet its rows: history, Chinese, constraints, a licence, a Preference.

To accept new bytes, run these tests with REWRITE_GOLDEN=1 and read the diff.
"""

import json
import os
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tasks.checks import passes
from tasks.instructions import exports
from tasks.instructions.dataset_folder import FOLDER, write_dataset
from tasks.records import Pair, Preference
from tasks.shards import Folder, sha256_of

GOLDEN = Path(__file__).parents[1] / "golden" / "exports"
SHORT = 'length_constraints:number_words:{"num_words":7,"relation":"less than"}'
FERRY = Pair(
    "0", "把这句话翻译成英文，不超过六个词。", "渡船在等潮水。", "The ferry waits for the tide.", (), "zh-Hans", "translate",
    "by hand@1", ("d",), "toy:a", (SHORT,), "", "MIT", "train",
)  # fmt: skip
TALK = replace(
    FERRY, id="1", instruction='And the "gull"?', input="", output="It sleeps.\n它在睡觉。", language="en", task="ask",
    history=(("What waits?", "The ferry.\tOnly it."), ("渡船等什么？", "潮水。")), constraints=(), maker="by hand@2",
)  # fmt: skip
TEST = replace(
    FERRY, id="2", instruction="Say <b>tide</b> \u2028 again.", language="en", license="", source="toy:b", split="test"
)
BETTER = Preference("p", "### Task\nAnd the gull?\n### Answer\n", TALK.output, '它"飞"走了。', origin="1")
SPLITS = {"train": [FERRY, TALK], "test": [TEST]}
CARD = "# Data card: instructions\n\n## Makers\n\nby hand\n\n## Samples\n\nnone\n"
TEXTS = {
    "alpaca.json": exports.alpaca(SPLITS["train"]),
    "sharegpt.json": exports.sharegpt(SPLITS["train"]),
    "messages.jsonl": exports.messages([*SPLITS["train"], TEST]),
    "preferences.jsonl": exports.preferences([BETTER]),
    "preferences_conversational.jsonl": exports.preference_conversations([BETTER], SPLITS["train"]),
    "dataset_info.json": exports.dataset_info(SPLITS),
}


def compared(name: str, text: str) -> None:
    golden = GOLDEN / name
    if os.environ.get("REWRITE_GOLDEN"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(text.encode())
    assert text.encode() == golden.read_bytes()


@pytest.mark.parametrize("name", TEXTS)
def test_an_export_has_the_golden_bytes(name: str) -> None:
    compared(name, TEXTS[name])


def test_what_the_toy_row_claims_is_so() -> None:
    assert passes(SHORT, FERRY.output)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    write_dataset(Folder(tmp_path), SPLITS, [BETTER], card=CARD, replaced=["email", "ip_address"])
    return tmp_path / FOLDER


@pytest.mark.parametrize("name", ["data/train", "data/test", "preferences/train"])
def test_parquet_has_the_golden_columns_and_rows(dataset: Path, name: str) -> None:
    """Rows and not bytes, for another pyarrow writes other bytes of the same rows."""
    table = pq.read_table(dataset / f"{name}.parquet")
    lines = [
        "; ".join(f"{column.name} {column.type}" for column in table.schema),
        *(json.dumps(row, ensure_ascii=False) for row in table.to_pylist()),
    ]
    compared(f"{name.replace('/', '_')}.txt", "\n".join(lines) + "\n")


def test_the_card_of_the_data_set_has_the_golden_bytes(dataset: Path) -> None:
    compared("README.md", (dataset / "README.md").read_text(encoding="utf-8"))


def test_croissant_names_each_file_with_its_digest_and_is_golden_beside_that(dataset: Path) -> None:
    """mlcroissant 1.1.1 found no error in the golden file, and read every record by it."""
    told = json.loads((dataset / "croissant.json").read_bytes())
    files = {file["contentUrl"]: file for file in told["distribution"]}
    assert set(files) == {file.relative_to(dataset).as_posix() for file in dataset.rglob("*.parquet")}
    for name, file in files.items():
        assert (file.pop("sha256"), file.pop("contentSize")) == (
            sha256_of(dataset / name),
            f"{(dataset / name).stat().st_size} B",
        )
    # Without those two, for another pyarrow writes other bytes of the same rows.
    compared("croissant.json", json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
