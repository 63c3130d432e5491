"""Define, then run: a graph's nodes are operations, its edges the data that will flow.

A node belongs to its graph through its operands; there is no default graph. What a node computes
never changes. Its place in the text and its name are told later, a shape may be known, or known to vary, only then, and
operands give way to equal ones (`autodiff.chain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Self

from exprgrad.diagnostics import Span
from exprgrad.numbers.arithmetic import to_python, weak
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.control import History, Item, Loop, Scope
from exprgrad.ops.registry import Op, Traced, Value, next_index
from exprgrad.ops.structural import shape_after


class Node(Traced):
    """One operation of a graph; its result is an edge to every node that reads it.

    `op` is None for a placeholder (`value` None), for a constant, and for the parameter of a region. `shape` is None
    where it is known only when the graph runs. `scope` is the region in which the node is computed.
    """

    __slots__ = ("name", "operands", "scope", "shape", "value")
    kind: ClassVar[str] = "static node"
    operands: tuple[Any, ...]
    value: Any
    shape: tuple[int, ...] | None
    name: str | None
    scope: Scope | None

    def __init__(
        self,
        op: Op | None = None,
        operands: Sequence[Node] = (),
        *,
        value: Any = None,
        shape: tuple[int, ...] | None = None,
        name: str | None = None,
        scope: Scope | None = None,
        span: Span | None = None,
    ) -> None:
        self.op = op
        self.connect(tuple(operands))
        self.index = next_index()
        self.value = value
        self.shape = shape
        self.name = name
        self.scope = scope
        self.span = span

    def connect(self, operands: tuple[Any, ...]) -> None:
        super().connect(operands)
        self.operands = operands  # kept, since every walk over a graph asks for them

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Node:
        scope: Scope | None = None
        nodes, numbers = operands, op.partials is not None
        # One pass over what mostly are nodes and numbers: a large graph takes most of its time here.
        for x in operands:
            if not isinstance(x, Node):
                scope = innermost(operands)
                nodes = [x if isinstance(x, Node) else cls.constant(x, scope) for x in operands]
                numbers = numbers and all([x.shape == () for x in nodes])
                break
            if x.scope is not None and (scope is None or x.scope.depth > scope.depth):
                scope = x.scope
            if x.shape != ():
                numbers = False
        return cls(op, nodes, shape=() if numbers else shape_of_result(op, nodes), scope=scope)

    @classmethod
    def constant(cls, x: Any, scope: Scope | None = None) -> Node:
        """A number or an array that meets a node. Python's numbers take the precision of what they meet."""
        value = weak(x)
        if is_array(value):
            value = value.copy()  # what the caller does with his array is no business of the graph
        return cls(value=value, shape=tuple(getattr(value, "shape", ())), scope=scope)

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Self:
        param = cls(shape=outer.shape, scope=scope, span=outer.span)
        param.rest = (outer,)
        return param

    def absent(self, scope: Any) -> Node:
        return type(self)(value=ZERO, shape=self.shape, scope=scope)

    def __repr__(self) -> str:
        if self.op is not None:
            return f"<node {self.op.name}>"
        if self.value is not None:
            return f"<constant {to_python(self.value)}>"
        return f"<{'parameter' if self.rest else 'placeholder'} {self.name or self.index}>"


def innermost(operands: Iterable[Value]) -> Scope | None:
    """The innermost region that one of the operands lies in, which is where what is computed of them lies."""
    scope: Scope | None = None
    for x in operands:
        if isinstance(x, Node) and x.scope is not None and (scope is None or x.scope.depth > scope.depth):
            scope = x.scope
    return scope


def shape_of_result(op: Op, nodes: Sequence[Node]) -> tuple[int, ...] | None:
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
