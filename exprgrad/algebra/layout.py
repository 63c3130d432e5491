"""What terms look like as texts: products as fractions, and how many operations a text has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from exprgrad.algebra.terms import (
    ONE,
    Algebra,
    Call,
    Number,
    Product,
    Sum,
    Symbol,
    Term,
    is_decimal,
    is_mixed,
    leads_negative,
    whole,
)
from exprgrad.numbers.rationals import Rational

# What is written as a fraction has no larger denominator.
_LONGEST: Final = 10_000
# From here on numbers are not written as they are, and what a text can only round counts as so many operations:
# what is shorter is to be equal.
_LARGEST: Final = Rational(10) ** 300
_ROUNDED: Final = 10_000


class Layout:
    """A product as a fraction: whether it is negative, and the number and the powers above and below its bar."""

    __slots__ = ("above", "below", "bottom", "negative", "top")

    def __init__(self, a: Algebra, coefficient: Rational, factors: Mapping[Term, Term]) -> None:
        self.above: list[tuple[Term, Term]] = []
        self.below: list[tuple[Term, Term]] = []
        for b, e in sorted(factors.items(), key=_rank):
            if isinstance(b, Number):
                coefficient, e = _joined(a, coefficient, b, e)
            if b is not a.e and leads_negative(e):
                self.below.append((b, a.negative(e)))
            else:
                self.above.append((b, e))
        for side in (self.above, self.below):
            # Roots of a number and of a constant are one: sqrt(2)*sqrt(pi) is sqrt(2*pi).
            if len(side) > 1 and isinstance(number := side[0][0], Number) and side[0][1] is a.half:
                constant, e = side[1]
                if e is a.half and isinstance(constant, Symbol) and constant.nonnegative:
                    side[:2] = [(a.multiply(number, constant), e)]
        self.top, self.bottom = literal(a, abs(coefficient))
        self.negative = coefficient < 0
        # -(x - y) is y - x.
        for side in (self.above, self.below):
            for i, (b, e) in enumerate(side):
                n = whole(e)
                if self.negative and n is not None and n % 2 and isinstance(b, Sum) and is_mixed(b):
                    side[i] = (a.sum([(-ONE, b)]), e)
                    self.negative = False


def _joined(a: Algebra, coefficient: Rational, base: Number, exponent: Term) -> tuple[Rational, Term]:
    """A whole number with a root of one as one root, where that is so: 3/sqrt(3) is sqrt(3), sqrt(3)/3 is 1/sqrt(3)."""
    n = whole(base)
    if n is not None and n > 1 and isinstance(exponent, Number):
        if -1 < exponent.value < 0 and coefficient.numerator % n == 0:
            return coefficient / n, a.number(exponent.value + 1)
        if 0 < exponent.value < 1 and coefficient.denominator % n == 0 and not (a.decimals and is_decimal(coefficient)):
            return coefficient * n, a.number(exponent.value - 1)
    return coefficient, exponent


def literal(a: Algebra, value: Rational) -> tuple[Rational, int]:
    """A number that is not negative as it is written: what stands above and what below a fraction bar."""
    if value.denominator == 1 or value.denominator > _LONGEST or (a.decimals and is_decimal(value)):
        return value, 1
    return Rational(value.numerator), int(value.denominator)


def _rank(factor: tuple[Term, Term]) -> int:
    """Numbers stand first, then names, sums, calls, and exponentials; those of a kind as they came."""
    base, exponent = factor
    if isinstance(base, Symbol) and base.nonnegative:
        return 1 if base.name else 5
    kind = {Number: 0, Symbol: 2, Sum: 3, Product: 2, Call: 4}[type(base)]
    return kind if isinstance(exponent, Number) else 4


# -- costs ------------------------------------------------------------------------------------------------------


def cost(root: Term) -> int:
    """How many operations the text of a term has; numbers that a text can only round count for more."""
    stack = [root]
    while stack:
        x = stack[-1]
        waiting = [y for y in x.parts if y.cost is None]
        if waiting:
            stack += waiting
            continue
        stack.pop()
        if x.cost is None:
            x.cost = _cost(x)
    assert root.cost is not None
    return root.cost


def _cost(x: Term) -> int:
    """The same where that of its parts is known."""
    a = x.algebra
    if isinstance(x, Number):
        return (x.value < 0) + _cost_of_number(a, abs(x.value))
    if isinstance(x, Product):
        return _cost_of_product(a, x.coefficient, x.factors)
    if isinstance(x, Call):
        return 1 + sum([cost(y) for y in x.operands])
    return _cost_of_sum(a, x) if isinstance(x, Sum) else int(x is a.e)


def _cost_of_number(a: Algebra, value: Rational) -> int:
    top, bottom = literal(a, value)
    exact = top == float(top) if top < _LARGEST else False
    return (bottom != 1) + (0 if exact or (bottom == 1 and is_decimal(top)) else _ROUNDED)


def _cost_of_sum(a: Algebra, x: Sum) -> int:
    found = len(x.terms) - 1
    if x.constant:
        found += 1 + _cost_of_number(a, abs(x.constant))
    for y, k in x.terms.items():
        found += _cost_of_product(a, abs(k), a.factors(y))
    return found + leads_negative(x)


def _cost_of_product(a: Algebra, coefficient: Rational, factors: Mapping[Term, Term]) -> int:
    found = Layout(a, coefficient, factors)
    rounded = _cost_of_number(a, abs(coefficient)) - (found.bottom != 1)
    above = len(found.above) + (found.top != 1)
    below = len(found.below) + (found.bottom != 1)
    signs = max(above - 1, 0) + max(below - 1, 0) + (below > 0) + found.negative + rounded
    return signs + sum([_cost_of_power(a, b, e) for b, e in (*found.above, *found.below)])


def _cost_of_power(a: Algebra, base: Term, exponent: Term) -> int:
    if base is a.e:
        return 1 + cost(exponent)
    if exponent is a.one:
        return cost(base)
    if exponent is a.half:
        return cost(base) + 1
    # A number in an exponent is written as a decimal: x**1.5.
    plain = isinstance(exponent, Number) and is_decimal(abs(exponent.value))
    return cost(base) + 1 + (0 if plain else cost(exponent))
