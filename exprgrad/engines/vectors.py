"""A program of rows with numpy: each instruction runs for all rows of a block that it counts for.

Rows part at branches and loops. A value is kept with the rows that it was computed for, and read for others by
gathering what both have in common; where a row has none it is a structural zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from exprgrad.diagnostics import ExprError, Span, nan_condition
from exprgrad.engines.plan import Plan
from exprgrad.numbers import namespace
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.control import Item, endless
from exprgrad.ops.registry import Op
from exprgrad.static.instructions import Again, Enter, Instruction, LoopFrame, Segment, Test
from exprgrad.syntax.flow import is_hidden

# A block of so many rows: its values stay in the cache, and what numpy's calls cost, during which no other thread runs,
# is small beside the arithmetic.
BLOCK: Final = 65536
_ZERO: Final = np.float64(0)
_DOUBLE: Final = np.dtype(np.float64)


class Rows:
    """Some rows of a block, by their ascending numbers; None stands for all of them."""

    __slots__ = ("count", "index")

    def __init__(self, index: Any, count: int) -> None:
        self.index = index
        self.count = count

    def where(self, mask: Any) -> Rows:
        """Those for which a mask over them is true."""
        kept = np.flatnonzero(mask)
        if len(kept) == self.count:
            return self
        return Rows(kept if self.index is None else self.index[kept], len(kept))

    def same(self, other: Rows) -> bool:
        """Whether these are the same rows."""
        if self is other:
            return True
        if self.index is None or other.index is None:
            return self.index is other.index
        return self.count == other.count and bool((self.index == other.index).all())


class Value(NamedTuple):
    """Numbers for some rows, one alone where all have the same, and where they are structural zeros: None, or True, or
    a mask."""

    numbers: Any
    zeros: Any
    rows: Rows


class _Bound(NamedTuple):
    """An instruction with its kernel; `zero` is what that does to structural zeros."""

    kernel: Callable[..., Any]
    ins: tuple[int, ...]
    out: int
    zero: str | None
    chooses: bool
    span: Span | None
    dead: tuple[int, ...]


class Vectors:
    """A plan that runs with numpy. Threads may share it."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._made = plan.code
        self._constants = [np.float64(to_python(value)) for value in self._made.constants]
        self._code = [
            (step, [_bind(i) for i in step.instructions] if isinstance(step, Segment) else [])
            for step in self._made.code
        ]
        # Whether all instructions run for all rows.
        self._straight = all(
            isinstance(step, Segment)
            and not step.scope
            and not any(i.absent or isinstance(i.op, Item) for i in step.instructions)
            for step in self._made.code
        )

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None:
        """Computes the rows from `start` to `end`. `inputs` are arrays of doubles for the columns, and floats;
        `outputs` an array for each stored value of the plan. Raises what one of the rows has: then nothing is known of
        the outputs from `start` on."""
        with np.errstate(all="ignore"):
            for first in range(start, end, BLOCK):
                last = min(first + BLOCK, end)
                block = [x[first:last] if isinstance(x, np.ndarray) else np.float64(x) for x in inputs]
                if self._straight:
                    self._run_straight([*self._constants, *block], outputs, first, last)
                    continue
                run = _Run(self._made.guards, last - first, self._made.size)
                run.start([*self._constants, *block])
                run.walk(self._code)
                for (slot, before), out in zip(self._plan.stored, outputs, strict=True):
                    out[first:last] = run.filled(slot, before)

    def _run_straight(self, values: list[Any], outputs: Sequence[Any], first: int, last: int) -> None:
        slots = [*values, *[None] * (self._made.size - len(values))]
        for _, instructions in self._code:
            for kernel, ins, out, _, _, _, dead in instructions:
                x = kernel(*[slots[i] for i in ins])
                for i in dead:
                    slots[i] = None  # its memory is in the cache, and serves again
                slots[out] = x if x.dtype is _DOUBLE else x.astype(np.float64)
        for (slot, _), out in zip(self._plan.stored, outputs, strict=True):
            out[first:last] = slots[slot]


class _Loop:
    """A loop that runs: `around` are the rows that entered it, `live` those that still run, `number` is that of the
    iteration, counted from the first of the program's loop on; `own` are the carried values whose memory is its own."""

    __slots__ = ("around", "frame", "live", "number", "own", "times", "total")

    def __init__(self, frame: LoopFrame, around: Rows) -> None:
        self.frame = frame
        self.around = self.live = around
        self.number = 0
        self.own: set[int] = set()
        # How often it runs, for each row around it, if that is known.
        self.times: Any = None
        self.total = 0


