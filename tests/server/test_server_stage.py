"""What is registered, what is refused, and who may be talked to."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import torch

from tasks.errors import InputError, IntegrityError
from tasks.model_files import digest
from tasks.server.chat import talk
from tasks.server.make import make
from tasks.server.settings import ServerParams
from tasks.server.versions import dvc_digest
from tasks.shards import new_folder
from tasks.to_mlflow.registry import becomes_champion, reconcile
from tasks.tracking import Numbers
from tasks.workspace import Workspace

REASONS = ["Exact match changed by +0.01 [-0.02, +0.04] over the base zero-shot: failed."]


@pytest.fixture
def workspace(tmp_path: Path, tiny_foundation: Path) -> Iterator[Workspace]:
    """A checkout with a foundation, and the same again as the model."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # so small a model waits for its threads more than it computes
    workspace = Workspace(tmp_path)
    workspace.params.mkdir()
    (workspace.params / "server.yaml").write_text("name: toy\n")
    shutil.copytree(tiny_foundation, workspace.data / "foundation")
    tuned(workspace)
    yield workspace
    torch.set_num_threads(threads)


def tuned(workspace: Workspace, notes: str = "") -> None:
    """Publish the foundation as the model; other `notes` make it another one to DVC."""
    with new_folder(workspace.data / "model") as out:
        shutil.copytree(workspace.data / "foundation", out.path, dirs_exist_ok=True, ignore=lambda *_: ["manifest.json"])
        out.text("notes.txt", notes)


def judged(workspace: Workspace, *, passed: bool, exact: float = 0.7, **changes: str) -> None:
    """Publish scores of what lies in the checkout, with this verdict."""
    who = {noun: digest(workspace.data / noun) for noun in ("foundation", "model")}
    overall = {"systems": {"tuned": {"exact": exact}}, "differences": {}}
    verdict = {"passed": passed, "reasons": REASONS, "few_shot": "better"}
    with new_folder(workspace.data / "scores") as out:
        out.json(
            "summary.json", {**who, "rows": "a1b2", "dtype": "float32", "overall": overall, "verdict": verdict, **changes}
        )


def serve(workspace: Workspace) -> dict[str, Any]:
    """The one file beside the manifest, by its name."""
    make(ServerParams(name="toy"), workspace, Numbers.open(workspace, "server"))
    [file] = [file for file in (workspace.data / "server").iterdir() if file.name != "manifest.json"]
    return {file.name: json.loads(file.read_text(encoding="utf-8"))}


def test_a_failed_gate_registers_nothing_says_why_and_is_no_error(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    judged(workspace, passed=False)
    served = serve(workspace)
    assert served["refused.json"]["reasons"] == REASONS
    assert served["refused.json"]["model"] == digest(workspace.data / "model")
    assert f"server: {REASONS[0]}" in capsys.readouterr().err
    assert not (workspace.cache / "mlflow.db").exists()


def changed_weights(workspace: Workspace) -> None:
    with (workspace.data / "model" / "model.safetensors").open("ab") as file:
        file.write(b"!")


def changed_verdict(workspace: Workspace) -> None:
    path = workspace.data / "scores" / "summary.json"
    path.write_text(path.read_text().replace('"passed": false', '"passed": true'))


def lost_file(workspace: Workspace) -> None:
    (workspace.data / "foundation" / "tokenizer.json").unlink()


def scores_of_another_model(workspace: Workspace) -> None:
    judged(workspace, passed=True, model="0" * 16)


def no_scores(workspace: Workspace) -> None:
    shutil.rmtree(workspace.data / "scores")


@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (changed_weights, IntegrityError, r"model/model\.safetensors is not what"),
        (changed_verdict, IntegrityError, r"scores/summary\.json is not what"),
        (lost_file, IntegrityError, r"foundation/tokenizer\.json"),
        (scores_of_another_model, IntegrityError, "dvc repro scores"),
        (no_scores, InputError, r"scores/manifest\.json is missing"),
    ],
)
def test_whoever_tampers_is_named_and_nothing_is_served(
    workspace: Workspace, spoil: Callable[[Workspace], None], error: type[Exception], words: str
) -> None:
    judged(workspace, passed=False)
    spoil(workspace)
    with pytest.raises(error, match=words):
        serve(workspace)
    assert not (workspace.data / "server").exists()


