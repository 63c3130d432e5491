"""Every function of arrays gives the double nearest to the exact result of its operands: against fractions, and mpmath
with many digits, at operands of all sizes, that cancel, are near to each other or nearly singular.

A function that is composed of operations, each of which rounds, is found here."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mp, mpf

import exprgrad
from exprgrad.ops.functions import FUNCTIONS

MODES = ("static", "dynamic")
SEEDS = 12
Vector = list[Fraction]
Matrix = list[Vector]


def element(chance: random.Random, kind: int) -> float:
    """A number: of the size of 1, of any size, near to 1, or with few bits."""
    sign = chance.choice([1, -1])
    if kind == 0:
        return chance.uniform(-2, 2)
    if kind == 1:
        return sign * math.ldexp(chance.uniform(1, 2), chance.randint(-60, 60))
    if kind == 2:
        return sign * (1 + chance.randint(-64, 64) * 2.0**-50)
    return sign * chance.randint(0, 9) / 4


def vector(chance: random.Random, n: int) -> list[float]:
    """Elements of one kind, of which some may cancel."""
    kind = chance.randrange(4)
    found = [element(chance, kind) for _ in range(n)]
    if chance.random() < 0.4:
        i, j = chance.sample(range(n), 2)
        found[i] = -found[j] * (1 + chance.choice([0, 2.0**-52, -(2.0**-40)]))
    return found


def matrix(chance: random.Random, rows: int, columns: int) -> list[list[float]]:
    """Some are nearly singular: one row nearly follows from another, or it is the identity but for a little."""
    found = [vector(chance, columns) for _ in range(rows)]
    kind = chance.random()
    if kind < 0.3:
        found[-1] = [x * 1.5 + chance.uniform(-1, 1) * 2.0 ** chance.randint(-60, -20) for x in found[0]]
    elif kind < 0.6:
        tiny = 2.0 ** chance.randint(-60, -10)
        found = [[float(i == j) + tiny * chance.uniform(-1, 1) for j in range(columns)] for i in range(rows)]
    return found


def exact(x: Any) -> Any:
    """Numbers, in lists, as fractions."""
    return list(map(exact, x)) if isinstance(x, list) else Fraction(x)


def nearest(x: Any) -> Any:
    """Exact numbers, in lists, or mpmath's, as the nearest doubles."""
    return list(map(nearest, x)) if isinstance(x, list) else float(x)


def real(x: Fraction) -> Any:
    return mpf(x.numerator) / x.denominator


def columns(a: Matrix) -> Matrix:
    return [list(column) for column in zip(*a, strict=True)]


def eliminated(a: Matrix, b: Matrix) -> tuple[Fraction, Matrix]:
    """The determinant of a matrix, and x with a @ x = b, nothing where that is 0."""
    rows = [[*left, *right] for left, right in zip(a, b, strict=True)]
    n, found = len(a), Fraction(1)
    for k in range(n):
        pivot = next((i for i in range(k, n) if rows[i][k]), None)
        if pivot is None:
            return Fraction(0), []
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            found = -found
        found *= rows[k][k]
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    return found, [row[n:] for row in rows]


def eye(n: int) -> Matrix:
    return [[Fraction(i == j) for j in range(n)] for i in range(n)]


def determinant(a: Matrix) -> Fraction:
    return eliminated(a, eye(len(a)))[0]


def logdet(a: Matrix) -> Any:
    found = determinant(a)
    return math.nan if found < 0 else -math.inf if found == 0 else mpmath.log(real(found))


def inverse(a: Matrix) -> Any:
    return eliminated(a, eye(len(a)))[1] or None


def solution(a: Matrix, b: Vector) -> Any:
    found = eliminated(a, [[x] for x in b])[1]
    return [row[0] for row in found] or None


def dot(x: Vector, y: Vector) -> Fraction:
    return sum((a * b for a, b in zip(x, y, strict=True)), Fraction(0))


def variance(x: Vector) -> Fraction:
    middle = sum(x) / len(x)
    return sum(((a - middle) ** 2 for a in x), Fraction(0)) / len(x)


def shares(x: Vector) -> list[Any]:
    sizes = [mpmath.exp(real(a)) for a in x]
    return [size / mpmath.fsum(sizes) for size in sizes]


def cross(x: Vector, y: Vector) -> Vector:
    return [x[i] * y[j] - x[j] * y[i] for i, j in ((1, 2), (2, 0), (0, 1))]


def along(x: Vector, y: Vector, n: int) -> Vector:
    return [x[0] + (y[0] - x[0]) * i / max(n - 1, 1) for i in range(n)]


def others(v: Vector) -> Vector:
    return [math.prod(v[:i] + v[i + 1 :], start=Fraction(1)) for i in range(len(v))]


