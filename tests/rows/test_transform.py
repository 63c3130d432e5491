"""Rows through a function: every format into every other, what is passed on unchanged, and nulls and bad rows."""

from __future__ import annotations

import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exprgrad.rows import columnar, delimited, ndjson, transform
from exprgrad.rows.contract import Summary
from exprgrad.views.numbers import formatted
from tests.rows.functions import Product

ENDINGS = ["csv", "tsv", "ndjson", "jsonl", "parquet", "arrow", "ipc", "feather"]
NAMES = ["csv", "tsv", "ndjson", "parquet", "arrow"]
FRAME = pl.DataFrame({"x": [1.0, 2.5, None, -0.0], "y": [2.0, 0.1, 3.0, math.inf], "id": ["007", "a,b", None, 'q"\t"']})


def counts(summary: Summary) -> Summary:
    """What is counted, without the columns that are kept."""
    return summary._replace(kept=())


def write(path: Path, frame: pl.DataFrame = FRAME) -> Path:
    match path.suffix:
        case ".csv":
            frame.write_csv(path)
        case ".tsv":
            frame.write_csv(path, separator="\t")
        case ".ndjson" | ".jsonl":
            rows = [json.dumps(row).replace("Infinity", '"Infinity"') for row in frame.to_dicts()]
            path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
        case ".parquet":
            frame.write_parquet(path)
        case _:
            frame.write_ipc(path)
    return path


def read(path: Path | io.BytesIO, ending: str) -> pl.DataFrame:
    match ending:
        case "csv" | "tsv":
            return pl.read_csv(path, separator="\t" if ending == "tsv" else ",", schema_overrides={"id": pl.String})
        case "ndjson" | "jsonl":
            data = path.getvalue() if isinstance(path, io.BytesIO) else path.read_bytes()
            rows = [json.loads(line) for line in data.splitlines()]
            return pl.DataFrame([{k: math.inf if v == "Infinity" else v for k, v in row.items()} for row in rows])
        case "parquet":
            return pl.read_parquet(path)
        case _:
            return pl.read_ipc(path)


def check(frame: pl.DataFrame) -> None:
    assert frame.columns == ["x", "y", "id", "c", "dc_dx", "dc_dy"]
    rows = frame.with_columns(pl.col("x", "y", "c", "dc_dx", "dc_dy").cast(pl.Float64)).rows()
    assert rows[:3] == [
        (1.0, 2.0, "007", 2.0, 2.0, 1.0),
        (2.5, 0.1, "a,b", 0.25, 0.1, 2.5),
        (None, 3.0, None, None, None, None),
    ]
    assert rows[3][:3] == (0.0, math.inf, 'q"\t"') and math.copysign(1, rows[3][0]) == -1
    assert rows[3][4:] == (math.inf, 0.0)


@pytest.mark.parametrize("target", ENDINGS)
@pytest.mark.parametrize("source", ENDINGS)
def test_every_format_into_every_other(source: str, target: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"in.{source}")
    out = tmp_path / f"out.{target}"
    assert counts(transform([str(path)], str(out), Product())) == Summary(4, 0, 0, 1)
    check(read(out, target))
    assert sorted(os.listdir(tmp_path)) == sorted([path.name, out.name])


class Standard(io.BytesIO):
    """A standard stream, as bytes and without a file behind it."""

    @property
    def buffer(self) -> io.BytesIO:
        return self


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Standard]:
    def start(data: bytes) -> Standard:
        out = Standard()
        monkeypatch.setattr("sys.stdin", Standard(data))
        monkeypatch.setattr("sys.stdout", out)
        return out

    return start


