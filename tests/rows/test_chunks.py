"""Text cut at the ends of rows."""

from __future__ import annotations

import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.rows import chunks
from exprgrad.rows.chunks import first_end, whole_rows
from exprgrad.rows.delimited import joined
from exprgrad.rows.locations import AtRow
from exprgrad.rows.spans import rows_of, separators, stray_quote, stray_return, without

# A carriage return alone is not quoted by Python's writer.
CELL = st.lists(st.sampled_from(["a", "b", '"', ",", "\n", "\r\n", "\t", " ", "é"]), max_size=5).map("".join)
TABLES = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=8)


def text_of(table: list[list[str]], end: str, quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=quoting).writerows(table)
    return file.getvalue().encode()


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[i : i + size] for i in range(0, len(data), size)]


@given(
    table=TABLES,
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    size=st.integers(1, 40),
    ended=st.booleans(),
)
def test_no_row_is_cut_in_two(table: list[list[str]], end: str, quoting: int, size: int, ended: bool) -> None:
    data = text_of(table, end, quoting)
    if not ended:
        data = data.removesuffix(end.encode())
    found = list(whole_rows(cut(data, size), quotes=True))
    assert b"".join(found) == data
    rows = [row for chunk in found for row in csv.reader(io.StringIO(chunk.decode(), newline=""))]
    assert rows == table
    assert all(chunk.endswith(b"\n") for chunk in found[:-1])


@given(table=TABLES, end=st.sampled_from(["\n", "\r\n"]), size=st.integers(1, 40))
def test_chunks_are_not_longer_than_they_need_be(table: list[list[str]], end: str, size: int) -> None:
    data = text_of(table, end)
    longest = max(len(text_of([row], end)) for row in table)
    assert all(len(chunk) < size + longest for chunk in whole_rows(cut(data, size), quotes=True))


@given(
    table=st.lists(st.tuples(CELL, st.none() | CELL | st.sampled_from(["\r", " a", "#", "'"])), min_size=1, max_size=8),
    separator=st.sampled_from([",", "\t"]),
)
def test_rows_are_joined_as_polars_writes_them(table: list[tuple[str, str | None]], separator: str) -> None:
    frame = pl.DataFrame(table, schema={"^a.*$": pl.String, "b": pl.String}, orient="row")
    rows = frame.select(joined(frame, separator)).to_series()
    assert "".join(f"{row}\n" for row in rows) == frame.write_csv(separator=separator, include_header=False)


@given(table=TABLES, end=st.sampled_from(["\n", "\r\n"]))
def test_where_rows_are(table: list[list[str]], end: str) -> None:
    data = text_of(table, end)
    rows = rows_of(data, ",")
    assert len(rows.starts) == len(table)
    assert rows.cells.tolist() == [2] * len(table)
    assert not rows.blank.any()
    pieces = [data[a : b + 1] for a, b in zip(rows.starts, rows.ends, strict=True)]
    assert b"".join(pieces) == data
    assert first_end(data) == rows.ends[0]
    assert [next(csv.reader(io.StringIO(piece.decode(), newline=""))) for piece in pieces] == table


def test_where_a_row_without_an_end_ends() -> None:
    assert [first_end(text) for text in (b"", b"a", b'"a\n', b"\na", b'"\n""\n"\n')] == [0, 1, 3, 0, 6]


def test_blank_lines() -> None:
    data = b"\n1,2\r\n\r\n3,4\n\n5,6"
    rows = rows_of(data, ",")
    assert rows.blank.tolist() == [True, False, True, False, True, False]
    assert without(data, rows, rows.blank) == b"1,2\r\n3,4\n5,6"
    assert len(rows_of(b"", ",").starts) == 0


def test_lines_without_quotes() -> None:
    assert list(whole_rows([b'a"\nb', b'"\n'], quotes=False)) == [b'a"\n', b'b"\n']


@pytest.mark.parametrize(
    ("row", "cause"), [(b"x" * 70, "it has no newline"), (b'"' + b"x\n" * 40, "a quote is not closed")]
)
def test_a_row_without_an_end(row: bytes, cause: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "LONGEST_ROW", 64)
    with pytest.raises(AtRow, match=cause):
        list(whole_rows(cut(b"a,b\n" + row, 16), quotes=True))


@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b'"a","b"\r\n"c"\r', None),
        (b'"a""b,",""\n""""', None),
        # In a cell without quotes around it they are text, unless a separator or a newline stands between two.
        (b'5"" a,b "" c\nd"e"f', None),
        (b'a,5" b,c"', 3),
        (b'a"\nb"', 1),
        # One that does not end its cell, and one that does not begin it.
        (b'a,"b"c\n', 4),
        (b'"a" ,b\n', 2),
        (b'"a"\rb\n', 2),
        (b'a, "b,c"\n', 3),
        # One that is not closed, behind one that is.
        (b'"a","b\nc\n', 4),
        (b'"', 0),
    ],
)
def test_the_first_stray_quote(data: bytes, at: int | None) -> None:
    assert stray_quote(data, ",") == at
    assert stray_quote(data.replace(b",", b"\t"), "\t") == at


@pytest.mark.parametrize(
    ("data", "at"),
    [(b"a\r\nb\r\n", None), (b"a\nb\rc\r\n", 3), (b'"a\rb"\r\n', None), (b'"a\r",b\rc\rd', 6), (b"a\r\r\n", 1)],
)
def test_the_first_stray_carriage_return(data: bytes, at: int | None) -> None:
    assert stray_return(data) == at


@pytest.mark.parametrize(
    ("data", "bare", "outside"), [(b"a,b,\n,\n", 3, 3), (b'"a,b",c\n', 2, 1), (b'",",",,",\n""', 5, 2), (b"a\n", 0, 0)]
)
def test_separators(data: bytes, bare: int, outside: int) -> None:
    """All of them, and those outside of quotes."""
    assert separators(data, ",", quotes=False) == bare
    assert separators(data, ",", quotes=True) == outside
