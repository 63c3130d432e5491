"""Rows: each engine computes in every row what the function computes for that row's numbers."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.batch import choice
from exprgrad.batch.choice import Chooser
from exprgrad.batch.planning import planned
from exprgrad.compiled import Function
from exprgrad.diagnostics import EvaluationError, ExprError, UnsupportedError, UsageError
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from exprgrad.run.engine import Engine, Stopped
from exprgrad.run.vectors import BLOCK
from tests.programs import Maker

FAST = ["native"] if find_spec("llvmlite") else []
ENGINES = ["numpy", *FAST]


def expected(f: Function, columns: dict[str, Any], row: int) -> list[float] | None:
    """The value and derivatives of one row, or None where it cannot be computed."""
    try:
        result = f.run({name: float(x[row]) if np.ndim(x) else x for name, x in columns.items()}, notes=False)
    except ExprError:
        return None
    found = []
    for outcome in result.outcomes:
        found += [outcome.value, *(derivative.value for derivative in outcome.derivatives)]
    return found


def computed(f: Function, columns: dict[str, Any], engine: str) -> list[Any]:
    result = f.rows(engine)(**columns)
    return [x for outcome in result.outcomes for x in (outcome.value, *(d.value for d in outcome.derivatives))]


def close(found: float, wanted: float, slack: float) -> bool:
    if math.isfinite(wanted) and math.isfinite(found):
        return abs(found - wanted) <= slack * max(1.0, abs(wanted))
    return found == wanted or (math.isnan(found) and math.isnan(wanted))


def agree(text: str, columns: dict[str, Any], engine: str, slack: float = 1e-9, **options: Any) -> None:
    f = exprgrad.compile(text, **options)
    found = computed(f, columns, engine)
    rows = max(len(x) for x in columns.values() if np.ndim(x))
    for row in range(rows):
        wanted = expected(f, columns, row)
        assert wanted is not None
        for i, (column, number) in enumerate(zip(found, wanted, strict=True)):
            assert close(float(column[row]), number, slack), (text, i, row, float(column[row]), number)


def numbers(*names: str, rows: int = 37, seed: int = 5) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    return {name: np.round(1.5 * generator.standard_normal(rows), 2) for name in names}


PROGRAMS = [
    "c = exp(-x^2/2)*sin(1.5*x + y)/sqrt(1 + y^2)",
    "c = x*y; d = x - y; e = x",
    "c = 7",
    "c = sqrt(x) if x > 0 else x*y",
    "c = log(x) if x > 0 else (y if y > 0 else x*y*x)",
    "c = x; if y > 0 { c = log(abs(x) + 1)*y } else { if x > 0 { c = sin(x) } }",
    "c = 1; if x > 0 and y > 0 or x < -1 { c = x*y }",
    "z = x; for k in 0..5 { z = sin(z)*y + z }; c = z",
    "z = x; while abs(z*z - abs(x) - 1) > 1e-9 { z = (z + (abs(x) + 1)/z)/2 }; c = z",
    "s = 0; for i in 0..3 { for j in 0..i + 2 { s = s + sin(x*j)*s + i*y } }; c = s",
    "s = x; for i in 0..floor(abs(y)*3) { if s > 0 { s = sin(s) + x } else { s = s*s*y + 1 } }; c = s",
    "s = x; for i in 0..floor(abs(y)*2) { for j in 0..floor(abs(x)*2) { s = cos(s)*y + j } }; c = s",
    "s = 0; for i in 0..0 { s = s + x }; c = s + y",
    "f(t) = t*t*y; c = diff(f(x), x) + f(x if x > 0 else y)",
    "c = diff(sin(x*y), x, y)",
    "c = max(x, y, 1) + min(x, 0) + clip(x, -1, 1) + abs(y) + x % 0.7 + x // 0.3 + sign(x)",
    "c = atan2(y, x) + hypot(x, y) + logaddexp(x, y) + sigmoid(x) + softplus(y)",
    "c = x**3 + abs(x)**y + 2**x + digamma(1 + x*x) + gamma(1 + y*y)",
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", PROGRAMS)
def test_every_row_is_one_evaluation(text: str, engine: str) -> None:
    f = exprgrad.compile(text)
    columns = numbers("x", "y")
    columns = {name: columns[name] for name in f.inputs}
    if not columns:
        assert computed(f, {}, engine) == [7.0]
        return
    for order in (0, 1, 2):
        agree(text, columns, engine, max_order=order)


@pytest.mark.parametrize("engine", ENGINES)
def test_along_a_direction(engine: str) -> None:
    agree(PROGRAMS[0], numbers("x", "y"), engine, along_direction={"x": 1, "y": -2}, max_order=3)


@pytest.mark.parametrize("engine", ENGINES)
def test_numbers_that_all_rows_share(engine: str) -> None:
    agree("c = exp(-a*x)*sin(b) if a > x else b*x", numbers("x") | {"a": 0.5, "b": 2}, engine, max_order=2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("seed", range(40))
def test_programs_made_at_random(seed: int, engine: str) -> None:
    text = Maker(seed, smooth=True).program()
    try:
        f = exprgrad.compile(text)
        planned(f.task)
    except ExprError:
        pytest.skip("the program cannot be differentiated")
    columns = {name: column / 2 for name, column in numbers("x", "y", rows=11, seed=seed).items() if name in f.inputs}
    if columns:
        agree(text, columns, engine, slack=1e-6)


@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 32])
@pytest.mark.skipif(not FAST, reason="llvmlite is not installed")
def test_any_number_of_rows_at_once_gives_the_same(width: int) -> None:
    from exprgrad.run.machine import machine
    from exprgrad.run.native import Native

    for text in PROGRAMS[8:12]:
        f = exprgrad.compile(text)
        plan = planned(f.task)
        columns = [numbers("x", "y")[name] for name in f.inputs]
        code = Native(plan, [True, True][: len(columns)], width)
        found = [np.zeros(37) for _ in plan.stored]
        code.run(columns, found, 0, 37)
        rows = f.rows("numpy")(**dict(zip(f.inputs, columns, strict=True)))
        value = next(out.stored for out in plan.outputs if not out.key[1])
        assert value is not None
        assert np.allclose(found[value], rows[f.results[0]], rtol=1e-9, atol=1e-9)
        if width >= machine().width:
            # A row's numbers do not depend on where it stands.
            for start in (0, 1, 7):
                part = [np.zeros(37) for _ in plan.stored]
                code.run(columns, part, start, 37)
                assert all(
                    np.array_equal(a[start:], b[start:], equal_nan=True) for a, b in zip(part, found, strict=True)
                )


@pytest.mark.skipif(not FAST, reason="llvmlite is not installed")
@pytest.mark.parametrize(
    ("text", "registers"),
    [
        ("c = 7", 0),
        ("c = x + 1", 4),
        ("c = x" + "+x" * 1000, 4),
        ("c = x" + "+x" * 1001, 2),
        ("c = log(x) if x > 0 else 1", 2),
        ("s = 0; for i in 0..2 { s = s + x }; c = s", 2),
    ],
)
def test_how_many_rows_run_at_once(text: str, registers: int) -> None:
    """Four registers of them; two where rows part or the program is long; one row without a column."""
    from exprgrad.run.machine import machine
    from exprgrad.run.native import Native

    f = exprgrad.compile(text, max_order=0)
    assert Native(planned(f.task), [True] * len(f.inputs)).width == (registers * machine().width or 1)


def elementwise() -> list[Op]:
    return [op for op in REGISTRY.functions() if op.name not in ("polygamma", "truth", "logical_not")]


SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, 3.0, math.inf, -math.inf, math.nan, 1e-8, 700.0, -750.0, 1e10)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("op", elementwise(), ids=lambda op: f"{op.name}_{len(op.operand_names)}")
def test_every_operation(op: Op, engine: str) -> None:
    """In its domain to a few units in the last place, and at hard points."""
    names = list(op.operand_names[:2]) if op.variadic else list(op.operand_names)
    generator = np.random.default_rng(3)
    inside = [generator.uniform(*bounds, size=20) for bounds in (list(op.domain) * 2)[: len(names)]]
    chooser = random.Random(op.name)
    points = (
        [[x] for x in SPECIAL] if len(names) == 1 else [[chooser.choice(SPECIAL) for _ in names] for _ in range(40)]
    )
    columns = {
        name: np.concatenate([x, [p[i] for p in points]]) for i, (name, x) in enumerate(zip(names, inside, strict=True))
    }
    f = exprgrad.compile(f"c = {op.name}({', '.join(names)})")
    found, exact = computed(f, columns, engine), computed(f, columns, "rounded")
    for a, b in zip(found, exact, strict=True):
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        with np.errstate(invalid="ignore"):
            near = np.abs(a - b) <= 8 * np.spacing(np.abs(b))
        wrong = np.flatnonzero(~(same | near))
        assert not len(wrong), [([columns[name][i] for name in names], a[i], b[i]) for i in wrong[:3]]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("op", elementwise(), ids=lambda op: f"{op.name}_{len(op.operand_names)}")
def test_every_operation_of_what_all_rows_share(op: Op, engine: str) -> None:
    """Its operands are numbers there, and not columns."""
    names = list(op.operand_names[:2]) if op.variadic else list(op.operand_names)
    middle = [sum(bounds) / 2 + 0.1 * (bounds[1] - bounds[0]) for bounds in (list(op.domain) * 2)[: len(names)]]
    shared = dict(zip(names, middle, strict=True))
    text = f"c = {op.name}({', '.join(names)})*column + {op.name}({', '.join(names)})"
    agree(text, shared | {"column": np.array([1.0, -2.0])}, engine, max_order=1)


# -- what cannot be computed -------------------------------------------------------------------------------

TROUBLE = [
    ("c = 1 if x > y else x/y if x/y else 2", {"x": [1, 1, 0], "y": [0, 2, 0]}, "row 3: the condition is nan"),
    ("z = x; while z > 0 { z = z + 1 }; c = z", {"x": [-1, -2, 3, -1]}, "row 3: the loop has not ended"),
    ("s = 0; for i in 0..x { s = s + 1 }; c = s", {"x": [1, math.nan]}, "row 2: a bound of the range is nan"),
    ("c = 1 if not x else 2", {"x": [1, 0, 1, math.nan, 2]}, "row 4: the condition is nan"),
]


@pytest.mark.parametrize("engine", [*ENGINES, "rounded", "auto"])
@pytest.mark.parametrize(("text", "columns", "message"), TROUBLE)
def test_a_row_that_cannot_be_computed_is_named(
    text: str, columns: dict[str, list[float]], message: str, engine: str
) -> None:
    rows = exprgrad.compile(text, step_limit=1000).rows(engine)
    with pytest.raises(EvaluationError) as caught:
        rows(**columns)
    assert str(caught.value).startswith(message)
    assert text in str(caught.value)


@pytest.mark.parametrize("every", [1, 2, 7, 61])
@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
def test_rows_with_several_problems(engine: str, every: int) -> None:
    """Each row has its own problem, whichever rows run at once with it, and the others are computed."""
    text = "y = x; while 0 < y < 10 { y = y if x < 0.5 else 2*y }\nc = a*y if x - 0.125 else 0"
    f = exprgrad.compile(text, step_limit=50, wrt=["a"])
    rows = 150
    x = np.full(rows, 3.0)
    bad = np.arange(0, rows, every)
    x[bad] = np.resize([math.nan, 0.25, -math.nan, 0.3], len(bad))
    inputs = [x if name == "x" else 2.0 for name in f.inputs]
    told: dict[int, str] = {}
    found = (
        Chooser(f.task, engine)
        .choose(inputs)
        .run(inputs, rows, lambda row, problem: told.setdefault(row, problem.message) and None)
    )
    nan, endless = "the condition is nan", "the loop has not ended after 50 iterations"
    assert told == {row: endless if x[row] == x[row] else nan for row in bad.tolist()}
    assert list(told) == sorted(told)
    value = found["c", ()]
    assert np.isnan(value[bad]).all()
    assert (np.delete(value, bad) == 24.0).all()


@pytest.mark.parametrize(
    ("first", "last", "rows", "parts"),
    [
        (3, 9, [4, 8], [(3, 4, False), (4, 5, True), (5, 8, False), (8, 9, True)]),
        (3, 6, [3, 4], [(3, 4, True), (4, 5, True), (5, 6, False)]),
        (3, 9, [], [(3, 9, False)]),
        (3, 4, [], [(3, 4, True)]),
    ],
)
def test_the_parts_of_what_stopped(first: int, last: int, rows: list[int], parts: list[tuple[int, int, bool]]) -> None:
    """Rows that have the problem stand alone; where one ran alone it is that one."""
    stopped = Stopped(first, last, EvaluationError("no"), rows)
    assert list(stopped.parts()) == parts
    assert list(stopped.moved(10).parts()) == [(a + 10, b + 10, bad) for a, b, bad in parts]


@pytest.mark.skipif(not FAST, reason="llvmlite is not installed")
def test_which_rows_machine_code_names() -> None:
    """By bits, the lowest that of the row that ran first; those of another run of the same rows do not count."""
    from exprgrad.run.native import Stop

    stop = Stop(8, 0b1001011, EvaluationError("no"))
    assert list(stop.stopped(8, 8, 16).rows) == [8, 9, 11, 14]
    assert list(stop.stopped(5, 8, 13).rows) == [8, 11]
    assert list(Stop(8, 0, stop.problem).stopped(8, 8, 16).rows) == []


ONE_BY_ONE = "s = 0; for i in 0..n { s = s + 1 }; for j in 0..m { s = s + 1 }; c = s"
NESTED = "s = 0; for i in 0..n { for j in 0..m { s = s + 1 }; s = s + 1 }; c = s"
# The limit, n and m in the rows, and what has not ended in which of them. NESTED takes n + n m steps.
STEPS: list[tuple[str, int, list[tuple[int, int]], dict[int, str]]] = [
    (
        ONE_BY_ONE,
        10,
        [(3, 3), (5, 5), (6, 5), (10, 0), (0, 10), (10, 1), (11, 0), (0, 11), (2, 9)],
        {2: "run", 5: "run", 6: "loop", 7: "loop", 8: "run"},
    ),
    (ONE_BY_ONE, 1, [(0, 0), (1, 0), (0, 1), (1, 1), (2, 0), (0, 2)], {3: "run", 4: "loop", 5: "loop"}),
    (
        NESTED,
        10,
        [(2, 4), (3, 3), (1, 9), (5, 1), (4, 2), (10, 0), (11, 0), (0, 11), (1, 10)],
        {1: "run", 4: "run", 6: "loop", 8: "run"},
    ),
]


@pytest.mark.parametrize("copies", [1, 9])
@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
@pytest.mark.parametrize(("text", "limit", "counts", "problems"), STEPS)
def test_the_steps_of_a_run_are_those_of_a_row(
    text: str, limit: int, counts: list[tuple[int, int]], problems: dict[int, str], engine: str, copies: int
) -> None:
    """All its loops together, whatever other rows take."""
    f = exprgrad.compile(text, step_limit=limit, max_order=0)
    rows = copies * len(counts)
    n, m = np.array(counts * copies, dtype=float).T.copy()
    inputs = [{"n": n, "m": m}[name] for name in f.inputs]
    told: dict[int, str] = {}
    found = (
        Chooser(f.task, engine)
        .choose(inputs)
        .run(inputs, rows, lambda row, problem: told.setdefault(row, problem.message) and None)
    )
    several = "s" * (limit > 1)
    messages = {
        "loop": f"the loop has not ended after {limit} iteration{several}",
        "run": f"the run has not ended after {limit} step{several}",
    }
    wrong = [problems.get(row % len(counts)) for row in range(rows)]
    assert told == {row: messages[what] for row, what in enumerate(wrong) if what is not None}
    expected = n + m if text == ONE_BY_ONE else n + n * m
    assert np.array_equal(np.delete(found["c", ()], list(told)), np.delete(expected, list(told)))


@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
def test_whoever_asks_is_told_of_each_such_row(engine: str) -> None:
    f = exprgrad.compile("c = x if x > 0 else 1/x")
    x = np.ones(100)
    x[[3, 50, 99]] = math.nan
    g = exprgrad.compile("c = 2*x if (x if x == x else nan) else 1")
    told: list[int] = []
    chosen = Chooser(g.task, engine).choose([x])
    found = chosen.run([x], 100, lambda row, problem: told.append(row))
    assert told == [3, 50, 99]
    assert np.array_equal(np.isnan(found["c", ()]), np.isnan(x))
    assert np.array_equal(f.rows(engine)(x=x)["c"], np.where(np.isnan(x), np.nan, 1.0), equal_nan=True)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_missing_in_a_list_is_nan(engine: str) -> None:
    found = exprgrad.compile("c = 2*x").rows(engine)(x=[1, None, 2**70])["c"]
    assert found.tolist()[::2] == [2.0, 2.0**71]
    assert math.isnan(found[1])
    with pytest.raises(UsageError, match="the column x is of object, not of numbers"):
        exprgrad.compile("c = 2*x").rows(engine)(x=[1, None, "2"])


# -- columns -------------------------------------------------------------------------------------------------


def columns_of(kind: str, x: Sequence[float]) -> Any:
    if kind == "polars":
        return pytest.importorskip("polars").Series("x", x)
    if kind == "arrow":
        return pytest.importorskip("pyarrow").array(x)
    if kind == "float32":
        return np.array(x, dtype=np.float32)
    if kind == "every other":
        return np.repeat(np.array(x, dtype=float), 2)[::2]
    return list(x) if kind == "list" else np.array(x, dtype=kind)


@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "list", "every other", "polars", "arrow"])
@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
def test_columns_of_any_kind(kind: str, engine: str) -> None:
    rows = exprgrad.compile("c = x*x + y").rows(engine)(x=columns_of(kind, [1, 2, 3]), y=2)
    assert rows["c"].tolist() == [3.0, 6.0, 11.0]
    assert rows.derivative("c", "x").tolist() == [2.0, 4.0, 6.0]
    assert rows.derivative("c", "y").tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_column_unchanged_is_no_copy(engine: str) -> None:
    x = np.arange(10.0)
    found = exprgrad.compile("c = x; d = x + y").rows(engine)(x=x, y=np.ones(10))
    assert np.shares_memory(found["c"], x)
    with pytest.raises(ValueError, match="read-only"):
        found["c"][0] = 1
    # Nor is a number that stands in two places computed or written twice.
    assert np.shares_memory(found.derivative("d", "x"), found.derivative("d", "y"))


TENTH, LONG = Decimal("0.1"), Decimal("0.12345678901234567")


def typed_columns() -> dict[str, tuple[Any, list[float]]]:
    """Columns whose types numpy has not, with the doubles nearest to them."""
    found: dict[str, tuple[Any, list[float]]] = {
        "decimals": ([TENTH, None, LONG], [0.1, math.nan, 0.12345678901234567]),
        "truth values": ([True, None, False], [1.0, math.nan, 0.0]),
        "fractions": ([Fraction(1, 3), 2], [1 / 3, 2.0]),
        "beyond all doubles": ([-(10**400), Decimal("1e400")], [-math.inf, math.inf]),
        "an array of objects": (np.array([TENTH, None, np.bool_(True), np.float64(2)]), [0.1, math.nan, 1.0, 2.0]),
    }
    with suppress(ImportError):
        import polars as pl

        exact = pl.Series(["0.1234567890123456789012345678901", None]).cast(pl.Decimal(38, 31))
        found |= {
            "Polars decimals": (exact, [0.1234567890123456789012345678901, math.nan]),
            "Polars Int128": (pl.Series([2**100, None], dtype=pl.Int128), [2.0**100, math.nan]),
            "Polars UInt128": (pl.Series([2**127 + 1], dtype=pl.UInt128), [2.0**127]),
            "Polars truth values": (pl.Series([True, None]), [1.0, math.nan]),
            "Polars Float16": (pl.Series([1.5, None], dtype=pl.Float16), [1.5, math.nan]),
            "Polars nulls": (pl.Series([None, None]), [math.nan, math.nan]),
        }
    with suppress(ImportError):
        import pyarrow as pa

        for width, kind in {9: pa.decimal32(9, 4), 18: pa.decimal64(18, 4), 38: pa.decimal128(38, 20)}.items():
            found[f"Arrow decimals of {width}"] = (pa.array([TENTH, None], kind), [0.1, math.nan])
        found |= {
            "Arrow decimals of 60": (pa.array([LONG, None], pa.decimal256(60, 20)), [0.12345678901234567, math.nan]),
            "Arrow truth values": (pa.chunked_array([[True, None], [False]]), [1.0, math.nan, 0.0]),
            "Arrow nulls": (pa.nulls(1), [math.nan]),
            "an Arrow dictionary": (pa.array([1.5, 2.5]).dictionary_encode(), [1.5, 2.5]),
        }
    with suppress(ImportError):
        import pandas as pd

        found |= {
            "pandas truth values": (pd.Series([True, None], dtype="boolean"), [1.0, math.nan]),
            "pandas whole numbers": (pd.Series([2, None], dtype="Int64"), [2.0, math.nan]),
            "pandas decimals": (pd.Series([TENTH, None]), [0.1, math.nan]),
            "pandas NA": ([pd.NA, 1], [math.nan, 1.0]),
        }
    return found


TYPED = typed_columns()


@pytest.mark.parametrize("kind", TYPED)
def test_columns_of_types_that_numpy_has_not(kind: str) -> None:
    given, expected = TYPED[kind]
    f = exprgrad.compile("c = x")
    assert np.array_equal(f.rows("numpy")(x=given)["c"], expected, equal_nan=True)
    assert np.array_equal(f.rows("numpy")({"x": given})["c"], expected, equal_nan=True)


@pytest.mark.parametrize(
    "given", [["1"], [None, "a"], [1j], [[1], [1, 2]], None, b"abc", {1, 2}, object(), [Decimal("sNaN")], [object()]]
)
def test_what_is_no_column_of_numbers(given: Any) -> None:
    with pytest.raises(UsageError, match="x"):
        exprgrad.compile("c = x").rows("numpy")(x=given)


def test_polars_columns_that_hold_no_numbers() -> None:
    pl = pytest.importorskip("polars")
    for kind in (pl.String, pl.Date, pl.Duration, pl.List(pl.Int64), pl.Categorical):
        with pytest.raises(UsageError, match=r"the column x is of \w+.*, not of numbers"):
            exprgrad.compile("c = x").rows("numpy")(x=pl.Series([None], dtype=kind))


def test_tables_and_shapes() -> None:
    rows = exprgrad.compile("c = x*y").rows()
    table = {"x": [1, 2], "y": [3, 4], "other": ["a", "b"]}
    assert rows(table)["c"].tolist() == [3.0, 8.0]
    assert rows(table, y=1)["c"].tolist() == [1.0, 2.0]
    assert rows(x=[[1, 2], [3, 4]], y=2)["c"].tolist() == [[2.0, 4.0], [6.0, 8.0]]
    assert rows(x=3, y=2)["c"] == 6.0
    assert rows(x=[], y=2)["c"].tolist() == []


def test_data_frames() -> None:
    polars, arrow = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    rows = exprgrad.compile("c = x*y").rows()
    for table in (polars.DataFrame({"x": [1, 2], "y": [3, 4]}), arrow.table({"x": [1, 2], "y": [3, 4]})):
        assert rows(table)["c"].tolist() == [3.0, 8.0]
    assert math.isnan(rows(x=polars.Series([1.0, None]), y=1)["c"][1])


WRONG = [
    ({"x": [1, 2], "y": [1, 2, 3]}, UsageError, "x has 2 rows, y has 3 rows"),
    ({"x": [1, 2]}, ExprError, "no value for y"),
    ({"x": ["a"], "y": 1}, UsageError, "the column x is of <U1, not of numbers"),
    ({"x": np.ma.masked_array([1.0], [True]), "y": 1}, UsageError, "the column x is masked"),
    ({"x": 1, "y": 1, "z": 2}, ExprError, "the program has no input z"),
]


@pytest.mark.parametrize(("given", "kind", "message"), WRONG)
def test_wrong_columns(given: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        exprgrad.compile("c = x*y").rows()(**given)


def test_wrong_engines() -> None:
    with pytest.raises(UsageError, match="unknown row engine 'gpu'"):
        exprgrad.compile("x").rows("gpu")
    f = exprgrad.compile("c = sum([x, y]*2)")
    with pytest.raises(UnsupportedError):
        f.rows("numpy")(x=[1, 2], y=3)
    found = f.rows()(x=[1, 2], y=3)
    assert found["c"].tolist() == [8.0, 10.0]
    assert found.derivative("c", "x").tolist() == [2.0, 2.0]
    with pytest.raises(EvaluationError, match=r"c has shape \(2,\) in each row"):
        exprgrad.compile("c = [x, y]").rows()(x=[1, 2], y=3)


# -- threads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_and_blocks_change_nothing(engine: str) -> None:
    f = exprgrad.compile("z = x; for i in 0..3 { z = sin(z)*y + (x if z > 0 else y) }; c = z")
    columns = numbers("x", "y", rows=3 * BLOCK + 12_345)
    alone = f.rows(engine, threads=1)(**columns)
    shared = f.rows(engine, threads=3)(**columns)
    for name in ("x", "y"):
        assert np.array_equal(alone.derivative("c", name), shared.derivative("c", name))
    assert np.array_equal(alone["c"], shared["c"])


@pytest.mark.parametrize(
    ("rows", "threads", "unit", "parts"),
    [
        (0, 3, 8, []),
        (99_999, 4, 8, [(0, 99_999)]),  # too few for a second thread
        (100_000, 4, 1, [(0, 50_000), (50_000, 100_000)]),
        (100_001, 2, 8, [(0, 50_008), (50_008, 100_001)]),
        (200_000, 3, 64, [(0, 66_688), (66_688, 133_376), (133_376, 200_000)]),
        (200_000, 1, 64, [(0, 200_000)]),
    ],
)
def test_the_parts_that_threads_get(rows: int, threads: int, unit: int, parts: list[tuple[int, int]]) -> None:
    """As large as each other, in whole units but for the last one."""
    ran: list[tuple[int, int]] = []
    engine = Engine("any", lambda inputs, outputs, start, end: ran.append((start, end)), lambda rows: [], [], unit)
    assert engine.run([], rows, threads=threads) == {}
    assert sorted(ran) == parts


@pytest.mark.skipif(not FAST, reason="llvmlite is not installed")
def test_one_function_serves_threads() -> None:
    rows = exprgrad.compile("c = exp(x)*y").native()
    columns = numbers("x", "y", rows=5000)
    wanted = rows(**columns)["c"]
    found: list[Any] = []

    def run() -> None:
        found.extend(np.array_equal(rows(**columns)["c"], wanted) for _ in range(20))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 80
    assert all(found)


# -- what was found -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("exponent", ["1/3", "0.1", "(-0.1)", "0", "1", "2", "3", "inf"])
def test_powers_at_hard_points(exponent: str, engine: str) -> None:
    f = exprgrad.compile(f"c = x**{exponent}")
    x = np.array([x for x in SPECIAL if x != -math.inf])
    for a, b in zip(computed(f, {"x": x}, engine), computed(f, {"x": x}, "rounded"), strict=True):
        assert np.allclose(a, b, rtol=1e-14, atol=0, equal_nan=True), (a, b)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("c = sqrt(x) if x < 0 else y*y*y", [-1.0, 1.0], [2.0, 2.0]),
        ("c = x if y > 0 else sqrt(y)", [1.0, 1.0], [-1.0, 1.0]),
        ("c = log(x) if x > 0 else y", [-1.0, 1.0], [math.nan, 1.0]),
    ],
)
def test_where_a_result_is_nan_all_its_derivatives_are(text: str, x: list[float], y: list[float], engine: str) -> None:
    agree(text, {"x": np.array(x), "y": np.array(y)}, engine, max_order=2)


@pytest.mark.parametrize("engine", [*ENGINES, "rounded", "auto"])
def test_what_is_only_passed_on(engine: str) -> None:
    f = exprgrad.compile("c = x", max_order=0)
    assert f.rows(engine)(x=[1, 2])["c"].tolist() == [1.0, 2.0]
    assert f.rows(engine, reduce="mean")(x=[1, 2])["c"] == 1.5


@pytest.mark.skipif(not FAST, reason="llvmlite is not installed")
@pytest.mark.parametrize("rows", [1, 511, 4096, 5003])
def test_results_that_pass_by_the_cache(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    f = exprgrad.compile("c = exp(x)*y if y > 0 else x")
    columns = numbers("x", "y", rows=rows)
    plain = computed(f, columns, "native")
    monkeypatch.setattr(choice, "_LARGE", 1)
    monkeypatch.setattr(choice, "_STREAM", 1)
    assert all(np.array_equal(a, b) for a, b in zip(computed(f, columns, "native"), plain, strict=True))


@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
def test_a_row_function_pickles(engine: str) -> None:
    rows = pickle.loads(pickle.dumps(exprgrad.compile("c = x*x").rows(engine)))
    assert rows(x=[3])["c"].tolist() == [9.0]
    assert copy.deepcopy(rows).results == ("c",)


def test_what_stands_in_several_places_is_read_only() -> None:
    found = exprgrad.compile("c = x + y").rows("numpy")(x=[1, 2], y=[3, 4])
    with pytest.raises(ValueError, match="read-only"):
        found.derivative("c", "x")[0] = 5
    found["c"][0] = 5


def test_the_same_call_gives_the_same_numbers_again() -> None:
    rows = exprgrad.compile("c = exp(x)*sin(x)").rows()
    x = np.linspace(0, 1, 20_000)
    first = rows(x=x)["c"]
    assert all(np.array_equal(rows(x=x)["c"], first) for _ in range(30))


@pytest.mark.parametrize(
    ("options", "given", "message"),
    [
        ({"threads": 0}, {}, "the number of threads is a whole number from 1 on, found 0"),
        ({"threads": "2"}, {}, "the number of threads is a whole number from 1 on, found '2'"),
        ({}, {"full_jacobian": True}, "a jacobian of numbers alone"),
        ({}, {"weight_by": 2}, "weights of numbers alone"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        exprgrad.compile("c = x*x", **given).rows(**options)


def test_numbers_beyond_doubles_and_lazy_frames() -> None:
    assert exprgrad.compile("c = x").rows()(x=10**400)["c"] == math.inf
    with pytest.raises(UsageError, match="LazyFrame"):
        exprgrad.compile("c = x").rows()(pytest.importorskip("polars").LazyFrame({"x": [1]}))


def test_a_table_with_two_columns_of_a_name() -> None:
    pandas = pytest.importorskip("pandas")
    _check_two_columns_of_a_name(pandas.DataFrame([[1, 2, 5], [3, 4, 6]], columns=["x", "x", "y"]))


def test_a_table_of_arrow_with_two_columns_of_a_name() -> None:
    arrow = pytest.importorskip("pyarrow")
    _check_two_columns_of_a_name(arrow.table([[1, 3], [2, 4], [5, 6]], names=["x", "x", "y"]))


def _check_two_columns_of_a_name(table: Any) -> None:
    rows = exprgrad.compile("c = x + y").rows()
    with pytest.raises(UsageError, match="several columns x"):
        rows(table)
    assert rows(table, x=[1, 2])["c"].tolist() == [6, 8]


@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
def test_a_slope_beside_a_kink_that_stands_in_two_places(engine: str) -> None:
    """Which one of both has changed the other has not."""
    found = exprgrad.compile("c = abs(x + y); d = abs(x)").rows(engine)(x=[1, 2, -3, 0], y=[-1, 1, 1, 5])
    assert found.derivative("c", "x").tolist() == found.derivative("c", "y").tolist() == [0.0, 1.0, -1.0, 1.0]
    assert found.derivative("d", "x").tolist() == [1.0, 1.0, -1.0, 0.0]
