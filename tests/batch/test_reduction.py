"""Sums and means over rows: right to the last digit, and the same whatever the threads and the pieces."""

from __future__ import annotations

import math
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.batch.choice import Chooser
from exprgrad.batch.reduction import Reduction
from exprgrad.diagnostics import ExprError, UsageError
from exprgrad.numbers.sums import CUT, Sum, of_blocks

ENGINES = ["numpy", "rounded", *(["native"] if find_spec("llvmlite") else [])]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=40), st.integers(0, 9))
def test_sums_keep_their_digits(numbers: list[float], seed: int) -> None:
    """Beside numbers that cancel, too."""
    generator = np.random.default_rng(seed)
    large = generator.standard_normal(CUT + 100) * 1e12
    x = np.concatenate([numbers, large, -large])
    generator.shuffle(x)
    total = Sum()
    total.add(of_blocks(x))
    assert math.isclose(total.value(), math.fsum(numbers), rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize("x", [[1.0, math.inf], [math.inf, -math.inf], [math.nan, 1.0], [1e308, 1e308], [-math.inf]])
def test_what_is_not_finite(x: list[float]) -> None:
    total = Sum()
    total.add(of_blocks(np.array(x)))
    wanted = sum(x)
    assert total.value() == wanted or (math.isnan(total.value()) and math.isnan(wanted))


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
def test_threads_and_pieces_change_nothing(engine: str) -> None:
    rows = 3 * CUT + 77 if engine == "rounded" else 40 * CUT + 77
    x, t = data(rows).values()
    f = exprgrad.compile(LOSS, wrt=["a", "b"])
    inputs = {"t": t, "a": 0.5, "b": -1.0, "x": x}
    found = []
    for threads, piece in ((1, rows), (3, rows), (1, CUT), (2, 2 * CUT)):
        reduction = Reduction(Chooser(f.task, engine).choose([inputs[name] for name in f.inputs]), "sum")
        for start in range(0, rows, piece):
            part = [v[start : start + piece] if isinstance(v, np.ndarray) else v for v in (inputs[n] for n in f.inputs)]
            reduction.take(reduction.compute(part, min(piece, rows - start), threads=threads))
        assert reduction.rows == rows
        found.append(reduction.values())
    assert found[0] == found[1] == found[2] == found[3]


def test_a_row_that_cannot_be_computed() -> None:
    f = exprgrad.compile("c = a if x else x*a", wrt=["a"])
    x = np.ones(3 * CUT)
    x[2 * CUT + 5] = math.nan
    with pytest.raises(ExprError, match=f"row {2 * CUT + 6:,}: the condition is nan"):
        f.rows("numpy", reduce="sum", threads=2)(x=x, a=2)
    told: list[int] = []
    inputs = [x if name == "x" else 2.0 for name in f.inputs]
    reduction = Reduction(Chooser(f.task, "numpy").choose(inputs), "mean")
    reduction.compute(inputs, len(x), lambda row, problem: told.append(row))
    assert told == [2 * CUT + 5]


def test_wrong_uses() -> None:
    with pytest.raises(UsageError, match="the derivative of a sum over rows by x is a number in each row"):
        exprgrad.compile("c = a*x", wrt=["x"]).rows(reduce="sum")(x=[1, 2], a=1)
    with pytest.raises(UsageError, match="rows are reduced to their sum or mean, found 'max'"):
        exprgrad.compile("c = a*x").rows(reduce="max")
    with pytest.raises(UsageError, match="the mean of no rows"):
        exprgrad.compile("c = a*x").rows(reduce="mean")(x=[], a=1)
    assert exprgrad.compile("c = a*x").rows(reduce="sum")(x=[], a=1)["c"] == 0.0
