"""What rows are reduced to: exact, rounded once, and the same whatever the threads, the pieces and the order."""

from __future__ import annotations

import datetime as dt
import math
import pickle
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.batch.choice import Chooser
from exprgrad.batch.names import REDUCTIONS
from exprgrad.batch.reduction import _REDUCTIONS, GroupedReduction, Reduction, astray
from exprgrad.diagnostics import ExprError, UsageError
from exprgrad.numbers.sums import AT_ONCE
from tests.numbers.test_sums import exact, nearest

ENGINES = ["numpy", "rounded", *(["native"] if find_spec("llvmlite") else [])]


def data(rows: int) -> dict[str, Any]:
    generator = np.random.default_rng(11)
    return {"x": generator.standard_normal(rows), "t": generator.choice([-1.0, 1.0], rows)}


LOSS = "c = log1p(exp(-t*(a + b*x)))"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loss_and_its_gradient(engine: str) -> None:
    rows = 5000 if engine == "rounded" else 100_003
    columns = data(rows)
    loss = exprgrad.compile(LOSS, max_order=2).rows(engine, reduce="mean")(**columns, a=0.5, b=-1)
    x, t = columns["x"], columns["t"]
    z = t * (0.5 - x)
    slope = -t / (1 + np.exp(z))
    assert math.isclose(loss["c"], math.fsum(np.log1p(np.exp(-z))) / rows, rel_tol=1e-14)
    assert math.isclose(loss.derivative("c", "a"), math.fsum(slope) / rows, rel_tol=1e-12)
    assert math.isclose(loss.derivative("c", "b"), math.fsum(slope * x) / rows, rel_tol=1e-12)
    assert [d.with_respect_to for d in loss.outcomes[0].derivatives] == [
        ("a",),
        ("b",),
        ("a", "a"),
        ("a", "b"),
        ("b", "b"),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_pieces_and_order_change_nothing(engine: str) -> None:
    """What is found is the sum of the rows' own results, rounded once."""
    rows = 5077 if engine == "rounded" else 3 * AT_ONCE + 77
    f = exprgrad.compile(LOSS, wrt=["a", "b"])
    inputs = {**data(rows), "a": 0.5, "b": -1.0}
    each = f.rows(engine)(**inputs)
    shuffled = np.random.default_rng(5).permutation(rows)
    orders = slice(None), slice(None, None, -1), shuffled
    sums = [exact(x) for x in (each["c"], *each.gradient("c").values())]
    for how, n in (("sum", 1), ("mean", rows)):
        wanted = [nearest(x / n) for x in sums]
        found = []
        for threads, piece, order in ((1, rows, 0), (3, rows, 1), (1, 1001, 0), (2, 999, 2)):
            moved = [x[orders[order]].copy() if isinstance(x, np.ndarray) else x for x in map(inputs.get, f.inputs)]
            reduction = Reduction(Chooser(f.task, engine).choose(moved), how)
            for start in range(0, rows, piece):
                part = [x[start : start + piece] if isinstance(x, np.ndarray) else x for x in moved]
                reduction.take(reduction.compute(part, min(piece, rows - start), threads=threads))
            assert reduction.rows == rows
            found.append(list(reduction.values().values()))
        assert found == [wanted] * 4
    loss = f.rows(engine, reduce="mean", threads=2)(**inputs)
    assert wanted == [loss["c"], *loss.gradient("c").values()]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_mean_is_rounded_once(engine: str) -> None:
    """And not a sum that was rounded, divided; nor does a sum that leaves the range."""
    f = exprgrad.compile("c = a*x", wrt=["a"])
    for x in ([1e16, 1.0, 1.0, 5.0], [1.7e308] * 3, [5e-324] * 3 + [1e-323], [1e16, 1.0, -1e16], [0.1] * 10):
        found = f.rows(engine, reduce="mean")(x=x, a=1)
        wanted = sum(map(Fraction, x)) / len(x)
        assert found["c"] == found.derivative("c", "a") == float(wanted)
    for x in ([math.inf, 1.0], [math.nan, math.inf], [math.inf, -math.inf]):
        found = f.rows(engine, reduce="mean")(x=x, a=1)
        assert found["c"] == sum(x) or (math.isnan(found["c"]) and math.isnan(sum(x)))


def test_a_row_that_cannot_be_computed() -> None:
    f = exprgrad.compile("c = a if x else x*a", wrt=["a"])
    row = 2 * AT_ONCE + 5
    x = np.ones(3 * AT_ONCE)
    x[row] = math.nan
    with pytest.raises(ExprError, match=f"row {row + 1:,}: the condition is nan"):
        f.rows("numpy", reduce="sum", threads=2)(x=x, a=2)
    told: list[int] = []
    inputs = [x if name == "x" else 2.0 for name in f.inputs]
    reduction = Reduction(Chooser(f.task, "numpy").choose(inputs), "mean")
    reduction.compute(inputs, len(x), lambda row, problem: told.append(row))
    assert told == [row]


@pytest.mark.parametrize("threads", [1, 2])
def test_rows_that_are_not_finite(threads: int) -> None:
    f = exprgrad.compile("c = a*log(x)")
    x = np.ones(3 * AT_ONCE)
    strayed = [5, AT_ONCE, 3 * AT_ONCE - 1]
    x[strayed] = [0.0, -1.0, np.inf]
    inputs = [x if name == "x" else 1.0 for name in f.inputs]
    engine = Chooser(f.task, "numpy").choose(inputs)
    assert astray(Reduction(engine, "sum").compute(inputs, len(x), threads=threads)) == strayed
    groups = np.arange(len(x)) % 3
    assert astray(GroupedReduction(engine, "sum").compute(inputs, groups, threads=threads)) == strayed


def test_wrong_uses() -> None:
    with pytest.raises(UsageError, match="the derivative of a sum over rows by x is a number in each row"):
        exprgrad.compile("c = a*x", wrt=["x"]).rows(reduce="sum")(x=[1, 2], a=1)
    with pytest.raises(
        UsageError, match=r"a mean over rows by x and y .*\n.* for the mean .* write diff\(x\*y, x\) in"
    ):
        exprgrad.compile("x*y", wrt=["x", "y"]).rows(reduce="mean")(x=[1, 2], y=[3, 4])
    with pytest.raises(UsageError, match="rows are reduced to their sum, mean, max or min, found 'median'"):
        exprgrad.compile("c = a*x").rows(reduce="median")
    for how in ("mean", "max", "min"):
        with pytest.raises(UsageError, match=f"the {how} of no rows"):
            exprgrad.compile("c = a*x").rows(reduce=how)(x=[], a=1)
    assert exprgrad.compile("c = a*x").rows(reduce="sum")(x=[], a=1)["c"] == 0.0


def test_the_names_are_those_of_the_table() -> None:
    assert tuple(_REDUCTIONS) == REDUCTIONS


def extreme(each: Any, how: str, by: list[tuple[str, ...]]) -> list[float]:
    """The largest or least value of rows, and the derivatives: the means over the rows that reach it."""
    best = max if how == "max" else min
    values = each["c"].tolist()
    if any(map(math.isnan, values)):
        return [math.nan] * (1 + len(by))
    value = best(values, key=lambda x: (x, math.copysign(1, x)))
    tied = [i for i, x in enumerate(values) if x == value]
    there = {names: each.derivative("c", *names)[tied].tolist() for names in by}
    found = [value]
    for names, numbers in there.items():
        beside = len(names) == 2 and names[0] == names[1] and len({*there[names[:1]]}) == 1
        found.append(best(numbers) if beside else float(sum(map(Fraction, numbers)) / len(tied)))
    return found


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("how", ["max", "min"])
def test_the_largest_and_the_least(engine: str, how: str) -> None:
    """Ties within blocks and across them, of zeros of both signs too; whatever the pieces, the order, the threads."""
    generator = np.random.default_rng(7)
    rows = 500 if engine == "rounded" else AT_ONCE + 77
    f = exprgrad.compile("c = x*w^2 + b*y", wrt=["w", "b"], max_order=2)
    by: list[tuple[str, ...]] = [("w",), ("b",), ("w", "w"), ("w", "b"), ("b", "b")]
    for x, w, b in (
        (generator.standard_normal(rows), 1.5, -0.5),
        (generator.integers(-2, 3, rows).astype(float), 1.0, 0.0),
        (generator.integers(-2, 3, rows).astype(float), 0.0, -0.0),
        (np.where(np.arange(rows) == rows // 2, math.nan, 1.0), 1.0, 1.0),
    ):
        inputs = {"x": x, "y": generator.integers(-3, 4, rows).astype(float), "w": w, "b": b}
        wanted = list(map(repr, extreme(f.rows(engine)(**inputs), how, by)))
        for threads, piece, order in ((1, rows, 1), (3, rows, -1), (1, 101, 1), (2, 99, -1)):
            moved = [v[::order].copy() if isinstance(v, np.ndarray) else v for v in map(inputs.get, f.inputs)]
            reduction = Reduction(Chooser(f.task, engine).choose(moved), how)
            for start in range(0, rows, piece):
                part = [v[start : start + piece] if isinstance(v, np.ndarray) else v for v in moved]
                reduction.take(reduction.compute(part, min(piece, rows - start), threads=threads))
            assert list(map(repr, reduction.values().values())) == wanted


def test_a_tie_is_told_where_the_rows_differ() -> None:
    def noted(text: str, order: int = 1, **values: Any) -> tuple[list[float], list[str]]:
        found = exprgrad.compile(text, max_order=order).rows(reduce="max")(**values)
        return [found["c"], *[d.value for d in found.outcomes[0].derivatives]], [str(note) for note in found.notes]

    message = "several rows reach the max over rows: its derivatives are the means of theirs"
    assert noted("c = w*x", x=[1, 1, 0], w=2) == ([2.0, 1.0], [])
    assert noted("c = w*x", x=[1, 2, 6], w=0) == ([0.0, 3.0], [message])
    assert noted("c = w*x", 0, x=[1, 2, 6], w=0) == ([0.0], [])
    # Both sides agree, as they do for max(w^2, 2*w^2).
    assert noted("c = x*w^2", 2, x=[1, 2], w=0) == ([0.0, 0.0, 4.0], [])
    assert noted("c = x*w^3", 3, x=[1, 2], w=0) == ([0.0, 0.0, 0.0, 9.0], [message])
    # As of max([w^2, 2*w^2, -w]).
    assert noted("c = x*w^2 - y*w", 2, x=[1, 2, 0], y=[0, 0, 1], w=0) == ([0.0, -1 / 3, 2.0], [message])
    found, notes = noted("c = w/x", x=[0, 1, 2], w=0)
    assert all(map(math.isnan, found))
    assert notes == []


@pytest.mark.parametrize("how", ["sum", "mean", "max", "min"])
@pytest.mark.parametrize("threads", [1, 3])
def test_groups(how: str, threads: int) -> None:
    """Of each group what a reduction of its rows alone gives, whatever the pieces."""
    rows = 2 * AT_ONCE + 77
    columns = data(rows)
    groups = np.random.default_rng(3).integers(0, 5, rows)
    groups[groups == 3] = 6
    task = exprgrad.compile(LOSS, wrt=["a", "b"]).task
    inputs = [columns["t"], 0.5, -1.0, columns["x"]]
    engine = Chooser(task, "numpy").choose(inputs)
    grouped = GroupedReduction(engine, how)
    for piece in (slice(0, 1000), slice(1000, 1000), slice(1000, None)):
        own = [x[piece] if isinstance(x, np.ndarray) else x for x in inputs]
        grouped.take(grouped.compute(own, groups[piece], threads=threads))
    values = grouped.values(8)
    assert grouped.rows == np.bincount(groups, minlength=8).tolist()
    for group in range(8):
        alone = Reduction(engine, how)
        own = [x[groups == group] if isinstance(x, np.ndarray) else x for x in inputs]
        if grouped.rows[group]:
            alone.take(alone.compute(own, grouped.rows[group]))
            assert {key: found[group] for key, found in values.items()} == alone.values()
        else:
            assert {found[group] for found in values.values()} == {0.0}


def test_a_vector_is_no_value_for_all_rows() -> None:
    message = (
        "w has 2 rows, x has 3 rows\n  columns of one table have one length; .* the elements of a vector, w0=, w1="
    )
    with pytest.raises(ExprError, match=message):
        exprgrad.compile("c = sum(w*x)").rows()({"x": [1, 2, 3]}, w=[1, 2])


def tables() -> dict[str, Any]:
    columns: dict[str, Any] = {
        "shop": ["B", "A", None, "B", "A", None],
        "x": [1.0, 2.0, 4.0, None, math.nan, 8.0],
        "n": [1, 2, 3, 4, 5, 6],
    }
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame(columns, strict=False)
    return {"lists": columns, "polars": frame, "arrow": frame.to_arrow()}


@pytest.mark.parametrize("kind", ["lists", "polars", "arrow"])
def test_rows_with_a_null_are_left_out(kind: str) -> None:
    table = tables()[kind]
    f = exprgrad.compile("c = w*x")
    assert np.isnan(f.rows()(table, w=2)["c"]).tolist() == [False, False, False, True, True, False]
    found = f.rows(reduce="sum")({"x": [1.0, None, 3.0]}, w=2)
    assert (found["c"], found.gradient()) == (8.0, {"w": 4.0})
    assert [note.message for note in found.notes] == ["rows left out, since they hold a null: 1 of 3"]
    assert math.isnan(f.rows(reduce="sum")(table, w=2)["c"])
    with pytest.raises(UsageError, match="the max of no rows"):
        f.rows(reduce="max")(x=[None], w=1)


@pytest.mark.parametrize("kind", ["lists", "polars", "arrow"])
def test_nulls_stay_nulls_in_a_data_frame(kind: str) -> None:
    """A nan is a number, and what rests on it is what it is; arrays of numpy have a nan where a null is."""
    found = exprgrad.compile("c = 1 if x > 3 else -x").rows()(tables()[kind])
    assert repr(found["c"].tolist()) == "[-1.0, -2.0, 1.0, nan, nan, 1.0]"
    frame = pickle.loads(pickle.dumps(found)).to_polars()
    gone = [False, False, False, True, False, False]
    assert {name: frame[name].is_null().to_list() for name in ("x", "c", "dc_dx")} == dict.fromkeys(
        ["x", "c", "dc_dx"], gone
    )
    assert np.isnan(frame["c"].to_list()[4])
    assert len(str(found).splitlines()[4].split()) == 2
    kept = exprgrad.compile("c = x if shop == 'A' else n").rows(keep_columns=["shop"])(tables()[kind]).to_polars()
    assert kept.rows()[2:4] == [(None, None, None, None), ("B", None, None, None)]


@pytest.mark.parametrize("kind", ["lists", "polars", "arrow"])
def test_groups_of_a_table(kind: str) -> None:
    table = tables()[kind]
    grouped = pickle.loads(pickle.dumps(exprgrad.compile("c = w*x").rows(reduce="max", group_by="shop")))
    found = grouped(table, w=2)
    assert {name: x.tolist() for name, x in found.inputs.items()} == {"shop": ["B", "A", None], "rows": [1, 2, 2]}
    assert repr(found["c"].tolist()) == "[2.0, nan, 16.0]"
    assert repr(found.derivative("w").tolist()) == "[1.0, nan, 8.0]"
    assert list(found.columns()) == ["shop", "rows", "c", "dc_dw"]
    assert found.to_polars().schema["rows"].is_integer()
    assert str(found).splitlines()[1].split() == ["B", "1", "2.0", "1.0"]
    apart = exprgrad.compile("c = w*x").rows(reduce="mean", group_by=["kind", "x"])
    assert apart(x=[1, 1, 2], kind=["a", "a", "a"], w=3).inputs["rows"].tolist() == [2, 1]
    told = exprgrad.compile("c = w*x").rows(reduce="max", group_by="kind")(x=[1, 3, 1, 1], kind=[1, 1, 2, 2], w=0)
    assert told.derivative("w").tolist() == [2.0, 1.0]
    message = "groups in which several rows reach the max, and derivatives are the means of theirs: 1 of 2"
    assert [note.message for note in told.notes] == [message]


@pytest.mark.parametrize("kind", ["lists", "polars", "arrow"])
def test_columns_of_a_table_are_kept(kind: str) -> None:
    table, f = tables()[kind], exprgrad.compile("c = w*x", wrt=["w"])
    assert list(f.rows()(table, w=2).columns()) == ["shop", "x", "n", "w", "c", "dc_dw"]
    found = f.rows(keep_columns=["n", "shop"])(table, w=2)
    assert found.inputs["n"] is table["n"] or kind != "lists"  # as it is, with an index where it has one
    assert found.to_polars()["n"].to_list() == [1, 2, 3, 4, 5, 6]
    assert found.to_polars()["shop"].to_list() == ["B", "A", None, "B", "A", None]
    assert list(f.rows(keep_columns=[])(table, w=2).columns()) == ["w", "c", "dc_dw"]
    with pytest.raises(ExprError, match=r"two columns would be called n\n.*keep_columns="):
        exprgrad.compile("n = w*x").rows()(table, w=2).to_polars()


def test_columns_that_are_no_numbers_are_kept() -> None:
    polars = pytest.importorskip("polars")
    days = [dt.datetime(2026, 1, 1), None, dt.datetime(2026, 1, 3)]
    frame = polars.DataFrame(
        {"x": [1, 2, 3], "day": days, "date": [d and d.date() for d in days], "ok": [True, None, False]}
    )
    found = exprgrad.compile("c = 2*x").rows()(frame)
    assert found.to_polars().drop("c", "dc_dx").equals(frame)
    assert str(found).splitlines()[1].split()[:4] == ["1", "2026-01-01", "00:00:00", "2026-01-01"]
    arrow = exprgrad.compile("c = 2*x").rows()(frame.to_arrow()).to_polars()
    assert arrow["date"].equals(frame["date"]) and arrow["day"].equals(frame["day"])
    # What else a mapping has is no column.
    assert list(exprgrad.compile("c = 2*x").rows()({"x": [1, 2], "name": "run 1", "more": [1]}).columns()) == [
        "x",
        "c",
        "dc_dx",
    ]


@pytest.mark.parametrize("options", [{}, {"reduce": "sum"}, {"reduce": "max", "group_by": "n"}])
def test_a_function_of_a_column_alone_is_told(options: dict[str, Any]) -> None:
    f = exprgrad.compile("c = w*(x - mean(x)) + sum(w) + std(x) + mean(x)").rows(**options)
    told = [f"x is one number in each row, and {name}(x) is of that number alone" for name in ("mean", "std")]
    notes = [note.message for note in f({"x": [1, 2], "n": [1, 1]}, w=2).notes]
    assert sorted(message for message in notes if "alone" in message) == told


def test_the_row_of_an_error_is_that_among_all() -> None:
    f = exprgrad.compile("c = 1 if x/x else 2")
    with pytest.raises(ExprError, match="row 3: the condition is nan"):
        f.rows()(x=[None, 1, 0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"group_by": "shop"}, "group_by is about what rows are reduced to"),
        ({"reduce": "sum", "group_by": []}, "group_by names no column"),
        ({"reduce": "sum", "group_by": "rows"}, "rows are grouped by rows, and a column of that name"),
        ({"reduce": "sum", "group_by": "shp"}, "rows are grouped by shp, which is no column\n  its columns are shop"),
        ({"reduce": "sum", "keep_columns": ["x"]}, "keep_columns is about rows, and reduce= keeps none"),
        ({"keep_columns": ["id"]}, "the table has no column id\n  its columns are shop, x and n"),
    ],
)
def test_wrong_groups_and_columns(options: dict[str, Any], message: str) -> None:
    table = {"shop": ["A"], "x": [1], "n": [1]}
    with pytest.raises(UsageError, match=message):
        exprgrad.compile("c = w*x").rows(**options)(table, w=1)


def test_cells_that_are_no_column() -> None:
    f = exprgrad.compile("c = w*x").rows(reduce="sum", group_by="kind")
    for kind, message in (
        (["a"], "kind has 1 rows, and what is computed 2"),
        ("ab", "kind is no column"),
        ([[1], [2]], "rows are not grouped by what kind holds"),
    ):
        with pytest.raises(UsageError, match=message):
            f(x=[1, 2], w=1, kind=kind)
    with pytest.raises(UsageError, match="keep_columns is about a table"):
        exprgrad.compile("c = w*x").rows(keep_columns=["x"])(x=[1, 2], w=1)
