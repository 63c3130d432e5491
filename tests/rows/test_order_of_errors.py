"""What is wrong with the program is said before what is wrong with the rows, and before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from exprgrad.cli import run

# In each row it has an array on the way, with which one of the engines cannot compute.
PROGRAM = "c = sum([x, 2*x])"
WRONG = "a value on the way is an array"


@pytest.mark.parametrize(
    "rows",
    [None, "", "x\n", "x\none\n", "x\n1\none\n", "y\n1\n", "x\n1\n"],
    ids=["no file", "an empty file", "no rows", "a bad row", "a bad row later", "no column", "good rows"],
)
@pytest.mark.parametrize("target", ["-", "out.csv", "out.parquet", "no/out.csv"])
def test_the_program_comes_first(
    rows: str | None, target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    if rows is not None:
        Path("in.csv").write_text(rows)
    assert run([PROGRAM, "--rows-from", "in.csv", "-o", target, "--row-engine", "numpy"]) == 2
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(f"exprgrad: error: {WRONG}".encode())
    assert [path.name for path in tmp_path.iterdir()] == ([] if rows is None else ["in.csv"])


def test_before_a_bad_first_row_there_is_no_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("x\none\n")
    assert run(["c = 2*x", "--rows-from", "in.csv", "-o", "-"]) == 65
    out, err = capfdbinary.readouterr()
    assert out == b""
    assert err.startswith(b"in.csv:2: error: row 1: x is 'one', not a number")
