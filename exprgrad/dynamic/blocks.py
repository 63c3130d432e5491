"""What a trace holds beside the operations that its results are computed from directly: those in the sides of
branches and the iterations of loops, and in which of these each lies. Of a graph it finds the same, where a branch has
both sides and a loop one iteration, which stands for all.

A region is entered only through its parameters, so that what a region's results are computed from, up to these, lies
in it. (By indexes alone it could not be told: a derivative inside a program adds to a region from outside.) The region
of a derivative extends the region that it is the derivative of; what they share lies in that one.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import Any

from exprgrad.autodiff import upstream
from exprgrad.ops.control import Branch, Item, Loop, Region
from exprgrad.ops.registry import Traced


class Block:
    """A side of a branch that was taken, a loop, or an iteration of a loop, and what lies in it, in order.

    `node` is the branch or loop, None for the program; `region` what it is of that, None for a loop as a whole;
    `number` that of an iteration, from 1, by the order in which the program runs them, and 0 for all else. `index` is
    where the block begins.
    """

    __slots__ = ("depth", "index", "items", "node", "number", "parent", "region")

    def __init__(
        self, parent: Block | None = None, node: Any = None, number: int = 0, region: Region | None = None
    ) -> None:
        self.parent = parent
        self.node = node
        self.number = number
        self.region = region
        self.index: int = 0 if node is None else node.index
        self.items: list[Any] = []
        self.depth: int = parent.depth + 1 if parent is not None else 0


class Blocks:
    """All that some results of a run in dynamic mode were computed from, and what `conditions` were: those of a loop's
    iterations are found nowhere else."""

    def __init__(self, outputs: Iterable[Traced], conditions: Iterable[Traced] = ()) -> None:
        self.program = Block()
        self._block_of: dict[int, Block] = {}
        self._waiting: list[tuple[int, Any]] = []
        self._add(outputs, self.program)
        self._open()
        for condition in conditions:
            # Of what was given up, as the start of a loop that diff() made run anew, nothing else is there.
            known = upstream([condition], self._is_new).values()
            inside = next((block for x in known for y in x.operands if (block := self._block_of.get(y.index))), None)
            if inside is not None:
                self._add([condition], inside)
                self._open()
        self._sort()

    def block_of(self, node: Traced) -> Block:
        """The innermost block that an operation lies in."""
        return self._block_of[node.index]

    def _is_new(self, node: Traced) -> bool:
        return node.index not in self._block_of

    def _add(self, nodes: Iterable[Traced], block: Block) -> None:
        """What these are computed from lies in the block, if it lies in no other one."""
        for index, node in upstream(nodes, self._is_new).items():
            self._block_of[index] = block
            block.items.append(node)
            if type(node.op) is Branch or type(node.op) is Loop:
                heapq.heappush(self._waiting, (index, node))

    def _open(self) -> None:
        """Adds what the branches and loops found so far hold, the oldest first: it owns what its derivatives share."""
        while self._waiting:
            _, node = heapq.heappop(self._waiting)
            op, outer = node.op, self._block_of[node.index]
            if type(op) is Loop:
                outer = self._block(outer, node)
            regions = [region for region in op.regions if region is not None]
            for i, region in enumerate(regions, 1):
                number = 0 if type(op) is Branch else len(regions) + 1 - i if op.backwards else i
                block = self._block(outer, node, number, region)
                self._add([x for x in region.results if x is not None], block)
                self._add(region.params, block)
            if type(op) is Loop and op.condition is not None:
                self._add([op.condition], outer)  # the one that ended it

    def _block(self, parent: Block, node: Any, number: int = 0, region: Region | None = None) -> Block:
        block = Block(parent, node, number, region)
        parent.items.append(block)
        return block

    def _sort(self) -> None:
        """Puts everything in order of creation, blocks where they begin."""
        blocks = [self.program]
        for block in blocks:  # it grows as it is walked
            blocks += [item for item in block.items if type(item) is Block]
        for block in reversed(blocks):
            block.items.sort(key=lambda item: item.index)
            if block.items:
                block.index = min(block.index, block.items[0].index)


def iterations(block: Block | None) -> list[int]:
    """The numbers of the iterations that a block lies in, those of the innermost loop first."""
    numbers = []
    while block is not None:
        if block.number:
            numbers.append(block.number)
        block = block.parent
    return numbers


def sources(node: Traced) -> Sequence[Traced]:
    """What a tensor's value comes from: its operands, the result of the side taken or of the last iteration, what a
    parameter stands for."""
    op = node.op
    if op is None:
        return [outermost(x) for x in node.rest]
    if isinstance(op, Item) and isinstance(node.left.op, Branch | Loop):
        regions = [region for region in node.left.op.regions if region is not None]
        result = regions[-1].results[op.position] if regions else node.left.operands[op.position]
        return [] if result is None else [outermost(result)]
    operands = node.left.operands if isinstance(op, Item) else node.operands
    return [outermost(x) for x in operands]


def rests_on(values: Iterable[Traced]) -> set[int]:
    """All that values were computed from, themselves included, by index: not what a program computed beside it, as an
    iteration whose result the next one replaces."""
    found: set[int] = set()
    stack = [*values]
    while stack:
        node = stack.pop()
        if node.index not in found:
            found.add(node.index)
            stack.extend(sources(node))
    return found


def outermost(node: Traced) -> Traced:
    """What the parameter of a region stands for; any other node itself."""
    while node.op is None and node.rest:
        (node,) = node.rest
    return node
