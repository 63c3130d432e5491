"""Branches: the values of the names that an if leaves, worked out by hand, not by the other mode."""

from __future__ import annotations

import pytest

import exprgrad

MODES = ["static", "dynamic"]

# Programs, the value of c for x = 2 and y = 3, and its derivatives by x and by y.
LEFT = [
    ("u = 5; v = 1; if x > 0 { u = 7*x; v = u + 1 } else { v = 9*y }; c = 100*u + v", 1415.0, 707.0, 0.0),
    ("u = 5; v = 1; if x < 0 { u = 7*x; v = u + 1 } else { v = 9*y }; c = 100*u + v", 527.0, 0.0, 9.0),
    ("u = x; v = y; if x < y { t = u; u = v; v = t }; c = 10*u + v", 32.0, 1.0, 10.0),
    ("u = x; v = y; if x > y { t = u; u = v; v = t }; c = 10*u + v", 23.0, 10.0, 1.0),
    ("u = x; if x > 0 { if y > 5 { u = 7 } else { u = u*y } }; c = u + x", 8.0, 4.0, 2.0),
    (
        "u = x; if x < 0 { u = 1 } else if y < 3 { u = 2*x } else if y == 3 { u = y*x } else { u = 9 }; c = u",
        6.0,
        3.0,
        2.0,
    ),
    ("u = x; v = u; if x > 0 { u = u*y; v = 2*u; u = u + v }; c = 100*u + v", 1812.0, 906.0, 604.0),
    ("u = x; v = y; w = 1; if y > x { v = u; u = w; w = x*y }; c = 100*u + 10*v + w", 126.0, 13.0, 2.0),
    ("x = x*y; if x > 5 { x = x + 1; y = x }; c = 10*x + y", 77.0, 33.0, 22.0),
    ("if x > y { u = x } else { u = y }; if u > 2 { v = u*x } else { v = 5 }; c = v", 6.0, 3.0, 2.0),
    ("f(t) = t*y; u = 1; if f(x) > 5 { u = f(u) + x } else { u = f(7) }; c = f(u)", 15.0, 3.0, 8.0),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value", "by_x", "by_y"), LEFT)
def test_what_an_if_leaves(text: str, value: float, by_x: float, by_y: float, mode: str) -> None:
    for order in (1, 2):  # of what is differentiated again a trace is kept
        result = exprgrad.compile(text, mode, max_order=order)(x=2, y=3)
        assert result["c"] == value
        assert result.gradient("c") == {"x": by_x, "y": by_y}
