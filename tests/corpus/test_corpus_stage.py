"""data/corpus/ as a whole: balanced, the same bytes for any workers and order, and errors with a remedy."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tasks.corpus.clean import cleaned
from tasks.corpus.make import make
from tasks.corpus.settings import CorpusParams
from tasks.errors import InputError
from tasks.params import load, write
from tasks.records import Document, Dropped, Words, document_id
from tasks.shards import new_folder, read_manifest, read_rows
from tasks.tracking import Numbers
from tasks.workspace import Workspace

TEXTS = (
    "Deserialize a document to an object of this language, and raise an error where it is broken.",
    "Deserialize a document to an object of this language, and raise an error where it is broken!",
    "DESERIALIZE a document to an object  of this language, and raise an error where it is broken.",
    "将一份文档反序列化为这门语言里的一个对象，如果文档已经损坏就抛出错误。\x1b[0m",
    "Too short.",
    "1 + 1 = 2; 2 + 2 = 4; 3 + 3 = 6; 4 + 4 = 8; 5 + 5 = 10; 6 + 6 = 12",
    "Der Hund läuft jeden Tag durch den Park und kommt erst am Abend nach Hause zurück.",
)
CODE = "def total(numbers, *, start=0):\r\n    '''Return the sum of the numbers.'''\r\n    return sum(numbers, start)\r\n"


def document(text: str, kind: str = "prose", language: str = "") -> Document:
    return Document(document_id("toy", "a", "", text), text, language, "", kind, "toy:a", "CC0-1.0")


DOCUMENTS = [*map(document, TEXTS), document(CODE, "code")]


def params(workers: int = 1, *, words: bool = False) -> CorpusParams:
    return replace(load(CorpusParams, Path("params/corpus.yaml")), workers=workers, words=words)


def archive(workspace: Workspace, documents: Sequence[Document]) -> None:
    with new_folder(workspace.data / "archive") as out:
        out.rows("documents", documents, Document, 2)


def corpus(
    root: Path, documents: Sequence[Document] = DOCUMENTS, *, workers: int = 1, settings: CorpusParams | None = None
) -> Path:
    workspace = Workspace(root)
    archive(workspace, documents)
    make(settings or params(workers), workspace, Numbers.open(workspace, "corpus"))
    return workspace.data / "corpus"


def test_good_documents_stay_and_each_other_one_has_its_rule(tmp_path: Path) -> None:
    made = corpus(tmp_path)
    stays = {row.language: row for row in read_rows(made, "documents", Document) if row.kind == "prose"}
    assert stays["zh-Hans"].text == TEXTS[3].removesuffix("\x1b[0m")
    assert stays["en"].text.startswith(("DESERIALIZE", "Deserialize"))
    dropped = {row.rule: row for row in read_rows(made, "dropped", Dropped)}
    assert dropped.keys() == {"exact_duplicate", "near_duplicate", "too_short", "few_letters", "other_language"}
    assert dropped["too_short"].reason == "10 characters, fewer than 40"
    assert stays["en"].id in dropped["near_duplicate"].reason


def test_a_row_keeps_its_id_from_the_archive_and_the_books_balance(tmp_path: Path) -> None:
    made = corpus(tmp_path)
    ids = [row.id for row in read_rows(made, "documents", Document)]
    aside = [row.id for row in read_rows(made, "dropped", Dropped)]
    assert sorted(ids + aside) == sorted(row.id for row in DOCUMENTS)
    books = read_manifest(made)["books"]
    assert (books["in"], books["out"], sum(books["dropped"].values())) == (len(DOCUMENTS), len(ids), len(aside))


def test_code_keeps_its_lines_and_is_no_prose(tmp_path: Path) -> None:
    (code,) = (row for row in read_rows(corpus(tmp_path), "documents", Document) if row.kind == "code")
    assert code.text == CODE.replace("\r\n", "\n").rstrip()
    assert code.language == "en"


def test_the_order_of_the_archive_leaves_no_trace(tmp_path: Path) -> None:
    one = corpus(tmp_path / "one")
    other = corpus(tmp_path / "other", DOCUMENTS[::-1])
    assert (one / "manifest.json").read_bytes() == (other / "manifest.json").read_bytes()


@pytest.mark.whole
def test_one_two_and_four_workers_give_the_same_bytes(tmp_path: Path) -> None:
    manifests = {(corpus(tmp_path / str(workers), workers=workers) / "manifest.json").read_bytes() for workers in (1, 2, 4)}
    assert len(manifests) == 1


@pytest.mark.whole
def test_so_they_do_with_words_and_in_traditional_characters(tmp_path: Path) -> None:
    for workers in (1, 2, 4):
        settings = params(workers, words=True)
        settings = replace(settings, language=replace(settings.language, chinese="zh-Hant"))
        made = corpus(tmp_path / str(workers), DOCUMENTS[:: 1 - workers % 2 * 2], settings=settings)
        manifest = (made / "manifest.json").read_bytes()
        assert manifest == (tmp_path / "1" / "data" / "corpus" / "manifest.json").read_bytes()
    documents = list(read_rows(made, "documents", Document))
    assert "反序列化為這門語言" in next(row.text for row in documents if row.language == "zh-Hant")
    assert [(row.id, row.language) for row in read_rows(made, "words", Words)] == [
        (row.id, row.language) for row in documents
    ]


def test_a_page_and_its_twin_in_the_other_script_are_one_where_one_script_is_asked_for(tmp_path: Path) -> None:
    both = [document(TEXTS[3]), document("將一份文檔反序列化為這門語言裡的一個對象，如果文檔已經損壞就拋出錯誤。")]
    apart = corpus(tmp_path / "apart", both)
    assert {row.language for row in read_rows(apart, "documents", Document)} == {"zh-Hans", "zh-Hant"}
    settings = replace(params(), language=replace(params().language, chinese="zh-Hans"))
    together = corpus(tmp_path / "together", both, settings=settings)
    assert [row.text for row in read_rows(together, "documents", Document)] == [TEXTS[3].removesuffix("\x1b[0m")]
    assert [row.rule for row in read_rows(together, "dropped", Dropped)] == ["exact_duplicate"]


@pytest.mark.whole
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_killed_stage(tmp_path: Path, by: signal.Signals) -> None:
    words = " ".join(TEXTS)
    archive(Workspace(tmp_path), [document(f"{number}. {words}") for number in range(800)])
    shutil.copytree("params", tmp_path / "params")
    (tmp_path / "dvc.yaml").touch()
    write(tmp_path / "params" / "corpus.yaml", {"workers": 2})
    environment = os.environ | {"PYTHONPATH": os.getcwd(), "ZHILING_TEST": str(tmp_path)}
    command = [sys.executable, "-m", "tasks.corpus"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, start_new_session=True) as stage:
        until(lambda: len(marked(tmp_path)) >= 5)  # the stage, two workers, the server that forks them, a tracker
        os.kill(stage.pid, by)
    until(lambda: not marked(tmp_path))


def marked(root: Path) -> list[str]:
    """Processes that were started with ZHILING_TEST=root in their environment, and what these started."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # it has just ended
            if entry.name.isdigit() and f"ZHILING_TEST={root}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(entry.name)
    return found


