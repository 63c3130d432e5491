"""What an operation says of operands that do not fit it, and what to write instead, word for word."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad

MODES = ["static", "dynamic"]
VECTOR: dict[str, Any] = {"x": [1, 2], "y": [1, 2, 3]}

# Programs, the part of each that is marked, and what is said of it.
MESSAGES = [
    (
        "det([1, 2])",
        "det([1, 2])",
        "a determinant is of a square matrix, found shape (2,)",
        "rows and columns are as many",
    ),
    (
        "inv([[1, 2], [2, 4]])",
        "inv([[1, 2], [2, 4]])",
        "the matrix is singular: it has no inverse",
        "check its rows: one follows from others",
    ),
    (
        "solve([[1, 2], [3, 4]], y)",
        "[[1, 2], [3, 4]]",
        "shapes (2, 2) and (3,) do not fit in solve",
        "b has as many rows as the matrix",
    ),
    (
        "x @ y",
        "x",
        "shapes (2,) and (3,) do not fit in a matrix product",
        "the last size of the left side must be the first of the right",
    ),
    ("2 @ x", "2", "shapes () and (2,) do not fit in a matrix product", "* multiplies numbers"),
    (
        "zeros([2, 2, 2]) @ x",
        "zeros([2, 2, 2])",
        "shapes (2, 2, 2) and (2,) do not fit in a matrix product",
        "it is of vectors and matrices: index what has more axes, A[0] @ B[0]",
    ),
    ("x + y", "x", "shapes (2,) and (3,) do not fit in add", "sizes must be equal or 1, counted from the last axis"),
    ("sum(x, axis=3)", "sum(x, axis=3)", "there is no axis 3 in shape (2,)", "the axes are 0 to 0"),
    ("max([])", "max([])", "the maximum of no elements", "an array with elements has one"),
    ("trace(x)", "trace(x)", "a trace is of a matrix, found shape (2,)", "[[1, 2], [3, 4]] is one"),
    (
        "reshape(y, [2, 2])",
        "reshape(y, [2, 2])",
        "shape (3,) has 3 elements, which do not fit in shape (2, 2)",
        "the product of the sizes must be equal; one may be -1",
    ),
    ("[x, [3]]", "x", "elements of shapes (2,) and (1,) make no array", "give rows of one length"),
    ("y[0.5 + 1]", "y[0.5 + 1]", "a position is a whole number, found 1.5", "floor(...) makes one of it"),
    ("y[nan]", "y[nan]", "a position is a whole number, found nan", "give a number"),
    (
        "linspace(0, 1, -1)",
        "linspace(0, 1, -1)",
        "a size is a whole number from 0 on, found -1",
        "give one that is not negative",
    ),
    ("x[5]", "x[5]", "there is no position 5 among 2", "positions are 0 to 1, or -1 for the last one"),
    ("x[0, 0]", "x[0, 0]", "shape (2,) has 1 axes, not 2", "an index names one position for each axis"),
    (
        "concat([x], [y])",
        "[x]",
        "arrays of shapes (1, 2) and (1, 3) do not fit one after the other",
        "all sizes but those of axis 0 must be equal",
    ),
    ("zeros(1e9)", "zeros(1e9)", "an array of 1,000,000,000 elements is beyond 10,000,000", "take a smaller one"),
    (
        "if x > 0 { u = 1 } else { u = 2 }; c = u",
        "x > 0",
        "a condition needs one value, found 2",
        "any(x > 0) and all(x > 0) are one; y if x > 0 else z chooses lane by lane",
    ),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "part", "message", "hint"), MESSAGES, ids=[row[0] for row in MESSAGES])
def test_a_message(text: str, part: str, message: str, hint: str, mode: str) -> None:
    function = exprgrad.compile(text, mode)
    with pytest.raises(exprgrad.ExprError) as caught:
        function.run({name: VECTOR[name] for name in function.inputs})
    problem = caught.value
    assert (problem.message, problem.hint) == (message, hint)
    span = problem.marks[0][0] if problem.marks else problem.span
    assert span is not None and text[span.start : span.end] == part
