"""Loops on tapes: they compute what a trace of tensors computes, to the last bit, and say the same."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from exprgrad.diagnostics import ExprError
from exprgrad.dynamic import evaluate, tape
from exprgrad.dynamic.evaluate import run
from exprgrad.numbers.arithmetic import ZERO
from tests.programs import Maker
from tests.test_properties import EXAMPLES, slow


def told(text: str, values: dict[str, float], trace_all: bool) -> Any:
    """Values, derivatives and notes, or the error."""
    function = exprgrad.compile(text, "dynamic")
    try:
        found = run(function.task, function._numbers(values), notes=True, trace_all=trace_all)
    except ExprError as problem:
        return str(problem)
    return {key: repr(x) for key, x in found.values.items() if x is not ZERO}, found.notes


@settings(slow, max_examples=2 * EXAMPLES)
@given(st.integers(0, 10**6))
def test_a_tape_says_what_a_trace_says(seed: int) -> None:
    maker = Maker(seed)
    maker.diffs = 0
    text = maker.program()
    generator = random.Random(seed)
    for values in (
        {"x": generator.uniform(-2, 2), "y": generator.uniform(-2, 2)},
        {"x": 0.0, "y": generator.choice([-1.0, 0.0, 1.0])},
    ):
        assert told(text, values, trace_all=False) == told(text, values, trace_all=True), text


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
    for x, y in ((1.0, 2.0), (2.0, 1.0), (0.5, -1.0)):
        assert told(text, {"x": x, "y": y}, trace_all=False) == told(text, {"x": x, "y": y}, trace_all=True)


def used(monkeypatch: pytest.MonkeyPatch, text: str, values: dict[str, Any]) -> list[bool]:
    """Runs a program; for each loop that came up, whether it went on a tape."""
    found: list[bool] = []

    def spy(*arguments: Any) -> Any:
        results = tape.taped(*arguments)
        found.append(results is not None)
        return results

    monkeypatch.setattr(evaluate, "taped", spy)
    exprgrad.compile(text, "dynamic").run(values)
    return found


def test_what_goes_on_a_tape(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"x": 0.5}
    body = "s = x; for k in 0..2 {{ {} }}; c = s"
    assert used(monkeypatch, body.format("s = s*x if s > 0 else x"), values) == [True]
    # An inner loop lies on the tape of the outer one.
    assert used(monkeypatch, body.format("for i in 0..3 { if s > i { s = s*x } }"), values) == [True]
    deep = "(" * (tape.DEEPEST + 1) + "s" + " if x > 0 else s*s)" * (tape.DEEPEST + 1)
    assert used(monkeypatch, body.format(f"s = {deep}"), values) == [False]
    assert used(monkeypatch, body.format("s = s" + " + x" * 20_001), values) == [False]
    # A function that calls itself has no end without numbers: the loop is not even asked.
    assert used(monkeypatch, "f(n) = 1 if n <= 1 else n*f(n - 1); " + body.format("s = s*f(k)"), values) == []
    np = pytest.importorskip("numpy")
    assert used(monkeypatch, body.format("s = s*x"), {"x": np.array([1.0, 2.0])}) == [False]


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
