"""The foundation is loaded when a request is really put to it, and has its name before."""

import json
import re
import shutil
import time
from pathlib import Path

import pytest

from tasks.causal_lm import load_model, load_tokenizer
from tasks.completions import Request
from tasks.completions.lazy import LazyModel
from tasks.completions.local import LocalModel
from tasks.errors import InputError, IntegrityError
from tasks.model_files import digest, has_chat_template
from tasks.precision import fastest
from tasks.records import Document
from tests.instructions.checkout import checkout, published, start

TEMPLATE = "{% for message in messages %}{{ message.content }}\n{% endfor %}"
TEMPLATES = {
    "none": ({}, None),
    "in a file": ({"chat_template.jinja": TEMPLATE}, None),
    "in an empty file": ({"chat_template.jinja": ""}, TEMPLATE),
    "among others": ({"additional_chat_templates/tool_use.jinja": TEMPLATE}, None),
    "in the configuration": ({}, TEMPLATE),
    "several in the configuration": ({}, [{"name": "default", "template": TEMPLATE}]),
    "null in the configuration": ({}, None),
}
NO_TEMPLATE = {"none", "in an empty file", "null in the configuration"}


@pytest.fixture
def folder(tmp_path: Path, tiny_foundation: Path) -> Path:
    return Path(shutil.copytree(tiny_foundation, tmp_path / "data/foundation"))


@pytest.mark.parametrize("where", TEMPLATES)
def test_a_chat_template_is_found_where_transformers_finds_it(where: str, folder: Path) -> None:
    files, configured = TEMPLATES[where]
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    config = folder / "tokenizer_config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"chat_template": configured}))
    assert has_chat_template(folder) == bool(load_tokenizer(folder).chat_template) == (where not in NO_TEMPLATE)


def test_a_configuration_that_is_no_json_is_named(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{")
    with pytest.raises(InputError, match=r"tokenizer_config\.json is no JSON.*dvc repro foundation"):
        has_chat_template(folder)


@pytest.mark.parametrize("template", ["", TEMPLATE])
def test_its_name_and_its_answers_are_those_of_the_loaded_model(template: str, folder: Path) -> None:
    if template:
        (folder / "chat_template.jinja").write_text(template)
    import torch

    tokenizer = load_tokenizer(folder)
    loaded = LocalModel(load_model(folder, dtype=getattr(torch, fastest())), tokenizer, digest(folder), chat=bool(template))
    lazy, asked = LazyModel(folder), [Request("The quick ", 8), Request("指令", 8)]
    assert lazy.identity == loaded.identity
    assert list(lazy.replies(asked)) == list(loaded.replies(asked))


def test_no_request_loads_nothing(tmp_path: Path) -> None:
    assert list(LazyModel(tmp_path / "no such folder").replies([])) == []


def test_a_folder_that_became_another_model_is_refused(folder: Path) -> None:
    lazy = LazyModel(folder)
    assert " chat" not in lazy.identity
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    with pytest.raises(IntegrityError, match="under a wrong name"):
        list(lazy.replies([Request("The quick ", 8)]))


@pytest.mark.whole
def test_a_run_that_knows_all_answers_loads_no_model(
    tmp_path: Path, folder: Path, toy_documents: list[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    checkout(tmp_path, toy_documents, makers={"ask": {"rows": 5}})
    first, before, modules = seconds_and_modules(tmp_path)
    assert "torch" in modules and "transformers" in modules
    files = published(tmp_path)
    again, known, modules = seconds_and_modules(tmp_path)
    assert {"torch", "transformers"}.isdisjoint(modules) and "tasks.completions.lazy" in modules
    assert "0 asked" in known and "0 asked" not in before
    assert published(tmp_path) == files
    with capsys.disabled():
        print(f"\nwith the model {first:.1f} s, with every answer known {again:.1f} s")  # noqa: T201 - the figure


def seconds_and_modules(folder: Path) -> tuple[float, str, set[str]]:
    """How long the stage took, what it said, and the modules it imported."""
    started = time.monotonic()
    stage = start(folder, "-X", "importtime")
    said, _ = stage.communicate(timeout=200)
    assert stage.returncode == 0, said[-2000:]
    return time.monotonic() - started, said, set(re.findall(r"(?m)^import time:.*\| +(\S+)$", said))


def test_a_name_needs_no_weights_and_an_answer_does(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    assert re.fullmatch(rf"[0-9a-f]{{16}} torch\.{fastest()} slots@2 48", LazyModel(folder).identity)
    with pytest.raises(InputError, match="only safetensors are read"):
        list(LazyModel(folder).replies([Request("x", 1)]))
