"""The books: nothing is lost without a reason."""

import json

import pytest

from tasks.errors import IntegrityError
from tasks.ledger import LONGEST_RAW, Books
from tasks.records import Document


def test_rows_in_are_rows_out_and_dropped_and_quarantined() -> None:
    books = Books("toy")
    books.took(4)
    books.gave(1)
    books.drop("a", "too_short", "3 characters, fewer than 40", "abc")
    books.drop("b", "too_short", "2 characters, fewer than 40", "ab")
    books.quarantine("c", "not_utf8", "byte 0xff at 0", "?")
    assert books.balance() == {"in": 4, "out": 1, "dropped": {"too_short": 2}, "quarantined": {"not_utf8": 1}}


def test_rows_taken_back_have_not_gone_on() -> None:
    books = Books("toy")
    books.took(2)
    books.gave(2)
    books.took_back(1)
    books.drop("a", "low_score", "1 of 5", "abc")
    assert books.balance() == {"in": 2, "out": 1, "dropped": {"low_score": 1}, "quarantined": {}}


@pytest.mark.parametrize("out", [0, 2])
def test_a_lost_or_doubled_row_fails_the_stage(out: int) -> None:
    books = Books("toy")
    books.took(1)
    books.gave(out)
    with pytest.raises(IntegrityError, match="do not balance"):
        books.balance()


def test_a_dropped_record_can_be_read_back_whole() -> None:
    books, row = Books("toy"), Document("1", "文", "zh", "t", "prose", "toy:a", "CC0")
    books.drop(row.id, "rule", "why", row)
    assert Document(**json.loads(books.dropped[0].row)) == row


def test_raw_text_is_bounded_and_always_storable() -> None:
    books = Books("toy")
    books.quarantine("1", "broken", "lone surrogate", "\ud800" + "x" * LONGEST_RAW)
    assert books.quarantined[0].row.startswith("\\ud800x")
    assert len(books.quarantined[0].row.encode()) < LONGEST_RAW + 10
