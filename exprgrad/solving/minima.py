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
from exprgrad.solving.search import searching

# So much of a value may be rounding.
_SLACK: Final = 2.0**-30


class Minimum(NamedTuple):
    """Where the search ended, and whether it ended well: whether Newton's steps lead to that point."""

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
    try:
        found = polished(equations, near, precise)
    except ExprError:
        found = None
    if found is None:
        return Minimum(near, False)
    # Newton's steps lead to a saddle, too, from where the value falls on.
    slack = _SLACK * abs(lowest)
    return Minimum(found, True) if at(np.asarray(found))[0] <= lowest + slack else Minimum(near, False)


def curvatures(slopes: Any, sign: float) -> tuple[float, float]:
    """The least and the largest eigenvalue of a Hessian; nan where it is not finite."""
    hessian = sign * doubles(slopes)
    if not np.isfinite(hessian).all():
        return math.nan, math.nan
    found = np.linalg.eigvalsh(hessian)
    return float(found[0]), float(found[-1])