@pytest.mark.parametrize("target", [None, *NAMES])
@pytest.mark.parametrize("source", NAMES)
def test_standard_input_and_output(
    source: str, target: str | None, tmp_path: Path, streams: Callable[[bytes], Standard]
) -> None:
    out = streams(write(tmp_path / f"in.{source}").read_bytes())
    assert counts(transform(["-"], None if target is None else "-", Product(), output_format=target)) == Summary(
        4, 0, 0, 1
    )
    ending = target or (source if source in ("csv", "tsv", "ndjson") else "csv")
    out.seek(0)
    check(read(out, ending))


@pytest.mark.parametrize("compression", ["uncompressed", "lz4", "zstd"])
@pytest.mark.parametrize("piped", [True, False])
def test_an_arrow_stream_a_batch_at_a_time(
    piped: bool, compression: Any, tmp_path: Path, streams: Callable[[bytes], Standard]
) -> None:
    kinds = pl.Series("kind", ["u", None, "v", "u"], dtype=pl.Categorical)
    path = tmp_path / "in.arrow"
    FRAME.with_columns(kinds).write_ipc_stream(path, compression=compression)
    out = streams(path.read_bytes())
    source = "-" if piped else str(path)
    assert counts(transform([source], "-", Product(), output_format="ndjson", keep=["x", "kind"])) == Summary(
        4, 0, 0, 1
    )
    rows = [json.loads(line) for line in out.getvalue().decode().splitlines()]
    assert [(row["x"], row["kind"], row["c"]) for row in rows[:3]] == [
        (1, "u", 2),
        (2.5, None, 0.25),
        (None, "v", None),
    ]


