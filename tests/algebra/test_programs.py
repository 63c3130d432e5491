"""Formulas of whole programs: that their text, run, gives the derivatives, and what is refused."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import exprgrad
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from tests.programs import Maker
from tests.targets.test_numbers import call

OPERATIONS = [op for op in REGISTRY.functions() if op.name not in ("equal", "not_equal")]


@pytest.mark.parametrize("op", OPERATIONS, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_has_a_formula(op: Op) -> None:
    """To order 2, whose operations only derivatives use."""
    names = ["x", "y", "z"][: len(op.operand_names)]
    numbers = random.Random(op.name)
    text = f"c = {call(op, names)}"
    inputs = exprgrad.compile(text).inputs
    domain = op.domain[-len(inputs) :]
    at = {name: numbers.uniform(*interval) for name, interval in zip(inputs, domain, strict=False)}
    for found, wanted in derivatives(text, at, 2, True):
        assert math.isnan(wanted) or math.isclose(found, wanted, rel_tol=1e-8, abs_tol=1e-12), (text, at, found, wanted)


FOUND: list[tuple[str, dict[str, float]]] = [
    # An input that is computed anew.
    ("k = f(x); f(t) = t^3; x = exp(x); c = x*k", {"x": 2}),
    ("x = 2*x; c = x^2", {"x": 3}),
    ("a = a^2", {"a": 3}),
    ("o = x; x = 2*x; p = o + 1", {"x": 3}),
    ("u = 2*x; x = u + y; v = u", {"x": 1, "y": 5}),
    # Roots of powers with a name in the exponent.
    ("sqrt(x^(2*n))", {"x": 2, "n": 1}),
    ("(x^y)^0.3", {"x": 2, "y": 1.5}),
    # Constants whose names are the program's.
    ("pi = 2*x; c = degrees(pi)", {"x": 3}),
    ("pi = x*y; c = erf(pi)", {"x": 1, "y": 1}),
    # What is not defined where a condition leaves it out.
    ("u = sqrt(x); c = sin(u)*y if x > 0 else y", {"x": -1, "y": 2}),
    ("r = x^n; c = log(1 + r)*r if x > 0 else 0", {"x": -0.5, "n": 0.5}),
    ("r = asin(x); c = sin(r*y) if abs(x) < 1 else 0", {"x": 2, "y": 1}),
    # Absolute values, signs, and conditions that are known.
    ("cos(abs(x))", {"x": 0}),
    ("sqrt((x*y)^2)", {"x": -1.5, "y": 2}),
    ("abs(x)/x^2 + x*abs(x) + sqrt(x^2*y)", {"x": -2, "y": 2}),
    ("heaviside(1/3, x) + (1 if 1 >= 0.5 else x)*x", {"x": 2}),
    ("(x*y)^1e20", {"x": 0.5, "y": 1}),
    # What has a name on the way, and powers of it.
    ("r = sqrt(x^2 + y^2); V = x/r + r^3", {"x": 1.5, "y": -2}),
    ("s = (x + y)^3; c = log(s)*(x + y)", {"x": 1.5, "y": 2}),
    # Names on the way.
    ("u = a*b; v = u + a; c = sin(u)*v/u; d = u*v", {"a": 1.5, "b": -0.5}),
    ("p = sigmoid(w*x + b); L = -(y*log(p) + (1 - y)*log(1 - p))", {"w": 1, "x": 2, "b": 0.1, "y": 1}),
    ("p = 1/(1 + exp(-(w*x + b))); L = -(y*log(p) + (1 - y)*log(1 - p))", {"w": 1, "x": 2, "b": 0.1, "y": 1}),
    ("p = 1/(1 + 2^(x*y)); c = p^2 + 2^(2*x*y)", {"x": 1.5, "y": -0.5}),
    ("r = hypot(x, y); t = atan2(y, x); r2 = sqrt(x^2 + r)", {"x": 1.5, "y": -2}),
    ("if x > 0 { r = sqrt(x^2 + y) } else { r = hypot(x, y) }; c = r*x", {"x": 1.5, "y": 2}),
    ("f(x) = x^2; c = f(f(a)) + diff(f(a)*b, a)", {"a": 1.5, "b": 2}),
    ("if x > 0 { u = x^2 } else { u = -x }; c = u*y", {"x": -1.5, "y": 2}),
]


def derivatives(text: str, at: dict[str, float], order: int, inline: bool) -> list[tuple[float, float]]:
    """What a formula's text gives beside what the program gives."""
    f = exprgrad.compile(text, max_order=order)
    equations = f.equations(inline=inline)
    g = exprgrad.compile(f.formula(inline=inline), max_order=0)
    found = g.run({name: x for name, x in at.items() if name in g.inputs}, notes=False)
    result = f.run(at, notes=False)
    pairs = []
    for x in equations:
        if x.by:
            wanted = next(
                d.value for o in result.outcomes if o.name == x.name for d in o.derivatives if d.with_respect_to == x.by
            )
            pairs.append((found[x.left.replace("/", "_")], wanted))
    return pairs


