"""Every function of arrays, on numbers whose result anybody can check."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.ops.functions import FUNCTIONS

MODES = ["static", "dynamic"]
X, Y, A = [1, 2, 4], [3, 5, 7], [[1, 2, 3], [4, 5, 7]]

VALUES: list[tuple[str, Any]] = [
    ("sum(x)", 7),
    ("sum(A, axis=0)", [5, 7, 10]),
    ("sum(A, axis=-1)", [6, 16]),
    ("mean(A, axis=1)", [2, 16 / 3]),
    ("prod(x)", 8),
    ("prod(A, axis=0)", [4, 10, 21]),
    ("min(A, axis=1)", [1, 4]),
    ("max(A, axis=0)", [4, 5, 7]),
    ("var([1, 3])", 1),
    ("var(A, axis=0)", [2.25, 2.25, 4]),
    ("std(A, axis=0)", [1.5, 1.5, 2]),
    ("any(A > 6, axis=1)", [0, 1]),
    ("all(A > 1, axis=0)", [0, 1, 1]),
    ("cumsum(x)", [1, 3, 7]),
    ("cumsum(A, axis=0)", [[1, 2, 3], [5, 7, 10]]),
    ("cumsum(A, axis=1)", [[1, 3, 6], [4, 9, 16]]),
    ("norm([3, 4])", 5),
    ("norm([[3, 5], [4, 12]], axis=0)", [5, 13]),
    ("logsumexp([0, 0])", math.log(2)),
    ("softmax([0, 0])", [0.5, 0.5]),
    ("softmax([[0, 0], [1, 1]], axis=0)[1]", [math.e / (1 + math.e)] * 2),
    ("dot(x, y)", 41),
    ("outer(x, [1, 10])", [[1, 10], [2, 20], [4, 40]]),
    ("cross(x, y)", [2 * 7 - 4 * 5, 4 * 3 - 1 * 7, 1 * 5 - 2 * 3]),
    ("cross(y, x)", [6, -5, 1]),
    ("size(A)", 6),
    ("size(A, axis=0) + 10*size(A, 1)", 32),
    ("transpose(A)", [[1, 4], [2, 5], [3, 7]]),
    ("reshape(A, [3, -1])", [[1, 2], [3, 4], [5, 7]]),
    ("concat(x, y)", [1, 2, 4, 3, 5, 7]),
    ("concat(A, A[:, :1], axis=1)", [[1, 2, 3, 1], [4, 5, 7, 4]]),
    ("stack(x, y)", [X, Y]),
    ("diag(x)", [[1, 0, 0], [0, 2, 0], [0, 0, 4]]),
    ("diag([[1, 2], [3, 4]])", [1, 4]),
    ("trace([[1, 2], [3, 4]])", 5),
    ("det([[1, 2], [3, 4]])", -2),
    ("logdet([[2, 0], [0, 4]])", math.log(8)),
    ("inv([[1, 2], [3, 5]])", [[-5, 2], [3, -1]]),
    ("solve([[1, 2], [3, 5]], [1, 2])", [-1, 1]),
    ("zeros([2, 1])", [[0], [0]]),
    ("ones(2)", [1, 1]),
    ("eye(2)", [[1, 0], [0, 1]]),
    ("arange(3)", [0, 1, 2]),
    ("linspace(1, 3, 5)", [1, 1.5, 2, 2.5, 3]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_a_value(text: str, value: Any, mode: str) -> None:
    function = exprgrad.compile(f"c = {text}", mode, max_order=0)
    given = {"x": X, "y": Y, "A": A}
    np.testing.assert_allclose(function.run({n: given[n] for n in function.inputs})["c"], value, rtol=1e-15)


def test_every_function_has_one() -> None:
    assert set(FUNCTIONS) == {text.partition("(")[0] for text, _ in VALUES}


@pytest.mark.parametrize(
    ("text", "x", "said"),
    [
        ("asin(x)", 1, "vertical tangent"),
        ("asin(x)", 2, "asin(2.0) is nan"),
        ("acosh(x)", 1, "vertical tangent"),
        ("acosh(x)", 2, None),
        ("atanh(x)", -1, "a pole"),
        ("atanh(x)", 2, "atanh(2.0) is nan"),
    ],
)
def test_a_hard_point_is_a_point(text: str, x: float, said: str | None) -> None:
    notes = [note.message for note in exprgrad.compile(text)(x=x).notes]
    assert len(notes) == (said is not None) and all(said is not None and said in note for note in notes)
