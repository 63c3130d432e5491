"""Programs of numpy's arrays: what they compute, small and large, and in which memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import exprgrad
import exprgrad.static
from exprgrad.diagnostics import EvaluationError

# The memory of arrays of 10,000 elements and more serves again.
SMALL, LARGE = (2, 3), (101, 120)
Expected = Callable[[Any, Any], dict[tuple[str, ...], Any]]

# Programs of x and y, which have the same shape, and what they compute.
PROGRAMS: list[tuple[str, Expected]] = [
    ("c = exp(sin(x)*2) - x", lambda x, y: {("c",): np.exp(np.sin(x) * 2) - x}),
    # What is read twice, or again later, keeps its memory.
    ("u = exp(x); v = u*u; w = u + v; c = w - u", lambda x, y: {("c",): np.exp(2 * x)}),
    ("u = x*y; c = exp(u); d = u", lambda x, y: {("c",): np.exp(x * y), ("d",): x * y}),
    # Numbers on both sides, truth values, three operands, and what numpy has no function for.
    ("c = 2 - x/4 + 1/(3 + y*y)", lambda x, y: {("c",): 2 - x / 4 + 1 / (3 + y * y)}),
    ("c = (x > y)*x + (x <= 0)", lambda x, y: {("c",): np.where(x > y, x, 0) + np.where(x <= 0, 1, 0)}),
    ("c = (x > 0) + (y > 0); d = x > y", lambda x, y: {("c",): (x > 0) * 1.0 + (y > 0), ("d",): (x > y) * 1.0}),
    ("c = clip(x + y, -1, 1) + 1", lambda x, y: {("c",): np.clip(x + y, -1, 1) + 1}),
    ("c = x + gamma(4 + 0*y[0])", lambda x, y: {("c",): x + 6}),
    # Views: their memory belongs to another one.
    ("c = exp(-transpose(x)) + transpose(y)", lambda x, y: {("c",): np.exp(-x.T) + y.T}),
    (
        "u = x + y; c = exp(reshape(u, [size(u)])); d = u*2",
        lambda x, y: {("c",): np.exp((x + y).ravel()), ("d",): 2 * (x + y)},
    ),
    ("u = x*y; c = -u[1:]; d = sum(u)", lambda x, y: {("c",): -(x * y)[1:], ("d",): np.sum(x * y)}),
    ("c = -x[1:] + abs(y[1:])", lambda x, y: {("c",): np.abs(y[1:]) - x[1:]}),
    # What has a short way for its shapes.
    ("c = x @ transpose(y) + 1", lambda x, y: {("c",): x @ y.T + 1}),
    ("c = sum(x*y, axis=0) + sum(x)", lambda x, y: {("c",): np.sum(x * y, axis=0) + np.sum(x)}),
    (
        "c = sum(exp(x)*y*y)",
        lambda x, y: {
            ("c",): np.sum(np.exp(x) * y * y),
            ("c", "x"): np.exp(x) * y * y,
            ("c", "y"): 2 * y * np.exp(x),
        },
    ),
]


@pytest.mark.parametrize("shape", [SMALL, LARGE])
@pytest.mark.parametrize(("text", "expected"), PROGRAMS, ids=[text for text, _ in PROGRAMS])
def test_what_arrays_give(text: str, expected: Expected, shape: tuple[int, ...]) -> None:
    """Again and again, and neither operands nor what was given before change."""
    function = exprgrad.compile(text, max_order=1 if text.startswith("c = sum(exp") else 0)
    run = exprgrad.Interpreter(function.program(**dict.fromkeys(function.inputs, shape)))
    generator = np.random.default_rng(3)
    given = []
    for _ in range(3):
        x, y = generator.uniform(-1, 1, (2, *shape))
        operands = {name: array.copy() for name, array in (("x", x), ("y", y)) if name in function.inputs}
        given.append((run(**operands), expected(x, y)))
        assert all(np.array_equal(operands[name], {"x": x, "y": y}[name]) for name in operands)
    for found, wanted in given:
        assert found.keys() == wanted.keys()
        for key, numbers in wanted.items():
            assert np.asarray(found[key]).dtype == np.float64
            np.testing.assert_allclose(found[key], numbers, rtol=1e-12, atol=1e-12, err_msg=str(key))


X, M = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Constants, which are rounded arrays, on either side.
        ("c = x*[1, 2, 3]", X * [1, 2, 3]),
        ("c = [1, 2, 3] - x", [1, 2, 3] - X),
        ("c = [1, 2, 3]/[2, 2, 2]*x", X * [0.5, 1, 1.5]),
        ("c = [[1, 2], [3, 4], [5, 6]] @ x", M @ X),
        ("c = x @ [[1, 2], [3, 4], [5, 6]]", X @ M),
        ("c = sum(x @ [[1, 2], [3, 4], [5, 6]] + [10, 20])", np.sum(X @ M) + 60),
        # Numbers, which are rounded, on either side.
        ("c = s*s*x - (s - x)", 4 * X - 2 + X),
        ("c = x/(s + s) + -s", X / 4 - 2),
        ("c = s + abs(-s)*[1, 2, 3]", np.array([4.0, 6.0, 8.0])),
        # Rounded arrays, of numbers or as they are given.
        ("c = [s, 1, 2]*x", X * [2, 1, 2]),
        ("c = exp(0*[s, s, s]) + x", X + 1),
        ("c = transpose([s*x[0], x[1]]) @ [[1, 2], [3, 4]]", (X * [[2], [1]]).T @ [[1, 2], [3, 4]]),
        ("c = [s, s, s] @ [[1, 2], [3, 4], [5, 6]]", np.array([18.0, 24.0])),
    ],
)
def test_arrays_of_both_kinds(text: str, expected: Any) -> None:
    function = exprgrad.compile(text, max_order=0)
    given = {"x": X, "s": 2}
    operands = {name: given[name] for name in function.inputs}
    program = function.program(**{"x": X.shape} if "x" in operands else {})
    found = exprgrad.Interpreter(program)(**operands)["c",]
    assert np.array_equal(found, expected)
    # A list is a rounded array, with which all is exact here, too.
    listed = exprgrad.Interpreter(program)(**{name: x if name == "s" else X.tolist() for name, x in operands.items()})
    assert np.array_equal(listed["c",], expected)


def arrays_at_once(run: exprgrad.Interpreter, **operands: Any) -> float:
    """How many new arrays of the size of x a run has at once, at the most."""
    tracemalloc.start()
    run(**operands)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / operands["x"].nbytes


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        # All of it in the memory of the first product, which is then the result.
        ("c = exp(-abs(sin(x*x)))", 1, 1),
        ("c = 1 - 2/(x*x) + 3", 1, 1),
        ("c = x - (x - (x - y))", 1, 1),
        # Each side of the last operation has its own; with four, two are left when the third one comes.
        ("c = (x + y)/(x - y)", 2, 2),
        ("c = (x*x + y*y)*(x + y + (x - y))", 3, 3),
        # u is read again after sin(u) was made. It is not the result, and so it is kept for the next run.
        ("u = x*x; v = sin(u)*u; c = v + x", 2, 1),
        # A view has no memory of its own to give.
        ("u = reshape(sin(x), [100, 200]); c = exp(-u)", 2, 2),
    ],
)
def test_memory_that_serves_again(text: str, first: int, second: int) -> None:
    size = 20_000
    function = exprgrad.compile(text, max_order=0)
    program = function.program(**dict.fromkeys(function.inputs, (size,)))
    operands = {name: np.linspace(0.1, 1, size) for name in function.inputs}
    exprgrad.Interpreter(program)(**operands)  # what a first call loads
    run = exprgrad.Interpreter(program)
    assert [round(arrays_at_once(run, **operands), 1) for _ in range(2)] == pytest.approx([first, second], abs=0.2)


def test_a_derivative_that_only_a_zero_made_nan() -> None:
    """0 in place of a structural zero meets the infinite slope of sqrt at 0; no result would show it."""
    function = exprgrad.compile("g = gradient(sum(sqrt(v)[1:]), v); c = 1 if g[0] == 0 else 2", max_order=0)
    assert exprgrad.Interpreter(function.program(v=(2,)))(v=np.array([0.0, 4.0])) == {("c",): 1.0}


def test_shapes_that_only_a_run_knows() -> None:
    """Their result is measured before it is made."""
    tf = exprgrad.static
    x, y = tf.placeholder(shape=[None, 1]), tf.placeholder(shape=[1, None])
    with tf.Session() as session:
        found = session.run(x - y, {x: np.array([[1.0], [2.0]]), y: np.array([[10.0, 20.0, 30.0]])})
        assert found.tolist() == [[-9.0, -19.0, -29.0], [-8.0, -18.0, -28.0]]
        with pytest.raises(EvaluationError, match="an array of 16,000,000 elements is beyond 10,000,000"):
            session.run(x - y, {x: np.zeros((4000, 1)), y: np.zeros((1, 4000))})
