"""Gradients of numbers made of many, differentiated along directions: what the derivatives of `norm`, `logsumexp` and
`prod` are made of, at every order.

The derivative along k directions d1, ..., dk is the part with all e of the value at x + e1*d1 + ... + ek*dk, where
e*e = 0. The parts of a value are kept by the bits of the e that they have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np

from exprgrad.numbers import balls, reductions
from exprgrad.numbers.mpfr import gmpy2
from exprgrad.numbers.rounded import FLOAT64, Context, Number, alike, wide


def subsets(part: int) -> list[int]:
    """The parts of which a part is made up together with another one."""
    return [t for t in range(part + 1) if t & part == t]


def power(parts: Sequence[Any], exponent: Any, first: Any) -> list[Any]:
    """The parts of a power, of which the first is given."""
    found = [first]
    for part in range(1, len(parts)):
        last = 1 << part.bit_length() - 1
        rest = part ^ last
        # p' * b = exponent * p * b'.
        terms = [exponent * found[t] * parts[rest ^ t | last] for t in subsets(rest)]
        terms += [-found[t | last] * parts[rest ^ t] for t in subsets(rest)[:-1]]
        found.append(sum(terms[1:], terms[0]) / parts[0])
    return found


def norm_slope(xs: Sequence[Number], *directions: Sequence[Number]) -> list[Number]:
    """x / norm(x): 0 at 0, and at infinities its limits."""
    square = reductions.squares(xs)
    if square.is_nan() or not all([all(map(gmpy2.is_finite, d)) for d in directions]):
        return [FLOAT64.nan] * len(xs)
    if square.is_infinite():
        return _norm_at_infinity(xs, bool(directions))
    if square.is_zero():
        return [FLOAT64.zero] * len(xs)
    if not directions:
        # No quotient is nearer to the middle of two numbers than the root shows with so many bits.
        root = wide(3 * square.precision + 300).sqrt(square)
        div = FLOAT64.context.div
        return [div(x, root) for x in xs]
    return _norm_along(list(map(_fraction, xs)), [list(map(_fraction, d)) for d in directions])


def _norm_at_infinity(xs: Sequence[Number], along: bool) -> list[Number]:
    found = [FLOAT64.zero if along else FLOAT64.copysign(FLOAT64.zero, x) for x in xs]
    infinite = [i for i, x in enumerate(xs) if x.is_infinite()]
    for i in infinite:
        if len(infinite) > 1:
            found[i] = FLOAT64.nan
        elif not along:
            found[i] = FLOAT64.copysign(FLOAT64.one, xs[i])
    return found


def _norm_along(xs: Sequence[Any], directions: Sequence[Sequence[Any]]) -> list[Number]:
    """A derivative is a fraction over norm(x)."""
    vectors = [xs, *directions]
    products = [[sum(a * b for a, b in zip(x, y, strict=True)) for y in vectors] for x in vectors]
    square = products[0][0]
    parts = [gmpy2.mpq(0)] * (1 << len(directions))
    parts[0] = square
    for i in range(len(directions)):
        parts[1 << i] = 2 * products[0][i + 1]
        for j in range(i):
            parts[1 << i | 1 << j] = 2 * products[i + 1][j + 1]
    inverse = power(parts, gmpy2.mpq(-1, 2), gmpy2.mpq(1))
    everything = len(parts) - 1
    found = []
    for i, x in enumerate(xs):
        value = x * inverse[everything] + sum(d[i] * inverse[everything ^ 1 << j] for j, d in enumerate(directions))
        found.append(_over_root(value, square))
    return found


def _over_root(value: Any, square: Any) -> Number:
    ratio = value * value / square
    root = FLOAT64.certain(lambda c: (c.sqrt(c.add(ratio, FLOAT64.zero)), 4, None))
    return FLOAT64.neg(root) if value < 0 else root


def _fraction(x: Number) -> Any:
    return gmpy2.mpq(*x.as_integer_ratio())


def softmax(xs: Sequence[Number], *directions: Sequence[Number]) -> list[Number]:
    """exp(x) / sum(exp(x)), and at infinities its limits."""
    zero, nan = FLOAT64.zero, FLOAT64.nan
    if not xs or any(map(gmpy2.is_nan, xs)) or not all([all(map(gmpy2.is_finite, d)) for d in directions]):
        return [nan] * len(xs)
    most = FLOAT64.maximum(*xs)
    largest = [i for i, x in enumerate(xs) if x == most]
    if most.is_infinite():
        found = [zero] * len(xs)
        for i in largest:
            found[i] = nan if len(largest) > 1 or most < 0 else zero if directions else FLOAT64.one
        return found
    if directions:
        return _softmax_slope(xs, directions, largest[0])
    return _shares(xs, most)


def _softmax_slope(xs: Sequence[Number], directions: Sequence[Sequence[Number]], largest: int) -> list[Number]:
    """The derivative of exp(x) / sum(exp(x)) along directions; which element is the largest is given."""

    def formula() -> Sequence[balls.Ball]:
        most = balls.ball_of(xs[largest])
        sizes = [balls.ball_of(FLOAT64.zero) if x.is_infinite() else (balls.ball_of(x) - most).exp() for x in xs]
        away = [np.array([balls.ball_of(x) - balls.ball_of(d[largest]) for x in d], dtype=object) for d in directions]
        shares = np.array(sizes, dtype=object) / sum(sizes)
        found: list[balls.Ball] = products_of_shares(shares, away, lambda terms: terms.sum()).tolist()
        return found

    return balls.round_balls(FLOAT64, formula)


def _shares(xs: Sequence[Number], most: Number) -> list[Number]:
    kept: dict[int, tuple[list[Number], Number]] = {}

    def share(c: Context, i: int) -> tuple[Number, int, None]:
        if c.precision not in kept:
            sizes = [c.exp(c.sub(x, most)) for x in xs]
            kept[c.precision] = sizes, c.fsum(sizes)
        sizes, total = kept[c.precision]
        # The relative error of exp is the absolute one of its operand, which is at most 2**24 or exp is 0.
        return c.div(sizes[i], total), 1 << 26, None

    def formula(i: int) -> Callable[[Context], tuple[Number, int, None]]:
        return lambda c: share(c, i)

    # Between these two lies every share; most round to one number.
    c = wide(FLOAT64.precision + 64)
    sizes = [c.exp(c.sub(x, most)) for x in xs]
    total = c.fsum(sizes)
    margin = c.div_2exp(total, 80)
    div, more, less = FLOAT64.context.div, c.add(total, margin), c.sub(total, margin)
    found = []
    for i, size in enumerate(sizes):
        low = div(size, more)
        found.append(low if alike(low, div(size, less)) else FLOAT64.certain(formula(i)))
    return found


def product_slope(xs: Sequence[Number], *directions: Sequence[Number]) -> list[Number]:
    """The products of all elements but one."""
    precision = FLOAT64.precision + 64
    found: dict[int, Number] = {}
    while len(found) < len(xs):
        c = wide(precision, reductions.FAR)
        parts = _others_along(c, xs, directions) if directions else _others(c, xs)
        for i, (value, scale) in enumerate(parts):
            if i in found:
                continue
            # A term has a product for each other element at the most, and half a unit is lost by each of its steps.
            units = (2 * len(xs) + 2) << len(directions)
            if (number := reductions.decided(c, value, units, scale)) is not None:
                found[i] = number
        precision *= 8
    return [found[i] for i in range(len(xs))]


def _others(c: Context, xs: Sequence[Number]) -> list[tuple[Number, Number]]:
    """The products of all elements but one in a context, each as its own scale."""
    mul, one = c.mul, c.plus(FLOAT64.one)
    before = [one, *accumulate(xs[:-1], mul)] if len(xs) > 1 else [one]
    behind = [one, *accumulate(xs[:0:-1], mul)] if len(xs) > 1 else [one]
    found = list(map(mul, before, reversed(behind)))
    return list(zip(found, found, strict=True))


# The parts of a product by the bits of the directions that they are along, each with the sum of the sizes of its terms;
# None is absent.
_Parts = list["tuple[Number, Number] | None"]


def _others_along(
    c: Context, xs: Sequence[Number], directions: Sequence[Sequence[Number]]
) -> list[tuple[Number, Number]]:
    """The same differentiated along directions, with the sums of the sizes of their terms. What stands still along a
    direction is absent from it, so that nothing else counts, not even an infinity."""
    moves = [[None if gmpy2.is_zero(d) else d for d in along] for along in zip(*directions, strict=True)]
    everything = (1 << len(directions)) - 1
    start: _Parts = [(c.plus(FLOAT64.one), c.plus(FLOAT64.one)), *[None] * everything]

    def passed(parts: _Parts, i: int) -> _Parts:
        """The parts with one more element."""
        x, size = xs[i], c.abs(xs[i])
        found = [None if part is None else (c.mul(part[0], x), c.mul(part[1], size)) for part in parts]
        for bit, d in enumerate(moves[i]):
            if d is not None:
                for part in range(1 << len(directions)):
                    if part >> bit & 1 and (less := parts[part ^ 1 << bit]) is not None:
                        found[part] = _plus(c, found[part], (c.mul(less[0], d), c.mul(less[1], c.abs(d))))
        return found

    before, behind = [start], [start]
    for i in range(len(xs) - 1):
        before.append(passed(before[-1], i))
        behind.append(passed(behind[-1], len(xs) - 1 - i))
    nothing = FLOAT64.zero, FLOAT64.zero
    found = []
    for left, right in zip(before, reversed(behind), strict=True):
        total: tuple[Number, Number] | None = None
        for part in subsets(everything):
            a, b = left[part], right[everything ^ part]
            if a is not None and b is not None:
                total = _plus(c, total, (c.mul(a[0], b[0]), c.mul(a[1], b[1])))
        found.append(total or nothing)
    return found


def _plus(c: Context, total: tuple[Number, Number] | None, term: tuple[Number, Number]) -> tuple[Number, Number]:
    return term if total is None else (c.add(total[0], term[0]), c.add(total[1], term[1]))


# -- the same for numpy's doubles, along an axis -----------------------------------------------------------


def _norm_slope_of_doubles(axis: int, x: Any, *directions: Any) -> Any:
    distance = np.linalg.norm(x, axis=axis, keepdims=True)
    if not directions and (distance > 0).all() and (distance < np.inf).all():
        return x / distance
    far = distance == np.inf
    alone = far & ((np.abs(x) == np.inf).sum(axis=axis, keepdims=True) == 1)
    unit = np.where(distance == 0, 0.0, x / distance)
    unit = np.where(alone, np.where(np.abs(x) == np.inf, np.copysign(1.0, x), x * 0.0), unit)
    if not directions:
        return unit
    along = [np.where(distance == 0, 0.0, d / distance) for d in directions]
    vectors = [unit, *along]
    parts: list[Any] = [np.zeros_like(distance) for _ in range(1 << len(directions))]
    parts[0] = np.ones_like(distance)
    for i in range(len(directions)):
        parts[1 << i] = 2 * (vectors[0] * vectors[i + 1]).sum(axis=axis, keepdims=True)
        for j in range(i):
            parts[1 << i | 1 << j] = 2 * (vectors[i + 1] * vectors[j + 1]).sum(axis=axis, keepdims=True)
    inverse = power(parts, -0.5, parts[0])
    everything = len(parts) - 1
    return unit * inverse[everything] + sum(d * inverse[everything ^ 1 << j] for j, d in enumerate(along))


def _product_slope_of_doubles(axis: int, x: Any, *directions: Any) -> Any:
    """By the products of what stands before an element and behind it; where these leave the range of doubles on the way
    the kernel of rounded numbers serves."""
    x, *along = [np.moveaxis(z, axis, -1).astype(float, copy=False) for z in (x, *directions)]
    everything = (1 << len(along)) - 1
    back = x[..., ::-1]
    running, returning = np.cumprod(x, axis=-1), np.cumprod(back, axis=-1)
    before = _products_along(x, along, running)
    behind = _products_along(back, [d[..., ::-1] for d in along], returning)
    terms = [before[part] * behind[everything ^ part][..., ::-1] for part in range(everything + 1)]
    found = sum(terms[1:], terms[0])
    for lane in np.argwhere(reductions.beyond(x, running) | reductions.beyond(back, returning)).tolist():
        at = tuple(lane)
        found[at] = list(map(float, product_slope(*[list(map(FLOAT64.number, z[at].tolist())) for z in (x, *along)])))
    return np.moveaxis(found, -1, axis)


def _products_along(x: Any, directions: Sequence[Any], running: Any) -> list[Any]:
    """The products of the elements before each one, along the last axis, by the bits of the directions that they are
    along; those with the element itself are given."""
    found = [np.ones(x.shape), *[np.zeros(x.shape) for _ in range((1 << len(directions)) - 1)]]
    found[0][..., 1:] = running[..., :-1]
    for i in range(x.shape[-1] - 1 if directions else 0):
        for part, out in enumerate(found[1:], 1):
            out[..., i + 1] = out[..., i] * x[..., i]
            for bit, d in enumerate(directions):
                if part >> bit & 1:
                    out[..., i + 1] += np.where(d[..., i] == 0, 0.0, found[part ^ 1 << bit][..., i] * d[..., i])
    return found


def _softmax_of_doubles(axis: int, x: Any, *directions: Any) -> Any:
    most = x.max(axis=axis, keepdims=True)
    if not directions and np.isfinite(most).all():
        sizes = x - most
        np.exp(sizes, out=sizes)
        sizes /= sizes.sum(axis=axis, keepdims=True)
        return sizes
    sizes = np.where(x == most, 1.0, np.exp(x - most))
    total = sizes.sum(axis=axis, keepdims=True)
    # Of several infinities none has a share; of no number but -inf neither.
    vague = (most == -np.inf) | ((most == np.inf) & ((x == most).sum(axis=axis, keepdims=True) > 1))
    shares = np.where(np.isnan(most) | (vague & (x == most)), np.nan, sizes / total)
    if not directions:
        return shares
    place = x.argmax(axis=axis, keepdims=True)
    away = [d - np.take_along_axis(d, place, axis) for d in directions]
    return products_of_shares(shares, away, lambda terms: terms.sum(axis=axis, keepdims=True))


def products_of_shares(shares: Any, away: Sequence[Any], total: Callable[[Any], Any]) -> Any:
    """The derivative of shares p along directions, from what these differ by from one of their elements.

    Along them the sizes are p times the products of 1 + e*d, and the shares are those over their sum."""
    parts: list[Any] = [1]
    for d in away:
        parts += [part * d for part in parts]
    sums = [1, *[total(shares * part) for part in parts[1:]]]
    inverse = power(sums, -1, 1)
    everything = len(parts) - 1
    terms = [parts[t] * inverse[everything ^ t] for t in range(1, len(parts))]
    return shares * (sum(terms[1:], terms[0]) + inverse[everything])


# By the name of a slope its kernel on lists of rounded numbers, and that on numpy's doubles along an axis.
SLOPES: Final[dict[str, tuple[Callable[..., Any], Callable[..., Any]]]] = {
    "norm_slope": (norm_slope, _norm_slope_of_doubles),
    "softmax": (softmax, _softmax_of_doubles),
    "prod_slope": (product_slope, _product_slope_of_doubles),
}
