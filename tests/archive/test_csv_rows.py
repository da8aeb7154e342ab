"""A CSV file as people write them: what csv can read is read, and what it cannot is set aside, line by line."""

import csv
import time
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from tasks.archive.found import Refused
from tasks.archive.rows import Row, csv_rows

HEADER = "id,text\n"


def read(text: str | bytes, longest: int = 1000) -> tuple[list[Row], list[Refused]]:
    found = [row for _, row in csv_rows(BytesIO(text.encode() if isinstance(text, str) else text), longest)]
    return [row for row in found if not isinstance(row, Refused)], [row for row in found if isinstance(row, Refused)]


def test_a_quote_in_the_middle_of_a_field_is_a_character() -> None:
    good, bad = read(HEADER + '1,a 5" disk\n2,this row stays\n3,a 6" disk\n4,fine\n')
    assert [row["text"] for row in good] == ['a 5" disk', "this row stays", 'a 6" disk', "fine"]
    assert not bad


def test_a_quote_that_is_never_closed_costs_its_own_line_alone() -> None:
    rows = [f"{number},row {number}\n" for number in range(1000)]
    for broken in ('x,"open\n', '"x\n', 'x,"open" and more\n'):
        good, (bad,) = read(HEADER + "".join(rows[:500]) + broken + "".join(rows[500:]))
        assert [row["id"] for row in good] == [str(number) for number in range(1000)]
        assert (bad.rule, bad.raw.decode()) == ("broken_row", broken)


def test_rows_of_several_lines_after_a_stray_quote_are_whole() -> None:
    good, (bad,) = read(HEADER + '1,"open\n2,two\n3,"three\nlines, ""all"" of it"\n4,four\n')
    assert [row["text"] for row in good] == ["two", 'three\nlines, "all" of it', "four"]
    assert bad.raw == b'1,"open\n'


def test_a_field_may_be_as_long_as_a_record() -> None:
    (long, short), bad = read(f'{HEADER}1,{"x" * 200_000}\n2,"{"y" * 100}\n"\n', longest=300_000)
    assert (len(long["text"]), len(short["text"])) == (200_000, 101)
    assert not bad
    assert csv.field_size_limit() == 131_072


def test_a_row_longer_than_a_record_may_be_does_not_take_the_next_with_it() -> None:
    good, bad = read(f'{HEADER}1,"{"x" * 60}\n{"y" * 60}"\n2,two\n{"z" * 101}\n3,three\n', longest=100)
    assert [row["text"] for row in good] == ["two", "three"]
    assert [refused.rule for refused in bad] == ["broken_row", "broken_row", "too_long"]


def test_a_wrong_byte_costs_its_row_with_all_its_lines() -> None:
    good, (bad,) = read(HEADER.encode() + b'1,"one\n\xff\nand more"\n2,two\n')
    assert [row["text"] for row in good] == ["two"]
    assert (bad.rule, bad.raw) == ("not_utf8", b'1,"one\n\xff\nand more"\n')


def test_lines_that_open_quotes_without_end_are_read_in_a_moment() -> None:
    start = time.monotonic()
    good, bad = read(HEADER + 'a","b\n' * 100_000, longest=10**6)
    assert time.monotonic() - start < 5
    assert not good
    assert len(bad) == 100_000


pieces = st.lists(st.sampled_from(['"', '""', ",", "\n", '"\n', '\n"', ',"', '",', "word", "字", " "]), max_size=40)


def numbered(pieces: list[str]) -> Iterator[str]:
    """Each word with a number of its own, so that it can be found again."""
    numbers = count()
    return (f"{piece}<{next(numbers)}>" if piece in ("word", "字") else piece for piece in pieces)


@given(pieces, st.sampled_from([20, 60, 10_000]))
def test_each_word_of_a_file_is_in_a_row_or_set_aside_once(pieces: list[str], longest: int) -> None:
    text = "".join(numbered(pieces))
    good, bad = read(HEADER + text, longest)
    told = [value for row in good for value in row.values()] + [refused.raw.decode() for refused in bad]
    for number in range(text.count(">")):
        assert sum(part.count(f"<{number}>") for part in told) == 1


@given(pieces)
def test_what_csv_reads_without_an_error_is_read_as_csv_does(pieces: list[str]) -> None:
    text = "".join(numbered(pieces))
    try:
        records = list(csv.reader(StringIO(text, newline=""), strict=True))
    except csv.Error:
        return
    good, _ = read(HEADER + text)
    assert [list(row.values()) for row in good] == [record for record in records if len(record) == 2]
