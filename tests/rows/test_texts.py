"""Columns that are compared with texts, in each format."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from exprgrad.diagnostics import InputDataError
from exprgrad.rows import reduce_rows, transform
from exprgrad.rows.contract import IsText, Reading
from exprgrad.rows.dialect import Dialect
from tests.rows.functions import Array, Collected

KINDS = ["put", " call ", None, "NA", "put\u00a0", "it's", "", " ", "Put"]
PUT = [1.0, 0.0, None, 0.0, 1.0, 0.0, None, None, 0.0]


class Kinds:
    """Whether `kind` is each of some texts."""

    def __init__(self, *texts: str, columns: Sequence[Reading] = ()) -> None:
        self.columns: Sequence[Reading] = [*columns, *[IsText("kind", text) for text in texts]]
        self.outputs = [f"c{i}" for i, _ in enumerate(self.columns)]

    def prepare(self) -> None:
        pass

    def __call__(self, columns: Sequence[Array], /) -> Sequence[Array]:
        return columns


@pytest.mark.parametrize("kind", [pl.String(), pl.Categorical(), pl.Enum([x for x in KINDS if x is not None])])
@pytest.mark.parametrize("form", ["csv", "tsv", "ndjson", "parquet", "arrow"])
def test_formats(kind: Any, form: str, tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": range(len(KINDS)), "kind": pl.Series(KINDS, dtype=kind)})
    file = tmp_path / f"in.{form}"
    writers = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson}
    if form in writers:
        writers[form](file)
    else:
        frame.write_csv(file, separator="\t" if form == "tsv" else ",")
    transform([str(file)], str(tmp_path / "out.parquet"), Kinds("put", "it's"))
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found["c0"].to_list() == PUT
    assert found["c1"].to_list() == [None if x is None else float(i == 5) for i, x in enumerate(PUT)]
    # What is compared stays what it was.
    assert found["kind"].cast(pl.String).to_list()[:2] == ["put", " call "]


def test_numbers_in_text_are_texts(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('kind\n007\n7\n" 7"\n7.0\n')
    taken = Collected()
    reduce_rows([str(tmp_path)], [IsText("kind", "7"), "kind"], taken)
    assert taken.column(0) == [0.0, 1.0, 1.0, 0.0]
    assert taken.column(1) == [7.0, 7.0, 7.0, 7.0]


def test_numbers_of_ndjson_are_compared_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"kind": 7}\n{"kind": "7"}\n{"kind": 7.0}\n{"kind": null}\n{}\n')
    taken = Collected()
    reduce_rows([str(tmp_path)], [IsText("kind", "7")], taken)
    assert taken.column(0) == [1.0, 1.0, 0.0]


def test_other_texts(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("kind;x\n1,5;2,5\nNA;1\n1.5;1\n")
    taken = Collected()
    dialect = Dialect(decimal_comma=True, nulls=("NA",))
    reduce_rows([str(tmp_path)], [IsText("kind", "1,5"), "x"], taken, dialect=dialect)
    assert taken.column(0) == [1.0, 0.0] and taken.column(1) == [2.5, 1.0]


def test_a_column_of_numbers_is_no_text(tmp_path: Path) -> None:
    pl.DataFrame({"kind": [1.5]}).write_parquet(tmp_path / "in.parquet")
    with pytest.raises(InputDataError, match="the column kind holds Float64, and it is compared with a text"):
        transform([str(tmp_path)], str(tmp_path / "out.csv"), Kinds("put"))
    assert not (tmp_path / "out.csv").exists()


def test_a_column_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    pl.DataFrame({"kind": [[1.5]]}).write_parquet(tmp_path / "in.parquet")
    with pytest.raises(InputDataError, match=r"the column kind holds List\(Float64\), and it is compared with a text"):
        transform([str(tmp_path)], str(tmp_path / "out.csv"), Kinds("put"))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("kinds\nput\n")
    with pytest.raises(InputDataError, match="no column kind\n  did you mean kinds"):
        transform([str(tmp_path)], str(tmp_path / "out.csv"), Kinds("put"))
