"""A program and its derivatives as equations: what a reader sees, whatever it is written in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from exprgrad.algebra.layout import cost
from exprgrad.algebra.reading import Reader, algebra, substituted
from exprgrad.algebra.sharing import shared
from exprgrad.algebra.simplify import simplified
from exprgrad.algebra.terms import Algebra, Call, Product, Sum, Symbol, Term, below
from exprgrad.algebra.writing import Writer
from exprgrad.diagnostics import UnsupportedError, listed
from exprgrad.ops.structural import Shape
from exprgrad.outcomes import written_name
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS, walk
from exprgrad.syntax.tree import Expression, Name


class Equation(NamedTuple):
    """`name` is `value`; or its derivative by inputs is, or along a direction as often as `along` says."""

    name: str
    value: Expression
    by: tuple[str, ...] = ()
    along: int = 0

    @property
    def order(self) -> int:
        return len(self.by) + self.along

    @property
    def left(self) -> str:
        """Its left side: `dc/dx`, `d2c/dx2`, `d2c/dxdy`; `dc_along` along a direction."""
        if self.along:
            return f"d{self.order if self.order > 1 else ''}{self.name}_along"
        return written_name(self.name, self.by)


class Asked(NamedTuple):
    """An output that is to be an equation: its node, and what it is called as in `Equation`."""

    node: Any
    name: str
    by: tuple[str, ...] = ()
    along: int = 0


def equations(
    asked: Sequence[Asked],
    inputs: Mapping[int, str],
    named: Mapping[int, tuple[str, Any]],
    statements: Sequence[Equation] | None,
    *,
    shapes: Mapping[str, Shape] | None = None,
    some: Sequence[int] = (),
    decimals: bool,
    inline: bool,
    differentiates: bool,
    names: Collection[str],
) -> list[Equation]:
    """The equations of a program: its own `statements` where these are formulas, and each derivative with few
    operations.

    `inputs` are the names of inputs by the index of their nodes, with their `shapes` if there are arrays, `named` those
    that nodes have in the program, with these nodes. A derivative speaks of them where that is shorter, unless
    everything is to be written `inline`; what would be repeated gets a name that is none of the program's `names`. The
    values of a program that `differentiates` are as short as its derivatives, and those of others as they were written.
    """
    a = algebra(decimals=decimals)
    a.as_written = not differentiates
    writer = Writer(a)
    alone = Reader(a, inputs, shapes, some, names)

    # What speaks of the names that the program has.
    beside = alone
    if named and not inline:
        beside = Reader(a, {**inputs, **{index: name for index, (name, _) in named.items()}}, shapes, some, names)
    readers = [*dict.fromkeys((beside, alone))]

    def value(node: Any) -> Term:
        term = beside.read(node, own=True)
        if not differentiates:
            return term
        ways = [reader.whole(simplified(a, reader.read(node, own=True), reader.shape), node) for reader in readers]
        return min(term, *ways, key=cost)

    used: dict[Term, None] = {}
    values: list[Equation] = []
    of_values = [x for x in asked if not (x.by or x.along)]
    if statements is None or inline:
        for output in of_values:
            term = value(output.node)
            used |= dict.fromkeys(below(term))
            values.append(Equation(output.name, writer.written(term)))
    for output in of_values:
        for reader in readers:
            reader.read(output.node)
    a.as_written = False
    known: dict[Term, Term] = {}
    whole: dict[Term, Term] = {}
    if beside is not alone:
        # What rules build anew of what has a name: sigmoid(u) in the slope of p = sigmoid(u) is p.
        known = {beside.read(node, own=True): a.symbol(name) for name, node in named.values()}
        known = {term: symbol for term, symbol in known.items() if isinstance(term, Call | Sum | Product)}
        # What is short without them may have some all the same: y^2/(x^2 + y^2)^1.5 is y^2/r^3.
        whole = {alone.read(node): a.symbol(name) for name, node in named.values()}
        whole = {term: symbol for term, symbol in whole.items() if isinstance(term, Call | Sum | Product)}
    odds = dict(filter(None, [_odds(a, term, symbol) for term, symbol in known.items()]))
    derivatives: list[Equation] = []
    for output in (x for x in asked if x.by or x.along):
        term = alone.whole(simplified(a, alone.read(output.node), alone.shape), output.node)
        if beside is not alone:
            read = substituted(a, beside.read(output.node), known)
            ways = [read, substituted(a, read, odds)] if odds else [read]
            shorter = [beside.whole(simplified(a, x, beside.shape), output.node) for x in ways]
            term = min(term, *shorter, substituted(a, term, whole), key=cost)
        used |= dict.fromkeys(below(term))
        derivatives.append(Equation(output.name, writer.written(term), output.by, output.along))
    if inline:
        # An input that the program computes anew has its own value in derivatives.
        again = {x.name for x in values} & {*inputs.values()}
        return [*derivatives, *_ordered(values, again)] if again else [*values, *derivatives]
    if statements is None:
        results = {output.name for output in asked}
        values = [*_definitions(value, writer, used, [x for x in named.values() if x[0] not in results]), *values]
    shared_names, formulas = shared([x.value for x in derivatives], {*names, *CONSTANTS})
    derivatives = [x._replace(value=formula) for x, formula in zip(derivatives, formulas, strict=True)]
    return [*(statements or values), *[Equation(name, value) for name, value in shared_names], *derivatives]


def _odds(a: Algebra, term: Term, symbol: Term) -> tuple[Term, Term] | None:
    """x and (1 - p)/p where p stands for 1/(1 + x), as a logistic function that is written out does; its derivative
    speaks of both."""
    if not isinstance(term, Product) or term.coefficient != 1 or len(term.factors) != 1:
        return None
    ((base, exponent),) = term.factors.items()
    if not isinstance(base, Sum) or base.constant != 1 or exponent is not a.number(-1):
        return None
    x = a.subtract(base, a.one)
    return (x, a.divide(a.subtract(a.one, symbol), symbol)) if isinstance(x, Call | Product) else None


def _ordered(values: Sequence[Equation], again: Collection[str]) -> list[Equation]:
    """Equations in an order in which what computes an input `again` stands behind all that read what was given."""
    reads = {x.name: {y.name for y in walk(x.value) if isinstance(y, Name)} & {*again} - {x.name} for x in values}
    waiting = list(values)
    found: list[Equation] = []
    while waiting:
        lasting = [x for x in waiting if reads[x.name].isdisjoint(y.name for y in waiting)]
        if not lasting:
            names = listed(sorted(x.name for x in waiting if x.name in again))
            raise UnsupportedError(f"{names} are computed anew from each other", hint="give the new ones other names")
        last = lasting[-1]
        waiting.remove(last)
        found.insert(0, last)
    return found


def _definitions(
    value: Callable[[Any], Term],
    writer: Writer,
    used: Iterable[Term],
    named: Sequence[tuple[str, Any]],
) -> list[Equation]:
    """What the names that are used stand for, in the order of the program; `value` reads them."""
    nodes = dict(named)
    found: dict[str, Equation] = {}
    waiting = [x.name for x in used if isinstance(x, Symbol) and x.name in nodes]
    while waiting:
        name = waiting.pop()
        if name not in found:
            term = value(nodes[name])
            found[name] = Equation(name, writer.written(term))
            waiting += [x.name for x in below(term) if isinstance(x, Symbol) and x.name in nodes]
    return [found[name] for name in nodes if name in found]
