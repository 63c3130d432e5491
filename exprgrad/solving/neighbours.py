"""What values beside a point say of it: whether one is lower, and whether there is a kink or a jump."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.precise import PRECISE, double
from exprgrad.numbers.rounded import Number
from exprgrad.records import NamedTuple
from exprgrad.solving.newton import Point

# How far away is looked, in units of the size of a point: with many digits, and with those of doubles.
_NEAR: Final = (2.0**-30, 2.0**-18)
# The second look is so many times as near.
_NEARER: Final = 2.0**-8
# What grows with a power above 1.5 is smooth; what hardly shrinks jumps.
_SMOOTH: Final = _NEARER**1.5
_JUMP: Final = 0.5
# So much of a value may be rounding, and of what its curvature makes of the size of a point, whose digits are rounded.
_ROUNDING: Final = 2.0**-44
_DIGITS: Final = 2.0**-100


class Neighbours(NamedTuple):
    """A point beside with a lower value, if there is one, and whether the value has a kink, or jumps."""

    lower: Point | None
    kink: bool
    jump: bool


def neighbours(value: Callable[[Point], Number], point: Point, hessian: Any, precise: bool, sign: float) -> Neighbours:
    """What is beside a point along each unknown, and along what its Hessian says nothing of."""
    here = value(point)
    most = float(np.abs(hessian).max()) if np.isfinite(hessian).all() else 0.0
    size = max(map(abs, point)) or 1.0
    slack = most * size * size * _DIGITS + (0.0 if precise else abs(double(here)) * _ROUNDING)

    def higher(beside: Point) -> float:
        try:
            return sign * double(PRECISE.rounded.sub(value(beside), here))
        except ExprError:  # there is no value
            return float("nan")

    lower, kink, jump = None, False, False
    for direction in _directions(point, hessian):
        far = _NEAR[not precise]
        places = [tuple((np.asarray(point) + far * part * direction).tolist()) for part in (1.0, _NEARER)]
        farther, nearer = map(higher, places)
        for place, rise in zip(places, (farther, nearer), strict=True):
            if rise < -slack:
                lower = place
        if nearer > slack:
            jump = jump or nearer > _JUMP * farther
            kink = kink or nearer > _SMOOTH * farther
    return Neighbours(lower, kink and not jump, jump)


def _directions(point: Point, hessian: Any) -> Iterator[Any]:
    """Steps to both sides, as long as the point is large."""
    size = max(map(abs, point)) or 1.0
    lines = [np.eye(len(point))[i] * (abs(x) or size) for i, x in enumerate(point)]
    if len(point) > 1 and np.isfinite(hessian).all():
        found, vectors = np.linalg.eigh(hessian)
        lines += [size * v for x, v in zip(found, vectors.T, strict=True) if abs(x) <= 2.0**-40 * np.abs(found).max()]
    for line in lines:
        yield from (line, -line)
