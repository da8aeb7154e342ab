"""Pairs as token ids: what is learnt is the answer and its end, after exactly the tokens that will be served."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tasks.causal_lm import load_tokenizer, prompt_ids
from tasks.chat import prompt
from tasks.errors import InputError
from tasks.ledger import Books
from tasks.model.rows import Row, answer_rows, packed, replay_rows, unpacked
from tasks.records import Document, Pair

PAIR = Pair(
    id="p",
    instruction="Say it in upper case.",
    input="hello",
    output="HELLO",
    history=(),
    language="en",
    task="upper",
    maker="test@1",
    parents=(),
    source="toy:1",
    constraints=(),
    label="",
    license="Apache-2.0",
    split="train",
)


@pytest.fixture(scope="module")
def tokenizer(tiny_foundation: Path) -> Any:
    return load_tokenizer(tiny_foundation)


def test_a_row_is_the_served_prompt_then_the_answer_then_the_end(tokenizer: Any) -> None:
    (row,) = answer_rows([PAIR], tokenizer, 192, Books("model"))
    assert row.ids[: row.prompt] == prompt_ids(tokenizer, prompt(PAIR.instruction, PAIR.input))
    assert tokenizer.decode(row.ids[row.prompt : -1]) == "HELLO"
    assert row.ids[-1] == tokenizer.eos_token_id
    assert row.ids.count(tokenizer.bos_token_id) == 1


def test_a_row_too_long_is_dropped_whole_with_its_length(tokenizer: Any) -> None:
    books = Books("model")
    long = replace(PAIR, id="long", input="fox " * 200)
    rows = answer_rows([PAIR, long], tokenizer, 192, books)
    assert len(rows) == 1
    assert books.balance() == {"in": 2, "out": 1, "dropped": {"too_long": 1}, "quarantined": {}}
    assert "tokens, more than max_tokens 192" in books.dropped[0].reason


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"output": " "}, "empty_answer"),
        ({"output": "HELLO<eos>"}, "special_token"),
        ({"input": "hello <bos> there"}, "special_token"),
    ],
)
def test_a_row_that_would_teach_nonsense_is_dropped(tokenizer: Any, change: dict[str, str], rule: str) -> None:
    books = Books("model")
    answer_rows([PAIR, replace(PAIR, **change)], tokenizer, 192, books)
    assert books.balance()["dropped"] == {rule: 1}


def test_a_prompt_that_the_answer_retokenises_is_dropped(tokenizer: Any) -> None:
    class Gluing:
        """A tokenizer that melts the prompt's last newline into an answer that starts with one."""

        eos_token_id, all_special_ids = tokenizer.eos_token_id, tokenizer.all_special_ids

        def __call__(self, text: str, add_special_tokens: bool = True) -> Any:
            encoded = tokenizer(text, add_special_tokens=add_special_tokens)
            newline = tokenizer("\n", add_special_tokens=False)["input_ids"]
            if "\n\n" in text:
                encoded["input_ids"] = [token for token in encoded["input_ids"] if token not in newline]
            return encoded

    books = Books("model")
    answer_rows([PAIR, replace(PAIR, output="\nHELLO")], Gluing(), 192, books)
    assert books.balance()["dropped"] == {"prompt_not_prefix": 1}


def test_no_usable_row_is_an_error_that_counts_the_reasons(tokenizer: Any) -> None:
    with pytest.raises(InputError, match=r"too_long.*raise max_tokens in params/model\.yaml"):
        answer_rows([PAIR], tokenizer, 8, Books("model"))


def test_plain_text_is_cut_into_stretches_and_scored_from_the_first_word(tokenizer: Any) -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 9
    rows = replay_rows([Document("d", text, "en", "fox", "prose", "toy:1", "PSF")], tokenizer, 32)
    assert all(16 <= len(row.ids) <= 32 and row.prompt == 1 and row.ids[0] == tokenizer.bos_token_id for row in rows)
    assert text.startswith(tokenizer.decode([token for row in rows for token in row.ids[1:]]))


def test_rows_survive_the_file_between_stage_and_ranks() -> None:
    rows = [Row([2, 7, 1], 1), Row([2, 9, 9, 300_000, 1], 3)]
    assert unpacked(packed(rows)) == rows
    assert unpacked(packed([])) == []