def cofactors(a: Matrix) -> Any:
    return [
        [
            a[(i + 1) % 3][(j + 1) % 3] * a[(i + 2) % 3][(j + 2) % 3]
            - a[(i + 1) % 3][(j + 2) % 3] * a[(i + 2) % 3][(j + 1) % 3]
            for j in range(3)
        ]
        for i in range(3)
    ]


def turned(a: Matrix) -> Any:
    found = determinant(a)
    return [[x / found for x in row] for row in cofactors(a)] if found > 0 else None


# Programs of vectors x and y of three elements, a vector v of twelve, a matrix A of three rows and a matrix B of two,
# with their operands and the exact result; None where there is none.
VALUES: list[tuple[str, str, Callable[..., Any]]] = [
    ("sum(v)", "v", sum),
    ("sum(B, axis=0)", "B", lambda b: list(map(sum, columns(b)))),
    ("mean(v)", "v", lambda v: sum(v) / 12),
    ("mean(B, axis=1)", "B", lambda b: [sum(row) / 3 for row in b]),
    ("prod(x)", "x", math.prod),
    ("prod(v)", "v", math.prod),
    ("prod(B, axis=0)", "B", lambda b: list(map(math.prod, columns(b)))),
    ("prod(B, axis=1)", "B", lambda b: list(map(math.prod, b))),
    ("min(v)", "v", min),
    ("max(v)", "v", max),
    ("var(v)", "v", variance),
    ("var(B, axis=1)", "B", lambda b: list(map(variance, b))),
    ("std(v)", "v", lambda v: mpmath.sqrt(real(variance(v)))),
    ("std(B, axis=0)", "B", lambda b: [mpmath.sqrt(real(variance(column))) for column in columns(b)]),
    ("any(v)", "v", any),
    ("all(v)", "v", all),
    ("cumsum(v)", "v", lambda v: list(accumulate(v))),
    ("cumsum(B, axis=1)", "B", lambda b: [list(accumulate(row)) for row in b]),
    ("norm(v)", "v", lambda v: mpmath.sqrt(real(dot(v, v)))),
    ("norm(B, axis=0)", "B", lambda b: [mpmath.sqrt(real(dot(column, column))) for column in columns(b)]),
    ("logsumexp(x)", "x", lambda x: mpmath.log(mpmath.fsum(mpmath.exp(real(a)) for a in x))),
    ("softmax(x)", "x", shares),
    ("dot(x, y)", "xy", dot),
    ("A @ x", "Ax", lambda a, x: [dot(row, x) for row in a]),
    ("dot(B, A)", "BA", lambda b, a: [[dot(row, column) for column in columns(a)] for row in b]),
    ("outer(x, y)", "xy", lambda x, y: [[a * b for b in y] for a in x]),
    ("cross(x, y)", "xy", cross),
    ("trace(A)", "A", lambda a: a[0][0] + a[1][1] + a[2][2]),
    ("det(A)", "A", determinant),
    ("logdet(A)", "A", logdet),
    ("inv(A)", "A", inverse),
    ("solve(A, x)", "Ax", solution),
    *((f"linspace(x[0], y[0], {n})", "xy", lambda x, y, n=n: along(x, y, n)) for n in (1, 2, 3, 7, 50)),
    # Derivatives of which docs/numerics.md promises the same.
    ("gradient(prod(v), v)", "v", others),
    (
        "hessian(prod(x), x)",
        "x",
        lambda x: [[x[3 - i - j] if i != j else Fraction(0) for j in range(3)] for i in range(3)],
    ),
    ("gradient(cross(x, y)[0], x)", "xy", lambda x, y: [Fraction(0), y[2], -y[1]]),
    ("gradient(det(A), A)", "A", cofactors),
    ("gradient(logdet(A), A)", "A", turned),
    ("gradient(linspace(x[0], y[0], 7)[2], x)", "x", lambda x: [Fraction(2, 3), Fraction(0), Fraction(0)]),
]
# What only moves elements, or makes whole numbers.
MOVING = {"size", "transpose", "reshape", "concat", "stack", "diag", "zeros", "ones", "eye", "arange"}


