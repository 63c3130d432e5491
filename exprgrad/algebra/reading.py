"""From the nodes of a graph to terms: what it computes, as a formula.

An operation that only derivatives use says itself how it reads in those that the language has (`reading` in its entry).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, ClassVar, Final

from exprgrad.algebra.arrays import FORMS, Arrays
from exprgrad.algebra.identities import IDENTITIES, NONNEGATIVE
from exprgrad.algebra.terms import HALF, Algebra, Call, Number, Product, Sum, Symbol, Term, below
from exprgrad.diagnostics import UnsupportedError
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.rationals import Rational
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.control import Branch, Item, Loop
from exprgrad.ops.registry import MINUS_ONE, ONE, REGISTRY, Differentiated, Evaluated, Op, Traced, Value
from exprgrad.ops.structural import Shape
from exprgrad.syntax.names import CONSTANTS
from exprgrad.syntax.parser import parse_expression
from exprgrad.syntax.tree import Binary, Expression, Name, Unary
from exprgrad.syntax.tree import Call as Called
from exprgrad.syntax.tree import Number as Literal

# Doubles that stand for numbers with a name of their own: constants of the language, and those that rules contain.
_NAMED: Final[Mapping[float, Callable[[Algebra], Term]]] = {
    math.pi: lambda a: a.symbol("pi", True),
    math.tau: lambda a: a.symbol("tau", True),
    math.inf: lambda a: a.symbol("inf", True),
    math.log(2): lambda a: a.call("log", a.number(2)),
    math.log(10): lambda a: a.call("log", a.number(10)),
    math.pi / 180: lambda a: a.divide(a.symbol("pi", True), a.number(180)),
    180 / math.pi: lambda a: a.divide(a.number(180), a.symbol("pi", True)),
}


_NO_ROOTS: Final[Mapping[Term, tuple[Term, Term]]] = {}
# An array of more elements is not written out.
_LISTED: Final = 12


class _Formula(Traced):
    """An operand that rules are run on: what they do with it becomes a term."""

    __slots__ = ("reader", "term")
    kind: ClassVar[str] = "formula"

    def __init__(self, reader: Reader, term: Term) -> None:
        self.reader = reader
        self.term = term

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> _Formula:
        reader = next(x.reader for x in operands if isinstance(x, cls))
        return cls(reader, reader.applied(op, [reader.of(x) for x in operands]))


def algebra(*, decimals: bool) -> Algebra:
    """An algebra that knows the functions of the language; with `decimals` it writes 0.5 and not 1/2."""
    return Algebra(decimals=decimals, identities=IDENTITIES, signs=NONNEGATIVE)


class Reader:
    """Reads nodes as terms of an algebra. `names` has those that are called by a name, by their index; `shapes` are
    those of inputs, where there are arrays, with `some` for sizes that nobody has said. Names of constants that are
    `taken` are those of something else."""

    def __init__(
        self,
        algebra: Algebra,
        names: Mapping[int, str],
        shapes: Mapping[str, Shape] | None = None,
        some: Sequence[int] = (),
        taken: Collection[str] = (),
    ) -> None:
        self.algebra = algebra
        self._names = names
        self._taken = taken
        self._arrays = None if shapes is None else Arrays(algebra, shapes, some)
        self._terms: dict[int, Term] = {}
        self._templates: dict[Any, Term] = {}

    # -- nodes ----------------------------------------------------------------------------------------------------

    def read(self, root: Any, own: bool = False) -> Term:
        """What a node computes; the name of one that has a name, unless its `own` formula is asked for."""
        own = own and root.op is not None  # an input is its name
        stack: list[tuple[Any, bool]] = [(root, False)]
        while stack:
            node, done = stack.pop()
            if node.index in self._terms and not (own and node is root):
                continue
            if node.index in self._names and not (own and node is root):
                symbol = self._terms[node.index] = self.algebra.symbol(self._names[node.index])
                if self._arrays is not None:
                    self._arrays.name(symbol, node.shape)
                continue
            sources = _sources(node)
            if done:
                found = self._read(node, [self._terms[x.index] for x in sources])
                if own and node is root:
                    return found
                self._terms[node.index] = found
            else:
                stack.append((node, True))
                stack += [(x, False) for x in reversed(sources)]
        return self._terms[root.index]

    def _read(self, node: Any, sources: Sequence[Term]) -> Term:
        if node.op is None:
            if node.rest:
                return sources[0]
            return self.constant(node.value)
        if isinstance(node.op, Item):
            condition, then, otherwise = sources
            holds = self.algebra.call("not_equal", condition, self.algebra.zero)
            return self.algebra.call("where", holds, then, otherwise)
        form = None if self._arrays is None else FORMS.get(node.op.reference[0])
        try:
            if form is not None and self._arrays is not None:
                return form(self._arrays, node, sources)
            return self.applied(node.op, sources)
        except UnsupportedError as problem:
            problem.span = problem.span or node.span
            raise

    def constant(self, value: Any) -> Term:
        """A number as it was written."""
        if value is ZERO:
            return self.algebra.zero
        if is_array(value):
            return self._listed(to_python(value).tolist())
        number = float(to_python(value))
        if self._arrays is not None and (size := self._arrays.number(number)) is not None:
            return size
        if not math.isfinite(number) and ("nan" if math.isnan(number) else "inf") in self._taken:
            raise UnsupportedError("the program calls something inf or nan", hint="rename that variable")
        if math.isnan(number):
            return self.algebra.symbol("nan")
        named = _NAMED.get(abs(number))
        if named is not None and not {"pi", "tau"} & {*self._taken}:
            return self.algebra.scaled(Rational(1 if number > 0 else -1), named(self.algebra))
        return self.algebra.number(Rational(repr(number)))

    def _listed(self, elements: Any) -> Term:
        """The elements of an array, as many as a line has room for."""
        if not isinstance(elements, list):
            return self.constant(elements)
        if len(elements) > _LISTED:
            raise UnsupportedError("an array of so many elements has no formula", hint="give it a name, as an input")
        return self.algebra.call("vector", *[self._listed(x) for x in elements])

    def shape(self, x: Term) -> Shape:
        """The shape that a term has by itself."""
        return () if self._arrays is None else self._arrays.shape(x)

    def whole(self, x: Term, node: Any) -> Term:
        """A term with all the axes that a node has."""
        return x if self._arrays is None or node.shape is None else self._arrays.whole(x, node.shape)

    # -- operations -----------------------------------------------------------------------------------------------

    def of(self, x: Any) -> Term:
        """An operand of a rule as a term."""
        return x.term if isinstance(x, _Formula) else self.constant(x)

    def applied(self, op: Op, operands: Sequence[Term]) -> Term:
        """An operation on terms, in what the language has."""
        reading = op.reading
        if reading is None:
            if not op.public:
                raise UnsupportedError(
                    f"there is no formula for {op.doc or op.name}, which this comes to",
                    hint="write its elements as equations of their own",
                )
            return self.algebra.call(op.name, *operands)
        if isinstance(reading, Differentiated):
            return self._differentiated(reading, operands)
        return self.of(reading(*[_Formula(self, x) for x in operands]))

    def _differentiated(self, reading: Differentiated, operands: Sequence[Term]) -> Term:
        op = reading.op()
        key = (op.reference, reading.position)
        names = [self.algebra.symbol(f"operand {i}") for i in range(len(operands))]
        if key not in self._templates:
            text = op.textbook[reading.position] if op.textbook else None
            if text is not None:
                known = dict(zip(op.operand_names, names, strict=False))
                self._templates[key] = self._parsed(parse_expression(text), known)
            else:
                whole = self.applied(op, names)
                self._templates[key] = self.derivative(whole, names[reading.position])
        found = substituted(self.algebra, self._templates[key], dict(zip(names, operands, strict=True)))
        return self.algebra.scaled(Rational(reading.factor), found)

    def _parsed(self, tree: Expression, names: Mapping[str, Term]) -> Term:
        """A rule that an entry has as text; such are short."""
        if isinstance(tree, Literal):
            return self.constant(tree.value)
        if isinstance(tree, Name):
            return names[tree.name] if tree.name in names else self.constant(CONSTANTS[tree.name])
        if isinstance(tree, Unary):
            return self.applied(REGISTRY.prefix[tree.symbol], [self._parsed(tree.operand, names)])
        if isinstance(tree, Binary):
            return self.applied(
                REGISTRY.infix[tree.symbol], [self._parsed(tree.left, names), self._parsed(tree.right, names)]
            )
        assert isinstance(tree, Called), tree
        op = REGISTRY.choose(tree.function, len(tree.arguments))
        return self.applied(op, [self._parsed(x, names) for x in tree.arguments])

    # -- derivatives of what rules are made of ------------------------------------------------------------------------

    def derivative(self, root: Term, by: Term) -> Term:
        """The derivative of a term by a symbol, by the rules of its operations."""
        a = self.algebra
        found: dict[Term, Term] = {}
        for x in below(root):
            if isinstance(x, Number | Symbol):
                found[x] = a.one if x is by else a.zero
            elif isinstance(x, Sum):
                found[x] = a.sum([(k, found[y]) for y, k in x.terms.items()])
            elif isinstance(x, Product):
                found[x] = self._of_product(x, found)
            else:
                assert isinstance(x, Call), x
                moving = [found[y] for y in x.operands]
                terms = self.partials(x)
                found[x] = a.add(*[a.multiply(p, t) for p, t in zip(terms, moving, strict=True) if t is not a.zero])
        return found[root]

    def _of_product(self, x: Product, found: Mapping[Term, Term]) -> Term:
        a = self.algebra
        terms: list[Term] = []
        for base, exponent in x.factors.items():
            rest = a.product(x.coefficient, [(b, e) for b, e in x.factors.items() if b is not base])
            if found[base] is not a.zero:
                terms.append(a.multiply(rest, exponent, a.power(base, a.subtract(exponent, a.one)), found[base]))
            if found[exponent] is not a.zero:
                logarithm = a.one if base is a.e else a.call("log", base)
                terms.append(a.multiply(rest, a.power(base, exponent), logarithm, found[exponent]))
        return a.add(*terms)

    def partials(self, x: Call) -> list[Term]:
        """The local partials of a call."""
        op = REGISTRY.choose(x.name, len(x.operands))
        operands = [_Formula(self, y) for y in x.operands]
        out = _Formula(self, x)
        found = []
        for partial in op.partials_at(out, operands):
            if partial is None:
                found.append(self.algebra.zero)
            elif partial is ONE or partial is MINUS_ONE:
                found.append(self.algebra.number(partial.sign))
            else:
                value: Any = partial.value if isinstance(partial, Evaluated) else partial(out, *operands)  # type: ignore[operator]
                found.append(self.of(value))
        return found


def _sources(node: Any) -> Any:
    """The nodes that one is made of; of the result of a branch its condition and both sides."""
    if node.op is None:
        return node.rest
    if isinstance(node.op, Item):
        (source,) = node.operands
        if isinstance(source.op, Loop):
            raise UnsupportedError(
                "a loop has no formula: how often it runs is known when it runs",
                source.op.span or source.span,
                hint="-f python, c or javascript writes loops down; or write its steps out",
            )
        assert isinstance(source.op, Branch), source
        results = [region.results[node.op.position] for region in source.op.regions if region is not None]
        return (source.operands[0], *[_ABSENT if x is None else x for x in results])
    return node.operands


class _Absent:
    """The result of a side that is a structural zero."""

    op = None
    rest = ()
    value = ZERO
    index = -1
    span = None


_ABSENT: Final = _Absent()


def substituted(a: Algebra, root: Term, known: Mapping[Term, Term]) -> Term:
    """A term with others in place of some, and with powers of these in place of powers: where sqrt(x) is r, 1/x**1.5 is
    1/r**3."""
    found = dict(known)
    roots: dict[Term, tuple[Term, Term]] = {}
    for x, symbol in known.items():
        if isinstance(x, Product) and x.coefficient == 1 and len(x.factors) == 1:
            ((base, exponent),) = x.factors.items()
            roots[base] = exponent, symbol
        elif isinstance(x, Call) and x.name == "hypot":
            squares = [a.power(y, a.number(2)) for y in x.operands]
            roots[a.add(*squares)] = a.number(HALF), symbol
    for x in below(root):
        if x not in found:
            found[x] = rebuilt(a, x, found, roots)
    return found[root]


def rebuilt(
    a: Algebra, x: Term, parts: Mapping[Term, Term], roots: Mapping[Term, tuple[Term, Term]] = _NO_ROOTS
) -> Term:
    """A term of other parts; `roots` has for some of its parts to which power they are another term."""

    def raised(base: Term, exponent: Term) -> Term:
        if base in roots:
            power, root = roots[base]
            times = a.divide(exponent, power)
            if isinstance(times, Number) and times.value.denominator == 1:
                return a.power(root, times)
        return a.power(parts[base], parts[exponent])

    if all([parts.get(y, y) is y and y not in roots for y in x.parts]):
        return x
    if isinstance(x, Sum):
        return a.sum([*((k, parts[y]) for y, k in x.terms.items()), (x.constant, a.one)])
    if isinstance(x, Product):
        powers = [raised(b, e) for b, e in x.factors.items()]
        return a.scaled(x.coefficient, a.multiply(*powers))
    assert isinstance(x, Call), x
    return a.call(x.name, *[parts[y] for y in x.operands])
