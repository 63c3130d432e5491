"""Arrow streams whose batches differ: later ones are shorter, empty, or have a null where the first had none."""

from __future__ import annotations

import io
import math
from pathlib import Path

import polars as pl
import pytest

from exprgrad.cli import run
from exprgrad.diagnostics import InputDataError
from exprgrad.rows.arrow_stream import ArrowStream
from exprgrad.rows.panics import silent_panics
from exprgrad.rows.sources import sources

pa = pytest.importorskip("pyarrow")
ipc = pytest.importorskip("pyarrow.ipc")

X = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
CUTS = {
    "shorter": [5, 3],
    "one row": [7, 1],
    "empty between": [4, 0, 4],
    "empty first": [0, 8],
    "empty last": [8, 0],
    "longer": [1, 7],
    "ones": [1] * 8,
    "down": [4, 3, 1],
}


def stream(sizes: list[int], x: list[float | None]) -> bytes:
    """A stream of so many rows in each batch: x, its square, and a text that names the row."""
    table = pa.table(
        {
            "x": pa.array(x, pa.float64()),
            "y": [2.0 * (i + 1) for i in range(len(x))],
            "id": [f"r{i}" for i in range(len(x))],
        }
    )
    buffer = io.BytesIO()
    with ipc.new_stream(buffer, table.schema) as writer:
        start = 0
        for size in sizes:
            (batch,) = table.slice(start, size).to_batches() or [pa.RecordBatch.from_pylist([], schema=table.schema)]
            writer.write_batch(batch)
            start += size
    return buffer.getvalue()


@pytest.mark.parametrize("engine", ["auto", "numpy", "rounded"])
@pytest.mark.parametrize("sizes", CUTS.values(), ids=CUTS)
def test_batches_of_any_sizes(sizes: list[int], engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.arrow").write_bytes(stream(sizes, list(X)))
    words = ["c = a*x^2 if x > 3 else y", "--rows-from", "in.arrow", "--a", "10", "-q", "-o", "out.csv"]
    assert run([*words, "--row-engine", engine]) == 0
    found = pl.read_csv("out.csv")
    assert found["id"].to_list() == [f"r{i}" for i in range(8)]
    assert found["c"].to_list() == [10 * x * x if x > 3 else 2 * x for x in X]
    assert found["dc_dx"].to_list() == [20 * x if x > 3 else 0 for x in X]
    assert found["dc_dy"].to_list() == [0 if x > 3 else 1 for x in X]
    assert found["dc_da"].to_list() == [x * x if x > 3 else 0 for x in X]


@pytest.mark.parametrize("sizes", CUTS.values(), ids=CUTS)
def test_sums_over_batches_of_any_sizes(
    sizes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.arrow").write_bytes(stream(sizes, list(X)))
    assert run(["c = a*x", "--rows-from", "in.arrow", "--a", "3", "--reduce-rows", "sum", "-q"]) == 0
    assert capfd.readouterr().out == "c = 108.0\nDerivative of c with respect to a = 36.0\n"


@pytest.mark.parametrize("bad", [0, 4, 5, 7])
@pytest.mark.parametrize("sizes", [[5, 3], [2, 5, 1], [1] * 8], ids=str)
def test_a_row_in_any_batch(
    sizes: list[int], bad: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """One with a null is left empty; one that cannot be computed is an error with its number in the file."""
    monkeypatch.chdir(tmp_path)
    words = ["c = 2*x if x else 0", "--rows-from", "in.arrow", "-q", "--max-order", "0", "-o", "out.csv"]
    Path("in.arrow").write_bytes(stream(sizes, [None if i == bad else value for i, value in enumerate(X)]))
    assert run(words) == 0
    assert pl.read_csv("out.csv")["c"].to_list() == [None if i == bad else 2 * value for i, value in enumerate(X)]
    Path("in.arrow").write_bytes(stream(sizes, [math.nan if i == bad else value for i, value in enumerate(X)]))
    assert run(words) == 65
    assert capfd.readouterr().err.startswith(f"exprgrad: error: in.arrow, row {bad + 1}: ")


def test_what_is_damaged_is_an_error_or_is_read(tmp_path: Path) -> None:
    """Any byte of what describes a batch: at some of them Polars panics."""
    path = tmp_path / "in.arrow"
    buffer = io.BytesIO()
    pl.DataFrame({"x": [1.0]}).write_ipc_stream(buffer)
    data = buffer.getvalue()
    batch = data.index(b"\xff" * 4, 4)
    size = int.from_bytes(data[batch + 4 : batch + 8], "little")
    told = []
    with silent_panics():
        for at in range(batch + 8, batch + 8 + size):
            path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
            try:
                table = ArrowStream(sources([str(path)])[0])
                for piece in table.pieces(["x"]):
                    table.frame(piece, ["x"], ())
            except InputDataError as problem:
                told.append(problem.message)
    damaged = f"{path} is damaged or is no Arrow stream: "
    assert told and all(message.startswith(damaged) for message in told)
    assert any("called `Result::unwrap()`" in message for message in told)