def until(come_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not come_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("tag", "language"), [("zh", "zh"), ("zh-TW", "zh-Hant"), ("zh-Hans", "zh-Hans"), ("ZH", "zh"), (" zh_CN ", "zh-Hans")]
)
@pytest.mark.parametrize("kind", ["prose", "code"])
def test_a_language_told_by_the_source_is_believed_however_it_is_written(tag: str, language: str, kind: str) -> None:
    told, refusal = cleaned(document(TEXTS[0], kind, tag), params())
    assert (told.language, refusal) == (language, None)


@pytest.mark.parametrize(("tag", "language"), [("de", "de"), ("DE_at", "de"), ("deu", "deu")])
def test_a_text_marked_as_another_language_is_dropped_because_of_the_mark(tag: str, language: str) -> None:
    _, refusal = cleaned(document(TEXTS[0], language=tag), params())
    assert refusal == ("other_language", f"is marked as {language}, wanted en, zh")


def test_what_privacy_leaves_must_be_worth_reading_and_clean(tmp_path: Path) -> None:
    address = document("Write to bartholomew.cunningham@analytical-engines.org.")
    markup = document("Mail ada@html.analytical-engines.org at <b>six</b>, when the harbour master counts the boats.")
    made = corpus(tmp_path, [*DOCUMENTS, address, markup])
    dropped = {row.id: row for row in read_rows(made, "dropped", Dropped)}
    assert (dropped[address.id].rule, dropped[address.id].reason) == ("too_short", "17 characters, fewer than 40")
    (left,) = (row.text for row in read_rows(made, "documents", Document) if row.id == markup.id)
    assert left == "Mail <EMAIL> at six, when the harbour master counts the boats."
    assert read_manifest(made)["privacy"]["email"] == 2


def test_a_corpus_of_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"No document .*too_short.*params/corpus\.yaml"):
        corpus(tmp_path, [document("Too short.")])
    assert not (tmp_path / "data" / "corpus").exists()


def test_without_an_archive_the_way_to_make_it_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(InputError, match="dvc repro archive"):
        make(params(), workspace, Numbers.open(workspace, "corpus"))


def test_stop_words_are_asked_of_english_and_chinese_alone() -> None:
    every = replace(params(), language=replace(params().language, wanted=()))
    german = (
        "Die Fähre fährt um sechs Uhr aus dem alten Hafen und bringt Briefe, Brot und Gäste auf die Inseln hinaus. Manchmal "
        "kommt sie spät, doch am Steg wundert sich niemand, denn der Wind hält sich an keine Uhr. Wer wartet, trinkt eine "
        "Tasse Tee und liest die Zeitung. Der Kapitän kennt jeden Stein im Wasser, sein Vater hat ihm schon als "
        "Kind gezeigt, wo das Riff beginnt. Im Winter liegt das Schiff oft tagelang fest, weil das Eis zu dick ist. "
        "Dann tragen drei starke Männer die Post zu Fuß hinüber, und alle Kinder freuen sich, weil die Schule ausfällt."
    )
    told, refusal = cleaned(document(german), every)
    assert (told.language, refusal) == ("de", None)


def test_no_card_shows_what_was_cut_away_or_replaced(tmp_path: Path) -> None:
    """Cards go to MLflow."""
    found = document(f"{TEXTS[0]}\n© 2020 ada@analytical-engines.org\n")
    made = corpus(tmp_path, [found, document(TEXTS[3])])
    card = (made / "card.md").read_text(encoding="utf-8")
    assert f"### {found.id}" in card and "© 2020 <EMAIL>" in card and "ada@" not in card
