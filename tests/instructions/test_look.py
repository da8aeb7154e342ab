"""A person's look at rows: a real server on loopback, verdicts that survive a kill, hostile text, the pager, the report."""

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Thread

import httpx
import pytest

from tasks.errors import InputError
from tasks.instructions.look.__main__ import main
from tasks.instructions.look.pager import pager
from tasks.instructions.look.report import report
from tasks.instructions.look.sample import Shown, sample
from tasks.instructions.look.serve import Server
from tasks.instructions.look.verdicts import Verdict, Verdicts
from tasks.records import Document, Dropped, Pair
from tasks.shards import new_folder, read_rows
from tasks.workspace import Workspace

HOSTILE = "</textarea></pre><script>alert('一')</script>\x1b[2J"
ROW = Shown("r0", "kept", "evolve@1", (("language", "zh"),), (("instruction", HOSTILE),), HOSTILE)
ROWS = [ROW, replace(ROW, id="r1", output="two"), replace(ROW, id="r2", group="dropped", by="too_short")]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(ROWS, Verdicts(tmp_path / "feedback/verdicts.jsonl"), port=0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def say(server: Server, at: int, verdict: str, **form: str) -> httpx.Response:
    told = {"token": server.token, "at": str(at), "verdict": verdict, **form}
    return httpx.post(f"http://127.0.0.1:{server.server_port}/verdict", data=told)


def test_text_of_a_row_is_shown_as_text(server: Server) -> None:
    page = httpx.get(server.url)
    assert page.status_code == 200 and "&lt;script&gt;alert(" in page.text
    assert page.text.count("<script") == page.text.count("</textarea>") == 1
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert re.search(r"script-src 'nonce-[\w-]+';", page.headers["content-security-policy"])


def test_a_verdict_is_on_the_disk_when_the_next_row_is_shown(server: Server, tmp_path: Path) -> None:
    assert say(server, 0, "fix", output="更好\r\n的答案").headers["location"].endswith("&at=1")
    (line,) = (tmp_path / "feedback/verdicts.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {"id": "r0", "group": "kept", "by": "evolve@1", "verdict": "fix", "output": "更好\n的答案"}
    assert "更好" in httpx.get(server.url + "&at=0").text


def test_after_the_last_row_one_is_told_so(server: Server) -> None:
    for at in range(3):
        answer = say(server, at, "drop")
    assert "at=" not in answer.headers["location"]
    assert "All 3 rows have a verdict" in httpx.get(server.url).text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "evil.example:{port}", "localhost.evil.example:{port}"])
def test_a_foreign_host_is_refused(server: Server, host: str) -> None:
    named = {"Host": host.format(port=server.server_port)}
    assert httpx.get(server.url, headers=named).status_code == 403
    told = {"token": server.token, "at": "0", "verdict": "keep"}
    assert httpx.post(server.url.partition("?")[0] + "verdict", data=told, headers=named).status_code == 403
    assert not server.verdicts.latest


def test_without_the_token_nothing_is_read_or_written(server: Server) -> None:
    base = server.url.partition("?")[0]
    assert [httpx.get(base + end).status_code for end in ("", "?token=", "?token=x", "?token=%C3%A9")] == [403] * 4
    assert say(server, 0, "keep", token="x").status_code == 403
    assert not server.verdicts.file.exists()


@pytest.mark.parametrize(
    ("at", "verdict", "output"), [(0, "burn", ""), (9, "keep", ""), (0, "fix", " "), (1, "fix", "two"), (2, "fix", "a")]
)
def test_what_is_no_verdict_is_refused(server: Server, at: int, verdict: str, output: str) -> None:
    assert say(server, at, verdict, output=output).status_code == 400
    assert not server.verdicts.file.exists()


@pytest.mark.whole  # seconds
def test_two_browsers_at_once_lose_no_verdict(server: Server) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda number: say(server, number % 3, "keep").status_code, range(60)))
    assert said == [303] * 60
    assert len(server.verdicts.file.read_text().splitlines()) == 60
    assert len(Verdicts(server.verdicts.file).latest) == 3


