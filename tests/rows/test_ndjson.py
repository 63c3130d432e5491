"""Members of NDJSON: each value is what was written, whichever way it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exprgrad.diagnostics import InputDataError
from exprgrad.rows import transform
from exprgrad.rows.chunks import LINE, Chunk
from exprgrad.rows.formats import NDJSON
from exprgrad.rows.locations import AtRow
from exprgrad.rows.ndjson import Ndjson, members
from exprgrad.rows.sources import Source
from tests.rows.functions import Product


def out(text: str, tmp_path: Path, ending: str = "csv", **options: Any) -> str:
    (tmp_path / "in.ndjson").write_bytes(text.encode())
    transform([str(tmp_path / "in.ndjson")], str(tmp_path / f"out.{ending}"), Product(), **options)
    return (tmp_path / f"out.{ending}").read_text()


@pytest.mark.parametrize(
    "number",
    ["1.50", "3.0", "-0", "1E5", "2e-3", "1e400", "0.12345678901234567890", "123456789012345678.9", "1" * 30],
)
def test_a_number_that_is_kept_is_as_it_was_written(number: str, tmp_path: Path) -> None:
    # In lines of several kinds: flat, with other members, with a list, with a string to be decoded.
    lines = ["", ', "z": 1', ', "z": [1, {"n": 1.50}]', ', "z": "\\u00e9\\"}"']
    text = "".join(f'{{"x": {number}, "y": 2, "n": {number}{more}}}\n' for more in lines * 3)
    for ending in ("csv", "tsv"):
        rows = [line.split("\t" if ending == "tsv" else ",") for line in out(text, tmp_path, ending).splitlines()]
        assert [(row[0], row[2]) for row in rows[1:]] == [(number, number)] * 12


@pytest.mark.parametrize("keep", [None, ["x", "z", "s"]])
def test_lines_that_are_kept_are_json(keep: list[str] | None, tmp_path: Path) -> None:
    """Numbers that are not finite, which JSON has not, are read and written as strings; text that looks so stays."""
    line = '{"x":NaN, "z": [Infinity,{"NaN" : -Infinity}], "s": "a\\": NaN, [NaN", "y": 2}'
    written = out(
        '{"x": 1, "y": 2, "s": ": NaN"}\n' + line + '\n{"y": 2, "x": -Infinity}\n', tmp_path, "ndjson", keep=keep
    )
    rows = [json.loads(row, parse_constant=pytest.fail) for row in written.splitlines()]
    assert rows[0]["s"] == ": NaN" and rows[2]["x"] == "-Infinity"
    expected = {"x": "NaN", "z": ["Infinity", {"NaN": "-Infinity"}], "s": 'a": NaN, [NaN'}
    assert {name: rows[1][name] for name in expected} == expected


@pytest.mark.parametrize("control", ["\t", "\x01", "\x1f", "\x7f"])
@pytest.mark.parametrize("more", ["", ', "l": [1]'])
def test_a_control_character_is_text(control: str, more: str, tmp_path: Path) -> None:
    text = f'{{"x": 1, "y": 2, "s": "a{control}b"{more}}}\n{{"x": 3, "y": 2, "s": "\\u0001\\ud800"}}\n'
    assert out(text, tmp_path, "csv", keep=["s"]).splitlines()[1:] == [f"a{control}b,2.0,2.0,1.0", "\x01?,6.0,2.0,3.0"]
    assert out(text, tmp_path, "ndjson").splitlines()[0].startswith(text.partition("}")[0])
    for ending in ("parquet", "arrow"):
        (tmp_path / "in.ndjson").write_text(text)
        transform([str(tmp_path / "in.ndjson")], str(tmp_path / f"out.{ending}"), Product(), keep=["s"])


@pytest.mark.parametrize("value", ["01", "1.", ".5", "+1", "[1,,2]", "{a: 1}", "'a'", "tru", '"\\q"', "1 2", ""])
def test_what_is_no_json_is_refused(value: str, tmp_path: Path) -> None:
    text = f'{{"x": 1, "y": 2, "z": 1}}\n{{"x": 1, "y": 2, "z": {value}}}\n'
    for keep in (["z"], ["x"]):
        with pytest.raises(InputDataError, match=r"2: row 2: it is not a JSON object: "):
            out(text, tmp_path, keep=keep)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.text('a"\\\n{}[],:', max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=1), inner, max_size=2),
    max_leaves=3,
)
OBJECTS = st.dictionaries(st.sampled_from(["x", "é", '"', "^a$", "*", "b c", "\x01"]), VALUES, max_size=5)
SPACES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", " : ")])


@pytest.mark.slow
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(OBJECTS, SPACES, st.booleans()), max_size=6))
def test_members_are_those_of_python(rows: list[tuple[dict[str, Any], tuple[str, str], bool]], tmp_path: Path) -> None:
    lines = [json.dumps(row, separators=separators, ensure_ascii=ascii) for row, separators, ascii in rows]
    path = tmp_path / "in.ndjson"
    path.write_text("\n".join(lines), encoding="utf-8")
    table = Ndjson(Source(str(path), NDJSON))
    names = ["*", "x", "é", '"', "^a$", "\x01"]
    chunk = Chunk(path.read_bytes())
    raw = table.raw(chunk, [*names, LINE])
    expected = [members(line) for line in lines]
    assert raw[names].to_dicts() == [
        {name: None if object.get(name) == "null" else object.get(name) for name in names} for object in expected
    ]
    assert raw[LINE].to_list() == lines
    for name, cells in table.frame(chunk, names, ()).to_dict().items():
        for cell, (row, _, _), object in zip(cells, rows, expected, strict=True):
            value = row.get(name)
            if isinstance(value, str):
                assert cell == value.encode("utf-8", "replace").decode()
            else:
                assert cell == (None if value is None else object[name])


def test_a_line_of_many_members(tmp_path: Path) -> None:
    for width in (15, 16, 17, 40):
        row = {f"c{i}": i if i % 2 else f'"{i}' for i in range(width)}
        path = tmp_path / "in.ndjson"
        path.write_text(f"{json.dumps(row)}\n" * 3)
        table = Ndjson(Source(str(path), NDJSON))
        assert table.frame(Chunk(path.read_bytes()), list(row), ()).rows() == [tuple(map(str, row.values()))] * 3
        for cut in (path.read_bytes()[:-4], path.read_bytes()[:-2] + b",}"):
            with pytest.raises(AtRow):
                table.frame(Chunk(cut), ["c1"], ())
