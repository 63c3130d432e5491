"""A program: a flat list of instructions on slots, and the boundaries where a loop begins, is tested, and jumps back.

It is plain data. It names its operations, holds no node, pickles, equals another one that does the same in the same
way, and prints; whatever runs it, or writes it down, is a walk over its list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from exprgrad.diagnostics import Span
from exprgrad.numbers.arithmetic import ZERO, is_array, to_python
from exprgrad.numbers.rounded import MPFR
from exprgrad.ops.budget import Bound
from exprgrad.ops.registry import Op, named
from exprgrad.ops.structural import Shape

# A derivative of one result: positions among the inputs to differentiate by, ascending; () is the value itself.
Multi = tuple[int, ...]
# By the name of the result and the derivative.
OutputKey = tuple[str, Multi]
# What takes a condition and two values, and gives the first of these where the condition is true, else the second; and
# what gives a value as it is.
CHOOSE: Final = "choose"
COPY: Final = "copy"
# What a boundary says: the loop begins, its condition has been computed, an iteration is done.
ENTER: Final = "enter"
TEST: Final = "test"
AGAIN: Final = "again"


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


Step = Segment | Boundary


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
    its own stacks. `bound` says how often it may run and what an iteration counts for, None for a derivative's loop;
    `backwards` that it runs from the last iteration of the program's loop to the first. `span` is where it stands,
    `condition_span` where its condition does.
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
    bound: Bound | None
    backwards: bool
    span: Span | None
    condition_span: Span | None

    @property
    def limit(self) -> int:
        """How many iterations it may have."""
        return 0 if self.bound is None else self.bound.limits.loop

    @property
    def cost(self) -> int:
        """How many steps an iteration counts for."""
        return 0 if self.bound is None else self.bound.cost


class Input(NamedTuple):
    """What a run is given: a name, and the shape of its value, None where any will do."""

    name: str
    shape: Shape | None


class Output(NamedTuple):
    """What a run gives: the value of a slot. Of a value inside of loops it is a list, of lists where these nest;
    `turned` says of each loop, from the outermost inwards, whether it ran backwards."""

    slot: int
    turned: tuple[bool, ...] = ()


class Program(NamedTuple):
    """Instructions, and all that a run needs beside the values of its inputs.

    Slots 0 to `len(constants) - 1` hold the constants, the first of them a structural zero; then come the `inputs`, and
    up to `size` what is computed. `gaps` says that some value may be a structural zero.
    """

    inputs: tuple[Input, ...]
    constants: tuple[Any, ...]
    size: int
    code: tuple[Step, ...]
    guards: tuple[Guard, ...]
    loops: tuple[LoopFrame, ...]
    outputs: tuple[Output, ...]
    gaps: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Program) and self._plain() == other._plain()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._plain())

    def _plain(self) -> tuple[Any, ...]:
        """The fields, with the bits of each constant instead of the number: nan equals nan, and 0.0 is not -0.0."""
        rest = (self.inputs, self.size, self.code, self.guards, self.loops, self.outputs, self.gaps)
        return (*map(_bits, self.constants), *rest)

    def __len__(self) -> int:
        return sum([1 for _ in self.instructions()])

    def instructions(self) -> Iterator[Instruction]:
        """All instructions, in the order in which they stand."""
        for step in self.code:
            if isinstance(step, Segment):
                yield from step.instructions

    @property
    def is_scalar(self) -> bool:
        """Whether every value is one number, whatever is given."""
        return (
            all([x.shape == () for x in self.inputs])
            and not any(map(is_array, self.constants))
            and all([i.shape == () and i.shapes.count(()) == len(i.shapes) for i in self.instructions()])
        )

    def __str__(self) -> str:
        from exprgrad.program.listing import listing

        return listing(self)


def _bits(constant: Any) -> Any:
    """Plain data that is equal for two constants of the same kind and bits."""
    if constant is ZERO:
        return "absent"
    if is_array(constant):
        if constant.dtype == object:
            return "rounded", constant.shape, tuple(map(_bits, constant.ravel().tolist()))
        from exprgrad.numbers.gapped import parts

        numbers, absent = parts(constant)
        return str(numbers.dtype), numbers.shape, numbers.tobytes(), None if absent is None else absent.tobytes()
    if type(constant) is MPFR:
        return "rounded", constant.digits(16), constant.is_signed()
    return type(constant).__name__, float(to_python(constant)).hex()
