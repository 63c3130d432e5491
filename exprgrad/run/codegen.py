"""From instructions to LLVM IR: one function that computes all outputs of a program for a range of rows.

`width` rows run at once. Where they part, at branches and loops, each has a place in a mask: an instruction runs for
all of them, and what it gives counts where the mask is true. A side of a branch that no row takes is jumped over; a
loop goes on while any row does. The iterations of a loop and those of its derivatives are numbered alike, from the
first of the program's loop on, so that rows that run differently often still meet at the same place of a stack.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from exprgrad.diagnostics import ExprError, Span, incomplete, nan_condition
from exprgrad.numbers import zeros
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.numbers.rounded import NORMAL
from exprgrad.program.instructions import ENTER, TEST, Instruction, LoopFrame, Section, Segment
from exprgrad.records import NamedTuple
from exprgrad.run.body import Body
from exprgrad.run.environment import ABOVE, BELOW, around
from exprgrad.run.lanes import LARGEST, LEAST, LanesWriter
from exprgrad.run.memory import ALIGNED
from exprgrad.run.order import ordered
from exprgrad.run.row_plan import RowPlan
from exprgrad.run.stacks import Arena, Stacks
from exprgrad.run.writer import Register, Unwritten, Writer, hexadecimal

NAME: Final = "rows"
# The memory with the steps that the rows have taken together that run at once.
_STEPS: Final = "%steps"
# That with the rows that are left over.
_LEFT: Final = "%left_over"
# A branch that no row takes is worth a jump from so many instructions on.
_WORTH_A_JUMP: Final = 8


class Code(NamedTuple):
    """`text` is the IR of
    `i64 rows(i64 start, i64 end, ptr columns, ptr uniforms, ptr outputs, ptr callbacks, ptr at)`.

    `columns` and `outputs` point to pointers to doubles, `uniforms` to the values that all rows share, `callbacks` to
    functions that call `kernels`, given with the number of their operands: each
    `i64 f(i64 rows, ptr numbers, ptr running)`, for the rows whose bits are set among those that run at once. Their
    `numbers` are an array for the results, and one for each operand; what it returns are the bits of the rows whose
    result is not among the normal doubles. What is `running`, the fourth i64 in `at`, becomes 0 unless it is above 1,
    where it does nothing: one that was called before was interrupted.

    `end - start` is a multiple of the rows that run at once. What `rows` returns is 0, or the number of one of the
    `problems`, counted from 1: some of the rows have it that run at once from the row on whose number is then the first
    i64 in `at`. The bits of the second say which, from the lowest on, or are all 0. The rows before are done.
    `thorough` is that of `Compiled`.
    """

    text: str
    kernels: list[tuple[Callable[..., Any], int]]
    problems: list[ExprError]
    thorough: bool


class _Open:
    """A loop whose code is being written. The names are those of memory in the function's frame."""

    __slots__ = ("arena", "at", "frame", "highest", "live", "number", "parent")

    def __init__(self, frame: LoopFrame, at: int, arena: Arena) -> None:
        self.frame = frame
        self.at = at
        self.arena = arena
        self.parent = f"%parent{at}"
        self.live = f"%live{at}"
        self.number = f"%number{at}"
        self.highest = f"%highest{at}"


def generate(plan: RowPlan, columns: Sequence[bool], writer: Writer, streaming: bool) -> Code:
    """The code for a program of which some inputs are columns and the others the same for all rows. With `streaming`
    outputs, which must be aligned to 64 bytes, pass by the cache. Where the writer's operations are correctly rounded,
    there is one more output of bytes, which are 1 in the rows that are left over. Where it leaves checks out, the third
    i64 in `at` is the address of bytes, one for each `writer.rows` rows from the start on, to which ABOVE is added
    where a number may have been above the range of normal doubles, and BELOW where below. Where it finds rows, the
    bytes of the output are these flags."""
    return _Generator(plan, columns, writer, streaming).code()