@pytest.mark.parametrize("inline", [False, True])
@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize(("text", "at"), FOUND)
def test_found(text: str, at: dict[str, float], order: int, inline: bool) -> None:
    if (text, order) == ("cos(abs(x))", 2):
        at = {"x": 0.5}
    for found, wanted in derivatives(text, at, order, inline):
        assert math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12), (text, found, wanted)


def test_a_logistic_function_that_is_written_out() -> None:
    for p in ("sigmoid(w*x + b)", "1/(1 + exp(-(w*x + b)))"):
        f = exprgrad.compile(f"p = {p}; L = -(y*log(p) + (1 - y)*log(1 - p))", wrt=["w", "b"], max_order=2)
        found = [line.partition(" = ")[2] for line in f.formula().splitlines()[2:]]
        assert found[:4] == ["x*(p - y)", "p - y", "p*x^2*(1 - p)", "p*x*(1 - p)"]
        assert found[4] in ("p*(1 - p)", "p - p^2")  # of one length


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_random_programs(seed: int) -> None:
    text = Maker(seed, smooth=True).program()
    at = {"x": 0.75, "y": -1.25}
    try:
        exprgrad.compile(text).formula()
    except exprgrad.UnsupportedError:
        return
    pairs = derivatives(text, at, 1, seed % 2 == 0)
    for found, wanted in pairs:
        if math.isfinite(found) and math.isfinite(wanted):
            assert math.isclose(found, wanted, rel_tol=1e-8, abs_tol=1e-9), (text, found, wanted)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("c = a*dc_da^2", {}, "two equations would be called dc_da"),
        ("x*xdy*ydz*z", {"max_order": 2}, "two equations would be called d2c_dxdydz"),
        ("inf = x; c = inf*y + max(x, 1e400)", {}, "calls something inf or nan"),
        ("z = x; while z > 1 { z = z/2 }; c = z", {}, "a loop has no formula"),
    ],
)
def test_what_is_refused(text: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message):
        exprgrad.compile(text, **options).formula()


HUGE = ["4^(1e15+0.5)*x", "(9*x)^123456789.5", "9^1234567.5*x", "1e300*1e300*x", "(x+1e308)^2"]


@pytest.mark.parametrize("text", HUGE)
def test_numbers_beyond_all_bounds(text: str) -> None:
    assert exprgrad.compile(text).formula().count("\n") == 2


def test_the_order_and_names_of_what_is_repeated() -> None:
    f = exprgrad.compile("c = sin(t1)*exp(sin(x)^2 + x)^2/(exp(sin(x)^2 + x) + sqrt(exp(sin(x)^2 + x)))", wrt=["x"])
    names = [x.name for x in f.equations()]
    assert names[0] == "c" and names[-1] == "c" and "t1" not in names and "t2" in names


