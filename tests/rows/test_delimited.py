"""Cells of CSV and TSV: each is that of its row and its name, or the file is refused, whatever is read of it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exprgrad.diagnostics import InputDataError
from exprgrad.rows import delimited, reduce_rows, transform
from exprgrad.rows.delimited import Delimited
from exprgrad.rows.formats import CSV
from exprgrad.rows.locations import AtRow
from exprgrad.rows.sources import Source
from tests.rows.functions import Collected, Product

# How much of a file is read: other columns than the last, none but the used ones, the rows as they stand.
KEPT: list[Any] = [None, (), ("id",), ("w", "id")]


def refused(path: Path, **options: Any) -> str:
    with pytest.raises(InputDataError) as caught:
        transform([str(path)], str(path.parent / "out.csv"), Product(), **options)
    assert caught.value.exit_code == 65
    return str(caught.value).partition("\n")[0].removeprefix(f"{path}:")


@pytest.mark.slow
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ("9,1,2,4,5", "5 cells"),
        ("9,1,2,4,", "5 cells"),
        ("1,2,3", "3 cells"),
        ("1", "1 cell"),
        ('9,"1",2,4,5', "5 cells"),
        ('"9,1",2,"4,5"', "3 cells"),
    ],
)
def test_a_cell_too_many_or_too_few(
    row: str, cells: str, late: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 256)
    before = ["9,1,2,4"] * (200 if late else 1)
    lines = ["id,x,y,w", *before, "", row, "9,1,2,4", "9,1,2"]
    expected = f"{len(before) + 3}: row {len(before) + 1}: {cells}, but the header has 4"
    for ending, separator, end in (("csv", ",", "\n"), ("tsv", "\t", "\r\n")):
        path = tmp_path / f"in.{ending}"
        path.write_bytes("".join(line + end for line in lines).replace(",", separator).encode())
        for keep in KEPT:
            assert refused(path, keep=keep) == expected
        for mode in ("skip", "null"):
            assert refused(path, keep=("w",), on_bad_row=mode) == expected
        with pytest.raises(InputDataError, match=f"row {len(before) + 1}: "):
            reduce_rows([str(path)], ["x", "y"], Collected())


def test_as_many_cells_too_many_as_too_few(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    for rows in ("1,2,3\n1\n", "1\n1,2,3\n", '1,2,3\n"1,2"\n', '"1,2"\n1,2,3\n'):
        path.write_text(f"x,y\n{rows}")
        assert refused(path, keep=()).startswith("2: row 1: ")


@pytest.mark.slow
@pytest.mark.parametrize("keep", KEPT)
@pytest.mark.parametrize(
    "row", ['1,2,3,"Rose "A" street"', '""1"",2,3,4', '1,2,3,"a"b', '5" a,1,2,b" c', '1,2,3, "a,b"', '1,2,3,"a"\r"']
)
def test_a_stray_quote(row: str, keep: Any, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(f'x,y,id,w\n1,2,"""a"" , ""b""",""\n{row}\n1,2,3,4\n'.encode())
    for mode in ("error", "skip"):
        assert refused(path, keep=keep, on_bad_row=mode) == ("3: row 2: a quote stands within a cell or is not closed")


def test_a_stray_carriage_return(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'x,y,s\n1,2,"a\rb"\r\n1,2,a\r3,4,b\r')
    for keep in (None, ()):
        assert refused(path, keep=keep) == "3: row 2: a carriage return stands within a cell"
    path.write_bytes(b"x,y,s\r\n1,2,a\r\n1,2,a\r\r\n")
    for keep in (None, ()):
        assert refused(path, keep=keep) == "3: row 2: a carriage return stands within a cell"


def test_quotes_in_a_cell_without_quotes_are_text(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.ndjson"
    path.write_text('x, y,id\n1, 2,5" x 4"\n3, 4, "a b"\n')
    transform([str(path)], str(out), Product(), keep=["id"])
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ['5" x 4"', ' "a b"']


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('x,y,n\r1,2,"a"\r3,4,b\r', "the lines of {} end in carriage returns alone"),
        ('x,y,n\r1,2,"a\nb"\r3,4,b\r', "the lines of {} end in carriage returns alone"),
        ('x,y,"n"\r1,2,3\r\n', "the lines of {} end in carriage returns alone"),
        ("x,y\r\r\n1,2\r\r\n", "the header of {} ends in two carriage returns"),
        ('x,y,pipe 5"\n1,2,3\n3,4,6" bolt\n7,8,9\n', "the header of {}: a quote stands within a cell or is not closed"),
        ('x,y,"a"b\n1,2,3\n', "the header of {}: a quote stands within a cell or is not closed"),
        ('x,y, "a,b"\n1,2,3\n', "the header of {}: a quote stands within a cell or is not closed"),
    ],
)
def test_a_header_swallows_no_row(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(text.encode())
    for keep in (None, ()):
        assert refused(path, keep=keep) == message.format(path)


TEXTS = st.text(st.sampled_from('a1",\n\r '), max_size=30).map(lambda text: text.rstrip("\r"))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS, width=st.integers(1, 3), wanted=st.sets(st.integers(0, 2), min_size=1), size=st.integers(1, 40))
@example(text='"a"\r,1\n', width=2, wanted={0}, size=10)
def test_cells_are_those_of_python(text: str, width: int, wanted: set[int], size: int, tmp_path: Path) -> None:
    names = ["x", "y", "z"][:width]
    columns = [names[i] for i in sorted(wanted) if i < width] or names
    path = tmp_path / "in.csv"
    path.write_bytes(f"{','.join(names)}\n{text}".encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK", size)
        table = Delimited(Source(str(path), CSV))
        try:
            frames = [table.frame(piece, columns, ()) for piece in table.pieces(columns)]
        except AtRow:
            return
    found = [[(cell or "").replace("\r", "") for cell in row] for frame in frames for row in frame.rows()]
    # Python takes a carriage return alone for the end of a row.
    lines = csv.reader(io.StringIO(text.replace("\r", ""), newline=""))
    rows = [row or [""] * width for row in lines if row or width == 1]
    assert found == [[row[names.index(name)] for name in columns] for row in rows]
