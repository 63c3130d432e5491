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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "text",
    [
        "x.T",
        "reshape(x, [3, 2])",
        "x[:, 1:]",
        "x[::-1]",
        "x[[1, 0, 1]]",
        "x[:, [0, 2]]",
        "k = 1; c = x[:, k]",
        "concat(x, 2*x, axis=1)",
        "stack(x, 2*x)",
        "[x[0, 0], 3, x[1, 2]]",
        "diag(x[:, :2])",
        "diag(x[0])",
        "sum(x, axis=0)",
        "mean(x, axis=1)",
        "x[0] + zeros([4, 3])",
        "x if x > 2 else 2*x",
        "cross(x[0], x[1])",
        "diff(sum(x^3), x)",
        "diff(sum(x[0]^3), x)",
        "diff(sum(x.T[1]^3), x)",
        "diff(sum(x[[0, 0]]^3), x)",
        "diff(sum(concat(x, x^2)^3), x)",
        "diff(sum(diag(x[0])^3), x)",
        "diff(sum((x if x > 2 else 2*x)^3), x)",
    ],
)
def test_where_elements_go_is_known(text: str, mode: str) -> None:
    """A sparse derivative of what moves or adds up elements has those that are not 0, and no more."""
    values = {"x": [[1, 2, 3], [4, 5, 7]], "k": 1}
    sparse, full = [
        exprgrad.compile(text, mode, wrt=["x"], **kind) for kind in ({"sparse": True}, {"full_jacobian": True})
    ]
    found, expected = [f.run({n: values[n] for n in f.inputs}).derivative("c", "x") for f in (sparse, full)]
    np.testing.assert_array_equal(found.toarray(), expected)
    assert len(found.values) == np.count_nonzero(expected)
