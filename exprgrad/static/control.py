"""`cond` and `while_loop`, TensorFlow 1's way: Python functions that build the sides of a branch or the body of a loop.

They are called once, while the graph is defined. What they use of the graph around enters the region as a parameter.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.diagnostics import GraphError
from exprgrad.ops.arithmetic import add, mul
from exprgrad.ops.comparison import less, truth
from exprgrad.ops.control import Branch, Loop, Region, Scope, branch, loop
from exprgrad.ops.registry import next_index
from exprgrad.static.graph import Node, constant


def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any], name: str | None = None) -> Any:
    """What `true_fn()` gives where `pred` is true when the graph runs, else what `false_fn()` gives.

    Both are called now, to define the graph; only one side is computed. They return a node or number, or a list of as
    many. (TensorFlow's `cond` computes both sides of `gradients` where the condition is a fed value; here a side that
    is not taken contributes nothing to any derivative.)
    """
    condition = _node(pred)
    sides: list[tuple[_Building, Sequence[Node]]] = []
    single = False
    for polarity, function in ((True, true_fn), (False, false_fn)):
        building = _Building(Scope(condition.scope, condition, polarity))
        made = function()
        single = isinstance(made, Node) or not isinstance(made, list | tuple)
        sides.append((building, [_node(x) for x in ([made] if single else made)]))
    if len({len(results) for _, results in sides}) != 1:
        counts = " and ".join(str(len(results)) for _, results in sides)
        raise GraphError(f"the two sides of cond give {counts} values", hint="both must give as many")
    closed = [building.close(results) for building, results in sides]
    entering = {x.index: x for building, _ in sides for x in building.captured.values()}
    outer = [entering[index] for index in sorted(entering)]
    regions = [
        Region(building.scope, [building.parameter(x) for x in outer], results)
        for (building, _), results in zip(sides, closed, strict=True)
    ]
    found = branch(condition, outer, regions)
    if single:
        found[0].name = name
        return found[0]
    return found


def while_loop(
    cond: Callable[..., Any],
    body: Callable[..., Any],
    loop_vars: Any,
    maximum_iterations: int | None = None,
    name: str | None = None,
) -> Any:
    """Runs `loop_vars = body(*loop_vars)` as long as `cond(*loop_vars)` is true, and gives the last ones.

    Both functions are called now, to define the graph; how often the loop runs is decided when the graph runs. Its
    derivative is a loop again, so that `gradients` of `gradients` works. After `maximum_iterations` it ends.
    """
    single = isinstance(loop_vars, Node) or not isinstance(loop_vars, list | tuple)
    start = [_node(x) for x in ([loop_vars] if single else loop_vars)]
    if not start:
        raise GraphError("a loop needs a variable", hint="while_loop(cond, body, [x])")
    variables = len(start)
    if maximum_iterations is not None:
        start.append(constant(0.0, graph=start[0].graph))
    scalars = all(x.shape == () for x in start)
    while True:
        building = _Building(Scope(None))
        params = [Node.parameter(x, building.scope) for x in start]
        if not scalars:
            for param in params:
                param.shape = None
        condition = _node(cond(*params[:variables]))
        made = body(*params[:variables])
        results = [_node(x) for x in (made if isinstance(made, list | tuple) else [made])]
        if len(results) != variables:
            raise GraphError(f"the body of the loop gives {len(results)} values for {variables} variables")
        if maximum_iterations is not None:
            counter = params[-1]
            condition = mul(truth(condition), less(counter, float(maximum_iterations)))
            results.append(add(counter, 1.0))
        # What starts as a number may become an array.
        if scalars and any(x.shape != () for x in results):
            scalars = False
            continue
        break
    condition, *results = building.close([condition, *results], params)
    outer = list(building.captured.values())
    region = Region(building.scope, [*params, *(building.parameter(x) for x in outer)], results)
    op = Loop([region], len(start), condition=condition, limit=sys.maxsize)
    found = loop(op, [*start, *outer])[:variables]
    if single:
        found[0].name = name
        return found[0]
    return found


def _node(x: Any) -> Node:
    return x if isinstance(x, Node) else constant(x)


class _Building:
    """A region whose nodes are those made from now on, until it is closed."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.first = next_index()
        self.captured: dict[int, Node] = {}
        self._params: dict[int, Node] = {}

    def parameter(self, outer: Node) -> Node:
        """What stands for an outer node inside."""
        if outer.index not in self._params:
            self._params[outer.index] = Node.parameter(outer, self.scope)
        return self._params[outer.index]

    def close(self, results: Sequence[Node], params: Sequence[Node] = ()) -> list[Node]:
        """Puts the nodes that the results are made of into the scope, with parameters for what lies outside of it."""
        own = {param.index for param in params}
        inside: dict[int, Node] = {}
        stack = list(results)
        while stack:
            node = stack.pop()
            if node.index in inside or node.index in own:
                continue
            # A placeholder made in between belongs to the graph around all the same.
            if node.index > self.first and (node.op is not None or node.value is not None):
                inside[node.index] = node
                stack.extend(node.operands)
            elif node.index not in self.captured:
                self.captured[node.index] = node
        self.captured = {index: self.captured[index] for index in sorted(self.captured)}
        for outer in self.captured.values():
            self.parameter(outer)

        def inner(x: Node) -> Node:
            return self.parameter(x) if x.index in self.captured else x

        nested = [scoped for node in inside.values() for scoped in self._nest(node, inner)]
        for node in inside.values():
            node.scope = self.scope
            node.left, node.right = (None if x is None else inner(x) for x in (node.left, node.right))
            node.rest = tuple(inner(x) for x in node.rest)
        found = [inner(x) for x in results]
        # A sweep goes by the order of creation, and parameters come first.
        everything = {node.index: node for node in (*inside.values(), *nested)}
        for index in sorted(everything):
            everything[index].index = next_index()
        return found

    def _nest(self, node: Node, inner: Callable[[Node], Node]) -> list[Node]:
        """Makes this scope the parent of the regions of a node, which were built when it was not known yet; returns
        the nodes in them."""
        found: dict[int, Node] = {}
        stack: list[tuple[Node, Scope]] = [(node, self.scope)]
        while stack:
            outer, parent = stack.pop()
            if not isinstance(outer.op, Branch | Loop):
                continue
            for region in outer.op.regions:
                assert region is not None, "a graph has both sides"
                if region.scope.parent is None:
                    region.scope.parent = parent
                if region.scope.condition is not None:
                    region.scope.condition = inner(region.scope.condition)
                region.scope.depth += self.scope.depth
                condition = outer.op.condition if isinstance(outer.op, Loop) else None
                todo: list[Any] = [x for x in (*region.params, *region.results, condition) if x is not None]
                while todo:
                    x = todo.pop()
                    if x.index in found:
                        continue
                    found[x.index] = x
                    if x.op is None:
                        x.rest = tuple(inner(y) for y in x.rest)
                    todo.extend(x.operands)
                    stack.append((x, region.scope))
        return list(found.values())
