"""Newton's steps, to the double that is nearest to a root."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ulp
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import arrays
from exprgrad.numbers.precise import PRECISE, doubles
from exprgrad.records import NamedTuple

Point = tuple[float, ...]
# So many steps at the most: near a simple root six are enough, and one of a multiplicity is found out by four.
MOST: Final = 100
# So many unknowns are found exactly at the most: it takes time as the fourth power.
_EXACT: Final = 50
# How much less each step is than the one before tells of a multiple root; less than that, nothing is found.
_MULTIPLE: Final = (0.4, 0.96)
# A step that leaves so little of a number leads to 0, if it may.
_HARDLY: Final = 2.0**-26
# What numbers with the digits of doubles cannot tell from no step, of the size of a point, and the least size.
_LOST: Final = 2.0**-26
_LEAST: Final = 1e-6


class Local(NamedTuple):
    """Equations at a point: their values, and the slopes of each by the unknowns and by the other inputs. Where the
    values are a gradient, `objective` has what they are the gradient of, and its slopes by the other inputs."""

    values: Any
    slopes: Any
    others: Any
    objective: tuple[Any, Any] | None = None


Equations = Callable[[Point], Local]


def finite(numbers: Any) -> bool:
    """Whether all numbers of an array are."""
    return all([x.is_finite() for x in numbers.reshape(-1)])


def solved(slopes: Any, values: Any) -> Any | None:
    """x with slopes @ x = values, of few unknowns exact and rounded once; None where there is none, or none alone."""
    if not (finite(slopes) and finite(values)):
        return None
    try:
        if len(slopes) > _EXACT:
            return arrays.rounded(arrays.solve(doubles(slopes), doubles(values)))
        return arrays.solve(slopes, values)
    except EvaluationError:
        return None


def polished(equations: Equations, start: Sequence[float], precise: bool) -> Point | None:
    """The root that Newton's steps lead to from nearby, to the last digit; None where they lead nowhere.

    Of a root where slopes vanish, too, each step is the same part of the one before; from there on steps are as many
    times as long.
    """
    # Of values that are rounded the last digits depend on the way: it begins where any search would begin it.
    x: Point = tuple(start) if precise else tuple([float(f"{a:.6g}") for a in start])
    trail: list[Point] = []
    times, part, before = 1, 0.0, float("inf")
    for _ in range(MOST):
        local = equations(x)
        if not finite(local.values):
            return None
        if all([value.is_zero() for value in local.values]):
            return x
        step = solved(local.slopes, local.values)
        if step is None:
            return None
        length = max([abs(float(d)) for d in step])
        if not precise and 2 * length > before and length <= _LOST * max(_LEAST, *map(abs, x)):
            return _best(equations, [*trail[-1:], x])
        ratio = length / before if before else 1.0
        if times == 1 and _MULTIPLE[0] < ratio < _MULTIPLE[1] and abs(ratio - part) < 0.01:
            times = round(1 / (1 - ratio))
        elif ratio > _MULTIPLE[1]:
            times = 1
        following = _cleared(equations, x, tuple([a - times * float(d) for a, d in zip(x, step, strict=True)]))
        if following == x:
            return x
        if following in trail[-4:]:  # there and back again
            beside = all([abs(a - b) <= 4 * ulp(a) for a, b in zip(following, x, strict=True)])
            return _best(equations, [*trail[trail.index(following) :], x]) if beside else None
        trail.append(x)
        x, part, before = following, ratio, length
    return None


def _cleared(equations: Equations, before: Point, x: Point) -> Point:
    """A point with 0 for numbers of which a step left hardly anything, where the values are no larger so.

    Doubles near 0 are closer to each other than any number of digits can tell: exp(1e-200) is 1 in all that there are.
    Steps to a root at 0 would end wherever the values are lost.
    """
    cleared = tuple([0.0 if abs(b) <= _HARDLY * abs(a) else b for a, b in zip(before, x, strict=True)])
    if cleared == x:
        return x
    size = PRECISE.rounded.abs
    pairs = zip(equations(cleared).values, equations(x).values, strict=True)
    return cleared if all([size(a) <= size(b) for a, b in pairs]) else x


def _best(equations: Equations, points: Sequence[Point]) -> Point:
    """The point of some whose values are least."""
    return min(points, key=lambda point: (max(map(PRECISE.rounded.abs, equations(point).values)), point))
