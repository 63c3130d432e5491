"""From terms to the syntax tree: how a formula is written in the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from exprgrad.algebra.identities import TRUTHS
from exprgrad.algebra.layout import Layout, literal
from exprgrad.algebra.terms import Algebra, Call, Number, Product, Sum, Symbol, Term, is_decimal
from exprgrad.numbers.rationals import Rational
from exprgrad.ops import linear_algebra  # noqa: F401 - it enters "@"
from exprgrad.ops.registry import REGISTRY
from exprgrad.syntax import tree

# Beyond it and what it divides 1 by doubles have fewer digits, or end.
_SMALLEST: Final = Rational(1) / Rational(10) ** 300


class Writer:
    """Writes terms of an algebra; what is written once is kept."""

    def __init__(self, algebra: Algebra) -> None:
        self._algebra = algebra
        self._trees: dict[Term, tree.Expression] = {}

    def written(self, root: Term) -> tree.Expression:
        """A term as an expression."""
        stack: list[tuple[Term, bool]] = [(root, False)]
        while stack:
            x, done = stack.pop()
            if x in self._trees:
                continue
            if done:
                self._trees[x] = self._tree(x)
            else:
                stack.append((x, True))
                stack += [(y, False) for y in self._needed(x)]
        return self._trees[root]

    def _needed(self, x: Term) -> list[Term]:
        """The terms whose trees stand in that of one."""
        if isinstance(x, Sum):
            found: list[Term] = []
            for y, k in x.terms.items():
                found += self._powers(abs(k), self._algebra.factors(y))
            return found
        return self._powers(x.coefficient, x.factors) if isinstance(x, Product) else list(x.parts)

    def _powers(self, coefficient: Rational, factors: Mapping[Term, Term]) -> list[Term]:
        layout = Layout(self._algebra, coefficient, factors)
        return [y for pair in (*layout.above, *layout.below) for y in pair]

    def _tree(self, x: Term) -> tree.Expression:
        if isinstance(x, Number):
            return self._number(x.value)
        if isinstance(x, Symbol):
            return tree.Call("exp", (tree.Number(1.0),)) if x is self._algebra.e else tree.Name(x.name)
        if isinstance(x, Sum):
            return self._sum(x)
        if isinstance(x, Product):
            return self._product(x.coefficient, x.factors)
        assert isinstance(x, Call), x
        return self._call(x)

    # -- numbers --------------------------------------------------------------------------------------------------

    def _number(self, value: Rational) -> tree.Expression:
        top, bottom = literal(self._algebra, abs(value))
        found = _literal(top)
        if value < 0:
            found = tree.Unary("-", found)
        return found if bottom == 1 else tree.Binary("/", found, tree.Number(float(bottom)))

    # -- sums and products ------------------------------------------------------------------------------------------

    def _sum(self, x: Sum) -> tree.Expression:
        """In the order of the terms, the constant last; what is added stands first where there is such."""
        pairs = [(k, self._product(abs(k), self._algebra.factors(y))) for y, k in x.terms.items()]
        if x.constant:
            constant = (x.constant, self._number(abs(x.constant)))
            pairs = [constant, *pairs] if x.constant > 0 and all([k < 0 for k, _ in pairs]) else [*pairs, constant]
        first = next((i for i, (k, _) in enumerate(pairs) if k > 0), 0)
        pairs.insert(0, pairs.pop(first))
        k, found = pairs[0]
        if k < 0:
            found = self._negated(found)
        for k, term in pairs[1:]:
            found = tree.Binary("-" if k < 0 else "+", found, term)
        return found

    @staticmethod
    def _negated(x: tree.Expression) -> tree.Expression:
        """A sign at the beginning of a product binds as the whole does."""
        chain: list[tuple[str, tree.Expression]] = []
        while isinstance(x, tree.Binary) and x.symbol in "*/":
            chain.append((x.symbol, x.right))
            x = x.left
        found: tree.Expression = tree.Unary("-", x)
        for symbol, right in reversed(chain):
            found = tree.Binary(symbol, found, right)
        return found

    def _product(self, coefficient: Rational, factors: Mapping[Term, Term]) -> tree.Expression:
        layout = Layout(self._algebra, coefficient, factors)
        above = [self._power(b, e) for b, e in layout.above]
        below_bar = [self._power(b, e) for b, e in layout.below]
        if layout.top != 1 or not above:
            above = [_literal(layout.top), *above]
        if layout.bottom != 1:
            below_bar = [tree.Number(float(layout.bottom)), *below_bar]
        found = _chain(above)
        if layout.negative:
            found = self._negated(found)
        return tree.Binary("/", found, _chain(below_bar)) if below_bar else found

    def _power(self, base: Term, exponent: Term) -> tree.Expression:
        if base is self._algebra.e:
            return tree.Call("exp", (self._trees[exponent],))
        if exponent is self._algebra.one:
            return self._trees[base]
        under = self._trees[base]
        if exponent is self._algebra.half:
            return tree.Call("sqrt", (under,))
        if isinstance(exponent, Number) and is_decimal(exponent.value) and exponent.value > 0:
            return tree.Binary("**", under, tree.Number(float(exponent.value)))
        return tree.Binary("**", under, self._trees[exponent])

    # -- calls ----------------------------------------------------------------------------------------------------

    def _call(self, x: Call) -> tree.Expression:
        operands = tuple([self._trees[y] for y in x.operands])
        if x.name in _FORMS:
            return _FORMS[x.name](*operands)
        op = REGISTRY.infix["@"] if x.name == "matmul" else REGISTRY.find(x.name, len(operands))
        notation = None if op is None else op.notation
        if notation is None:
            return tree.Call(x.name, operands)
        if notation.side == "prefix":
            return tree.Unary(notation.symbol, operands[0])
        if x.name in TRUTHS:
            return tree.Comparison((notation.symbol,), operands)
        return tree.Binary(notation.symbol, operands[0], operands[1])


def _with_axis(function: str, x: tree.Expression, axis: tree.Expression) -> tree.Expression:
    return tree.Call(function, (x,), options=(tree.Option("axis", axis),))


def _size(x: tree.Expression, *axis: tree.Expression) -> tree.Expression:
    return _with_axis("size", x, *axis) if axis else tree.Call("size", (x,))


# What calls are that the language writes otherwise, by their names.
_FORMS: Final[Mapping[str, Callable[..., tree.Expression]]] = {
    "index": lambda x, *at: tree.Index(x, at),
    "vector": lambda *xs: tree.Vector(xs),
    "size": _size,
    "column sums": lambda x: _with_axis("sum", x, tree.Number(0.0)),
    "row sums": lambda x: _with_axis("sum", x, tree.Number(1.0)),
    "where": tree.Conditional,
    **{name: partial(tree.Logic, name) for name in ("and", "or")},
}


def _literal(value: Rational) -> tree.Expression:
    """A number that is not negative: beyond the range of doubles with a power of ten."""
    if not value or _SMALLEST <= value <= 1 / _SMALLEST:
        return tree.Number(float(value))
    digits = len(str(value.numerator)) - len(str(value.denominator))
    size = tree.Number(float(abs(digits)))
    power = tree.Binary("**", tree.Number(10.0), size if digits > 0 else tree.Unary("-", size))
    return tree.Binary("*", tree.Number(float(value / Rational(10) ** digits)), power)


def _chain(factors: list[tree.Expression]) -> tree.Expression:
    found = factors[0]
    for factor in factors[1:]:
        found = tree.Binary("*", found, factor)
    return found
