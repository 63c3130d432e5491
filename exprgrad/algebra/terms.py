"""Expressions in normal form: sums of products of powers, with exact coefficients.

Equal terms of one `Algebra` are one object, so they are compared by identity, and what a term says of itself (its cost,
its sign) is found once. A term never changes and never looks deeper than its operands, so nothing recurses.

Rewriting keeps the value wherever the term is defined, and may only define more: x/x is 1, sqrt(x)**2 is x, while
sqrt(x**2) is abs(x) and log(x*y) stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from gmpy2 import mpq
from math import gcd, isqrt
from typing import Final

# Numbers of so many bits are not raised to powers, but left as they are written.
_BITS: Final = 200
# What is written as a fraction has no larger denominator.
_LONGEST: Final = 10_000

ONE: Final = mpq(1)
HALF: Final = mpq(1, 2)


class Term:
    """An expression. `cost` is how many operations its text has, `nonnegative` whether it is known not to be below 0
    where it is defined, and `index` numbers the terms of an algebra in order of creation."""

    __slots__ = ("cost", "index", "nonnegative")
    index: int
    cost: int
    nonnegative: bool

    @property
    def parts(self) -> Sequence[Term]:
        """The terms that it is made of."""
        return ()


class Number(Term):
    """An exact number."""

    __slots__ = ("value",)

    def __init__(self, value: mpq) -> None:
        self.value = value


class Symbol(Term):
    """A name, or the base of natural logarithms (`E`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Sum(Term):
    """A constant and terms times coefficients, none of which is 0."""

    __slots__ = ("constant", "terms")

    def __init__(self, constant: mpq, terms: Mapping[Term, mpq]) -> None:
        self.constant = constant
        self.terms = terms

    @property
    def parts(self) -> Sequence[Term]:
        return tuple(self.terms)


class Product(Term):
    """A coefficient and bases with exponents."""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: mpq, factors: Mapping[Term, Term]) -> None:
        self.coefficient = coefficient
        self.factors = factors

    @property
    def parts(self) -> Sequence[Term]:
        return (*self.factors, *self.factors.values())


class Call(Term):
    """An operation of the language, by its name, on operands."""

    __slots__ = ("name", "operands")

    def __init__(self, name: str, operands: Sequence[Term]) -> None:
        self.name = name
        self.operands = tuple(operands)

    @property
    def parts(self) -> Sequence[Term]:
        return self.operands


# From the operands of an operation to what it is instead, None where it is what it is.
Identity = Callable[["Algebra", Sequence[Term]], Term | None]


