"""How the operations of arrays read: products and sums of whole arrays, as far as the language has them.

Elementwise operations broadcast, so a term may have fewer axes than what it stands for: a gradient that is the same
number everywhere reads as that number until an operation, or the end, needs all elements.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.algebra.terms import ONE, Algebra, Call, Product, Sum, Term
from exprgrad.diagnostics import UnsupportedError
from exprgrad.ops.structural import Shape

# What the sizes of axes may be that nobody has said: some of these are no numbers of a program, and a matrix is not too
# large.
SOME: Final = (3_119, 3_109, 3_089, 3_083, 3_079, 3_067, 3_061, 3_049, 3_041, 3_037, 3_023, 3_019)


class Arrays:
    """The shapes of terms, from those of names; `some` are the sizes of axes of which nobody has said them."""

    def __init__(self, a: Algebra, shapes: Mapping[str, Shape], some: Sequence[int]) -> None:
        self.algebra = a
        self._some = some
        self._shapes: dict[Term, Shape] = {}
        self._sizes: dict[int, Term] = {}
        # How many elements there are, along axes and of all.
        self._counts: set[int] = set()
        # What has a text.
        self._sayable: set[Term] = set()
        for name, shape in shapes.items():
            symbol = a.symbol(name)
            self.name(symbol, shape)

    def name(self, symbol: Term, shape: Shape) -> None:
        """A name stands for an array of a shape."""
        a = self.algebra
        self._shapes[symbol] = shape
        self._counts |= {*shape, math.prod(shape)}
        for axis, n in enumerate(shape):
            size = a.call("size", symbol) if len(shape) == 1 else a.call("size", symbol, a.number(axis))
            self._sizes.setdefault(n, size)

    def shape(self, root: Term) -> Shape:
        """The shape that a term has."""
        stack = [root]
        while stack:
            x = stack[-1]
            parts = x.parts
            waiting = [y for y in parts if y not in self._shapes]
            if x in self._shapes or not waiting:
                stack.pop()
                if x not in self._shapes:
                    own = _SHAPES.get(x.name, broadcast) if isinstance(x, Call) else broadcast
                    self._shapes[x] = own(*[self._shapes[y] for y in parts])
            else:
                stack += waiting
        return self._shapes[root]

    def size(self, n: int) -> Term:
        """How long an axis is."""
        return self._sizes.get(n) or self.algebra.number(n)

    def number(self, value: float) -> Term | None:
        """What a number means that rules make of sizes."""
        known = [n for n in self._some if n in self._sizes]
        for i, n in enumerate(known):
            if value == n:
                return self.size(n)
            if value == math.sqrt(n):
                return self.algebra.root(self.size(n))
            for m in known[i:]:
                if value == n * m:
                    return self.algebra.multiply(self.size(n), self.size(m))
        # Those that somebody said are numbers, but their roots stay roots.
        for n in () if value.is_integer() else self._counts:
            if value == math.sqrt(n):
                return self.algebra.root(self.algebra.number(n))
        return None

    def ones(self, n: int, name: str = "ones") -> Term:
        """A vector of ones, or of zeros."""
        found = self.algebra.call(name, self.size(n))
        self._shapes[found] = (n,)
        return found

    def whole(self, x: Term, shape: Shape) -> Term:
        """A term with all the axes of a shape."""
        a = self.algebra
        self._check(x)
        if isinstance(x, Call) and x.name == "where" and not self.shape(x.operands[0]):
            condition, *sides = x.operands
            return a.call("where", condition, *[self.whole(side, shape) for side in sides])
        own = self.shape(x)
        if own == shape:
            return x
        if len(shape) == 1:
            if x is a.zero:
                return self.ones(shape[0], "zeros")
            ones = self.ones(shape[0])
            return ones if x is a.one else a.multiply(x, ones)
        if len(shape) == 2:
            if x is a.zero:
                return a.call("outer", *[self.ones(n, "zeros") for n in shape])
            rows, columns = map(self.ones, shape)
            if own == (shape[1],):
                return a.call("outer", rows, x)
            ones = a.call("outer", rows, columns)
            return ones if x is a.one else a.multiply(x, ones)
        raise UnsupportedError("an array of three axes or more has no formula")

    def _check(self, root: Term) -> None:
        """Raises an UnsupportedError for a term in which something has no text."""
        met: set[Term] = set()
        stack = [root]
        while stack:
            x = stack.pop()
            if x in self._sayable or x in met:
                continue
            if isinstance(x, Call) and x.name in _INNER:
                hint = "sum over all elements, or use @"
                raise UnsupportedError("this derivative of an array has no formula", hint=hint)
            met.add(x)
            stack += x.parts
        self._sayable |= met

    def total(self, x: Term, shape: Shape) -> Term:
        """The sum of the elements of what a term stands for in a shape."""
        a = self.algebra
        own = self.shape(x)
        missing = [self.size(n) for n in (shape if not own else shape[: len(shape) - len(own)])]
        inner, outside = (x, a.one) if own else (a.one, x)
        if own and isinstance(x, Product):  # a number that all elements have comes out
            single = [(b, e) for b, e in x.factors.items() if not self.shape(b) and not self.shape(e)]
            outside = a.product(x.coefficient, single)
            inner = a.product(ONE, [(b, e) for b, e in x.factors.items() if self.shape(b) or self.shape(e)])
        if isinstance(inner, Call) and inner.name == "softmax":  # whose elements add up to 1
            return a.multiply(outside, *missing)
        return a.multiply(outside, *missing, *([a.call("sum", inner)] if own else []))


def broadcast(*shapes: Shape) -> Shape:
    """The shape of an elementwise operation."""
    found: list[int] = []
    for shape in shapes:
        padded = [1] * (len(shape) - len(found)) + found
        for i, n in enumerate(reversed(shape)):
            padded[-1 - i] = n if padded[-1 - i] == 1 else padded[-1 - i]
        found = padded
    return tuple(found)


def _of_condition(condition: Shape, then: Shape, otherwise: Shape) -> Shape:
    """Of a condition that is a number one side alone is there."""
    return broadcast(condition, then, otherwise) if condition else min(then, otherwise, key=len)


def _of_product(x: Shape, y: Shape) -> Shape:
    return (*x[:-1], *y[1:])


# By the name of a call; the others work on each element by itself.
_SHAPES: Final[Mapping[str, Callable[..., Shape]]] = {
    **{name: lambda *_: () for name in ("sum", "mean", "norm", "var", "std", "logsumexp", "prod", "det", "logdet")},
    **{name: lambda *_: () for name in ("size", "trace")},
    "matmul": _of_product,
    "outer": lambda x, y: (*x, *y),
    "cross": lambda x, y: x,
    "transpose": lambda x: x[::-1],
    "solve": lambda a, b: b,
    "diag": lambda x: x * 2 if len(x) == 1 else x[:1],
    "column": lambda x: (*x, 1),
    "column sums": lambda x: x[1:],
    "row sums": lambda x: x[:1],
    "where": _of_condition,
    "index": lambda x, *at: x[len(at) :],
    "vector": lambda *xs: (len(xs), *xs[0]),
}
# What has no text of its own.
_INNER: Final = ("column", "identity")
# Calls whose operands are not rewritten: what is shorter might have fewer axes.
OPAQUE: Final = frozenset(_SHAPES) - {"where"}

# From the shapes, a node, and the terms of its operands to its own.
Form = Callable[[Arrays, Any, Sequence[Term]], Term]


def _called(name: str) -> Form:
    """A function of the language on whole arrays."""

    def form(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
        _plain(node)
        return arrays.algebra.call(name, *[_whole(arrays, x, y) for x, y in zip(xs, node.operands, strict=True)])

    return form


def _matmul(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    return _linear(arrays, "matmul", *[_whole(arrays, x, y) for x, y in zip(xs, node.operands, strict=True)])


def _linear(arrays: Arrays, name: str, *xs: Term) -> Term:
    """A product of arrays, whose numbers stand before it."""
    a = arrays.algebra
    factor, kept = ONE, []
    for x in xs:
        if isinstance(x, Product):
            factor *= x.coefficient
            x = a.product(ONE, x.factors.items())
        kept.append(x)
    if name == "matmul" and len(rest := [x for x in kept if not _is_identity(x)]) < len(kept):
        return a.scaled(factor, rest[0] if rest else kept[0])
    return a.scaled(factor, a.call(name, *kept))


def _is_identity(x: Term) -> bool:
    """Whether a matrix has ones on its diagonal, and zeros elsewhere."""
    ones = x.operands[0] if isinstance(x, Call) and x.name == "diag" else None
    return isinstance(ones, Call) and ones.name == "ones"


def _whole(arrays: Arrays, x: Term, node: Any) -> Term:
    return arrays.whole(x, node.shape)


def _plain(node: Any) -> None:
    """Raises where an operation has an axis, or another attribute that is no part of formulas."""
    if any(attribute is not None for attribute in node.op.reference[1]):
        raise UnsupportedError("an operation along an axis has no formula", hint="sum over all elements, or use @")


def _first(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    return xs[0]


def _sum(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    (axis,) = node.op.reference[1]
    shape = node.operands[0].shape
    if axis is None or len(shape) == 1:
        return arrays.total(xs[0], shape)
    return _along(arrays, xs[0], shape, axis)


def _along(arrays: Arrays, x: Term, shape: Shape, axis: int) -> Term:
    """The sums along an axis of a matrix."""
    if len(shape) != 2:
        raise UnsupportedError("an array of three axes or more has no formula")
    return arrays.algebra.call("row sums" if axis else "column sums", arrays.whole(x, shape))


def _sum_to(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    shape = node.operands[0].shape
    if node.shape == shape:
        return xs[0]
    if node.shape == ():
        return arrays.total(xs[0], shape)
    if len(shape) == 2 and node.shape in (shape[1:], (1, *shape[1:])):
        return _along(arrays, xs[0], shape, 0)
    if len(shape) == 2 and node.shape == (shape[0], 1):
        return arrays.algebra.call("column", _along(arrays, xs[0], shape, 1))
    raise UnsupportedError("this sum along an axis has no formula", hint="sum over all elements, or use @")


def _squeeze(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    (x,) = xs
    (axis,) = node.op.reference[1]
    if axis == 0:
        return x
    if isinstance(x, Call) and x.name == "column":
        return x.operands[0]
    raise UnsupportedError("a column has no formula", hint="sum over all elements, or use @")


def _mean(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    _plain(node)
    return arrays.algebra.call("mean", xs[0]) if arrays.shape(xs[0]) else xs[0]


def _expand_dims(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    (axis,) = node.op.reference[1]
    if axis == 0:  # which broadcasting adds
        return xs[0]
    return arrays.algebra.call("column", _whole(arrays, xs[0], node.operands[0]))


def _multiply(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    """Of a column and a row the matrix of all products."""
    a = arrays.algebra
    for column, other in (xs, xs[::-1]):
        if isinstance(column, Call) and column.name == "column":
            if len(arrays.shape(other)) > 1:
                raise UnsupportedError("a column times a matrix has no formula", hint="use @")
            (x,) = column.operands
            return _linear(arrays, "outer", x, arrays.whole(other, node.shape[1:]))
    return a.multiply(*xs)


def _transpose(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    a, (x,) = arrays.algebra, xs
    if len(node.shape) < 2 or not arrays.shape(x):
        return x
    x = _whole(arrays, x, node.operands[0])
    if isinstance(x, Call) and x.name == "transpose":
        return x.operands[0]
    return a.call("outer", *x.operands[::-1]) if isinstance(x, Call) and x.name == "outer" else a.call("transpose", x)


def _norm_slope(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    _plain(node)
    a = arrays.algebra
    x, *directions = xs
    length = a.call("norm", _whole(arrays, x, node.operands[0]))
    if not directions:
        return a.divide(x, length)
    g = _one_direction(directions)
    along = arrays.total(a.multiply(x, g), node.shape)
    return a.divide(a.subtract(g, a.divide(a.multiply(x, along), a.multiply(length, length))), length)


def _prod_slope(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    _plain(node)
    a = arrays.algebra
    x, *directions = xs
    found = a.divide(a.call("prod", _whole(arrays, x, node.operands[0])), x)
    if not directions:
        return found
    ratio = a.divide(_one_direction(directions), x)
    return a.multiply(found, a.subtract(arrays.total(ratio, node.shape), ratio))


def _softmax(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    _plain(node)
    a = arrays.algebra
    x, *directions = xs
    found = a.call("softmax", _whole(arrays, x, node.operands[0]))
    if not directions:
        return found
    g = _one_direction(directions)
    return a.multiply(found, a.subtract(g, arrays.total(a.multiply(found, g), node.shape)))


def _one_direction(directions: Sequence[Term]) -> Term:
    if len(directions) > 1:
        raise UnsupportedError("this derivative of an array has no formula", hint="ask for a lower order")
    return directions[0]


def _deviations(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    return arrays.algebra.subtract(xs[0], _mean(arrays, node, xs))


def _cofactors(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    a = arrays.algebra
    if len(xs) > 1:
        raise UnsupportedError("this derivative of a determinant has no formula", hint="ask for a lower order")
    return a.multiply(a.call("det", xs[0]), a.call("transpose", a.call("inv", xs[0])))


def _logdet_slope(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    a = arrays.algebra
    if len(xs) > 1:
        raise UnsupportedError("this derivative of a determinant has no formula", hint="ask for a lower order")
    return a.call("transpose", a.call("inv", xs[0]))


def _solve(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    a = arrays.algebra
    matrix, *directions, b = xs
    if directions:
        raise UnsupportedError("this derivative of a solution has no formula", hint="ask for a lower order")
    if isinstance(b, Call) and b.name == "identity":
        return a.call("inv", matrix)
    return a.call("solve", matrix, _whole(arrays, b, node.operands[-1]))


def _solve_slope(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    """By the matrix: -outer(solve(transpose(a), g), x), of matrices a product."""
    a = arrays.algebra
    if len(xs) > 3:
        raise UnsupportedError("this derivative of a solution has no formula", hint="ask for a lower order")
    matrix, b, g = xs
    turned = a.call("transpose", matrix)
    whole = _whole(arrays, g, node.operands[2])
    if isinstance(b, Call) and b.name == "identity":
        inverse = a.call("transpose", a.call("inv", matrix))
        return a.negative(a.call("matmul", a.call("matmul", inverse, whole), inverse))
    back, x = a.call("solve", turned, whole), a.call("solve", matrix, _whole(arrays, b, node.operands[1]))
    if len(node.operands[1].shape) == 1:
        return a.negative(a.call("outer", back, x))
    return a.negative(a.call("matmul", back, a.call("transpose", x)))


def _on_diagonal(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    if node.shape[0] != node.shape[1]:
        raise UnsupportedError("the diagonal of a matrix that is not square has no formula", hint="name its elements")
    return arrays.algebra.call("diag", _whole(arrays, xs[0], node.operands[0]))


def _refused(what: str, hint: str) -> Form:
    def form(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
        raise UnsupportedError(f"{what} has no formula", hint=hint)

    return form


def _item(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    (key,) = node.op.reference[1]
    if not all(isinstance(i, int) for i in key) or len(node.operands) > 1:
        raise UnsupportedError("a slice, and a computed index, have no formula", hint="name the elements")
    return _element(arrays, xs[0], key, len(node.operands[0].shape))


def _element(arrays: Arrays, x: Term, key: Sequence[int], rank: int) -> Term:
    """An element of a term, which has so many axes: of what is elementwise that of its parts."""
    a = arrays.algebra
    own = len(arrays.shape(x))
    if own + len(key) <= rank:  # it is the same along these axes
        return x
    if isinstance(x, Call) and x.name == "vector" and own == rank:
        inner = x.operands[key[0]]
        return _element(arrays, inner, key[1:], rank - 1) if len(key) > 1 else inner
    if isinstance(x, Product) and len(key) == rank:
        powers = [(_element(arrays, b, key, rank), _element(arrays, e, key, rank)) for b, e in x.factors.items()]
        return a.product(x.coefficient, powers)
    if isinstance(x, Sum) and len(key) == rank:
        terms = [(k, _element(arrays, y, key, rank)) for y, k in x.terms.items()]
        return a.sum([*terms, (x.constant, a.one)])
    if isinstance(x, Call) and x.name in ("ones", "zeros"):
        return a.one if x.name == "ones" else a.zero
    if own < rank:
        raise UnsupportedError("this element of an array has no formula", hint="name the elements")
    return a.call("index", x, *[a.number(i) for i in key])


def _vector(arrays: Arrays, node: Any, xs: Sequence[Term]) -> Term:
    return arrays.algebra.call("vector", *xs)


# By the name of an operation's family, or of one alone.
FORMS: Final[Mapping[str, Form]] = {
    "det": _called("det"),
    "logdet": _called("logdet"),
    "cross": _called("cross"),
    "matmul": _matmul,
    "Norm": _called("norm"),
    "Variance": _called("var"),
    "Deviation": _called("std"),
    "LogSumExp": _called("logsumexp"),
    "Product": _called("prod"),
    "Sum": _sum,
    "Mean": _mean,
    "sum_to": _sum_to,
    "broadcast_to": _first,
    "ExpandDims": _expand_dims,
    "Squeeze": _squeeze,
    "zeros_like": lambda arrays, node, xs: arrays.algebra.zero,
    "mul": _multiply,
    "transpose": _transpose,
    "norm_slope": _norm_slope,
    "prod_slope": _prod_slope,
    "logdet_slope": _logdet_slope,
    "softmax": _softmax,
    "Deviations": _deviations,
    "cofactors": _cofactors,
    "solve": _solve,
    "solve_slope": _solve_slope,
    "identity": lambda arrays, node, xs: arrays.algebra.call("identity", xs[0]),
    "diagonal": lambda arrays, node, xs: arrays.algebra.call("diag", _whole(arrays, xs[0], node.operands[0])),
    "on_diagonal": _on_diagonal,
    "GetItem": _item,
    "vector": _vector,
    "PutItem": _refused("the derivative by an array that is indexed", "name its elements, as inputs of their own"),
    "Reshape": _refused("what takes an array's elements one by one", "name its elements, as inputs of their own"),
    "CumSum": _refused("a running sum", "name the elements"),
    "compress": _refused("a condition of arrays", "max, min, abs and step work on each element"),
}
