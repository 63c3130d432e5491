"""How far it is, told in one line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from exprgrad.rows import row_count, transform
from exprgrad.rows.progress import ProgressLine, line
from tests.rows.functions import Product


@pytest.mark.parametrize(
    ("rows", "total", "seconds", "text"),
    [
        (0, None, 0.0, "0 rows"),
        (0, 10, 1.0, "0 rows, 0%"),
        (1_250_000, 5_000_000, 0.5, "1,250,000 rows, 25%, 2.5 million rows/s, 2 s left"),
        (1000, None, 2.0, "1,000 rows, 500 rows/s"),
        (1000, 1000, 2.0, "1,000 rows, 100%, 500 rows/s"),
        (1000, 100_000, 1.0, "1,000 rows, 1%, 1,000 rows/s, 1 min 39 s left"),
        (1000, 10_000_000, 1.0, "1,000 rows, 0%, 1,000 rows/s, 2 h 46 min left"),
        (5, None, 0.0, "5 rows"),
        (2000, 1000, 2.0, "2,000 rows, 100%, 1,000 rows/s"),  # more than was thought
        (999_999, None, 1.0, "999,999 rows, 999,999 rows/s"),
        (1_000_000, None, 1.0, "1,000,000 rows, 1.0 million rows/s"),
        (100, 110, 1.0, "100 rows, 90%, 100 rows/s, 1 s left"),
        (100, 6000, 1.0, "100 rows, 1%, 100 rows/s, 59 s left"),
        (100, 6100, 1.0, "100 rows, 1%, 100 rows/s, 1 min 0 s left"),
        (100, 360_000, 1.0, "100 rows, 0%, 100 rows/s, 59 min 59 s left"),
        (100, 360_100, 1.0, "100 rows, 0%, 100 rows/s, 1 h 0 min left"),
    ],
)
def test_line(rows: int, total: int | None, seconds: float, text: str) -> None:
    assert line(rows, total, seconds) == text


def test_a_line_is_written_over_itself_and_cleared() -> None:
    shown: list[str] = []
    times = iter([0.0, 0.5, 1.0])
    progress = ProgressLine(shown.append, lambda: next(times))
    progress.clear()
    progress(5, 20)  # too soon to tell
    progress(10, 20)
    progress.clear()
    progress.clear()
    assert shown == ["\r\033[K10 rows, 50%, 10 rows/s, 1 s left", "\r\033[K"]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_progress_is_told(ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_count, "TOLD", 0.0)
    rows = 1_500_000
    frame = pl.DataFrame({"x": [1.0] * rows, "y": [2.0] * rows})
    path = tmp_path / f"in.{ending}"
    frame.write_parquet(path) if ending == "parquet" else frame.write_csv(path)
    told: list[tuple[int, int | None]] = []
    transform([str(path)], str(tmp_path / "out.parquet"), Product(), progress=lambda *at: told.append(at))
    assert told == sorted(told) and len(told) > 2
    assert {total for _, total in told} == {rows} or all(total and abs(total - rows) < 50_000 for _, total in told)
    assert told[-1] == (rows, rows)
