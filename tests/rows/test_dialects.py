"""Texts that are written otherwise: other separators, decimal commas, comments, no header, marks of missing numbers."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exprgrad.diagnostics import ExprError, OutputFileError
from exprgrad.rows import delimited, reduce_rows, transform
from exprgrad.rows.dialect import PLAIN, SPACES, Dialect, unlike_number
from exprgrad.rows.spaces import even
from exprgrad.rows.spellings import as_ours
from tests.inside import Stream
from tests.rows.functions import Collected, Product

SEMICOLONS = Dialect(separator=";")
COMMAS = Dialect(decimal_comma=True)


def written(folder: Path, text: str, dialect: Dialect, ending: str = "csv", to: str = "csv", **options: Any) -> str:
    source, target = folder / f"in.{ending}", folder / f"out.{to}"
    source.write_bytes(text.encode(dialect.encoding or "utf-8"))
    transform([str(source)], str(target), Product(), dialect=dialect, **options)
    return target.read_text(encoding=(dialect.encoding if to == "csv" else None) or "utf-8")


# What was said of a text, the ending of its file, the text, and what is written of it as CSV.
TEXTS = [
    (SEMICOLONS, "csv", "id;x;y\n,;1;2\n", "id;x;y;c;dc_dx;dc_dy\n,;1;2;2.0;2.0;1.0\n"),
    (SEMICOLONS, "csv", 'x;y\r\n"1";"2"\r\n', "x;y;c;dc_dx;dc_dy\n1;2;2.0;2.0;1.0\n"),
    (Dialect(separator="|"), "csv", "x|y\n1|2\n", "x|y|c|dc_dx|dc_dy\n1|2|2.0|2.0|1.0\n"),
    (Dialect(separator="\t"), "csv", "x\ty\n1\t2\n", "x\ty\tc\tdc_dx\tdc_dy\n1\t2\t2.0\t2.0\t1.0\n"),
    (Dialect(separator=","), "txt", "x,y\n1,2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (COMMAS, "csv", "x;y\n1,5;2\n", "x;y;c;dc_dx;dc_dy\n1,5;2;3,0;2,0;1,5\n"),
    (COMMAS, "csv", 'x;y\n"1,5";-2,5e1\n', "x;y;c;dc_dx;dc_dy\n1,5;-2,5e1;-37,5;-25,0;1,5\n"),
    (COMMAS, "tsv", "x\ty\n1,5\t2\n", "x;y;c;dc_dx;dc_dy\n1,5;2;3,0;2,0;1,5\n"),
    (COMMAS, "dat", "x y\n1,5 2\n", "x;y;c;dc_dx;dc_dy\n1,5;2;3,0;2,0;1,5\n"),
    (Dialect(), "txt", " x\t  y \n\n  1 2\t\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (Dialect(), "dat", '"a b" x y\n"c,  d"   1  "2"\r\n', 'a b,x,y,c,dc_dx,dc_dy\n"c,  d",1,2,2.0,2.0,1.0\n'),
    (Dialect(), "log", "x,y\n1,2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (Dialect(), "log", "x\ty\n1\t2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (COMMAS, "LOG", "x;y\n1,5;2\n", "x;y;c;dc_dx;dc_dy\n1,5;2;3,0;2,0;1,5\n"),
    (Dialect(separator=SPACES), "csv", "x   y\n1   2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (Dialect(comment="#"), "csv", '# "\n#\nx,y\n#1,2\n1,2\n# z', "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (Dialect(comment="#"), "csv", "\ufeff# z\nx,y\n1,2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (Dialect(comment="//"), "csv", "// z\nx,y,u\n1,2,/\n", "x,y,u,c,dc_dx,dc_dy\n1,2,/,2.0,2.0,1.0\n"),
    (Dialect(comment="#"), "csv", 'u,x,y\n"a\n#b",1,2\n', 'u,x,y,c,dc_dx,dc_dy\n"a\n#b",1,2,2.0,2.0,1.0\n'),
    (Dialect(header=False, names=("x", "y")), "csv", "\n1,2\n", "x,y,c,dc_dx,dc_dy\n1,2,2.0,2.0,1.0\n"),
    (
        Dialect(nulls=("NA", "-9")),
        "csv",
        "x,y\nNA,2\n-9,3\n1, NA \n",
        "x,y,c,dc_dx,dc_dy\nNA,2,,,\n-9,3,,,\n1, NA ,,,\n",
    ),
]


@pytest.mark.parametrize(("dialect", "ending", "text", "expected"), TEXTS)
def test_texts(dialect: Dialect, ending: str, text: str, expected: str, tmp_path: Path) -> None:
    assert written(tmp_path, text, dialect, ending) == expected


def test_kept_cells_stay_as_they_are(tmp_path: Path) -> None:
    """Those of some columns too, where rows are not kept whole."""
    dialect = Dialect(decimal_comma=True, nulls=("NA",))
    text = "a;x;y\nNA;1,50;NA\n1.000;2;3\n"
    assert written(tmp_path, text, dialect, keep=("x", "a")) == ("x;a;c;dc_dx;dc_dy\n1,50;NA;;;\n2;1.000;6,0;3,0;2,0\n")


def test_columns_with_types(tmp_path: Path) -> None:
    """Numbers with commas are numbers where there are types; what is grouped by points is none."""
    dialect = Dialect(decimal_comma=True, nulls=("NA",))
    text = "n;g;k;x;y\n1,25;1.000;NA;1,5;2\nNA;2;a,b;NA;3\n"
    expected = (
        '{"n": 1.25, "g": "1.000", "k": null, "x": 1.5, "y": 2.0, "c": 3.0, "dc_dx": 2.0, "dc_dy": 1.5}\n'
        '{"n": null, "g": "2", "k": "a,b", "x": null, "y": 3.0, "c": null, "dc_dx": null, "dc_dy": null}\n'
    )
    assert written(tmp_path, text, dialect, to="ndjson") == expected
    transform(
        [str(tmp_path / "in.csv")], str(tmp_path / "out.parquet"), Product(), dialect=dialect, keep=("n", "g", "k")
    )
    frame = pl.read_parquet(tmp_path / "out.parquet")
    assert frame.select("n", "g", "k").rows() == [(1.25, "1.000", None), (None, "2", "a,b")]


def test_what_is_no_number_with_a_comma(tmp_path: Path) -> None:
    """Polars takes a point for a comma there."""
    for cell in ("1.5", "1.234", "1.234,5", "1,2,3"):
        with pytest.raises(ExprError, match=f"x is '{cell}', not a number"):
            written(tmp_path, f"x;y\n{cell};1\n", COMMAS)
        assert written(tmp_path, f"x;y\n{cell};1\n", COMMAS, on_bad_row="null").endswith(f"\n{cell};1;;;\n")


# What was said of a text, the text, and what is wrong with it.
WRONG = [
    (
        Dialect(),
        "x;y\n1;2\n",
        "has no column x\n  its first line has semicolons between the names: write --csv-separator",
    ),
    (Dialect(), "1,2\n3,4\n", "has no column x\n  its first row has numbers: add --no-header, and its columns are c1"),
    (Dialect(), "1,1\n3,4\n", "has two columns '1'\n  its first row has numbers: add --no-header"),
    (Dialect(), "x,y\n1,-\n", "y is '-', not a number\n  write --null-markers -;"),
    (Dialect(nulls=("NA",)), "x,y\n1,n/a\n", "y is 'n/a', not a number\n  write --null-markers NA,n/a;"),
    (SEMICOLONS, "x;y\n1;2,5\n", "y is '2,5', not a number\n  write --decimal-comma;"),
    (COMMAS, "x;y\n1;2.5\n", "y is '2.5', not a number\n  leave out --decimal-comma, or write a comma there;"),
    (Dialect(), "x,y\n1,2\n# end\n", ":3: row 2: 1 cell, but the header has 2\n  write --comment-prefix '#'"),
    (Dialect(), "# x\nx,y\n1,2\n", "its first line begins as a comment: write --comment-prefix '#'"),
    (Dialect(header=False, names=("x", "y")), "1,2\n3\n", ":2: row 2: 1 cell, but the list of names has 2"),
    (Dialect(header=False), "1,2\n", "has no column x\n  its columns are c1 and c2"),
    (
        Dialect(header=False, names=("x", "y")),
        "1,2,3\n",
        "has 3 columns, and --header-names has 2\n  name each of them",
    ),
    (
        SEMICOLONS,
        "x;y\n1;2;3\n",
        "3 cells, but the header has 2\n  a cell with a semicolon in it stands between quotes",
    ),
    (Dialect(comment="#"), "#\n\n#\n", "is empty\n  its first line names the columns"),
]


@pytest.mark.parametrize(("dialect", "text", "message"), WRONG)
def test_what_is_wrong(dialect: Dialect, text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ExprError) as caught:
        written(tmp_path, text, dialect)
    assert message in str(caught.value) and caught.value.exit_code == 65


def test_what_has_types_has_no_dialect(tmp_path: Path) -> None:
    pl.DataFrame({"x": [1], "y": [2]}).write_parquet(tmp_path / "in.parquet")
    for dialect, option in ((SEMICOLONS, "--csv-separator"), (Dialect(nulls=("NA",)), "--null-markers")):
        with pytest.raises(ExprError, match=f"{option} does nothing where Parquet is read"):
            transform([str(tmp_path / "in.parquet")], None, Product(), dialect=dialect)


@pytest.mark.parametrize("to", ["csv", "parquet"])
def test_marks_of_nulls_in_json(to: str, tmp_path: Path) -> None:
    """Wherever they stand it is as if there was null; what is only passed on stays the text that it is in CSV."""
    text = '{{"k": {0}, "x": 1.5, "y": {0}}}\n{{"k": 7, "x": {1}, "y": 2}}\n{{"k": 8, "x": 3, "y": "4"}}\n'
    found = []
    for marks in (("null", "null"), ('"n/a"', "-9")):
        (tmp_path / "in.ndjson").write_text(text.format(*marks))
        target, keep = tmp_path / f"out.{to}", ["y", "k"] if to == "parquet" else []
        transform(
            [str(tmp_path / "in.ndjson")], str(target), Product(), dialect=Dialect(nulls=("n/a", "-9")), keep=keep
        )
        found.append(pl.read_parquet(target) if to == "parquet" else pl.read_csv(target))
    assert found[0].equals(found[1])
    assert found[0]["c"].to_list() == [None, None, 12.0]
    if to == "parquet":
        assert found[0]["k"].to_list() == [None, 7, 8]


def test_json_has_no_other_dialect(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"x": 1, "y": 2}\n')
    for dialect, option in ((SEMICOLONS, "--csv-separator"), (Dialect(header=False, nulls=("NA",)), "--no-header")):
        with pytest.raises(ExprError, match=f"{option} does nothing where NDJSON is read"):
            transform([str(tmp_path / "in.ndjson")], None, Product(), dialect=dialect)


LINES = st.sampled_from(["1,2,3", '4,"5",6', '7,8,"a\n#b"', "# c", '#"', "", "#", "9,1,bad"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(LINES, max_size=12), block=st.sampled_from([1, 5, 16, 1 << 20]), stream=st.booleans())
def test_lines_that_do_not_count(
    lines: list[str], block: int, stream: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever they stand: the rows are the others, and errors name the line of the file."""
    whole = ["#", "x,y,z", *lines]
    rows = [line for line in lines if line and not line.startswith("#")]
    path = tmp_path / "in.csv"
    path.write_text("\n".join(whole) + "\n")
    consumed = Collected()
    with monkeypatch.context() as patch:
        patch.setattr(delimited, "BLOCK", block)
        patch.setattr("sys.stdin", Stream(path.read_bytes()))
        name = "-" if stream else str(path)
        reduce_rows([name], ["x", "y"], consumed, dialect=Dialect(comment="#"))
        assert consumed.column(0) == [float(row[0]) for row in rows]
        patch.setattr("sys.stdin", Stream(path.read_bytes()))
        places = [i for i, line in enumerate(whole) if line == "9,1,bad"]
        try:
            reduce_rows([name], ["x", "z"], Collected(), dialect=Dialect(comment="#"))
            problem = ""
        except ExprError as found:
            problem = str(found).replace("standard input", "-")
        bad = [line for line in rows if not line.endswith(("3", "6"))]
        if not bad:
            assert not problem
            return
        row = rows.index(bad[0])
        at = next(i for i, line in enumerate(whole) if line == bad[0])
        before = "\n".join(whole[:at])
        line = before.count("\n") + 2
        assert f"{name}:{line}: row {row + 1}: z is " in problem, (problem, places)


