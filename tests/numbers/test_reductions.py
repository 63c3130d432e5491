"""Sums and what is made of them are rounded once: against fractions and mpmath, whatever the order of the elements."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf

import exprgrad
from exprgrad.numbers import reductions, slopes
from exprgrad.numbers.rounded import FLOAT64, narrowed
from exprgrad.ops import elementary

Numbers = list[float]


def vectors(seed: int) -> list[Numbers]:
    """Elements that cancel, are equal, near to each other, many, or of very different sizes."""
    chance = random.Random(seed)

    def spread(bits: int, size: int) -> Numbers:
        return [math.ldexp(chance.uniform(-1, 1), chance.randint(-bits, bits)) for _ in range(size)]

    large = spread(60, 5)
    return [
        [1e16, 1.0, -1e16],
        [chance.uniform(-5, 5)] * chance.randint(1, 12),
        [chance.uniform(1, 2) + i * 2.0**-50 for i in range(7)],
        [*large, chance.uniform(-1, 1), *[-x for x in large]],
        spread(900, 6),
        spread(3, 600),
        [*spread(40, 500), 0.0, -0.0],
    ]


def exact(xs: Sequence[float]) -> list[Fraction]:
    return list(map(Fraction, xs))


def root(x: Fraction) -> float:
    with mp.workprec(3000):
        return float(mpmath.sqrt(mpf(x.numerator) / x.denominator))


def variance(xs: Sequence[float]) -> Fraction:
    middle = sum(exact(xs)) / len(xs)
    return sum(((x - middle) ** 2 for x in exact(xs)), Fraction(0)) / len(xs)


REFERENCES: dict[str, Callable[[Sequence[float]], float]] = {
    "sum(x)": lambda xs: float(sum(exact(xs))),
    "mean(x)": lambda xs: float(sum(exact(xs)) / len(xs)),
    "dot(x, x)": lambda xs: float(sum(x * x for x in exact(xs))),
    "x @ x": lambda xs: float(sum(x * x for x in exact(xs))),
    "norm(x)": lambda xs: root(sum((x * x for x in exact(xs)), Fraction(0))),
    "var(x)": lambda xs: float(variance(xs)),
    "std(x)": lambda xs: root(variance(xs)),
}


def value(text: str, mode: str = "static", **values: Any) -> Any:
    return exprgrad.compile(text, mode, max_order=0)(**values).outcomes[0].value


@pytest.mark.parametrize("text", REFERENCES)
@pytest.mark.parametrize("seed", range(2))
def test_the_nearest_double(text: str, seed: int) -> None:
    for xs in vectors(seed):
        try:
            expected = REFERENCES[text](xs)
        except OverflowError:
            expected = math.inf
        shuffled = random.Random(seed).sample(xs, len(xs))
        assert value(text, x=xs) == value(text, "dynamic", x=shuffled) == expected


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_along_axes(mode: str) -> None:
    x = [[1e16, 1.0, -1e16], [1.0, 2.0, 3.0]]
    assert value("sum(x, axis=1)", mode, x=x).tolist() == [1.0, 6.0]
    assert value("mean(x.T, axis=0)", mode, x=x).tolist() == [1 / 3, 2.0]
    assert value("var(x, axis=1)", mode, x=[[0.1] * 3, [1.0, 2.0, 3.0]]).tolist() == [0.0, 2 / 3]
    assert value("x @ [1, 1, 1]", mode, x=x).tolist() == [1.0, 6.0]
    assert value("cumsum(x, axis=1)", mode, x=x).tolist() == [[1e16, 1e16, 1.0], [1.0, 3.0, 6.0]]


def test_special_elements() -> None:
    inf, nan = math.inf, math.nan
    assert math.isnan(value("sum(x)", x=[inf, -inf]))
    assert value("mean(x)", x=[inf, 1.0]) == inf
    assert math.isnan(value("dot(x, [0, 1])", x=[inf, 1.0]))
    assert math.isnan(value("norm(x)", x=[nan, 1.0]))
    assert math.copysign(1, value("sum(x)", x=[-0.0, -0.0])) == -1
    assert value("sum(x)", x=[]) == 0.0


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize("text", ["var(x)", "std(x)"])
def test_equal_elements(text: str, mode: str) -> None:
    found = exprgrad.compile(text, mode, max_order=1)(x=[0.1] * 10).outcomes[0]
    assert found.value == 0.0
    assert found.derivatives[0].value.tolist() == [0.0] * 10


def test_gradient_of_the_variance() -> None:
    for xs in vectors(7)[2:4]:
        middle = sum(exact(xs)) / len(xs)
        found = exprgrad.compile("var(x)", max_order=1)(x=xs).outcomes[0].derivatives[0].value
        for g, x in zip(found.tolist(), exact(xs), strict=True):
            assert abs(Fraction(g) - 2 * (x - middle) / len(xs)) <= 2 * abs(Fraction(math.ulp(g)))


def gradient(function: Callable[..., Any], xs: Sequence[float], directions: Sequence[Sequence[float]]) -> Numbers:
    """By mpmath's differences of a function of many, along one variable for each direction and each element."""
    found = []
    with mp.workprec(2000):
        for i in range(len(xs)):
            unit = [float(i == j) for j in range(len(xs))]
            along = [*directions, unit]

            def moved(*steps: Any, along: Any = along) -> Any:
                return function(
                    [
                        x + mpmath.fsum(s * mpf(d[k]) for s, d in zip(steps, along, strict=True))
                        for k, x in enumerate(map(mpf, xs))
                    ]
                )

            orders = (1,) * len(along)
            at = (0,) * len(along)
            h = mpf(2) ** -300
            found.append(
                float(mpmath.diff(moved, at, orders, h=h) if len(along) > 1 else mpmath.diff(moved, 0, 1, h=h))
            )
    return found