class _Run:
    """The state of a run over one block."""

    def __init__(self, guards: Sequence[Any], count: int, size: int) -> None:
        self._guards = guards
        self._all = Rows(None, count)
        self._slots: list[Any] = [None] * size
        self._active: dict[int, Rows] = {}
        self._loops: list[_Loop] = []

    def start(self, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            self._slots[i] = Value(value, None, self._all)
        self._slots[0] = Value(_ZERO, True, self._all)

    def filled(self, slot: int, before: Sequence[int]) -> Any:
        """A value for all rows; what no path reaches is 0, or nan where what it is the derivative of is nan."""
        numbers, zeros = self._read(slot, self._all)
        if zeros is None:
            return numbers
        fill: Any = 0.0
        for earlier in before:
            number, missing = self._read(earlier, self._all)
            if missing is not True:
                nan = np.isnan(number) if missing is None else np.isnan(number) & ~missing
                fill = np.where(nan, np.nan, fill)
        return np.where(zeros, fill, numbers)

    # -- values -------------------------------------------------------------------------------------------

    def _read(self, slot: int, rows: Rows) -> tuple[Any, Any]:
        """A value's numbers and structural zeros for some rows."""
        numbers, zeros, own = self._slots[slot]
        if own is rows:
            return numbers, zeros
        if own.index is not None and not own.same(rows):
            numbers, zeros, own = self._slots[slot] = self._spread(self._slots[slot])
        if rows.index is None or own.index is not None:
            return numbers, zeros
        if numbers.ndim:
            numbers = numbers[rows.index]
        if zeros is not None and zeros is not True:
            zeros = zeros[rows.index]
            if not zeros.any():
                zeros = None
        return numbers, zeros

    def _spread(self, value: Value) -> Value:
        """A value for all rows of the block: a structural zero where it has none."""
        numbers = np.zeros(self._all.count)
        zeros = np.ones(self._all.count, dtype=bool)
        numbers[value.rows.index] = value.numbers
        zeros[value.rows.index] = False if value.zeros is None else value.zeros
        return Value(numbers, zeros, self._all)

    # -- control -------------------------------------------------------------------------------------------

    def walk(self, code: Sequence[tuple[Any, Sequence[_Bound]]]) -> None:
        place = 0
        while place < len(code):
            step, instructions = code[place]
            place += 1
            if isinstance(step, Segment):
                self._segment(step, instructions)
            elif isinstance(step, Enter):
                place = self._enter(step.frame, place)
            elif isinstance(step, Test):
                place = self._test(step.frame, place)
            else:
                assert isinstance(step, Again)
                place = self._again(step.frame, place)

    def _rows(self, scope: int) -> Rows:
        """The rows for which a scope is active."""
        found = self._active.get(scope)
        if found is not None:
            return found
        stop, rows = (self._loops[-1].frame.scope, self._loops[-1].live) if self._loops else (0, self._all)
        if scope == stop:
            return rows
        guard = self._guards[scope]
        rows = self._rows(guard.parent)
        if rows.count:
            holds = self._decided(guard.slot, rows, guard.span)
            rows = rows.where(np.broadcast_to(holds == guard.polarity, rows.count))
        self._active[scope] = rows
        return rows

    def _decided(self, slot: int, rows: Rows, span: Span | None) -> Any:
        condition, _ = self._read(slot, rows)
        if np.isnan(condition).any():
            problem = nan_condition()
            problem.span = span
            raise problem
        return condition != 0

    def _segment(self, segment: Segment, instructions: Sequence[_Bound]) -> None:
        rows = self._rows(segment.scope)
        if not rows.count:
            for slot in segment.escaping:
                self._slots[slot] = Value(_ZERO, True, self._all)
            return
        span: Span | None = None
        try:
            for kernel, ins, out, zero, chooses, span, _ in instructions:
                if chooses:
                    self._slots[out] = self._chosen(ins, rows, span)
                    continue
                numbers, zeros = zip(*[self._read(i, rows) for i in ins], strict=True)
                if any(z is not None for z in zeros):
                    self._slots[out] = Value(*_with_zeros(kernel, zero, numbers, zeros), rows)
                else:
                    self._slots[out] = Value(np.asarray(kernel(*numbers), dtype=np.float64), None, rows)
        except ExprError as problem:
            problem.span = problem.span or span
            raise

    def _chosen(self, ins: Sequence[int], rows: Rows, span: Span | None) -> Value:
        """A result of a branch, or with one operand of a loop."""
        if len(ins) == 1:
            numbers, zeros = self._read(ins[0], rows)
            return Value(numbers, zeros, rows)
        holds = self._decided(ins[0], rows, span)
        (x, no_x), (y, no_y) = [self._read(i, rows) for i in ins[1:]]
        zeros = None
        if no_x is not None or no_y is not None:
            zeros = np.where(holds, no_x is not None and no_x, no_y is not None and no_y)
            zeros = np.broadcast_to(zeros, rows.count) if zeros.any() else None
        return Value(np.where(holds, x, y), zeros, rows)

    # -- loops ------------------------------------------------------------------------------------------------

    def _enter(self, frame: LoopFrame, place: int) -> int:
        rows = self._rows(frame.scope)
        loop = _Loop(frame, rows)
        starts = [self._slots[start] for _, start in frame.starts]
        for (slot, _), value in zip(frame.starts, starts, strict=True):
            self._slots[slot] = value
        if frame.total >= 0 and rows.count:
            # Read before the count takes its place.
            loop.times = np.broadcast_to(self._read(frame.total, rows)[0], rows.count)
            loop.total = int(loop.times.max())
        self._slots[frame.count] = Value(np.zeros(self._all.count), None, self._all)
        for stack in frame.stacks:
            self._slots[stack] = {}  # what the iterations give a value, by their numbers
        if not rows.count or (frame.total >= 0 and loop.total == 0):
            return frame.exit
        self._loops.append(loop)
        self._active = {}
        if frame.total >= 0:
            self._begin(loop)
        return place

    def _begin(self, loop: _Loop) -> None:
        """The next iteration of a loop whose number of iterations is known."""
        frame = loop.frame
        number = loop.total - 1 - loop.number if frame.op.backwards else loop.number
        live = loop.around.where(loop.times > number)
        loop.live = loop.live if live.same(loop.live) else live
        for slot, stack, _ in frame.elements:
            self._slots[slot] = self._slots[stack][number]

    def _test(self, frame: LoopFrame, place: int) -> int:
        loop = self._loops[-1]
        holds = self._decided(frame.condition, loop.live, frame.op.condition.scope.span)
        loop.live = loop.live.where(np.broadcast_to(holds, loop.live.count))
        self._active = {}
        if not loop.live.count:
            return self._leave(frame)
        if loop.number == frame.op.limit:
            raise endless(frame.op.limit, frame.op.span, any(map(is_hidden, frame.op.names)))
        return place

    def _again(self, frame: LoopFrame, place: int) -> int:
        loop = self._loops[-1]
        live = loop.live
        number = loop.total - 1 - loop.number if frame.op.backwards else loop.number
        for slot, stack in frame.pushes:
            value = self._slots[slot]
            self._slots[stack][number] = value if isinstance(value, dict) else Value(*self._read(slot, live), live)
        moved = [self._read(a, live) for _, a in frame.moves]
        for (out, _), (numbers, zeros) in zip(frame.moves, moved, strict=True):
            self._carry(loop, out, numbers, zeros)
        count = self._slots[frame.count].numbers
        count[slice(None) if live.index is None else live.index] += 1
        loop.number += 1
        self._active = {}
        if frame.total >= 0:
            if loop.number == loop.total:
                return self._leave(frame)
            self._begin(loop)
        return frame.start

    def _carry(self, loop: _Loop, slot: int, numbers: Any, zeros: Any) -> None:
        """Gives a carried value to the next iteration; rows that do not run keep theirs."""
        if loop.live is loop.around:
            self._slots[slot] = Value(numbers, zeros, loop.live)
            return
        if slot not in loop.own:
            before = self._slots[slot]
            whole = self._spread(before) if before.rows.index is not None else before
            kept = np.zeros(self._all.count, dtype=bool)
            if whole.zeros is not None:
                kept |= whole.zeros
            array = np.array(np.broadcast_to(whole.numbers, self._all.count))
            self._slots[slot] = Value(array, kept, self._all)
            loop.own.add(slot)
        value = self._slots[slot]
        value.numbers[loop.live.index] = numbers
        value.zeros[loop.live.index] = zeros is not None and zeros

    def _leave(self, frame: LoopFrame) -> int:
        self._loops.pop()
        self._active = {}
        return frame.exit


def _with_zeros(
    kernel: Callable[..., Any], zero: str | None, numbers: Sequence[Any], zeros: Sequence[Any]
) -> tuple[Any, Any]:
    """An operation on operands that may be structural zeros."""
    if zero == "sum":
        (x, y), (no_x, no_y) = numbers, zeros
        if no_x is True:
            return y, no_y
        if no_y is True:
            return x, no_x
        value = np.asarray(kernel(x, y), dtype=np.float64)
        value = value if no_y is None else np.where(no_y, x, value)
        value = value if no_x is None else np.where(no_x, y, value)
        return value, None if no_x is None or no_y is None else no_x & no_y
    if zero is None:  # such as a cotangent that becomes a derivative: what is not reached is 0
        filled = [x if z is None else np.where(z, 0.0, x) for x, z in zip(numbers, zeros, strict=True)]
        return np.asarray(kernel(*filled), dtype=np.float64), None
    absent = None
    for z in zeros:
        if z is True:
            return _ZERO, True
        if z is not None:
            absent = z if absent is None else absent | z
    return np.asarray(kernel(*numbers), dtype=np.float64), absent


def _bind(instruction: Instruction) -> _Bound:
    op, ins, out, _, node, dead = instruction
    span = node.span
    if isinstance(op, Item):
        if len(ins) == 3:
            span = node.left.op.regions[0].scope.span
        return _Bound(lambda x: x, ins, out, None, True, span, dead)
    return _Bound(_kernel(op), ins, out, op.zero, False, span, dead)


def _kernel(op: Op) -> Callable[..., Any]:
    """The kernel for arrays, or the scalar one for each element."""
    if op.arrays is not None:
        return op.arrays(namespace)
    kernel, number = op.float64, FLOAT64.number

    def scalar(*xs: float) -> float:
        return float(kernel(*[number(float(x)) for x in xs]))

    def run(*operands: Any) -> Any:
        return np.asarray(np.frompyfunc(scalar, len(operands), 1)(*operands), dtype=np.float64)

    return run