@given(
    st.lists(st.lists(st.sampled_from(["a", '"b  c"', "1,5", '"d""e  "']), min_size=1, max_size=4), max_size=4),
    st.data(),
)
def test_spaces_between_cells(rows: list[list[str]], data: st.DataObject) -> None:
    spaces = st.sampled_from([" ", "  ", "\t", " \t "])
    around = st.sampled_from(["", " ", "\t"])
    text = io.StringIO()
    for row in rows:
        text.write(data.draw(around))
        for i, cell in enumerate(row):
            text.write((data.draw(spaces) if i else "") + cell)
        text.write(data.draw(around) + data.draw(st.sampled_from(["\n", "\r\n"])))
    assert even(text.getvalue().encode()).replace(b"\r", b"") == "".join(f"{' '.join(row)}\n" for row in rows).encode()


NUMBER = "is one"
# A cell that is no number, and what to do about it where numbers have a point, and where they have a comma.
LIKE_NUMBERS = [
    ("1,5", "write --decimal-comma", None),
    ("1,234", "write --decimal-comma, or --thousands-separator ,", NUMBER),
    ("-1,234.50", "write --thousands-separator ,", "leave out --decimal-comma, and write --thousands-separator ,"),
    ("12,34,567", "write --thousands-separator ,", "leave out --decimal-comma, and write --thousands-separator ,"),
    ("1.234,50", "write --decimal-comma --thousands-separator .", "write --thousands-separator ."),
    ("1.234", NUMBER, "write --thousands-separator ."),
    ("12 345 678", "write --thousands-separator ' '", "write --thousands-separator ' '"),
    ("1'234.5", 'write --thousands-separator "\'"', 'leave out --decimal-comma, and write --thousands-separator "\'"'),
    ("1'234,5", 'write --decimal-comma --thousands-separator "\'"', 'write --thousands-separator "\'"'),
    ("1,23,4", None, None),
    ("1,2345", "write --decimal-comma", None),
    ("$1,234.50", "write the number alone, without $", "write the number alone, without $"),
    ("12.5 %", "write the number alone, without %", "write the number alone, without %"),
    ("\u20ac 3", "write the number alone, without \u20ac", "write the number alone, without \u20ac"),
    ("$", None, None),
    ("one", None, None),
]


