"""Columns of text that are only passed on: text between formats of text; in formats with types numbers where all are,
if nothing of them is lost."""

from __future__ import annotations

import io
import json
import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from exprgrad.diagnostics import ExprError
from exprgrad.rows import delimited, transform
from exprgrad.rows.passed import as_json, as_numbers, held
from tests.rows.functions import Product

# What columns become: the type, and the cells in it.
COLUMNS: dict[str, tuple[list[str], Any, list[Any]]] = {
    "whole": (["7", "-8", "0"], pl.Int64, [7, -8, 0]),
    "prices": (["1.50", "3", "0.10"], pl.Float64, [1.5, 3.0, 0.1]),
    "missing": (["", "3", ""], pl.Int64, [None, 3, None]),
    "empty": (["", "", ""], pl.String, [None] * 3),
    "exponents": (["1e5", "2E-3", "-1.5e+300"], pl.Float64, [1e5, 2e-3, -1.5e300]),
    "printed": (["1.000000000000000056e-01", "0.30000000000000004", "5e-324"], pl.Float64, [0.1, 0.1 + 0.2, 5e-324]),
    "spaces": ([" 1", "2 ", "3"], pl.Int64, [1, 2, 3]),
    "not finite": (["nan", "-inf", "1"], pl.Float64, [math.nan, -math.inf, 1.0]),
    "large": (["9223372036854775807", "1", "9007199254740993"], pl.Int64, [2**63 - 1, 1, 2**53 + 1]),
    "postcodes": (["00123", "90210", "1"], pl.String, None),
    "telephones": (["+49123", "1", "2"], pl.String, None),
    "too large": (["12345678901234567890", "1", "2"], pl.String, None),
    "large beside fractions": (["9007199254740993", "0.5", "2"], pl.String, None),
    "too exact": (["0.12345678901234567890", "1", "2"], pl.String, None),
    "out of range": (["1e400", "1", "2"], pl.String, None),
    "out of range of all decimals": (["1e9999999999999999999", "-1e-9999999999999999999", "2"], pl.String, None),
    "one is none": (["1", "2", "A3"], pl.String, None),
    "underscores": (["1_000", "2", "3"], pl.String, None),
}


def source(folder: Path, ending: str, column: list[str]) -> Path:
    separator = "\t" if ending == "tsv" else ","
    rows = ["x,y,s", *(f"1,2,{cell}" for cell in column)]
    path = folder / f"in.{ending}"
    path.write_text("".join(f"{row}\n" for row in rows).replace(",", separator))
    return path


@pytest.mark.parametrize("name", COLUMNS)
def test_what_columns_become(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 8)  # so that each row is a block of its own
    cells, kind, numbers = COLUMNS[name]
    path = source(tmp_path, "csv", cells)
    expected = numbers if numbers is not None else cells
    for ending, read in (("parquet", pl.read_parquet), ("arrow", pl.read_ipc)):
        transform([str(path)], str(tmp_path / f"out.{ending}"), Product())
        frame = read(tmp_path / f"out.{ending}")
        assert frame["s"].dtype == kind
        assert frame["s"].equals(pl.Series("s", expected, dtype=kind))
    transform([str(path)], str(tmp_path / "out.ndjson"), Product(), keep=["s"])
    for line, cell, value in zip((tmp_path / "out.ndjson").read_text().splitlines(), cells, expected, strict=True):
        if isinstance(value, str):
            assert json.loads(line)["s"] == cell
        elif value is not None and math.isfinite(value):
            assert line.startswith(f'{{"s": {cell.strip()}, ')  # as it is written
        else:
            assert json.loads(line)["s"] in (None, "NaN", "-Infinity")


def test_text_between_formats_of_text(tmp_path: Path) -> None:
    cells = ["1.50", "007", "nan", " 2", "1e400"]
    transform([str(source(tmp_path, "csv", cells))], str(tmp_path / "out.tsv"), Product(), keep=["s"])
    assert [line.split("\t")[0] for line in (tmp_path / "out.tsv").read_text().splitlines()[1:]] == cells