class Algebra:
    """Makes terms. `decimals` says whether numbers such as 1/2 are written 0.5; `identities` has for names of operations
    what their calls are instead, and `signs` those that are never negative."""

    def __init__(self, *, decimals: bool, identities: Mapping[str, Identity], signs: frozenset[str]) -> None:
        self.decimals = decimals
        # Whether new products keep the order in which their factors come, instead of that in which these were made.
        self.as_written = True
        self._identities = identities
        self._signs = signs
        self._known: dict[object, Term] = {}
        self.zero = self.number(mpq(0))
        self.one = self.number(ONE)
        self.half = self.number(HALF)
        self.e = self._kept("e", Symbol(""), 0, True)

    def _kept(self, key: object, made: Term, cost: int, nonnegative: bool) -> Term:
        made.index = len(self._known)
        made.cost = cost
        made.nonnegative = nonnegative
        self._known[key] = made
        return made

    # -- leaves and calls ---------------------------------------------------------------------------------------

    def number(self, value: mpq | int) -> Term:
        value = mpq(value)
        key = ("number", value)
        found = self._known.get(key)
        if found is None:
            top, below = self.literal(abs(value))
            cost = (value < 0) + (below != 1)
            found = self._kept(key, Number(value), cost, value >= 0)
        return found

    def literal(self, value: mpq) -> tuple[mpq, int]:
        """A number that is not negative as it is written: what stands above and what below a fraction bar."""
        if value.denominator == 1 or value.denominator > _LONGEST or (self.decimals and is_decimal(value)):
            return value, 1
        return mpq(value.numerator), int(value.denominator)

    def symbol(self, name: str, nonnegative: bool = False) -> Term:
        key = ("symbol", name)
        return self._known.get(key) or self._kept(key, Symbol(name), 0, nonnegative)

    def call(self, name: str, *operands: Term) -> Term:
        """An operation on operands, or what it is instead."""
        identity = self._identities.get(name)
        if identity is not None and (found := identity(self, operands)) is not None:
            return found
        key = (name, operands)
        made = self._known.get(key)
        if made is None:
            cost = 1 + sum([x.cost for x in operands])
            made = self._kept(key, Call(name, operands), cost, name in self._signs)
        return made

    # -- sums -----------------------------------------------------------------------------------------------------

    def add(self, *terms: Term) -> Term:
        return self.sum([(ONE, x) for x in terms])

    def subtract(self, x: Term, y: Term) -> Term:
        return self.sum([(ONE, x), (-ONE, y)])

    def sum(self, pairs: Iterable[tuple[mpq, Term]], *, flat: bool = True) -> Term:
        """Terms times numbers, added up; sums among them are dissolved, unless it need not be `flat`."""
        constant = mpq(0)
        found: dict[Term, mpq] = {}
        stack = list(pairs)[::-1]
        while stack:
            k, x = stack.pop()
            if isinstance(x, Number):
                constant += k * x.value
                continue
            if isinstance(x, Product) and x.coefficient != 1:
                k, x = k * x.coefficient, self._times(ONE, x.factors)
            if isinstance(x, Sum) and (flat or k == 1):
                constant += k * x.constant
                stack += [(k * q, y) for y, q in reversed(x.terms.items())]
                continue
            found[x] = found.get(x, 0) + k
        terms = {x: k for x, k in found.items() if k}
        if not terms:
            return self.number(constant)
        if not constant and len(terms) == 1:
            ((x, k),) = terms.items()
            return self.scaled(k, x)
        key = ("sum", constant, frozenset(terms.items()))
        made = self._known.get(key)
        if made is None:
            sign = constant >= 0 and all([k > 0 and x.nonnegative for x, k in terms.items()])
            made = self._kept(key, Sum(constant, terms), self._cost_of_sum(constant, terms), sign)
        return made

    def scaled(self, k: mpq, x: Term) -> Term:
        """A number times a term."""
        if isinstance(x, Number):
            return self.number(k * x.value)
        if k == 1:
            return x
        if isinstance(x, Product):
            return self._times(k * x.coefficient, x.factors)
        if isinstance(x, Sum):
            return self.product(k, [(x, self.one)])
        return self._times(k, {x: self.one})

    def negative(self, x: Term) -> Term:
        return self.scaled(-ONE, x)

    # -- products ---------------------------------------------------------------------------------------------------

    def multiply(self, *terms: Term) -> Term:
        return self.product(ONE, [(x, self.one) for x in terms])

    def divide(self, x: Term, y: Term) -> Term:
        return self.product(ONE, [(x, self.one), (y, self.number(-1))])

    def product(self, coefficient: mpq, pairs: Iterable[tuple[Term, Term]]) -> Term:
        """A number times powers, given as bases and exponents."""
        found: dict[Term, Term] = {}
        stack = list(pairs)[::-1]
        while stack:
            base, exponent = stack.pop()
            n = whole(exponent)
            if isinstance(base, Number):
                folded = None if n is None else self._folded(base.value, n)
                if folded is not None:
                    coefficient *= folded
                    continue
            elif isinstance(base, Product) and n is not None:
                if (folded := self._folded(base.coefficient, n)) is not None:
                    coefficient *= folded
                    stack += [(b, self._scaled_exponent(e, exponent)) for b, e in reversed(base.factors.items())]
                    continue
            elif isinstance(base, Sum) and n is not None:
                content, base = self.primitive(base)
                folded = self._folded(content, n)
                assert folded is not None, "the content of a sum is not 0"
                coefficient *= folded
            elif isinstance(base, Product) and self._dissolves(base, exponent):
                ((b, e),) = base.factors.items()
                base, exponent = b, self._scaled_exponent(e, exponent)
            before = found.get(base)
            found[base] = exponent if before is None else self.add(before, exponent)
        if not coefficient:
            return self.zero
        again = [(b, e) for b, e in found.items() if isinstance(b, Number) and whole(e) is not None]
        for b, e in again:  # exponents that have become whole
            folded = self._folded(b.value, whole(e) or 0)  # type: ignore[attr-defined]
            if folded is not None:
                coefficient *= folded
                del found[b]
        coefficient = self._gathered(coefficient, found)
        factors = {b: e for b, e in found.items() if e is not self.zero}
        for b, e in factors.items():
            if isinstance(b, Call) and b.name == "abs" and (without := self._without_abs(b, e, factors)) is not None:
                return self.product(coefficient, without)
        if coefficient == 1 and len(factors) == 1:
            ((b, e),) = factors.items()
            if e is self.one:
                return b
        return self._times(coefficient, factors)

    def _without_abs(self, b: Call, exponent: Term, factors: Mapping[Term, Term]) -> Sequence[tuple[Term, Term]] | None:
        """Factors without an absolute value, where they say the same: abs(x)**2 is x**2, abs(x)*sign(x) is x."""
        (x,) = b.operands
        n = whole(exponent)
        if n is None:
            return None
        rest = [(base, e) for base, e in factors.items() if base is not b]
        if n % 2 == 0:
            return [*rest, (x, exponent)]
        sign = self.call("sign", x)
        if n > 0 and factors.get(sign) is self.one:
            return [*[(base, e) for base, e in rest if base is not sign], (x, exponent)]
        return None

    def _gathered(self, coefficient: mpq, found: dict[Term, Term]) -> mpq:
        """Puts whole powers of a sum beside its roots, whose sign and content are their own; gives the coefficient."""
        for root in [b for b, e in found.items() if isinstance(b, Sum) and whole(e) is None]:
            content, base = self.primitive(root)  # type: ignore[arg-type]
            n = whole(found[base]) if base is not root and base in found else None
            if n is not None:
                del found[base]
                found[root] = self.add(found[root], self.number(n))
                coefficient *= content**-n
        return coefficient

    def _dissolves(self, base: Product, exponent: Term) -> bool:
        """Whether (b**e)**exponent is b**(e*exponent)."""
        if base.coefficient != 1 or len(base.factors) != 1:
            return False
        ((b, _),) = base.factors.items()
        return b.nonnegative

    def _scaled_exponent(self, e: Term, exponent: Term) -> Term:
        return exponent if e is self.one else e if exponent is self.one else self.multiply(e, exponent)

    def _times(self, coefficient: mpq, factors: Mapping[Term, Term]) -> Term:
        if not factors:
            return self.number(coefficient)
        if coefficient == 1 and len(factors) == 1:
            ((b, e),) = factors.items()
            if e is self.one:
                return b
        key = ("product", coefficient, frozenset(factors.items()))
        made = self._known.get(key)
        if made is None:
            if not self.as_written:
                factors = dict(sorted(factors.items(), key=lambda factor: factor[0].index))
            sign = coefficient > 0 and all([self._is_nonnegative(b, e) for b, e in factors.items()])
            made = self._kept(key, Product(coefficient, dict(factors)), self._cost_of(coefficient, factors), sign)
        return made

    def _is_nonnegative(self, base: Term, exponent: Term) -> bool:
        # A power that is not whole is only defined where its base is not negative.
        n = whole(exponent)
        return base.nonnegative or (n is None and isinstance(exponent, Number)) or (n is not None and n % 2 == 0)

    @staticmethod
    def _folded(value: mpq, n: int) -> mpq | None:
        """A number to a power, None where that would be too large to write, or is no number."""
        if value in (1, -1) or n in (0, 1):
            return value if n % 2 else ONE
        size = max(value.numerator.bit_length(), value.denominator.bit_length())
        if size * abs(n) > _BITS or (n < 0 and not value):
            return None
        return value**n

    def power(self, base: Term, exponent: Term) -> Term:
        """A base to a power."""
        if exponent is self.zero:
            return self.one
        if exponent is self.one:
            return base
        if whole(exponent) is not None or not isinstance(exponent, Number):
            return self.product(ONE, [(base, exponent)])
        q = exponent.value
        if isinstance(base, Number):
            outside, inside = _root(base.value, q)
            return self.product(outside, [(self.number(inside), exponent)] if inside != 1 else [])
        if not isinstance(base, Product):
            return self.product(ONE, [(base, exponent)])
        # Of what stands under a root comes out what is known not to be negative: sqrt(x**2*y) is abs(x)*sqrt(y).
        outside, inside = _root(base.coefficient, q) if base.coefficient > 0 else (ONE, base.coefficient)
        out: list[tuple[Term, Term]] = []
        kept: list[tuple[Term, Term]] = []
        for b, e in base.factors.items():
            n = whole(e)
            if b.nonnegative:
                out.append((b, self._scaled_exponent(e, exponent)))
            elif n is not None and n % 2 == 0:
                out.append((self.call("abs", b), self._scaled_exponent(e, exponent)))
            else:
                kept.append((b, e))
        rest = self.product(inside, kept)
        if isinstance(rest, Product) and rest.coefficient == 1 and len(rest.factors) == 1:
            ((b, e),) = rest.factors.items()
            if whole(e) is None:  # a power that is defined only where its base is not negative
                return self.product(outside, [*out, (b, self._scaled_exponent(e, exponent))])
        if rest is self.one:
            return self.product(outside, out)
        return self.product(outside, [*out, (rest, exponent)])

    def root(self, x: Term) -> Term:
        return self.power(x, self.half)

    def primitive(self, x: Sum) -> tuple[mpq, Term]:
        """A sum as a number times a sum whose coefficients are whole and have no common divisor, and whose first term
        in order of creation is positive."""
        numbers = [*x.terms.values(), *([x.constant] if x.constant else [])]
        content = mpq(gcd(*[k.numerator for k in numbers]), _lcm([k.denominator for k in numbers]))
        if self.decimals and content.numerator == 1:  # 0.5*x + 1 reads better than (x + 2)/2
            content = ONE
        first = min(x.terms, key=lambda y: y.index)
        if x.terms[first] < 0:
            content = -content
        return content, self.sum([(k / content, y) for y, k in x.terms.items()] + [(x.constant / content, self.one)])

    # -- what texts cost --------------------------------------------------------------------------------------------

    def _cost_of_sum(self, constant: mpq, terms: Mapping[Term, mpq]) -> int:
        cost = len(terms) - 1 + (1 if constant else 0)
        if constant:
            cost += self.number(abs(constant)).cost
        for x, k in terms.items():
            factors = x.factors if isinstance(x, Product) else {x: self.one}
            cost += self._cost_of(abs(k), factors)
        return cost + (constant <= 0 and all([k < 0 for k in terms.values()]))

    def _cost_of(self, coefficient: mpq, factors: Mapping[Term, Term]) -> int:
        layout = self.layout(coefficient, factors)
        above = len(layout.above) + (layout.top != 1)
        below = len(layout.below) + (layout.bottom != 1)
        cost = max(above - 1, 0) + max(below - 1, 0) + (below > 0) + layout.negative
        return cost + sum([self._cost_of_power(b, e) for b, e in (*layout.above, *layout.below)])

    def _cost_of_power(self, base: Term, exponent: Term) -> int:
        if base is self.e:
            return 1 + exponent.cost
        if exponent is self.one:
            return base.cost
        if exponent is self.half:
            return base.cost + 1
        # A number in an exponent is written as a decimal: x**1.5.
        plain = isinstance(exponent, Number) and is_decimal(abs(exponent.value))
        return base.cost + 1 + (0 if plain else exponent.cost)

    def layout(self, coefficient: mpq, factors: Mapping[Term, Term]) -> Layout:
        """How a product is written as a fraction."""
        above: list[tuple[Term, Term]] = []
        below: list[tuple[Term, Term]] = []
        for b, e in sorted(factors.items(), key=self._rank):
            if b is not self.e and leads_negative(e):
                below.append((b, self.negative(e)))
            else:
                above.append((b, e))
        top, bottom = self.literal(abs(coefficient))
        negative = coefficient < 0
        # -(x - y) is y - x.
        for side in (above, below):
            for i, (b, e) in enumerate(side):
                n = whole(e)
                if negative and n is not None and n % 2 and isinstance(b, Sum) and _is_mixed(b):
                    side[i] = (self.sum([(-ONE, b)]), e)
                    negative = False
        return Layout(negative, top, above, bottom, below)

    def _rank(self, factor: tuple[Term, Term]) -> int:
        """Numbers stand first, then names, sums, calls, and exponentials; those of a kind as they came."""
        base, exponent = factor
        if base is self.e:
            return 5
        if isinstance(base, Symbol) and base.nonnegative:
            return 1
        kind = {Number: 0, Symbol: 2, Sum: 3, Product: 2, Call: 4}[type(base)]
        return kind if isinstance(exponent, Number) else 4


