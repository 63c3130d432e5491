"""Loops that run as programs of their own: they compute what a trace computes, to the last bit, and say the same."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.diagnostics import ExprError
from exprgrad.dynamic.tracing import run
from exprgrad.numbers.scalars import ZERO
from exprgrad.static.loops import Loops
from tests.programs import Maker
from tests.test_properties import TWICE, slow


def told(text: str, values: dict[str, Any], max_order: int, loops: Loops | None) -> Any:
    """Values, derivatives and notes, or the error."""
    function = exprgrad.compile(text, "dynamic", max_order=max_order)
    given = None if loops is None else lambda: loops
    try:
        found = run(function.task, function.operands(values), notes=True, loops=given)
    except ExprError as problem:
        return str(problem)
    return {key: repr(x) for key, x in found.values.items() if x is not ZERO}, found.notes


def check(text: str, points: Sequence[dict[str, Any]], orders: Sequence[int] = (0, 1, 2)) -> None:
    """A program is run at points, one after the other, with the loops that it has made before."""
    for order in orders:
        loops = Loops()
        for values in points:
            assert told(text, values, order, loops) == told(text, values, order, None), (text, values, order)


@pytest.mark.slow
@settings(slow, max_examples=TWICE)
@given(st.integers(0, 10**6), st.integers(0, 2))
def test_a_program_of_a_loop_says_what_a_trace_says(seed: int, order: int) -> None:
    text = Maker(seed).program()
    generator = random.Random(seed)
    somewhere = {"x": generator.uniform(-2, 2), "y": generator.uniform(-2, 2)}
    check(text, [somewhere, {"x": 0.0, "y": generator.choice([-1.0, 0.0, 1.0])}], [order])


HARD = [
    # A hard point in a branch in a loop, in the second iteration only.
    "s = 0; for k in 0..3 { s = s + (abs(x - k) if k > 0 else x*x) }; p = s*y",
    # An inner loop that runs not at all, then once, then twice.
    "s = x; for k in 0..3 { for i in 0..k { s = s*y + x } }; p = s",
    # A side that is what entered, and one that is a number.
    "s = x; for k in 0..4 { s = s if k < 2 else 3; s = s*y }; p = s",
    # One value enters a side twice, under two names.
    "a = x; b = a; s = 0; for k in 0..3 { if k > 1 { s = s + a*b } else { s = s - b } }; p = s*y",
    "m = x; for k in 0..5 { m = max(m, y, k - 2, x*k) }; p = m",
    "f(u, v) = u*v if u > v else v; s = x; for k in 0..6 { s = f(s, y) + f(y, s)/3 }; p = s",
    "n = 5; s = 0; while n > 0 and s < 100 { s = s + (x < n < y or n*x); n = n - 1 }; p = s*x",
    "s = x; for k in 0..3 { s = log(s - 1) }; p = s + y",
    "s = x; for k in 0..2 { for i in 0..log(s - 9) { s = s*y } }; p = s",
    "s = x; for k in 0..3 { if sqrt(s - 5) { s = s*y } }; p = s",
]


@pytest.mark.parametrize("text", HARD)
def test_hard_places(text: str) -> None:
    check(text, [{"x": x, "y": y} for x, y in ((1.0, 2.0), (2.0, 1.0), (0.5, -1.0))])


DERIVATIVES = [
    # Several derivatives of one loop meet in its derivative, in the order in which they were made.
    "s = x; for k in 0..4 { s = s*sin(s) + y }; u = diff(s, x); v = diff(s, x); p = u*v + s",
    # What enters the loop depends on what it is differentiated by inside.
    "s = x*y; g = x; for k in 0..3 { s = s*sin(s); g = diff(s, x) }; p = g*s",
    "s = x; g = y; for k in 0..3 { for i in 0..2 { s = s*y + x }; g = g + diff(s, y, x) }; p = g",
    "s = x; for k in 0..3 { s = diff(s*s*y, s) if s > 0 else diff(x*s, x) }; p = s*x",
    "s = x; for k in 0..3 { s = s*y; for i in 0..k { s = s + sin(s*x) } }; p = diff(s, x)*diff(s, y)",
    "s = x; t = y; for k in 0..4 { s = s*t; t = t + abs(s) }; p = diff(s + t, x)",
]


NEVER = [
    # What the inner loop differentiates is what the iteration before carried, but it never runs.
    "o = x*y; for k in 0..4 { for i in 0..0 { k = diff(k*k, o); x = k*o } }; p = x",
    "o = x*y; for k in 0..4 { s = x; for i in 0..0 { s = 1 + diff(s*s, o); x = s } }; p = x",
    "o = x*y; for k in 0..4 { s = k; for i in k..0 { s = diff(s*s, o); x = s*o } }; p = x",
    # It would make what follows depend on what it reads, and so ask for more with each iteration around it.
    "o = x; for k in 0..4 { o = diff(o*x, o, y); for i in 0..x { x = o*y }; o = x }; p = o",
]


@pytest.mark.parametrize("text", NEVER)
def test_what_never_runs_asks_for_nothing(text: str) -> None:
    for order in (0, 1, 2):
        found = told(text, {"x": 0.0, "y": 1.5}, order, Loops())
        assert not isinstance(found, str), found
        assert found == told(text, {"x": 0.0, "y": 1.5}, order, None)


@pytest.mark.slow
@pytest.mark.parametrize("text", DERIVATIVES)
def test_derivatives_of_derivatives(text: str) -> None:
    check(text, [{"x": x, "y": y} for x, y in ((1.25, 2.0), (0.5, -1.0), (0.0, 1.0))], (0, 1, 2, 3))


ARRAYS = [
    "s = x; for k in 0..3 { s = s*sin(s) + y }; p = sum(s*s)",
    "s = 0; for k in 0..2 { s = s + x[k]*y*s + x[k + 1] }; p = s",
    "s = x; for k in 0..3 { s = (s*y if s > 1 else s*s) }; p = sum(s)",
    "s = x; for k in 0..3 { if sum(s) > 1 { s = s/y } else { s = concat(s[1:], s[:1])*2 } }; p = sum(s*x)",
    "s = x; for k in 0..2 { s = s + gradient(sum(s*s*y), s)/9 }; p = sum(s*x)",
]


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("text", ARRAYS)
def test_arrays(text: str, kind: Any) -> None:
    check(text, [{"x": kind([0.5, -1.0, 2.0]), "y": 1.5}, {"x": kind([0.0, 1.0, 3.0]), "y": -0.5}])


def used(monkeypatch: pytest.MonkeyPatch, text: str, values: dict[str, Any]) -> list[bool]:
    """Runs a program; for each loop that came up, whether it ran as a program."""
    found: list[bool] = []
    defined = Loops.defined

    def spy(*arguments: Any) -> Any:
        loop = defined(*arguments)
        found.append(loop is not None)
        return loop

    monkeypatch.setattr(Loops, "defined", spy)
    exprgrad.compile(text, "dynamic", max_order=2).run(values)
    monkeypatch.setattr(Loops, "defined", defined)
    return found


def test_which_loops_run_as_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, Any] = {"x": 0.5}
    body = "s = x; for k in 0..2 {{ {} }}; c = s"
    assert used(monkeypatch, body.format("s = s*x if s > 0 else x"), values) == [True]
    # An inner loop lies in the program of the outer one.
    assert used(monkeypatch, body.format("for i in 0..3 { if s > i { s = s*x } }"), values) == [True]
    assert used(monkeypatch, body.format("s = diff(s*s*x, s)"), values) == [True]
    assert used(monkeypatch, body.format("s = s*x"), {"x": np.array([1.0, 2.0])}) == [True]
    # A function that calls itself has no end without numbers: the loop is not even asked.
    assert used(monkeypatch, "f(n) = 1 if n <= 1 else n*f(n - 1); " + body.format("s = s*f(k)"), values) == []
    # What grows has no shape before it runs.
    assert used(monkeypatch, "s = [x]; for k in 0..2 { s = concat(s, [k]) }; c = sum(s)", values) == [False]


def test_a_function_that_calls_itself_in_a_loop() -> None:
    text = "f(n) = x if n <= 1 else n*f(n - 1); s = 0; for k in 0..4 { s = s + f(k) }; c = s"
    result = exprgrad.compile(text, "dynamic")(x=2)
    assert result["c"] == 20.0
    assert result.gradient("c") == {"x": 10.0}


def test_the_loops_of_a_run_share_its_limit() -> None:
    text = "s = x; for k in 0..3 { for i in 0..3 { s = s*x } }; c = s"
    assert exprgrad.compile(text, "dynamic", step_limit=12)(x=2)["c"] == 1024.0
    with pytest.raises(ExprError, match="has not ended after 11 steps"):
        exprgrad.compile(text, "dynamic", step_limit=11)(x=2)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["list", "array"])
@pytest.mark.parametrize(
    ("text", "values"),
    [
        # An index that is computed before the branch that reads it.
        ("q = x; for i in 0..1 { n = i + 1; if x { q = v[n] } }; c = q", {"v": [1, 2], "x": 1}),
        ("q = 0; for i in 0..1 { n = i + 1; if x { q = v[n]^2 } }; c = sum(hessian(q, v))", {"v": [1, 2], "x": 1}),
        ("q = x; for i in 0..1 { n = i + 1; q = v[n] if n else q }; c = q", {"v": [1, 2], "x": 1}),
        ("q = x; n = 0; while n { n = n + 1; if n { q = A[n, n] } }; c = q", {"A": [[1, 2], [3, 4]], "x": 1}),
        ("s = 1; for i in 0..0 { s = t - t + t; if t > 2 { } else { s = x @ x } }; c = s", {"x": [1, 2], "t": 0.5}),
        # What a derivative would have the shape of is a structural zero.
        ("q = A; for j in 0..2 { q = (v if v else A*A) }; c = q", {"A": [[1, 2], [3, 4]], "v": [0, 1]}),
        ("s = 0; for i in 0..2 { s = (x - t)[1] }; c = s", {"x": [1, 2, 4], "t": 0.5}),
        (
            "s = t; v = x; for i in 0..3 { if i < 1 { s = 2*s } else { v = A @ (v + s) } }; c = v",
            {"A": [[1, 2], [3, 4]], "x": [1, 2], "t": 1},
        ),
        (
            "s = t; v = x; for i in 0..3 { if i < 1 { s = 2*s } else { v = A @ (v + t) } }; c = sum(v)*s",
            {"A": [[1, 2], [3, 4]], "x": [1, 2], "t": 1},
        ),
        # A branch both of whose sides give nothing.
        ("c = (1 if a else x) if y else v[0]", {"x": 1, "y": 0, "a": 1, "v": [1, 2]}),
    ],
)
def test_loops_and_branches_of_arrays_to_the_second_order(text: str, values: dict[str, Any], kind: str) -> None:
    """In both modes, and by jacobians; each was found by random programs."""
    if kind == "array":
        values = {name: np.array(x, dtype=float) if isinstance(x, list) else x for name, x in values.items()}
    for options in ({}, {"full_jacobian": True}):
        static, dynamic = (
            exprgrad.compile(text, mode, max_order=2, **options)(**values) for mode in ("static", "dynamic")
        )
        assert static == dynamic
        assert not any("nan" in repr(d.value) for d in static.outcomes[0].derivatives)
