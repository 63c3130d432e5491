"""Conditions of many values: each lane takes its own side, and what is no elementwise operation sees whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad

MODES = ["static", "dynamic"]
VALUES: dict[str, Any] = {"x": [-1, 2, 3], "y": [10, 20, 30], "A": [[1, 2, 3], [4, 5, 6]], "s": 1, "w": [1, 10, 100]}

# Programs, their value, and the derivatives of sum(c*w) by x and by y, None where they are not worked out.
LANES: list[tuple[str, Any, Any, Any]] = [
    ("c = x*y if x > 0 else -x", [1, 40, 90], [-1, 200, 3000], [0, 20, 300]),
    ("c = sum(x) if x > 0 else 0*y", [0, 4, 4], [110, 110, 110], [0, 0, 0]),
    ("c = x[0] if x > 2 else x[1] + 0*y", [2, 2, -1], [100, 11, 0], [0, 0, 0]),
    ("c = x @ y if x > 0 else x", [-1, 120, 120], [1101, 2200, 3300], [-110, 220, 330]),
    ("c = x*max(y) if x > 0 else max(y)", [30, 60, 90], [0, 300, 3000], [0, 0, 1 + 20 + 300]),
    ("f(t) = t^2; c = f(x) if x > 0 else f(y)", [100, 4, 9], [0, 40, 600], [20, 0, 0]),
    ("f(t) = sum(t)*t; c = f(x) if x > 0 else y", [10, 8, 12], [320, 360, 720], [1, 0, 0]),
    ("f(t, u) = t*u if t > 2 else u; c = f(x, y) if x > 0 else 0", [0, 20, 90], [0, 0, 3000], [0, 10, 300]),
    ("g(t) = t + 1; f(t) = g(t)*t; c = f(x) if y > 10 else g(y)", [11, 6, 12], [0, 50, 700], [1, 0, 0]),
    ("u = x*x; c = u if x > 0 else u*y", [10, 4, 9], [-20, 40, 600], [1, 0, 0]),
    ("c = x if x > 0 and y > 20 else y", [10, 20, 3], [0, 0, 100], [1, 10, 0]),
    ("c = x if x > 2 or y < 20 else y", [-1, 20, 3], [1, 0, 100], [0, 10, 0]),
    ("c = (x if x > 2 else 5) if y > 10 else 7", [7, 5, 3], [0, 0, 100], [0, 0, 0]),
    ("c = [1, 2, 3]*x if x > 0 else y", [10, 4, 9], [0, 20, 300], [1, 0, 0]),
    ("c = x if s > 0 else y", [-1, 2, 3], [1, 10, 100], [0, 0, 0]),
    ("c = s if x > 0 else 2*s", [2, 1, 1], None, None),
    ("c = diff(x^2, x) if x > 0 else y", [10, 4, 6], [0, 20, 200], [1, 0, 0]),
    ("c = -x if not x > 0 else y", [1, 20, 30], [-1, 0, 0], [0, 10, 100]),
    ("c = x if 0 < x < 3 else y", [10, 2, 30], [0, 10, 0], [1, 0, 100]),
    ("c = A if x > 0 else -A", [[-1, 2, 3], [-4, 5, 6]], None, None),
    ("c = x if A > 2 else 0", [[0, 0, 3], [-1, 2, 3]], None, None),
    ("c = sum(A, axis=0)*x if x > 0 else x", [-1, 14, 27], [1, 70, 900], None),
]


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value", "by_x", "by_y"), LANES, ids=[row[0] for row in LANES])
def test_each_lane_takes_its_side(text: str, value: Any, by_x: Any, by_y: Any, mode: str, kind: Any) -> None:
    given = {
        name: kind(x) * (1.0 if kind is np.array else 1) if isinstance(x, list) else x for name, x in VALUES.items()
    }
    plain = exprgrad.compile(text, mode, max_order=0)
    np.testing.assert_array_equal(plain.run({name: given[name] for name in plain.inputs})["c"], value)
    if by_x is None:
        return
    weighed = exprgrad.compile(f"{text}; l = sum(c*w)", mode, fetch_names=["l"])
    result = weighed.run({name: given[name] for name in weighed.inputs})
    np.testing.assert_array_equal(result.derivative("l", "x"), by_x)
    if by_y is not None and "y" in weighed.inputs:
        np.testing.assert_array_equal(result.derivative("l", "y"), by_y)
