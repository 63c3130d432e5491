"""Which operation of the graph each value of a trace comes from.

Both are lowered from one program by one walk, so that in a side of a branch, or in an iteration and the body of the
loop, what stands at one place in the text comes about in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator

from exprgrad.diagnostics import Span
from exprgrad.dynamic.blocks import Block, Blocks
from exprgrad.ops.registry import Traced

# An operation, and where in the text.
_Place = tuple[str | None, Span | None]


def matched(trace: Blocks, graph: Blocks) -> dict[int, Traced]:
    """The node of the graph for each tensor of the trace, by its index, where there is one."""
    found: dict[int, Traced] = {}
    waiting = [(trace.program, graph.program)]
    while waiting:
        ran, defined = waiting.pop()
        if ran.region is not None and defined.region is not None:
            params = zip(ran.region.params, defined.region.params, strict=False)
            found |= {x.index: node for x, node in params}
        known = _by_place(defined)
        # The conditions of a loop lie in the iterations that ran, but in the graph beside the body.
        beside = {} if not ran.number or defined.parent is None else _by_place(defined.parent)
        for place, tensors in _by_place(ran).items():
            nodes = known.get(place) or beside.get(place) or []
            found |= {x.index: node for x, node in zip(tensors, nodes, strict=False)}
        inner = {(block.node.index, _part(block)): block for block in _inner(defined)}
        for block in _inner(ran):
            node = found.get(block.node.index, defined.node if block.node is ran.node else None)
            twin = None if node is None else inner.get((node.index, _part(block)))
            if twin is not None:
                waiting.append((block, twin))
    return found


def _by_place(block: Block) -> dict[_Place, list[Traced]]:
    """What lies directly in a block, but for parameters, by operation and place in the text."""
    found: dict[_Place, list[Traced]] = {}
    for item in block.items:
        if not isinstance(item, Block) and not (item.op is None and item.rest):
            name = None if item.op is None else item.op.name
            found.setdefault((name, item.span), []).append(item)
    return found


def _inner(block: Block) -> Iterator[Block]:
    return (item for item in block.items if isinstance(item, Block))


def _part(block: Block) -> bool | None:
    """What a block is of its branch or loop: a side, any iteration (True), or the loop as a whole (None)."""
    if block.region is None or block.number:
        return None if block.region is None else True
    return block.region.scope.polarity