class _Generator:
    def __init__(self, plan: RowPlan, columns: Sequence[bool], writer: Writer, streaming: bool) -> None:
        self._plan = ordered(plan)
        self._program = self._plan.program
        self._columns = columns
        self._streaming = streaming
        self._writer = writer
        self._writer.refused = self._refuse
        self._body = Body(writer)
        writer.memory = self._body.memory
        self._rounded = isinstance(writer, LanesWriter)
        # After how many rows the processor's flags are read, 0 for never.
        self._flags, self._has_flags = 0, False
        self._checks = isinstance(writer, LanesWriter) and writer.checks is not Checks.NONE
        if isinstance(writer, LanesWriter):
            writer.left_over = self._leave_over
            self._flags, self._has_flags = writer.rows, writer.has_flags
        # Memory for what is kept of each row, by its name, with its type and what it holds at first: which rows are
        # left over, and where rows are looked for in which a number is out of the range of normal doubles the sizes.
        self._kept = {_LEFT: (writer.mask_type, writer.false.text)} if self._rounded else {}
        self._finds = isinstance(writer, LanesWriter) and writer.checks is Checks.FIND
        if self._finds:
            self._kept |= dict.fromkeys((LEAST, LARGEST), (writer.number_type, writer.number(1.0).text))
        for name, (kind, _) in self._kept.items():
            self._body.memory(name, kind)
        self._stacks = Stacks(self._body)
        bounds = [frame.allowance for frame in self._program.loops if frame.condition >= 0]
        # Whether a run can have too many steps although no loop has too many iterations.
        self._counts_steps = len(bounds) > 1 or any(b and b.limits.loop * b.cost > b.limits.run for b in bounds)
        self._control = not self._program.is_straight
        # The values that are computed with.
        self._read_again = {slot for i in self._program.instructions() for slot in i.ins}
        # What is known in the block that is being written: values by slot, with where they are structural zeros.
        self._known: dict[int, tuple[Any, Register | None]] = {}
        self._masks: dict[int, Register] = {}
        self._fixed: dict[int, tuple[Any, Register | None]] = {}
        self._chosen: dict[int, tuple[Any, Register | None]] = {}
        self._loops: list[_Open] = []
        self._truths: set[int] = set()  # the slots that hold 1 or 0, and never nan
        self._span: Span | None = None

    # -- the function ----------------------------------------------------------------------------------

    def code(self) -> Code:
        w, made = self._writer, self._program
        head = self._arguments()
        steps = self._without_shared(made.code)
        # What is kept of each row begins with what is kept of what all have in common.
        kept = [(name, kind, w.result(f"load {kind}, ptr {name}")) for name, (kind, _) in self._kept.items()]
        entry = w.lines
        w.lines = []
        self._inputs()
        for step in steps:
            if isinstance(step, Segment):
                self._segment(step)
                continue
            frame = made.loops[step.loop]
            if step.kind == ENTER:
                self._enter(frame, step.loop)
            elif step.kind == TEST:
                self._test(frame)
            else:
                self._again(frame)
        self._outputs()
        body = w.lines
        w.lines = []
        self._start_of_frame()
        memory = w.lines
        w.lines = []
        self._end()
        tail = w.lines
        begin = f"define i64 @{NAME}({', '.join(head)}) #0 {{"
        if self._has_flags:
            begin = around(NAME, self._flags)
        lines = [
            *w.declarations,
            begin,
            "entry:",
            *memory,
            *entry,
            "  br label %begin",
            "begin:",
            "  br label %row",
            "row:",
            "  %i = phi i64 [ %start, %begin ], [ %next, %latch ]",
            *[f"  store i64 0, ptr {arena.top}" for arena in self._stacks.arenas],
            *([f"  store i64 0, ptr {_STEPS}"] if self._counts_steps else []),
            *[f"  store {kind} {text}, ptr {name}" for name, kind, text in kept],
            *body,
            "  br label %latch",
            "latch:",
            f"  %next = add nuw nsw i64 %i, {w.width}",
            *self._goes_on(),
            "  br i1 %more, label %row, label %done",
            "done:",
            *tail,
            "}",
            'attributes #0 = { nounwind alignstack=64 "min-legal-vector-width"="512" "prefer-vector-width"="512" }',
            "!0 = !{i32 1}",
            "",
        ]
        problems = [problem for _, problem in self._body.problems.values()]
        return Code("\n".join(lines), w.callbacks, problems, self._control and not self._checks)

    def _arguments(self) -> list[str]:
        """Loads what does not change from row to row; gives the parameters."""
        w, made = self._writer, self._program
        for i, value in enumerate(made.constants):
            self._fixed[i] = (0.0, w.true) if i == 0 else (to_python(value), None)
        if self._flags:
            self._read_constants()
        first = len(made.constants)
        places = {True: 0, False: 0}
        for i, column in enumerate(self._columns):
            if column:
                w.line(f"%column{i}p = getelementptr ptr, ptr %columns, i64 {places[column]}")
                w.line(f"%column{i} = load ptr, ptr %column{i}p")
            else:
                place = w.result(f"getelementptr double, ptr %uniforms, i64 {places[column]}")
                value = w.result(f"load double, ptr {place}")
                self._fixed[first + i] = (Register(w, self._body.spread("double", value)), None)
            places[column] += 1
        for i in range(len(self._plan.stored) + self._rounded):
            w.line(f"%out{i}p = getelementptr ptr, ptr %outputs, i64 {i}")
            w.line(f"%out{i} = load ptr, ptr %out{i}p")
        return [f"i64 %{name}" for name in ("start", "end")] + [
            f"ptr noalias %{name}" for name in ("columns", "uniforms", "outputs", "callbacks", "at")
        ]

    def _read_constants(self) -> None:
        """Reads the constants that are chosen from memory of which LLVM does not know what it holds. Where it knows
        what is chosen, as by x > x, it would compute with it while it compiles, and no flag would be set."""
        w, constants = self._writer, self._program.constants
        chosen = {slot for i in self._program.instructions() if i.chooses for slot in i.ins}
        for slot in sorted(chosen & {*range(1, len(constants))}):
            name = f"@chosen{slot}"
            number = hexadecimal(float(to_python(constants[slot])))
            w.declarations[f"{name} = private global double {number}"] = None
            value = self._body.spread("double", w.result(f"load volatile double, ptr {name}"))
            self._chosen[slot] = Register(w, value), None

    def _without_shared(self, code: Sequence[Section]) -> Sequence[Section]:
        """Writes what all rows have in common, which is computed once; gives the rest."""
        if self._control:  # what stands in a slot changes
            return code
        rest = []
        for segment in code:
            assert isinstance(segment, Segment)
            own = []
            for instruction in segment.instructions:
                if instruction.chooses or instruction.operation.refuses or not self._fixed.keys() >= {*instruction.ins}:
                    own.append(instruction)
                else:
                    self._instruction(instruction, None)
                    self._fixed[instruction.out] = self._known[instruction.out]
            rest.append(segment._replace(instructions=tuple(own)))
        return rest

    def _inputs(self) -> None:
        w = self._writer
        first = len(self._program.constants)
        for i, column in enumerate(self._columns):
            if column:
                place = w.result(f"getelementptr double, ptr %column{i}, i64 %i")
                self._fixed[first + i] = (Register(w, w.result(f"load {w.number_type}, ptr {place}, align 8")), None)

    def _outputs(self) -> None:
        w = self._writer
        written = []
        for slot, before in self._plan.stored:
            value, absent = self._read(slot)
            value = w.firm(value)
            value = zeros.without_gaps(w, w.number(value), absent, map(self._read, before))
            # Processors differ in the sign of a nan that they make.
            written.append(w.where(w.isnan(value), math.nan, value) if self._rounded else value)
        how = f"align {min(8 * w.width, ALIGNED)}, !nontemporal !0" if self._streaming else "align 8"
        for i, value in enumerate(written):
            place = w.result(f"getelementptr double, ptr %out{i}, i64 %i")
            w.line(f"store {w.number_type} {value.text}, ptr {place}, {how}")
        if self._rounded:
            place = w.result(f"getelementptr i8, ptr %out{len(written)}, i64 %i")
            w.line(f"store {w.of('i8')} {self._of_rows()}, ptr {place}, align 1")

    def _of_rows(self) -> str:
        """Bytes that say which rows are left over, or what is looked for in them."""
        w, bytes_ = self._writer, self._writer.of("i8")
        if not self._finds:
            left = self._body.load(_LEFT, w.mask_type, mask=True)
            return w.result(f"zext {w.mask_type} {left.text} to {bytes_}")
        least, largest = (self._body.load(size, w.number_type) for size in (LEAST, LARGEST))
        below, above = (
            w.result(f"select {mask.kind} {mask.text}, {bytes_} {w.repeated('i8', flag)}, {bytes_} zeroinitializer")
            for mask, flag in ((least <= NORMAL, f"{BELOW}"), (~(largest < math.inf), f"{ABOVE}"))
        )
        return w.result(f"or {bytes_} {below}, {above}")

    def _start_of_frame(self) -> None:
        w = self._writer
        for name, kind in self._body.frame.items():
            # What a row jumps over must hold some value, if one that does not count.
            text = self._kept[name][1] if name in self._kept else "null" if kind == "ptr" else "zeroinitializer"
            w.line(f"{name} = alloca {kind}, align 64")
            w.line(f"store {kind} {text}, ptr {name}")

    def _goes_on(self) -> list[str]:
        """There are more rows, and none had a problem."""
        if not self._body.problems:
            return ["  %more = icmp ult i64 %next, %end"]
        return [
            "  %left = icmp ult i64 %next, %end",
            "  %so_far = load i64, ptr %problem",
            "  %fine = icmp eq i64 %so_far, 0",
            "  %more = and i1 %left, %fine",
        ]

    def _end(self) -> None:
        w = self._writer
        self._stacks.free()
        if self._streaming:
            w.declare("void @llvm.x86.sse.sfence()")
            w.line("call void @llvm.x86.sse.sfence()")
        if self._body.problems:
            w.line("store i64 %i, ptr %at")
            w.line("%second = getelementptr i64, ptr %at, i64 1")
            w.line(f"store i64 {self._body.integer('%rows')}, ptr %second")
            w.line("%found = load i64, ptr %problem")
            w.line("ret i64 %found")
        else:
            w.line("ret i64 0")

    # -- values ------------------------------------------------------------------------------------------

    def _read(self, slot: int) -> tuple[Any, Register | None]:
        """A value, a Python float if it is constant, and where it is a structural zero."""
        found = self._fixed.get(slot) or self._known.get(slot)
        if found is None:
            w = self._writer
            value = self._body.load(f"%slot{slot}", w.number_type)
            absent = self._body.load(f"%absent{slot}", w.mask_type, mask=True)
            found = self._known[slot] = (value, absent)
        return found

    def _write(self, slot: int, value: Any, absent: Register | None) -> None:
        w = self._writer
        if self._control:
            value = w.number(w.firm(value))
            self._body.store(f"%slot{slot}", w.number_type, value.text)
            self._body.store(f"%absent{slot}", w.mask_type, (w.false if absent is None else absent).text)
        self._known[slot] = (value, absent)
        self._stacks.forget(slot)
        self._truths.discard(slot)

    # -- blocks and masks ----------------------------------------------------------------------------------

    def _begin(self, label: str) -> None:
        """A new block: what was computed in another may not be known in it."""
        self._writer.label(label)
        self._known.clear()
        self._masks.clear()

    def _mask(self, scope: int) -> Register:
        """The rows for which a scope is active."""
        w = self._writer
        stop = 0
        mask = w.true
        if self._loops:
            loop = self._loops[-1]
            stop = loop.frame.scope
            if -1 not in self._masks:
                self._masks[-1] = self._body.load(loop.live, w.mask_type, mask=True)
            mask = self._masks[-1]
        chain = []
        while scope not in (stop, 0):
            chain.append(scope)
            scope = self._program.guards[scope].parent
        for inner in reversed(chain):
            if inner not in self._masks:
                guard = self._program.guards[inner]
                holds = self._decided(guard.slot, mask, guard.span)
                self._masks[inner] = mask & (holds if guard.polarity else ~holds)
            mask = self._masks[inner]
        return mask

    def _decided(self, slot: int, mask: Register, span: Span | None) -> Register:
        """Where a condition is true; it may not be nan where the mask is true."""
        w = self._writer
        condition, _ = self._read(slot)
        if slot in self._truths:
            return w.truth(condition)
        self._body.found(mask & w.isnan(condition), nan_condition(span))
        return w.truth(condition)

    def _refuse(self, mask: Register, problem: ExprError) -> None:
        problem.span = problem.span or self._span
        self._body.found(self._writer.active & mask, problem)

    def _leave_over(self, mask: Register) -> None:
        w = self._writer
        before = self._body.load(_LEFT, w.mask_type, mask=True)
        self._body.store(_LEFT, w.mask_type, (before | (self._writer.active & mask)).text)

    # -- instructions ------------------------------------------------------------------------------------------

    def _segment(self, segment: Segment) -> None:
        w = self._writer
        guarded = bool(segment.scope) and (not self._loops or segment.scope != self._loops[-1].frame.scope)
        mask = self._mask(segment.scope)
        self._writer.active = mask
        if not guarded:
            for instruction in segment.instructions:
                self._instruction(instruction, None)
            return
        escaping = set(segment.escaping)
        jumps = len(segment.instructions) >= _WORTH_A_JUMP or any(_calls(i) for i in segment.instructions)
        inside, skipped, outside = (self._body.label(what) for what in ("taken", "skipped", "after"))
        if jumps:
            w.line(f"br i1 {w.any(mask)}, label %{inside}, label %{skipped}")
            masks = dict(self._masks)
            self._begin(skipped)
            for slot in escaping:
                self._body.store(f"%absent{slot}", w.mask_type, w.true.text)
            w.line(f"br label %{outside}")
            self._begin(inside)
            self._masks.update(masks)  # they were known before the jump
        for instruction in segment.instructions:
            self._instruction(instruction, ~mask if instruction.out in escaping else None)
        if jumps:
            w.line(f"br label %{outside}")
            self._begin(outside)
            self._masks.update(masks)

    def _instruction(self, instruction: Instruction, missing: Register | None) -> None:
        """`missing` are the rows in which the result is a structural zero since it is not computed there."""
        w = self._writer
        ins, out = instruction.ins, instruction.out
        self._span = instruction.span
        chosen = self._chosen if instruction.chooses else {}
        operands = [chosen.get(i) or self._read(i) for i in ins]
        values = [value for value, _ in operands]
        gone = [absent for _, absent in operands]
        if instruction.chooses or instruction.operation.zero == "share" or any(x is not None for x in gone):
            values = list(map(w.firm, values))
        if not instruction.chooses:
            op = instruction.operation
            w.final = not self._control and out not in self._read_again
            try:
                value, absent = zeros.applied(w, w.kernel(op), op, values, gone)
            except Unwritten as name:
                what = f"has a kernel for arrays that takes np.{name}, which machine code has not got"
                raise incomplete(op.name, what, "write it in exprgrad/run/writer.py") from None
        elif len(ins) == 1:
            value, absent = operands[0]
        else:
            holds = self._decided(ins[0], self._writer.active, instruction.span)
            value, absent = zeros.chosen(w, holds, values[1:], gone[1:])
        if missing is not None:
            absent = missing if absent is None else absent | missing
        self._write(out, w.number(value), absent)
        if isinstance(value, Register) and value.mask:
            self._truths.add(out)

    # -- loops -------------------------------------------------------------------------------------------------

    def _enter(self, frame: LoopFrame, at: int) -> None:
        w = self._writer
        around = {slot for slot, _ in self._loops[-1].frame.pushes} if self._loops else ()
        loop = _Open(frame, at, self._stacks.lay_out(at, [stack for _, stack in frame.pushes], around))
        parent = self._mask(frame.scope)
        self._body.store(loop.parent, w.mask_type, parent.text)
        self._body.store(loop.live, w.mask_type, parent.text)
        self._body.store(loop.number, "i64", "0")
        fields = [self._stacks.field(stack) for _, stack, _ in frame.elements]
        for i, (_, stack, _) in enumerate(frame.elements):
            self._body.store(f"%from{at}_{i}", "i64", self._stacks.begin(stack))
        total = w.where(parent, self._read(frame.total)[0], 0.0) if frame.total >= 0 else None
        starts = [self._read(start) for _, start in frame.starts]
        for (slot, _), (value, absent) in zip(frame.starts, starts, strict=True):
            self._write(slot, value, absent)
        self._write(frame.counter, w.number(0.0), None)
        if total is not None:
            highest = self._most(total)
            self._body.store(loop.highest, "i64", highest)
            if frame.pushes:
                base = self._body.integer(loop.arena.base)
                self._stacks.reserve(loop.arena, w.result(f"add i64 {base}, {highest}"), frame.span)
        self._loops.append(loop)
        head, body, done = f"head{at}", f"body{at}", f"exit{at}"
        w.line(f"br label %{head}")
        self._begin(head)
        if total is None:
            w.line(f"br i1 {w.any(self._mask(frame.scope))}, label %{body}, label %{done}")
            self._begin(body)
            return
        highest, number = self._body.integer(loop.highest), self._body.integer(loop.number)
        w.line(f"br i1 {w.result(f'icmp slt i64 {number}, {highest}')}, label %{body}, label %{done}")
        self._begin(body)
        number = self._iteration(loop)
        place = Register(w, self._body.spread("double", w.result(f"sitofp i64 {number} to double")))
        parent = self._body.load(loop.parent, w.mask_type, mask=True)
        live = parent & (w.number(self._read(frame.total)[0]) > place)
        self._body.store(loop.live, w.mask_type, live.text)
        for i, ((slot, _, _), field) in enumerate(zip(frame.elements, fields, strict=True)):
            base = self._body.integer(f"%from{at}_{i}")
            self._stacks.pop(slot, field, w.result(f"add i64 {base}, {number}"), self._write)

    def _iteration(self, loop: _Open) -> str:
        """The number of the iteration, counted from the first of the program's loop on."""
        w = self._writer
        number = self._body.integer(loop.number)
        if not loop.frame.backwards:
            return number
        highest = self._body.integer(loop.highest)
        last = w.result(f"sub i64 {highest}, 1")
        return w.result(f"sub i64 {last}, {number}")

    def _most(self, total: Register) -> str:
        """How often the loop runs for the row for which it runs most often."""
        w = self._writer
        most = total.text
        if w.width > 1:
            name = f"@llvm.vector.reduce.fmax.v{w.width}f64"
            w.declare(f"double {name}({w.number_type})")
            most = w.result(f"call double {name}({w.number_type} {total.text})")
        return w.result(f"fptosi double {most} to i64")

    def _test(self, frame: LoopFrame) -> None:
        w = self._writer
        loop = self._loops[-1]
        live = self._mask(frame.scope)
        live = live & self._decided(frame.condition, live, frame.condition_span)
        self._body.store(loop.live, w.mask_type, live.text)
        some = w.any(live)
        number = self._body.integer(loop.number)
        full = w.result(f"icmp eq i64 {number}, {frame.limit}")
        assert frame.allowance is not None, "a loop of the program"
        self._body.report(w.result(f"and i1 {some}, {full}"), live, frame.allowance.endless(frame.limit))
        if self._counts_steps:
            cost = w.result(f"select i1 {some}, i64 {frame.cost}, i64 0")
            steps = w.result(f"add i64 {self._body.integer(_STEPS)}, {cost}")
            self._body.store(_STEPS, "i64", steps)
            over = w.result(f"icmp sgt i64 {steps}, {frame.allowance.limits.run}")
            # Rows that run at once may have taken these together: whose they are turns out when each runs alone.
            self._body.report(w.result(f"and i1 {some}, {over}"), None, frame.allowance.endless(-1))
            full = w.result(f"or i1 {full}, {over}")
        not_full = w.result(f"xor i1 {full}, true")
        going = f"going{loop.at}"
        w.line(f"br i1 {w.result(f'and i1 {some}, {not_full}')}, label %{going}, label %exit{loop.at}")
        self._begin(going)

    def _again(self, frame: LoopFrame) -> None:
        w = self._writer
        loop = self._loops[-1]
        if frame.pushes:
            number = self._iteration(loop)
            place = w.result(f"add i64 {self._body.integer(loop.arena.base)}, {number}")
            if frame.total < 0:
                self._stacks.reserve(loop.arena, w.result(f"add i64 {place}, 1"), frame.span)
            for slot, stack in frame.pushes:
                self._stacks.push(slot, stack, place, self._read)
        live = self._mask(frame.scope)
        moved = [(out, self._read(a), self._read(out)) for out, a in frame.moves]
        for out, (value, absent), (before, was_absent) in moved:
            gone = None
            if absent is not None or was_absent is not None:
                gone = w.where(live, *[w.false if x is None else x for x in (absent, was_absent)])
            self._write(out, w.where(live, value, before), gone)
        count, _ = self._read(frame.counter)
        self._write(frame.counter, w.where(live, w.number(count) + 1.0, count), None)
        number = self._body.integer(loop.number)
        self._body.store(loop.number, "i64", w.result(f"add i64 {number}, 1"))
        w.line(f"br label %head{loop.at}")
        self._begin(f"exit{loop.at}")
        self._loops.pop()


def _calls(instruction: Instruction) -> bool:
    """Whether an operation costs more than a jump, as what is no operator mostly does."""
    return instruction.chooses or instruction.operation.notation is None
