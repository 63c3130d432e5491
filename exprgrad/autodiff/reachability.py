"""Which nodes lie on the way from inputs to outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from exprgrad.ops.control import History, Loop
from exprgrad.ops.registry import Traced


def upstream(outputs: Iterable[Traced], follow: Callable[[Any], bool] | None = None) -> dict[int, Any]:
    """All nodes that the outputs are computed from, the outputs included, by index; `follow` may leave some out."""
    nodes: dict[int, Any] = {}
    stack: list[Any] = []
    for node in outputs:
        if node.index not in nodes and (follow is None or follow(node)):
            nodes[node.index] = node
            stack.append(node)
    while stack:
        for x in stack.pop().operands:
            if x.index not in nodes and (follow is None or follow(x)):
                nodes[x.index] = x
                stack.append(x)
    return nodes


def between(outputs: Iterable[Traced], wanted: Iterable[Traced]) -> dict[int, Any]:
    """The nodes on the ways from the wanted ones to the outputs, both included, by index."""
    nodes = upstream(outputs)
    reached = {x.index for x in wanted}
    on_the_way: dict[int, Any] = {}
    varied: dict[int, int] = {}  # of loops with histories, the parameters that change with what is wanted
    for index in sorted(nodes):
        node = nodes[index]
        if index not in reached and not any([x.index in on_the_way for x in node.operands]):
            continue
        if type(node.op) is History and index not in reached:
            source = node.left
            if source.index not in varied:
                varied[source.index] = varying(source, [x.index in on_the_way for x in source.operands])
            if not varied[source.index] >> node.op.position & 1:
                continue
        on_the_way[index] = node
    return on_the_way


def varying(loop: Any, moving: Iterable[bool]) -> int:
    """The parameters of a loop that change with those of its operands that move: as bits."""
    return Dependences(loop.op).downstream(sum([1 << i for i, moves in enumerate(moving) if moves]))


class Dependences:
    """Which of its parameters each result of an iteration depends on: as bits, by the result's position."""

    def __init__(self, op: Loop) -> None:
        self._carried = op.carried
        self._of = [0] * len(op.regions[0].results)
        # In a derivative an inner loop that has not run leaves no node behind.
        for region in op.regions if op.uneven or op.source is not None else op.regions[:1]:
            bits = {p.index: 1 << i for i, p in enumerate(region.params)}
            nodes = upstream(result for result in region.results if result is not None)
            for index in sorted(nodes):
                if index not in bits:
                    mask = 0
                    for x in nodes[index].operands:
                        mask |= bits.get(x.index, 0)
                    bits[index] = mask
            for i, result in enumerate(region.results):
                if result is not None:
                    self._of[i] |= bits[result.index]

    def upstream(self, seeded: Iterable[int]) -> int:
        """The parameters that results depend on, in their iteration or in any before."""
        results = set(seeded)
        while True:
            mask = 0
            for i in results:
                mask |= self._of[i]
            more = {j for j in range(self._carried) if mask >> j & 1} - results
            if not more:
                return mask
            results |= more

    def downstream(self, mask: int) -> int:
        """The parameters, and the carried values that change with them in any iteration that follows."""
        while True:
            more = mask
            for j in range(self._carried):
                if self._of[j] & mask:
                    more |= 1 << j
            if more == mask:
                return mask
            mask = more
