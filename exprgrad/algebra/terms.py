"""Expressions in normal form: sums of products of powers, with exact coefficients.

Equal terms of one `Algebra` are one object, so they are compared by identity, and what a term says of itself (its cost,
its sign) is found once. A term never changes and never looks deeper than its operands, so nothing recurses.

Rewriting keeps the value wherever the term is defined, and may only define more: x/x is 1, sqrt(x)**2 is x, while
sqrt(x**2) is abs(x) and log(x*y) stays what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isqrt
from typing import Final

from exprgrad.numbers.rationals import Rational, measure

# Numbers of so many bits are not raised to powers, but left as they are written.
_BITS: Final = 200
# Products are not raised to larger powers factor by factor, of which one may be inf and another 0.
_LARGE: Final = 1_000_000
# So many operations are brought to common denominators for one program.
_WORK: Final = 30_000

# Numbers with larger denominators are decimals of many digits, which are no multiples of anything: beside others they
# stay what they are, unless all are so small multiples of one.
_FINEST: Final = 10**12
_MULTIPLES: Final = 10**6

ONE: Final = Rational(1)
HALF: Final = Rational(1, 2)


class Term:
    """An expression. `nonnegative` says whether it is known not to be below 0 where it is defined, `index` numbers the
    terms of an algebra in order of creation, and `cost` is how many operations its text has, once they were counted."""

    __slots__ = ("algebra", "cost", "index", "nonnegative")
    algebra: Algebra
    index: int
    nonnegative: bool
    cost: int | None

    @property
    def parts(self) -> Sequence[Term]:
        """The terms that it is made of."""
        return ()


class Number(Term):
    """An exact number."""

    __slots__ = ("value",)

    def __init__(self, value: Rational) -> None:
        self.value = value


class Symbol(Term):
    """A name, or the base of natural logarithms (`E`)."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Sum(Term):
    """A constant and terms times coefficients, none of which is 0."""

    __slots__ = ("constant", "terms")

    def __init__(self, constant: Rational, terms: dict[Term, Rational]) -> None:
        self.constant = constant
        self.terms = terms

    @property
    def parts(self) -> Sequence[Term]:
        return tuple(self.terms)


