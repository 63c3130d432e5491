"""Equations that are solved in each row: against the same for one evaluation."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import exprgrad
from exprgrad.cli import run

pl = pytest.importorskip("polars")

TEXT = "x*exp(x/a) == b; y = x^2*b"
A, B, START = [1.0, 2.5, 3.0, 7.0], [0.5, 2.0, 40.0, 1e-3], [1.0, 0.1, 5.0, 0.0]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = zip(A, B, START, strict=True)
    (tmp_path / "d.csv").write_text("a,b,start\n" + "".join(f"{a},{b},{x}\n" for a, b, x in rows))
    return tmp_path


@pytest.mark.parametrize("ending", ["csv", "tsv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize("start", [["--from-column", "x=start"], ["--x", "1"]])
def test_each_row_is_solved_as_if_it_were_alone(ending: str, start: list[str], data: Path) -> None:
    file = data / f"out.{ending}"
    words = [TEXT, "--rows-from", "d.csv", "--solve-for", "x", *start, "--keep-columns", "none", "-o", str(file)]
    assert run(words) == 0
    if ending in ("csv", "tsv"):
        found = pl.read_csv(file, separator="," if ending == "csv" else "\t")
    elif ending == "ndjson":
        found = pl.DataFrame([json.loads(line) for line in file.read_text().splitlines()])
    else:
        found = pl.read_parquet(file) if ending == "parquet" else pl.read_ipc(file)
    f = exprgrad.compile(TEXT)
    for i, row in enumerate(found.iter_rows(named=True)):
        x = START[i] if "--x" not in start else 1.0
        columns = f.solve("x", a=A[i], b=B[i], x=x).columns()
        assert row == {name: columns[name] for name in ("x", "dx_da", "dx_db", "y", "dy_da", "dy_db", "c")}


def test_two_ends_are_those_of_each_row(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["x^2 == a", "--rows-from", "d.csv", "--solve-for", "x=0:3", "--fetch-names", "x", "--max-order", "0"]) == 0
    )
    cells = [line.split(",")[-1] for line in capfd.readouterr().out.splitlines()]
    assert cells == ["x", *map(str, map(math.sqrt, A))]


@pytest.mark.parametrize(("how", "rows"), [("null", ["", "1.0", "1.5"]), ("skip", ["1.0", "1.5"])])
def test_a_row_without_a_root_is_a_bad_row(
    how: str, rows: list[str], data: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("e.csv").write_text("a,start\n-1,1\n1,1\n2.25,2\n")
    words = ["x^2 == a", "--rows-from", "e.csv", "--solve-for", "x", "--from-column", "x=start", "--max-order", "0"]
    assert run([*words, "--fetch-names", "x", "--on-bad-row", how]) == 0
    assert [line.split(",")[-1] for line in capfd.readouterr().out.splitlines()[1:]] == rows
    assert run(words) == 65
    assert "e.csv, row 1 (line 2): no root of c was found from x = 1.0" in capfd.readouterr().err
    # So is one with a start that is none.
    Path("e.csv").write_text("a,start\n1,nan\n1,1\n2.25,2\n")
    assert run([*words, "--fetch-names", "x", "--on-bad-row", how]) == 0
    assert [line.split(",")[-1] for line in capfd.readouterr().out.splitlines()[1:]] == rows


def test_several_unknowns_over_a_grid(capfd: pytest.CaptureFixture[str]) -> None:
    words = [
        "x + y == s; x*y == p; d = y - x",
        "--solve-for",
        "x,y",
        "--sweep-over",
        "s=5:6:1",
        "--sweep-over",
        "p=1:2:1",
    ]
    assert run([*words, "--x", "0", "--y", "5", "--wrt", "p"]) == 0
    head, *lines = capfd.readouterr().out.splitlines()
    assert head.split(",") == ["s", "p", "x", "dx_dp", "y", "dy_dp", "d", "dd_dp", "c", "c1"]
    for line in lines:
        s, p, x, x_by_p, y, _, d, d_by_p, *_ = map(float, line.split(","))
        root = math.sqrt(s * s - 4 * p)
        assert (x, y, d) == pytest.approx(((s - root) / 2, (s + root) / 2, root), rel=1e-14)
        assert (x_by_p, d_by_p) == pytest.approx((1 / root, -2 / root), rel=1e-14)
    assert len(lines) == 4


def test_texts_are_compared(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    Path("t.csv").write_text("kind,k\nput,4\ncall,4\nother,4\n")
    text = "x == (2*k if kind == 'put' else 3*k if kind == 'call' else k)"
    assert run([text, "--rows-from", "t.csv", "--solve-for", "x", "--x", "1", "--fetch-names", "x", "--wrt", ""]) == 0
    assert capfd.readouterr().out.splitlines() == ["kind,k,x", "put,4,8.0", "call,4,12.0", "other,4,4.0"]