@pytest.mark.parametrize(
    ("champion", "expected"),
    [
        (None, True),
        ({"rows": "a1b2", "metric/exact": "0.69"}, True),
        ({"rows": "a1b2", "metric/exact": "0.7"}, True),
        ({"rows": "a1b2", "metric/exact": "0.71"}, False),
        ({"rows": "other", "metric/exact": "0.99"}, True),
    ],
)
def test_the_champion_yields_to_whoever_does_as_well_on_the_same_rows(
    champion: dict[str, str] | None, expected: bool
) -> None:
    assert becomes_champion("a1b2", 0.7, champion) is expected


def test_a_folder_has_the_digest_that_dvc_gives_it(tmp_path: Path) -> None:
    """Checked against dvc 3.67: `dvc add` of this folder writes this md5."""
    folder = tmp_path / "model"
    for name, text in {"a.txt": "a\n", "b/c.txt": "c\n", "b-d.txt": "指令\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    assert dvc_digest(folder) == "1ef9bff1da09675801d02f1ab2626e34.dir"


# MLflow 3.17 uses what SQLAlchemy 2.1 deprecates.
registers = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.mark.whole
@registers
def test_what_passed_is_one_version_however_often_it_is_made(workspace: Workspace) -> None:
    judged(workspace, passed=True)
    first = serve(workspace)
    assert first["promoted.json"]["model"] == digest(workspace.data / "model")
    assert serve(workspace) == first
    assert aliases(workspace) == {"challenger": "1", "champion": "1"}
    assert len(client(workspace).search_model_versions("name = 'toy'")) == 1


@pytest.mark.whole
@registers
def test_a_worse_model_that_passed_is_challenger_and_the_champion_stays(workspace: Workspace) -> None:
    judged(workspace, passed=True, exact=0.7)
    serve(workspace)
    tuned(workspace, notes="another run")
    judged(workspace, passed=True, exact=0.6)
    serve(workspace)
    assert aliases(workspace) == {"challenger": "2", "champion": "1"}
    judged(workspace, passed=False)
    serve(workspace)
    assert aliases(workspace) == {"challenger": "2", "champion": "1"}


def client(workspace: Workspace) -> Any:
    from tasks.to_mlflow.client import client as reach

    return reach(workspace)


def aliases(workspace: Workspace) -> dict[str, str]:
    found = client(workspace).get_registered_model("toy").aliases
    return {name: str(version) for name, version in found.items()}


@pytest.mark.whole
@registers
def test_the_registry_follows_what_dvc_brings_back(workspace: Workspace, tmp_path: Path) -> None:
    """Settings of A, of B, of A again: the third run makes nothing, for DVC has kept data/server of the first."""
    judged(workspace, passed=True)
    serve(workspace)
    shutil.copytree(workspace.data / "server", tmp_path / "kept")
    tuned(workspace, notes="another run")
    judged(workspace, passed=True)
    serve(workspace)
    assert aliases(workspace) == {"challenger": "2", "champion": "2"}
    shutil.rmtree(workspace.data / "server")
    shutil.copytree(tmp_path / "kept", workspace.data / "server")
    assert reconcile(workspace) == "registered toy version 1: challenger and champion"
    assert aliases(workspace) == {"challenger": "1", "champion": "1"}
    assert reconcile(workspace) == ""


@pytest.mark.whole
@registers
def test_an_emptied_registry_is_filled_by_the_command_that_sends(workspace: Workspace) -> None:
    judged(workspace, passed=True)
    serve(workspace)
    shutil.rmtree(workspace.cache)
    (workspace.root / "dvc.yaml").touch()
    command = [sys.executable, "-m", "tasks.to_mlflow"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    told = [subprocess.check_output(command, cwd=workspace.root, env=environment, text=True) for _ in range(2)]
    assert ["registered toy version 1: challenger and champion" in said for said in told] == [True, False]
    assert aliases(workspace) == {"challenger": "1", "champion": "1"}


def promoted(workspace: Workspace) -> None:
    judged(workspace, passed=True)
    serve(workspace)


def kept_by_dvc(workspace: Workspace) -> None:
    """Put data/model where `dvc repro` puts it."""

    def store(content: bytes, suffix: str = "") -> str:
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest() + suffix
        place = workspace.root / ".dvc/cache/files/md5" / digest[:2] / digest[2:]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        return digest

    files = sorted((workspace.data / "model").iterdir())
    listing = [{"md5": store(file.read_bytes()), "relpath": file.name} for file in files]
    assert store(json.dumps(listing, sort_keys=True).encode(), ".dir") == dvc_digest(workspace.data / "model")


def said(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> str:
    """Who speaks, as told; it answers one question."""
    capsys.readouterr()
    answers = StringIO()
    talk(workspace, StringIO("Name it.\n\n"), answers, longest=8)
    assert answers.getvalue().endswith("\n")
    return capsys.readouterr().err


@pytest.mark.whole
@registers
def test_the_champion_speaks_also_when_a_newer_model_is_only_challenger(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    promoted(workspace)
    assert "chat: toy version 1, champion, speaks.\n" in said(workspace, capsys)
    kept_by_dvc(workspace)
    champion = dvc_digest(workspace.data / "model")
    tuned(workspace, notes="another run")
    judged(workspace, passed=True, exact=0.6)
    serve(workspace)
    told = "chat: toy version 1, champion, speaks; the newest, version 2, is challenger.\n"
    assert told in said(workspace, capsys)
    assert dvc_digest(workspace.cache / "champion" / champion) == champion
    judged(workspace, passed=False)
    serve(workspace)
    assert "speaks; the newest model did not pass the gate.\n" in said(workspace, capsys)

    (workspace.cache / "champion" / champion / "config.json").write_text("{}")  # a copy that was tampered with
    assert "speaks" in said(workspace, capsys)
    shutil.rmtree(workspace.root / ".dvc")
    shutil.rmtree(workspace.cache / "champion")
    with pytest.raises(InputError, match=r"version 1, but neither data/model nor DVC's cache holds its weights.*dvc fetch"):
        said(workspace, capsys)


@pytest.mark.whole
@registers
def test_a_question_that_is_too_long_does_not_end_the_talk(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    promoted(workspace)
    answers = StringIO()
    talk(workspace, StringIO("Say it.\n" + "long " * 3000 + "\n\nName it.\n\n"), answers, longest=8)
    assert len(answers.getvalue().splitlines()) >= 1
    assert "chat: " in capsys.readouterr().err


@pytest.mark.whole
@registers
def test_a_talk_answers_each_question_of_a_pipe(workspace: Workspace) -> None:
    promoted(workspace)
    said = StringIO()
    talk(workspace, StringIO("Say it in upper case.\nhello\nthere\n\n\nName it.\n\n/quit\nnever read\n"), said, longest=8)
    again = StringIO()
    talk(workspace, StringIO("Say it in upper case.\nhello\nthere\n\nName it."), again, longest=8)
    assert said.getvalue() == again.getvalue() != "\n\n"


@pytest.mark.whole
@registers
def test_a_typist_is_asked_line_by_line(workspace: Workspace) -> None:
    promoted(workspace)
    prompts = StringIO()
    talk(workspace, StringIO("Name it.\n\n/quit\n"), StringIO(), prompts=prompts, longest=8)
    assert prompts.getvalue().count("instruction (/quit ends)> ") == 2
    assert prompts.getvalue().count("about (an empty line ends it)> ") == 1


@pytest.mark.whole
@registers
def test_nobody_promoted_means_nobody_to_talk_to(workspace: Workspace) -> None:
    with pytest.raises(InputError, match="make demo"):
        talk(workspace, StringIO("Hello?\n"), StringIO())
    judged(workspace, passed=False)
    serve(workspace)
    with pytest.raises(InputError, match=r"did not pass the gate\. Exact match changed"):
        talk(workspace, StringIO("Hello?\n"), StringIO())


@pytest.mark.whole
@registers
def test_on_another_foundation_than_its_own_the_champion_does_not_speak(workspace: Workspace) -> None:
    promoted(workspace)
    with new_folder(workspace.data / "foundation") as out:
        out.text("model.safetensors", "other weights")
    with pytest.raises(IntegrityError, match="dvc repro foundation"):
        talk(workspace, StringIO("Hello?\n"), StringIO())
