"""Groups of rows: what is one group, their order, and how they are written in each format."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exprgrad.diagnostics import EvaluationError, ExprError, InputDataError, UsageError
from exprgrad.ranges import Range
from exprgrad.rows import columnar, delimited, groups, ndjson, reduce_groups
from exprgrad.rows.contract import Reading, RowProblem, Summary
from exprgrad.rows.dialect import Dialect
from exprgrad.rows.groups import Groups, keyed
from exprgrad.rows.sources import Sweep
from tests.rows.functions import Array


class Sums:
    """The sum of `x` in each group. Rows where it is `refused` cannot be computed, nor groups with a 13."""

    columns: Sequence[Reading] = ("x",)

    def __init__(self, refused: float | None = None, outputs: Sequence[str] = ("c",)) -> None:
        self.outputs = outputs
        self.refused = refused
        self.found: dict[int, list[float]] = {}

    def __call__(self, columns: Sequence[Array], of: Any, /) -> Sequence[int]:
        assert of.dtype == np.int64 and columns[0].dtype == np.float64
        refused = np.flatnonzero(columns[0] == self.refused).tolist()
        if refused:
            raise RowProblem("it does not end", rows=refused)
        for x, group in zip(columns[0].tolist(), of.tolist(), strict=True):
            self.found.setdefault(group, []).append(x)
        return ()

    def values(self, groups: int, troubled: Any) -> tuple[Sequence[int], Sequence[Sequence[float | None]]]:
        each = [self.found.get(group, []) for group in range(groups)]
        for group, x in enumerate(each):
            if 13.0 in x:
                troubled(group, EvaluationError("13 is in it"))
        return [len(x) for x in each], [[None if 13.0 in x else math.fsum(x) for x in each]]


def reduced(folder: Path, by: Sequence[str], *, refused: float | None = None, **options: Any) -> pl.DataFrame:
    """The groups of the files in a folder."""
    target = folder / "out" / "out.parquet"
    target.parent.mkdir(exist_ok=True)
    reduce_groups([str(folder)], str(target), Sums(refused), by, **options)
    return pl.read_parquet(target)


@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "parquet", "arrow"])
def test_formats(form: str, tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"kind": ["put", "call", "put", None, "put", None, "x"], "year": [1, 1, 2, 2, 1, 2, 3], "x": [*range(6), None]}
    )
    file = tmp_path / f"in.{form}"
    writers = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson}
    if form in writers:
        writers[form](file)
    else:
        frame.write_csv(file, separator="\t" if form == "tsv" else ",")
    found = reduced(tmp_path, ["kind", "year"])
    assert found.to_dict(as_series=False) == {
        "kind": ["put", "call", "put", None],
        "year": [1, 1, 2, 2],
        "rows": [2, 1, 1, 2],
        "c": [4.0, 1.0, 2.0, 8.0],
    }
    assert found.schema["rows"] == found.schema["year"] == pl.Int64


@pytest.mark.slow
@pytest.mark.parametrize("block", [7, 1 << 16])
@pytest.mark.parametrize("size", [3, 1 << 16])
def test_blocks_do_not_matter(block: int, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in (delimited, ndjson):
        monkeypatch.setattr(room, "BLOCK", block)
    monkeypatch.setattr(columnar, "_BATCH", block)
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"k": rng.integers(0, 30, 500), "x": rng.normal(size=500)})
    frame[:300].write_csv(tmp_path / "a.csv")
    frame[300:].write_csv(tmp_path / "b.csv")
    found = reduced(tmp_path, ["k"], size=size)
    assert found["k"].to_list() == frame["k"].unique(maintain_order=True).to_list()
    for k, rows, c in found.rows():
        own = frame.filter(pl.col("k") == k)["x"].to_list()
        assert (rows, c) == (len(own), math.fsum(own))


@pytest.mark.parametrize(
    ("cells", "which"),
    [
        (pl.Series([1.5, math.nan, 0.0, -0.0, math.nan, None, 1.5, None]), [0, 1, 2, 2, 1, 3, 0, 3]),
        (pl.Series([1, 2**62, 2**62 + 1, 1]), [0, 1, 2, 0]),
        (pl.Series([0.1, 0.1 + 2**-55, 0.1], dtype=pl.Float32), [0, 0, 0]),
        (pl.Series([1, 2, 1, 1000]).cast(pl.Datetime("ns")), [0, 1, 0, 2]),
        (pl.Series([date(2020, 1, 1), None, date(2020, 1, 1)]), [0, 1, 0]),
        (pl.Series(["b", "a", "b"], dtype=pl.Categorical), [0, 1, 0]),
        (pl.Series(["b", "a", "b"], dtype=pl.Enum(["a", "b"])), [0, 1, 0]),
        (pl.Series([True, False, None, True]), [0, 1, 2, 0]),
        (pl.Series(["1.10", "1.1"]).cast(pl.Decimal(10, 2)), [0, 0]),
        (pl.Series(["a", "A", "a "]), [0, 1, 2]),
        (pl.Series([None, None]), [0, 0]),
        (pl.Series([], dtype=pl.String), []),
    ],
)
def test_what_is_one_group(cells: pl.Series, which: list[int]) -> None:
    found = Groups(["k"])
    assert found.numbers(keyed(pl.DataFrame({"k": cells}))).tolist() == which
    # Once more, and backwards: the numbers stay.
    assert found.numbers(keyed(pl.DataFrame({"k": cells.reverse()}))).tolist() == which[::-1]
    assert len(found.written({"k": cells.dtype})) == len(set(which))


def test_several_columns() -> None:
    found = Groups(["k", "l"])
    frame = pl.DataFrame({"k": ["a", "a", None, "a"], "l": [1, None, 1, 1]})
    assert found.numbers(keyed(frame)).tolist() == [0, 1, 2, 0]
    assert found.written(frame.schema).rows() == [("a", 1), ("a", None), (None, 1)]


def test_cells_of_text(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('k;x\n put;1,5\n"put";2\nNA;1\n;1\n" ";1\n"a;b";1\n007;1\n7;1\n')
    dialect = Dialect(decimal_comma=True, nulls=("NA",))
    target = tmp_path / "out.csv"
    reduce_groups([str(tmp_path)], str(target), Sums(), ["k"], dialect=dialect)
    assert target.read_text() == 'k;rows;c\nput;2;3,5\n;3;3,0\n"a;b";1;1,0\n007;1;1,0\n7;1;1,0\n'


def test_texts_that_are_numbers(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,l,x\n007,1.5,1\n8,2,1\n,nan,1\n")
    found = reduced(tmp_path, ["k", "l"])
    assert found["k"].to_list() == ["007", "8", None]
    assert str(found["l"].to_list()) == "[1.5, 2.0, nan]"
    reduce_groups([str(tmp_path / "in.csv")], str(tmp_path / "out.ndjson"), Sums(), ["k", "l"])
    assert (tmp_path / "out.ndjson").read_text() == (
        '{"k": "007", "l": 1.5, "rows": 1, "c": 1.0}\n{"k": "8", "l": 2, "rows": 1, "c": 1.0}\n'
        '{"k": null, "l": "NaN", "rows": 1, "c": 1.0}\n'
    )


def test_strings_of_ndjson_stay_strings(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"k": "7", "x": 1}\n{"k": "8", "x": 1}\n{"x": 1}\n{"k": "7", "x": 2}\n')
    assert reduced(tmp_path, ["k"]).rows() == [("7", 2, 3.0), ("8", 1, 1.0), (None, 1, 1.0)]


def test_types_stay(tmp_path: Path) -> None:
    pl.DataFrame(
        {"d": [datetime(2020, 1, 1), None], "e": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])), "x": 1}
    ).write_parquet(tmp_path / "in.parquet")
    found = reduced(tmp_path, ["e", "d"])
    assert found.columns == ["e", "d", "rows", "c"]
    assert found["d"].to_list() == [datetime(2020, 1, 1), None] and found["e"].to_list() == ["a", "b"]
    assert isinstance(found.schema["d"], pl.Datetime)


def test_a_column_may_be_computed_with_too(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x\n1\n1.0\n1\n 1\n")
    assert reduced(tmp_path, ["x"]).rows() == [(1.0, 3, 3.0), (1.0, 1, 1.0)]


@pytest.mark.parametrize("mode", ["skip", "null"])
def test_groups_without_good_rows_are_none(mode: Any, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,x\na,1\nb,bad\nc,7\nd,\na,2\ne,3\n")
    assert reduced(tmp_path, ["k"], on_bad_row=mode, refused=7.0).rows() == [("a", 2, 3.0), ("e", 1, 3.0)]
    gathered = Sums(7.0)
    summary = reduce_groups([str(tmp_path / "in.csv")], str(tmp_path / "o.csv"), gathered, ["k"], on_bad_row=mode)
    assert summary == Summary(6, 2, 0, 1, groups=2)


def test_groups_that_fail(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,x\na,1\n,13\nb,2\n")
    assert reduced(tmp_path, ["k"], on_bad_row="null").rows() == [("a", 1, 1.0), (None, 1, None), ("b", 1, 2.0)]
    assert reduced(tmp_path, ["k"], on_bad_row="skip").rows() == [("a", 1, 1.0), ("b", 1, 2.0)]
    with pytest.raises(InputDataError, match=r"^k = null: 13 is in it\n  --on-bad-row null or skip goes on without"):
        reduced(tmp_path, ["k"])
    for mode in ("null", "skip"):
        found = reduce_groups([str(tmp_path / "in.csv")], str(tmp_path / "o.csv"), Sums(), ["k"], on_bad_row=mode)
        assert (found.groups, found.failed) == (3, 1)


def test_no_rows(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,x\na,\n")
    assert reduced(tmp_path, ["k"]).schema == {"k": pl.String, "rows": pl.Int64, "c": pl.Float64}


def test_a_sweep(tmp_path: Path) -> None:
    sweep = Sweep((Range("x", Fraction(0), Fraction(2), 3), Range("y", Fraction(0), Fraction(1), 2)))
    reduce_groups(sweep, str(tmp_path / "out.csv"), Sums(), ["y"])
    assert (tmp_path / "out.csv").read_text() == "y,rows,c\n0.0,3,3.0\n1.0,3,3.0\n"


def test_numbers_as_asked(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,x\n1.25,1.25\n")
    reduce_groups([str(tmp_path)], str(tmp_path / "o.csv"), Sums(), ["k"], number=lambda x: f"{x:.1f}")
    assert (tmp_path / "o.csv").read_text() == "k,rows,c\n1.25,1,1.2\n"


def test_too_many_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST", 2)
    (tmp_path / "in.csv").write_text("k,x\n1,1\n2,1\n3,1\n")
    with pytest.raises(InputDataError, match="the rows are of more than 2 groups by k"):
        reduced(tmp_path, ["k"])
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("by", "outputs", "message"),
    [
        (["z"], ["c"], "has no column z"),
        (["rows"], ["c"], "rows are grouped by rows"),
        (["k"], ["rows"], "a result is called rows"),
        (["k"], ["k"], "a result is called k, and so is what rows are grouped by"),
        (["l"], ["c"], r"the column l holds List\(Int64\), by which rows are not grouped"),
    ],
)
def test_what_does_not_fit(by: Sequence[str], outputs: Sequence[str], message: str, tmp_path: Path) -> None:
    pl.DataFrame({"k": [1], "l": [[1]], "rows": [1], "x": [1.0]}).write_parquet(tmp_path / "in.parquet")
    with pytest.raises(ExprError, match=message):
        reduce_groups([str(tmp_path)], str(tmp_path / "out.csv"), Sums(outputs=outputs), by)
    assert not (tmp_path / "out.csv").exists()


def test_formats_that_do_not_fit(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("k,x\n1,1\n")
    with pytest.raises(UsageError, match="Parquet is not written so"):
        reduce_groups([str(tmp_path)], str(tmp_path / "o.parquet.gz"), Sums(), ["k"], output_format="parquet")
    with pytest.raises(UsageError, match="--number-format does not fit Parquet"):
        reduce_groups([str(tmp_path)], str(tmp_path / "o.parquet"), Sums(), ["k"], number=repr)