def operands(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    return {
        "x": vector(chance, 3),
        "y": vector(chance, 3),
        "v": vector(chance, 12),
        "A": matrix(chance, 3, 3),
        "B": matrix(chance, 2, 3),
    }


@pytest.mark.slow
@pytest.mark.parametrize(("text", "names", "reference"), VALUES, ids=[text for text, *_ in VALUES])
def test_the_nearest_double(text: str, names: str, reference: Callable[..., Any]) -> None:
    programs = [exprgrad.compile(f"c = {text}", mode, max_order=0) for mode in MODES]
    compared = 0
    with mp.workprec(4000):
        for seed in range(SEEDS):
            given = operands(seed)
            expected = reference(*[exact(given[name]) for name in names])
            if expected is None:
                continue
            compared += 1
            for program in programs:
                found = program.run({name: given[name] for name in program.inputs})["c"]
                np.testing.assert_array_equal(found, nearest(expected), err_msg=str(given))
    assert compared > SEEDS // 4


def test_every_function_is_compared() -> None:
    assert {text.partition("(")[0] for text, *_ in VALUES if "(" in text} - {"gradient", "hessian"} == {
        *FUNCTIONS
    } - MOVING


@pytest.mark.parametrize("mode", MODES)
def test_what_composed_operations_were_off_by(mode: str) -> None:
    def value(text: str, **given: Any) -> Any:
        return exprgrad.compile(text, mode, max_order=0)(**given).outcomes[0].value

    assert value("logdet(A)", A=[[1, 1e-9], [1e-9, 1]]) == -1e-18
    a, b = -1.7109929945997782, 1.0450667248695398
    assert value("linspace(a, b, 7)", a=a, b=b)[5] == 0.5857234382913201
    # Far from each other, and at the ends whatever the other one is.
    assert value("linspace(a, b, 3)", a=1e300, b=1e-300).tolist() == [1e300, 5e299, 1e-300]
    assert value("linspace(a, b, 3)", a=1, b=math.inf).tolist() == [1, math.inf, math.inf]
    assert value("linspace(a, b, 2)", a=1, b=math.nan)[0] == 1
    # What leaves the range of doubles on the way.
    assert value("prod(x)", x=[1e300, 1e300, 1e-300, 1e-300]) == float(Fraction(1e300) ** 2 * Fraction(1e-300) ** 2)
    assert value("prod(x)", x=[1e300] * 600 + [1e-300] * 600) == float((Fraction(1e300) * Fraction(1e-300)) ** 600)
    # At the middle of two numbers, and beside it.
    e = 2.0**-52
    assert value("prod(x)", x=[1 + e, 1.5, 1]) == 1.5 + 2 * e
    assert value("prod(x)", x=[1 + e, 1.5, 1 - e, 1 + e * e]) == 1.5
    assert value("linspace(a, b, 3)", a=1, b=1 + e)[1] == 1
    assert value("logdet(A)", A=[[2, 1], [3, 2]]) == 0


@pytest.mark.parametrize("mode", MODES)
def test_numpys_arrays(mode: str) -> None:
    """A cross product is rounded once there, too, in both precisions; what leaves the range on the way of a product is
    made good, and linspace is right where its ends cancel."""
    for seed in range(SEEDS):
        given = operands(seed)
        x, y = (np.array(given[name]) for name in "xy")
        for kind in (np.float64, np.float32):
            a, b = x.astype(kind), y.astype(kind)
            found = exprgrad.compile("c = cross(x, y)", mode, max_order=0)(x=a, y=b)["c"]
            wanted = cross(exact(a.tolist()), exact(b.tolist()))
            if kind is np.float64:
                assert found.tolist() == nearest(wanted)
            else:
                for number, one in zip(found.tolist(), wanted, strict=True):
                    assert abs(Fraction(number) - one) <= Fraction(float(np.spacing(np.float32(abs(number))))) / 2
        rows = exprgrad.compile("c = linspace(x, y, 5)", mode, max_order=0)(x=x[:, None], y=y[:, None])["c"]
        for row, a, b in zip(rows.tolist(), exact(x.tolist()), exact(y.tolist()), strict=True):
            for number, wanted in zip(row, along([a], [b], 5), strict=True):
                assert abs(Fraction(number) - wanted) <= 4 * Fraction(math.ulp(float(wanted)))
    x = np.array([1e200, -3.0, 1e200, 1e-150, 1e-200])
    result = exprgrad.compile("c = prod(x)", mode)(x=x)
    assert result["c"] == pytest.approx(-3e50, rel=1e-15)
    np.testing.assert_allclose(result.derivative("c", "x"), -3e50 / x, rtol=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_derivatives_of_products_at_zeros_and_infinities(mode: str) -> None:
    inf = math.inf
    for x, second in (
        ([0.0, 2.0, 0.0, 3.0], {(0, 2): 6.0}),
        ([inf, -2.0, 3.0, 1.0], {(0, 1): 3.0, (0, 2): -2.0, (0, 3): -6.0, (1, 2): inf, (1, 3): inf, (2, 3): -inf}),
    ):
        for given in (x, np.array(x)):
            result = exprgrad.compile("c = prod(x)", mode, max_order=2, full_jacobian=True)(x=given)
            hessian = result.derivative("c", "x", "x")
            for i in range(4):
                for j in range(4):
                    assert hessian[i, j] == second.get((min(i, j), max(i, j)), 0.0), (x, i, j)


@pytest.mark.parametrize("mode", MODES)
def test_products_along_an_axis_are_sparse(mode: str) -> None:
    x = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
    result = exprgrad.compile("c = prod(x, axis=0)", mode, sparse=True)(x=x)
    found = result.outcomes[0].derivatives[0].value
    assert len(found.values) == 6 and np.asarray(found.values).tolist() == [4, 1, 5, 2, 6, 3]