def test_half_a_line_left_by_a_kill_is_no_verdict_and_goes(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    Verdicts(file).add(Verdict("a", "kept", "m@1", "keep"))
    with file.open("ab") as opened:
        opened.write(b'{"id": "b", "gro')
    Verdicts(file).add(Verdict("c", "kept", "m@1", "drop"))
    assert [id for _, id, _ in Verdicts(file).latest] == ["a", "c"]
    assert len(file.read_bytes().splitlines()) == 2


@pytest.mark.parametrize("line", ["{}", "no", '{"id":"a","group":"kept","by":"m","verdict":"burn"}', ""])
def test_a_line_that_is_no_verdict_is_told_of_by_number(tmp_path: Path, line: str) -> None:
    (tmp_path / "v.jsonl").write_text(f"{line}\n")
    with pytest.raises(InputError, match=r"v\.jsonl:1"):
        Verdicts(tmp_path / "v.jsonl")


def test_the_pager_asks_again_goes_on_and_steers_no_terminal(tmp_path: Path) -> None:
    verdicts, shown = Verdicts(tmp_path / "v.jsonl"), io.StringIO()
    pager(ROWS, verdicts, input=io.StringIO("x\nf\nbetter\nstill\n.\nq\n"), output=shown)
    assert [(said.id, said.output) for said in verdicts.latest.values()] == [("r0", "better\nstill")]
    assert "\x1b" not in shown.getvalue() and "\\x1b[2J" in shown.getvalue()
    pager(ROWS, verdicts, input=io.StringIO("\nd\n"), output=io.StringIO())
    assert [said.id for said in verdicts.latest.values()] == ["r0", "r2"]


def test_in_the_pager_the_answer_as_it_was_is_no_fix(tmp_path: Path) -> None:
    verdicts, shown = Verdicts(tmp_path / "v.jsonl"), io.StringIO()
    pager(ROWS[1:2], verdicts, input=io.StringIO("f\ntwo\n.\n"), output=shown)
    assert not verdicts.latest and "No other answer was given" in shown.getvalue()


def test_a_verdict_on_one_rule_says_nothing_of_another_that_met_the_same_row(tmp_path: Path) -> None:
    verdicts = Verdicts(tmp_path / "v.jsonl")
    dropped = [replace(ROWS[2], by="too_short"), replace(ROWS[2], by="refusal")]
    pager(dropped, verdicts, input=io.StringIO("d\nk\n"), output=io.StringIO())
    assert [(said.by, said.verdict) for said in Verdicts(verdicts.file).latest.values()] == [
        ("too_short", "drop"),
        ("refusal", "keep"),
    ]


def test_a_verdict_on_a_kept_row_holds_whoever_makes_it_the_next_time(tmp_path: Path) -> None:
    verdicts, shown = Verdicts(tmp_path / "v.jsonl"), io.StringIO()
    verdicts.add(Verdict("r0", "kept", "evolve@1", "keep"))
    pager([replace(ROW, by="evolve@2")], verdicts, input=io.StringIO("d\n"), output=shown)
    assert not shown.getvalue() and len(verdicts.latest) == 1


ADDING = """
import sys
from pathlib import Path
from tasks.instructions.look.verdicts import Verdict, Verdicts
verdicts = Verdicts(Path(sys.argv[1]))
sys.stdin.readline()
for number in range(50):
    verdicts.add(Verdict(f"{sys.argv[2]}{number}", "kept", "m@1", "fix", "更好" * 2000))
"""


def test_two_processes_on_one_file_lose_no_verdict(tmp_path: Path) -> None:
    file, root = tmp_path / "v.jsonl", Path(__file__).parents[2]
    both = [
        subprocess.Popen([sys.executable, "-c", ADDING, file, name], cwd=root, stdin=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    for process in both:  # both are there before either writes
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        process.communicate(timeout=60)
    assert [process.returncode for process in both] == [0, 0]
    said = Verdicts(file).latest.values()
    assert sorted(one.id for one in said) == sorted(f"{name}{number}" for name in "ab" for number in range(50))


@pytest.mark.parametrize("arguments", [["--most", "-1"], ["--most", "0"], ["--most", "x"], ["--port", "65536"]])
def test_a_number_that_makes_no_sense_is_refused_by_name(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2 and f"argument {arguments[0]}" in capsys.readouterr().err


def test_the_report_has_makers_then_rules() -> None:
    said = [
        Verdict("a", "dropped", "short", "drop"),
        Verdict("b", "kept", "m@1", "keep"),
        Verdict("c", "kept", "m@1", "fix"),
        Verdict("d", "quarantined", "torn", "keep"),
    ]
    assert list(report(said)) == [
        "kept, m@1: 2 looked at, 1 keep, 1 fix, 0 drop: 50% (9% to 91%)\n",
        "dropped by short: 1 looked at, 1 rightly dropped: 100% (21% to 100%)\n",
        "quarantined by torn: 1 looked at, 0 rightly quarantined: 0% (0% to 79%)\n",
    ]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    document = Document("d", "一座灯塔。", "zh", "", "prose", "toy:a", "MIT")
    pair = Pair("", "Q", "", "A", (("u", "v"),), "zh", "ask", "", ("d",), "toy:a", (), "", "MIT", "train")
    pairs = [replace(pair, id=f"p{number}", maker=f"m@{number % 2}") for number in range(10)]
    row = json.dumps({"instruction": "short?", "output": "no", "language": "en"})
    dropped = [Dropped("x", "instructions", "short", "2 characters", row)] * 2
    quarantined = [Dropped("y", "instructions", "torn", "unreadable", "{raw")]
    with new_folder(tmp_path / "data/corpus") as out:
        out.rows("documents", [document], Document)
    with new_folder(tmp_path / "data/instructions") as out:
        out.rows("train", pairs, Pair)
        out.rows("dropped", dropped, Dropped)
        out.rows("quarantined", quarantined, Dropped)
    (tmp_path / "dvc.yaml").write_text("stages: {}\n")
    return Workspace(tmp_path)


def test_the_sample_has_each_maker_and_rule_with_the_parents_text_and_is_the_same_each_time(workspace: Workspace) -> None:
    rows = sample(workspace, seed=1, most=3)
    assert [row.by for row in rows] == ["m@0"] * 3 + ["m@1"] * 3 + ["short", "torn"]
    assert [row.group for row in rows] == ["kept"] * 6 + ["dropped", "quarantined"]
    assert dict(rows[0].texts) == {
        "earlier, user": "u",
        "earlier, answer": "v",
        "instruction": "Q",
        "made of d": "一座灯塔。",
    }
    assert rows[-2].output == "no" and dict(rows[-1].texts) == {"row": "{raw"}
    assert rows == sample(workspace, seed=1, most=3) != sample(workspace, seed=2, most=3)


@pytest.mark.parametrize(
    "raw",
    [
        '{"history": 5, "instruction": "Q"}',
        '{"history": ["abc"], "instruction": "Q"}',
        '{"history": [["a", "b", "c"]], "instruction": "Q"}',
        '{"history": [[1, 2]], "instruction": "Q"}',
        '{"history": null, "instruction": "Q"}',
        '{"instruction": ["Q"], "history": []}',
        '{"instruction": "Q", "language": 1}',
        "[" * 60_000,
        '{"a":' * 60_000,
        "9" * 6000,
    ],
    ids=range(10),
)
def test_what_a_model_wrote_is_plain_text_unless_it_is_one_of_our_records(workspace: Workspace, raw: str) -> None:
    folder = workspace.data / "instructions"
    tables = {name: list(read_rows(folder, name, kind)) for name, kind in (("train", Pair), ("dropped", Dropped))}
    with new_folder(folder) as out:
        out.rows("train", tables["train"], Pair)
        out.rows("dropped", tables["dropped"], Dropped)
        out.rows("quarantined", [Dropped("y", "instructions", "torn", "why", raw)], Dropped)
    shown = sample(workspace, seed=1, most=3)[-1]
    assert (shown.by, shown.texts, shown.output, shown.facts) == ("torn", (("row", raw),), "", (("reason", "why"),))


def test_the_commands_say_where_verdicts_are_and_that_there_are_none(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workspace.root)
    assert main(["--report"]) == 0
    assert capsys.readouterr().out.startswith("no verdicts yet; `python -m tasks.instructions.look` ")
    monkeypatch.setattr("sys.stdin", io.StringIO("k\nq\n"))
    assert main(["--pager", "--most", "1"]) == 0
    assert capsys.readouterr().out.endswith(
        "\nVerdicts so far: 1, in feedback/verdicts.jsonl; --report tells what they say.\n"
    )
    assert main(["--report"]) == 0
    assert "1 looked at" in capsys.readouterr().out


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.mark.whole
def test_verdicts_survive_a_kill_and_one_goes_on_where_one_was(workspace: Workspace) -> None:
    root = Path(__file__).parents[2]

    def started() -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "tasks.instructions.look", "--most", "2"]
        process = subprocess.Popen(
            command, cwd=workspace.root, env={**os.environ, "PYTHONPATH": str(root)}, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout
        return process, process.stdout.readline().split()[-1]

    process, url = started()
    token, base = url.partition("token=")[2], url.partition("?")[0]
    answer = httpx.post(base + "verdict", data={"token": token, "at": "0", "verdict": "keep"})
    killed(process)
    process, url = started()
    shown = httpx.get(url).text
    killed(process)
    assert answer.status_code == 303 and "row 2 of 6" in shown
