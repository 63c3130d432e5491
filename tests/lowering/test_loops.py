"""Loops: what they count, and what the names have that they leave; values worked out by hand, not by the other mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad

MODES = ["static", "dynamic"]

# Programs, the value of c for x = 2 and y = 3, and its derivatives by x and by y.
LEFT = [
    # The counter: which numbers it takes, in which order, and what the loop leaves it.
    ("s = 0; for i in 0..4 { s = s*10 + i }; c = s*x", 246.0, 123.0, 0.0),
    ("s = 0; for i in 2..6 { s = s*10 + i }; c = s*x", 4690.0, 2345.0, 0.0),
    ("s = 0; for i in -2..1 { s = s*10 + i*x }; c = s", -420.0, -210.0, 0.0),
    ("s = 0; for i in x..x + y { s = s*10 + i }; c = s", 234.0, 111.0, 0.0),
    ("s = y; for i in 3..3 { s = s*10 + i }; c = s", 3.0, 0.0, 1.0),
    ("s = y; for i in 5..2 { s = s*10 + i }; c = s", 3.0, 0.0, 1.0),
    ("s = 0; for i in 0..2.5 { s = s*10 + i + 1 }; c = s*x", 246.0, 123.0, 0.0),
    ("s = 0; for i in 0.5..3 { s = s*10 + i }; c = s*x", 135.0, 67.5, 0.0),
    ("n = 3; s = 0; for i in 0..n { n = 9; s = s + 1 }; c = s*x + n", 15.0, 3.0, 0.0),
    ("s = 0; for i in 0..3 { i = 5*i + x; s = s*100 + i }; c = s", 20712.0, 10101.0, 0.0),
    ("s = 0; for i in 0..3 { for i in 0..2 { s = s*10 + i + 1 } }; c = s*x", 242424.0, 121212.0, 0.0),
    ("s = 0; for i in 1..4 { for j in 0..i { s = s*10 + i + j*x } }; c = s", 124357.0, 1012.0, 0.0),
    ("i = y; s = 0; for j in 0..2 { s = s + i }; c = s + 10*i", 36.0, 0.0, 12.0),
    # What a loop leaves: the last values, together with those that it never touched.
    ("a = x; b = y; for i in 0..3 { t = a; a = b; b = t }; c = 10*a + b", 32.0, 1.0, 10.0),
    ("a = x; b = y; for i in 0..4 { t = a; a = b; b = t }; c = 10*a + b", 23.0, 10.0, 1.0),
    ("a = x; for i in 0..3 { a = a + y }; c = 100*a + x", 1102.0, 101.0, 300.0),
    ("a = x; b = 7; for i in 0..3 { a = b; b = i*y }; c = 10*a + b", 36.0, 0.0, 12.0),
    ("a = x; while a < 20 { b = a; a = a*y }; c = a", 54.0, 27.0, 54.0),
    ("a = x; b = 0; while a < 20 { b = a; a = a*y }; c = 100*b + a", 1854.0, 927.0, 1254.0),
    ("a = x; b = y; while a < 1 { a = 5; b = 6 }; c = 10*a + b", 23.0, 10.0, 1.0),
    ("s = 1; for i in 0..3 { u = s*x; for j in 0..2 { u = u + y }; s = u }; c = s", 50.0, 42.0, 14.0),
    # An if inside: what either side leaves goes on to the next iteration.
    ("s = x; for i in 0..4 { if i == 1 or i == 2 { s = s*y } else { s = s + 1 } }; c = s", 28.0, 9.0, 18.0),
    ("a = x; b = y; for i in 0..3 { if a > b { a = a - b } else { b = b - a } }; c = 10*a + b", 10.0, 17.0, -8.0),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value", "by_x", "by_y"), LEFT)
def test_what_a_loop_leaves(text: str, value: float, by_x: float, by_y: float, mode: str) -> None:
    for order in (1, 2):  # of what is differentiated again a trace is kept
        result = exprgrad.compile(f"{text} + 0*(x + y)", mode, max_order=order)(x=2, y=3)
        assert result["c"] == value
        assert result.gradient("c") == {"x": by_x, "y": by_y}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize(
    ("text", "value", "by_x", "by_k"),
    [
        ("s = k; for i in 0..2 { s = s*k + x }; c = s", [31, 35], [4, 4], 57),  # k^3 + (k + 1)*x
        ("s = k; for i in 0..2 { s = s*x }; c = s*k", [9, 36], [18, 36], 30),
        ("s = 0; for i in 0..2 { s = s + k*x }; c = s", [6, 12], [6, 6], 6),
        ("s = k; while k > 0 { s = s + x; k = k - 2 }; c = s", [5, 7], [2, 2], 2),
    ],
)
def test_a_number_becomes_an_array(text: str, value: Any, by_x: Any, by_k: float, mode: str, kind: Any) -> None:
    result = exprgrad.compile(text, mode)(x=kind([1.0, 2.0]), k=3)
    np.testing.assert_array_equal(result["c"], value)
    np.testing.assert_array_equal(result.derivative("c", "x"), by_x)
    assert result.derivative("c", "k") == by_k
