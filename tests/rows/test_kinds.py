"""Columns of every kind that Arrow and Parquet files can hold: passed on as they are, or refused by name; unused ones
do not matter. Nothing but our own message is seen."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exprgrad.diagnostics import ExprError, InputDataError
from exprgrad.rows import transform
from exprgrad.rows.arrow_schema import odd_columns
from tests.rows.functions import Product

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

LARGE = [Decimal("1.5"), None]

# Beside these Polars reads nothing of a file.
WHOLE: dict[str, tuple[Callable[[], Any], str]] = {
    "runs": (
        lambda: pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(["a"])),
        "run-end encoded values",
    ),
    "union": (
        lambda: pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([1, 2]), pa.array(["a", "b"])]),
        "a union of types",
    ),
    "list views": (lambda: pa.array([[1], [2, 3]], pa.list_view(pa.int64())), "list views"),
    "large list views": (lambda: pa.array([[1], [2, 3]], pa.large_list_view(pa.int64())), "list views"),
    "within": (
        lambda: pa.StructArray.from_arrays([pa.array([[1], [2]], pa.list_view(pa.int8()))], ["a"]),
        "list views",
    ),
    "negative scale": (lambda: pa.array([Decimal(1500)] * 2, pa.decimal128(8, -2)), "decimals of a negative scale"),
}
# These may be left out.
ALONE: dict[str, tuple[Callable[[], Any], str]] = {
    "60 digits": (lambda: pa.array(LARGE, pa.decimal256(60, 2)), "decimals of more than 38 digits"),
    "256 bits": (lambda: pa.array(LARGE, pa.decimal256(20, 2)), "decimals of 256 bits"),
    "60 digits within": (
        lambda: pa.array([{"a": LARGE[0]}] * 2, pa.struct([("a", pa.decimal256(60, 2))])),
        "decimals of more than 38 digits",
    ),
}


class Twice:
    columns = ("x",)
    outputs = ("c",)

    def prepare(self) -> None:
        pass

    def __call__(self, columns: Any, /) -> Any:
        return [2 * columns[0]]


def written(folder: Path, column: Any, how: str) -> str:
    """A file with the column: in a file or a stream of Arrow, or in a Parquet file."""
    table = pa.table({"x": [1.0, 2.0], "s": column})
    path = folder / f"in-{how}.{'parquet' if how == 'parquet' else 'arrow'}"
    if how == "parquet":
        parquet.write_table(table, path)
    else:
        with (pa.ipc.new_file if how == "file" else pa.ipc.new_stream)(path, table.schema) as writer:
            writer.write_table(table)
    return str(path)


@pytest.mark.parametrize("how", ["file", "stream"])
@pytest.mark.parametrize("kind", WHOLE)
def test_columns_that_keep_others_from_being_read(
    kind: str, how: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make, what = WHOLE[kind]
    source = written(tmp_path, make(), how)
    for keep in (None, ()):
        with pytest.raises(ExprError) as caught:
            transform([source], str(tmp_path / "out.csv"), Twice(), keep=keep)
        assert str(caught.value).partition("\n")[0] == f"{source} cannot be read: its column s holds {what}"
        assert caught.value.exit_code == 65
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("how", ["file", "stream", "parquet"])
@pytest.mark.parametrize("kind", ALONE)
def test_columns_that_cannot_be_read_may_be_left_out(
    kind: str, how: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    make, what = ALONE[kind]
    source, out = written(tmp_path, make(), how), tmp_path / "out.csv"
    transform([source], str(out), Twice(), keep=())
    assert out.read_text() == "c\n2.0\n4.0\n"
    if (kind, how) == ("256 bits", "parquet"):  # where they are stored in as many bytes as they need
        transform([source], str(out), Twice())
        assert out.read_text() == "x,s,c\n1.0,1.50,2.0\n2.0,,4.0\n"
        return
    for ending in ("csv", "arrow"):
        with pytest.raises(ExprError) as caught:
            transform([source], str(tmp_path / f"new.{ending}"), Twice(), keep=["s"])
        assert str(caught.value) == (
            f"{source}: the column s cannot be read: it holds {what}\n  leave it out by --keep-columns"
        )
        assert caught.value.exit_code == 65
    assert capfd.readouterr() == ("", "")
    assert not list(tmp_path.glob("new*"))


@pytest.mark.parametrize("how", ["file", "stream", "parquet"])
@pytest.mark.parametrize("zone", ["+05:30", "-09:30", "Mars/Olympus"])
def test_times_of_a_zone_that_polars_does_not_know(how: str, zone: str, tmp_path: Path) -> None:
    source = written(tmp_path, pa.array([1, None], pa.timestamp("us", tz=zone)), how)
    for ending, read in (("parquet", pl.read_parquet), ("arrow", pl.read_ipc)):
        transform([source], str(tmp_path / f"out.{ending}"), Twice())
        assert read(tmp_path / f"out.{ending}")["s"].dtype == pl.Datetime("us", zone)
    for ending, first in (
        ("csv", "1.0,1970-01-01T00:00:00.000001+0000,2.0"),
        ("ndjson", '"1970-01-01T00:00:00.000001+00:00"'),
    ):
        transform([source], str(tmp_path / f"out.{ending}"), Twice())
        assert first in (tmp_path / f"out.{ending}").read_text()


def stored(kind: Any, storage: Any) -> Any:
    return pa.ExtensionArray.from_storage(kind, storage)


# Of each kind the cells in CSV and in NDJSON, None where such a file cannot hold it.
KEPT: dict[str, tuple[Callable[[], Any], list[str] | None, list[Any] | None]] = {
    "bool8": (lambda: stored(pa.bool8(), pa.array([1, 0], pa.int8())), ["1", "0"], [1, 0]),
    "JSON": (lambda: stored(pa.json_(), pa.array(["[1]", "2"])), ["[1]", "2"], ["[1]", "2"]),
    "opaque": (lambda: stored(pa.opaque(pa.int8(), "t", "v"), pa.array([1, 2], pa.int8())), ["1", "2"], [1, 2]),
    "tensors": (lambda: pa.FixedShapeTensorArray.from_numpy_ndarray(np.ones((2, 2))), None, [[1, 1]] * 2),
    "binary": (lambda: pa.array([b"a", b"b"]), None, None),
    "UUID": (lambda: stored(pa.uuid(), pa.array([b"a" * 16] * 2, pa.binary(16))), None, None),
    "binary within": (lambda: pa.array([[b"a"], [b"b"]]), None, None),
    "durations": (lambda: pa.array([1, 2], pa.duration("s")), None, ["PT1S", "PT2S"]),
    "map": (lambda: pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int8())), None, [{"a": 1}, {}]),
    "map of numbers": (lambda: pa.array([[(1, 1)], []], pa.map_(pa.int8(), pa.int8())), None, None),
    "half": (lambda: pa.array([1.5, 2.5], pa.float16()), ["1.5", "2.5"], [1.5, 2.5]),
    "dictionary": (lambda: pa.array(["a", "b"]).dictionary_encode(), ["a", "b"], ["a", "b"]),
    "views": (lambda: pa.array(["a", "b"], pa.string_view()), ["a", "b"], ["a", "b"]),
    "decimals": (lambda: pa.array([Decimal("1.5"), None], pa.decimal128(30, 2)), ["1.50", ""], [1.5, None]),
    "nothing": (lambda: pa.nulls(2), ["", ""], [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_kept_is_written_or_refused(kind: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make, cells, members = KEPT[kind]
    source = written(tmp_path, make(), "file")
    for ending, expected in (("csv", cells), ("tsv", cells), ("ndjson", members)):
        out = tmp_path / f"out.{ending}"
        if expected is None:
            with pytest.raises(ExprError, match=f"the column s holds .*, which {ending.upper()} cannot hold") as caught:
                transform([source], str(out), Twice(), keep=["s"])
            assert caught.value.exit_code == 2 and not out.exists()
            continue
        transform([source], str(out), Twice(), keep=["s"])
        lines = out.read_text().splitlines()
        if ending == "ndjson":
            assert [json.loads(line)["s"] for line in lines] == expected
        else:
            assert [line.replace("\t", ",").rpartition(",")[0] for line in lines] == ["s", *expected]
    frame = pl.read_ipc(source)
    for ending, read in (("parquet", pl.read_parquet), ("arrow", pl.read_ipc)):
        transform([source], str(tmp_path / f"out.{ending}"), Twice())
        assert read(tmp_path / f"out.{ending}")["s"].dtype == frame["s"].dtype
    assert capfd.readouterr() == ("", "")


def test_a_struct_without_members(tmp_path: Path) -> None:
    source = written(tmp_path, pa.array([{}, {}], pa.struct([])), "file")
    with pytest.raises(ExprError, match="which Parquet cannot hold\n  leave it out by --keep-columns, or write Arrow"):
        transform([source], str(tmp_path / "out.parquet"), Twice())
    transform([source], str(tmp_path / "out.arrow"), Twice())


INTERVALS = """
import pyarrow as pa, sys
table = pa.table({"x": [1.0], "s": pa.array([pa.MonthDayNano([1, 2, 3])])})
with pa.ipc.new_file("a.arrow", table.schema) as writer:
    writer.write_table(table)