class Product(Term):
    """A coefficient and bases with exponents."""

    __slots__ = ("coefficient", "factors")

    def __init__(self, coefficient: Rational, factors: dict[Term, Term]) -> None:
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
    """Makes terms. `decimals` says whether numbers such as 1/2 are written 0.5; `identities` has for the names of
    operations what their calls are instead, and `signs` those that are never negative."""

    def __init__(self, *, decimals: bool, identities: Mapping[str, Identity], signs: frozenset[str]) -> None:
        self.decimals = decimals
        # How much may still be tried on the way to short formulas, in operations of what is looked at: it takes seconds
        # at the most, and is the same on every machine.
        self.work = _WORK
        # Whether new products keep the order in which their factors come, instead of that in which these were made.
        self.as_written = True
        self._identities = identities
        self._signs = signs
        self._known: dict[object, Term] = {}
        self.zero = self.number(Rational(0))
        self.one = self.number(ONE)
        self.half = self.number(HALF)
        self.e = self._kept("e", Symbol(""), True)

    def _kept(self, key: object, made: Term, nonnegative: bool) -> Term:
        made.algebra = self
        made.index = len(self._known)
        made.cost = None
        made.nonnegative = nonnegative
        self._known[key] = made
        return made

    # -- leaves and calls ---------------------------------------------------------------------------------------

    def number(self, value: Rational | int) -> Term:
        value = Rational(value)
        key = ("number", value)
        found = self._known.get(key)
        if found is None:
            found = self._kept(key, Number(value), value >= 0)
        return found

    def symbol(self, name: str, nonnegative: bool = False) -> Term:
        key = ("symbol", name)
        return self._known.get(key) or self._kept(key, Symbol(name), nonnegative)

    def call(self, name: str, *operands: Term) -> Term:
        """An operation on operands, or what it is instead."""
        identity = self._identities.get(name)
        if identity is not None and (found := identity(self, operands)) is not None:
            return found
        key = (name, operands)
        made = self._known.get(key)
        if made is None:
            made = self._kept(key, Call(name, operands), name in self._signs)
        return made

    # -- sums -----------------------------------------------------------------------------------------------------

    def add(self, *terms: Term) -> Term:
        return self.sum([(ONE, x) for x in terms])

    def subtract(self, x: Term, y: Term) -> Term:
        return self.sum([(ONE, x), (-ONE, y)])

    def sum(self, pairs: Iterable[tuple[Rational, Term]], *, flat: bool = True) -> Term:
        """Terms times numbers, added up; sums among them are dissolved, unless it need not be `flat`."""
        constant = Rational(0)
        found: dict[Term, Rational] = {}
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
            made = self._kept(key, Sum(constant, terms), sign)
        return made

    def terms(self, x: Term) -> list[tuple[Rational, Term]]:
        """The terms of a sum with their coefficients, the constant last as a multiple of 1; itself, if it is none."""
        if not isinstance(x, Sum):
            return [(ONE, x)]
        return [*[(k, y) for y, k in x.terms.items()], *([(x.constant, self.one)] if x.constant else [])]

    def scaled(self, k: Rational, x: Term) -> Term:
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

    def product(self, coefficient: Rational, pairs: Iterable[tuple[Term, Term]]) -> Term:
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
            elif isinstance(base, Product) and n is not None and abs(n) < _LARGE:
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
            below = found.get(self.zero)
            return self.symbol("nan") if below is not None and leads_negative(below) else self.zero
        again = [(b, e) for b, e in found.items() if isinstance(b, Number) and whole(e) is not None]
        for b, e in again:  # exponents that have become whole
            folded = self._folded(b.value, whole(e) or 0)
            if folded is not None:
                coefficient *= folded
                del found[b]
        coefficient = self._gathered(coefficient, found)
        factors = {b: e for b, e in found.items() if e is not self.zero}
        for b, e in factors.items():
            if isinstance(b, Call) and b.name == "sign" and (without := self._without_sign(b, e, factors)) is not None:
                return self.product(coefficient, without)
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
        m = whole(factors[x]) if x in factors else None
        if m is None or m * n > 0:
            return None
        # x**2/abs(x) is abs(x), and x/abs(x) is sign(x).
        others = [(base, e) for base, e in rest if base is not x]
        power = self.number(n + m)
        return [*others, (sign, self.one), (x, power)] if m % 2 else [*others, (b, power)]

    def _without_sign(
        self, b: Call, exponent: Term, factors: Mapping[Term, Term]
    ) -> Sequence[tuple[Term, Term]] | None:
        """Factors without a sign, where they say the same: x*sign(x) is abs(x), and so is x**3*sign(x) times x**2."""
        (x,) = b.operands
        n = whole(factors[x]) if x in factors else None
        if exponent is not self.one or n is None or n < 0 or n % 2 == 0:
            return None
        rest = [(base, e) for base, e in factors.items() if base is not b and base is not x]
        return [*rest, (self.call("abs", x), self.one), (x, self.number(n - 1))]

    def _gathered(self, coefficient: Rational, found: dict[Term, Term]) -> Rational:
        """Puts whole powers of a sum beside its roots, whose sign and content are their own; gives the coefficient."""
        for root in [b for b, e in found.items() if isinstance(b, Sum) and whole(e) is None]:
            content, base = self.primitive(root)
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

    def _times(self, coefficient: Rational, factors: Mapping[Term, Term]) -> Term:
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
            made = self._kept(key, Product(coefficient, dict(factors)), sign)
        return made

    def _is_nonnegative(self, base: Term, exponent: Term) -> bool:
        # A power that is not whole is only defined where its base is not negative.
        n = whole(exponent)
        return base.nonnegative or (n is None and isinstance(exponent, Number)) or (n is not None and n % 2 == 0)

    @staticmethod
    def _folded(value: Rational, n: int) -> Rational | None:
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
            scaled = self._scaled_exponent(e, exponent)
            if b.nonnegative and (b is self.e or whole(scaled) is not None):
                out.append((b, scaled))
            elif n is not None and n % 2 == 0:
                out.append((self.call("abs", b), scaled))
            else:
                kept.append((b, e))
        rest = self.product(inside, kept)
        if isinstance(rest, Product) and rest.coefficient == 1 and len(rest.factors) == 1:
            ((b, e),) = rest.factors.items()
            if whole(e) is None and isinstance(e, Number):  # which is defined only where its base is not negative
                return self.product(outside, [*out, (b, self._scaled_exponent(e, exponent))])
        if rest is self.one:
            return self.product(outside, out)
        return self.product(outside, [*out, (rest, exponent)])

    def factors(self, x: Term) -> Mapping[Term, Term]:
        """The factors of a term beside its coefficient, with their exponents: itself, where it is no product."""
        return x.factors if isinstance(x, Product) else {x: self.one}

    def root(self, x: Term) -> Term:
        return self.power(x, self.half)

    def primitive(self, x: Sum) -> tuple[Rational, Term]:
        """A sum as a number times a sum whose coefficients are whole and have no common divisor. Of the two that differ
        by their sign it is the one that was made first, as that of the program is, if terms of both signs are in it; of
        others the first term in order of creation is positive."""
        content = common([k for k, _ in self.terms(x)])
        if self.decimals and content.numerator == 1:  # 0.5*x + 1 reads better than (x + 2)/2
            content = ONE
        first = min(x.terms, key=lambda y: y.index)
        if x.terms[first] < 0:
            content = -content
        found = self.sum([(k / content, y) for k, y in self.terms(x)])
        if not isinstance(found, Sum) or not is_mixed(found):
            return content, found
        turned = self._known.get(("sum", -found.constant, frozenset([(y, -k) for y, k in found.terms.items()])))
        return (content, found) if turned is None or turned.index > found.index else (-content, turned)


