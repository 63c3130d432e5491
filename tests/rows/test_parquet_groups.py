"""How many rows the groups of a Parquet file have, and the spans of rows that are read at once."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.rows.columnar import _spans
from exprgrad.rows.parquet_groups import rows_of_groups

FRAME = pl.DataFrame(
    {
        "x": range(1000),
        "name": ["a", None] * 500,
        "flag": [True, False] * 500,
        "list": [[1.0], []] * 500,
        "struct": [{"a": 1, "b": {"c": "d"}}] * 1000,
    }
)


def file_of(groups: int, **options: object) -> io.BytesIO:
    file = io.BytesIO()
    FRAME.write_parquet(file, row_group_size=groups, **options)  # type: ignore[arg-type]
    return file


@pytest.mark.parametrize("options", [{}, {"statistics": "full"}, {"compression": "uncompressed"}])
@pytest.mark.parametrize(("size", "expected"), [(300, [300, 300, 300, 100]), (10, [10] * 100), (1000, [1000])])
def test_what_polars_writes(size: int, expected: list[int], options: dict[str, object]) -> None:
    assert rows_of_groups(file_of(size, **options)) == expected


def test_what_others_write(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = FRAME.to_arrow()
    for options in (
        {},
        {"version": "1.0", "use_dictionary": False},
        {"write_page_index": True, "sorting_columns": None},
    ):
        parquet.write_table(table, tmp_path / "a.parquet", row_group_size=400, **options)
        with open(tmp_path / "a.parquet", "rb") as file:
            assert rows_of_groups(file) == [400, 400, 200]


@pytest.mark.parametrize("data", [b"", b"PAR1", b"\xff\xff\xff\xffPAR1", b"\x00\x00\x00\x00PAR1", b"a" * 100])
def test_what_is_none(data: bytes) -> None:
    assert rows_of_groups(io.BytesIO(data)) == []


@given(at=st.integers(1, 400), byte=st.integers(0, 255))
def test_a_damaged_one_is_no_harm(at: int, byte: int) -> None:
    data = bytearray(SAMPLE)
    data[-at] = byte
    assert all(isinstance(rows, int) for rows in rows_of_groups(io.BytesIO(data)))


SAMPLE = file_of(300).getvalue()


@given(
    groups=st.lists(st.integers(0, 30), max_size=8),
    most=st.integers(1, 40),
    known=st.booleans(),
)
def test_spans_hold_all_rows(groups: list[int], most: int, known: bool) -> None:
    rows = sum(groups)
    spans = list(_spans(rows, groups if known else [], most))
    assert [start for start, _ in spans] == [sum(held for _, held in spans[:i]) for i in range(len(spans))]
    assert sum(held for _, held in spans) == rows
    assert all(0 < held <= most for _, held in spans)


def test_spans_end_where_groups_do() -> None:
    assert list(_spans(10, [3, 3, 4], 6)) == [(0, 6), (6, 4)]
    assert list(_spans(10, [3, 3, 4], 5)) == [(0, 3), (3, 3), (6, 4)]
    assert list(_spans(10, [1, 8, 1], 5)) == [(0, 1), (1, 5), (6, 4)]
    assert list(_spans(10, [], 4)) == [(0, 4), (4, 4), (8, 2)]
    assert list(_spans(10, [3, 3], 4)) == [(0, 4), (4, 4), (8, 2)]
    assert list(_spans(0, [], 4)) == []
