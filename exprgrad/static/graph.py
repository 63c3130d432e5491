"""Define, then run: a graph's nodes are operations, its edges the data that will flow.

A node belongs to its graph through its operands; there is no default graph. A node once made never changes,
and a graph that was finalized takes no more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from math import prod
from typing import Any, ClassVar

from exprgrad.autodiff import Visit, between, forward, reverse, upstream
from exprgrad.diagnostics import GraphError, Span
from exprgrad.numbers.arithmetic import ZERO, dtype_from, from_python, is_array, to_python
from exprgrad.ops import arithmetic as A
from exprgrad.ops import comparison as C
from exprgrad.ops import piecewise as P
from exprgrad.ops.arrangement import Arrangement, AsHessian, Stack, unit
from exprgrad.ops.control import Scope, SumTo, as_gradient, broadcast_to, seed, unreached
from exprgrad.ops.registry import Op, Traced, Value, apply, next_index


class Graph:
    """What nodes belong to. Joining the nodes of two graphs makes them one."""

    __slots__ = ("_finalized", "_into")

    def __init__(self) -> None:
        self._into: Graph | None = None
        self._finalized = False

    def _root(self) -> Graph:
        root = self
        while root._into is not None:
            root = root._into
        here = self
        while here is not root:  # shorten the way for the next call
            assert here._into is not None
            here._into, here = root, here._into
        return root

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self._root() is other._root()

    def __hash__(self) -> int:
        raise TypeError("a graph is not hashable: it can become part of another")

    def finalize(self) -> None:
        """From now on the graph takes no more nodes: it is defined, and can only be run."""
        self._root()._finalized = True

    @property
    def finalized(self) -> bool:
        """Whether the graph takes no more nodes."""
        return self._root()._finalized

    def join(self, other: Graph) -> Graph:
        """Makes two graphs one."""
        a, b = self._root(), other._root()
        if a is not b:
            b._into = a
        return a


class Node(Traced):
    """One operation of a graph; its result is an edge to every node that reads it.

    `op` is None for a placeholder (`value` None), for a constant, and for the parameter of a region. `shape` is None
    where it is known only when the graph runs. `scope` is the region in which the node is computed.
    """

    __slots__ = ("declared", "dtype", "graph", "name", "scope", "shape", "value")
    kind: ClassVar[str] = "static node"
    __array_ufunc__ = None
    graph: Graph
    value: Any
    dtype: str | None
    shape: tuple[int, ...] | None
    declared: tuple[int | None, ...] | None
    name: str | None
    scope: Scope | None

    def __init__(
        self,
        op: Op | None,
        operands: Sequence[Node],
        graph: Graph,
        *,
        value: Any = None,
        dtype: str | None = None,
        shape: tuple[int, ...] | None = None,
        declared: tuple[int | None, ...] | None = None,
        name: str | None = None,
        scope: Scope | None = None,
        span: Span | None = None,
    ) -> None:
        self.op = op
        self.left = self.right = None
        self.rest = ()
        if len(operands) == 1:
            (self.left,) = operands
        elif len(operands) == 2:
            self.left, self.right = operands
        else:
            self.rest = tuple(operands)
        self.index = next_index()
        self.graph = graph
        self.value = value
        self.dtype = dtype
        self.shape = shape
        self.declared = declared
        self.name = name
        self.scope = scope
        self.span = span

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Node:
        graph: Graph | None = None
        scope: Scope | None = None
        shape: tuple[int, ...] | None = ()
        for x in operands:
            if not isinstance(x, Node):
                continue
            if x.graph is not graph:
                if x.graph.finalized:
                    raise GraphError(
                        f"the graph is finalized: it takes no new {op.name} node",
                        hint="build everything, gradients included, before finalize()",
                    )
                graph = x.graph if graph is None else graph.join(x.graph)
            if x.shape != ():
                shape = None
            if x.scope is not None and (scope is None or x.scope.depth > scope.depth):
                scope = x.scope
        assert graph is not None, "apply calls a node only for operands among which there is one"
        nodes = [x if isinstance(x, Node) else constant(x, scope=scope, graph=graph) for x in operands]
        if shape == () and any([x.shape != () for x in nodes]):
            shape = None
        if isinstance(op, SumTo):
            shape = nodes[1].shape
        elif isinstance(op, Arrangement):
            shape = None
        return cls(op, nodes, graph, shape=shape, scope=scope)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Node:
        param = cls(None, (), outer.graph, shape=outer.shape, scope=scope, span=outer.span)
        param.rest = (outer,)
        return param

    @classmethod
    def absent(cls, scope: Any) -> Node:
        return cls(None, (), Graph(), value=ZERO, shape=(), scope=scope)

    def __repr__(self) -> str:
        if self.op is not None:
            return f"<node {self.op.name}>"
        if self.value is not None:
            return f"<constant {to_python(self.value)}>"
        return f"<placeholder {self.name or self.index}>"

    def __bool__(self) -> bool:
        raise GraphError(
            "a static node has no value while the graph is being defined",
            hint="exprgrad.dynamic decides by values; exprgrad.compile has conditions in its language",
        )

    def __iter__(self) -> Any:
        raise GraphError("a static node has no values while the graph is being defined")

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other  # a node is a key of feed_dict, as in TensorFlow 1

    def __neg__(self) -> Node:
        return Node.record(A.neg, (self,))

    def __pos__(self) -> Node:
        return Node.record(A.pos, (self,))

    def __abs__(self) -> Node:
        return Node.record(P.abs_, (self,))

    def __add__(self, other: Any) -> Node:
        return _binary(A.add, self, other)

    def __radd__(self, other: Any) -> Node:
        return _binary(A.add, other, self)

    def __sub__(self, other: Any) -> Node:
        return _binary(A.sub, self, other)

    def __rsub__(self, other: Any) -> Node:
        return _binary(A.sub, other, self)

    def __mul__(self, other: Any) -> Node:
        return _binary(A.mul, self, other)

    def __rmul__(self, other: Any) -> Node:
        return _binary(A.mul, other, self)

    def __truediv__(self, other: Any) -> Node:
        return _binary(A.div, self, other)

    def __rtruediv__(self, other: Any) -> Node:
        return _binary(A.div, other, self)

    def __floordiv__(self, other: Any) -> Node:
        return _binary(A.floor_div, self, other)

    def __rfloordiv__(self, other: Any) -> Node:
        return _binary(A.floor_div, other, self)

    def __mod__(self, other: Any) -> Node:
        return _binary(A.mod, self, other)

    def __rmod__(self, other: Any) -> Node:
        return _binary(A.mod, other, self)

    def __pow__(self, other: Any) -> Node:
        return _binary(A.pow_, self, other)

    def __rpow__(self, other: Any) -> Node:
        return _binary(A.pow_, other, self)

    def __lt__(self, other: Any) -> Node:
        return _binary(C.less, self, other)

    def __le__(self, other: Any) -> Node:
        return _binary(C.less_equal, self, other)

    def __gt__(self, other: Any) -> Node:
        return _binary(C.greater, self, other)

    def __ge__(self, other: Any) -> Node:
        return _binary(C.greater_equal, self, other)


def _binary(op: Op, left: Any, right: Any) -> Node:
    node: Node = apply(op, left, right)
    return node


def placeholder(dtype: Any = "float64", shape: Any = None, name: str | None = None) -> Node:
    """A node whose value is fed when the graph runs.

    `dtype` is float32 or float64. `shape` is () for a scalar, a sequence with None for sizes that may vary,
    or None for any shape.
    """
    declared = None if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
    return Node(
        None, (), Graph(), dtype=dtype_from(dtype), declared=declared, shape=() if declared == () else None, name=name
    )


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = None,
    *,
    scope: Scope | None = None,
    graph: Graph | None = None,
    span: Span | None = None,
) -> Node:
    """A node with a fixed value. A Python number without a dtype takes the precision of what it meets."""
    if dtype is not None:
        dtype = dtype_from(dtype)
    if isinstance(value, bool) or (type(value) is int and abs(value) < 2**53):
        value = float(value)
    if dtype is not None or type(value) is not float:
        value = from_python(value, dtype)
    if shape is not None:
        import numpy as np

        value = np.broadcast_to(to_python(value), tuple(shape))
    if is_array(value):
        value = value.copy()  # what the caller does with his array is no business of the graph
    return Node(
        None,
        (),
        graph or Graph(),
        value=value,
        dtype=dtype,
        shape=tuple(getattr(value, "shape", ())),
        name=name,
        scope=scope,
        span=span,
    )


class UnconnectedGradients(Enum):
    """What `gradients` gives for an x that the results do not depend on."""

    NONE = "none"
    ZERO = "zero"


def stop_gradient(input: Any, name: str | None = None) -> Node:
    """The value of a node as a constant of every derivative."""
    node: Node = A.stop_gradient(input if isinstance(input, Node) else constant(input))
    node.name = name
    return node


def gradients(
    ys: Node | Sequence[Node],
    xs: Node | Sequence[Node],
    grad_ys: Any = None,
    name: str | None = None,
    *,
    stop_gradients: Node | Sequence[Node] | None = None,
    unconnected_gradients: UnconnectedGradients | str = UnconnectedGradients.ZERO,
) -> list[Node]:
    """Adds nodes for the derivative of the sum of `ys` by each of `xs`, and returns them.

    Where `ys` have several elements it is the derivative of their sum. Where a result is nan all its derivatives are.
    Nothing runs; the graph may be in use. `grad_ys` are the cotangents to start with instead of ones.
    `stop_gradients` are taken as constants: what they are computed from is reached only by other ways, they themselves
    may be among `xs`. The derivative by an x that `ys` do not depend on is 0, or None with
    `unconnected_gradients=UnconnectedGradients.NONE`, TensorFlow's default.

    >>> import exprgrad.static as tf
    >>> a = tf.placeholder(tf.float64)
    >>> b = 2 * a
    >>> with tf.Session() as sess:
    ...     sess.run([tf.gradients(a + b, [a, b]), tf.gradients(a + b, [a, b], stop_gradients=[b])], {a: 1})
    [[3.0, 1.0], [1.0, 1.0]]
    """
    outputs = _nodes(ys)
    wanted = _nodes(xs)
    if not outputs:
        raise GraphError("there is no result to differentiate", hint="gradients(c, [a, b])")
    cotangents = [None] * len(outputs)
    if grad_ys is not None:
        cotangents = list(grad_ys) if isinstance(grad_ys, list | tuple) else [grad_ys]
    if len(cotangents) != len(outputs):
        raise GraphError(f"{len(outputs)} results need {len(outputs)} cotangents, found {len(cotangents)}")
    try:
        unconnected = UnconnectedGradients(unconnected_gradients)
    except ValueError:
        raise GraphError(
            f"unknown unconnected_gradients {unconnected_gradients!r}", hint='use UnconnectedGradients.NONE or "zero"'
        ) from None
    seeds = [(y, seed(y) if g is None else _cotangent(g, y)) for y, g in zip(outputs, cotangents, strict=True)]
    found = pull_back(seeds, wanted, stopped=() if stop_gradients is None else _nodes(stop_gradients))

    def derivative(x: Node, g: Node | None) -> Any:
        if g is not None:
            return as_gradient(g, x)
        return None if unconnected is UnconnectedGradients.NONE else unreached(x, *outputs)

    return [derivative(x, g) for x, g in zip(wanted, found, strict=True)]


def hessians(ys: Node | Sequence[Node], xs: Node | Sequence[Node], name: str | None = None) -> list[Node]:
    """Adds nodes for the second derivatives of the sum of `ys` by each of `xs`, and returns them.

    Each has the shape of its x twice: `[i, j]` is the derivative by `x[i]` and `x[j]`. Every row is a sweep of its own,
    so the shape of an x with several elements must be declared: `placeholder(tf.float64, shape=[3])`.

    >>> import exprgrad.static as tf
    >>> x = tf.placeholder(tf.float64, shape=[2])
    >>> with tf.Session() as sess:
    ...     sess.run(tf.hessians(x**3, x), {x: [1, 2]})
    [array([[ 6.,  0.],
           [ 0., 12.]])]
    """
    return [_hessian(ys, x) for x in _nodes(xs)]


def _hessian(ys: Node | Sequence[Node], x: Node) -> Node:
    (slope,) = gradients(ys, x)
    shape = x.declared or x.shape
    if shape is None or None in shape:
        hessian: Node = AsHessian("as_hessian", "h, x", "a second derivative as a hessian")(*gradients(slope, x), x)
        return hessian
    sizes = tuple([size for size in shape if size is not None])
    rows = [gradients(slope, x, grad_ys=unit(slope, sizes, i))[0] for i in range(prod(sizes))]
    if not sizes:
        return rows[0]
    stacked: Node = Stack(sizes)(*rows)
    return stacked


def _nodes(given: Any) -> list[Node]:
    """One node or several, as a list."""
    nodes = list(given) if isinstance(given, list | tuple) else [given]
    for node in nodes:
        if not isinstance(node, Node):
            raise GraphError(f"expected a node, found {type(node).__name__}", hint="gradients(c, [a, b])")
    return nodes


def _cotangent(g: Any, y: Node) -> Node:
    """A cotangent that the caller gives, in the shape of the result."""
    node = g if isinstance(g, Node) else constant(g, graph=y.graph)
    cotangent: Node = node if node.shape == y.shape == () else broadcast_to(node, y)
    return cotangent


def pull_back(
    seeds: Sequence[tuple[Node, Any]], wanted: Sequence[Node], visit: Visit | None = None, stopped: Sequence[Node] = ()
) -> list[Node | None]:
    """The cotangents of the wanted nodes as new nodes; None where none arrives."""
    outputs = [y for y, _ in seeds]
    nodes = _around(outputs, wanted, stopped) if stopped else between(outputs, wanted)
    found = reverse(
        [(y, g) for y, g in seeds if y.index in nodes],
        nodes,
        symbolic=True,
        wanted={x.index for x in wanted},
        visit=visit,
    )
    return [found.get(x.index) for x in wanted]


def push_forward(y: Node, tangents: Sequence[tuple[Node, Node]], visit: Visit | None = None) -> Node | None:
    """The tangent of y as a new node, given those of some nodes; nan where y is, None where none arrives."""
    nodes = between([y], [x for x, _ in tangents])
    found = forward([(x, t) for x, t in tangents if x.index in nodes], nodes, symbolic=True, visit=visit).get(y.index)
    return None if found is None else A.mul(seed(y), found)


def _around(outputs: Sequence[Node], wanted: Sequence[Node], stopped: Sequence[Node]) -> dict[int, Any]:
    """The nodes on the ways from the wanted ones to the outputs that pass through no stopped one. A wanted one that is
    stopped is a leaf to the sweep."""
    ends = {x.index for x in stopped}
    reached = {x.index for x in wanted}
    nodes = upstream(outputs, lambda x: x.index not in ends)
    on_the_way: dict[int, Any] = {x.index: Node.parameter(x, x.scope) for x in wanted if x.index in ends}
    for index in sorted(nodes):
        if index in reached or any([x.index in on_the_way for x in nodes[index].operands]):
            on_the_way[index] = nodes[index]
    return on_the_way
