"""A teacher's key and address: named or refused before anything is asked, and never shown where they may be a secret."""

import io
import logging
import re
import shutil
import traceback
from collections.abc import Mapping
from contextlib import redirect_stderr
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tasks.completions import Completion, Failure, Request
from tasks.errors import EndpointError, EnvironmentFault, ParamsError
from tasks.instructions.settings import InstructionsParams
from tasks.instructions.teacher import key_of, teacher_of
from tasks.params import load, write
from tasks.workspace import Workspace
from tests.completions.asking import SERVER
from tests.completions.bad_server import BadServer

ROOT = Path(__file__).parents[2]
CANARY = "sk-canary-0123456789"
SAFE = replace(SERVER, base_url="https://api.example.org/v1", key_env="EXAMPLE_API_KEY")


def test_the_key_is_what_the_variable_holds_and_none_where_none_is_named() -> None:
    assert key_of(SAFE, {"EXAMPLE_API_KEY": f" {CANARY}\n"}) == CANARY
    assert key_of(replace(SAFE, key_env=None), {"EXAMPLE_API_KEY": CANARY}) == ""


@pytest.mark.parametrize(
    ("environment", "state"),
    [
        ({}, "is not set"),
        ({"EXAMPLE_API_KEY": " \n"}, "is not set"),
        ({"EXAMPLE_API_KEY": f"{CANARY} and more"}, "holds something that is no key"),
        ({"EXAMPLE_API_KEY": f"{CANARY}\r\nX-Evil: 1"}, "holds something that is no key"),
        ({"EXAMPLE_API_KEY": f"{CANARY}密钥"}, "holds something that is no key"),
    ],
)
def test_a_key_that_is_missing_or_none_is_told_by_its_variable_alone(environment: Mapping[str, str], state: str) -> None:
    with pytest.raises(EnvironmentFault, match=rf"EXAMPLE_API_KEY {state}; teacher\.backend\.key_env") as error:
        key_of(SAFE, environment)
    assert "canary" not in str(error.value) and "Evil" not in str(error.value)


@pytest.mark.parametrize(
    "host", ["api.example.org", "192.0.2.7", "[2001:db8::1]", "localhost.example.org", "127.0.0.1.nip.io"]
)
def test_a_key_does_not_travel_in_clear(host: str) -> None:
    with pytest.raises(ParamsError, match="without TLS") as error:
        key_of(replace(SAFE, base_url=f"http://{host}/v1"), {"EXAMPLE_API_KEY": CANARY})
    assert "canary" not in str(error.value)
    assert key_of(replace(SAFE, base_url=f"http://{host}/v1", key_env=None), {}) == ""


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_a_key_may_go_to_this_machine_without_tls(host: str) -> None:
    assert key_of(replace(SAFE, base_url=f"http://{host}/v1"), {"EXAMPLE_API_KEY": CANARY}) == CANARY


def loaded(folder: Path, backend: Mapping[str, Any]) -> InstructionsParams:
    """The real params with this backend, through the file."""
    file = Path(shutil.copy(ROOT / "params/instructions.yaml", folder))
    write(file, {"teacher": {"backend": backend}})
    return load(InstructionsParams, file)


def with_backend(folder: Path, **changes: Any) -> InstructionsParams:
    """The same with an endpoint, changed."""
    return loaded(folder, asdict(SAFE) | changes)


@pytest.mark.parametrize(
    "address",
    [
        f"https://user:{CANARY}@api.example.org/v1",
        f"https://{CANARY}@api.example.org/v1",
        f"https://api.example.org/v1?key={CANARY}",
        f"https://api.example.org/v1#{CANARY}",
        f"ftp://api.example.org/{CANARY}",
        f"api.example.org/{CANARY}",
        f"https://api.example.org/v1\n{CANARY}",
        CANARY,
    ],
)
def test_an_address_that_may_hold_a_key_is_refused_unseen(address: str, tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"teacher\.backend\.base_url: is no address such as") as error:
        with_backend(tmp_path, base_url=address)
    assert "canary" not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("name", [CANARY, "AKIAIOSFODNN7EXAMPLE", "example_api_key", "A" * 65, "EXAMPLE KEY", ""])
def test_a_key_in_place_of_its_variables_name_is_refused_unseen(name: str, tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match=r"key_env: is no name of an environment variable") as error:
        with_backend(tmp_path, key_env=name)
    assert not name or name not in "".join(traceback.format_exception(error.value))


def test_the_settings_that_the_guide_shows_can_be_read(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guide/teachers.md").read_text(encoding="utf-8")
    shown = [YAML(typ="safe").load(block) for block in re.findall(r"(?m)^    kind: .*\n(?:    .+\n)*", guide)]
    assert [backend["kind"] for backend in shown] == ["foundation", "endpoint", "llama_cpp"]
    for backend in shown:
        assert asdict(loaded(tmp_path, backend).teacher.backend) == backend


def test_the_guide_has_every_rule_by_which_an_attempt_fails() -> None:
    code = "".join((ROOT / f"tasks/completions/{name}.py").read_text() for name in ("endpoint", "wire", "unanswered"))
    guide = (ROOT / "docs/guide/teachers.md").read_text(encoding="utf-8")
    rules = set(re.findall(r'Unanswered\(\s*"([a-z_]+)"', code))
    assert len(rules) >= 14 and {rule for rule in rules if f"`{rule}`" not in guide} == set()


@pytest.mark.parametrize("mode", ["ok", "says the key", "401", "500", "400"])
def test_a_canary_key_is_in_no_file_no_message_and_no_log(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("EXAMPLE_API_KEY", CANARY)
    caplog.set_level(logging.DEBUG)  # httpx tells addresses, httpcore headers, asyncio its tasks
    told, err = "", io.StringIO()
    with BadServer(lambda content, attempt: mode) as server, redirect_stderr(err):
        params = with_backend(tmp_path, base_url=server.url, attempts=1)
        with teacher_of(params.teacher, Workspace(tmp_path)) as teacher:
            try:
                [result] = teacher.ask([Request("hello", 48)], about="ask")
                told = repr((result, teacher, params))
                assert isinstance(result, Completion if mode in ("ok", "says the key") else Failure)
            except EndpointError as error:
                told = repr((error, error.__cause__, error.__context__))
    assert server.seen[0].headers["authorization"] == f"Bearer {CANARY}"
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()).decode("utf-8", "replace")
    assert told and caplog.text
    for place in (told, written, err.getvalue(), caplog.text):
        assert "canary" not in place
