"""Programs that continue others: in dynamic mode a loop is a program, and its derivatives take what that has kept.

Static mode makes one program of it all.
"""

from __future__ import annotations

import pytest

import exprgrad

# Programs of x and a, what they compute, and at x = 2 and a = 3 the value, dx, da, dx dx, da dx and da da of that.
LOOPS: list[tuple[str, str, list[float]]] = [
    (
        "y = x; for i in 0..4 { if i % 2 == 0 { y = y*x } else { y = y*a } }; c = y",
        "x^3 a^2",
        [72, 108, 48, 108, 72, 16],
    ),
    (
        "y = x; for i in 0..2 { for j in 0..2 { if j == 0 { y = y*x } else { y = y*a } } }; c = diff(y, x)",
        "3 x^2 a^2",
        [108, 108, 72, 54, 72, 24],
    ),
    (
        "u = x; for i in 0..2 { u = u*u }; v = u; while v < 100 { v = v*a }; c = v",
        "x^4 a^2",
        [144, 288, 96, 432, 192, 32],
    ),
    (
        "y = x; for i in 0..3 { for j in 0..i { y = y*a }; y = y + x }; c = y",
        "2 x a^3 + x a^2 + x",
        [128, 64, 120, 0, 60, 76],
    ),
    ("y = x*a; while y < 0 { y = y*a }; c = y*x", "x^2 a", [12, 12, 4, 6, 4, 0]),
    (
        # One side reads what the loop before has left, the other one an iteration's own.
        "u = a; for i in 0..2 { u = u*x }; y = 1; for i in 0..3 { y = y*u if i == 1 else y*x }; c = y",
        "x^4 a",
        [48, 96, 16, 144, 32, 0],
    ),
]


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(
    ("text", "expected"), [(text, numbers) for text, _, numbers in LOOPS], ids=[x[1] for x in LOOPS]
)
def test_loops_and_their_derivatives(text: str, expected: list[float], mode: str) -> None:
    result = exprgrad.compile(text, mode, max_order=2)(x=2, a=3)
    derivatives = [result.derivative("c", *by) for by in ("x", "a", "xx", "ax", "aa")]
    assert [result["c"], *derivatives] == expected
