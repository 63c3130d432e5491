"""Terms as fractions of polynomials: common denominators, common divisors taken out, and what is left in factors.

What is no polynomial is a variable of its own: sin(x), or x**(1/2), of which x is the square. FLINT computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from exprgrad.algebra.layout import cost
from exprgrad.algebra.terms import HALF, ONE, Algebra, Call, Number, Product, Sum, Term, are_long, whole
from exprgrad.numbers.rationals import Rational, measure

# Fractions with more variables, or more terms on the way, are left as they are.
_VARIABLES: Final = 14
_TERMS: Final = 300
_DEGREE: Final = 40
# A term counts as so many operations at the most.
_MOST: Final = 500


class _TooLarge(Exception):
    """A fraction is not worth its time."""


class _Variables:
    """The variables of some terms: which powers stand for which, by their bases and what is beside the number in their
    exponents."""

    def __init__(self, a: Algebra) -> None:
        self._a = a
        # The number in the exponent of each variable, of which those that are met are whole multiples.
        self._units: dict[tuple[Term, Term], Rational] = {}
        # The same by the numbers of the variables, which are known when all are met.
        self.numbers: dict[tuple[Term, Term], int] = {}
        self._numbered: list[tuple[Term, Term, Rational]] = []

    def meet(self, base: Term, exponent: Term) -> None:
        """A power is to be said by the variables."""
        for q, unit in self.split(exponent):
            key = base, unit
            before = self._units.get(key)
            self._units[key] = abs(q) if before is None else measure([before, q])

    def split(self, exponent: Term) -> list[tuple[Rational, Term]]:
        """An exponent as numbers times terms that have none."""
        a = self._a
        if isinstance(exponent, Number):
            return [(exponent.value, a.one)]
        if isinstance(exponent, Product):
            return [(exponent.coefficient, a.product(ONE, exponent.factors.items()))]
        return a.terms(exponent)

    def number(self) -> None:
        """Numbers the variables."""
        if len(self._units) > _VARIABLES:
            raise _TooLarge
        self.numbers = {key: i for i, key in enumerate(self._units)}
        self._numbered = [(base, unit, step) for (base, unit), step in self._units.items()]

    def powers(self, base: Term, exponent: Term) -> list[tuple[int, int]]:
        """A power as those of variables, by their numbers."""
        found = []
        for q, unit in self.split(exponent):
            key = base, unit
            n = q / self._units[key]
            found.append((self.numbers[key], int(n)))
        return found

    def term(self, i: int, n: int) -> tuple[Term, Term]:
        """A power of a variable as a base and an exponent."""
        base, unit, step = self._numbered[i]
        return base, self._a.scaled(step * n, unit)

    def step(self, i: int) -> Rational:
        """The number in the exponent of a variable."""
        return self._numbered[i][2]

    def __len__(self) -> int:
        return len(self._units)


def fractions(a: Algebra, root: Term) -> Iterator[Term]:
    """A term as fractions in lowest terms, their numerator and denominator in factors; with the identities of sines and
    cosines used one way and the other. None where that would take long."""
    work = min(cost(root), _MOST)
    if work > a.work:
        return
    a.work -= work
    try:
        yield from _Work(a, root).fractions()
    except _TooLarge:
        return


class _Work:
    """A term between polynomials in its variables and terms again."""

    def __init__(self, a: Algebra, root: Term) -> None:
        import flint

        self._a = a
        self._root = root
        self._variables = _Variables(a)
        self._order = self._inside(root)
        self._variables.number()
        names = [f"x{i}" for i in range(len(self._variables))] or ["x"]
        self._context = flint.fmpq_mpoly_ctx.get(names, flint.Ordering.degrevlex)
        self._one = self._context.constant(1)
        self._gens = self._context.gens()

    def _inside(self, root: Term) -> list[Term]:
        """The sums and products that a term is made of, up to what is a variable; parts first."""
        order: dict[Term, None] = {}
        stack: list[tuple[Term, bool]] = [(root, False)]
        while stack:
            x, done = stack.pop()
            if x in order:
                continue
            if done:
                order[x] = None
                if len(order) > _TERMS:
                    raise _TooLarge
                continue
            stack.append((x, True))
            if isinstance(x, Sum):
                stack += [(y, False) for y in x.terms]
            elif isinstance(x, Product):
                for b, e in x.factors.items():
                    if isinstance(b, Sum) and whole(e) is not None:
                        stack.append((b, False))
                    else:
                        self._variables.meet(b, e)
            elif not isinstance(x, Number):
                self._variables.meet(x, self._a.one)
        return list(order)

    def fractions(self) -> Iterator[Term]:
        top, bottom = self._fraction()
        yield self._lowest(top, bottom)
        for squares in self._relations():
            (above, over), (below, under) = self._replaced(top, squares), self._replaced(bottom, squares)
            if below != 0 and (above, below) != (top, bottom):
                yield self._lowest(self._checked(above * under), self._checked(below * over))

    # -- to polynomials -----------------------------------------------------------------------------------------

    def _fraction(self) -> tuple[Any, Any]:
        found: dict[Term, tuple[Any, Any]] = {}
        for x in self._order:
            if isinstance(x, Number):
                found[x] = self._number(x.value), self._one
            elif isinstance(x, Sum):
                total, bottom = self._number(x.constant), self._one
                for y, k in x.terms.items():
                    n, d = found[y]
                    n = n * self._number(k)
                    if d == bottom:
                        total = total + n
                        continue
                    shared = bottom.gcd(d)
                    less = d // shared
                    total = self._checked(total * less + n * (bottom // shared))
                    bottom = self._checked(bottom * less)
                found[x] = total, bottom
            elif isinstance(x, Product):
                top, bottom = self._number(x.coefficient), self._one
                for b, e in x.factors.items():
                    n = whole(e)
                    if isinstance(b, Sum) and n is not None:
                        above, below = found[b]
                        if abs(n) > _DEGREE:
                            raise _TooLarge
                        above, below = (above, below) if n > 0 else (below, above)
                        top = self._checked(top * self._raised(above, abs(n)))
                        bottom = self._checked(bottom * self._raised(below, abs(n)))
                        continue
                    for i, m in self._variables.powers(b, e):
                        if abs(m) > _DEGREE:
                            raise _TooLarge
                        if m > 0:
                            top = top * self._gens[i] ** m
                        else:
                            bottom = bottom * self._gens[i] ** -m
                found[x] = top, bottom
            else:
                ((i, m),) = self._variables.powers(x, self._a.one)
                found[x] = self._gens[i] ** m, self._one
        return found[self._root]

    def _raised(self, x: Any, n: int) -> Any:
        if len(x) ** n > _TERMS * 10:
            raise _TooLarge
        return x**n

    @staticmethod
    def _checked(x: Any) -> Any:
        if len(x) > _TERMS:
            raise _TooLarge
        return x

    def _number(self, value: Rational) -> Any:
        import flint

        return self._context.constant(flint.fmpq(int(value.numerator), int(value.denominator)))

    # -- identities -----------------------------------------------------------------------------------------------

    def _relations(self) -> Iterator[Mapping[int, tuple[Any, Any]]]:
        """What the squares of variables are instead, as fractions: of sines what is 1 beside those of cosines, and of
        roots what stands under them."""
        known = {
            (base.name, base.operands): i
            for (base, unit), i in self._variables.numbers.items()
            if isinstance(base, Call) and unit is self._a.one and self._variables.step(i) == 1
        }
        for name, other, constant, sign in _SQUARES:
            pairs = [(i, known[other, xs]) for (n, xs), i in known.items() if n == name and (other, xs) in known]
            if pairs:
                yield {
                    i: (self._number(constant) + self._gens[j] ** 2 * self._number(sign), self._one) for i, j in pairs
                }
        roots = {}
        for (base, unit), i in self._variables.numbers.items():
            if isinstance(base, Sum) and unit is self._a.one and self._variables.step(i) == HALF:
                under = self._under(base)
                if under is not None:
                    roots[i] = under
        if roots:
            yield roots

    def _under(self, x: Sum) -> tuple[Any, Any] | None:
        """A sum under a root as a fraction, if the variables can say it."""
        total, bottom = self._number(x.constant), self._one
        for y, k in x.terms.items():
            top, below = self._number(k), self._one
            for b, e in self._a.factors(y).items():
                for q, unit in self._variables.split(e):
                    if (b, unit) not in self._variables.numbers:
                        return None
                    i = self._variables.numbers[b, unit]
                    n = q / self._variables.step(i)
                    if n.denominator != 1 or abs(n) > _DEGREE:
                        return None
                    if n > 0:
                        top = top * self._gens[i] ** int(n)
                    else:
                        below = below * self._gens[i] ** -int(n)
            total, bottom = total * below + top * bottom, bottom * below
        return total, bottom

    def _replaced(self, p: Any, squares: Mapping[int, tuple[Any, Any]]) -> tuple[Any, Any]:
        """A polynomial with fractions in place of the squares of some variables, as a fraction."""
        degrees = [int(n) for n in p.degrees()] if p != 0 else []
        most = {i: degrees[i] // 2 for i in squares if degrees}
        below = self._one
        for i, n in most.items():
            below = below * self._raised(squares[i][1], n)
        total = self._number(Rational(0))
        for exponents, k in p.to_dict().items():
            left = list(exponents)
            term = self._one
            for i, n in most.items():
                top, bottom = squares[i]
                times = int(exponents[i]) // 2
                left[i] = exponents[i] - 2 * times
                term = term * self._raised(top, times) * self._raised(bottom, n - times)
            total = self._checked(total + self._context.from_dict({tuple(left): k}) * term)
        return total, below

    # -- back to terms --------------------------------------------------------------------------------------------

    def _lowest(self, top: Any, bottom: Any) -> Term:
        shared = top.gcd(bottom)
        top, bottom = top // shared, bottom // shared
        if top == 0:
            return self._a.zero
        coefficient = ONE
        powers: list[tuple[Term, Term]] = []
        for p, sign in ((top, 1), (bottom, -1)):
            number, factors = p.factor()
            content = _rational(number)
            # Decimals of many digits are no whole numbers times something: the sum of them keeps what is before it.
            long = [i for i, (f, n) in enumerate(factors) if n == 1 and are_long(content, map(_rational, f.coeffs()))]
            for i, (factor, n) in enumerate(factors):
                inner = factor
                if i in long[:1]:
                    inner, content = factor * self._number(content), ONE
                powers.append((self._sum(inner), self._a.number(sign * int(n))))
            coefficient *= content**sign
        return self._a.product(coefficient, powers)

    def _sum(self, p: Any) -> Term:
        pairs = []
        for exponents, k in p.to_dict().items():
            powers = [self._variables.term(i, int(n)) for i, n in enumerate(exponents) if n]
            pairs.append((_rational(k), self._a.multiply(*[self._a.power(b, e) for b, e in powers])))
        return self._a.sum(pairs)


def _rational(k: Any) -> Rational:
    return Rational(int(k.p), int(k.q))


# The square of one function is a constant and that of another times a sign.
_SQUARES: Final = (
    ("cos", "sin", ONE, -ONE),
    ("sin", "cos", ONE, -ONE),
    ("cosh", "sinh", ONE, ONE),
    ("sinh", "cosh", -ONE, ONE),
    ("tanh", "sech", ONE, -ONE),
    ("sech", "tanh", ONE, -ONE),
)