from exprgrad.cli import run
asked = ["2*x", "--rows-from", "a.arrow", "-q", "--max-order", "0"]
codes = [run(asked), run([*asked, "--keep-columns", "none"])]
sys.exit(0 if codes == [65, 0] else 1)
"""


@pytest.mark.slow
def test_intervals(tmp_path: Path) -> None:
    # In a process of its own: Polars asks once whether it is to read them.
    done = subprocess.run([sys.executable, "-c", INTERVALS], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "c\n2.0\n")
    assert done.stderr.startswith("exprgrad: error: a.arrow: the column s cannot be read: it holds intervals\n")


SILENCE = """
import os, sys
from exprgrad.rows.panics import silent_panics
with silent_panics():
    os.write(2, b"no")
    print("a", file=sys.stderr)
    with silent_panics():
        pass
    os.write(2, b"no")
print("b", file=sys.stderr)
os.write(2, b"c")
"""


def test_panics_are_silent_and_python_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", SILENCE], capture_output=True, text=True)
    assert done.stderr.split() == ["a", "b", "c"]
    # Where standard error is closed, there is nobody to hear.
    script = f"exec {sys.executable} -c 'from exprgrad.rows.panics import *\nwith silent_panics(): pass' 2>&-"
    assert subprocess.run(["sh", "-c", script]).returncode == 0


def test_fields_that_hold_each_other_over_and_over() -> None:
    """A damaged schema, whose fields each have the next one twice, is gone through once."""

    def table(places: dict[int, int], fields: bytes) -> bytes:
        """A table, its offsets before it: where those of its fields that are there begin."""
        offsets = struct.pack("<HH6H", 16, 8, *[places.get(place, 0) for place in range(6)])
        return offsets + struct.pack("<i", len(offsets)) + fields

    body = struct.pack("<I", 20) + table({2: 4}, struct.pack("<I", 20))
    body += table({1: 4}, struct.pack("<III", 4, 1, 20))
    body += table({5: 4}, struct.pack("<IIII", 4, 2, 24, 20)) * 60 + table({}, b"")
    message = b"\xff\xff\xff\xff" + struct.pack("<i", len(body)) + body
    assert odd_columns(message, stored=True) == ({}, {})


@pytest.mark.parametrize("ending", ["csv", "ndjson"])
@pytest.mark.parametrize(
    "column",
    [
        pa.array([1, 2**31 - 1], pa.int32()).cast(pa.date32()),
        pa.array([1, 2**63 - 1], pa.timestamp("us")),
        pa.array([-(2**62), 1], pa.timestamp("ms", tz="Europe/Berlin")),
        pa.array([{"a": 1}, {"a": 2**31 - 1}])
        .cast(pa.struct([("a", pa.int32())]))
        .cast(pa.struct([("a", pa.date32())])),
    ],
    ids=["date", "time", "zoned", "nested"],
)
def test_a_date_beyond_the_calendar(column: Any, ending: str, tmp_path: Path) -> None:
    """Polars panics at one when it writes text; 'infinity' of DuckDB's is one."""
    if isinstance(column.type, pa.StructType) and ending == "csv":
        return  # which holds no such column
    path, out = tmp_path / "in.parquet", tmp_path / f"out.{ending}"
    parquet.write_table(pa.table({"x": [1.0, 2.0], "y": [1.0, 2.0], "d": column}), path)
    with pytest.raises(InputDataError, match=r"row [12]: the column d holds a date beyond the calendar"):
        transform([str(path)], str(out), Product())
    assert not out.exists()
    transform([str(path)], str(tmp_path / "out.parquet"), Product())


def test_a_damaged_copy_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table({"x": [1.0, 2.0], "y": [1.0, 2.0]}), path)
    data = bytearray(path.read_bytes())
    data[data.index(b"ARROW:schema") + 40] = 1
    path.write_bytes(data)
    with pytest.raises(InputDataError, match="damaged"):
        transform([str(path)], str(tmp_path / "out.csv"), Product())
