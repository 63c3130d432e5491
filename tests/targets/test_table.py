"""docs/targets.md has a row for each function, a column for each target, and says what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

import exprgrad
from exprgrad.ops.registry import Op
from exprgrad.targets import SQL_OPTIONS, TARGETS
from tests.targets.table import COLUMNS, HEAD, UNRUN, functions, reasons, refusal, written

PAGE = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## How close")[2].splitlines()
ROWS = {row.partition(" | ")[0]: row.strip("| ").split(" | ")[1:] for row in TABLE if row.startswith("| `")}


@pytest.mark.parametrize("op", functions(), ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_each_function_has_a_row(op: Op) -> None:
    cells = ROWS[f"| `{written(op)}`"]
    f = exprgrad.compile(f"c = {written(op)}")
    for column, cell in zip(COLUMNS, cells, strict=True):
        reason = refusal(f, column)
        assert cell.startswith("refused") == bool(reason), "python -m tests.targets.table prints the page"
        if reason:
            assert cell == f"refused ({1 + reasons(PAGE).index(reason)})"
        elif op.name not in ("gamma", "lgamma", "factorial", "digamma", "beta"):
            value, _, slopes = cell.partition(" / ")
            assert float(value) <= 4 and float(slopes) <= 32


def test_the_page_is_that_of_the_command() -> None:
    assert PAGE.startswith(HEAD) and len(ROWS) == len(functions())
    asked = [options for options, _ in COLUMNS.values()]
    assert {options["language"] for options in asked} == set(TARGETS)
    run = {options["dialect"] for options in asked if "dialect" in options}
    assert run | set(UNRUN) == set(SQL_OPTIONS["dialect"]) and not run & set(UNRUN)
