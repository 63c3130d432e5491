"""Sines, cosines and exponentials at the double and the half of an argument, and the quotients that have names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from exprgrad.algebra.reading import substituted
from exprgrad.algebra.terms import HALF, ONE, Algebra, Call, Product, Sum, Term, below, whole
from exprgrad.numbers.rationals import Rational

# A sine over a cosine, by their names.
_QUOTIENTS: Final = (("sin", "cos", "tan"), ("sinh", "cosh", "tanh"))
# What quotients of sines and cosines are: the one above the bar, the one below; "" for 1.
_SPELLED: Final[Mapping[str, tuple[str, str]]] = {
    "tan": ("sin", "cos"),
    "cot": ("cos", "sin"),
    "sec": ("", "cos"),
    "csc": ("", "sin"),
    "tanh": ("sinh", "cosh"),
    "coth": ("cosh", "sinh"),
    "sech": ("", "cosh"),
    "csch": ("", "sinh"),
}


def by_angles(a: Algebra, x: Term) -> Iterator[Term]:
    """Other ways to write a sum or a product that has such functions."""
    if isinstance(x, Product):
        yield from _doubled(a, x)
        yield from _quotients(a, x)
        yield from _hyperbolic(a, x.coefficient, x.factors)
        for b, e in x.factors.items():
            if isinstance(b, Sum):
                for other in _at_double(a, b):
                    rest = [(c, n) for c, n in x.factors.items() if c is not b]
                    yield a.product(x.coefficient, [*rest, (other, e)])
    elif isinstance(x, Sum):
        yield from _hyperbolic(a, ONE, a.factors(x))
        yield from _halved(a, x)
        yield from _at_double(a, x)


def spelled(a: Algebra, x: Term) -> Term | None:
    """A term with quotients of sines and cosines in place of tangents, secants and the like, None where it has none."""
    known: dict[Term, Term] = {}
    for y in below(x):
        if isinstance(y, Call) and y.name in _SPELLED:
            top, bottom = _SPELLED[y.name]
            (u,) = y.operands
            known[y] = a.divide(a.call(top, u) if top else a.one, a.call(bottom, u))
    return substituted(a, x, known) if known else None


def _calls(factors: Mapping[Term, Term], name: str) -> Iterator[tuple[Call, int]]:
    """The calls of a function among factors, with their exponents where these are whole."""
    for b, e in factors.items():
        n = whole(e)
        if isinstance(b, Call) and b.name == name and n is not None:
            yield b, n


def _doubled(a: Algebra, x: Product) -> Iterator[Term]:
    """sin(u)*cos(u) is sin(2*u)/2."""
    for sine, n in _calls(x.factors, "sin"):
        cosine = a.call("cos", *sine.operands)
        m = whole(x.factors[cosine]) if cosine in x.factors else None
        if m is not None and n * m > 0:
            k = a.number(min(n, m) if n > 0 else max(n, m))
            double = a.scaled(HALF, a.call("sin", a.scaled(Rational(2), sine.operands[0])))
            yield a.product(x.coefficient, [*_less(a, x, sine, cosine, k), (double, k)])


def _at_double(a: Algebra, x: Sum) -> Iterator[Term]:
    """cos(u)**2 is (1 + cos(2*u))/2, sin(u)**2 is (1 - cos(2*u))/2, and sin(u)*cos(u) is sin(2*u)/2."""
    pairs: list[tuple[Rational, Term]] = [(x.constant, a.one)]
    changed = False
    for y, k in x.terms.items():
        found = y
        if isinstance(y, Product):
            for name, sign in (("cos", 1), ("sin", -1)):
                for b, n in _calls(y.factors, name):
                    if n == 2:
                        double = a.call("cos", a.scaled(Rational(2), b.operands[0]))
                        square = a.sum([(HALF, a.one), (sign * HALF, double)])
                        outside = a.product(ONE, [(c, e) for c, e in y.factors.items() if c is not b])
                        found = a.sum([(q, a.multiply(outside, z)) for q, z in a.terms(square)])
            if found is y:
                found = next(_doubled(a, y), y)
        changed = changed or found is not y
        pairs.append((k, found))
    if changed:
        yield a.sum(pairs)


def _quotients(a: Algebra, x: Product) -> Iterator[Term]:
    """sin(u)/cos(u) is tan(u)."""
    for name, other, quotient in _QUOTIENTS:
        for sine, n in _calls(x.factors, name):
            cosine = a.call(other, *sine.operands)
            m = whole(x.factors[cosine]) if cosine in x.factors else None
            if m is not None and n * m < 0:
                k = min(n, -m) if n > 0 else max(n, -m)
                factors = {**x.factors, sine: a.number(n - k), cosine: a.number(m + k)}
                yield a.product(x.coefficient, [*factors.items(), (a.call(quotient, *sine.operands), a.number(k))])


def _less(a: Algebra, x: Product, one: Term, other: Term, k: Term) -> list[tuple[Term, Term]]:
    """The factors of a product with less of two of them."""
    return [(b, a.subtract(e, k) if b in (one, other) else e) for b, e in x.factors.items()]


def _hyperbolic(a: Algebra, coefficient: Rational, factors: Mapping[Term, Term]) -> Iterator[Term]:
    """exp(u) + exp(v) is 2*cosh((u - v)/2)*exp((u + v)/2), exp(u) - exp(v) the same with sinh."""
    for s, e in factors.items():
        pair = _exponents(a, s) if isinstance(s, Sum) else None
        if pair is None:
            continue
        k, sign, u, v = pair
        name = "cosh" if sign > 0 else "sinh"
        half = a.call(name, a.scaled(HALF, a.subtract(u, v)))
        rest = [(b, n) for b, n in factors.items() if b is not s]
        shift = a.multiply(e, a.scaled(HALF, a.add(u, v)))
        made = a.product(coefficient, [*rest, (a.number(2 * k), e), (half, e), (a.e, shift)])
        if not (isinstance(made, Product) and a.e in made.factors):
            yield made


def _exponents(a: Algebra, s: Sum) -> tuple[Rational, int, Term, Term] | None:
    """Of k*(exp(u) + exp(v)), or the difference, k, the sign between them, u and v; a constant is a multiple of exp(0).
    None of other sums."""
    found = [(k, y.factors[a.e]) for y, k in s.terms.items() if isinstance(y, Product) and {*y.factors} == {a.e}]
    if len(found) < len(s.terms) or len(found) + (s.constant != 0) != 2:
        return None
    (k, u), (m, v) = found if len(found) == 2 else (*found, (s.constant, a.zero))
    if abs(k) != abs(m):
        return None
    return (k, 1, u, v) if k == m else (k, -1, u, v)


def _halved(a: Algebra, x: Sum) -> Iterator[Term]:
    """cos(u) is 1 - 2*sin(u/2)**2, and 2*cos(u/2)**2 - 1."""
    cosines: dict[Term, None] = {}
    for y in x.terms:
        for b, n in _calls(a.factors(y), "cos"):
            if n == 1:
                cosines[b] = None
    for name, constant in (("sin", ONE), ("cos", -ONE)):
        known: dict[Term, Term] = {}
        for cosine in cosines:
            assert isinstance(cosine, Call)
            half = a.call(name, a.scaled(HALF, cosine.operands[0]))
            square = a.product(Rational(2), [(half, a.number(2))])
            known[cosine] = a.sum([(constant, a.one), (-constant, square)])
        if known:
            yield substituted(a, x, known)