def test_dictionaries_and_batches_of_an_arrow_stream(streams: Callable[[bytes], Standard]) -> None:
    arrow = pytest.importorskip("pyarrow")
    ids = arrow.array(["a", "b", "a", "c"]).dictionary_encode()
    table = arrow.table({"x": [1.0, 2.0, 3.0, 4.0], "y": [2, 2, 2, 2], "id": ids})
    data = io.BytesIO()
    with arrow.ipc.new_stream(data, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
        writer.write_table(table.slice(0, 0))
        writer.write_table(table.slice(1, 1))
    out = streams(data.getvalue())
    assert transform(["-"], None, Product()).rows == 5
    assert out.getvalue().decode().splitlines()[1:] == [
        f"{x}.0,2,{id},{2 * x}.0,2.0,{x}.0" for x, id in [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (2, "b")]
    ]


def test_several_files_globs_and_directories(tmp_path: Path) -> None:
    for i in (10, 2, 1):
        (tmp_path / f"part-{i:02}.csv").write_text(f"x,y\n{i},2\n")
    (tmp_path / ".hidden.csv").write_text("no")
    (tmp_path / "README").write_text("no")
    out = tmp_path / "out.tsv"
    for names in (
        [str(tmp_path)],
        [str(tmp_path / "part-*.csv")],
        [str(tmp_path / f"part-{i}.csv") for i in ("01", "02", "10")],
    ):
        out.unlink(missing_ok=True)
        assert transform(names, str(out), Product(), keep=()).rows == 3
        assert out.read_text() == "c\tdc_dx\tdc_dy\n2.0\t2.0\t1.0\n4.0\t2.0\t2.0\n20.0\t2.0\t10.0\n"


def csv_out(text: str | bytes, tmp_path: Path, evaluate: Product | None = None, **options: Any) -> str:
    path = tmp_path / "in.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    transform([str(path)], str(tmp_path / "out.csv"), evaluate or Product(), **options)
    return (tmp_path / "out.csv").read_text(encoding="utf-8")


HEADER = "c,dc_dx,dc_dy\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What is passed on comes out as it was written, used or not.
        ("x,y,id,n\n1.50,002,007,1.0\n", "x,y,id,n,{}1.50,002,007,1.0,3.0,2.0,1.5\n"),
        ("id,y,x\n1_000,2, 3.5 \n", "id,y,x,{}1_000,2, 3.5 ,7.0,2.0,3.5\n"),
        ("x,y,z\n1e0,+2,0x10\n", "x,y,z,{}1e0,+2,0x10,2.0,2.0,1.0\n"),
        ('x,y,z\n1,2,"a ""b"", c"\n', 'x,y,z,{}1,2,"a ""b"", c",2.0,2.0,1.0\n'),
        ('x,y,z\n1,2,"two\nlines"\n', 'x,y,z,{}1,2,"two\nlines",2.0,2.0,1.0\n'),
        ('x,y,z\n1,2,""\n3,4,\n', 'x,y,z,{}1,2,"",2.0,2.0,1.0\n3,4,,12.0,4.0,3.0\n'),
        # The forms that files have.
        ("\ufeffx,y\n1,2\n", "x,y,{}1,2,2.0,2.0,1.0\n"),
        ("x,y\r\n1,2\r\n3,4\r\n", "x,y,{}1,2,2.0,2.0,1.0\n3,4,12.0,4.0,3.0\n"),
        ("x,y\n1,2", "x,y,{}1,2,2.0,2.0,1.0\n"),
        ("x,y\n1,2\n\n\n3,4\n\n", "x,y,{}1,2,2.0,2.0,1.0\n3,4,12.0,4.0,3.0\n"),
        ("\n\nx,y\n\n1,2\n", "x,y,{}1,2,2.0,2.0,1.0\n"),
        ("x, y\n1, 2\n", "x, y,{}1, 2,2.0,2.0,1.0\n"),
        (",x,y\n0,1,2\n", '"",x,y,{}0,1,2,2.0,2.0,1.0\n'),
        ('"x","y"\n"1","2"\n', "x,y,{}1,2,2.0,2.0,1.0\n"),
        ('x,y,"z\nz"\n1,2,3\n', 'x,y,"z\nz",{}1,2,3,2.0,2.0,1.0\n'),
        ("x,y,*,^a$\n1,2,3,4\n", "x,y,*,^a$,{}1,2,3,4,2.0,2.0,1.0\n"),
        ("x,y\n", "x,y,{}"),
        ("x,y", "x,y,{}"),
        # Nulls, nan and the rest.
        ("x,y\n,2\n1,\n,\n", "x,y,{},2,,,\n1,,,,\n,,,,\n"),
        ("x,y\n ,2\n", "x,y,{} ,2,,,\n"),
        ("x,y\nnan,2\n", "x,y,{}nan,2,NaN,2.0,NaN\n"),
        ("x,y\ninf,-Infinity\n", "x,y,{}inf,-Infinity,-inf,-inf,inf\n"),
        ("x,y\n9007199254740993,1\n", "x,y,{}9007199254740993,1,9007199254740992.0,1.0,9007199254740992.0\n"),
        (
            "x,y\ntrue,False\nTRUE,false\n True,FALSE\n",
            "x,y,{}" + "".join(f"{row},0.0,0.0,1.0\n" for row in ("true,False", "TRUE,false", " True,FALSE")),
        ),
        ("x,y\n1e400,1\n", "x,y,{}1e400,1,inf,1.0,inf\n"),
    ],
)
def test_csv(text: str, expected: str, tmp_path: Path) -> None:
    assert csv_out(text, tmp_path) == expected.format(HEADER)


def test_integers_at_first_and_then_not(tmp_path: Path) -> None:
    rows = [f"{i},2" for i in range(2000)] + ["1.5,2"]
    out = csv_out("x,y\n" + "\n".join(rows) + "\n", tmp_path)
    assert out.splitlines()[-1] == "1.5,2,3.0,2.0,1.5"


@pytest.mark.parametrize(
    ("keep", "header"),
    [(None, "x,y,id,z"), ((), ""), (("z", "x"), "z,x"), (["id", "id"], "id")],
)
def test_kept_columns(keep: list[str] | None, header: str, tmp_path: Path) -> None:
    out = csv_out("x,y,id,z\n1,2,3,4\n", tmp_path, keep=keep)
    assert out.splitlines()[0] == ",".join(filter(None, [header, HEADER.strip()]))


