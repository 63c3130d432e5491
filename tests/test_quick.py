"""The short way of numbers says what the long one says, and leaves to that what is not its own."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.quick import Quick
from tests.programs import Maker


def long_way(function: exprgrad.Function, values: dict[str, Any]) -> str:
    """What the function says without its short way."""
    function._quick = None
    function._compiled.clear()
    return told(function, values)


def told(function: exprgrad.Function, values: dict[str, Any]) -> str:
    try:
        return repr(function.run(dict(values)))
    except exprgrad.ExprError as problem:
        return str(problem)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_any_program(seed: int) -> None:
    function = exprgrad.compile(Maker(seed).program(), max_order=2)
    generator = random.Random(seed)
    for _ in range(4):
        values = {name: generator.choice([0.0, generator.uniform(-2, 2)]) for name in function.inputs}
        short = [told(function, values) for _ in range(3)]
        assert short == [long_way(function, values)] * 3


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("c = a*b", {"a": math.nan, "b": 1.0}),
        ("c = a*b", {"a": 1e-300, "b": 1e-20}),
        ("c = a*b", {"a": 1e300, "b": 1e300}),
        ("c = a*b", {"a": -0.0, "b": 1.0}),
        ("c = a*b", {"a": 2**60 + 1, "b": 3}),
        ("c = a*b", {"a": True, "b": 3}),
        ("c = a if a > 0 else b", {"a": -1.0, "b": 2.0}),
        ("c = sqrt(a)*b", {"a": 0.0, "b": 2.0}),
        ("s = 1; while s < a { s = s*b }; c = s", {"a": 100.0, "b": 3.0}),
    ],
)
def test_hard_numbers(text: str, values: dict[str, float]) -> None:
    function = exprgrad.compile(text)
    function(**dict.fromkeys(values, 1.5))
    function(**dict.fromkeys(values, 1.5))
    assert told(function, values) == long_way(exprgrad.compile(text), values)


@pytest.mark.parametrize(
    "text",
    [
        "c = sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)",
        "c = sum(x*y); d = x[0]",
        "c = sum(x)*0 + y; d = x @ x",
        "c = sum(log(x))*y",
        "c = sum(x if x > 0 else y)",
        "c = x*y",
    ],
)
def test_arrays(text: str) -> None:
    function = exprgrad.compile(text)
    points = [
        np.array([0.5, 1.5, 2.0]),
        np.array([0.0, -1.0, 1.0]),
        np.array([np.nan, 1.0, 2.0]),
        np.array([1e200] * 3),
    ]
    for x in [*points, *points, np.arange(3), np.array([1.0, 2.0], dtype="float32"), [1, 2, 3]]:
        values = {name: {"x": x, "y": 1.5}[name] for name in function.inputs}
        assert told(function, values) == long_way(exprgrad.compile(text), values)


def test_results_have_memory_of_their_own() -> None:
    function = exprgrad.compile("c = sum(x*x) + sum(y)")
    x = np.array([1.0, 2.0])
    for _ in range(3):
        function(x=x, y=x).derivative("c", "x")[:] = 7.0
        assert function(x=x, y=x).derivative("c", "x").tolist() == [2.0, 4.0]
    assert x.tolist() == [1.0, 2.0]


def test_it_is_taken_where_it_can_be() -> None:
    function = exprgrad.compile("c = a*b")
    function(a=1, b=2)
    function(a=1, b=2)
    assert function._quick is not None and function._quick({"a": 15, "b": 20}) == function(a=15, b=20)
    for values in ({"a": 1.0}, {"a": 1.0, "b": "2"}, {"a": 1.0, "b": 2.0, "c": 3.0}):
        assert function._quick(values) is None
    with pytest.raises(exprgrad.ExprError, match="no input d"):
        function(a=1, b=2, d=3)


def test_a_short_way_that_is_not_there_is_sought_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sought = []
    monkeypatch.setattr(Quick, "of", lambda task, keys: sought.append(task))
    function = exprgrad.compile("c = abs(a)*b")
    for a in range(5):
        function(a=a, b=2.0)
    assert len(sought) == 1
