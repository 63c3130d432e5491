"""What is found out about the nodes of a program before it becomes instructions: dead code, values that are constant
(folded with the kernels themselves), equal nodes, and structural zeros.

The passes run after all differentiation and preserve every value: nothing is simplified, reordered or fused.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Any, Final

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.arithmetic import bits, broadcast, has_gaps
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.control import Branch, History, Item, Loop, Scope
from exprgrad.ops.structural import LANES, Linear, Shape, Structural

# A node of a static graph: an operation, operands, a shape, a scope, and of a constant the value.
Node = Any
# The index that stands for a structural zero.
ABSENT: Final = -1
# The operations that do not read what their operands are; see `reads`.
_WIRED: Final = frozenset([Item, Loop, History])


def needed(fetches: Sequence[Node], ends: Collection[int], roles: Roles) -> list[Node]:
    """The nodes that the fetches need, conditions of branches and loops included, in order of creation. What the nodes
    at the `ends` are made of is not needed."""
    seen: dict[int, Node] = {}
    scopes: set[Scope] = set()
    stack = list(fetches)
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen[node.index] = node
        if node.index in ends:
            continue
        if type(node.op) in _WIRED or (node.op is None and node.rest):
            stack.extend([x for x in reads(node, roles) if x is not None])
        else:
            stack.extend(node.operands)
        scope = node.scope
        while scope is not None and scope not in scopes:
            scopes.add(scope)
            stack.append(scope.condition if scope.loop is None else scope.loop)
            scope = scope.parent
    return [seen[index] for index in sorted(seen)]


def implied(order: Sequence[Node], fetches: Sequence[Node], roles: Roles) -> set[int]:
    """The nodes that are as good as their first operand: those that repeat a value to a shape in which all that read it
    would repeat it anyway, and sums to the shape that a value has: they would keep what only gives them that shape."""
    linear = [node for node in order if isinstance(node.op, Linear)]
    same = {
        node.index
        for node in linear
        if node.op is S.sum_to and node.left.shape == node.shape and LANES not in (node.shape or (LANES,))
    }
    found = {
        node.index
        for node in linear
        if node.op is S.broadcast_to
        and node.left.shape is not None
        and node.shape is not None
        and LANES not in node.shape
    }
    if not found:
        return same
    found.difference_update(node.index for node in fetches)
    for node in order:
        op = node.op
        if node.scope is not None and node.scope.condition is not None:
            found.discard(node.scope.condition.index)
        operands = [x for x in reads(node, roles) if x is not None]
        mine = [x for x in operands if x.index in found]
        # A structural zero, which lanes may make of anything, leaves a sum to the other operand, and has no shape.
        lonely = op is not None and op.zero == "sum"
        if mine and (lonely or op is None or op.partials is None or not _repeats(operands, mine, node.shape)):
            found.difference_update(x.index for x in mine)
    return found | same


def _repeats(operands: Sequence[Node], mine: Sequence[Node], shape: Shape | None) -> bool:
    """Whether an elementwise operation has the same shape without its operands being repeated."""
    skipped = {x.index for x in mine}
    shapes = [x.left.shape if x.index in skipped else x.shape for x in operands]
    known = [s for s in shapes if s is not None]
    return len(known) == len(shapes) and broadcast("", known) == shape


def merge(
    order: Sequence[Node],
    fed: Collection[int],
    skipped: Collection[int],
    roles: Roles,
    alias: dict[int, int],
    constants: dict[int, Any],
    folds: bool = True,
) -> None:
    """Adds to `alias` which nodes equal an earlier one, and to `constants` the values of those that are constant;
    unless it `folds` only of those that are constants as they are. `skipped` are those that may as well be their first
    operand.

    Equal is: the same operation on the same operands in the same scope. Constants are equal by their bits.
    """
    first: dict[object, int] = {}
    for node in order:
        index = node.index
        if index in fed or type(node.op) in (Branch, Loop, History):
            continue
        if index in skipped:
            alias[index] = source(node.left, alias)
            continue
        if node.op is None:
            if node.rest:
                outer = roles.outer(node)
                if outer is not node:
                    alias[index] = source(outer, alias)
            elif node.value is ZERO:
                alias[index] = ABSENT
            else:
                same = index if is_array(node.value) else first.setdefault(bits(node.value), index)
                if same != index:
                    alias[index] = same
                else:
                    constants[index] = node.value
            continue
        if type(node.op) is Item:
            ins = tuple([source(x, alias) for x in reads(node, roles)])
        else:
            ins = tuple([alias.get(x.index, x.index) for x in node.operands])
        if folds and ins[0] in constants and all([i in constants for i in ins]) and _folds(node):
            try:
                value = node.op.compute([constants[i] for i in ins])
                if value is ZERO:
                    alias[index] = ABSENT
                else:
                    constants[index] = value
                continue
            except ExprError:
                pass  # the error belongs to the run, and only if this branch is taken
        same = first.setdefault((node.op, ins, node.scope), index)
        if same != index:
            alias[index] = same


# So many elements may an array have that is computed before the graph runs.
LARGEST: Final = 100_000


def _folds(node: Node) -> bool:
    """Whether a node is computed once and for all where its operands are constants."""
    elementwise = node.op is not None and node.op.partials is not None
    small = node.shape is not None and math.prod(node.shape) <= LARGEST
    return small and (elementwise or isinstance(node.op, Structural)) and type(node.op) is not Item


def structural_zeros(order: Sequence[Node], roles: Roles, absent: dict[int, bool]) -> None:
    """Adds to `absent` which values may be structural zeros: what a side of a branch does not reach, and what a loop
    starts with that adds up a derivative."""
    absent |= {node.index: False for node in order}
    if not any(map(_brings_zeros, order)):
        return
    loops = any(type(node.op) is Loop for node in order)

    def of(node: Node | None) -> bool:
        return node is None or absent.get(node.index, False)

    while True:
        changed = False
        for node in order:
            if absent[node.index]:
                continue
            op = node.op
            if op is None and not node.rest:
                now = has_gaps(node.value)
            elif op is None or type(op) is Item:
                now = any(of(x) for x in reads(node, roles))
            else:
                flags = [of(x) for x in node.operands]
                now = all(flags) if op.zero == "sum" else op.zero is not None and any(flags)
                now = now or op.zero == "share" or (isinstance(op, Structural) and op.vanishes)
            if now:
                absent[node.index] = changed = True
        if not (loops and changed):
            return


def _brings_zeros(node: Node) -> bool:
    """Whether a structural zero may come up at a node although it has none among its operands."""
    op = node.op
    if op is None:
        return has_gaps(node.value) or bool(node.rest)
    return op.zero == "share" or (op.partials is None and (op.several or op.vanishes or type(op) is Item))


def reads(node: Node, roles: Roles) -> Sequence[Node | None]:
    """What the value of a node comes from: a result of a branch from the condition and the results of both sides, None
    for a structural zero; one of a loop from what the loop carries or pushes; a carried value from where the loop
    starts and from the iteration before; any other parameter from what it stands for."""
    op = node.op
    if type(op) is Item:
        if type(node.left.op) is Branch:
            sides = [side.results[op.position] for side in node.left.op.regions if side is not None]
            return (node.left.operands[0], *sides)
        region = node.left.op.regions[0]
        carried = op.position < node.left.op.carried
        return ((region.params if carried else region.results)[op.position], node.left)
    if type(op) is Loop:
        return (op.condition,) if op.condition is not None else (primal(node),)
    if type(op) is History:
        return ()
    if op is None and node.rest:
        outer = roles.outer(node)
        if outer is not node:
            return (outer,)
        loop, i = roles.position(node)  # type: ignore[misc]
        return (loop.operands[i], loop.op.regions[0].results[i])
    return node.operands  # type: ignore[no-any-return]


def source(x: Node | None, alias: dict[int, int]) -> int:
    return ABSENT if x is None else alias.get(x.index, x.index)


class Roles:
    """What the parameters of regions stand for."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[int, int]] = {}

    def position(self, param: Node) -> tuple[Node, int] | None:
        """The loop in whose body a parameter is one, and its place there; None for a side of a branch."""
        loop = param.scope.loop if param.scope is not None else None
        if loop is None:
            return None
        positions = self._positions.get(loop.index)
        if positions is None:
            params = loop.op.regions[0].params
            positions = self._positions[loop.index] = {p.index: i for i, p in enumerate(params)}
        return loop, positions[param.index]

    def outer(self, param: Node) -> Node | None:
        """The value that a parameter is, which lies outside, or, for an element, in the loop that pushed it; the
        parameter itself where it is a carried value."""
        role = self.position(param)
        if role is None:
            return param.rest[0]
        loop, i = role
        if i < loop.op.carried:
            return param
        operand: Node = loop.operands[i]
        if i not in loop.op.elements:
            return operand
        region = operand.left.op.regions[0]
        source: Node | None = (region.params if type(operand.op) is History else region.results)[operand.op.position]
        return source


def primal(node: Node) -> Node:
    """The loop of the program that a loop is a derivative of, of whatever order."""
    while node.op.source is not None:
        node = node.op.source
    return node
