"""A program of rows as machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.numbers.rounded import FLOAT64, MPFR, NORMAL
from exprgrad.program.program import Program
from exprgrad.records import NamedTuple
from exprgrad.run.bits import BitsWriter
from exprgrad.run.codegen import NAME, Code, generate
from exprgrad.run.doubles import DoublesWriter
from exprgrad.run.engine import Stopped
from exprgrad.run.lanes import LanesWriter
from exprgrad.run.machine import Compiled, machine
from exprgrad.run.memory import address, aligned
from exprgrad.run.row_plan import RowPlan, functions
from exprgrad.run.writer import RUNNING

_ADDRESS: Final = ctypes.c_void_p
# From so many operations on a program is long.
_LONG: Final = 1000
# A function counts for so many operations where it is correctly rounded, and for so many where it is not.
_KERNEL: Final = 30
_FUNCTION: Final = 8
# To move a number to memory or from there takes as long as so many operations.
_MOVING: Final = 12
# The flags are read after so many rows, or fewer where there is much to do.
_BLOCK: Final = 256
_TYPE: Final = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, *[_ADDRESS] * 5)


class Native:
    """Machine code for a plan of which some inputs are columns. With `checks` it is correctly rounded; without
    `settles` what its kernels do not decide is left over. Threads may share it."""

    def __init__(
        self,
        plan: RowPlan,
        columns: Sequence[bool],
        width: int | None = None,
        *,
        checks: Checks | None = None,
        settles: bool = True,
    ) -> None:
        self.width = _width(plan, any(columns), checks) if width is None else width
        self._checks = checks
        self._settles = settles
        # After so many rows the processor's flags are read, if they are.
        self.block = _block(plan, self.width) if checks is Checks.NONE else 0
        self._plan = plan
        self._streams = machine().streams and _streams(plan, sum(columns), checks)
        self._columns = tuple(columns)
        self._made: dict[bool, Loaded] = {}
        self._lock = Lock()

    def compile(self, streaming: bool) -> None:
        """Makes the code, which threads then share."""
        with self._lock:
            if streaming not in self._made:
                host = machine()
                register = min(self.width, host.width)
                if self._checks is None:
                    writer: BitsWriter = DoublesWriter(self.width, register, host.vector(register), host.fuses)
                else:
                    writer = LanesWriter(
                        self.width,
                        register,
                        host.fuses,
                        self._checks,
                        has_flags=host.flags,
                        rows=self.block,
                        settles=self._settles,
                    )
                code = generate(self._plan, self._columns, writer, streaming)
                self._made[streaming] = Loaded(code, self.width)

    def run(
        self,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        start: int,
        end: int,
        streaming: bool = False,
        flags: Any = None,
    ) -> None:
        """Computes the rows from `start` to `end`.

        `inputs` are contiguous arrays of doubles for the columns, and floats; `outputs` an array for each stored value
        of the plan, with `streaming` aligned to 64 bytes, as is `start`, and where it is rounded one of bytes for the
        rows that are left over. `flags` are bytes, one for each `block` of rows, if there are blocks: see `generate`.
        Raises Stopped.
        """

        assert flags is not None or not self.block, "it writes them"

        def part(first: int, start_: int, end_: int, columns: Sequence[Any], outputs: Sequence[Any]) -> Stop | None:
            """Runs rows; what is flagged counts for the row `first`."""
            at = (ctypes.c_uint64 * (RUNNING + 1))()
            if flags is not None:
                at[2] = address(flags) + (first - start) // self.block
            return loaded.run(start_, end_, columns, uniforms, outputs, at)

        streaming = streaming and self._streams
        self.compile(streaming)
        loaded = self._made[streaming]
        columns = [x for x, is_column in zip(inputs, self._columns, strict=True) if is_column]
        values = [x for x, is_column in zip(inputs, self._columns, strict=True) if not is_column]
        uniforms = (ctypes.c_double * len(values))(*values)
        whole = end - (end - start) % self.width
        if whole > start and (stop := part(start, start, whole, columns, outputs)):
            raise stop.stopped(stop.at, stop.at, stop.at + self.width)
        if whole == end:
            return
        if whole > start and not streaming:
            # The last rows once more, together with some before them: each row is computed alike, wherever it stands.
            if stop := part(whole, end - self.width, end, columns, outputs):
                raise stop.stopped(end - self.width, whole, end)
            return
        # The last rows, filled up with copies of the last one.
        made = list(aligned(self.width * (len(columns) + len(outputs))).reshape(-1, self.width))
        for x, filled in zip(columns, made, strict=False):
            filled[: end - whole] = x[whole:end]
            filled[end - whole :] = x[end - 1]
        if stop := part(whole, 0, self.width, made[: len(columns)], made[len(columns) :]):
            raise stop.stopped(whole, whole, end)
        for out, filled in zip(outputs, made[len(columns) :], strict=True):
            out[whole:end] = filled.view(out.dtype)[: end - whole]


def _width(plan: RowPlan, columns: bool, checks: Checks | None) -> int:
    """How many rows run at once: one alone if there are no columns. Those of several registers hide each other's
    waiting; but where rows part they run for all, kernels of rounded arithmetic have much to remember, a long program
    is not to take longer to compile than to run, what finds rows is for fewer, and what checks each number for few."""
    if not columns:
        return 1
    program = plan.program
    if checks in (Checks.BELOW, Checks.ALL):
        return machine().width
    remembers = checks is Checks.FIND or (checks is not None and functions(program) > 0)
    return machine().width * (2 if remembers or not program.is_straight or program.operations > _LONG else 4)


def _block(plan: RowPlan, width: int) -> int:
    """After how many rows, at the most, the flags are read: so many that this is nothing beside what they take, and not
    more, since where one has left the range all of them run again."""
    rows = _BLOCK * 128 // (_cost(plan.program, _KERNEL) + 1)
    return max(width, min(_BLOCK, 1 << rows.bit_length() >> 1))


def _streams(plan: RowPlan, columns: int, checks: Checks | None) -> bool:
    """Whether it pays to write past the cache: where moving numbers takes longer than to compute them. Else the
    registers on their way to memory hold up what is computed."""
    return _cost(plan.program, _FUNCTION if checks is None else _KERNEL) < _MOVING * (columns + len(plan.stored))


def _cost(program: Program, function: int) -> int:
    """How many instructions a program has, of which functions count for so many."""
    return program.operations + (function - 1) * functions(program)


class Stop(NamedTuple):
    """What some of the rows have that run at once, from the row `at` on: those with a 1 among the bits, if any."""

    at: int
    rows: int
    problem: ExprError

    def stopped(self, at: int, first: int, last: int) -> Stopped:
        """What it means for the rows from `first` to `last`, where the row `at` ran first."""
        rows = [at + i for i in range(self.rows.bit_length()) if self.rows >> i & 1]
        return Stopped(first, last, self.problem, [row for row in rows if first <= row < last])


class Loaded:
    """Code in memory for `width` rows at once, with the functions of Python's that it calls."""

    def __init__(self, code: Code, width: int) -> None:
        self._code = code
        self._compiled = Compiled(code.text, NAME, _TYPE, code.thorough)
        self._callbacks = [_callback(*kernel, width) for kernel in code.kernels]
        addresses = [ctypes.cast(callback, _ADDRESS).value for callback in self._callbacks]
        self._addresses = (_ADDRESS * len(addresses))(*addresses)

    def run(
        self, start: int, end: int, columns: Sequence[Any], uniforms: Any, outputs: Sequence[Any], at: Any
    ) -> Stop | None:
        """Runs it for a multiple of its width of rows; gives what stops it. `at` is that of `Code`. Raises a
        KeyboardInterrupt where a function of Python's was interrupted, which it cannot pass on itself."""
        found = self._compiled.function(
            start, end, _pointers(columns), uniforms, _pointers(outputs), self._addresses, at
        )
        if at[RUNNING]:
            raise KeyboardInterrupt
        if not found:
            return None
        return Stop(at[0], at[1], self._code.problems[found - 1])


def _pointers(arrays: Sequence[Any]) -> Any:
    return (_ADDRESS * len(arrays))(*map(address, arrays))


def _callback(kernel: Callable[..., Any], operands: int, width: int) -> Any:
    """A scalar kernel as a C function of some rows of `width` (see `Code`)."""
    number = FLOAT64.number
    kind = ctypes.c_double * (width * (operands + 1))

    def called(rows: int, place: int, running: int) -> int:
        calls = ctypes.c_uint64.from_address(running)
        if calls.value > 1:
            return 0
        numbers = kind.from_address(place)
        beyond = 0
        for row in range(rows.bit_length()):
            if not rows >> row & 1:
                continue
            try:
                found = kernel(*[number(x) for x in numbers[width + row :: width]])
                numbers[row] = nearest = float(found)
                if isinstance(found, MPFR) and not found.is_nan() and (nearest != found or 0 < abs(nearest) < NORMAL):
                    beyond |= 1 << row
            except Exception:  # whose error it is turns out when the row runs alone
                beyond |= 1 << row
        calls.value = 0  # from here on nothing interrupts it
        return beyond

    return ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, _ADDRESS, _ADDRESS)(called)
