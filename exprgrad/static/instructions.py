"""A program as a flat list of instructions: operations on slots, and the places where a loop begins, is tested, and
jumps back."""

from __future__ import annotations

from typing import Final

from exprgrad.diagnostics import Span
from exprgrad.ops.control import Loop, Scope
from exprgrad.ops.registry import Op
from exprgrad.records import NamedTuple
from exprgrad.static.graph import Node


class Instruction(NamedTuple):
    """`slots[out] = op(slots[ins[0]], ...)`. `absent` says that an operand may be a structural zero; nothing reads what
    is in the `dead` slots from then on."""

    op: Op
    ins: tuple[int, ...]
    out: int
    absent: bool
    node: Node
    dead: tuple[int, ...]


class Gap(Exception):
    """A derivative is nan, perhaps only since the number 0 stood for structural zeros."""


class Segment(NamedTuple):
    """Instructions of one branch. `scope` is its number, 0 for what always runs; `escaping` are the slots that
    are read outside of the branch and hold structural zeros where it is not taken."""

    scope: int
    instructions: list[Instruction]
    escaping: list[int]


class Guard(NamedTuple):
    """When a scope is active: its parent is, and the condition in `slot` is true (`polarity`) or false."""

    parent: int
    slot: int
    polarity: bool
    span: Span | None


class LoopFrame:
    """What the interpreter knows of a loop: its operation, the scope of its body, slots, and places in the code.

    `scope` is the guard under which it runs; `inner` are the guards inside it, which every iteration decides anew.
    """

    __slots__ = (
        "body",
        "condition",
        "cost",
        "count",
        "elements",
        "exit",
        "inner",
        "limit",
        "moves",
        "op",
        "pushes",
        "scope",
        "stacks",
        "start",
        "starts",
        "total",
    )

    def __init__(self, op: Loop, body: Scope) -> None:
        self.op = op
        self.body = body
        # How often it may run, and how many steps an iteration is.
        self.limit, self.cost = (op.bound.limits.loop, op.bound.cost) if op.bound is not None else (0, 0)
        self.inner: list[int] = []
        # For each carried value where it goes and where it comes from, at the start and after an iteration.
        self.starts: list[tuple[int, int]] = []
        self.moves: list[tuple[int, int]] = []
        # For each value that is kept its slot and that of its stack.
        self.pushes: list[tuple[int, int]] = []
        # For each value that another loop kept its slot, that of the stack, and whether that loop ran the other way.
        self.elements: list[tuple[int, int, bool]] = []
        self.stacks: list[int] = []
        self.scope = self.count = self.start = self.exit = 0
        self.total = self.condition = -1


class Enter(NamedTuple):
    """A loop begins."""

    frame: LoopFrame


class Test(NamedTuple):
    """The condition of a loop has been computed."""

    frame: LoopFrame


class Again(NamedTuple):
    """An iteration is done."""

    frame: LoopFrame


Step = Segment | Enter | Test | Again
# The index that stands for a structural zero.
ABSENT: Final = -1