class Layout:
    """A product as a fraction: whether it is negative, and the number and the powers above and below its bar."""

    __slots__ = ("above", "below", "bottom", "negative", "top")

    def __init__(
        self,
        negative: bool,
        top: mpq,
        above: Sequence[tuple[Term, Term]],
        bottom: int,
        below: Sequence[tuple[Term, Term]],
    ) -> None:
        self.negative = negative
        self.top = top
        self.above = above
        self.bottom = bottom
        self.below = below


def whole(x: Term) -> int | None:
    """The whole number that a term is, None if it is none."""
    return int(x.value) if isinstance(x, Number) and x.value.denominator == 1 else None


def leads_negative(x: Term) -> bool:
    """Whether the text of a term begins with a sign."""
    if isinstance(x, Number):
        return x.value < 0
    if isinstance(x, Product):
        return x.coefficient < 0
    return isinstance(x, Sum) and x.constant <= 0 and all([k < 0 for k in x.terms.values()])


def _is_mixed(x: Sum) -> bool:
    """Whether a sum has terms of both signs."""
    numbers = [*x.terms.values(), *([x.constant] if x.constant else [])]
    return min(numbers) < 0 < max(numbers)


def is_decimal(value: mpq) -> bool:
    """Whether a number is the shortest text of a double."""
    try:
        return mpq(repr(float(value))) == value
    except (OverflowError, ValueError):
        return False


def _lcm(numbers: Iterable[int]) -> int:
    found = 1
    for n in numbers:
        found = found * n // gcd(found, n)
    return found


def _root(value: mpq, q: mpq) -> tuple[mpq, mpq]:
    """A positive number to a power as a number, and a number that is left to be raised: sqrt(12) is 2*sqrt(3)."""
    if value <= 0 or q.denominator != 2:
        return ONE, value
    out = inside = ONE
    for n, sign in ((value.numerator, 1), (value.denominator, -1)):
        square, rest = _square(n)
        out *= mpq(square) ** (sign * q.numerator)
        inside *= mpq(rest) ** sign
    return out, inside


def _square(n: int) -> tuple[int, int]:
    """A number as a square and what is left: 12 is 2*2 times 3."""
    if (root := isqrt(n)) ** 2 == n:
        return root, 1
    found = 1
    for p in range(2, 50):
        while n % (p * p) == 0:
            n //= p * p
            found *= p
    return found, n
