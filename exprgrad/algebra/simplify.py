"""What makes formulas short: of several ways to write a term the one with the fewest operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from exprgrad.algebra.angles import by_angles, spelled
from exprgrad.algebra.arrays import OPAQUE
from exprgrad.algebra.branches import by_branches, guarded
from exprgrad.algebra.layout import cost
from exprgrad.algebra.rational import fractions
from exprgrad.algebra.reading import rebuilt
from exprgrad.algebra.terms import ONE, Algebra, Call, Number, Product, Sum, Term, below, common, whole
from exprgrad.numbers.rationals import Rational

# Sums of more terms are not looked through for common factors.
_TERMS: Final = 200
# A power of a sum that has more terms multiplied out stays a power.
_EXPANDED: Final = 60


def simplified(a: Algebra, root: Term, shape: Callable[[Term], Any] = lambda x: None) -> Term:
    """The same with fewer operations, if there is a way: parts first. Those of an operation of whole arrays keep their
    shapes."""
    found: dict[Term, Term] = {}
    for x in below(root):
        if isinstance(x, Call) and x.name in OPAQUE and any([shape(found[y]) != shape(y) for y in x.parts]):
            again: Term = x
        else:
            again = guarded(a, rebuilt(a, x, found))
        found[x] = found[again] if again in found else _best(a, again)
    return found[root]


def _best(a: Algebra, x: Term) -> Term:
    """The cheapest of the ways to write a term; the first of equals."""
    if not isinstance(x, Sum | Product):
        return min((x, *by_branches(a, x)), key=cost)
    best = min(_ways(a, x), key=cost)
    while best is not x:  # what is shorter may be seen to be shorter still
        x = best
        best = min(_small_ways(a, x), key=cost)
    return best


def _ways(a: Algebra, x: Sum | Product) -> Iterator[Term]:
    """All ways that are tried, the term itself first."""
    yield from _small_ways(a, x)
    if not _may_shrink(a, x):
        return
    others = spelled(a, x)
    for start in (_expanded(a, x), others):
        if start is not None and start is not x:
            yield start
            yield _in_factors(a, start)
    for start in (x, others):
        for fraction in () if start is None else fractions(a, start):
            yield fraction
            if fraction is not x:
                yield _in_factors(a, fraction)
                yield from by_angles(a, fraction)


def _small_ways(a: Algebra, x: Term) -> Iterator[Term]:
    """Those that take little time."""
    yield x
    yield from by_angles(a, x)
    yield from by_branches(a, x)
    if isinstance(x, Product):
        yield from _shifted(a, x)
    yield _in_factors(a, x)


def _may_shrink(a: Algebra, x: Sum | Product) -> bool:
    """Whether there is something to bring together: a product of several sums, or a sum of terms that share a factor,
    or are fractions or products of sums."""
    if isinstance(x, Product):
        return sum([isinstance(b, Sum) for b in x.factors]) > 1 or any(
            isinstance(b, Sum) and _may_shrink(a, b) for b in x.factors
        )
    met: set[Term] = set()
    for y in x.terms:
        factors = a.factors(y)
        if not met.isdisjoint(factors):
            return True
        met.update(factors)
        for b, e in factors.items():
            if isinstance(b, Sum) or (isinstance(e, Number) and e.value < 0):
                return True
    return False


def _shifted(a: Algebra, x: Product) -> Iterator[Term]:
    """With a root above the fraction bar instead of below, or the other way round: x/sqrt(x*y) is sqrt(x*y)/y."""
    for b, e in x.factors.items():
        if isinstance(b, Product) and isinstance(e, Number):
            for n in (ONE, -ONE):
                rest = [(base, exponent) for base, exponent in x.factors.items() if base is not b]
                outside = a.power(b, a.number(-n))
                inside = a.power(b, a.number(e.value + n))
                yield a.scaled(x.coefficient, a.multiply(a.product(ONE, rest), outside, inside))


def _in_factors(a: Algebra, x: Term) -> Term:
    """With what the terms of sums have in common taken out."""
    if isinstance(x, Sum):
        return _collected(a, x)
    if isinstance(x, Product):
        powers = [(_collected(a, b) if isinstance(b, Sum) else b, e) for b, e in x.factors.items()]
        return a.product(x.coefficient, powers)
    return x


# A term of a sum: its coefficient, and its factors.
_Monomial = tuple[Rational, Mapping[Term, Term]]


def _collected(a: Algebra, x: Sum) -> Term:
    """A sum with common factors before smaller sums, those that most terms have first."""
    if len(x.terms) > _TERMS:
        return x
    return _total(a, [(k, {} if y is a.one else a.factors(y)) for k, y in a.terms(x)])


def _total(a: Algebra, terms: Sequence[_Monomial]) -> Term:
    """What terms add up to, in factors. Each step takes a factor out of some, so there are no more than those."""
    done: list[tuple[Rational, Term]] = []
    while len(terms) > 1:
        shared = _shared(terms)
        if shared is None:
            break
        base, exponent = shared
        group = [(k, m) for k, m in terms if _holds(m, base, exponent)]
        terms = [(k, m) for k, m in terms if not _holds(m, base, exponent)]
        content = common([k for k, _ in group])
        inner = _total(a, [(k / content, _without(a, m, base, exponent)) for k, m in group])
        done.append((ONE, a.product(content, [(inner, a.one), (base, exponent)])))
    numbers: dict[Rational, list[_Monomial]] = {}
    for k, m in terms:
        numbers.setdefault(abs(k), []).append((k, m))
    for size, group in numbers.items():
        alike = [(k / size, a.product(ONE, m.items())) for k, m in group]
        if len(group) > 1 and size != 1 and len(group) < len(terms) + len(done):
            done.append((size, a.sum(alike)))
        else:
            done += [(k * size, y) for k, y in alike]
    whole_content = common([k for k, _ in done])
    plain = a.sum(done, flat=False)
    if whole_content != 1 and len(done) > 1:
        outside = a.product(whole_content, [(a.sum([(k / whole_content, y) for k, y in done], flat=False), a.one)])
        return outside if cost(outside) < cost(plain) else plain
    return plain


def _shared(terms: Sequence[_Monomial]) -> tuple[Term, Term] | None:
    """The power that most terms have as a factor, None where no two have one."""
    counts: dict[tuple[Term, bool], list[Term]] = {}
    for _, m in terms:
        for base, exponent in m.items():
            if isinstance(exponent, Number):
                counts.setdefault((base, exponent.value > 0), []).append(exponent)
            else:
                counts.setdefault((base, True), []).append(exponent)
    best = None
    for (base, positive), exponents in counts.items():
        symbolic = [e for e in exponents if not isinstance(e, Number)]
        if symbolic:
            exponents = [e for e in symbolic if e is symbolic[0]]
        if len(exponents) > 1:
            saved = len(exponents) * (1 + cost(base))
            if best is None or saved > best[0]:
                values = [e for e in exponents if isinstance(e, Number)]
                chosen = exponents[0]
                if values:
                    chosen = (min if positive else max)(values, key=lambda e: e.value)
                best = saved, base, chosen
    return None if best is None else best[1:]


def _holds(m: Mapping[Term, Term], base: Term, exponent: Term) -> bool:
    own = m.get(base)
    if own is None:
        return False
    if isinstance(own, Number) and isinstance(exponent, Number):
        return own.value >= exponent.value > 0 or own.value <= exponent.value < 0
    return own is exponent


def _without(a: Algebra, m: Mapping[Term, Term], base: Term, exponent: Term) -> Mapping[Term, Term]:
    less = a.subtract(m[base], exponent)
    found = dict(m)
    del found[base]
    return found if less is a.zero else {**found, base: less}


def _expanded(a: Algebra, x: Term) -> Term | None:
    """A term with its products of sums multiplied out, None where that is long."""
    if isinstance(x, Sum):
        pairs: list[tuple[Rational, Term]] = [(x.constant, a.one)]
        for y, k in x.terms.items():
            whole_term = _expanded_product(a, y) if isinstance(y, Product) else y
            if whole_term is None:
                return None
            pairs.append((k, whole_term))
        return a.sum(pairs)
    return _expanded_product(a, x) if isinstance(x, Product) else x


def _expanded_product(a: Algebra, x: Product) -> Term | None:
    parts: list[tuple[Rational, Term]] = [(x.coefficient, a.one)]
    rest: list[tuple[Term, Term]] = []
    for b, e in x.factors.items():
        n = whole(e)
        if not isinstance(b, Sum) or n is None or n < 0:
            rest.append((b, e))
            continue
        inner = a.terms(b)
        for _ in range(n):
            if len(parts) * len(inner) > _EXPANDED:
                return None
            parts = [(p * q, a.multiply(y, z)) for p, y in parts for q, z in inner]
    outside = a.product(ONE, rest)
    return a.sum([(k, a.multiply(y, outside)) for k, y in parts])
