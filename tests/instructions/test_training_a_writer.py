"""`python -m tasks.instructions.writer train`: judged on sources not seen, beside others, in one table; or a clear error."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.completions import Reply, Request
from tasks.completions.seq2seq import Seq2Seq, Wording
from tasks.errors import InputError
from tasks.instructions.screen import Screen
from tasks.instructions.writer.__main__ import main, train
from tasks.instructions.writer.examples import examples, shown
from tasks.instructions.writer.judging import OURS, commonest, judged, nearest, parted
from tasks.instructions.writer.training import trained
from tasks.records import Document, Pair, pair_id
from tasks.shards import new_folder, verify
from tasks.workspace import Workspace

ROOT = Path(__file__).parents[2]
WORDS = ("lantern", "compass", "harbour", "orchard", "kettle", "ladder")
ZH = ("灯笼", "罗盘", "港口", "果园", "水壶", "梯子")


def pair(instruction: str, about: str, output: str, *, language: str = "en", source: str = "toy:0") -> Pair:
    identity, maker = pair_id(instruction, about, output), "templates/upper@1"
    return Pair(identity, instruction, about, output, (), language, "upper", maker, (), source, (), "", "MIT", "train")


PAIRS = [
    *(pair("Write it in capitals.", word, word.upper(), source=f"toy:{word}") for word in WORDS),
    *(pair("倒着写一遍。", word, word[::-1], language="zh", source=f"toy:{word}") for word in ZH),
]


def opened() -> Screen:
    return Screen(500, 500, 2000)


def says(text: str, pairs: Sequence[Pair]) -> list[str]:
    return [text for _ in pairs]


@pytest.fixture
def checkout(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    shutil.copytree(ROOT / "params", workspace.params)
    (tmp_path / "dvc.yaml").touch()
    with new_folder(workspace.data / "corpus") as out:
        out.rows("documents", [], Document)
    fill(workspace, PAIRS)
    return workspace


def fill(workspace: Workspace, pairs: Sequence[Pair]) -> None:
    with new_folder(workspace.data / "instructions") as out:
        out.rows("train", pairs, Pair)
        out.rows("test", [], Pair)


def test_no_source_is_learnt_from_and_judged_on_and_no_order_matters() -> None:
    learnt, held_out = parted(PAIRS, seed=0, share=0.25)
    assert not {one.source for one in learnt} & {one.source for one in held_out}
    assert sorted(map(repr, [*learnt, *held_out])) == sorted(map(repr, PAIRS)) and len(held_out) == 3
    assert parted(PAIRS[::-1], seed=0, share=0.25) == (learnt, held_out)
    assert parted(PAIRS, seed=1, share=0.25) != (learnt, held_out)


def test_a_writer_is_not_judged_on_what_a_writer_wrote() -> None:
    own = pair("Shout it.", "mast", "MAST", source="toy:mast")
    some = [*PAIRS, replace(own, maker="writer@1 writer-0 scripted")]
    assert parted(some, seed=0, share=0.25) == parted(PAIRS, seed=0, share=0.25)


def test_one_source_at_least_is_learnt_from_and_one_judged_on() -> None:
    for share in (0.01, 0.99):
        assert all(parted(PAIRS[:2], seed=0, share=share))


@pytest.mark.parametrize("pairs", [[], PAIRS[:1], [replace(one, history=(("a", "b"),)) for one in PAIRS]])
def test_too_few_sources_are_refused(pairs: list[Pair]) -> None:
    with pytest.raises(InputError, match="two at least"):
        parted(pairs, seed=0, share=0.2)


def test_the_commonest_wording_is_of_the_task_and_the_language() -> None:
    rare = replace(PAIRS[0], instruction="Shout.")
    assert commonest([rare, *PAIRS])(PAIRS) == [one.instruction for one in PAIRS]
    assert commonest(PAIRS[:1])([PAIRS[6], replace(PAIRS[0], task="new")]) == ["", ""]


def test_the_nearest_pair_lends_its_instruction_in_both_languages() -> None:
    known = [
        pair("Explain the wick.", "", "A wick draws up oil."), pair("Name a fruit.", "", "An apple."),
        pair("说明灯芯。", "", "灯芯把油吸上来。", language="zh"), pair("说出一种水果。", "", "苹果。", language="zh"),
    ]  # fmt: skip
    asked = [pair("?", "", "The wick draws oil."), pair("?", "", "灯芯吸油。", language="zh")]
    assert nearest(known)(asked) == ["Explain the wick.", "说明灯芯。"]


def test_figures_tell_languages_apart_and_who_is_ahead() -> None:
    writers = {OURS: lambda pairs: [one.instruction for one in pairs], "mute": lambda pairs: says("", pairs)}
    found = {(one.who, one.language): one for one in judged(writers, PAIRS, screen=opened, seed=0)}
    assert {key: one.rows for key, one in found.items() if key[0] == OURS} == {
        (OURS, "en"): 6, (OURS, "zh"): 6, (OURS, "all"): 12,
    }  # fmt: skip
    ours, mute = found[OURS, "zh"], found["mute", "zh"]
    assert (ours.rouge_l.mean, ours.passed, ours.lead) == (1.0, 6, None)
    assert mute.lead is not None and (mute.rouge_l.mean, mute.lead.mean, mute.lead.verdict) == (0.0, 1.0, "better")
    assert (mute.passed, mute.refused) == (0, {"empty": 6})


def test_each_writer_has_a_screen_of_its_own() -> None:
    same = lambda pairs: [one.instruction for one in pairs]  # noqa: E731
    figures = judged({OURS: same, "its twin": same}, PAIRS, screen=opened, seed=0)
    assert {one.passed for one in figures if one.language == "all"} == {12}


def test_the_command_prints_a_table_and_keeps_what_it_trained(
    checkout: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout.root)
    assert main(["train", "--steps", "3", "--held-out", "0.5", "--to", "kept"]) == 0
    printed = capsys.readouterr().out
    for who in ("writer", "commonest of task", "nearest of train"):
        assert [line.split()[-9:] for line in printed.splitlines() if line.startswith(f"{who} ")], printed
    verify(Path("kept"))
    told = json.loads(Path("kept/figures.json").read_text())
    assert told["learnt_rows"] + told["held_out_rows"] == 12 and len(told["figures"]) == 9
    assert all(not file.name.endswith((".bin", ".pt", ".pkl")) for file in Path("kept").iterdir())


def test_what_is_kept_answers_as_the_writer_does(checkout: Workspace, tmp_path: Path) -> None:
    writer = trained(examples(PAIRS), steps=30, seed=0).writer
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, content in writer.files().items():
        (folder / name).write_bytes(content)
    requests = [Request(shown("en", "LANTERN", "lantern"), 24, stop=()), Request(shown("zh", "笼灯", "灯笼"), 24, stop=())]
    again = Seq2Seq.opened(folder, Wording(), where="the test")
    assert all(isinstance(said[0][1], Reply) for said in writer.replies(requests))
    assert list(again.replies(requests)) == list(writer.replies(requests))


def test_the_same_rows_and_seed_give_the_same_files_and_figures(checkout: Workspace) -> None:
    first, again = (train(checkout, steps=2, seed=5, share=0.3) for _ in range(2))
    assert first[0].files() == again[0].files() and first[1].told() == again[1].told()


def test_a_folder_that_is_there_is_not_overwritten(
    checkout: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout.root)
    assert main(["train", "--to", "data"]) == InputError.exit_code
    assert "--to data is there already" in capsys.readouterr().err and (checkout.data / "instructions").exists()


def test_rows_that_are_missing_are_named(
    checkout: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout.root)
    fill(checkout, PAIRS[:1])
    assert main(["train"]) == InputError.exit_code and "two at least" in capsys.readouterr().err
    shutil.rmtree(checkout.data / "instructions")
    assert main(["train"]) == InputError.exit_code and "dvc repro instructions" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--steps", "-1"], ["--held-out", "1"], ["--held-out", "nan"], ["--steps", "many"], []])
def test_a_wrong_number_or_no_command_ends_before_anything_is_read(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["train", *words] if words else [])