# What is printed of programs, after their own statements.
READ = {
    # Constants keep their names.
    "pi*x": ["dc/dx = pi"],
    "T = 2*pi*sqrt(l/g)": ["dT/dl = pi/(g*sqrt(l/g))", "dT/dg = -pi*sqrt(l/g)/g"],
    "c = cos(tau*x)": ["dc/dx = -tau*sin(tau*x)"],
    # So do those of the program.
    "r = sqrt(x^2 + y^2); V = q/r": ["dV/dx = -q*x/r^3", "dV/dy = -q*y/r^3", "dV/dq = 1/r"],
    "k = cbrt(x); c = 1/k": ["dc/dx = -1/(3*k^4)"],
    # A result too, if it is a root that was given a name, and one of what is computed.
    "r = hypot(x, y); t = atan2(y, x)": ["dr/dx = x/r", "dr/dy = y/r", "dt/dx = -y/r^2", "dt/dy = x/r^2"],
    "r = (x^2 + y^2)^1.5": ["dr/dx = 3*x*sqrt(x^2 + y^2)", "dr/dy = 3*y*sqrt(x^2 + y^2)"],
    "r = sqrt(x)": ["dr/dx = 1/(2*sqrt(x))"],
    "sqrt(x^2 + 1)": ["dc/dx = x/sqrt(x^2 + 1)"],
    "T = a/p": ["dT/da = 1/p", "dT/dp = -a/p^2"],
    # Infinities stay, and what is no number anywhere is none.
    "c = x*inf": ["dc/dx = inf"],
    "c = 0/0*x": ["dc/dx = nan"],
    "c = x*abs(x)": ["dc/dx = 2*abs(x)"],
    # Decimals of many digits are no whole numbers times a small one, but may be multiples of each other.
    "c = sin(0.5772156649015329*x)*exp(0.915965594177219*x)": [
        "dc/dx = (0.915965594177219*sin(0.5772156649015329*x) + 0.5772156649015329*cos(0.5772156649015329*x))"
        "*exp(0.915965594177219*x)"
    ],
    "c = x*(0.5772156649015329*y^2 + 1.7316469947045987*y)": [
        "dc/dx = 0.5772156649015329*y*(y + 3)",
        "dc/dy = 0.5772156649015329*x*(2*y + 3)",
    ],
    # Sums keep the sign that they have in the program.
    "y = c/(1 - x)": ["dy/dc = 1/(1 - x)", "dy/dx = c/(1 - x)^2"],
    "c = exp(x)/(y - x)^2": ["dc/dx = (y - x + 2)*exp(x)/(y - x)^3", "dc/dy = 2*exp(x)/(x - y)^3"],
    # Of a whole number and its root there is one.
    "c = 6/sqrt(3)*x": ["dc/dx = 2*sqrt(3)"],
    "c = x*sqrt(3)/3 + y*sqrt(5)/3": ["dc/dx = 1/sqrt(3)", "dc/dy = sqrt(5)/3"],
    "c = 0.5*sqrt(2)*x": ["dc/dx = 0.5*sqrt(2)"],
    # Sines and cosines of the double argument, within products too.
    "c = a*(cos(t) - sin(t))^2": ["dc/da = (cos(t) - sin(t))^2", "dc/dt = -2*a*cos(2*t)"],
    # Roots of a number and a constant join.
    "erf(x/sqrt(2))/2": ["dc/dx = exp(-x^2/2)/sqrt(2*pi)"],
    "c = x*sqrt(3)*sqrt(pi)*sqrt(y)": ["dc/dx = sqrt(3*pi)*sqrt(y)", "dc/dy = sqrt(3*pi)*x/(2*sqrt(y))"],
}


@pytest.mark.parametrize("text", READ)
def test_derivatives_speak_of_names(text: str) -> None:
    lines = exprgrad.compile(text).formula().splitlines()
    assert lines[len(text.split(";")) :] == READ[text]


@pytest.mark.parametrize("text", ["r = sqrt(x^2 + y^2)", "r = hypot(x, y)", "r = (x^2 + y^2)^0.5"])
def test_second_derivatives_speak_of_a_root(text: str) -> None:
    lines = exprgrad.compile(text, max_order=2).formula().splitlines()
    first = ["dr/dx = x/r", "dr/dy = y/r"]
    assert lines[1:] == [*first, "d2r/dx2 = y^2/r^3", "d2r/dxdy = -x*y/r^3", "d2r/dy2 = x^2/r^3"]
    assert "r^" not in exprgrad.compile(text, max_order=2).formula(inline=True)


def test_inputs_that_are_computed_from_each_other() -> None:
    with pytest.raises(exprgrad.UnsupportedError, match="x and y are computed anew from each other"):
        exprgrad.compile("t = x; x = y; y = t").formula()


DIFFERENTIATED = {
    "x = r*cos(t); y = r*sin(t); J = diff(x, r)*diff(y, t) - diff(x, t)*diff(y, r)": "J = r",
    "psi = sqrt(2/L)*sin(n*pi*x/L); k = -diff(psi, x, 2)/psi": "k = pi^2*n^2/L^2",
    "legendre = diff((x^2 - 1)^4, x, 4)/(2^4*24)": "legendre = (35*x^4 - 30*x^2 + 3)/8",
    "c = (x + 1)*diff(x^2, x)*1": "c = 2*x*(x + 1)",
    "c = diff(x^3*y, x)": "c = 3*x^2*y",
}


@pytest.mark.parametrize("text", DIFFERENTIATED)
def test_values_with_derivatives_are_short(text: str) -> None:
    assert exprgrad.compile(text, max_order=0).formula().splitlines()[-1] == DIFFERENTIATED[text]
