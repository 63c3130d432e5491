"""Forward rules of operations on arrays at orders 1 to 3, against polynomials and roots that were expanded by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad

MODES = ["static", "dynamic"]

# A program, its inputs, the tangents of these, the value of c and its derivatives along them.
ALONG: list[tuple[str, dict[str, Any], dict[str, Any], list[Any]]] = [
    (
        "norm(x, axis=1)",  # sqrt((3 + t)^2 + 16), sqrt(25 + (12 + t)^2)
        {"x": [[3, 4], [5, 12]]},
        {"x": [[1, 0], [0, 1]]},
        [[5, 13], [3 / 5, 12 / 13], [16 / 5**3, 25 / 13**3], [-48 * 3 / 5**5, -75 * 12 / 13**5]],
    ),
    (
        "norm(x, axis=0)",  # the same down the columns
        {"x": [[3, 5], [4, 12]]},
        {"x": [[1, 0], [0, 1]]},
        [[5, 13], [3 / 5, 12 / 13], [16 / 5**3, 25 / 13**3], [-48 * 3 / 5**5, -75 * 12 / 13**5]],
    ),
    (
        "norm(x)",
        {"x": [[1, 2], [2, 4]]},  # sqrt((1 + t)^2 + 24)
        {"x": [[1, 0], [0, 0]]},
        [5, 1 / 5, 24 / 5**3, -72 / 5**5],
    ),
    (
        "var(x, axis=1)",  # t^2/4 and (2 + t)^2/4 of pairs that differ by t and by 2 + t
        {"x": [[1, 1], [5, 3]]},
        {"x": [[1, 0], [1, 0]]},
        [[0, 1], [0, 1], [0.5, 0.5], [0, 0]],
    ),
    (
        "logsumexp(x, axis=0)",  # log(e^t + 1) and 1 + log(1 + 1): a logistic function and a line
        {"x": [[0, 1], [0, 1]]},
        {"x": [[1, 1], [0, 1]]},
        [[np.log(2), 1 + np.log(2)], [0.5, 1], [0.25, 0], [0, 0]],
    ),
    ("det(A)", {"A": [[1, 2], [3, 5]]}, {"A": [[1, 0], [2, 1]]}, [-1, 2, 2, 0]),  # -1 + 2t + t^2
    (
        "det(A)",  # 7 + 11t + 6t^2 + t^3
        {"A": [[2, 0, 1], [1, 3, 0], [0, 1, 1]]},
        {"A": [[1, 0, 0], [0, 1, 0], [0, 0, 1]]},
        [7, 11, 12, 6],
    ),
    (
        "norm([3*s, 4*s^2])",  # s*sqrt(9 + 16s^2): what moves moves at every order
        {"s": 1},
        {"s": 1},
        [5, 8.2, 7.552, 1.24416],
    ),
    ("det([[s^2, 1], [s, s^3]])", {"s": 2}, {"s": 1}, [30, 79, 160, 240]),  # s^5 - s
    ("solve([[s^2, s], [0, s]], [s^5, s^3])", {"s": 2}, {"s": 1}, [[6, 4], [11, 4], [12, 2], [6, 0]]),  # s^3 - s, s^2
    ("det(A)", {"A": [[1, 1], [1, 1]]}, {"A": [[1, 0], [0, 1]]}, [0, 2, 2, 0]),  # singular: 2t + t^2
    (
        "det(t*A)",  # (1 + t)^3 of a matrix whose determinant is 2
        {"A": [[1, 0, 0], [0, 2, 0], [0, 0, 1]], "t": 1},
        {"t": 1},
        [2, 6, 12, 12],
    ),
    (
        "inv(A) @ b",  # [1/(1 + t) + 1/(2 + 2t), 1/(2 + 2t)]
        {"A": [[1, -1], [0, 2]], "b": [1, 1]},
        {"A": [[1, -1], [0, 2]]},
        [[1.5, 0.5], [-1.5, -0.5], [3, 1], [-9, -3]],
    ),
    (
        "concat(x^3, x*y)",
        {"x": [1, 2], "y": [5, 6]},
        {"x": [1, -1], "y": [1, 2]},
        [[1, 8, 5, 12], [3, -12, 6, -2], [6, 12, 2, -4], [6, -6, 0, 0]],
    ),
    (
        "concat(x^2, x*y, axis=1)",
        {"x": [[1, 2], [3, 4]], "y": [[5, 6], [7, 8]]},
        {"x": [[1, 0], [0, 1]], "y": [[1, 1], [1, 0]]},
        [
            [[1, 4, 5, 12], [9, 16, 21, 32]],
            [[2, 0, 6, 2], [0, 8, 3, 8]],
            [[2, 0, 2, 0], [0, 2, 0, 0]],
            [[0, 0, 0, 0], [0, 0, 0, 0]],
        ],
    ),
    (
        "concat([s], [s^2, 7], x)^2",  # an operand that is constant, and one that does not move
        {"s": 3, "x": [2]},
        {"s": 1},
        [[9, 81, 49, 4], [6, 108, 0, 0], [2, 108, 0, 0], [0, 72, 0, 0]],
    ),
    ("[x^2, x*y, 3]", {"x": 2, "y": 5}, {"x": 1, "y": -1}, [[4, 10, 3], [4, 3, 0], [2, -2, 0], [0, 0, 0]]),
    (
        "(x @ y)*x",
        {"x": [1, 2], "y": [3, 1]},
        {"x": [1, 0], "y": [0, 1]},  # (3(1 + t) + 2(1 + t))*[1 + t, 2]
        [[5, 10], [10, 10], [10, 0], [0, 0]],
    ),
    ("prod(x)", {"x": [2, 3, 5]}, {"x": [1, 1, 1]}, [30, 31, 20, 6]),
    ("cumsum(x^2)", {"x": [1, 2, 3]}, {"x": [1, 0, -1]}, [[1, 5, 14], [2, 2, -4], [2, 2, 4], [0, 0, 0]]),
    ("sum(x^3, axis=1)", {"x": [[1, 2], [3, 1]]}, {"x": [[1, 1], [0, 2]]}, [[9, 28], [15, 6], [18, 24], [12, 48]]),
    ("mean(x^3, axis=0)", {"x": [[1, 2], [3, 1]]}, {"x": [[1, 1], [0, 2]]}, [[14, 4.5], [1.5, 9], [3, 18], [3, 27]]),
]


@pytest.mark.parametrize("kind", [list, np.array])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "values", "tangents", "orders"), ALONG, ids=[row[0] for row in ALONG])
def test_along_a_direction(
    text: str, values: dict[str, Any], tangents: dict[str, Any], orders: list[Any], mode: str, kind: Any
) -> None:
    given = {name: kind(x) if isinstance(x, list) else x for name, x in values.items()}
    if kind is np.array:
        given = {name: x * 1.0 for name, x in given.items()}
    result = exprgrad.compile(f"c = {text}", mode, along_direction=tangents, max_order=3).run(given)
    np.testing.assert_allclose(result["c"], orders[0], rtol=1e-13, atol=1e-13)
    for order in (1, 2, 3):
        np.testing.assert_allclose(result.along_direction("c", order), orders[order], rtol=1e-12, atol=1e-12)
