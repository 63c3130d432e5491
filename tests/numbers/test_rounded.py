"""Kernels where the terms of their formula cancel: the bound on the error is that of the terms, not of the result.

A zero of a function is no double, as a rule. At the doubles beside it the terms agree in some fifty bits, more than
the precision that a formula is tried with first has to spare, so that a bound that is too small lets a wrong digit
through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
from mpmath import mp

from exprgrad.ops import REGISTRY, Op
from exprgrad.ops.arithmetic import power
from exprgrad.ops.elementary import log_family, reciprocal_power
from exprgrad.ops.special import erf_slope, gamma_slope, logistic, sinc_family
from tests.numbers.test_kernels import check


def _by_two(function: Callable[..., Any], *orders: int) -> Callable[..., Any]:
    """A derivative by two operands, by mpmath's differences."""

    def at(*xs: Any) -> Any:
        with mpmath.workprec(1600):
            return mpmath.diff(function, xs, orders)

    return at


def _slope(function: Callable[[Any], Any], order: int) -> Callable[..., Any]:
    def at(x: Any, *rest: Any) -> Any:
        with mpmath.workprec(1600):
            return mpmath.diff(function, x, order)

    return at


def _power(order: int, by_exponent: int) -> Callable[..., Any]:
    return _by_two(lambda x, y: x**y, order, by_exponent)


def _logistic(d: Any) -> Any:
    return 1 / (1 + mpmath.exp(-d))


# Operations, references, and points beside which the function is 0; the first operand is moved.
CANCEL: list[tuple[Op, Callable[..., Any], tuple[float, ...]]] = [
    (erf_slope(3), _slope(mpmath.erf, 3), (math.sqrt(1 / 2),)),
    (erf_slope(4), _slope(mpmath.erf, 4), (-math.sqrt(3 / 2),)),
    (erf_slope(5), _slope(mpmath.erf, 5), (math.sqrt((3 - math.sqrt(6)) / 2),)),
    (logistic(3), _slope(_logistic, 3), (2 * math.atanh(math.sqrt(1 / 3)), 0.0)),
    (logistic(4), _slope(_logistic, 4), (-2 * math.atanh(math.sqrt(2 / 3)), 0.0)),
    (logistic(5), _slope(_logistic, 5), (0.8426329481293766, 0.0)),
    (reciprocal_power(2, False), lambda y, x: mp.re(mp.mpc(x, y) ** -2), (1.0, 1.0)),
    (reciprocal_power(3, False), lambda y, x: mp.re(2 * mp.mpc(x, y) ** -3), (1.0, math.sqrt(3))),
    (reciprocal_power(3, True), lambda y, x: mp.im(2 * mp.mpc(x, y) ** -3), (math.sqrt(3), 1.0)),
    (reciprocal_power(4, False), lambda y, x: mp.re(6 * mp.mpc(x, y) ** -4), (1e5 * (math.sqrt(2) - 1), 1e5)),
    (log_family(0, 2), _by_two(lambda x, base: mpmath.log(x) / mpmath.log(base), 0, 2), (3.0, math.exp(-2))),
    (log_family(1, 2), _by_two(lambda x, base: mpmath.log(x) / mpmath.log(base), 1, 2), (3.0, math.exp(-2))),
    (power(1, 1), _power(1, 1), (math.exp(-1 / 2), 2.0)),
    (power(2, 1), _power(2, 1), (math.exp(-5 / 6), 3.0)),
    (power(1, 2), _power(1, 2), (math.exp(-2 / 2.5), 2.5)),
    (power(0, 2), _power(0, 2), (1.0, 3.0)),
    (power(2, 0), _power(2, 0), (0.75, 1.0 + 2**-50)),
    (gamma_slope(1, 0), _slope(mpmath.gamma, 1), (1.4616321449683622,)),
    (gamma_slope(1, 0), _slope(mpmath.gamma, 1), (-1.5734984731623904,)),
    (sinc_family(1), _slope(lambda x: mpmath.sinc(mp.pi * x), 1), (1.4302966531242027,)),
    (sinc_family(2), _slope(lambda x: mpmath.sinc(mp.pi * x), 2), (0.6625862125821924,)),
    (sinc_family(1), _slope(lambda x: mpmath.sinc(mp.pi * x), 1), (1e6 + 0.5,)),
    (REGISTRY.by_name["sinc"][0], mpmath.sincpi, (5.0,)),
    (REGISTRY.by_name["logaddexp"][0], lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)), (-math.log(2),) * 2),
    (
        REGISTRY.by_name["logaddexp"][0],
        lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
        (math.log(0.001), math.log(0.999)),
    ),
    (REGISTRY.by_name["lgamma"][0], lambda x: mpmath.log(abs(mpmath.gamma(x))), (2.0,)),
    (REGISTRY.by_name["digamma"][0], mpmath.digamma, (-0.5040830082644554,)),
]


@pytest.mark.parametrize(("op", "reference", "point"), CANCEL, ids=[f"{op.name}-{point}" for op, _, point in CANCEL])
def test_beside_a_zero(op: Op, reference: Callable[..., Any], point: tuple[float, ...]) -> None:
    first, *rest = point
    for x in (math.nextafter(first, -math.inf), first, math.nextafter(first, math.inf)):
        check(op, reference, [x, *rest])
