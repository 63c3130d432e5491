"""What a program is made of: what it is given and gives, instructions on slots, and the boundaries where a loop begins,
is tested, jumps back."""

from __future__ import annotations

from typing import Any, Final

from exprgrad.diagnostics import Span
from exprgrad.ops.budget import Allowance
from exprgrad.ops.registry import Op, named
from exprgrad.ops.structural import Shape
from exprgrad.records import NamedTuple

# What takes a condition and two values, and gives the first of these where the condition is true, else the second; and
# what gives a value as it is.
CHOOSE: Final = "choose"
COPY: Final = "copy"
# What a boundary says: the loop begins, its condition has been computed, an iteration is done.
ENTER: Final = "enter"
TEST: Final = "test"
AGAIN: Final = "again"


class Input(NamedTuple):
    """What a run is given: a name, and the shape of its value, None where any will do."""

    name: str
    shape: Shape | None


class Output(NamedTuple):
    """What a run gives: the value of a slot. Of a value inside of loops it is a list, of lists where these nest;
    `turned` says of each loop, from the outermost inwards, whether it ran backwards. The `name` of a result is followed
    by those of what it is differentiated by: ("c", "a", "a")."""

    slot: int
    turned: tuple[bool, ...] = ()
    name: tuple[str, ...] = ()


class Instruction(NamedTuple):
    """`slots[out] = op(slots[ins[0]], ...)`.

    `op` and `attributes` refer to the operation (see `operation`); it may also be CHOOSE or COPY. `shape` is that of
    the result and `shapes` those of the operands, None where only a run knows it. `span` is where an error belongs.
    Nothing reads what is in the `last_uses` slots from then on. `absent` says that an operand may be a structural zero.
    """

    op: str
    attributes: tuple[Any, ...]
    ins: tuple[int, ...]
    out: int
    shape: Shape | None
    shapes: tuple[Shape | None, ...]
    span: Span | None
    last_uses: tuple[int, ...]
    absent: bool

    @property
    def chooses(self) -> bool:
        """Whether it takes values as they are: CHOOSE or COPY."""
        return self.op == CHOOSE or self.op == COPY

    @property
    def operation(self) -> Op:
        """The operation that is applied; there is none where the instruction `chooses`."""
        return named(self.op, self.attributes)


class Segment(NamedTuple):
    """Instructions of one branch. `scope` is its number, 0 for what always runs; `escaping` are the slots that
    are read outside of the branch and hold structural zeros where it is not taken."""

    scope: int
    instructions: tuple[Instruction, ...]
    escaping: tuple[int, ...]


class Boundary(NamedTuple):
    """A place where a loop, given by its number, begins, has its condition computed, or has done an iteration."""

    kind: str
    loop: int


Section = Segment | Boundary


class Guard(NamedTuple):
    """When a scope is active: its parent is, and the condition in `slot` is true (`polarity`) or false."""

    parent: int
    slot: int
    polarity: bool
    span: Span | None


class LoopFrame(NamedTuple):
    """A loop: its slots, and its places in the code.

    `scope` is the guard under which it runs; `inner` are the guards inside it, which every iteration decides anew. The
    first step of an iteration is `start`, the first one behind the loop `exit`. It counts its iterations in `counter`
    and goes on while `condition` is true, or until there were `total`: of these slots it has one, and -1 for the other.
    `starts` and `moves` give, for each carried value, where it goes and where it comes from at the start and after an
    iteration; `pushes`, for each value that is kept, its slot and that of its stack; `elements`, for each value that
    another loop kept, its slot, that of the stack, and whether that loop ran the other way. `stacks` are the slots of
    its own stacks. `allowance` says how often it may run and what an iteration counts for, None for a derivative's
    loop; `backwards` that it runs from the last iteration of the program's loop to the first. `span` is where it
    stands, `condition_span` where its condition does.
    """

    scope: int
    inner: tuple[int, ...]
    start: int
    exit: int
    counter: int
    condition: int
    total: int
    starts: tuple[tuple[int, int], ...]
    moves: tuple[tuple[int, int], ...]
    pushes: tuple[tuple[int, int], ...]
    elements: tuple[tuple[int, int, bool], ...]
    stacks: tuple[int, ...]
    allowance: Allowance | None
    backwards: bool
    span: Span | None
    condition_span: Span | None

    @property
    def limit(self) -> int:
        """How many iterations it may have."""
        return 0 if self.allowance is None else self.allowance.limits.loop

    @property
    def cost(self) -> int:
        """How many steps an iteration counts for."""
        return 0 if self.allowance is None else self.allowance.cost
