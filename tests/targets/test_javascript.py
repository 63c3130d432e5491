"""JavaScript alone; its numbers are held against exprgrad's in test_numbers.py."""

from __future__ import annotations

import random

import pytest

import exprgrad
from tests.targets.run import Task, compared


@pytest.mark.parametrize(
    ("text", "low", "high", "ulps"),
    [
        ("erf(x)", -1.0, 1.0, 3),
        ("erf(x)", -6.0, 6.0, 3),
        ("erfc(x)", -3.0, 27.0, 5),
        ("gamma(x)", -20.0, 20.0, 16),
        ("gamma(x)", 20.0, 171.0, 8),
        ("lgamma(x)", 3.0, 1e4, 4),
        ("lgamma(x)", -1e4, -100.5, 4),
        ("hypot(x, 2*x + 1)", -1e3, 1e3, 3),
        ("x^3.7", 0.1, 30.0, 2),
        ("round(x)", -5.0, 5.0, 0),
    ],
)
def test_what_math_lacks(text: str, low: float, high: float, ulps: int) -> None:
    numbers = random.Random(text)
    task = Task(text, [{"x": numbers.uniform(low, high)} for _ in range(300)], max_order=0)
    for number in compared("javascript", [task]):
        assert number.ulps <= ulps, number


@pytest.mark.parametrize("name", ["let", "Math", "NaN", "await"])
def test_names_that_no_function_may_have(name: str) -> None:
    with pytest.raises(exprgrad.UsageError, match=f"{name} is a word of javascript, no name for a function"):
        exprgrad.compile("c = x").source("javascript", name=name)


def test_what_is_refused_is_said() -> None:
    said = "// Throws a RangeError where a condition or a bound is nan.\nexport function f("
    assert said in exprgrad.compile("c = 1 if x else 2").source("javascript")
    assert "Throws" not in exprgrad.compile("c = 1 if x > 2 else 2").source("javascript")


def test_a_function_s_name_hides_nothing() -> None:
    text = exprgrad.compile("c = sign(x) + x % 2").source("javascript", name="sign")
    assert "function sign_(x)" in text and "export function sign(x)" in text
