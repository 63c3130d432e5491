"""TensorFlow 1's node, and the functions that make one which is no operation: `placeholder` and `constant`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Self

from exprgrad.diagnostics import GraphError, KindProblem, Span
from exprgrad.faces.answers import leave_out
from exprgrad.faces.operators import ARITHMETIC, ORDER, Operators, set_methods, without_logic
from exprgrad.faces.tensorflow.graph import Graph
from exprgrad.faces.tensorflow.instead import NODE as INSTEAD
from exprgrad.faces.tensorflow.regions import here
from exprgrad.numbers.arithmetic import dtype_from, from_python, to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import arithmetic as A
from exprgrad.ops import piecewise as P
from exprgrad.ops.control import Scope
from exprgrad.ops.library import indexed
from exprgrad.ops.linear_algebra import matmul
from exprgrad.ops.registry import Op, Traced, Value, apply
from exprgrad.ops.shapes import vector
from exprgrad.static.graph import Node as Core
from exprgrad.static.graph import innermost, shape_of_result


class Node(Core, Operators):
    """A node of the graph, with the precision that it is computed in.

    `dtype` is None where it is that of what the node meets. `declared` is the shape that a placeholder is declared to
    have, with None for sizes that may vary.
    """

    __slots__ = ("declared", "dtype", "graph", "whole")
    __array_ufunc__ = None
    graph: Graph
    dtype: str | None
    declared: tuple[int | None, ...] | None
    whole: bool  # a constant that is given in whole numbers, which divide otherwise in TensorFlow 1

    def __init__(
        self,
        op: Op | None = None,
        operands: Sequence[Core] = (),
        *,
        graph: Graph | None = None,
        dtype: str | None = None,
        declared: tuple[int | None, ...] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(op, operands, **more)
        self.graph = Graph() if graph is None else graph
        self.dtype = dtype
        self.declared = declared
        self.whole = False

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Node:
        graph: Graph | None = None
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
        scope = innermost(operands)
        nodes = [x if isinstance(x, Node) else constant(x, scope=scope, graph=graph) for x in operands]
        if dtype == "float32":
            nodes = [_single(x) for x in nodes]
        return cls(op, nodes, graph=graph, dtype=dtype, shape=shape_of_result(op, nodes), scope=scope)

    @classmethod
    def constant(cls, x: Any, scope: Scope | None = None) -> Node:
        return constant(x, scope=scope)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Self:
        param = super().parameter(outer, scope)
        param.graph, param.dtype = outer.graph, outer.dtype
        return param

    def __bool__(self) -> bool:
        raise KindProblem(
            "a static node has no value while the graph is being defined",
            hint="exprgrad.dynamic decides by values; exprgrad.compile has conditions in its language",
        )

    def __iter__(self) -> Any:
        raise KindProblem(
            "a static node has no values while the graph is being defined", hint="x[0], x[1] are nodes for its parts"
        )

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other  # a node is a key of feed_dict, as in TensorFlow 1

    def __neg__(self) -> Node:
        return Node.record(A.neg, (here(self),))

    def __pos__(self) -> Node:
        return Node.record(A.pos, (here(self),))

    def __abs__(self) -> Node:
        return Node.record(P.abs_, (here(self),))

    def __getitem__(self, key: Any) -> Node:
        return indexed(here(self), key)  # type: ignore[no-any-return]


def operand(x: Any) -> Any:
    """What an operation is given, as it is seen where the graph is being built. A list of nodes is stacked."""
    if isinstance(x, list | tuple) and any(isinstance(part, Node) for part in x):
        return vector(*map(here, x))
    return here(x)


def as_node(x: Any) -> Node:
    """A node, or a constant of a number or an array, as it is seen where the graph is being built."""
    return here(x if isinstance(x, Node) else constant(x))  # type: ignore[no-any-return]


def placeholder(dtype: Any = "float64", shape: Any = None, name: str | None = None) -> Node:
    """A node whose value is fed when the graph runs.

    `dtype` is float32 or float64. `shape` is () for a scalar, a sequence with None for sizes that may vary,
    or None for any shape.
    """
    declared = None if shape is None else (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size is not None and (not isinstance(size, int) or size < 0) for size in declared or ()):
        raise GraphError(f"a shape has sizes, whole numbers or None, found {shape!r}", hint="shape=[3, None]")
    known = None if declared is None or None in declared else tuple([size for size in declared if size is not None])
    return Node(dtype=_dtype(dtype), declared=declared, shape=known, name=name)


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
        graph=graph,
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


def _operator(op: Op) -> Callable[[Any, Any], Any]:
    return lambda self, other: apply(op, operand(self), operand(other))


def _reflected(op: Op) -> Callable[[Any, Any], Any]:
    return lambda self, other: apply(op, operand(other), operand(self))


set_methods(Node, "__{}__", {**ARITHMETIC, **ORDER, "matmul": matmul}, _operator)
set_methods(Node, "__r{}__", {**ARITHMETIC, "matmul": matmul}, _reflected)
leave_out(Node, INSTEAD)
without_logic(Node, "a * b is a and b, tf.maximum(a, b) is a or b, tf.logical_not(a) is not a")
