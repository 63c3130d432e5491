"""Minima of one value in several unknowns."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.precise import double, doubles
from exprgrad.records import NamedTuple
from exprgrad.solving.newton import Equations, Point, polished
from exprgrad.solving.roots import Search
from exprgrad.solving.search import searching

# So much of a value may be rounding.
_SLACK: Final = 2.0**-30
# Where Hessians are singular: so many steps are made at the most, no one is a larger part of a point than the first
# number, and the last one is as small as the second, which is also what such Hessians and gradients may be off by.
_STEPS: Final = 8
_NEARBY: Final = 2.0**-20
_LAST: Final = 2.0**-40


class Minimum(NamedTuple):
    """Where the search ended, and whether it ended well: whether steps lead to that point, or a kink is there."""

    point: Point
    is_stationary: bool


def minimum(equations: Equations, start: Sequence[float], precise: bool, sign: float = 1.0) -> Minimum:
    """The minimum, or with the sign -1 the maximum, that SciPy finds from a start, to the last digit."""
    best = math.inf, tuple(start)

    def at(point: Any) -> tuple[float, Any, Any]:
        """Value, gradient and Hessian. Where there is no value it is larger than any."""
        nonlocal best
        nowhere = math.inf, np.zeros(len(start)), np.zeros((len(start), len(start)))
        try:
            local = equations(tuple(point.tolist()))
        except ExprError:  # a condition that is nan, say; elsewhere it may be none
            return nowhere
        assert local.objective is not None
        value = sign * double(local.objective[0])
        if math.isnan(value):
            return nowhere
        if value < best[0]:
            best = value, tuple(point.tolist())
        return value, sign * doubles(local.values), sign * doubles(local.slopes)

    def part(i: int) -> Callable[[Any], Any]:
        return lambda point: at(point)[i]

    # Where a derivative is infinite or nan the search ends; what is best is known.
    with searching() as optimize, suppress(ValueError, np.linalg.LinAlgError):
        optimize.minimize(
            part(0), np.asarray(start), jac=part(1), hess=part(2), method="trust-exact", options={"gtol": 1e-9}
        )
    lowest, near = best
    ways: tuple[Callable[[], Point | None], ...] = (
        lambda: polished(equations, near, precise),
        lambda: _kink(equations, near[0], precise, sign) if len(near) == 1 else None,
        lambda: _along(at, near),
    )
    for way in ways:
        with suppress(ExprError):
            found = way()
            # Newton's steps lead to a saddle, too, from where the value falls on.
            if found is not None and at(np.asarray(found))[0] <= lowest + _SLACK * abs(lowest):
                return Minimum(found, True)
    return Minimum(near, False)


def _kink(equations: Equations, near: float, precise: bool, sign: float) -> Point | None:
    """Where the slope jumps over 0, upwards, near a place where the value is least."""
    for jump in Search(equations, precise).around(near).jumps:
        if sign * jump.below < 0 < sign * jump.above:
            return (jump.x,)
    return None


def _along(at: Callable[[Any], tuple[float, Any, Any]], near: Point) -> Point | None:
    """Where steps lead that leave out the directions in which neither value nor gradient moves."""
    x = np.asarray(near)
    for _ in range(_STEPS):
        value, gradient, hessian = at(x)
        if not (math.isfinite(value) and np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return None
        size = max(1.0, float(np.abs(x).max()))
        step = np.linalg.lstsq(hessian, gradient, rcond=_LAST)[0]
        # What no step of these takes away is a slope along which the value falls on.
        rest = np.abs(hessian @ step - gradient).max()
        if rest > _LAST * np.abs(hessian).max() * size or np.abs(step).max() > _NEARBY * size:
            return None
        x = x - step
        if np.abs(step).max() <= _LAST * size:
            return tuple(x.tolist())
    return None


def curvatures(slopes: Any, sign: float) -> tuple[float, float]:
    """The least and the largest eigenvalue of a Hessian; nan where it is not finite."""
    hessian = sign * doubles(slopes)
    if not np.isfinite(hessian).all():
        return math.nan, math.nan
    found = np.linalg.eigvalsh(hessian)
    return float(found[0]), float(found[-1])
