"""Formulas of arrays: what they read, and that their numbers are those of the derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import exprgrad

READ = {
    "sum(x^2)": ["2*x"],
    "mean(x*y)": ["y/size(x)", "x/size(x)"],
    "norm(x)": ["x/norm(x)"],
    "x@A@x": ["x@A + A@x", "outer(x, x)"],
    # A sum that the program has keeps its sign, in operations too that are linear.
    "sum((A@x - b)^2)": ["2*outer(A@x - b, x)", "2*(transpose(A)@(A@x - b))", "2*(b - A@x)"],
    "sum((b - A@x)^2)": ["2*(b - A@x)", "-2*outer(b - A@x, x)", "-2*(transpose(A)@(b - A@x))"],
    "norm(A@x - b)^2": ["2*outer(A@x - b, x)", "2*(transpose(A)@(A@x - b))", "2*(b - A@x)"],
    "logdet(A)": ["transpose(inv(A))"],
    "prod(x)*y": ["y*prod(x)/x", "prod(x)"],
    "sum(x)*y": ["y*ones(size(x))", "sum(x)"],
    "sum(x*[1, 2, 3])": ["[1, 2, 3]"],
    "softmax(x)@y": ["(y - sum(y*softmax(x)))*softmax(x)", "softmax(x)"],
}


@pytest.mark.parametrize("text", READ)
def test_what_is_written(text: str) -> None:
    lines = exprgrad.compile(text).formula().splitlines()
    assert [line.partition(" = ")[2] for line in lines[1:]] == READ[text]


# What rules make of sizes that are said: roots of numbers.
SAID = {
    "std(x)": ((3,), ["(x - mean(x))/(sqrt(3)*norm(x - mean(x)))"]),
    "-0.3*std(x)": ((8,), ["0.15*(mean(x) - x)/(sqrt(2)*norm(x - mean(x)))"]),
    "var(x) + std(x)": ((3,), ["(x - mean(x))*(sqrt(3)/norm(x - mean(x)) + 2)/3"]),
    "std(A)": ((2, 3), ["(A - mean(A))/(sqrt(6)*norm(A - mean(A)))"]),
}


@pytest.mark.parametrize("text", SAID)
def test_roots_of_sizes_that_are_said(text: str) -> None:
    f = exprgrad.compile(text)
    shape, wanted = SAID[text]
    lines = f.formula(**dict.fromkeys(f.inputs, shape)).splitlines()  # type: ignore[arg-type]
    assert [line.partition(" = ")[2] for line in lines[1:]] == wanted


def test_the_elements_of_softmax_add_up_to_1() -> None:
    f = exprgrad.compile("c = sum(gradient(logsumexp(k*x), x))", wrt=["x"])
    assert f.formula(x=(3,)).splitlines()[1:] == ["dc/dx = zeros(size(x))"]
    # Not where these are weighed.
    lines = f.formula(k=(3,), x=(3,)).splitlines()
    assert lines[1] == "dc/dx = k*(k - sum(k*softmax(k*x)))*softmax(k*x)"


def test_a_matrix_of_second_derivatives_has_no_formula() -> None:
    with pytest.raises(exprgrad.UnsupportedError, match="second derivative of c by x is a matrix"):
        exprgrad.compile("sum(x^2)", max_order=2).formula(x=(3,))


TEXTS = [
    *READ,
    *("sum(A@x)", "A@x", "dot(x, y)*sin(z)", "var(x)", "std(x)", "logsumexp(x)", "det(A)", "inv(A)"),
    *("prod(x)", "logdet(A)", "sum(prod(A@x)*y)"),
    *("sum(solve(A, b))", "trace(A@B)", "norm(x - y)/norm(y)", "sum(exp(-x^2/2)*y)", "sum(x/x)*y"),
    *("mean((x - mean(x))^2)", "A*x", "A + x@B", "u = A@x; c = sum(u*u)*norm(u)", "sum(A*B)", "sum(A)/mean(B)"),
    *("diag(x)@y", "outer(x, y)", "norm(sum(A*x, axis=0))", "sum(x)*sum(A, axis=0)@x", "sum(max(x, y))"),
    *("sum(abs(x))*prod0", "c = (sum(x) if k > 0 else norm(x))*k", "x@x", "norm(A@x - b)^2 + r*x@x"),
]


def value(name: str, numbers: np.random.Generator) -> object:
    """A matrix for a capital, a vector for most letters, and numbers."""
    if name in ("z", "prod0", "k", "r"):
        return float(numbers.uniform(0.5, 1.5))
    shape = (3, 3) if name[0].isupper() else (3,)
    found = numbers.uniform(0.3, 2.0, shape)
    return found + 2 * np.eye(3) if len(shape) == 2 else found


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("text", TEXTS)
def test_numbers(text: str, inline: bool) -> None:
    f = exprgrad.compile(text)
    numbers = np.random.default_rng(len(text))
    at = {name: value(name, numbers) for name in f.inputs}
    if text == "sum(x)*y":
        at["y"] = 1.25
    written = f.formula(inline=inline, **{name: np.shape(x) for name, x in at.items()})  # type: ignore[arg-type]
    g = exprgrad.compile(written, max_order=0)
    found = g.run({name: x for name, x in at.items() if name in g.inputs})
    wanted = f.run(at, notes=False)
    for name in f.inputs:
        result = f.results[-1]
        derivative = np.asarray(found[f"d{result}_d{name}"])
        expected = np.asarray(wanted.derivative(result, name))
        assert derivative.shape == expected.shape, (written, name)
        np.testing.assert_allclose(derivative, expected, rtol=1e-10, atol=1e-12, err_msg=written)


UNSAID = {
    # Vectors and matrices of any sizes that fit, of which nobody says any.
    "sum((A@x - b)^2)": {"A": (2, 3), "x": (3,), "b": (2,)},
    "sum(transpose(A)@A)": {"A": (2, 3)},
    "A@x": {"A": (4, 3), "x": (3,)},
    "sum(x)*sum(y)": {"x": (2,), "y": (3,)},
    "sum(outer(x, y))": {"x": (2,), "y": (4,)},
    "mean(A@B)": {"A": (2, 3), "B": (3, 4)},
    "trace(A@B)": {"A": (2, 3), "B": (3, 2)},
    "norm(A@B@x) + norm(y)": {"A": (2, 3), "B": (3, 4), "x": (4,), "y": (5,)},
    "u = A@x + b; c = sum(sigmoid(u)^2)/sum(y)": {"A": (2, 3), "x": (3,), "b": (2,), "y": (4,)},
    "sum(A*B)": {"A": (2, 3), "B": (2, 3)},
}


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("text", UNSAID)
def test_sizes_that_nobody_says(text: str, order: int) -> None:
    f = exprgrad.compile(text, max_order=order)
    try:
        written = f.formula()
    except exprgrad.ExprError as problem:
        assert order == 2 and "no formula" in problem.message  # noqa: PT017 - what has none at the second order
        return
    numbers = np.random.default_rng(len(text))
    at = {name: numbers.uniform(0.3, 2.0, UNSAID[text].get(name, ())) for name in f.inputs}
    g = exprgrad.compile(written, max_order=0)
    found = g.run({name: x for name, x in at.items() if name in g.inputs})
    wanted = f.run(at, notes=False)
    result = f.results[-1]
    for name in f.inputs:
        for by, left in (((name,), f"d{result}_d{name}"), ((name, name), f"d2{result}_d{name}2"))[:order]:
            derivative, expected = np.asarray(found[left]), np.asarray(wanted.derivative(result, *by))
            assert derivative.shape == expected.shape, (written, by)
            np.testing.assert_allclose(derivative, expected, rtol=1e-10, atol=1e-12, err_msg=written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cross(x, y)@z", "depends on shapes that nobody has said"),
        ("max(x)", "elements one by one has no formula"),
        ("x[0]*x[1]", "an array that is indexed has no formula"),
        ("sum(x if x > 1 else x^2)", "a condition of arrays has no formula"),
        ("cumsum(x)", "a running sum has no formula"),
        ("s = 0; for i in 0..n { s = s + x }; s", "a loop has no formula"),
        ("sum(outer(x, y)*A)", "a column times a matrix has no formula"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message) as caught:
        exprgrad.compile(text).formula()
    assert caught.value.span is not None
