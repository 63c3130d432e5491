"""Define, then run: a graph's nodes are operations, its edges the data that will flow.

A node belongs to its graph through its operands; there is no default graph. A node once made never changes,
and a graph that was finalized takes no more of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, ClassVar

from exprgrad.diagnostics import GraphError, KindProblem, Span
from exprgrad.faces.answers import leave_out, there, without_logic
from exprgrad.numbers.arithmetic import ZERO, dtype_from, from_python, is_array, to_python
from exprgrad.ops import arithmetic as A
from exprgrad.ops import comparison as C
from exprgrad.ops import piecewise as P
from exprgrad.ops.control import History, Item, Loop, Scope
from exprgrad.ops.registry import Op, Traced, Value, apply, next_index
from exprgrad.ops.structural import shape_after
from exprgrad.static.instead import GRAPH
from exprgrad.static.instead import NODE as INSTEAD
from exprgrad.static.regions import here


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

    `op` is None for a placeholder (`value` None), for a constant, and for the parameter of a region. `dtype` is None
    where it is that of what the node meets, `shape` where it is known only when the graph runs. `scope` is the region
    in which the node is computed.
    """

    __slots__ = ("declared", "dtype", "graph", "name", "scope", "shape", "value", "whole")
    kind: ClassVar[str] = "static node"
    __array_ufunc__ = None
    graph: Graph
    value: Any
    dtype: str | None
    shape: tuple[int, ...] | None
    declared: tuple[int | None, ...] | None
    name: str | None
    scope: Scope | None
    whole: bool  # a constant that is given in whole numbers, which divide otherwise in TensorFlow 1

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
        self.whole = False

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Node:
        graph: Graph | None = None
        scope: Scope | None = None
        dtype: str | None = None
        for x in operands:
            if not isinstance(x, Node):
                continue
            if x.dtype is not None and x.dtype != dtype:
                dtype = x.dtype if dtype is None else "float64"
            if x.graph is not graph:
                if x.graph.finalized:
                    raise GraphError(
                        f"the graph is finalized: it takes no new {op.name} node",
                        hint="build everything, gradients included, before finalize()",
                    )
                graph = x.graph if graph is None else graph.join(x.graph)
            if x.scope is not None and (scope is None or x.scope.depth > scope.depth):
                scope = x.scope
        assert graph is not None, "apply calls a node only for operands among which there is one"
        nodes = [x if isinstance(x, Node) else constant(x, scope=scope, graph=graph) for x in operands]
        if dtype == "float32":
            nodes = [_single(x) for x in nodes]
        return cls(op, nodes, graph, dtype=dtype, shape=_shape(op, nodes), scope=scope)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Node:
        param = cls(None, (), outer.graph, dtype=outer.dtype, shape=outer.shape, scope=scope, span=outer.span)
        param.rest = (outer,)
        return param

    def absent(self, scope: Any) -> Node:
        return Node(None, (), Graph(), value=ZERO, shape=self.shape, scope=scope)

    def __repr__(self) -> str:
        if self.op is not None:
            return f"<node {self.op.name}>"
        if self.value is not None:
            return f"<constant {to_python(self.value)}>"
        return f"<{'parameter' if self.rest else 'placeholder'} {self.name or self.index}>"

    def __bool__(self) -> bool:
        raise KindProblem(
            "a static node has no value while the graph is being defined",
            hint="exprgrad.dynamic decides by values; exprgrad.compile has conditions in its language",
        )

    def __iter__(self) -> Any:
        raise KindProblem(
            "a static node has no values while the graph is being defined", hint="x[0], x[1] are nodes for its parts"
        )

    def __dir__(self) -> list[str]:
        return there(self)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other  # a node is a key of feed_dict, as in TensorFlow 1

    def __neg__(self) -> Node:
        return Node.record(A.neg, (here(self),))

    def __pos__(self) -> Node:
        return Node.record(A.pos, (here(self),))

    def __abs__(self) -> Node:
        return Node.record(P.abs_, (here(self),))

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

    def __matmul__(self, other: Any) -> Node:
        from exprgrad.ops.linear_algebra import matmul

        return _binary(matmul, self, other)

    def __rmatmul__(self, other: Any) -> Node:
        from exprgrad.ops.linear_algebra import matmul

        return _binary(matmul, other, self)

    def __getitem__(self, key: Any) -> Node:
        from exprgrad.ops.library import indexed

        return indexed(here(self), key)  # type: ignore[no-any-return]

    def __lt__(self, other: Any) -> Node:
        return _binary(C.less, self, other)

    def __le__(self, other: Any) -> Node:
        return _binary(C.less_equal, self, other)

    def __gt__(self, other: Any) -> Node:
        return _binary(C.greater, self, other)

    def __ge__(self, other: Any) -> Node:
        return _binary(C.greater_equal, self, other)


