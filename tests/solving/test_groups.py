"""A fit for each group of rows: against fits of files that have the rows of one group alone."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from exprgrad.cli import run

pl = pytest.importorskip("polars")

# What is fitted, the parameters, and what else has a value.
FITS = {
    "log(q) - a - b*log(p)": (["a", "b"], ["--a", "4", "--b", "-1"]),
    "q - u*a*exp(-b*p)": (["a", "b"], ["--a", "9", "--b", "0.3", "--u", "2"]),
    "(q - a)/(p + u)": (["a"], ["--a", "1", "--u", "0.5"]),
}


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The rows of stores that come in any order, some of which hold a null."""
    monkeypatch.chdir(tmp_path)
    draw = random.Random(7)
    stores = [draw.choice(["north", "south", "east", "7"]) for _ in range(60)]
    p = [round(draw.uniform(1, 5), 2) for _ in stores]
    q = [round((8 + len(store)) * x**-1.2 * draw.uniform(0.9, 1.1), 3) for store, x in zip(stores, p, strict=True)]
    return pl.DataFrame({"store": stores, "p": p, "q": [*q[:-3], None, *q[-2:]]})


def written(frame: Any, file: str) -> str:
    """The name of a file that holds a frame."""
    writers = {"csv": frame.write_csv, "ndjson": frame.write_ndjson, "parquet": frame.write_parquet}
    writers[file.partition(".")[2]](file)
    return file


def read(file: str) -> Any:
    kind = file.partition(".")[2]
    if kind in ("csv", "tsv"):
        return pl.read_csv(file, separator="," if kind == "csv" else "\t", schema_overrides={"store": pl.String})
    if kind == "ndjson":
        return pl.DataFrame([json.loads(line) for line in Path(file).read_text().splitlines()])
    return pl.read_parquet(file) if kind == "parquet" else pl.read_ipc(file)


@pytest.mark.parametrize("text", FITS)
@pytest.mark.parametrize("how", ["sum", "mean"])
@pytest.mark.parametrize(
    ("engine", "source", "target"),
    [("rounded", "csv", "csv"), ("numpy", "ndjson", "tsv"), ("auto", "parquet", "ndjson"), ("numpy", "csv", "parquet")],
)
def test_each_group_is_fitted_as_if_it_were_alone(
    text: str, how: str, engine: str, source: str, target: str, rows: Any
) -> None:
    names, values = FITS[text]
    words = [f"c = ({text})^2; s = sin(a)*q; h = log(2)/a", "--reduce-rows", how, "--row-engine", engine]
    words += ["--fetch-names", "c,s,h"]
    words += ["--minimize-over", ",".join(names), *values, "--standard-errors", "scaled", "-q"]
    assert run([*words, "--rows-from", written(rows, f"in.{source}"), "--group-by", "store", "-o", f"o.{target}"]) == 0
    found = read(f"o.{target}")
    groups = rows.unique("store", keep="first", maintain_order=True)["store"].to_list()
    assert found["store"].to_list() == groups
    for row in found.iter_rows(named=True):
        alone = rows.filter(store=row.pop("store"))
        assert row.pop("rows") == alone["q"].count()
        assert run([*words, "--rows-from", written(alone, f"one.{source}"), "-f", "json", "-o", "one.json"]) == 0
        expected: dict[str, float] = {}
        for result in json.loads(Path("one.json").read_text())["results"]:
            name = result["name"]
            expected[name] = result["value"]
            if "standard_error" in result:
                expected[f"{name}_standard_error"] = result["standard_error"]
            for slope in result["derivatives"]:
                expected[f"d{name}_d{slope['with_respect_to'][0]}"] = slope["value"]
        assert list(row.items()) == list(expected.items())
        assert {f"{name}_standard_error" for name in (*names, "h")} == {x for x in row if x.endswith("_error")}
        assert row["h"] == pytest.approx(math.log(2) / row["a"], rel=1e-15)


@pytest.mark.parametrize(("how", "groups"), [("null", ["north", "one", "south"]), ("skip", ["north", "south"])])
@pytest.mark.parametrize(
    ("text", "message"),
    [("q - a", "one: the scatter of residuals needs more"), ("q - a if p > 0 else sqrt(a - 9)/0", "one: no minimum")],
)
def test_a_group_without_a_fit_is_bad(
    how: str, groups: list[str], text: str, message: str, rows: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    Path("in.csv").write_text("store,p,q\nnorth,1,2\none,-1,3\nnorth,1,4\nsouth,2,5\nsouth,2,6\n")
    words = [f"c = ({text})^2", "--rows-from", "in.csv", "--reduce-rows", "sum", "--group-by", "store", "--a", "1"]
    words += ["--minimize-over", "a", "--standard-errors", "scaled"]
    assert run([*words, "--on-bad-row", how]) == 0
    out, err = capfd.readouterr()
    lines = [line.split(",") for line in out.splitlines()[1:]]
    assert [line[0] for line in lines] == groups
    assert [line[2:] for line in lines if line[0] == "one"] == [["", "", ""]] * (how == "null")
    assert "nothing was found for them: 1 of 3" in err
    assert run(words) == 65
    assert f"error: store = {message}" in capfd.readouterr().err


def test_an_array_is_no_cell(rows: Any, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["c = (q - a)^2; v = [a, 2]", "--rows-from", written(rows, "in.csv"), "--reduce-rows", "sum", "--a", "1"]
    assert run([*words, "--group-by", "store", "--minimize-over", "a", "--fetch-names", "c,v"]) == 2
    assert "in a row v is one number, found 2" in capfd.readouterr().err


@pytest.mark.parametrize("how", ["null", "skip"])
def test_bad_rows_are_left_out_of_their_group(how: str, rows: Any, capfd: pytest.CaptureFixture[str]) -> None:
    Path("in.csv").write_text("k,x,y\na,1,2\na,-1,7\na,1,x\nb,1,1\na,1,4\nb,1,3\n")
    words = ["c = (y - a)^2 if sqrt(x) else a", "--rows-from", "in.csv", "--reduce-rows", "mean", "--group-by", "k"]
    words += ["--minimize-over", "a", "--a", "1"]
    assert run([*words, "--on-bad-row", how, "-q"]) == 0
    lines = [line.split(",")[2:] for line in capfd.readouterr().out.splitlines()[1:]]
    assert lines == [["3.0", "1.0"], ["2.0", "1.0"]]
