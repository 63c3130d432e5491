"""Roots of one equation and of several, to the last digit, and what is said where there is none."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exprgrad
from exprgrad.diagnostics import ExprError, UnsolvedError

mp = mpmath.mp.clone()
mp.prec = 300

# A program, a start or two ends, the equation and a place near the root.
Equation = tuple[str, Any, Callable[[Any], Any], float]
EQUATIONS: list[Equation] = [
    ("x^2 == 2", 1, lambda x: x * x - 2, 1.4),
    ("x^2 - 2", (0, 2), lambda x: x * x - 2, 1.4),
    ("x^2 - 2", (-7, 0.5), lambda x: x * x - 2, -1.4),
    ("cos(x) == x", 1, lambda x: mp.cos(x) - x, 0.74),
    ("x^3 - 2*x + 2", 0, lambda x: x**3 - 2 * x + 2, -1.77),  # Newton's steps go round in a circle
    ("x^x == 2", 1, lambda x: x**x - 2, 1.56),
    ("E - 0.8*sin(E) == 1", 1, lambda x: x - mp.mpf(0.8) * mp.sin(x) - 1, 1.78),
    ("tan(x) == x", (4, 5), lambda x: mp.tan(x) - x, 4.49),  # a pole is between the ends, too
    ("sin(x)", 3, mp.sin, 3.14),
    ("log(x, 3) == 0.1", 1, lambda x: mp.log(x) / mp.log(3) - mp.mpf(0.1), 1.1),
    ("erf(x) == 0.5", 0, lambda x: mp.erf(x) - mp.mpf(0.5), 0.47),
    ("gamma(x) == 3", (3, 4), lambda x: mp.gamma(x) - 3, 3.4),
    ("sigmoid(x) == 0.9", 0, lambda x: 1 / (1 + mp.exp(-x)) - mp.mpf(0.9), 2.2),
    ("1e300*(x^2 - 2)", 1, lambda x: x * x - 2, 1.4),
    ("1e-300*x == 1e-310", 0, lambda x: mp.mpf(1e-300) * x - mp.mpf(1e-310), 1e-10),
    ("x^2 == 1e-40", 1, lambda x: x * x - mp.mpf(1e-40), 1e-20),
    ("cbrt(x) == 0.1", 1, lambda x: mp.cbrt(x) - mp.mpf(0.1), 0.001),
    ("atan(x - 0.3)", 30, lambda x: mp.atan(x - mp.mpf(0.3)), 0.3),
    ("(x^2 - 2)^2", 1, lambda x: x * x - 2, 1.4),  # which touches 0
    ("(x^2 - 2)^3", 1, lambda x: x * x - 2, 1.4),
    ("(x - 0.3)^2", (-1, 1), lambda x: x - mp.mpf(0.3), 0.3),
    ("x^4 - 4*x^3 + 6*x^2 - 4*x + 1", 3, lambda x: x - 1, 1.0),  # four at once
    ("s = 0; for i in 0..50 { s = s + 1/(x + i) }; c = s - 4", 1, lambda x: mp.psi(0, x + 50) - mp.psi(0, x) - 4, 1.4),
    ("x^2 - 2 if x > 0 else 5", 0.1, lambda x: x * x - 2, 1.4),
    ("abs(x) == 1", 3, lambda x: abs(x) - 1, 1.0),
    ("abs(x) == 1", 0, lambda x: abs(x) - 1, 1.0),
    ("max(x - 1, 10*(x - 1))", (0, 3), lambda x: x - 1, 1.0),
    ("x^2", 1, lambda x: x, 0.0),
    ("cbrt(x)", (-1, 2), lambda x: x, 0.0),
    ("sqrt(x - 3)", 4.5, lambda x: x - 3, 3.0),  # the edge of where it is defined
    ("relu(x)", -1, lambda x: x, 0.0),  # the only one that is no zero all around
]  # fmt: skip


def found(text: str, where: Any, mode: Any = "static", **values: float) -> exprgrad.Result:
    f = exprgrad.compile(text, mode)
    (name,) = (name for name in f.inputs if name not in values)
    if isinstance(where, tuple):
        return f.solve({name: where}, **values)
    return f.solve(name, **{name: where}, **values)


@pytest.mark.parametrize(
    ("text", "where", "equation", "near"), EQUATIONS, ids=lambda x: None if callable(x) else str(x)
)
def test_the_root_is_the_nearest_double(text: str, where: Any, equation: Callable[[Any], Any], near: float) -> None:
    result = found(text, where)
    x = next(iter(result.values.values()))
    assert x == pytest.approx(near, rel=0.02, abs=1e-30)
    if equation(mp.mpf(x)) == 0:
        return
    # The root lies between the middles of the way to both neighbours.
    low, high = ((mp.mpf(x) + mp.mpf(math.nextafter(x, end))) / 2 for end in (-math.inf, math.inf))
    assert equation(low) * equation(high) < 0
    assert result == found(text, where, "dynamic")


@pytest.mark.slow
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=5), st.integers(-30, 30), st.integers(1, 9))
def test_roots_of_polynomials_are_the_nearest_doubles(coefficients: list[int], over: int, under: int) -> None:
    """Of a polynomial whose leading term is odd, between ends that hold all of its roots, and of an integer line."""
    terms = [*coefficients, 1] if len(coefficients) % 2 else [*coefficients, 0, 1]
    bound = 1 + max(map(abs, coefficients))
    x = found(" + ".join(f"({c})*x^{i}" for i, c in enumerate(terms)), (-bound, bound))["x"]

    def exact(x: Fraction) -> Fraction:
        return sum((c * x**i for i, c in enumerate(terms)), Fraction(0))

    low, high = (exact((Fraction(x) + Fraction(math.nextafter(x, end))) / 2) for end in (-math.inf, math.inf))
    slope = sum((i * c * Fraction(x) ** (i - 1) for i, c in enumerate(terms) if i), Fraction(0))
    # One of even multiplicity is touched without a change of the sign; there is hardly a slope.
    assert exact(Fraction(x)) == 0 or low * high <= 0 or abs(slope) < 1e-12
    assert found(f"{under}*x - ({over})", 7)["x"] == over / under


@pytest.mark.parametrize(
    "start", [0.01, 0.5, 0.9, 1.0, 1.3, 1.5, 4.0, 50.0, (0, 2), (1, 1.5), (-0.25, 70), (1.25, 1.4143)]
)
def test_the_digits_do_not_depend_on_the_way(start: Any) -> None:
    result = found("x^3*exp(x/7) == a", start, a=2.5)
    x = mp.mpf(float(mp.findroot(lambda x: x**3 * mp.exp(x / 7) - 2.5, 1.28)))
    slope = 3 * x**2 * mp.exp(x / 7) + x**3 * mp.exp(x / 7) / 7
    assert (result["x"], result.derivative("x", "a")) == (float(x), float(1 / slope))


def test_what_is_left_is_what_an_evaluation_gives() -> None:
    result = found("x^2 - a", 1, a=2)
    assert result["c"] == exprgrad.evaluate("x^2 - a", x=result["x"], a=2)["c"] == 4.440892098500626e-16
    assert list(result) == ["x", "c"] and result.inputs == {"a": 2.0}


def test_several_roots_between_the_ends() -> None:
    result = found("sin(x)", (1, 10))
    assert result["x"] == math.pi and "other roots between 1.0 and 10.0: 6.28" in result.notes[0].message
    # No change of the sign at the ends, but in between.
    assert found("x^2 == 4", (-3, 3.5))["x"] == -2.0


# What is 1 at 0 alone, near it: there more doubles than digits can tell from 0 are on either side.
ONES = ["exp(x)", "1 + x", "sqrt(1 + x)", "(1 + x)^10", "1/(1 + x)", "1 + log(1 + x)", "cos(x) - sin(x)", "1 + tanh(x)",
        "2^x", "1 + x^3", "exp(x) - x^2/2", "(1/(1 + x) + 1/(1 + x)^2)/2", "sqrt(1 + x^2) + x"]  # fmt: skip


@given(
    st.sampled_from(ONES),
    st.integers(1, 2000),
    st.sampled_from([0.0, 1e-300, -1e-9, 0.003, -0.02, 0.1, 0.2, 0.3, (-0.3, 0.7), (0, 0.5), (-0.5, 0), (-1e-6, 0.9)]),
)
def test_a_root_at_0_is_0(one: str, times: int, where: Any) -> None:
    assert found(f"F*({one}) == F", where, F=times)["x"] == 0.0


@pytest.mark.parametrize(
    "text", ["cos(x) == 1", "exp(x) - 1 - x - x^2/2", "sin(x) == x", "1e300 + x == 1e300", "sum(exp([1, 2]*x)) == 2"]
)
@pytest.mark.parametrize("where", [0.0, 0.3, (-0.2, 0.5)])
def test_a_root_at_0_that_is_hard_to_tell_is_0(text: str, where: Any) -> None:
    assert found(text, where)["x"] == 0.0


@pytest.mark.parametrize(("start", "root"), [(2.1, 2.0), (0.9, 1.0), (2, 2.0), (1, 1.0), (0.1, 0.0)])
def test_a_root_beside_one_at_0_stays(start: float, root: float) -> None:
    assert found("x*(x - 1)*(x - 2)", start)["x"] == root


def test_ends_may_be_as_far_apart_as_doubles_are() -> None:
    assert found("x - 1", (-1e308, 1e308))["x"] == 1.0
    assert found("x == 3e300", (-1.7e308, 1.7e308))["x"] == 3e300
    assert found("x - 1e-323", (0, 3e-323))["x"] == 1e-323


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("0*x", (0, 1), "it cannot be told from 0, nor all around it"),
        ("x == x", (0, 1), "it cannot be told from 0, nor all around it"),
        ("max(abs(x) - 0.5, 0)", (-0.4, 0.3), "it cannot be told from 0, nor all around it"),
        ("floor(x)", 1.5, "at x = 0.0 it cannot be told from 0, nor all around it"),
        ("sign(x - 0.3)", (-1, 1), "at x = 0.3 it jumps over 0, from -1 to 1"),
        ("sign(x - 0.3)", 0.3, "at x = 0.3 it jumps over 0, from -1 to 1"),
        ("sign(x) + x", (-1, 2), "at x = 0.0 it jumps over 0, from -1 to 1"),
        ("1/x", (-1, 2), "no root of c was found between -1.0 and 2.0\n.*\n.*\n.*at x = 0.0 it jumps over 0"),
        ("1/x", 1, "at x = 0.0 it jumps over 0, from -1.8e[+]308 to inf: a pole or a jump"),
        ("1/(x^2 - 2)", (0, 2), "at x = 1.41421356237309. it jumps over 0"),
        ("1/(x^2 - 2)^2", 1, "it came nearest to 0 at x = "),
        ("tan(x)", (1, 2), "a pole or a jump"),
        ("floor(x) - 0.5", 0, "at x = 1.0 it jumps over 0, from -0.5 to 0.5"),
        ("x if x > 1 else x - 3", 0, "at x = 1.0 it jumps over 0, from -2 to 1"),
        ("exp(x)", 0, "it cannot be told from 0, nor all around it"),
        ("0*x", 1, "it cannot be told from 0, nor all around it"),
        ("x^2 + 1", 3, "it came nearest to 0 at x = 0.0, where it is 1.0; start elsewhere, or give two ends"),
        ("x^2 + 1", (-1, 1), "no root of c was found between -1.0 and 1.0"),
        ("x^2 + 1e-40", 1, "it came nearest to 0 at x = "),
        ("x + x - nan", 1, "it is nan or infinite wherever it was looked at"),
        ("x if x*nan > 0 else 1", (1, 2), "the condition is nan|no root"),
        ("sqrt(x) == 1e200", 1, "no root"),
    ],
)
def test_what_is_no_root_is_told(text: str, where: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message) as caught:
        found(text, where)
    assert isinstance(caught.value, UnsolvedError) == ("condition" not in str(caught.value))


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(
    ("text", "start", "values", "slopes"),
    [
        ("x^2 == a", 1, {"a": 4.0}, {"a": 0.25}),
        ("a*x + b", 1, {"a": 2.0, "b": 3.0}, {"a": 0.75, "b": -0.5}),
        ("exp(k*x) == 8", 1, {"k": 2.0}, {"k": -math.log(8) / 4}),
        ("cbrt(x) - a", 1, {"a": 0.0}, {"a": 0.0}),
        ("x^2 - a", 1, {"a": 0.0}, {"a": math.inf}),  # sqrt(a) at 0
        ("x^2 + 0*a", 1, {"a": 0.0}, {"a": math.nan}),
    ],
)
def test_sensitivity(mode: Any, text: str, start: float, values: dict[str, float], slopes: dict[str, float]) -> None:
    result = found(text, start, mode, **values)
    assert result.gradient("x") == pytest.approx(slopes, rel=2**-52, nan_ok=True)
    assert any("multiple root" in note.message for note in result.notes) == (text.startswith("x^2") and not values["a"])


def test_keplers_equation_by_its_inputs() -> None:
    e, m = 0.3, 1.0
    result = found("E - e*sin(E) == M", 1, e=e, M=m)
    x = result["E"]
    assert result.derivative("E", "e") == pytest.approx(math.sin(x) / (1 - e * math.cos(x)), rel=1e-15)
    assert result.derivative("E", "M") == pytest.approx(1 / (1 - e * math.cos(x)), rel=1e-15)
    by_m = exprgrad.compile("E - e*sin(E) == M", wrt="M").solve("E", E=1, e=e, M=m)
    assert by_m.gradient("E") == {"M": result.derivative("E", "M")}
    assert not exprgrad.compile("E - e*sin(E) == M", max_order=0).solve("E", E=1, e=e, M=m).gradient("E")


# -- what follows ----------------------------------------------------------------------------------------------------

# Equations with results that follow, and the same results in terms of the inputs alone.
FOLLOWING: list[tuple[str, dict[str, Any], dict[str, float], str]] = [
    ("x^2 == a; y = 3*x", {"x": 1}, {"a": 2}, "y = 3*sqrt(a)"),
    ("y = x^2*b + a; x^2 == a", {"x": 1}, {"a": 2, "b": 3}, "y = a*b + a"),
    ("exp(x) == a; y = x + b; z = x*b", {"x": 1}, {"a": 5, "b": 0.5}, "y = log(a) + b; z = log(a)*b"),
    ("h + 1/h == s; pH = -log10(h)", {"h": 0.1}, {"s": 3}, "pH = -log10((s - sqrt(s^2 - 4))/2)"),
    ("x + y == s; x*y == p; d = y - x", {"x": 0, "y": 5}, {"s": 3, "p": 1.25}, "d = sqrt(s^2 - 4*p)"),
    ("x^3 == a; y = [x, x*b]", {"x": 1}, {"a": 3, "b": 2}, "y = [cbrt(a), cbrt(a)*b]"),
]


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(("text", "start", "values", "instead"), FOLLOWING, ids=lambda x: str(x))
def test_what_follows_is_a_function_of_the_inputs(
    mode: Any, text: str, start: dict[str, Any], values: dict[str, float], instead: str
) -> None:
    result = exprgrad.compile(text, mode).solve([*start], **start, **values)
    known = exprgrad.evaluate(instead, values)
    for name in known:
        assert result[name] == pytest.approx(known[name], rel=1e-14)
        slopes = known.gradient(name)
        assert result.gradient(name) == pytest.approx({x: slopes.get(x, 0.0) for x in values}, rel=1e-14, abs=1e-15)
    # The unknowns come first, and what is left of the equations last.
    left = [name for name in result if name not in start and name not in known]
    assert list(result) == [*start, *known, *left] and all([not result.gradient(name) for name in left])


def test_slopes_of_what_follows_are_rounded_once() -> None:
    result = found("x^2 == a; y = x^2*b", 1, a=2, b=3)
    assert result.gradient("y") == {"a": 3.0, "b": float(Fraction(result["x"]) ** 2)}


def test_of_arrays_what_follows_is_in_doubles() -> None:
    text = "A @ x == b; y = 2*x; z = sum(x)^2"
    result = exprgrad.compile(text, wrt="b").solve("x", x=[0, 0], A=[[2, 1], [1, 3]], b=[3, 4])
    assert result["y"].tolist() == [2.0, 2.0] and result["z"] == 4.0
    assert result.derivative("y", "b") == pytest.approx([0.8, 0.4], rel=1e-15)
    assert result.derivative("z", "b") == pytest.approx([1.6, 0.8], rel=1e-15)


@pytest.mark.parametrize(
    ("text", "fetched", "names"),
    [
        ("x^2 == a; y = 3*x; z = y", None, ["x", "z", "c"]),
        ("x^2 == a; y = 3*x; z = y", ["y"], ["y"]),
        ("x^2 == a; y = 3*x; z = y", ["x"], ["x"]),
        ("x^2 == a; y = 3*x; z = y", ["z", "c", "x"], ["z", "c", "x"]),
        ("x^2 == a; y = 3*x; z = y", ["c", "a"], ["x", "a", "c"]),
        ("x^2 == a; x", None, ["x", "c"]),
        # Without an equation all results are 0, or those that are fetched.
        ("x^2 - a", ["x"], ["x"]),
        ("u = x^2 - a; v = x", ["u"], ["x", "u"]),
        ("u = x^2 - a; v = x", ["u", "x"], ["u", "x"]),
    ],
)
def test_what_is_fetched_is_shown_and_equations_are_solved(text: str, fetched: Any, names: list[str]) -> None:
    result = exprgrad.compile(text, fetch_names=fetched).solve("x", a=2, x=1)
    assert list(result) == names
    found = {
        "x": 2**0.5,
        "y": 3 * 2**0.5,
        "z": 3 * 2**0.5,
        "a": 2.0,
        "c": 4.440892098500626e-16,
        "u": 4.440892098500626e-16,
    }
    slopes = {"x": 8**-0.5, "y": 3 * 8**-0.5, "z": 3 * 8**-0.5, "a": 1.0}
    assert result.values == pytest.approx({name: found[name] for name in names}, rel=1e-15)
    for name in names:
        assert result.gradient(name) == pytest.approx({"a": slopes[name]} if name in slopes else {}, rel=1e-15)


def test_where_a_root_is_multiple_what_follows_moves_with_it() -> None:
    result = found("x^2 == a; y = 3 - 2*x; z = a*x", 1, a=0)
    assert result.derivative("y", "a") == -math.inf and math.isnan(result.derivative("z", "a"))


# -- several --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_a_system(mode: Any) -> None:
    f = exprgrad.compile("x + y == s; x*y == p", mode)
    result = f.solve(["x", "y"], x=0, y=5, s=3, p=2)
    assert (result["x"], result["y"], result["c"], result["c1"]) == (1.0, 2.0, 0.0, 0.0)
    assert result.gradient("x") == {"s": -1.0, "p": 1.0} and result.gradient("y") == {"s": 2.0, "p": -1.0}


def test_the_digits_of_a_system_do_not_depend_on_the_way() -> None:
    f = exprgrad.compile("x^2 + y^2 == 4; exp(x) + y == 1")
    answers = {
        tuple(f.solve(["x", "y"], x=x, y=y).values.items()) for x, y in [(1, -2), (1.2, -1.5), (0.9, -3), (2, -2)]
    }
    assert len(answers) == 1
    (((_, x), (_, y), *_),) = answers
    exact = mp.findroot(lambda x, y: (x * x + y * y - 4, mp.exp(x) + y - 1), (1, -1.7))
    assert (x, y) == (float(exact[0]), float(exact[1]))


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_arrays(mode: Any) -> None:
    A, b = [[2.0, 1], [1, 3]], [3.0, 4]
    result = exprgrad.compile("A @ x == b", mode, wrt="b").solve("x", x=[0, 0], A=A, b=b)
    assert result["x"].tolist() == [1.0, 1.0] and result["c"].tolist() == [0.0, 0.0]
    # Of the sum of the elements, as everywhere: the sums of the columns of the inverse.
    assert result.derivative("x", "b").tolist() == pytest.approx([0.4, 0.2], rel=1e-15)
    # By data, which is many, only where it is named.
    assert not exprgrad.compile("A @ x == b", mode).solve("x", x=[0, 0], A=A, b=b).gradient("x")
    one = exprgrad.compile("sum(exp(-k*[1, 2, 3])) == 1", mode).solve("k", k=1)
    assert one["k"] == pytest.approx(0.6093778634360062, rel=1e-15)


@pytest.mark.parametrize("text", ["x^2 + y^2 + 1; x - y", "x*y == 1; x*y == 2", "log(x) - y; x + 1 + 0*y"])
def test_a_system_without_a_solution(text: str) -> None:
    with pytest.raises(UnsolvedError, match="no values of x and y were found for which"):
        exprgrad.compile(text).solve(["x", "y"], x=1, y=2)


@pytest.mark.parametrize("text", ["exp(x) == 1; y^2 == 2", "exp(x)*y == y; y^2 == 2 + x", "y*x + x == 0; y == sqrt(2)"])
def test_a_root_of_a_system_at_0_is_0(text: str) -> None:
    result = exprgrad.compile(text).solve(["x", "y"], x=0.3, y=1)
    assert (result["x"], result["y"]) == (0.0, math.sqrt(2))


def test_equations_that_depend_on_each_other() -> None:
    result = exprgrad.compile("x*y == a; x*y == 1").solve(["x", "y"], x=1, y=1, a=1)
    assert math.isnan(result.derivative("x", "a")) and "singular there: a multiple root" in result.notes[0].message


@pytest.mark.parametrize(
    ("text", "root", "left"),
    [
        ("e = x^2 == 4", 2, "e"),
        ("y = 3*x; e = x^2 == 4; z = y", 2, "e"),
        ("e = x == 3; e = x^2 == 4 + 5*e", 2, "e"),  # the first one is read
        ("n = 3; n = x*(n == 3) == 2", 2, "n"),
    ],
)
def test_an_equation_may_have_a_name(text: str, root: float, left: str) -> None:
    result = found(text, 1)
    assert result["x"] == root and result[left] == 0.0


def test_a_comparison_within_an_expression_or_that_is_read_stays_one() -> None:
    assert found("n = 3; x*(n == 3) == 2", 1)["x"] == 2.0
    assert found("n = a == 2; x == 2*n", 1, a=2)["x"] == 2.0
    assert exprgrad.evaluate("x == 2", x=2)["c"] == 1.0
    assert exprgrad.evaluate("e = x == 2", x=2)["e"] == 1.0


def test_several_signs_of_equality_are_an_error() -> None:
    with pytest.raises(exprgrad.UsageError, match="c is a comparison, 0 or 1") as error:
        exprgrad.compile("x == y == 3; x == 3; x == y").solve(["x", "y"], x=1, y=2)
    assert error.value.hint == "write each equation by itself, as in x == y; y == 3"


f = exprgrad.compile("a*x + b")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: f.solve("z", a=1, b=2, x=1), "no input z to be solved for"),
        (lambda: f.solve("x", a=1, b=2, x=(0, 2)), r"x starts from a pair of numbers, \(0, 2\)"),
        (lambda: f.solve([], a=1, b=2, x=1), "there is nothing to be solved for"),
        (lambda: f.solve(5, a=1, b=2, x=1), "the unknowns is a list of names, found 5"),
        (lambda: f.solve(["x", "x"], a=1, b=2, x=1), "x is to be solved for twice"),
        (lambda: f.solve(["x", "a"], a=1, b=2, x=1), "1 equation, c, for 2 unknowns, x and a"),
        (lambda: f.solve("x", a=1, b=2), "no value for x to start from"),
        (lambda: f.solve("x", a=1, x=2), "no value for b"),
        (lambda: f.solve("x", a=1, b=1, x=math.inf), "the start of x is not finite"),
        (lambda: f.solve("x", a=1, b=1, x=[]), "the start of x has no elements"),
        (lambda: f.solve({"x": (0, 2)}, a=1, b=1, x=1), "x has two ends and a value to start from"),
        (lambda: f.solve({"x": (2, 0)}, a=1, b=1), "the ends of x are finite, the lower one first"),
        (lambda: f.solve({"x": (0, math.inf)}, a=1, b=1), "the ends of x are finite"),
        (lambda: f.solve({"x": (5,)}, a=1, b=1), "the ends of x are two numbers, found"),
        (lambda: f.solve({"x": 5}, a=1, b=1, x=1), "x has two values to start from"),
        (lambda: f.solve({}, a=1, b=1, x=1), "there is nothing to be solved for"),
        (lambda: f.solve({"x": (0, 1), "a": (0, 1)}, b=1), "two ends are for one unknown, found x and a"),
        (lambda: exprgrad.compile("x").solve("x", x=1), r"no result beside x\n  write an equation, as in x\^2 == 2"),
        (lambda: exprgrad.compile("y = x; x == 1; x == 2").solve("x", x=1), "2 equations, c and c1, for 1 unknown, x"),
        (lambda: exprgrad.compile("a*x", wrt="x").solve("x", x=1, a=1), "x is solved for, so nothing"),
        (
            lambda: exprgrad.compile("a*x", max_order=2).solve("x", x=1, a=1),
            "derivatives above the first order and what is solved for exclude",
        ),
        (
            lambda: exprgrad.compile("a*x", full_jacobian=True).solve("x", x=1, a=1),
            "a jacobian and what is solved for exclude",
        ),
        (
            lambda: exprgrad.compile("a*x", along_direction={"a": 1}).solve("x", x=1, a=1),
            "a direction and what is solved for exclude",
        ),
        (lambda: exprgrad.compile("a*x", weight_by=2).solve("x", x=1, a=1), "weights and what is solved for exclude"),
    ],
)
def test_what_is_wrong_is_told(call: Any, message: str) -> None:
    with pytest.raises(ExprError, match=message) as caught:
        call()
    assert not isinstance(caught.value, UnsolvedError)


def test_a_missing_scipy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy", None)
    for ask in (f.solve, f.minimize, f.maximize):
        with pytest.raises(
            exprgrad.UsageError, match=r'solving and minimizing need scipy\n  pip install "exprgrad\[solve\]"'
        ):
            ask("x", a=1, b=2, x=1)


def test_starts_may_stand_beside_the_unknowns() -> None:
    f = exprgrad.compile("x + y == a; x*y == 2")
    assert f.solve({"x": 0.5, "y": 3}, a=3) == f.solve(["x", "y"], a=3, x=0.5, y=3)
    assert exprgrad.compile("v*v == a").solve({"v": [1, 1]}, a=[4, 9])["v"].tolist() == [2, 3]
    g = exprgrad.compile("(x - a)^2 + 1")
    assert g.minimize({"x": 0}, a=3) == g.minimize("x", x=0, a=3)
    assert exprgrad.compile("-(x - a)^2").maximize({"x": 0}, a=3)["x"] == 3
