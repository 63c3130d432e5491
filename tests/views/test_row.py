"""A result as one row: against the data frame of the same columns, and what the command writes."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.diagnostics import ResultProblem, UsageError
from exprgrad.views.row import row


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize(
    ("text", "values", "order"),
    [
        ("c = a*b; d = a/b", {"a": 15, "b": 0}, 1),
        ("c = log(a)*b", {"a": -1, "b": 0.1}, 2),
        ("c = a*(kind == 'x,\"y')", {"a": 1e-300, "kind": 'x,"y'}, 1),
        ("7", {}, 1),
    ],
)
def test_it_reads_back(text: str, values: dict[str, object], order: int, separator: str) -> None:
    result = exprgrad.compile(text, max_order=order).run(values)
    head, cells = csv.reader(io.StringIO(row(result, separator=separator)), delimiter=separator)
    assert head == list(result.columns())
    for cell, x in zip(cells, result.columns().values(), strict=True):
        if isinstance(x, str):
            assert cell == x
        else:
            assert float(cell) == x or (cell == "NaN" and math.isnan(x))


def test_of_a_fit_it_has_standard_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("scipy")
    monkeypatch.chdir(tmp_path)
    words = ["c = (a - 1)^2 + (b - u)^2; h = a/b", "--minimize-over", "a,b", "--a", "0", "--b", "1", "--u", "2"]
    assert run([*words, "--standard-errors", "absolute", "--fetch-names", "c,h", "-q", "-o", "fit.csv"]) == 0
    head, cells = Path("fit.csv").read_text().splitlines()
    assert head == "u,a,a_standard_error,da_du,b,b_standard_error,db_du,c,dc_du,h,h_standard_error,dh_du"
    assert [float(cell) for cell in cells.split(",")] == pytest.approx(
        [2, 1, 1, 0, 2, 1, 1, 0, 0, 0.5, math.sqrt(1 / 4 + 1 / 16), -0.25], abs=1e-15
    )


def test_its_numbers_have_a_format() -> None:
    assert row(exprgrad.evaluate("c = a/3", a=1), lambda x: f"{x:.2f}") == "a,c,dc_da\n1.00,0.33,0.33\n"


def test_what_is_no_row() -> None:
    with pytest.raises(UsageError, match=r"c has shape \(2,\), and a cell holds one number\n  write -f json"):
        row(exprgrad.evaluate("c = [a, 1]", a=1))
    with pytest.raises(UsageError, match=r"x has shape \(2,\)"):
        row(exprgrad.evaluate("c = sum(x)", x=[1, 2]))
    with pytest.raises(ResultProblem, match="two columns would be called x"):
        row(exprgrad.evaluate("x = x*2", x=3))
