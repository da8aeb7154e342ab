"""Languages told and found, two scripts of Chinese, and texts in several languages."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.corpus.chinese import converted
from tasks.corpus.clean import cleaned
from tasks.corpus.settings import CorpusParams
from tasks.errors import EnvironmentFault
from tasks.language import is_wanted, language_of, language_told, languages_of_lines, mixed_language
from tasks.params import load
from tasks.records import Document
from tasks.script import script_of, words

GOLDEN = Path(__file__).parents[1] / "golden" / "corpus"
HANS, HANT = "这个文档说明如何打开文件，而且怎样保存。", "這個文檔說明如何打開文件，而且怎樣保存。"


def pairs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").split("\n") if line]


def clean(text: str, told: str = "", kind: str = "prose", title: str = "", **changes: Any) -> tuple[Document, Any]:
    params = load(CorpusParams, Path("params/corpus.yaml"))
    params = replace(params, language=replace(params.language, **changes))
    return cleaned(Document("0", text, told, title, kind, "toy:a", "CC0-1.0"), params)


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("zh", "zh"),
        ("zh-TW", "zh-Hant"),
        ("zh_CN", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("cmn-Hans", "zh-Hans"),
        ("en_US", "en"),
        ("ENG", "en"),
        ("pt-BR", "pt"),
        ("und", ""),
        ("English", ""),
        ("中文", ""),
        ("n/a", ""),
        ("", ""),
    ],
)
def test_a_tag_is_read_as_bcp_47(tag: str, language: str) -> None:
    assert language_told(tag) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Readme", ""),
        ("Manage remotes.", ""),
        ("文件", "zh"),
        ("ファイル", "ja"),
        ("파일", "ko"),
        ("ไฟล์", "th"),
        ("優の良品的商店有很多食品和糖果在卖", "zh"),
    ],
)
def test_of_few_letters_only_a_script_of_one_language_tells(text: str, language: str) -> None:
    assert language_of(text, ("en", "zh"))[0] == language


def test_a_text_in_an_open_language_is_for_other_rules_to_judge() -> None:
    assert clean("Mundo hola.")[1] == ("too_short", "11 characters, fewer than 40")


@pytest.mark.parametrize("pair", pairs("mixed_language"), ids=lambda pair: pair["why"])
def test_a_mixture_is_named_with_its_share(pair: dict[str, Any]) -> None:
    lines = languages_of_lines(pair["text"], pair["language"], pair["wanted"])
    assert mixed_language(lines, pair["wanted"], 0.4) == pair["reason"]


def test_a_mixture_is_dropped_unless_the_rule_is_off() -> None:
    mixture = next(pair["text"] for pair in pairs("mixed_language") if pair["why"] == "nearly half of it is German")
    assert clean(mixture)[1] == ("mixed_language", "42% of words are in lines of de, more than 40%")
    assert clean(mixture, mixed=None)[1] is None


@given(st.text("abc é中文のя 1\n", max_size=70))
def test_every_word_is_counted_in_one_language(text: str) -> None:
    assert languages_of_lines(text, "en", ("en",)).total() == len(words(text))


@pytest.mark.parametrize("pair", pairs("chinese"), ids=lambda pair: pair["text"])
def test_simplified_and_traditional_are_told_apart_and_converted(pair: dict[str, str]) -> None:
    assert script_of(pair["text"]) == pair["script"]
    target = "zh-Hans" if pair["script"] == "zh-Hant" else "zh-Hant"
    assert converted(pair["text"], target) == pair["other"]
    assert converted(pair["other"], target) == pair["other"]


@pytest.mark.parametrize(("text", "script"), [(HANS, "zh-Hans"), (HANT, "zh-Hant")])
@pytest.mark.parametrize("kind", ["prose", "code"])
@pytest.mark.parametrize("told", ["", "zh"])
def test_chinese_gets_its_script_whoever_said_it_is_chinese(text: str, script: str, kind: str, told: str) -> None:
    assert clean(text, told, kind)[0].language == script


@pytest.mark.parametrize(
    ("language", "wanted", "stays"),
    [
        ("zh-Hant", ("zh",), True),
        ("zh-Hant", ("zh-Hans",), False),
        ("zh-Hant", ("zh-Hans", "zh-Hant"), True),
        ("zh", ("zh-Hans",), True),
        ("en", ("zh-Hans",), False),
        ("", ("zh",), True),
        ("de", (), True),
    ],
)
def test_zh_wants_both_scripts_and_a_script_itself_alone(language: str, wanted: tuple[str, ...], stays: bool) -> None:
    assert is_wanted(language, wanted) is stays


def test_one_script_wanted_drops_the_other() -> None:
    assert clean(HANS, wanted=("zh-Hans",))[1] is None
    assert clean(HANT, wanted=("zh-Hans",))[1] == ("other_language", "looks like zh-Hant (1.00), wanted zh-Hans")


def test_chinese_is_rewritten_where_a_script_is_asked_for_title_too_and_code_is_not() -> None:
    document, refused = clean(HANT, title="檔案", wanted=("zh-Hans",), chinese="zh-Hans")
    assert (document.text, document.title, document.language, refused) == (HANS, "档案", "zh-Hans", None)
    assert clean(HANT, kind="code", chinese="zh-Hans")[0].text == HANT
    assert clean("The word 檔案 means a file, and nothing else is meant by it.", chinese="zh-Hans")[0].language == "en"


def test_without_opencc_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from tasks.corpus import chinese

    chinese._converter.cache_clear()
    monkeypatch.setitem(sys.modules, "opencc", None)
    with pytest.raises(EnvironmentFault, match=r"language\.chinese .*pip install -c constraints\.txt opencc"):
        clean(HANT, chinese="zh-Hans")
