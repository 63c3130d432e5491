"""What a computed number is off by, as a polynomial: each rounding is an unknown of its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction

# The names of a product's factors, sorted: a square has its name twice.
Monomial = tuple[str, ...]


class Form:
    """A sum of products of names, with exact coefficients."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Fraction | int] | None = None) -> None:
        self.terms = {m: Fraction(c) for m, c in (terms or {}).items() if c}

    @staticmethod
    def name(*names: str) -> Form:
        """The product of names."""
        return Form({tuple(sorted(names)): 1})

    @staticmethod
    def number(x: Fraction | float) -> Form:
        return Form({(): Fraction(x)})

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __add__(self, other: Form) -> Form:
        found = dict(self.terms)
        for m, c in other.terms.items():
            found[m] = found.get(m, Fraction()) + c
        return Form(found)

    def __sub__(self, other: Form) -> Form:
        return self + other * -1

    def __mul__(self, other: Form | Fraction | int) -> Form:
        if not isinstance(other, Form):
            return Form({m: c * other for m, c in self.terms.items()})
        found: dict[Monomial, Fraction] = {}
        for m, c in self.terms.items():
            for n, d in other.terms.items():
                product = tuple(sorted(m + n))
                found[product] = found.get(product, Fraction()) + c * d
        return Form(found)

    def replaced(self, x: str, y: str, by: Form) -> Form:
        """The same with the product x*y written otherwise, once in each term that has it."""
        found = Form()
        for m, c in self.terms.items():
            rest = list(m)
            if x in rest and y in rest and (x != y or rest.count(x) > 1):
                rest.remove(x)
                rest.remove(y)
                found = found + by * Form({tuple(rest): c})
            else:
                found = found + Form({m: c})
        return found

    def value(self, values: Mapping[str, Fraction]) -> Fraction:
        return sum((c * math.prod(values[name] for name in m) for m, c in self.terms.items()), Fraction())

    def text(self, is_small: frozenset[str]) -> str:
        """In Gappa's notation, the small names before what they are multiplied by, and of that again what most terms
        have: intervals are narrower this way."""
        groups: dict[str, list[tuple[Monomial, Fraction]]] = {}
        for m, c in self.terms.items():
            first = next((name for name in m if name in is_small), "")
            groups.setdefault(first, []).append((_without(m, first), c))
        return " + ".join(f"{name}{'*' if name else ''}({_factored(terms)})" for name, terms in groups.items()) or "0"


def _without(m: Monomial, name: str) -> Monomial:
    """A product without one of its factors."""
    left = list(m)
    if name:
        left.remove(name)
    return tuple(left)


def _factored(terms: list[tuple[Monomial, Fraction]]) -> str:
    """A sum, by the name that most of its terms have."""
    counts = Counter(name for m, _ in terms for name in set(m))
    name, count = max(counts.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if count < 2:
        return " + ".join("*".join([number(c), *m]) for m, c in terms)
    having = [(_without(m, name), c) for m, c in terms if name in m]
    others = [(m, c) for m, c in terms if name not in m]
    return f"{name}*({_factored(having)})" + (f" + {_factored(others)}" if others else "")


def number(x: Fraction | float) -> str:
    """An exact number in Gappa's notation."""
    x = Fraction(x)
    found = str(x.numerator)
    if x.denominator & (x.denominator - 1) == 0:
        found = f"{x.numerator}b-{x.denominator.bit_length() - 1}" if x.denominator > 1 else found
    else:
        found = f"{x.numerator}/{x.denominator}"
    return f"({found})" if x < 0 or "/" in found else found
