"""What is said when rows cannot be read, computed or written, and what is left behind then: nothing."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import exprgrad.rows
from exprgrad.diagnostics import ExprError, Span
from exprgrad.files import TO_UTF8
from exprgrad.rows import row_count, transform
from exprgrad.rows.contract import RowProblem
from tests.rows.functions import Product

ENDINGS = "a file of rows ends in .csv, .tsv, .ndjson, .jsonl, .parquet, .arrow, .ipc, .feather"
ELSE = "; --from-column NAME=COLUMN binds another one, --NAME VALUE gives a value for all rows"
WITHOUT = "--on-bad-row null or skip goes on without the row"
KEEP_ROWS = f"correct it; {WITHOUT}"

# The files that there are, the ones that are read, options, the exit code and the message.
CASES: dict[str, tuple[dict[str, str | bytes], list[str], dict[str, Any], int, str]] = {
    "no file": ({}, ["no.csv"], {}, 66, "cannot read no.csv: no such file or directory"),
    "no match": ({}, ["*.csv"], {}, 66, "no file matches *.csv"),
    "an empty directory": (
        {"d/README": ""},
        ["d"],
        {},
        66,
        f"the directory d has no files of rows\n  {ENDINGS}",
    ),
    "nothing": ({}, [], {}, 2, "there are no files of rows\n  name one, or '-' for standard input"),
    "a workbook": (
        {"a.xlsx": b"PK\x03\x04\0\0\n"},
        ["a.xlsx"],
        {},
        65,
        "a.xlsx is no text but a zip archive or a workbook\n  unpack it, or save it as CSV",
    ),
    "no text": (
        {"a.bin": b"x,\0y\n1,2\n"},
        ["a.bin"],
        {},
        65,
        "a.bin is no text: its first line has a byte that is 0\n  save it as CSV or another text",
    ),
    "several formats": (
        {"a.csv": "x,y\n", "b.tsv": "x\ty\n"},
        ["a.csv", "b.tsv"],
        {},
        2,
        "the files of rows are CSV and TSV: a.csv and b.tsv\n  give files of one format",
    ),
    "a stream and a file": (
        {"a.csv": "x,y\n"},
        ["-", "a.csv"],
        {},
        2,
        "standard input cannot be read together with other files\n  give '-' alone",
    ),
    "an empty file": ({"a.csv": ""}, ["a.csv"], {}, 65, "a.csv is empty\n  its first line names the columns"),
    "blank lines": ({"a.csv": "\n\r\n"}, ["a.csv"], {}, 65, "a.csv is empty\n  its first line names the columns"),
    **{
        f"{what} between names": (
            {f"a.{ending}": separator.join("xy") + "\n" + separator.join("12") + "\n"},
            [f"a.{ending}"],
            {},
            65,
            f"a.{ending} has no column x\n  its first line has {what} between the names: {instead}",
        )
        for what, separator, ending, instead in (
            ("semicolons", ";", "csv", "write --csv-separator ';'; and --decimal-comma, if 1,5 is a number there"),
            ("bars", "|", "csv", "write --csv-separator '|'"),
            ("spaces", " ", "csv", "write --csv-separator spaces"),
            ("tabs", "\t", "csv", "let its own name end in .tsv, or write --csv-separator tab"),
            ("commas", ",", "tsv", "let its own name end in .csv, or write --csv-separator ,"),
        )
    },
    "a name with a space": (
        {"a.csv": "Price USD\n1\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv has no column x\n  its columns are Price USD{ELSE}",
    ),
    "a comment before the names": (
        {"a.csv": "# of today, at noon\nx,y\n1,2\n"},
        ["a.csv"],
        {},
        65,
        "a.csv has no column x\n"
        "  its first line begins as a comment: write --comment-prefix '#', if the names stand below",
    ),
    "a member of a late line": (
        {"a.ndjson": '{"x": 1}\n' * 1000 + '{"x": 1, "y": 2}\n'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson has no column y\n  only its first 1,000 lines were looked at for columns: "
        "write y in one of them, null will do; those found are x",
    ),
    "a member that no line has": (
        {"a.ndjson": '{"x": 1}\n' * 999},
        ["a.ndjson"],
        {},
        65,
        f"a.ndjson has no column y\n  its columns are x{ELSE}",
    ),
    **{
        f"a line that ends after {line}": (
            {"a.ndjson": '{"x": 1, "y": 2}\n' + line},
            ["a.ndjson"],
            {},
            65,
            "a.ndjson:2: row 2: it is not a JSON object: it ends too soon\n"
            "  write each object whole, on a line of its own",
        )
        for line in ("{", '{"x": 2', '{"x": 1, "y":', '{"x": 1, "y": [1', '{"x": 1, "y": "a')
    },
    "an element of a list on a line": (
        {"a.ndjson": '{"x": 1, "y": 2},\n'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1: row 1: it is not a JSON object: expected the end of the line at column 17\n"
        "  write an object on each line, without commas between them",
    ),
    "a missing column": (
        {"a.csv": "x,z\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv has no column y\n  its columns are x and z{ELSE}",
    ),
    "a mistyped column": (
        {"a.csv": "x,Y\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv has no column y\n  did you mean Y? its columns are x and Y{ELSE}",
    ),
    "a kept column that is not there": (
        {"a.csv": "x,y,weight\n"},
        ["a.csv"],
        {"keep": ["wieght"]},
        65,
        "a.csv has no column wieght\n  did you mean weight? its columns are x, y and weight",
    ),
    "a missing member": (
        {"a.ndjson": '{"x": 1}\n'},
        ["a.ndjson"],
        {},
        65,
        f"a.ndjson has no column y\n  its columns are x{ELSE}",
    ),
    "a result with the name of a column": (
        {"a.csv": "x,c,y\n"},
        ["a.csv"],
        {},
        2,
        "a.csv has a column c, and so has the result\n"
        "  give the result another name, or leave the column out by --keep-columns x,y",
    ),
    "a result with the name of a member": (
        {"a.ndjson": '{"x": 1, "y": 2}\n' * 1200 + '{"x": 1, "y": 2, "c": 3}\n'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1201: row 1201: it has a member c, and so has the result",
    ),
    "a Parquet file that is called text": (
        {"a.csv": b"PAR1\x15\0\x15"},
        ["a.csv"],
        {},
        65,
        "a.csv is no text but a Parquet file\n  let its name end in .parquet",
    ),
    "a column called as a Parquet file begins": (
        {"a.csv": "PAR1,x\n1,2\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv has no column y\n  its columns are PAR1 and x{ELSE}",
    ),
    "two columns of one name": (
        {"a.csv": "x,y,x\n"},
        ["a.csv"],
        {},
        65,
        "a.csv has two columns 'x'\n  name each column once",
    ),
    "a bad cell": (
        {"a.csv": "x,y\n1,2\n3,4 apples\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv:3: row 2: y is '4 apples', not a number\n  {KEEP_ROWS}",
    ),
    "the first of several bad cells": (
        {"a.csv": "x,y\n1,NA\nNA,NA\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv:2: row 1: y is 'NA', not a number\n  write --null-markers NA; {WITHOUT}",
    ),
    "a bad cell late": (
        {"a.csv": "id,x,y\n" + "".join(f'"{i}\n",{i},1\n' for i in range(150_000)) + "n,1_000,1\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv:300002: row 150001: x is '1_000', not a number\n  {KEEP_ROWS}",
    ),
    "a bad cell after blank lines": (
        {"a.csv": "\nx,y\n\n1,2\n\n\n0x1,2\n"},
        ["a.csv"],
        {},
        65,
        f"a.csv:7: row 2: x is '0x1', not a number\n  {KEEP_ROWS}",
    ),
    "a bad cell in the second file": (
        {"a.csv": "x,y\n1,2\n", "b.csv": "x,y\nyes,2\n"},
        ["a.csv", "b.csv"],
        {},
        65,
        f"b.csv:2: row 1: x is 'yes', not a number\n  {KEEP_ROWS}",
    ),
    "a bad member": (
        {"a.ndjson": '{"x": 1, "y": 2}\n\n{"x": [1, 2], "y": 2}\n'},
        ["a.ndjson"],
        {},
        65,
        f"a.ndjson:3: row 2: x is '[1, 2]', not a number\n  {KEEP_ROWS}",
    ),
    "a short row": (
        {"a.csv": "x,y\n1,2\n3\n"},
        ["a.csv"],
        {},
        65,
        "a.csv:3: row 2: 1 cell, but the header has 2\n  a cell without a value is an empty one",
    ),
    "a long row": (
        {"a.csv": "x,y\n1,2\n\n3,4,5\n"},
        ["a.csv"],
        {},
        65,
        "a.csv:4: row 2: 3 cells, but the header has 2\n  a cell with a comma in it stands between quotes",
    ),
    "a long first row": (
        {"a.tsv": "x\ty\n3\t4\t5\n"},
        ["a.tsv"],
        {},
        65,
        "a.tsv:2: row 1: 3 cells, but the header has 2\n  a cell with a tab in it stands between quotes",
    ),
    "a quote that is not closed": (
        {"a.csv": 'x,y\n1,2\n3,"4\n5,6\n'},
        ["a.csv"],
        {},
        65,
        "a.csv:3: row 2: a quote stands within a cell or is not closed\n"
        '  write a cell with quotes as "a ""word"" in quotes"',
    ),
    "a quote within a cell": (
        {"a.csv": 'x,y,z\n1,2,a\n3,4,"a" b\n'},
        ["a.csv"],
        {},
        65,
        "a.csv:3: row 2: a quote stands within a cell or is not closed\n"
        '  write a cell with quotes as "a ""word"" in quotes"',
    ),
    "Latin letters": (
        {"a.csv": "x,y,z\n1,2,e\n3,4,é\n".encode("latin-1")},
        ["a.csv"],
        {},
        65,
        "a.csv:3: row 2: the byte 0xe9 is not UTF-8\n  write --csv-encoding cp1252 if it is that, or save it as UTF-8",
    ),
    "Latin letters in the header": (
        {"a.csv": "x,y,é\n1,2,e\n".encode("latin-1")},
        ["a.csv"],
        {},
        65,
        "a.csv is not UTF-8: the header has the byte 0xe9\n"
        "  write --csv-encoding cp1252 if it is that, or save it as UTF-8",
    ),
    "UTF-16": (
        {"a.csv": "x,y\n".encode("utf-16")},
        ["a.csv"],
        {},
        65,
        "a.csv is not UTF-8: the header has the byte 0xff\n"
        "  write --csv-encoding utf-16 if it is that, or save it as UTF-8",
    ),
    "Latin letters in NDJSON": (
        {"a.ndjson": '{"x": 1, "y": 2}\n{"x": "é", "y": 2}\n'.encode("latin-1")},
        ["a.ndjson"],
        {},
        65,
        f"a.ndjson:2: row 2: the byte 0xe9 is not UTF-8\n  {TO_UTF8}",
    ),
    "carriage returns": (
        {"a.csv": "x,y\r1,2\r"},
        ["a.csv"],
        {},
        65,
        "the lines of a.csv end in carriage returns alone\n  end them with newlines",
    ),
    "a list of objects": (
        {"a.ndjson": '[{"x": 1, "y": 2}]\n'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1: row 1: it is not a JSON object: expected '{' at column 1\n"
        "  write an object on each line, without commas between them",
    ),
    "a line that is cut": (
        {"a.ndjson": '{"x": 1, "y": 2}\n' * 1200 + '{"x": 1, "y'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1201: row 1201: it is not a JSON object: it ends too soon\n"
        "  write each object whole, on a line of its own",
    ),
    "two objects": (
        {"a.ndjson": '{"x": 1, "y": 2} {}\n'},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1: row 1: it is not a JSON object: expected the end of the line at column 18",
    ),
    "deep": (
        {"a.ndjson": '{"x": ' + "[" * 100_000 + "}\n"},
        ["a.ndjson"],
        {},
        65,
        "a.ndjson:1: row 1: its values are nested too deeply",
    ),
    "no Parquet": (
        {"a.parquet": "x,y\n1,2\n3,4\n"},
        ["a.parquet"],
        {},
        65,
        "a.parquet is damaged or is no Parquet file: parquet: File out of specification: "
        "The file must end with PAR1 or PARE\n  write it anew",
    ),
    "an empty Arrow file": ({"a.arrow": ""}, ["a.arrow"], {}, 65, "a.arrow is empty\n  it is no Arrow file"),
    "other columns": (
        {"a.csv": "x,y\n", "b.csv": "x,z\n"},
        ["a.csv", "b.csv"],
        {},
        65,
        "b.csv has no column y, which a.csv has\n  give files with the same columns in the same order",
    ),
    "more columns": (
        {"a.csv": "x,y\n", "b.csv": "x,y,z\n"},
        ["a.csv", "b.csv"],
        {},
        65,
        "b.csv has a column z, which a.csv lacks\n  give files with the same columns in the same order",
    ),
    "another order": (
        {"a.csv": "x,y\n", "b.csv": "y,x\n"},
        ["a.csv", "b.csv"],
        {},
        65,
        "b.csv has the columns of a.csv in another order\n  give files with the same columns in the same order",
    ),
    "a mode": (
        {"a.csv": "x,y\n"},
        ["a.csv"],
        {"on_bad_row": "drop"},
        2,
        "on_bad_row is 'drop'\n  it is one of error, null, skip",
    ),
    "text to stay text in CSV": (
        {"a.csv": "x,y\n"},
        ["a.csv"],
        {"keep_text": ["x"]},
        2,
        "--keep-text does nothing where CSV is written, which is all text\n  leave it out",
    ),
    "text to stay text in lines that stay": (
        {"a.ndjson": '{"x": 1, "y": 2}\n'},
        ["a.ndjson"],
        {"keep_text": None},
        2,
        "--keep-text does nothing where NDJSON is read and written: lines stay as they are\n  leave it out",
    ),
    "text to stay text where there are types": (
        {"a.parquet": b""},
        ["a.parquet"],
        {"keep_text": None, "output_format": "arrow"},
        2,
        "--keep-text does nothing where Parquet is read, whose columns have types\n  leave it out",
    ),
    "an output format": (
        {"a.csv": "x,y\n"},
        ["a.csv"],
        {"output_format": "xls"},
        2,
        "there is no format 'xls' for rows\n  it is one of csv, tsv, ndjson, parquet, arrow, table, json",
    ),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def left(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


@pytest.mark.parametrize("name", CASES)
def test_errors(name: str, folder: Path) -> None:
    files, names, options, code, message = CASES[name]
    for path, content in files.items():
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = left(folder)
    ending = "csv" if not names or not names[0].endswith("ndjson") else "ndjson"
    with pytest.raises(ExprError) as caught:
        transform(names, f"out.{ending}", Product(), **options)
    assert str(caught.value) == message
    assert caught.value.exit_code == code
    assert left(folder) == before


def test_a_truncated_parquet_file(folder: Path) -> None:
    pl.DataFrame({"x": [0.1] * 100, "y": [0.2] * 100}).write_parquet("a.parquet")
    data = Path("a.parquet").read_bytes()
    for end in range(1, len(data), 37):
        Path("a.parquet").write_bytes(data[:end])
        with pytest.raises(ExprError, match=r"^a\.parquet is damaged or is no Parquet file: ") as caught:
            transform(["a.parquet"], "out.parquet", Product())
        assert caught.value.exit_code == 65
    Path("a.parquet").write_bytes(data[:4] + b"\0" * 60 + data[64:])
    with pytest.raises(ExprError, match=r"^a\.parquet is damaged or is no Parquet file: "):
        transform(["a.parquet"], "out.parquet", Product())
    assert left(folder) == ["a.parquet"]


@pytest.mark.slow
def test_a_truncated_arrow_stream(folder: Path) -> None:
    pl.DataFrame({"x": [0.1] * 100, "y": [0.2] * 100}).write_ipc_stream("a.arrow")
    data = Path("a.arrow").read_bytes()
    # Cut between two messages it is a whole stream with fewer rows.
    ends = {len(data), *(at for at in range(len(data)) if data.startswith(b"\xff" * 4, at))}
    for end in set(range(4, len(data) - 8, 37)) - ends:
        Path("a.arrow").write_bytes(data[:end])
        with pytest.raises(ExprError, match=r"^a\.arrow is damaged or is no Arrow stream: ") as caught:
            transform(["a.arrow"], "out.arrow", Product())
        assert caught.value.exit_code == 65
    assert left(folder) == ["a.arrow"]


@pytest.mark.parametrize("rest", [b"", b"\0" * 100, b"\x10" * 100, b"\xff" * 100, b"\x10\0\0\0" * 100])
def test_no_arrow_stream(rest: bytes, folder: Path) -> None:
    Path("a.arrow").write_bytes(b"\xff" * 4 + rest)
    with pytest.raises(ExprError, match=r"^a\.arrow is damaged or is no Arrow stream: "):
        transform(["a.arrow"], "out.arrow", Product())
    assert left(folder) == ["a.arrow"]


def test_a_truncated_arrow_file(folder: Path) -> None:
    pl.DataFrame({"x": [0.1] * 100, "y": [0.2] * 100}).write_ipc("a.arrow")
    data = Path("a.arrow").read_bytes()
    for end in range(1, len(data), 97):
        Path("a.arrow").write_bytes(data[:end])
        with pytest.raises(ExprError, match=r"^a\.arrow is damaged or is no Arrow file: ") as caught:
            transform(["a.arrow"], "out.arrow", Product())
        assert caught.value.exit_code == 65
    assert left(folder) == ["a.arrow"]


def test_types_that_are_no_numbers(folder: Path) -> None:
    pl.DataFrame({"x": [1.0], "y": [[1.0]], "z": [b"b"]}).write_parquet("a.parquet")
    with pytest.raises(
        ExprError, match=r"^a\.parquet: the column y holds List\(Float64\), not numbers\n  --from-column"
    ):
        transform(["a.parquet"], "out.csv", Product())
    pl.DataFrame({"x": [1.0], "y": [1.0], "z": [b"b"], "l": [[1]]}).write_parquet("a.parquet")
    for ending, column, kind, format in (
        ("csv", "z", "Binary", "CSV"),
        ("ndjson", "z", "Binary", "NDJSON"),
        ("tsv", "l", r"List\(Int64\)", "TSV"),
    ):
        keep = ["x", column]
        with pytest.raises(
            ExprError, match=f"^the column {column} holds {kind}, which {format} cannot hold\n"
        ) as caught:
            transform(["a.parquet"], f"out.{ending}", Product(), keep=keep)
        assert caught.value.exit_code == 2
    transform(["a.parquet"], "out.parquet", Product())
    pl.DataFrame({"x": [1], "y": [1.0]}).write_parquet("a.parquet")
    pl.DataFrame({"x": [1.0], "y": [1.0]}).write_parquet("b.parquet")
    with pytest.raises(ExprError, match=r"^b\.parquet: the column x holds Float64, but Int64 in a\.parquet\n"):
        transform(["a.parquet", "b.parquet"], "out.csv", Product())


def test_a_row_that_cannot_be_computed(folder: Path) -> None:
    Path("a.csv").write_text("x,y\n1,2\n,1\n3,4\n")
    with pytest.raises(ExprError) as caught:
        transform(["a.csv"], "out.csv", Product(refused=3.0))
    hint = "begin elsewhere; --on-bad-row null or skip goes on without the row"
    assert str(caught.value) == f"a.csv, row 3 (line 4): it does not end\n  {hint}"
    assert caught.value.exit_code == 65
    assert left(folder) == ["a.csv"]


def test_no_column_is_used(folder: Path) -> None:
    class Constant:
        columns = ()
        outputs = ("c",)

        def prepare(self) -> None:
            raise AssertionError

        def __call__(self, columns: Any, /) -> Any:
            raise AssertionError

    Path("a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ExprError, match=r"^the expression uses no column of the rows\n  the columns are x and y$"):
        transform(["a.csv"], "out.csv", Constant())


@pytest.mark.parametrize(
    ("target", "message", "code"),
    [
        ("no/out.csv", "cannot write no/out.csv: no such file or directory", 73),
        ("no/out.parquet", "cannot write no/out.parquet: no such file or directory", 73),
        ("d.csv", "cannot write d.csv: it is a directory", 73),
        ("out.xls", "cannot tell the format of 'out.xls'\n  a file of rows ends in", 2),
        ("out\0.csv", "cannot write out\0.csv: ", 73),
        ("x" * 300 + ".csv", f"cannot write {'x' * 87}", 73),
    ],
)
def test_outputs_that_cannot_be(target: str, message: str, code: int, folder: Path) -> None:
    Path("a.csv").write_text("x,y\n1,2\n")
    Path("d.csv").mkdir()
    with pytest.raises(ExprError) as caught:
        transform(["a.csv"], target, Product())
    assert str(caught.value).startswith(message)
    assert caught.value.exit_code == code
    assert left(folder) == ["a.csv", "d.csv"]


def interrupt() -> None:
    raise KeyboardInterrupt


def bug() -> None:
    raise ZeroDivisionError("a bug")


@pytest.mark.parametrize("ending", ["csv", "ndjson", "parquet", "arrow"])
@pytest.mark.parametrize(("act", "kind"), [(interrupt, KeyboardInterrupt), (bug, ZeroDivisionError)])
def test_nothing_is_left_behind(
    act: Callable[[], None], kind: type[BaseException], ending: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(row_count, "TOLD", 0.0)
    pl.DataFrame({"x": [1.0] * 400_000, "y": [2.0] * 400_000}).write_parquet("a.parquet")
    Path(f"out.{ending}").write_text("before")
    with pytest.raises(kind):
        transform(["a.parquet"], f"out.{ending}", Product(), progress=lambda *_: act())
    assert left(folder) == ["a.parquet", f"out.{ending}"]
    assert Path(f"out.{ending}").read_text() == "before"


def test_polars_is_missing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(ExprError) as caught:
        exprgrad.rows.transform(["a.csv"], "out.csv", Product())
    assert str(caught.value) == 'files of rows need Polars\n  pip install "exprgrad[rows]"'
    assert caught.value.exit_code == 2


def test_a_problem_with_rows_pickles() -> None:
    problem = pickle.loads(pickle.dumps(RowProblem("no", Span(1, 2), rows=(3, 4), hint="yes", source="abc")))
    assert (problem.rows, problem.span, problem.hint, str(problem)) == (
        (3, 4),
        Span(1, 2),
        "yes",
        "no\n  abc\n   ^\n  column 2: yes",
    )


def test_a_row_without_an_end_is_told_with_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from exprgrad.rows import chunks, delimited

    monkeypatch.setattr(chunks, "LONGEST_ROW", 100)
    monkeypatch.setattr(delimited, "BLOCK", 16)
    Path("a.csv").write_text("x,y\n1,2\n" * 1 + "1,2\n" * 20)
    for before, row in (("", 1), ("1,2\n", 2)):
        Path("b.csv").write_text(f'x,y\n{before}1,"' + "2\n" * 100)
        with pytest.raises(ExprError) as caught:
            transform(["a.csv", "b.csv"], "out.csv", Product())
        assert str(caught.value) == f"b.csv, row {row}: the row is longer than 0 MB: a quote is not closed"
