"""Derivatives of high order by one number.

A reverse sweep makes of each derivative one that is some times as large. Forwards, each node is differentiated once
for all orders, and what comes of it twice is merged, so that the size grows as a polynomial of the order.
"""

from __future__ import annotations

from typing import Any

from exprgrad.autodiff.reachability import between
from exprgrad.autodiff.sweep_state import Visit
from exprgrad.autodiff.sweeps import forward
from exprgrad.diagnostics import Span
from exprgrad.ops.arithmetic import mul
from exprgrad.ops.control import seed
from exprgrad.ops.registry import next_index


class Chain:
    """The derivatives by x, each from the one before. Of loops and branches each order is made anew."""

    def __init__(self, x: Any) -> None:
        self._x = x
        self._tangents: dict[int, tuple[Any, Any]] = {x.index: (x, seed(x))}
        self._merged: dict[Any, Any] = {}

    def following(self, y: Any, visit: Visit | None = None, span: Span | None = None) -> Any:
        """The derivative of y as a new node, None where it does not depend on x. `span` is as in `reverse`. Raises an
        EvaluationError where there is too much to go through."""
        nodes = between([y], [self._x])
        if y.index not in nodes:
            return None
        first = next_index()
        found = forward(self._tangents.values(), nodes, symbolic=True, visit=visit, span=span, bounded=True)
        new: dict[int, Any] = {}
        stack = [t for index, t in found.items() if index not in self._tangents]
        while stack:
            node = stack.pop()
            if node.index > first and node.index not in new:
                new[node.index] = node
                stack.extend(node.operands)
        same = {index: self._merge(new[index]) for index in sorted(new)}
        for index, t in found.items():
            if index in nodes and index not in self._tangents:
                self._tangents[index] = nodes[index], same.get(t.index, t)
        tangent = self._tangents.get(y.index)
        return None if tangent is None else mul(seed(y), tangent[1])

    def _merge(self, node: Any) -> Any:
        """The first node that is equal to one whose operands have been merged."""
        op = node.op
        if op is None:
            value = getattr(node, "value", None)
            key: Any = None if value is None or node.shape != () else (type(value), str(value))
        elif op.partials is None:
            return node
        else:
            operands = tuple([self._merged.get(x.index, x) for x in node.operands])
            node.connect(operands)
            key = (op, *[x.index for x in operands])
        found = node if key is None else self._merged.setdefault(key, node)
        self._merged[node.index] = found
        return found