def is_mixed(x: Sum) -> bool:
    """Whether a sum has terms of both signs."""
    numbers = [*x.terms.values(), *([x.constant] if x.constant else [])]
    return min(numbers) < 0 < max(numbers)


def below(root: Term) -> list[Term]:
    """A term and all that it is made of, each once, parts first."""
    found: dict[Term, None] = {}
    stack: list[tuple[Term, bool]] = [(root, False)]
    while stack:
        x, done = stack.pop()
        if x in found:
            continue
        if done:
            found[x] = None
        else:
            stack.append((x, True))
            stack += [(y, False) for y in reversed(x.parts)]
    return list(found)


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


def common(numbers: Sequence[Rational]) -> Rational:
    """What numbers have as a common factor; 1 where they only seem to have one."""
    found = measure(numbers)
    return ONE if are_long(found, [k / found for k in numbers]) else found


def are_long(content: Rational, multiples: Iterable[Rational]) -> bool:
    """Whether whole multiples of a number are decimals of many digits, of which that number says nothing."""
    return content.denominator > _FINEST and any([abs(n) > _MULTIPLES for n in multiples])


def is_decimal(value: Rational) -> bool:
    """Whether a number is the shortest text of a double."""
    try:
        return Rational(repr(float(value))) == value
    except (OverflowError, ValueError):
        return False


def _root(value: Rational, q: Rational) -> tuple[Rational, Rational]:
    """A positive number to a power as a number, and a number that is left to be raised: sqrt(12) is 2*sqrt(3)."""
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if value <= 0 or q.denominator != 2 or bits * abs(q) > _BITS:
        return ONE, value
    out = inside = ONE
    for n, sign in ((value.numerator, 1), (value.denominator, -1)):
        square, rest = _square(n)
        out *= Rational(square) ** (sign * q.numerator)
        inside *= Rational(rest) ** sign
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
