"""Translation models in this process: a tiny random MarianMT, M2M100 and T5 made on the spot, and folders refused."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.completions import Completion, Failure, Journal, Request, complete
from tasks.completions.seq2seq import Seq2Seq, Wording
from tasks.errors import InputError, IntegrityError
from tests.completions.tiny_translators import tiny_opus, tiny_translator

TEXTS = ["Name a ferry.", "说出一艘渡轮。", "X1X", "A longer line about harbours, ferries and the sea at night.", "a"]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    return lambda kind: tiny_translator(kind, tmp_path / kind)


def opened(folder: Path, wording: Wording = Wording(), expected: str = "") -> Seq2Seq:  # noqa: B008  # frozen
    return Seq2Seq.opened(folder, wording, expected=expected, where="params/x.yaml")


def answers(model: Seq2Seq, journal: Path, texts: list[str]) -> dict[str, Completion | Failure]:
    requests = [Request(text, max_new_tokens=12) for text in texts]
    return dict(zip(texts, complete(requests, model, Journal(journal), about="").results, strict=True))


@pytest.mark.parametrize("kind", ["marian", "m2m100", "t5"])
@pytest.mark.whole  # seconds
def test_an_answer_depends_on_no_companion_and_is_the_same_when_asked_again(
    folder: Callable[[str], Path], tmp_path: Path, kind: str
) -> None:
    place = folder(kind)
    together = answers(opened(place), tmp_path / "1", TEXTS)
    assert answers(opened(place), tmp_path / "2", TEXTS[::-1]) == together
    assert {text: answers(opened(place), tmp_path / text[0], [text])[text] for text in TEXTS} == together
    assert all(isinstance(answer, Completion) and 0 < answer.new_tokens <= 12 for answer in together.values())


def test_an_answer_that_ended_itself_is_told_from_one_that_was_cut_off(folder: Callable[[str], Path]) -> None:
    """Though Marian's configuration has every answer that is cut off closed (forced_eos_token_id)."""
    model = opened(folder("marian"))
    [[(_, cut)]] = model.replies([Request("Name a ferry.", max_new_tokens=12)])
    model.model.final_logits_bias[0, 1] = 1e4  # </s> is likeliest
    [[(_, ended)]] = model.replies([Request("Name a ferry.", max_new_tokens=12)])
    assert (cut.finish, cut.new_tokens) == ("length", 12)  # type: ignore[union-attr]
    assert (ended.finish, ended.new_tokens, ended.raw) == ("stop", 1, "")  # type: ignore[union-attr]


def test_the_language_wanted_stands_first_in_the_answer(folder: Callable[[str], Path], tmp_path: Path) -> None:
    place = folder("m2m100")
    chinese = opened(place, Wording(source_code="eng_Latn", target_code="zho_Hans"))
    english = opened(place, Wording(source_code="zho_Hans", target_code="eng_Latn"))
    assert chinese.identity != english.identity != opened(place).identity
    assert answers(chinese, tmp_path / "j", TEXTS) != answers(english, tmp_path / "j", TEXTS)
    opening = opened(place, Wording(opening=">>zh<< "))
    alone = answers(opened(place), tmp_path / "j", [">>zh<< a"])
    assert answers(opening, tmp_path / "j", ["a"])["a"] == alone[">>zh<< a"]


def test_a_text_that_does_not_fit_has_a_failure_of_its_own(folder: Callable[[str], Path], tmp_path: Path) -> None:
    found = answers(opened(folder("marian")), tmp_path / "j", ["a" * 400, "a"])
    assert isinstance(found["a"], Completion)
    assert isinstance(found["a" * 400], Failure) and found["a" * 400].rule == "too_long"  # type: ignore[union-attr]


def test_other_weights_or_another_vocabulary_are_another_model(folder: Callable[[str], Path]) -> None:
    place = folder("marian")
    before = opened(place).identity
    config = json.loads((place / "tokenizer_config.json").read_text())
    (place / "tokenizer_config.json").write_text(json.dumps({**config, "model_max_length": 300}))
    assert opened(place).identity != before
    with pytest.raises(IntegrityError, match=r"params/x\.yaml: sha256 expects 000"):
        opened(place, expected="0" * 64)


def test_what_could_run_code_or_is_no_translator_is_refused(folder: Callable[[str], Path], tiny_foundation: Path) -> None:
    place = folder("t5")
    with pytest.raises(InputError, match="no 'zho_Hant'"):
        opened(place, Wording(target_code="zho_Hant"))
    (place / "pytorch_model.bin").write_bytes(pickle.dumps({}))
    with pytest.raises(InputError, match="can run code"):
        opened(place)
    with pytest.raises(InputError, match="is not a folder"):
        opened(place / "none")
    with pytest.raises(InputError, match="no sequence-to-sequence model"):
        opened(tiny_foundation)


def test_nothing_is_drawn(folder: Callable[[str], Path]) -> None:
    with pytest.raises(InputError, match=r"temperature 0\.7"):
        list(opened(folder("t5")).replies([Request("a", max_new_tokens=4, temperature=0.7)]))


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_opus_reads_its_sentence_pieces_and_the_tokens_of_protection_survive_in_them(tmp_path: Path) -> None:
    model = opened(tiny_opus(tmp_path / "opus"))
    found = answers(model, tmp_path / "j", ["Name X1X.", "说出渡轮。"])
    assert all(isinstance(answer, Completion) for answer in found.values())

    def read(text: str) -> str:
        return str(model.tokenizer.decode(model.tokenizer(text)["input_ids"], skip_special_tokens=True))

    assert "X1X" in read("Name X1X.") and "⟦" not in read("Name ⟦1⟧.")