def _shape(op: Op, nodes: Sequence[Node]) -> tuple[int, ...] | None:
    """The shape of an operation's result; None where it is known only when the graph runs."""
    return _inner_shape(op, nodes[0]) if isinstance(op, Item | History) else shape_after(op, [x.shape for x in nodes])


def _inner_shape(op: Item | History, node: Node) -> tuple[int, ...] | None:
    """The shape of a result of a branch or a loop; of a stack that of its elements."""
    source, i = node.op, op.position
    regions = source.regions  # type: ignore[union-attr]
    results = [] if isinstance(op, History) else [x for region in regions if (x := region.results[i]) is not None]
    if isinstance(op, History) or (isinstance(source, Loop) and i < source.carried):
        results.append(regions[0].params[i])
    found = {x.shape for x in results}
    # What is a structural zero on all ways has the shape of what it could have come from.
    return found.pop() if len(found) == 1 else None if found else node.shape


def _binary(op: Op, left: Any, right: Any) -> Node:
    node: Node = apply(op, operand(left), operand(right))
    return node


def operand(x: Any) -> Any:
    """What an operation is given, as it is seen where the graph is being built. A list of nodes is stacked."""
    if isinstance(x, list | tuple) and any(isinstance(part, Node) for part in x):
        from exprgrad.ops.shapes import vector

        return vector(*map(here, x))
    return here(x)


def placeholder(dtype: Any = "float64", shape: Any = None, name: str | None = None) -> Node:
    """A node whose value is fed when the graph runs.

    `dtype` is float32 or float64. `shape` is () for a scalar, a sequence with None for sizes that may vary,
    or None for any shape.
    """
    declared = None if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size is not None and (not isinstance(size, int) or size < 0) for size in declared or ()):
        raise GraphError(f"a shape has sizes, whole numbers or None, found {shape!r}", hint="shape=[3, None]")
    known = None if declared is None or None in declared else tuple([size for size in declared if size is not None])
    return Node(None, (), Graph(), dtype=_dtype(dtype), declared=declared, shape=known, name=name)


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
    if isinstance(value, Traced):
        raise GraphError(
            f"a constant is a number or an array, found a {value.kind}", hint="give its value: item() or numpy()"
        )
    if dtype is not None:
        dtype = _dtype(dtype)
    if isinstance(value, list | tuple) and any(isinstance(part, Traced) for part in value):
        raise GraphError("a constant is a number or an array, found a list of nodes", hint="tf.stack([x, y]) is a node")
    whole = dtype is None and _is_whole(value)
    if isinstance(value, bool) or (type(value) is int and abs(value) < 2**53):
        value = float(value)
    if dtype is not None or type(value) is not float:
        value = from_python(value, dtype)
    if shape is not None:
        value = _filled(to_python(value), (shape,) if isinstance(shape, int) else tuple(shape))
    if is_array(value):
        value = value.copy()  # what the caller does with his array is no business of the graph
    node = Node(
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
    node.whole = whole
    return node


def _single(x: Node) -> Node:
    """A node that meets float32: a constant without a dtype, which a Python number is by itself, becomes that too."""
    if x.op is not None or x.dtype is not None or x.value is None or type(x.value) is float:
        return x
    made = constant(to_python(x.value), "float32", name=x.name, scope=x.scope, graph=x.graph, span=x.span)
    made.whole = x.whole
    return made


def _filled(value: Any, shape: tuple[int, ...]) -> Any:
    """The elements of a value in another shape, the last one as often as it takes, as in TensorFlow 1."""
    import numpy as np

    elements, count = np.ravel(value), prod(shape)
    if elements.size > count or (count and not elements.size):
        raise GraphError(
            f"a constant of shape {np.shape(value)} does not fit in shape {shape}", hint="leave shape away"
        )
    return np.concatenate([elements, np.repeat(elements[-1:], count - elements.size)]).reshape(shape)


def _dtype(x: Any) -> str:
    """The name of a precision; Python's float is TensorFlow's float32."""
    return "float32" if x is float else dtype_from(x)


def _is_whole(value: Any) -> bool:
    """Whether a constant is given in whole numbers."""
    if isinstance(value, list | tuple):
        import numpy as np

        try:
            value = np.asarray(value)
        except ValueError:  # rows of several lengths, which is told later
            return False
    dtype = getattr(value, "dtype", None)
    return type(value) is int if dtype is None else dtype.kind in "iu"


leave_out(Graph, GRAPH)
leave_out(Node, INSTEAD)
without_logic(Node, "a * b is a and b, tf.maximum(a, b) is a or b, tf.logical_not(a) is not a")