def rounded(xs: Sequence[float]) -> list[Any]:
    return list(map(FLOAT64.number, xs))


FAMILIES = {
    "norm_slope": lambda xs: mpmath.sqrt(mpmath.fsum(x * x for x in xs)),
    "softmax": lambda xs: mpmath.log(mpmath.fsum(map(mpmath.exp, xs))),
}


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", FAMILIES)
def test_slopes(name: str, order: int) -> None:
    chance = random.Random(order)
    for xs in ([1.0, -2.5, 0.3], [1e8, 1.0, 1e-8], [-40.0, 0.0, -1e-3], [chance.gauss(0, 2) for _ in range(4)]):
        directions = [[chance.gauss(0, 1) for _ in xs] for _ in range(order)]
        found = getattr(slopes, name)(rounded(xs), *map(rounded, directions))
        for got, expected in zip(map(float, found), gradient(FAMILIES[name], xs, directions), strict=True):
            assert abs(got - expected) <= abs(math.ulp(expected))


@pytest.mark.parametrize(
    "xs",
    [
        [-1.3862943611198906, -0.2876820724517809],
        [-1.5, -0.252482459925454, -25.0],
        [-40.0, -1e-17],
        [3.0, 3.0, -800.0],
    ],
)
def test_logsumexp_near_zero(xs: Numbers) -> None:
    with mp.workprec(600):
        expected = float(mpmath.log(mpmath.fsum(map(mpmath.exp, map(mpf, xs)))))
    assert value("logsumexp(x)", x=xs) == value("logsumexp(x)", "dynamic", x=xs[::-1]) == expected


def test_limits_at_infinity() -> None:
    inf = math.inf
    found = exprgrad.compile("logsumexp(x)", max_order=2)(x=[inf, 1.0]).outcomes[0]
    assert found.value == inf
    assert found.derivatives[0].value.tolist() == [1.0, 0.0]
    assert found.derivatives[1].value.tolist() == [[0.0, 0.0], [0.0, 0.0]]
    found = exprgrad.compile("norm(x)", max_order=1)(x=[-inf, 1.0]).outcomes[0]
    assert found.value == inf
    assert found.derivatives[0].value.tolist() == [-1.0, 0.0]
    assert value("softmax(x)", x=[-inf, 1.0]).tolist() == [0.0, 1.0]


def test_a_share_near_one() -> None:
    """p*(1 - p), where 1 - p is what the others have."""
    found = value("hessian(logsumexp(x), x)", x=[0.0, -40.0])
    with mp.workprec(600):
        p = 1 / (1 + mpmath.exp(-40))
        expected = float(p * (1 - p))
    assert found.tolist() == [[expected, -expected], [-expected, expected]]