@pytest.mark.parametrize(("cell", "with_points", "with_commas"), LIKE_NUMBERS)
def test_what_looks_like_a_number(cell: str, with_points: str | None, with_commas: str | None) -> None:
    for said, expected in ((PLAIN, with_points), (Dialect(decimal_comma=True), with_commas)):
        if expected != NUMBER:
            assert unlike_number(f" {cell} ", said) == expected


@given(st.text("0123456789.,' \u00a0\u2019-e", max_size=9), st.sampled_from([*",. '", None]), st.booleans())
def test_a_cell_is_read_alike_alone_and_in_a_column(cell: str, thousands: str | None, comma: bool) -> None:
    dialect = Dialect(thousands=thousands, decimal_comma=comma)
    assert as_ours(pl.Series([cell, None]), dialect).to_list() == [dialect.number(cell), None]


@given(st.integers(0, 10**15), st.sampled_from([",.", ".,", " .", " ,", "'.", "\u202f,"]), st.integers(0, 99))
def test_digits_in_groups(whole: int, marks: str, hundredths: int) -> None:
    """Groups of three digits are read as without what stands between them."""
    mark, point = marks
    text = f"{whole:,}".replace(",", mark) + f"{point}{hundredths:02}"
    dialect = Dialect(thousands=" " if mark == "\u202f" else mark, decimal_comma=point == ",")
    assert dialect.number(text) == f"{whole}.{hundredths:02}"


