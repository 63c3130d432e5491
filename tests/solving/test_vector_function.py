"""A function of one vector, and what SciPy finds with it."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import exprgrad
from exprgrad import ExprError, NameProblem, UsageError

ROSENBROCK = "(1 - x)^2 + b*(y - x^2)^2"
CHAIN = "sum(100*(x[1:] - x[:-1]^2)^2 + (1 - x[:-1])^2)"


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_value_gradient_and_hessian(mode: Any) -> None:
    o = exprgrad.compile(ROSENBROCK, mode).scipy(["x", "y"], b=100)
    assert o.value([2, 3]) == 101.0
    assert o.gradient([2, 3]).tolist() == [802.0, -200.0]
    assert o.hessian([2, 3]).tolist() == [[3602.0, -800.0], [-800.0, 200.0]]
    value, gradient = o.value_and_gradient(np.array([2.0, 3.0]))
    assert (value, gradient.tolist()) == (101.0, [802.0, -200.0])
    # The vector's order is that of the names.
    turned = exprgrad.compile(ROSENBROCK, mode).scipy(["y", "x"], b=100)
    assert turned.gradient([3, 2]).tolist() == [-200.0, 802.0]
    assert turned.hessian([3, 2]).tolist() == [[200.0, -800.0], [-800.0, 3602.0]]


def test_the_numbers_are_those_of_the_function() -> None:
    f = exprgrad.compile("sin(x*y)^y", max_order=2)
    o, result = f.scipy(["y", "x"]), f(x=0.3, y=1.7)
    assert o.value([1.7, 0.3]) == result["c"]
    assert o.gradient([1.7, 0.3]).tolist() == [result.gradient("c")[name] for name in ("y", "x")]
    assert o.hessian([1.7, 0.3])[0, 1] == result.derivative("c", "x", "y")


def test_arrays_are_laid_out_row_by_row() -> None:
    f = exprgrad.compile("b*sum(A*A*A) + b^3*A[0, 1]")
    o = f.scipy({"b": (), "A": (2, 2)})
    point = [2.0, 1.0, 3.0, 5.0, 7.0]
    assert o.size == 5 and o.unpack(point)["b"] == 2.0
    assert o.unpack(point)["A"].tolist() == [[1, 3], [5, 7]]
    assert o.pack(o.unpack(point)).tolist() == point
    assert o.value(point) == 2 * (1 + 27 + 125 + 343) + 8 * 3
    assert o.gradient(point).tolist() == [496 + 12 * 3, 6, 54 + 8, 150, 294]
    hessian = np.diag([36.0, 12, 36, 60, 84])
    hessian[0] += [0, 3, 27 + 12, 75, 147]
    hessian[1:, 0] = hessian[0, 1:]
    assert o.hessian(point).tolist() == hessian.tolist()


def test_elements_of_several_results() -> None:
    o = exprgrad.compile("u = a*x; v = A @ x", max_order=0).scipy({"x": (2,)}, a=3, A=np.array([[1.0, 2], [3, 4]]))
    assert o.values([1, 1]).tolist() == [3, 3, 3, 7]
    assert o.jacobian([1, 1]).tolist() == [[3, 0], [0, 3], [1, 2], [3, 4]]
    numbers = exprgrad.compile("u = x*y; v = x - y").scipy(["x", "y"])
    assert numbers.values([2, 3]).tolist() == [6, -1] and numbers.jacobian([2, 3]).tolist() == [[3, 2], [1, -1]]


def test_the_weighted_sum_of_hessians() -> None:
    """By hand, of numbers and of an array; what does not depend on the vector counts nothing."""
    f = exprgrad.compile("u = x^2*y; v = [x*y, y^3]*x; w = k").scipy(["x", "y"], k=3)
    # u: [[2y, 2x], [2x, 0]]; x^2*y has the same; x*y^3: [[0, 3y^2], [3y^2, 6xy]].
    assert f.hessian([1, 2], [1, 10, 100, 7]).tolist() == [[44, 22 + 1200], [22 + 1200, 1200]]
    vectors = exprgrad.compile("u = z^2; c = sum(z^3)").scipy({"z": (2,)})
    assert vectors.hessian([1, 2], [1, 2, 10]).tolist() == [[62, 0], [0, 124]]


def test_the_hessian_times_a_vector() -> None:
    f = exprgrad.compile("x^3*y + sum(w^2)*x").scipy({"x": (), "y": (), "w": (2,)})
    point, p = [1.0, 2.0, 3.0, 4.0], [0.5, -1.0, 2.0, 1.0]
    assert f.hessian_product(point, p).tolist() == (f.hessian(point) @ p).tolist()
    assert exprgrad.compile("x^3").scipy("x").hessian_product(2.0, 3.0) == 36.0


def test_scipy_takes_constraints() -> None:
    """The point of the disc beside a half plane that is nearest to (2, 1)."""
    o = exprgrad.compile("(x - 2)^2 + (y - 1)^2").scipy(["x", "y"])
    held = exprgrad.compile("r = x^2 + y^2; s = x - y").scipy(["x", "y"])
    disc = optimize.NonlinearConstraint(held.values, [-np.inf, 0], [1, 0], jac=held.jacobian, hess=held.hessian)
    found = optimize.minimize(
        o.value, [0, 0], jac=o.gradient, hessp=o.hessian_product, constraints=[disc], method="trust-constr"
    )
    assert found.x == pytest.approx([0.5**0.5, 0.5**0.5], abs=1e-3)


def test_what_the_function_was_compiled_for_does_not_matter() -> None:
    for options in ({"max_order": 0}, {"wrt": "a"}, {"along_direction": {"a": 1}}, {"weight_by": 5}, {"sparse": True}):
        o = exprgrad.compile("a*x^2", **options).scipy("x", a=3)
        assert o.gradient([2]).tolist() == [12.0] and o.hessian([2]).tolist() == [[6.0]]


def test_a_point_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    o = exprgrad.compile(ROSENBROCK).scipy(["x", "y"], b=100)
    runs = []
    run = exprgrad.Function.run
    monkeypatch.setattr(exprgrad.Function, "run", lambda f, *a, **k: (runs.append(f.max_order), run(f, *a, **k))[1])
    point = np.array([2.0, 3.0])
    o.value(point)
    o.gradient(point)
    assert runs == [1]
    o.hessian(point)
    o.value(point)
    assert runs == [1, 2]
    point[0] = 5.0  # SciPy changes its points in place
    assert o.value(point) == 16 + 100 * 22**2


def test_scipy_minimizes_with_it() -> None:
    o = exprgrad.compile(ROSENBROCK).scipy(["x", "y"], b=100)
    found = optimize.minimize(o.value, [-1.2, 1], jac=o.gradient, hess=o.hessian, method="trust-exact")
    assert found.success and np.allclose(found.x, 1, atol=1e-6)
    found = optimize.minimize(o.value_and_gradient, [-1.2, 1], jac=True)
    assert found.success and np.allclose(found.x, 1, atol=1e-4)
    chain = exprgrad.compile(CHAIN).scipy({"x": (5,)})
    start = chain.pack({"x": [1.3, 0.7, 0.8, 1.9, 1.2]})
    found = optimize.minimize(chain.value, start, jac=chain.gradient, hess=chain.hessian, method="trust-exact")
    assert found.success and np.allclose(found.x, 1, atol=1e-6)
    assert np.allclose(chain.hessian(start), optimize.rosen_hess(start), rtol=1e-14)


def test_scipy_solves_with_it() -> None:
    o = exprgrad.compile("x^2 + y^2 - r; x - y").scipy(["x", "y"], r=2)
    assert np.allclose(optimize.root(o.values, [3, 1], jac=o.jacobian).x, 1)
    assert np.allclose(optimize.least_squares(o.values, [3, 1], jac=o.jacobian).x, 1)
    one = exprgrad.compile("x^3 - 2").scipy("x")
    found = optimize.root_scalar(one.value, x0=1, fprime=one.gradient, fprime2=one.hessian, method="halley")
    assert found.root == pytest.approx(2 ** (1 / 3), rel=1e-12) and type(one.gradient(1.5)) is float


def test_an_equation_is_what_is_left_of_it() -> None:
    o = exprgrad.compile("x^2 == a; force = x*y == 6").scipy(["x", "y"], a=4)
    assert o.values([3, 1]).tolist() == [5, -3]
    assert o.jacobian([3, 1]).tolist() == [[6, 0], [1, 3]]
    copy = pickle.loads(pickle.dumps(o))
    assert copy.values([2, 3]).tolist() == [0, 0]


def test_it_pickles() -> None:
    o = pickle.loads(pickle.dumps(exprgrad.compile("a*sum(x)").scipy({"x": (2,)}, a=3)))
    assert o.value([1, 2]) == 9.0 and repr(o) == "<exprgrad vector function (x) -> c>"


f = exprgrad.compile("a*x + b")
two = exprgrad.compile("x; x^2").scipy("x")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: f.scipy(["x", "z"], a=1, b=2), "no input z for the vector\n  its inputs are a, x, b"),
        (lambda: f.scipy(["x", "x"], a=1, b=2), "the vector has x twice"),
        (lambda: f.scipy([], a=1, b=2), "the vector is of no input"),
        (lambda: f.scipy(5, a=1, b=2), "the vector is a list of names, found 5"),
        (lambda: f.scipy({"x": 3}, a=1, b=2), "the shape of x is a tuple of sizes"),
        (lambda: f.scipy(["x"], a=1), "no value for b"),
        (lambda: f.scipy(["x"], a=1, b=2, q=3), "no input q"),
        (lambda: f.scipy(["x"], a=1, b=2, x=3), "x is in the vector, so it takes no value"),
        (lambda: f.scipy(["x", "a"], b=2).value([1]), "2 elements, found 1 elements\n  the vector is of x and a"),
        (lambda: f.scipy({"x": (2,)}, a=1, b=2).values([[1, 2]]), r"found shape \(1, 2\)\n.* x of shape \(2,\)"),
        (lambda: f.scipy(["x"], a=1, b=2).value(["one"]), "a point is of real numbers"),
        (lambda: f.scipy(["x"], a=1, b=2).value([1j]), "a point is of real numbers"),
        (lambda: f.scipy({"x": (2,)}, a=1, b=2).value([1, 2]), r"a number is wanted, c has shape \(2,\)"),
        (lambda: two.value([1]), "one result is wanted, the program has x and c"),
        (lambda: two.gradient([1]), "one result is wanted"),
        (lambda: two.hessian([1]), "one result is wanted"),
        (lambda: two.hessian([1], [1]), r"2 values to weight, found weights of shape \(1,\)"),
        (lambda: two.hessian([1], "w"), "a list of weights is of real numbers"),
        (lambda: two.hessian_product([1], [1]), r"hessian\(x, weights\) that of a sum"),
        (lambda: two.hessian_product([1], [1, 2]), "a direction has 1 element, found 2 elements"),
        (lambda: two.pack({}), "no value for x"),
        (lambda: two.pack({"x": 1, "y": 2}), "y is not in the vector"),
        (lambda: two.pack({"x": [1]}), r"the value of x has shape \(1,\), its place in the vector \(\)"),
    ],
)
def test_what_is_wrong_is_told(call: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message) as caught:
        call()
    assert isinstance(caught.value, NameProblem | UsageError | exprgrad.EvaluationError)