# -- what is rounded twice if it is not looked for -----------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_subnormal_results(seed: int) -> None:
    chance = random.Random(seed)

    def small(least: int, most: int) -> float:
        few = chance.choice([2**8, 2**52])
        return math.ldexp(1 + chance.randrange(few) / few, chance.randint(least, most)) * chance.choice([1, -1])

    for _ in range(300):
        x, y = small(-545, -520), small(-545, -520)
        assert value("x*y", x=x, y=y) == float(Fraction(x) * Fraction(y))
        x, y = small(-1060, -1010), small(-4, 20)
        assert narrowed(FLOAT64.div(*rounded([x, y])), 53) == float(Fraction(x) / Fraction(y))
        xs = [small(-1060, -1040) for _ in range(3)]
        assert narrowed(reductions.mean(rounded(xs)), 53) == float(sum(exact(xs)) / 3)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_subnormal_results_of_what_rounds_nothing(mode: str) -> None:
    """What is negated, or times a cotangent of 1, is as near to the exact one as before."""
    chance = random.Random(5)
    f = exprgrad.compile("a = -(1/x); b = abs(-1/x); c = 1/x*-1; d = +(1/x); e = log(x); g = -log(x)", mode)
    for _ in range(300):
        x = chance.uniform(0.6, 1.79) * 1e308
        exact = 1 / Fraction(x)
        found = f(x=x)
        for name, factor in {"a": -1, "b": 1, "c": -1, "d": 1}.items():
            assert found[name] == float(factor * exact)
        assert found.derivative("e", "x") == float(exact) and found.derivative("g", "x") == float(-exact)


def test_an_exact_product_of_what_was_rounded() -> None:
    """Of two that were rounded to different sides nothing is known."""
    number, least = FLOAT64.number, FLOAT64.context.mul_2exp(FLOAT64.one, -1060)
    hardly_one = FLOAT64.add(FLOAT64.one, number(2.0**-100))
    below, above = (FLOAT64.div(least, number(n)) for n in (3, 5))
    assert (hardly_one.rc, below.rc, above.rc) == (-1, -1, 1)
    for turned, side in ((FLOAT64.pos, -1), (FLOAT64.neg, 1)):
        others = [turned(y) for y in (below, above, least)]
        assert [FLOAT64.mul(hardly_one, y).rc for y in others] == [side, 0, side]
        assert [FLOAT64.mul(y, hardly_one).rc for y in others] == [side, 0, side]


# -- closed forms ----------------------------------------------------------------------------------------------

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    **{name: getattr(mpmath, name) for name in ("tan", "cot", "sec", "csc", "tanh", "coth", "sech", "csch", "sqrt")},
    **{name: getattr(mpmath, name) for name in ("asin", "asinh", "acosh", "atanh", "log1p")},
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "exp2": lambda x: mpf(2) ** x,
}
NEAR_ONE = ("asin", "atanh", "tanh", "tan", "log1p", "sech", "cot", "csc", "coth", "csch", "sec", "asinh")


@pytest.mark.slow
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_are_the_nearest_doubles(name: str) -> None:
    chance = random.Random(name)
    points = [chance.uniform(1.1, 4.0) for _ in range(3)] if name not in ("asin", "atanh") else []
    if name in NEAR_ONE:
        points += [chance.uniform(0.01, 0.99) for _ in range(3)] + [2.0**-30, 1 - 2.0**-40]
    for n in (1, 2, 3, 6):
        kernel = elementary.slope(name, n).float64
        for x in points:
            with mp.workprec(3000):
                expected = float(mpmath.diff(FUNCTIONS[name], mpf(x), n, h=mpf(2) ** -250))
            assert float(kernel(FLOAT64.number(x))) == expected


# -- growth -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize("text", ["log(1 + x)", "sqrt(1 + x^2)", "tanh(x)", "x/(2 + sin(x))"])
def test_order_fourteen(text: str, mode: str) -> None:
    with mp.workprec(600):
        names = {name: getattr(mpmath, name) for name in ("log", "sqrt", "tanh", "sin", "exp")}
        function: Any = eval(f"lambda x: {text.replace('^', '**')}", names)
        expected = float(mpmath.diff(function, mpf("0.5"), 14))
    nested = text
    for _ in range(14):
        nested = f"diff({nested}, x)"
    all_orders = exprgrad.compile(text, mode, max_order=14)(x=0.5).outcomes[0].derivatives
    for found in (value(f"diff({text}, x, 14)", mode, x=0.5), value(nested, mode, x=0.5), all_orders[-1].value):
        assert found == pytest.approx(expected, rel=1e-12)