ENCODED = "\u00e9;x;y\n\u20ac;1,5;2\n\u00fc;3;NA\n"
NAMES = ["cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp850"]


@pytest.mark.parametrize("block", [1, 3, 1 << 16])
@pytest.mark.parametrize("encoding", NAMES)
def test_encodings(encoding: str, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CSV is written in the encoding that it is read in, with one mark at its beginning at most; a character may be cut
    by a block. Other formats are UTF-8. Standard input is read twice where types matter."""
    monkeypatch.setattr(delimited, "BLOCK", block)
    monkeypatch.setattr(delimited, "SNIFFED", block)
    dialect = Dialect(decimal_comma=True, nulls=("NA",), encoding=encoding)
    text = ENCODED.replace("\u20ac", "\u00df") if encoding == "cp850" else ENCODED
    expected = text.replace("y\n", "y;c;dc_dx;dc_dy\n").replace("2\n", "2;3,0;2,0;1,5\n").replace("NA\n", "NA;;;\n")
    written(tmp_path, text, dialect)
    assert (tmp_path / "out.csv").read_bytes() == expected.encode(encoding)
    transform([str(tmp_path / "in.csv")], str(tmp_path / "out.csv.gz"), Product(), dialect=dialect)
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()) == expected.encode(encoding)
    assert written(tmp_path, text, dialect, to="ndjson").startswith(f'{{"\u00e9": "{text.splitlines()[1][0]}", ')
    stream = Stream(text.encode(encoding))
    monkeypatch.setattr("sys.stdin", stream)
    transform(["-"], str(tmp_path / "out.parquet"), Product(), dialect=dialect)
    found = pl.read_parquet(tmp_path / "out.parquet")
    assert found["\u00e9"].to_list() == [text.split("\n")[1][0], "\u00fc"] and found["c"].to_list() == [3.0, None]


def test_what_an_encoding_lacks(tmp_path: Path) -> None:
    """What was there stays, since the name of a result cannot be written."""
    (tmp_path / "in.csv").write_bytes("x,y\n1,2\n".encode("cp1252"))
    (tmp_path / "out.csv").write_text("before")
    evaluate = Product()
    evaluate.outputs = ("\u0394", *evaluate.outputs[1:])
    with pytest.raises(OutputFileError, match="cp1252 has no '\u0394'\n  give what is called so another name"):
        transform([str(tmp_path / "in.csv")], str(tmp_path / "out.csv"), evaluate, dialect=Dialect(encoding="cp1252"))
    assert (tmp_path / "out.csv").read_text() == "before"


def test_what_is_in_another_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "BLOCK", 4)
    (tmp_path / "in.csv").write_bytes(b"x,y\n1,2\n3,\x81\n")
    for encoding, what in (
        ("cp1252", "byte 11 is 0x81"),
        ("utf-8", "byte 11 is 0x81"),
        ("utf-16", "its beginning does not say how it goes on"),
    ):
        with pytest.raises(ExprError, match=rf"in\.csv is not {encoding}: {what}\n  write the --csv-encoding"):
            transform([str(tmp_path / "in.csv")], "-", Product(), dialect=Dialect(encoding=encoding))
