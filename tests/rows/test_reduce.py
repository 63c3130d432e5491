"""Rows for a reduction: the blocks depend on the rows alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.diagnostics import ExprError, InputDataError
from exprgrad.rows import columnar, delimited, reduce_rows
from exprgrad.rows.contract import Summary
from exprgrad.rows.rebatch import Rebatch
from tests.rows.functions import Collected

ROWS = 1000
X = np.arange(float(ROWS))


def sources(folder: Path) -> dict[str, list[str]]:
    """The same rows in several forms: a null after every ninth one."""
    frame = pl.DataFrame({"x": X, "y": np.where(X % 10 == 9, np.nan, 2 * X)}).with_columns(pl.col("y").fill_nan(None))
    frame.write_csv(folder / "in.csv")
    frame.write_parquet(folder / "in.parquet", row_group_size=77)
    frame.write_ipc(folder / "in.arrow")
    frame.write_ndjson(folder / "in.ndjson")
    for i in range(4):
        frame[i * 250 : (i + 1) * 250].write_csv(folder / f"part{i}.csv")
    return {name: [str(folder / f"in.{name}")] for name in ("csv", "parquet", "arrow", "ndjson")} | {
        "parts": [str(folder / "part*.csv")]
    }


@pytest.mark.slow
@pytest.mark.parametrize("batch", [7, 1 << 17])
def test_blocks(batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "_BATCH", batch)
    monkeypatch.setattr(delimited, "BLOCK", batch)
    valid = X[X % 10 != 9]
    for names in sources(tmp_path).values():
        taken = Collected()
        assert reduce_rows(names, ["y", "x"], taken, size=128) == Summary(ROWS, 0, 0, 100)
        assert taken.lengths == [128] * 7 + [4]
        assert taken.column(1) == valid.tolist() and taken.column(0) == (2 * valid).tolist()


def test_no_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,y\n,1\n")
    taken = Collected()
    assert reduce_rows([str(tmp_path)], ["x", "y"], taken) == Summary(1, 0, 0, 1)
    assert taken.blocks == []


@pytest.mark.parametrize("mode", ["skip", "null"])
def test_bad_rows_are_left_out(mode: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\nbad\n2\n3\n4\n\n5\n")
    taken = Collected(refused=3.0)
    assert reduce_rows([str(tmp_path)], ["x"], taken, size=2, on_bad_row=mode) == Summary(7, 2, 0, 1)
    assert taken.column(0) == [1.0, 2.0, 4.0, 5.0]
    assert taken.lengths == [2, 1, 1]


def test_errors_name_the_file_and_its_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    (tmp_path / "b.csv").write_text("x\n\n3\n4\n")
    taken = Collected(refused=4.0)
    with pytest.raises(ExprError, match=r"b\.csv, row 3: it does not end"):
        reduce_rows([str(tmp_path)], ["x"], taken, size=4)
    (tmp_path / "b.csv").write_text("x\n1\n?\n")
    with pytest.raises(InputDataError, match=r"b\.csv:3: row 2: x is '\?', not a number"):
        reduce_rows([str(tmp_path)], ["x"], Collected(), size=4)


@given(lengths=st.lists(st.integers(0, 9)), size=st.integers(1, 6))
def test_rebatch(lengths: list[int], size: int) -> None:
    rebatch, found, begin = Rebatch(size), [], 0
    for length in lengths:
        array = np.arange(begin, begin + length)
        found += list(rebatch.add([array, -array]))
        begin += length
    found += list(rebatch.rest())
    assert [len(block[0]) for block in found] == [size] * (begin // size) + [begin % size] * (begin % size > 0)
    assert [int(x) for block in found for x in block[0]] == list(range(begin))
    assert all((block[0] == -block[1]).all() for block in found)


def test_rows_that_are_not_finite_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n\nz\n7\n2\n")
    (tmp_path / "b.csv").write_text("x\n3\n\nnan\n7\ninf\n")
    names = [str(tmp_path / name) for name in ("a.csv", "b.csv")]
    for size in (1, 2, 100):
        summary = reduce_rows(names, ["x"], Collected(refused=7.0), size=size, on_bad_row="skip")
        assert summary == Summary(10, 3, 0, 2, 2, f"{names[1]}, row 3")
    assert reduce_rows(names[:1], ["x"], Collected(), on_bad_row="skip").first_astray == ""
