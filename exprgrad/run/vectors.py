"""A program of rows with numpy: each instruction runs for all rows of a block that it counts for.

Rows part at branches and loops. A value is kept with the rows that it was computed for, and read for others by
gathering what both have in common; where a row has none it is a structural zero.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import ExprError, Span, nan_condition
from exprgrad.numbers import memory, namespace, zeros
from exprgrad.numbers.arithmetic import to_python
from exprgrad.ops.registry import Op
from exprgrad.program.instructions import ENTER, TEST, Instruction, LoopFrame, Segment
from exprgrad.program.program import Program
from exprgrad.records import NamedTuple
from exprgrad.run.engine import Stopped
from exprgrad.run.row_plan import RowPlan

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


class _RefusedError(Exception):
    """Some of the rows in play have a problem: where a mask over them is true."""

    def __init__(self, mask: Any, problem: Callable[[], ExprError]) -> None:
        super().__init__(mask, problem)
        self.mask = mask
        self.problem = problem


class _Namespace:
    """What kernels are written against, which tells where something is refused."""

    def __getattr__(self, name: str) -> Any:
        return getattr(namespace, name)

    def refuse_nan(self, x: Any, problem: Callable[[], ExprError]) -> Any:
        """x, none of which may be nan."""
        if (nan := np.isnan(x)).any():
            raise _RefusedError(nan, problem)
        return x


def _stopped(problem: ExprError | _RefusedError, span: Span | None, rows: Rows, count: int) -> Stopped:
    """What stops a block of so many rows, of which some were in play."""
    if isinstance(problem, ExprError):
        problem.span = problem.span or span
        return Stopped(0, count, problem)
    told = problem.problem()
    told.span = told.span or span
    found = np.flatnonzero(np.broadcast_to(problem.mask, rows.count))
    return Stopped(0, count, told, (found if rows.index is None else rows.index[found]).tolist())


class Value(NamedTuple):
    """Numbers for some rows, one alone where all have the same, and where they are structural zeros: None, or True, or
    a mask."""

    numbers: Any
    absent: Any
    rows: Rows


class _Bound(NamedTuple):
    """An instruction with its kernel; there is no operation where it chooses."""

    kernel: Callable[..., Any]
    ins: tuple[int, ...]
    out: int
    op: Op | None
    span: Span | None
    dead: tuple[int, ...]


class Vectors:
    """A plan that runs with numpy. Threads may share it."""

    def __init__(self, plan: RowPlan) -> None:
        self._plan = plan
        self._program = plan.program
        self._constants = [np.float64(to_python(value)) for value in self._program.constants]
        self._code = [
            (step, [_bind(i) for i in step.instructions] if isinstance(step, Segment) else [])
            for step in self._program.code
        ]
        # Whether all instructions run for all rows.
        self._straight = all(
            isinstance(step, Segment)
            and not step.scope
            and not any(i.absent or i.chooses or i.operation.zero == "share" for i in step.instructions)
            for step in self._program.code
        )

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int) -> None:
        """Computes the rows from `start` to `end`. `inputs` are arrays of doubles for the columns, and floats;
        `outputs` an array for each stored value of the plan. Raises Stopped."""
        with np.errstate(all="ignore"):
            for first in range(start, end, BLOCK):
                last = min(first + BLOCK, end)
                block = [x[first:last] if isinstance(x, np.ndarray) else np.float64(x) for x in inputs]
                run = self._run_straight if self._straight else self._run_parting
                try:
                    run([*self._constants, *block], outputs, first, last)
                except Stopped as stopped:
                    raise stopped.moved(first) from None

    def _run_parting(self, values: list[Any], outputs: Sequence[Any], first: int, last: int) -> None:
        run = _Run(self._program, last - first)
        run.start(values)
        run.walk(self._code)
        for (slot, before), out in zip(self._plan.stored, outputs, strict=True):
            out[first:last] = run.without_gaps(slot, before)

    def _run_straight(self, values: list[Any], outputs: Sequence[Any], first: int, last: int) -> None:
        slots = [*values, *[None] * (self._program.size - len(values))]
        for _, instructions in self._code:
            for kernel, ins, out, _, span, dead in instructions:
                try:
                    x = kernel(*[slots[i] for i in ins])
                except (ExprError, _RefusedError) as problem:
                    raise _stopped(problem, span, Rows(None, last - first), last - first) from None
                for i in dead:
                    slots[i] = None  # its memory is in the cache, and serves again
                # Of what all rows share a kernel may give a number, and of a comparison truth values.
                slots[out] = x if getattr(x, "dtype", None) is _DOUBLE else np.asarray(x, np.float64)[()]
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

    def __init__(self, program: Program, count: int) -> None:
        self._guards = program.guards
        self._frames = program.loops
        self._all = Rows(None, count)
        self._slots: list[Any] = [None] * program.size
        self._active: dict[int, Rows] = {}
        self._loops: list[_Loop] = []
        # The steps of all rows together, and of each those in loops that it has left.
        self._steps = 0
        self._left: Any = np.zeros(count)

    def start(self, values: Sequence[Any]) -> None:
        for i, value in enumerate(values):
            self._slots[i] = Value(value, None, self._all)
        self._slots[0] = Value(_ZERO, True, self._all)

    def without_gaps(self, slot: int, before: Sequence[int]) -> Any:
        """A value for all rows; what no path reaches is 0, or nan where what it is the derivative of is nan."""
        numbers, absent = self._read(slot, self._all)
        return zeros.without_gaps(namespace, numbers, absent, (self._read(earlier, self._all) for earlier in before))

    # -- values -------------------------------------------------------------------------------------------

    def _read(self, slot: int, rows: Rows) -> tuple[Any, Any]:
        """A value's numbers and structural zeros for some rows."""
        numbers, absent, own = self._slots[slot]
        if own is rows:
            return numbers, absent
        if own.index is not None and not own.same(rows):
            numbers, absent, own = self._slots[slot] = self._spread(self._slots[slot])
        if rows.index is None or own.index is not None:
            return numbers, absent
        if numbers.ndim:
            numbers = numbers[rows.index]
        if absent is not None and absent is not True:
            absent = absent[rows.index]
            if not absent.any():
                absent = None
        return numbers, absent

    def _spread(self, value: Value) -> Value:
        """A value for all rows of the block: a structural zero where it has none."""
        numbers = np.zeros(self._all.count)
        absent = np.ones(self._all.count, dtype=bool)
        numbers[value.rows.index] = value.numbers
        absent[value.rows.index] = False if value.absent is None else value.absent
        return Value(numbers, absent, self._all)

    # -- control -------------------------------------------------------------------------------------------

    def walk(self, code: Sequence[tuple[Any, Sequence[_Bound]]]) -> None:
        place = 0
        while place < len(code):
            step, instructions = code[place]
            place += 1
            if isinstance(step, Segment):
                self._segment(step, instructions)
                continue
            frame = self._frames[step.loop]
            if step.kind == ENTER:
                place = self._enter(frame, place)
            elif step.kind == TEST:
                place = self._test(frame, place)
            else:
                place = self._again(frame, place)

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
        if (nan := np.isnan(condition)).any():
            raise _stopped(_RefusedError(nan, nan_condition), span, rows, self._all.count)
        return condition != 0

    def _segment(self, segment: Segment, instructions: Sequence[_Bound]) -> None:
        rows = self._rows(segment.scope)
        if not rows.count:
            for slot in segment.escaping:
                self._slots[slot] = Value(_ZERO, True, self._all)
            return
        span: Span | None = None
        try:
            for kernel, ins, out, op, span, _ in instructions:
                if op is None:
                    self._slots[out] = self._chosen(ins, rows, span)
                    continue
                values, gone = zip(*[self._read(i, rows) for i in ins], strict=True)
                numbers, absent = zeros.applied(namespace, kernel, op, values, gone)
                self._slots[out] = Value(np.asarray(numbers, dtype=np.float64), _mask(absent, rows), rows)
        except (ExprError, _RefusedError) as problem:
            raise _stopped(problem, span, rows, self._all.count) from None

    def _chosen(self, ins: Sequence[int], rows: Rows, span: Span | None) -> Value:
        """A result of a branch, or with one operand of a loop."""
        if len(ins) == 1:
            return Value(*self._read(ins[0], rows), rows)
        holds = self._decided(ins[0], rows, span)
        values, gone = zip(*[self._read(i, rows) for i in ins[1:]], strict=True)
        numbers, absent = zeros.chosen(namespace, holds, values, gone)
        return Value(numbers, _mask(absent, rows), rows)

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
        self._slots[frame.counter] = Value(np.zeros(self._all.count), None, self._all)
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
        number = loop.total - 1 - loop.number if frame.backwards else loop.number
        live = loop.around.where(loop.times > number)
        loop.live = loop.live if live.same(loop.live) else live
        for slot, stack, _ in frame.elements:
            self._slots[slot] = self._slots[stack][number]

    def _test(self, frame: LoopFrame, place: int) -> int:
        loop = self._loops[-1]
        holds = self._decided(frame.condition, loop.live, frame.condition_span)
        loop.live = loop.live.where(np.broadcast_to(holds, loop.live.count))
        self._active = {}
        if not loop.live.count:
            return self._leave(frame)
        self._steps += frame.cost
        allowance = frame.allowance
        assert allowance is not None, "a loop of the program"
        if loop.number == frame.limit or self._steps > allowance.limits.run:
            beyond = loop.number == frame.limit or self._taken(loop.live) > allowance.limits.run
            if np.any(beyond):
                problem = _RefusedError(beyond, partial(allowance.endless, loop.number))
                raise _stopped(problem, None, loop.live, self._all.count)
        return place

    def _taken(self, rows: Rows) -> Any:
        """How many steps some rows have taken, with those of the iterations that they are in."""
        taken = self._left + sum(x.frame.cost * (self._slots[x.frame.counter].numbers + 1) for x in self._loops)
        return taken if rows.index is None else taken[rows.index]

    def _again(self, frame: LoopFrame, place: int) -> int:
        loop = self._loops[-1]
        live = loop.live
        number = loop.total - 1 - loop.number if frame.backwards else loop.number
        if frame.pushes:
            memory.take(8 * live.count * len(frame.pushes))
        for slot, stack in frame.pushes:
            value = self._slots[slot]
            self._slots[stack][number] = value if isinstance(value, dict) else Value(*self._read(slot, live), live)
        moved = [self._read(a, live) for _, a in frame.moves]
        for (out, _), (numbers, absent) in zip(frame.moves, moved, strict=True):
            self._carry(loop, out, numbers, absent)
        count = self._slots[frame.counter].numbers
        count[slice(None) if live.index is None else live.index] += 1
        loop.number += 1
        self._active = {}
        if frame.total >= 0:
            if loop.number == loop.total:
                return self._leave(frame)
            self._begin(loop)
        return frame.start

    def _carry(self, loop: _Loop, slot: int, numbers: Any, absent: Any) -> None:
        """Gives a carried value to the next iteration; rows that do not run keep theirs."""
        if loop.live is loop.around:
            self._slots[slot] = Value(numbers, absent, loop.live)
            return
        if slot not in loop.own:
            before = self._slots[slot]
            whole = self._spread(before) if before.rows.index is not None else before
            kept = np.zeros(self._all.count, dtype=bool)
            if whole.absent is not None:
                kept |= whole.absent
            array = np.array(np.broadcast_to(whole.numbers, self._all.count))
            self._slots[slot] = Value(array, kept, self._all)
            loop.own.add(slot)
        value = self._slots[slot]
        value.numbers[loop.live.index] = numbers
        value.absent[loop.live.index] = absent is not None and absent

    def _leave(self, frame: LoopFrame) -> int:
        self._loops.pop()
        if frame.cost:
            self._left += frame.cost * self._slots[frame.counter].numbers
        self._active = {}
        return frame.exit


def _mask(absent: Any, rows: Rows) -> Any:
    """A mask over the rows, None where it is true in none."""
    if absent is None or absent is True:
        return absent
    return np.broadcast_to(absent, rows.count) if absent.any() else None


def _bind(instruction: Instruction) -> _Bound:
    op = None if instruction.chooses else instruction.operation
    kernel = (lambda x: x) if op is None else _kernel(op)
    return _Bound(kernel, instruction.ins, instruction.out, op, instruction.span, instruction.last_uses)


def _kernel(op: Op) -> Callable[..., Any]:
    """The kernel for arrays, or the scalar one for each element."""
    return namespace.scalar(op.float64) if op.arrays is None else op.arrays(_Namespace())