BAD = "x,y,z\n1,2,p\none,2,q\n,2,r\n3,4,s\n"


@pytest.mark.parametrize(
    ("mode", "rows", "summary"),
    [
        ("null", "1,2,p,2.0,2.0,1.0\none,2,q,,,\n,2,r,,,\n3,4,s,12.0,4.0,3.0\n", Summary(4, 0, 1, 1)),
        ("skip", "1,2,p,2.0,2.0,1.0\n,2,r,,,\n3,4,s,12.0,4.0,3.0\n", Summary(4, 1, 0, 1)),
    ],
)
def test_bad_cells(mode: Any, rows: str, summary: Summary, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    out = tmp_path / "out.csv"
    assert counts(transform([str(tmp_path / "in.csv")], str(out), Product(), on_bad_row=mode)) == summary
    assert out.read_text() == f"x,y,z,{HEADER}{rows}"


@pytest.mark.parametrize(
    ("mode", "rows", "summary"),
    [
        ("null", "1,2,2.0,2.0,1.0\n3,4,,,\n,1,,,\n3,5,,,\n", Summary(4, 0, 2, 1)),
        ("skip", "1,2,2.0,2.0,1.0\n,1,,,\n", Summary(4, 2, 0, 1)),
    ],
)
def test_rows_that_cannot_be_computed(mode: Any, rows: str, summary: Summary, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("x,y\n1,2\n3,4\n,1\n3,5\n")
    out = tmp_path / "out.csv"
    assert counts(transform([str(tmp_path / "in.csv")], str(out), Product(refused=3.0), on_bad_row=mode)) == summary
    assert out.read_text() == f"x,y,{HEADER}{rows}"


def test_bad_cells_are_null_where_numbers_are_kept(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(BAD)
    out = tmp_path / "out.parquet"
    transform([str(tmp_path / "in.csv")], str(out), Product(), on_bad_row="null")
    frame = pl.read_parquet(out)
    assert frame.schema == {
        "x": pl.Float64,
        "y": pl.Float64,
        "z": pl.String,
        **dict.fromkeys(Product.outputs, pl.Float64),
    }
    assert frame["x"].to_list() == [1.0, None, None, 3.0]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"x": 1.50, "y": 2, "z": {"k": [1.0]}}', '{"x": 1.50, "y": 2, "z": {"k": [1.0]}, %s}'),
        (' {"y":2,"x":1.5 } \r', '{"y":2,"x":1.5, %s}'),
        (
            '{"x": "1.5", "y": 2.0, "id": 12345678901234567890123}',
            '{"x": "1.5", "y": 2.0, "id": 12345678901234567890123, %s}',
        ),
        ('{"x": 1.5, "y": 2, "z": NaN}', '{"x": 1.5, "y": 2, "z": "NaN", %s}'),
        ('{"x": 1.5, "y": 2, "z": "\\u0022}"}', '{"x": 1.5, "y": 2, "z": "\\u0022}", %s}'),
        ('{"x": 1.5, "y": 2, "z": "c"}', '{"x": 1.5, "y": 2, "z": "c", %s}'),
    ],
)
def test_ndjson_lines_stay_as_they_are(line: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text(f"{line}\n\n")
    out = tmp_path / "out.ndjson"
    transform([str(tmp_path / "in.ndjson")], str(out), Product())
    assert out.read_text() == expected % '"c": 3.0, "dc_dx": 2.0, "dc_dy": 1.5' + "\n"


def test_ndjson_members_come_and_go(tmp_path: Path) -> None:
    lines = [
        '{"x": 1, "y": 2}',
        '{"y": 2}',
        "{}",
        '{"x": null, "y": 1}',
        '{"x": NaN, "y": 1}',
        '{"x": 2, "y": Infinity}',
    ]
    (tmp_path / "in.ndjson").write_text("\n".join(lines))
    out = tmp_path / "out.ndjson"
    assert transform([str(tmp_path / "in.ndjson")], str(out), Product()).nulls == 3
    none = '"c": null, "dc_dx": null, "dc_dy": null'
    assert out.read_text().splitlines() == [
        '{"x": 1, "y": 2, "c": 2.0, "dc_dx": 2.0, "dc_dy": 1.0}',
        f'{{"y": 2, {none}}}',
        f"{{{none}}}",
        f'{{"x": null, "y": 1, {none}}}',
        '{"x": "NaN", "y": 1, "c": "NaN", "dc_dx": 1.0, "dc_dy": "NaN"}',
        '{"x": 2, "y": "Infinity", "c": "Infinity", "dc_dx": "Infinity", "dc_dy": 2.0}',
    ]


def test_ndjson_some_members(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text('{"x": 1.50, "y": 2, "z": [1, {"a": 2.0}], "id": 1e2}\n{"x": 1, "y": 1}\n')
    out = tmp_path / "out.ndjson"
    transform([str(tmp_path / "in.ndjson")], str(out), Product(), keep=["z", "x"])
    assert out.read_text().splitlines() == [
        '{"z": [1, {"a": 2.0}], "x": 1.50, "c": 3.0, "dc_dx": 2.0, "dc_dy": 1.5}',
        '{"x": 1, "c": 1.0, "dc_dx": 1.0, "dc_dy": 1.0}',
    ]
    transform([str(tmp_path / "in.ndjson")], str(out), Product(), keep=[])
    assert out.read_text().splitlines()[1] == '{"c": 1.0, "dc_dx": 1.0, "dc_dy": 1.0}'
    csv = tmp_path / "out.csv"
    transform([str(tmp_path / "in.ndjson")], str(csv), Product(), keep=["id"])
    assert csv.read_text() == f"id,{HEADER}1e2,3.0,2.0,1.5\n,1.0,1.0,1.0\n"


def test_no_rows_of_ndjson(tmp_path: Path) -> None:
    (tmp_path / "in.ndjson").write_text("\n")
    for ending, expected in (("ndjson", ""), ("csv", HEADER)):
        out = tmp_path / f"out.{ending}"
        assert counts(transform([str(tmp_path / "in.ndjson")], str(out), Product())) == Summary(0, 0, 0, 0)
        assert out.read_text() == expected


TYPES = {
    "int64": ([2**53 + 1, None], pl.Int64, [2.0**53, None]),
    "uint8": ([255, 0], pl.UInt8, [255.0, 0.0]),
    "float32": ([0.1, math.nan], pl.Float32, [float(np.float32(0.1)), math.nan]),
    "boolean": ([True, False], pl.Boolean, [1.0, 0.0]),
    "text": (["1.5", " 2 "], pl.String, [1.5, 2.0]),
    "spelled truth": (["True", "FALSE"], pl.String, [1.0, 0.0]),
    "category": (["1.5", "2"], pl.Categorical, [1.5, 2.0]),
    "nothing": ([None, None], pl.Null, [None, None]),
    "decimal": (
        ["0.1234567890123456789012345678901", None],
        pl.Decimal(38, 31),
        [0.1234567890123456789012345678901, None],
    ),
}


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_types_of_columns(name: str, ending: str, tmp_path: Path) -> None:
    values, kind, doubles = TYPES[name]
    column = pl.Series("x", values, dtype=pl.String if name == "decimal" else kind).cast(kind)
    write(tmp_path / f"in.{ending}", pl.DataFrame({"x": column, "y": [1, 1]}))
    out = tmp_path / f"out.{ending}"
    transform([str(tmp_path / f"in.{ending}")], str(out), Product())
    frame = read(out, ending)
    assert frame["x"].dtype == kind and frame["x"].to_list()[0] == column.to_list()[0]
    found = frame["c"].to_list()
    assert [repr(value) for value in found] == [repr(value) for value in doubles]


def test_other_types_are_passed_on(tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": [1.0], "y": [2.0], "l": [[1, 2]], "s": [{"a": 1, "b": None}], "f": [math.nan], "n": [7]})
    write(tmp_path / "in.parquet", frame)
    transform([str(tmp_path / "in.parquet")], str(tmp_path / "out.parquet"), Product())
    assert pl.read_parquet(tmp_path / "out.parquet").select(frame.columns).equals(frame)
    transform([str(tmp_path / "in.parquet")], str(tmp_path / "out.ndjson"), Product(), keep=["l", "s", "f", "n"])
    assert (tmp_path / "out.ndjson").read_text() == (
        '{"l": [1,2], "s": {"a":1,"b":null}, "f": "NaN", "n": 7, "c": 2.0, "dc_dx": 2.0, "dc_dy": 1.0}\n'
    )


# What a file of rows is called and holds, and its rows in NDJSON with numbers of a format.
ROUNDED = [
    (
        "in.csv",
        "k,x,y\na,1,3\n7,0.5,\n",
        '{"k": "a", "x": 1.0, "y": 3.0, "c": 3.000e+00, "dc_dx": 3.000e+00, "dc_dy": 1.000e+00}',
    ),
    (
        "in.ndjson",
        '{"x":1e3, "y":2}\n{"x":null}\n',
        '{"x":1e3, "y":2, "c": 2.000e+03, "dc_dx": 2.000e+00, "dc_dy": 1.000e+03}',
    ),
    (
        "in.json",
        '{"x": 1e200, "y": 1e200}\n',
        '{"x": 1e200, "y": 1e200, "c": "Infinity", "dc_dx": 1.000e+200, "dc_dy": 1.000e+200}',
    ),
]


@pytest.mark.parametrize(("name", "text", "expected"), ROUNDED)
def test_number_formats_of_ndjson(tmp_path: Path, name: str, text: str, expected: str) -> None:
    (tmp_path / name).write_text(text)
    number = formatted("+012.3e")
    transform([str(tmp_path / name)], str(tmp_path / "out.ndjson"), Product(), number=number)
    transform([str(tmp_path / name)], str(tmp_path / "out"), Product(), number=number, output_format="json")
    lines = (tmp_path / "out.ndjson").read_text().splitlines()
    assert lines[0] == expected
    assert (tmp_path / "out").read_text().splitlines() == lines
    for line in lines[1:]:
        assert json.loads(line)["c"] is None


def test_number_formats_are_for_what_is_computed(tmp_path: Path) -> None:
    write(tmp_path / "in.parquet", pl.DataFrame({"x": [1.0], "y": [2.0], "z": [1 / 3], "n": [7]}))
    transform([str(tmp_path / "in.parquet")], str(tmp_path / "out.json"), Product(), number=formatted(".2f"))
    expected = '{"x": 1.0, "y": 2.0, "z": 0.3333333333333333, "n": 7, "c": 2.00, "dc_dx": 2.00, "dc_dy": 1.00}\n'
    assert (tmp_path / "out.json").read_text() == expected


def test_a_parquet_file_without_rows(tmp_path: Path) -> None:
    write(tmp_path / "in.parquet", FRAME.clear())
    transform([str(tmp_path / "in.parquet")], str(tmp_path / "out.parquet"), Product())
    assert pl.read_parquet(tmp_path / "out.parquet").shape == (0, 6)


def test_the_output_may_be_the_input(tmp_path: Path) -> None:
    path = write(tmp_path / "in.parquet")
    path.chmod(0o640)
    transform([str(path)], str(path), Product())
    check(pl.read_parquet(path))
    assert path.stat().st_mode & 0o777 == 0o640


CELLS = st.one_of(
    st.floats().map(repr),
    st.sampled_from(["", "1_0", "0x1", "nan", "007", "1.50", " 2", "abc", "1e400"]),
    st.text(st.sampled_from('a"\n\r, é\t#'), max_size=6),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8),
    size=st.integers(1, 80),
    ending=st.sampled_from(["csv", "tsv", "ndjson"]),
)
def test_any_block_size_gives_the_same(
    rows: list[tuple[str, str, str]], size: int, ending: str, tmp_path: Path
) -> None:
    source = tmp_path / f"in.{ending}"
    write(source, pl.DataFrame(rows, schema=dict.fromkeys(("x", "y", "id"), pl.String), orient="row"))
    outs = []
    for block in (1 << 20, size):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(delimited, "BLOCK", block)
            patch.setattr(ndjson, "BLOCK", block)
            out = tmp_path / f"out.{ending}"
            transform([str(source)], str(out), Product(), on_bad_row="null")
            outs.append(out.read_bytes())
    assert outs[0] == outs[1]
    if ending == "ndjson":
        kept = [(row["x"], row["y"], row["id"]) for row in map(json.loads, outs[0].splitlines())]
    else:
        separator = "\t" if ending == "tsv" else ","
        options = {"infer_schema": False, "separator": separator, "empty_string_is_null": False}
        kept = pl.read_csv(io.BytesIO(outs[0]), **options).select("x", "y", "id").rows()  # type: ignore[arg-type]
    assert kept == rows


def test_polars_has_taken_hold_of_numpy_before_threads_need_it() -> None:
    code = (
        "import sys, polars\n"
        "assert 'numpy' not in sys.modules\n"
        "from exprgrad.rows import doubles\n"
        "doubles.cells\n"
        "assert polars._dependencies.numpy is sys.modules['numpy']\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("span", [1, 70, 1 << 22])
def test_parquet_in_batches(span: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "_BATCH", 10)
    monkeypatch.setattr(columnar, "_SPAN", span)
    frame = pl.DataFrame({"x": np.arange(1000.0), "y": np.ones(1000)})
    frame.write_parquet(tmp_path / "in.parquet", row_group_size=64)
    product = Product()
    transform([str(tmp_path / "in.parquet")], str(tmp_path / "out.parquet"), product)
    assert pl.read_parquet(tmp_path / "out.parquet")["c"].to_list() == list(range(1000))
    assert len(product.blocks) > 10


def test_no_statistics_of_columns_with_nan(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write(tmp_path / "in.parquet", pl.DataFrame({"x": [1.0, math.nan], "y": [2, 3], "f": [math.nan, 1.0]}))
    (tmp_path / "in.csv").write_text("x,y,f\n1,2,3\nnan,3,4\n")
    for source in ("in.parquet", "in.csv"):
        transform([str(tmp_path / source)], str(tmp_path / "out.parquet"), Product())
        metadata = parquet.ParquetFile(tmp_path / "out.parquet").metadata
        columns = [metadata.row_group(0).column(i) for i in range(metadata.num_columns)]
        assert [column.statistics.null_count for column in columns] == [0] * 6
        assert not any(column.statistics.has_min_max or column.has_column_index for column in columns)
        duckdb = pytest.importorskip("duckdb")
        count = f"select count(*) from '{tmp_path}/out.parquet' where isnan(c) and isnan(x) and isnan(dc_dy)"
        assert duckdb.sql(count).fetchall() == [(1,)]


def test_two_inputs_may_be_one_column(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    from exprgrad.cli import run

    (tmp_path / "in.csv").write_text("a,b\n2,3\n4,5\n")
    words = ["c = a*x", "--rows-from", str(tmp_path / "in.csv"), "--from-column", "x=a", "-q"]
    assert run([*words, "--keep-columns", "none"]) == 0
    assert capsysbinary.readouterr().out == b"c,dc_da,dc_dx\n4.0,2.0,2.0\n16.0,4.0,4.0\n"
    assert run([*words, "--reduce-rows", "sum"]) == 0
    assert capsysbinary.readouterr().out == b"c = 20.0\n"
