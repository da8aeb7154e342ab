"""The folder for datasets: read by its own reader, with history, Chinese, Preferences, and a card of true figures."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ruamel.yaml import YAML

from tasks.instructions.croissant import metadata
from tasks.instructions.dataset_folder import FOLDER, front_matter, write_dataset
from tasks.instructions.exports import dataset_info
from tasks.records import Pair, Preference
from tasks.shards import Folder

PAIR = Pair(
    "0", "翻译成英文。", "书", "book", (), "zh-Hans", "translate", "by hand@1", ("d",), "toy:a", (), "", "MIT", "train"
)  # fmt: skip
TALK = replace(PAIR, id="1", instruction="And two?", input="", output="books", history=(("One 书?", "book"),), language="en")
TEST = replace(PAIR, id="2", instruction="Say: no", source="toy:b", license="PSF-2.0", split="test")
BETTER = Preference("p", "### Task\nAnd two?\n### Answer\n", "books", "bookes", origin="1")
CARD = "# Data card: instructions\n\n## Makers\n\nby hand\n\n![plot](drops.svg)\n\n## Samples\n\nsecret sample\n"


def written(folder: Path, preferences: list[Preference]) -> Path:
    out = Folder(folder)
    write_dataset(out, {"train": [PAIR, TALK], "test": [TEST]}, preferences, card=CARD, replaced=["email"])
    return folder / FOLDER


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)


def test_datasets_reads_both_splits_and_the_turns_of_a_chat(tmp_path: Path) -> None:
    from datasets import load_dataset

    read = load_dataset(str(written(tmp_path, [])), cache_dir=str(tmp_path / "cache"))
    assert {name: rows["id"][:] for name, rows in read.items()} == {"train": ["0", "1"], "test": ["2"]}
    assert read["train"][0]["messages"][0] == {"role": "user", "content": "翻译成英文。\n\n书"}
    assert [turn["content"] for turn in read["train"][1]["messages"]] == ["One 书?", "book", "And two?", "books"]
    assert read["train"][1]["history"] == [["One 书?", "book"]]


def test_datasets_reads_preferences_as_a_configuration_of_their_own(tmp_path: Path) -> None:
    from datasets import load_dataset

    read = load_dataset(str(written(tmp_path, [BETTER])), "preferences", cache_dir=str(tmp_path / "cache"))
    assert read["train"][0]["prompt"][-1] == {"role": "user", "content": "And two?"}
    assert read["train"][0]["rejected"] == [{"role": "assistant", "content": "bookes"}]


def test_a_split_without_rows_is_left_out_for_datasets_cannot_read_it(tmp_path: Path) -> None:
    from datasets import load_dataset

    write_dataset(Folder(tmp_path), {"train": [PAIR], "test": []}, [], card=CARD, replaced=["email"])
    assert list(load_dataset(str(tmp_path / FOLDER), cache_dir=str(tmp_path / "cache"))) == ["train"]


def test_equal_rows_give_equal_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name, [BETTER]) for name in "ab")
    files = [file.relative_to(first) for file in first.rglob("*") if file.is_file()]
    assert len(files) == 5
    assert all((first / file).read_bytes() == (second / file).read_bytes() for file in files)


def test_the_card_tells_figures_and_shows_no_row(tmp_path: Path) -> None:
    text = (written(tmp_path, [BETTER]) / "README.md").read_text(encoding="utf-8")
    told = YAML(typ="safe").load(text.split("---\n")[1])
    assert told == front_matter({"train": [PAIR, TALK], "test": [TEST]}, 1)
    assert (told["license"], told["language"]) == (["mit", "other"], ["en", "zh"])
    assert "| toy | PSF-2.0 | 1 |" in text and "| toy | MIT | 2 |" in text
    assert "### Makers" in text and "secret sample" not in text and "drops.svg" not in text


def test_the_card_says_what_was_replaced_and_that_nothing_was(tmp_path: Path) -> None:
    def told(name: str, replaced: list[str]) -> str:
        write_dataset(Folder(tmp_path / name), {"train": [PAIR], "test": []}, [], card=CARD, replaced=replaced)
        text = (tmp_path / name / FOLDER / "README.md").read_text(encoding="utf-8")
        return text.partition("## Personal data\n\n")[2].partition("\n## ")[0]

    assert "ip address (`<IP_ADDRESS>`), phone (`<PHONE>`)." in told("on", ["phone", "ip_address"])
    assert "<EMAIL>" not in told("on again", ["phone"])
    assert told("off", []).startswith("Nothing was replaced") and "`<" not in told("off again", [])


def test_the_card_names_every_maker_however_many(tmp_path: Path) -> None:
    pairs = [replace(PAIR, id=str(number), maker=f"recipe{number}@1 teacher|x") for number in range(40)]
    write_dataset(Folder(tmp_path), {"train": pairs, "test": []}, [], card=CARD, replaced=[])
    text = (tmp_path / FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"| recipe{number}@1 teacher" in text for number in range(40))


def test_a_column_that_croissant_metadata_cannot_tell_of_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["a"], "number": [1]}), tmp_path / "rows.parquet")
    with pytest.raises(TypeError, match="not int64"):
        metadata(tmp_path, {"rows": "rows.parquet"}, licenses=[], languages=[])


def test_history_is_a_column_for_llama_factory_only_where_a_row_has_one() -> None:
    told = json.loads(dataset_info({"train": [PAIR, TALK], "test": [TEST]}))
    assert told["zhiling_alpaca"]["columns"]["history"] == "history"
    assert "history" not in told["zhiling_alpaca_test"]["columns"]
    assert {info["file_name"] for info in told.values()} == {
        "alpaca.json", "alpaca_test.json", "sharegpt.json", "sharegpt_test.json",
    }  # fmt: skip
