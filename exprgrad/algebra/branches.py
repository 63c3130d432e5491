"""Conditionals inside of products and sums: what stands outside goes into the sides, where it may cancel, and what the
sides share comes out."""

from __future__ import annotations

from collections.abc import Iterator

from exprgrad.algebra.layout import cost
from exprgrad.algebra.terms import ONE, Algebra, Call, Product, Sum, Term


def by_branches(a: Algebra, x: Term) -> Iterator[Term]:
    """Other ways to write a term that has a conditional as a factor, has several of one condition among its terms, or
    is one."""
    if isinstance(x, Product):
        yield from _into(a, x)
    elif isinstance(x, Sum):
        yield from _together(a, x)
    elif isinstance(x, Call) and x.name == "where":
        yield from _out_of(a, x)


def guarded(a: Algebra, x: Term) -> Term:
    """A product, of which a condition makes a factor 0, inside of that condition: where it is 0 the others need not be
    defined."""
    if isinstance(x, Product):
        for b, e in x.factors.items():
            if isinstance(b, Call) and b.name == "where" and e is a.one and a.zero in b.operands[1:]:
                return next(_into(a, x, b))
    return x


def _into(a: Algebra, x: Product, chosen: Call | None = None) -> Iterator[Term]:
    """k*(u if c else v) is k*u if c else k*v: of the first conditional, or the one that is chosen."""
    for b, e in x.factors.items():
        if isinstance(b, Call) and b.name == "where" and e is a.one and chosen in (None, b):
            rest = a.product(x.coefficient, [(base, n) for base, n in x.factors.items() if base is not b])
            condition, *sides = b.operands
            yield a.call("where", condition, *[a.multiply(rest, side) for side in sides])
            return


def _together(a: Algebra, x: Sum) -> Iterator[Term]:
    """(t if c else u) + (v if c else w) is t + v if c else u + w."""
    groups: dict[Term, list[Term]] = {}
    for y in x.terms:
        factors = a.factors(y)
        for b in factors:
            if isinstance(b, Call) and b.name == "where" and factors[b] is a.one:
                groups.setdefault(b.operands[0], []).append(y)
                break
    for condition, group in groups.items():
        if len(group) < 2:
            continue
        then, otherwise = (
            a.sum([(x.terms[y], _side(a, y, condition, i)) for y in group])  # the terms of a side alone
            for i in (1, 2)
        )
        rest = [(k, y) for y, k in x.terms.items() if y not in group]
        yield a.sum([*rest, (x.constant, a.one), (ONE, a.call("where", condition, then, otherwise))])


def _side(a: Algebra, y: Term, condition: Term, i: int) -> Term:
    """A term where its conditional is decided."""
    factors = a.factors(y)
    powers = []
    for b, e in factors.items():
        decided = isinstance(b, Call) and b.name == "where" and b.operands[0] is condition and e is a.one
        powers.append((b.operands[i] if decided and isinstance(b, Call) else b, e))
    return a.product(ONE, powers)


def _out_of(a: Algebra, x: Call) -> Iterator[Term]:
    """k*u if c else k*v is k*(u if c else v), where k is no mere name: cases read best on their own."""
    condition, then, otherwise = x.operands
    one, other = (a.factors(y) for y in (then, otherwise))
    shared = [(b, e) for b, e in one.items() if other.get(b) is e]
    outside = a.product(ONE, shared)
    if cost(outside) > 1:
        sides = [a.divide(y, outside) for y in (then, otherwise)]
        yield a.multiply(outside, a.call("where", condition, *sides))
