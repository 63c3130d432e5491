"""Positions, and what is placed at them, of lists and of numpy's arrays alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad

MODES = ["static", "dynamic"]


@pytest.mark.parametrize("kind", [list, lambda x: np.array(x, dtype=float)], ids=["list", "array"])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "x", "value", "slope"),
    [
        ("x[[0, -1]] @ w", [3, 4, 5], 53.0, [1.0, 0.0, 10.0]),
        ("x[[-1, -1]] @ w", [3, 4, 5], 55.0, [0.0, 0.0, 11.0]),
        ("x[[-3, 1]] @ w", [3, 4, 5], 43.0, [1.0, 10.0, 0.0]),
        ("x[p] @ w", [3, 4, 5], 34.0, [10.0, 1.0, 0.0]),
        ("x[0] + 10*x[-1]", [3, 4, 5], 53.0, [1.0, 0.0, 10.0]),
        ("x[1:] @ w", [3, 4, 5], 54.0, [0.0, 1.0, 10.0]),
        ("x[::-2] @ w", [3, 4, 5], 35.0, [10.0, 0.0, 1.0]),
        ("sum(x[:, -1]*w)", [[1, 2], [3, 4]], 42.0, [[0.0, 1.0], [0.0, 10.0]]),
        ("sum(x[[1, -1]]*x[[0, 1]])", [[1, 2], [3, 4]], 36.0, [[3.0, 4.0], [7.0, 10.0]]),
    ],
)
def test_positions(text: str, x: Any, value: float, slope: Any, mode: str, kind: Any) -> None:
    function = exprgrad.compile(f"c = {text}", mode, wrt=["x"])
    given = {"x": x, "w": [1, 10], "p": [1, -3]}
    result = function.run({name: kind(given[name]) for name in function.inputs})
    assert result["c"] == value
    np.testing.assert_array_equal(result.derivative("c", "x"), slope)