def test_columns_that_stay_text(tmp_path: Path) -> None:
    path = source(tmp_path, "csv", ["1", "2"])
    for keep_text, kinds in (
        (["s"], [pl.Float64, pl.Float64, pl.String]),
        (["x"], [pl.String, pl.Float64, pl.Int64]),
        (None, [pl.String] * 3),
    ):
        transform([str(path)], str(tmp_path / "out.parquet"), Product(), keep_text=keep_text)
        assert pl.read_parquet(tmp_path / "out.parquet").dtypes[:3] == kinds
    transform([str(path)], str(tmp_path / "out.ndjson"), Product(), keep_text=None)
    assert json.loads((tmp_path / "out.ndjson").read_text().splitlines()[0])["s"] == "1"
    with pytest.raises(ExprError, match=r"in\.csv has no column t\n"):
        transform([str(path)], str(tmp_path / "out.parquet"), Product(), keep_text=["t"])


def test_strings_of_ndjson_are_no_numbers(tmp_path: Path) -> None:
    rows = [
        '{"x": 1, "y": 2, "n": 1.50, "s": "5", "b": true, "m": 1}',
        '{"x": 1, "y": 2, "n": null, "s": "6", "m": "2"}',
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(rows))
    transform([str(tmp_path / "in.ndjson")], str(tmp_path / "out.parquet"), Product())
    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert frame.select("n", "s", "b", "m").to_dict(as_series=False) == {
        "n": [1.5, None],
        "s": ["5", "6"],
        "b": ["true", None],
        "m": ["1", "2"],
    }


@pytest.mark.parametrize("target", ["parquet", "arrow", "ndjson"])
def test_standard_input_is_looked_through_as_files_are(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 64)
    rows = "".join(f'1,2,{i},"{i}"\n' for i in range(100)) + "1,2,0.5,A\n"

    class Standard(io.BytesIO):
        buffer = property(lambda self: self)

    monkeypatch.setattr("sys.stdin", Standard(f"x,y,n,s\n{rows}".encode()))
    out = tmp_path / f"out.{target}"
    transform(["-"], str(out), Product())
    if target == "ndjson":  # rows are written while others come, so each cell is for itself
        assert [(row["n"], row["s"]) for row in map(json.loads, out.read_text().splitlines())] == [
            *((i, i) for i in range(100)),
            (0.5, "A"),
        ]
        return
    frame = pl.read_parquet(out) if target == "parquet" else pl.read_ipc(out)
    assert frame["n"].to_list() == [*map(float, range(100)), 0.5]
    assert frame["s"].to_list() == [*map(str, range(100)), "A"]


def test_a_bad_row_is_told_once_it_comes(tmp_path: Path) -> None:
    path = source(tmp_path, "csv", ["1", "2,3"])
    with pytest.raises(ExprError, match=r"3: row 2: 4 cells, but the header has 3"):
        transform([str(path)], str(tmp_path / "out.parquet"), Product())


NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda x: f"{x:.20e}"),
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(str),
    st.text("0123456789.eE+-_ ", max_size=8),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(NUMBERS, min_size=1, max_size=4))
@example(["1e99999999999"])
@example(["0.1", "9007199254740993"])
def test_nothing_is_lost(cells: list[str]) -> None:
    series = pl.Series("s", cells)
    kind = held(series).kind
    if kind is None:
        return
    for cell, number, member in zip(
        cells, as_numbers(series, kind), as_json(series, series, whole_column=True), strict=True
    ):
        if number is None:
            assert not cell.strip() and member == "null"
            continue
        exact = Decimal(cell)
        digits = len(exact.as_tuple().digits)
        assert number == (int(cell) if kind == pl.Int64 else float(cell))
        assert Decimal(number) == exact or Decimal(f"{number:.{digits - 1}e}") == exact
        assert json.loads(member, parse_float=Decimal, parse_int=Decimal) == exact
