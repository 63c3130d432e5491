"""Ranges as they are written, and their points."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.arguments.ranges import axes, plotted
from exprgrad.diagnostics import ExprError
from exprgrad.ranges import Listed, Range


def points(text: str) -> list[float]:
    (found,) = axes("--sweep-over", [text])
    assert found.points is not None
    return found.values(range(found.points))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x=0:1:0.1", [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
        ("x=0:1:.3", [0.0, 0.3, 0.6, 0.9]),
        ("x=1:0:-0.25", [1.0, 0.75, 0.5, 0.25, 0.0]),
        ("x=0:1:1/3", [0.0, 1 / 3, 2 / 3, 1.0]),
        ("x = -1 : 1 / 3", [-1.0, 0.0, 1.0]),
        ("x=-1..1 3", [-1.0, 0.0, 1.0]),
        ("x=0:max(1, 2):1", [0.0, 1.0, 2.0]),
        ("x=0:[0, 2][1]:1", [0.0, 1.0, 2.0]),
        ("x=-1e-2...5 2", [-0.01, 0.5]),
        ("x=1e-3..1e3 log 7", [0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0]),
        ("x=-100..-1 log 3", [-100.0, -10.0, -1.0]),
        ("x=1:2**10 log 11", [2.0**k for k in range(11)]),
        ("x=1,10,100", [1.0, 10.0, 100.0]),
        ("x = -0.1 , 1/3,max(1, 2), 2,2", [-0.1, 1 / 3, 2.0, 2.0, 2.0]),
    ],
)
def test_points(text: str, expected: list[float]) -> None:
    assert points(text) == expected


@pytest.mark.parametrize("text", ["x=0:pi/2", "x=0:1", "x=0.1..1 log"])
def test_who_asks_may_choose_the_points(text: str) -> None:
    (found,) = plotted("--plot-over", [text])
    assert found.points is None


@pytest.mark.parametrize(
    "text",
    [
        "x=a:1:1",
        "x=0:1:1:1",
        "x=:1:1",
        "x",
        "",
        "=0:1:1",
        "1=0:1:1",
        "x=(0:1",
        "x=0:1 /",
        "x=1,",
        "x=,1",
        "x=1,inf",
        "x=1,a",
        "x=0:1:0.1,2",
    ],
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ExprError) as caught:
        axes("--sweep-over", [text])
    assert caught.value.hint


def test_values_are_no_range() -> None:
    message = "--plot-over takes a range, found values of x alone\n  write --plot-over x=-1:3, or add the range of "
    with pytest.raises(ExprError, match=message):
        plotted("--plot-over", ["x=3,-1,2"])


decimals = st.decimals(-1000, 1000, places=3).map(str)


@given(decimals, decimals, st.integers(2, 50))
def test_a_point_is_the_nearest_double(start: str, stop: str, count: int) -> None:
    if Fraction(start) == Fraction(stop):
        return
    a, b = Fraction(start), Fraction(stop)
    exact = [a + k * (b - a) / (count - 1) for k in range(count)]
    assert points(f"x={start}..{stop} {count}") == [float(x) for x in exact]


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(2, 30))
def test_the_points_of_a_logarithmic_range(start: int, stop: int, count: int) -> None:
    found = Range("x", Fraction(start), Fraction(stop), count, logarithmic=True).values(range(count))
    with mpmath.workdps(60):
        ratio = mpmath.mpf(stop) / start
        exact = [start * ratio ** (mpmath.mpf(k) / (count - 1)) for k in range(count)]
        assert found == [float(x) for x in exact]


def test_a_part_of_the_points_is_the_same_points() -> None:
    found = Range("x", Fraction(0), Fraction(1), 11)
    assert found.values([10, 3, 3]) == [1.0, 0.3, 0.3]
    assert Listed("x", (5.0, 7.0)).values([1, 1, 0]) == [7.0, 7.0, 5.0]
