"""What `@file` and `@file:column` stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from exprgrad.arguments.number_files import NumberFiles
from exprgrad.diagnostics import ExprError, InputDataError
from exprgrad.rows.dialect import Dialect
from tests.inside import command

nan = float("nan")

# The ending and the text of a file, the column that is asked for, and the numbers that there are.
TEXTS: list[tuple[str, str, str | None, Any]] = [
    ("csv", "t,y\n0,1\n1,2.5\n", "y", [1.0, 2.5]),
    ("csv", "t,y\n0,1\n1,2.5\n", "t", [0.0, 1.0]),
    ("csv", "t,y\n0,1\n1,2.5\n", None, [[0.0, 1.0], [1.0, 2.5]]),
    ("csv", "t,y\n0,1\n", None, [0.0, 1.0]),
    ("csv", "t,y\n0,1\n", "t", [0.0]),
    ("csv", "t\n1\n2\n", None, [1.0, 2.0]),
    ("csv", '"Price, USD",k\n"1",a\n2,"b\nc"\n', "Price, USD", [1.0, 2.0]),
    ("csv", "t, y\n0, 1\n", "y", [1.0]),
    ("csv", 't,k\n1,"a\n# no comment"\n\n2,"b\n\n"\n', "t", [1.0, 2.0]),
    ("csv", "a,a,b\n1,2,3\n", "b", [3.0]),
    ("csv", "# what it is\nt,y\n0,1\n\n", "y", [1.0]),
    ("csv", "\ufefft,y\r\n0,1\r\n", "t", [0.0]),
    ("csv", "flag\ntrue\nFALSE\n", "flag", [1.0, 0.0]),
    ("csv", ",x,y\nrow,1,2\n", "y", [2.0]),
    ("csv", "a b,2020\n3,4\n", "2020", [4.0]),
    ("csv", "e\u0301\n5\n", "\u00e9", [5.0]),
    ("csv", "a:b\n6\n", "a:b", [6.0]),
    ("csv", "1,2\n3,4\n", None, [[1.0, 2.0], [3.0, 4.0]]),
    ("csv", "1 2\n3, 4\n", None, [[1.0, 2.0], [3.0, 4.0]]),
    ("tsv", "t\tlong name\n0\t1\n", "long name", [1.0]),
    ("tsv", "0\t1\n2\t3\n", None, [[0.0, 1.0], [2.0, 3.0]]),
    ("txt", "  t    y # seconds\n 0\t  1e3\n  1  -inf\n", "y", [1000.0, -np.inf]),
    ("dat", "t y\n0 1\n2 3\n", None, [[0.0, 1.0], [2.0, 3.0]]),
    ("state", "t y\n0 1\n2 3\n", "y", [1.0, 3.0]),
    ("", "1,2\n3,4\n", None, [[1.0, 2.0], [3.0, 4.0]]),
    ("txt", "7\n", None, 7.0),
    ("txt", "nan\n", None, nan),
    ("txt", "1 2 # x\n# y\n3 4", None, [[1.0, 2.0], [3.0, 4.0]]),
]


@pytest.mark.parametrize(("ending", "text", "column", "expected"), TEXTS)
def test_numbers_of_a_text(tmp_path: Path, ending: str, text: str, column: str | None, expected: Any) -> None:
    file = tmp_path / f"data.{ending}"
    file.write_text(text, encoding="utf-8", newline="")
    found = NumberFiles().value(str(file) if column is None else f"{file}:{column}")
    assert type(found) is type(expected)
    np.testing.assert_array_equal(found, expected, strict=True)


# What was said of a text, the text of a CSV file, the column that is asked for, and the numbers that there are.
DIALECTS: list[tuple[Dialect, str, str | None, Any]] = [
    (Dialect(separator=";"), "t;y\n0;1\n", "y", [1.0]),
    (Dialect(separator=";", decimal_comma=True), 't;y\n0,5;"1,25"\n', None, [0.5, 1.25]),
    (Dialect(decimal_comma=True), "t;y\n0,5;-1,25e3\n", "y", [-1250.0]),
    (Dialect(decimal_comma=True), "0,5\n1,5\n", None, [0.5, 1.5]),
    (Dialect(decimal_comma=True), "0,5 1,5\n", None, [0.5, 1.5]),
    (Dialect(separator="\t"), "t y\tz\n0\t1\n", "t y", [0.0]),
    (Dialect(separator=" "), "t   y\n  0 \t 1\n", "y", [1.0]),
    (Dialect(separator=" "), '"t 1"   y\n  "0"  1\n', "t 1", [0.0]),
    (Dialect(header=False), "1,2\n3,4\n", "c2", [2.0, 4.0]),
    (Dialect(header=False), "1,2\n3,4\n", None, [[1.0, 2.0], [3.0, 4.0]]),
    (Dialect(header=False, names=("a", "b")), "1,2\n3,4\n", "a", [1.0, 3.0]),
    (Dialect(comment="%"), "% it\n1,2\n%\n3,4 % end\n", None, [[1.0, 2.0], [3.0, 4.0]]),
    (Dialect(comment="//"), "// it\nt,y\n//1\n3,4\n", "t", [3.0]),
    (Dialect(nulls=("NA", "-")), "t,y\n1,NA\n3, - \n4,\n5,-1\n", "y", [nan, nan, nan, -1.0]),
    (Dialect(nulls=("-999",)), "1\n-999\n", None, [1.0, nan]),
    (Dialect(encoding="utf-16"), "\u00e9 y\n1 2\n", "\u00e9", [1.0]),
    (Dialect(encoding="cp1252", comment="\u20ac"), "\u20ac\n1, 2 3\n", None, [1.0, 2.0, 3.0]),
]


@pytest.mark.parametrize(("dialect", "text", "column", "expected"), DIALECTS)
def test_numbers_of_a_dialect(tmp_path: Path, dialect: Dialect, text: str, column: str | None, expected: Any) -> None:
    file = tmp_path / "data.csv"
    file.write_text(text, encoding=dialect.encoding or "utf-8")
    found = NumberFiles(dialect).value(str(file) if column is None else f"{file}:{column}")
    np.testing.assert_array_equal(found, expected, strict=True)


def test_points_are_no_commas(tmp_path: Path) -> None:
    file = tmp_path / "data.csv"
    for cell in ("1.5", "1.234,5", "1.234"):
        file.write_text(f"t;y\n0;{cell}\n", encoding="utf-8")
        with pytest.raises(ExprError, match=f"'{cell}' is no number"):
            NumberFiles(Dialect(decimal_comma=True)).value(f"{file}:y")


# The text of a CSV file, what is asked of it, and what is wrong with that: the message, and what is done about it.
WRONG = [
    ("t,y\n0,1\n", ":q", "data.csv has no column q", "its columns are t and y"),
    ("time,y\n0,1\n", ":tine", "data.csv has no column tine", "did you mean time?"),
    ("t;y\n0;1\n", ":t", "data.csv has no column t", "--csv-separator ';'"),
    ("t|y\n0|1\n", ":t", "data.csv has no column t", "--csv-separator '|'"),
    ("t\ty\n0\t1\n", ":x", "data.csv has no column x", "its columns are t and y"),
    ("0,1\n2,3\n", ":t", "data.csv has no column t", "--no-header, and its columns are c1 and c2"),
    ("t,y\n0,NA\n", ":y", "'NA' is no number", "data.csv:2:3: ... write --null-markers NA"),
    ("t,y\n0,\n", ":y", "a cell is empty", "data.csv:2:2: ... write nan where there is no number"),
    ("t;y\n0,5;1\n", "", "'0,5;1' is no number", "--csv-separator ';'; and --decimal-comma"),
    ("t,k\n0,a\n", "", "'a' is no number", "data.csv:2:3: ... write @data.csv:NAME for a column alone"),
    ("t,y\n0,1,2\n", ":t", "3 cells, but the first row has 2", "data.csv:2:1: "),
    ("t,t\n1,2\n", ":t", "data.csv has two columns 't'", "name each column once"),
    ('t,y\n1,2\n"3,4\n5,6\n', ":t", "the row cannot be read: unexpected end of data", "data.csv:"),
    ("t,y\n", ":t", "data.csv has names of columns, and no row below them", "write one"),
    ("\n", ":t", "data.csv holds no number", "write some"),
    ("1,2x\n3,4\n", "", "'2x' is no number", "data.csv:1:3: "),
    ("1.2.3\n4\n", "", "'1.2.3' is no number", "data.csv:1:1: "),
    ("t,y\n0,1\n", ":", "there is no name of a column in @data.csv:", "write @data.csv:x, or @data.csv"),
    ('{"t": 1}\n', ":t", "data.csv holds NDJSON", "let its name end in .ndjson or .jsonl"),
    ("PAR1\0", ":t", "data.csv holds Parquet", "let its name end in .parquet"),
    ("1,2\0", ":t", "data.csv holds no text", "save it as CSV or another text; ... .npy, .ndjson, .jsonl, .parquet"),
]


@pytest.mark.parametrize(("text", "asked", "message", "hint"), WRONG)
def test_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, asked: str, message: str, hint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ExprError) as caught:
        NumberFiles().value(f"data.csv{asked}")
    assert caught.value.message == message
    for part in hint.split(" ... "):
        assert part in str(caught.value)


COLUMNS = pl.DataFrame({"t": [1, 2, 3], "text": ["1.5", " 2", "true"], "bad": ["1", "x", "2"], "gap": [1.0, None, 2.0]})


@pytest.mark.parametrize("ending", ["parquet", "arrow", "ndjson"])
def test_columns_of_typed_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    monkeypatch.chdir(tmp_path)
    name = f"data.{ending}"
    write = {"parquet": COLUMNS.write_parquet, "arrow": COLUMNS.write_ipc, "ndjson": COLUMNS.write_ndjson}[ending]
    write(name)
    files = NumberFiles()
    assert files.value(f"{name}:t") == [1.0, 2.0, 3.0]
    assert files.value(f"{name}:text") == [1.5, 2.0, 1.0]
    for asked, message in (
        ("bad", "bad is 'x', not a number"),
        ("gap", "gap is null, not a number"),
    ):
        with pytest.raises(ExprError, match="row 2") as caught:
            files.value(f"{name}:{asked}")
        assert message in caught.value.message and caught.value.exit_code == 65
    with pytest.raises(ExprError, match="has no column q"):
        files.value(f"{name}:q")
    COLUMNS.select("t", x=pl.col("t") * 2).write_parquet("all.parquet")
    assert files.value("all.parquet") == [[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]
    COLUMNS.select("t").clear().write_parquet("none.parquet")
    with pytest.raises(ExprError, match="has no rows"):
        files.value("none.parquet:t")


def test_a_whole_name_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("t,b.csv\n1,2\n")
    assert NumberFiles().value("a.csv:b.csv") == [2.0]
    Path("a.csv:b.csv").write_text("t\n3\n")
    assert NumberFiles().value("a.csv:b.csv") == 3.0
    assert NumberFiles().value("a.csv:b.csv:t") == [3.0]
    assert NumberFiles().value("a.csv:t") == [1.0]


def test_standard_input_is_read_once() -> None:
    line = ["sum(x*y)", "--x", "@-:x", "--y", "@/dev/stdin:y", "--max-order", "0", "-f", "values"]
    assert command(line, b"x,y\n1,2\n3,4\n") == (0, b"14.0\n", b"")
    line = ["x*y", "--x", "@-:x", "--along-direction", "x=@-:y", "--y", "2", "-f", "values"]
    assert command(line, b"x,y\n1,2\n3,4\n")[:2] == (0, b"[2.0, 6.0]\n[4.0, 8.0]\n")
    code, _, err = command(["-", "--x", "1", "--weight-by", "c=@-"], b"x")
    assert code == 2 and b"the expression and numbers cannot both come from standard input" in err


def test_below_the_first_row_of_a_table_a_hash_is_data(tmp_path: Path) -> None:
    path = tmp_path / "tags.csv"
    path.write_text("# what it is\nid,x\n#1,2\n#2,3\n3,4\n")
    assert NumberFiles().value(f"{path}:x") == [2.0, 3.0, 4.0]
    with pytest.raises(InputDataError, match="'#1' is no number"):
        NumberFiles().value(f"{path}:id")
    assert NumberFiles(Dialect(comment="#")).value(f"{path}:x") == [4.0]
