"""Numbers infinitely near to others: what a value is at a small distance from a point.

A germ is `c[0] + c[1]*e + c[2]*e**2 + ...` for an e that is positive and smaller than any number. Its first
coefficient is what the operation's kernel gives, bit for bit; the further ones say which of two values that are equal
is the larger one infinitely near. Beside a cone there are negative powers, too: the slope of a norm is a quotient of
what vanishes there.

Each coefficient is a number or an array, all of one shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.kinks.series import added, function, is_flat, vanishes, zeros
from exprgrad.numbers.arithmetic import ZERO, is_array, is_nan, to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import add, mul, neg, sub
from exprgrad.ops.linear_algebra import MatMul
from exprgrad.ops.registry import Op, Unary
from exprgrad.ops.structural import Linear, Structural, filled, shape_of

# So much of the larger ones rounding leaves of coefficients that cancel.
_ROUNDED: Final = 2.0**-40


class Germ:
    """The coefficients from the power `low` on, which is 0 or, beside a cone, less; `top` is the last power that is
    known. A coefficient that is ZERO is absent."""

    __slots__ = ("low", "terms")

    def __init__(self, terms: Sequence[Any], low: int = 0) -> None:
        self.terms = list(terms)
        self.low = low

    @property
    def top(self) -> int:
        return self.low + len(self.terms) - 1

    def at(self, power: int) -> Any:
        """A coefficient."""
        place = power - self.low
        return self.terms[place] if 0 <= place < len(self.terms) else ZERO

    @property
    def standard(self) -> Any:
        """The number that it is infinitely near to; nan where that is not known."""
        like = next((term for term in self.terms if term is not ZERO), FLOAT64.zero)
        if self.top < 0:
            return filled(like, math.nan)
        x = self.at(0)
        return filled(like, 0.0) if x is ZERO else x

    def limit(self, scale: float) -> Any:
        """The same, and nan where it grows beyond all numbers infinitely near; a pole that is far smaller than `scale`
        and the other coefficients is what rounding left of one that has gone."""
        number = self.standard
        for pole in self.terms[: -self.low] if self.low < 0 else ():
            if not vanishes(pole):
                number = _where_small(pole, [*self.terms, scale], number)
        return number

    @property
    def shape(self) -> tuple[int, ...]:
        return shape_of(self.standard)

    @property
    def least(self) -> int:
        """The power from which on there is something."""
        for i, term in enumerate(self.terms):
            if not vanishes(term):
                return self.low + i
        return self.top + 1

    def until(self, top: int) -> Germ:
        """The same, known to a power at the most."""
        return Germ(self.terms[: max(0, top - self.low + 1)], self.low) if top < self.top else self


def standard(x: Any) -> Any:
    """The number that a value is, or is infinitely near to."""
    return x.standard if type(x) is Germ else x


def _where_small(pole: Any, terms: Sequence[Any], number: Any) -> Any:
    """A number, and nan where a coefficient is more than what rounding leaves of the others."""
    sizes = [_size(term) for term in terms if term is not ZERO]
    if not is_array(number):
        return number if _size(pole) <= _ROUNDED * max(sizes) else filled(number, math.nan)
    import numpy as np

    from exprgrad.numbers.arrays import full

    small = _size(pole) <= _ROUNDED * np.maximum.reduce([np.broadcast_to(size, number.shape) for size in sizes])
    return np.where(small, number, full((), math.nan, number)[()])


def _size(x: Any) -> Any:
    return abs(to_python(x))


def compute(op: Op, operands: Sequence[Any]) -> Any:
    """An operation on germs and numbers."""
    germs = [x for x in operands if type(x) is Germ]
    if not germs or any(x is ZERO for x in operands):
        return _plain(op, operands)
    if op in _LAURENT:
        return _LAURENT[op](germs[0])
    if op is add or op is sub or op is neg:
        return _by_terms(op, operands)
    if op is mul or isinstance(op, MatMul):
        return _product(op, *operands)
    if isinstance(op, Linear):
        x, *others = operands
        if type(x) is not Germ:
            return _plain(op, operands)
        rest = [standard(y) for y in others]
        return Germ([op.compute([term, *rest]) for term in x.terms], x.low)
    if is_flat(op):
        return _plain(op, operands)
    if isinstance(op, Structural) and (op.moves or op.closes_lanes):
        return _by_terms(op, operands)
    if any(x.least < 0 for x in germs):
        return op.compute([filled(standard(x), math.nan) if type(x) is Germ else x for x in operands])
    top = min(x.top for x in germs)
    return Germ(function(op, [x.terms[-x.low :] if type(x) is Germ else [x] for x in operands], top))


def _plain(op: Op, operands: Sequence[Any]) -> Any:
    """With a structural zero: a product is one, a sum leaves it out."""
    present = [x for x in operands if x is not ZERO]
    if op is add and present and len(present) < len(operands):
        return present[0]
    if isinstance(op, Structural) and (op.moves or op.closes_lanes) and not isinstance(op, Linear):
        return _by_terms(op, operands)
    return op.compute([standard(x) for x in operands])


def _by_terms(op: Op, operands: Sequence[Any]) -> Any:
    """An operation that is linear in all operands together: a sum, what moves elements, or what puts lanes together,
    whose first two operands are masks."""
    germs = [x for x in operands if type(x) is Germ]
    if not germs:
        return op.compute(operands)
    masks = 2 if isinstance(op, Structural) and op.closes_lanes else 0
    low, top = min([0, *[x.low for x in germs]]), min([x.top for x in germs])
    terms = []
    for power in range(low, top + 1):
        parts = [standard(x) if i < masks else _coefficient(x, power) for i, x in enumerate(operands)]
        if all(part is ZERO for part in parts[masks:]):
            terms.append(ZERO)
        elif isinstance(op, Structural):
            whole = [
                S.unmoved.run(standard(x)) if part is ZERO and not masks else part
                for part, x in zip(parts, operands, strict=True)
            ]
            terms.append(op.compute(whole))
        else:
            term = added(op, parts, [shape_of(standard(x)) for x in operands])
            terms.append(_cancelled(term, parts) if power < 0 else term)
    return Germ(terms, low)


def _coefficient(x: Any, power: int) -> Any:
    if type(x) is Germ:
        return x.at(power)
    return x if power == 0 else ZERO


def _cancelled(term: Any, parts: Sequence[Any]) -> Any:
    """A sum, and 0 where it is no more than what rounding leaves of its parts: a pole that has gone."""
    if len(parts) < 2 or any(part is ZERO for part in parts):
        return term
    small = _size(term) <= _ROUNDED * (_size(parts[0]) + _size(parts[1]))
    if not is_array(term):
        return filled(term, 0.0) if small else term
    import numpy as np

    return np.where(small, zeros((), term)[()], term)


def _product(op: Op, a: Any, b: Any) -> Any:
    if type(a) is not Germ:
        return Germ([ZERO if y is ZERO else op.compute((a, y)) for y in b.terms], b.low)
    if type(b) is not Germ:
        return Germ([ZERO if x is ZERO else op.compute((x, b)) for x in a.terms], a.low)
    low = a.low + b.low
    top = min(a.top + b.least, b.top + a.least)
    if top < low:  # nothing is known
        return filled(op.compute((a.standard, b.standard)), math.nan)
    terms: list[Any] = [ZERO] * (top - low + 1)
    for i, x in enumerate(a.terms):
        for j, y in enumerate(b.terms[: len(terms) - i] if i < len(terms) else ()):
            # Where nothing moves not even an infinite slope counts, except in the number itself.
            if x is ZERO or y is ZERO or (i + j + low and (vanishes(x) or vanishes(y))):
                continue
            term = op.compute((x, y))
            terms[i + j] = term if terms[i + j] is ZERO else add.compute((terms[i + j], term))
    if all(term is ZERO for term in terms):  # it keeps its shape
        value = op.compute((a.standard, b.standard))
        terms[min(-low, top - low)] = value if top >= 0 else filled(value, 0.0)
    return Germ(terms, low)


def signs(x: Any, y: Any) -> Any:
    """Whether x is above y (1), below (-1) or the same (0) infinitely near, element by element; nan where it is not
    known."""
    germs = [z for z in (x, y) if type(z) is Germ]
    low, top = min([0, *[z.low for z in germs]]), min([z.top for z in germs], default=0)
    found: Any = None
    for power in range(low, top + 1):
        a, b = (z.at(power) if type(z) is Germ else z if power == 0 else ZERO for z in (x, y))
        sign = _signs(a, b)
        if is_array(found) or is_array(sign):
            import numpy as np

            found = sign if found is None else np.where(found == 0, sign, found)
        elif not found and found == found:
            found = sign
        if not (found == 0).any() if is_array(found) else found:
            break
    return found


def _signs(a: Any, b: Any) -> Any:
    """The sign of the difference of two numbers or arrays."""
    if a is ZERO and b is ZERO:
        return 0.0
    a, b = (0.0 if z is ZERO else z for z in (a, b))
    if not is_array(a) and not is_array(b):
        return math.nan if is_nan(a) or is_nan(b) else float((a > b) - (a < b))
    import numpy as np

    from exprgrad.numbers.arrays import is_rounded, without_zeros

    a, b = (without_zeros(z) if is_array(z) and is_rounded(z) else z for z in (a, b))
    above, below, same = (np.asarray(z, dtype=bool) for z in (a > b, a < b, a == b))
    return np.where(above | below | same, above.astype(float) - below, np.nan)


# -- beside a cone --------------------------------------------------------------------------------------------


def _by_least(x: Germ, expand: Callable[[list[Any]], list[Any]], first: Callable[[int], int]) -> Germ:
    """What follows from the coefficients from the first on that is not 0: for each element by itself, since they begin
    at different powers. `expand` gives the coefficients of the result, as many, the first of which belongs to the power
    that `first` makes of that of x."""
    if not is_array(x.standard):
        return _from_low(expand(x.terms[x.least - x.low :]), first(x.least)) if x.least <= x.top else Germ([x.standard])
    import numpy as np

    shape = x.shape
    terms = [np.broadcast_to(zeros(shape, x.standard) if t is ZERO else t, shape) for t in x.terms]
    least = np.full(shape, x.top + 1)
    for i, term in reversed(list(enumerate(terms))):
        least[np.asarray(term != 0, dtype=bool)] = x.low + i
    present = sorted({int(power) for power in least.flat if power <= x.top})
    if not present:
        return Germ([x.standard])
    low = min(0, *[first(power) for power in present])
    top = min(first(power) + x.top - power for power in present)
    out = [zeros(shape, x.standard) for _ in range(max(0, top - low + 1))]
    for power in present:
        where = least == power
        found = expand([term[where] for term in terms[power - x.low :]])
        for i, term in enumerate(found):
            if 0 <= first(power) + i - low < len(out):
                out[first(power) + i - low][where] = term
    return Germ(out, low)


def _from_low(terms: list[Any], first: int) -> Germ:
    """Coefficients from a power on, with those before it from 0 on."""
    return Germ([*[ZERO] * max(0, first), *terms], min(0, first))


def _root(x: Germ) -> Germ:
    """The square root, by (r*r)[k] = x[k]."""

    def expand(terms: list[Any]) -> list[Any]:
        found = [root.compute((terms[0],))]
        half = inverse.compute((add.compute((found[0], found[0])),))
        for k in range(1, len(terms)):
            rest = FLOAT64.zero if terms[k] is ZERO else terms[k]
            for j in range(1, k):
                rest = sub.compute((rest, mul.compute((found[j], found[k - j]))))
            found.append(mul.compute((rest, half)))
        return found

    return _by_least(x, expand, lambda power: power // 2)


def _inverse(x: Germ) -> Germ:
    """1/x, by (x*r)[k] = 0, and 0 where x is 0."""

    def expand(terms: list[Any]) -> list[Any]:
        found = [inverse.compute((terms[0],))]
        for k in range(1, len(terms)):
            total: Any = FLOAT64.zero
            for j in range(1, k + 1):
                if terms[j] is not ZERO:
                    total = add.compute((total, mul.compute((terms[j], found[k - j]))))
            found.append(neg.compute((mul.compute((total, found[0])),)))
        return found

    return _by_least(x, expand, lambda power: -power)


root: Final[Op] = Unary(
    "root",
    doc="the square root of a sum of squares",
    rounded=lambda r: r.sqrt,
    arrays=lambda np: np.sqrt,
    partials=[lambda out, s: mul(0.5, inverse(out))],
    public=False,
)
inverse: Final[Op] = Unary(
    "inverse",
    "h",
    doc="1/h, and 0 where h is 0",
    rounded=lambda r: r.inverse_norm,
    arrays=lambda np: lambda h: np.where(h == 0, 0.0, 1 / h),
    partials=[lambda out, h: neg(mul(out, out))],
    public=False,
)
_LAURENT: Final = {root: _root, inverse: _inverse}
