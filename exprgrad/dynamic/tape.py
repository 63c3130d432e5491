"""A loop whose body only computes, as a tape: a row of numbers for each iteration instead of tensors.

A tensor for each operation of each iteration is what a trace can be differentiated by again, drawn and searched. Where
only numbers are asked for, first derivatives at the most, the rows hold what happened just as well, and the sweep walks
them backwards. What it adds, and in which order, is what `autodiff` adds for a loop of tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from exprgrad.autodiff import Visit
from exprgrad.diagnostics import ExprError, Span
from exprgrad.dynamic.tensor import Tensor
from exprgrad.lowering.straight import Instruction, Straight
from exprgrad.numbers.arithmetic import from_python, truth
from exprgrad.numbers.rounded import FLOAT64, MPFR
from exprgrad.ops.arithmetic import add, mul, neg
from exprgrad.ops.control import Item, Structural, endless
from exprgrad.ops.registry import MINUS_ONE, ONE, Op, Value
from exprgrad.syntax.plan import Assign, Repeat


class Operation(NamedTuple):
    """`row[out] = op(*[row[i] for i in ins])`."""

    op: Op
    ins: tuple[int, ...]
    out: int
    span: Span


class Tape:
    """The body of a loop over the places of a row: carried values first, then what no iteration changes, then
    literals, then what is computed."""

    def __init__(self, step: Repeat, straight: Straight) -> None:
        self.operands = len(step.carried) + len(step.invariant)
        self.literals: list[Any] = []
        self.condition: list[Operation] = []
        self.body: list[Operation] = []
        self._code: list[list[Instruction]] = []
        codes = [straight.code(step.condition)]
        codes += [straight.code(s.value) if isinstance(s, Assign) else None for s in step.body]
        self.fits = all(
            code is not None and all(i.op is None or i.op.partials is not None for i in code) for code in codes
        )
        if not self.fits:
            return
        found = [code for code in codes if code is not None]
        for code in found:
            for instruction in code:
                if instruction.op is None and type(instruction.pushed) is float:
                    self.literals.append(from_python(instruction.pushed))
        self.size = self.operands + len(self.literals)
        self._literal = self.operands
        places = {name: i for i, name in enumerate((*step.carried, *step.invariant))}
        self.decides = self._compile(found[0], places, self.condition)
        for assignment, code in zip(step.body, found[1:], strict=True):
            places[assignment.name] = self._compile(code, places, self.body)  # type: ignore[union-attr]
        self.results = [places[name] for name in step.carried]

    def _compile(self, code: Sequence[Instruction], places: dict[str, int], out: list[Operation]) -> int:
        """Adds the operations of an expression; returns the place of its value."""
        stack: list[int] = []
        for op, count, pushed, span in code:
            if op is not None:
                first = len(stack) - count
                out.append(Operation(op, tuple(stack[first:]), self.size, span))
                stack[first:] = [self.size]
                self.size += 1
            elif type(pushed) is float:
                stack.append(self._literal)
                self._literal += 1
            else:
                stack.append(places[pushed])  # type: ignore[index]
        (place,) = stack
        return place

    def run(self, start: Sequence[Any], step: Repeat, limit: int, keep: bool) -> tuple[list[list[Any]], list[Any]]:
        """The rows, if they are to be kept, and the carried values at the end."""
        rows: list[list[Any]] = []
        row = [*start, *self.literals, *[None] * (self.size - self.operands - len(self.literals))]
        condition, body = (
            [(i.op.float64, i.ins, i.ins[0], i.ins[1] if len(i.ins) == 2 else -len(i.ins), i.out) for i in code]
            for code in (self.condition, self.body)
        )
        carried, results, decides = len(self.results), self.results, self.decides
        count = 0
        while True:
            for kernel, ins, a, b, out in condition:
                row[out] = (
                    kernel(row[a], row[b]) if b >= 0 else kernel(row[a]) if b == -1 else kernel(*[row[i] for i in ins])
                )
            try:
                goes_on = truth(row[decides])
            except ExprError as problem:
                problem.span = step.condition.span
                raise
            if not goes_on:
                return rows, row[:carried]
            if count == limit:
                raise endless(limit, step.span)
            count += 1
            for kernel, ins, a, b, out in body:
                row[out] = (
                    kernel(row[a], row[b]) if b >= 0 else kernel(row[a]) if b == -1 else kernel(*[row[i] for i in ins])
                )
            if keep:
                rows.append(row)
                following = row.copy()
            else:
                following = row
            following[:carried] = [row[i] for i in results]
            row = following


class Taped(Structural):
    """A loop that ran on a tape; `Item` takes its results apart."""

    __slots__ = ("ends", "rows", "tape")
    several = True

    def __init__(self, tape: Tape, rows: list[list[Any]], ends: list[Any]) -> None:
        super().__init__("loop", "start, ...", "a loop on a tape", zero=None)
        self.tape = tape
        self.rows = rows
        self.ends = ends

    def run(self, *operands: Any) -> Any:
        return tuple(self.ends)

    def pull(
        self, gs: dict[int, Value], operands: Sequence[Any], needed: Sequence[bool], visit: Visit | None
    ) -> list[tuple[Any, Value]]:
        """What the loop adds to the cotangents of its operands, given those of its results."""
        tape = self.tape
        carried = len(tape.results)
        varies = self._varies(needed)
        g: list[Any] = [gs.get(j) if varies[j] else None for j in range(carried)]
        sums: list[Any] = [None] * (tape.operands - carried)
        body = [_Backward(operation, varies) for operation in reversed(tape.body) if varies[operation.out]]
        if visit is None:
            body = [b for b in body if b.steps]
        seeds = [(j, place) for j, place in enumerate(tape.results) if varies[place]]
        times, plus = FLOAT64.mul, FLOAT64.add
        for row in reversed(self.rows):
            cotangents: list[Any] = [None] * tape.size
            for j, place in seeds:
                c = g[j]
                if c is not None:
                    before = cotangents[place]
                    cotangents[place] = c if before is None else add(before, c)
            for backward in body:
                out = backward.out
                c = cotangents[out]
                if c is None:
                    continue
                if backward.hard and visit is not None:
                    visit(*backward.seen(row, c))
                values = backward.values(row)
                for place, rule in backward.rules(row[out], values):
                    if rule is ONE:
                        term = c
                    elif rule is MINUS_ONE:
                        term = neg(c)
                    else:
                        partial = rule(row[out], *values)
                        term = times(c, partial) if type(c) is type(partial) is MPFR else mul(c, partial)
                    before = cotangents[place]
                    if before is None:
                        cotangents[place] = term
                    else:
                        cotangents[place] = (
                            plus(before, term) if type(before) is type(term) is MPFR else add(before, term)
                        )
            g = cotangents[:carried]
            for i in range(carried, tape.operands):
                if varies[i] and (term := cotangents[i]) is not None:
                    total = sums[i - carried]
                    sums[i - carried] = term if total is None else add(total, term)
        found = zip(operands, (*g, *sums), needed, strict=True)
        return [(x, total) for x, total, need in found if need and total is not None]

    def _varies(self, needed: Sequence[bool]) -> list[bool]:
        """Which places of a row change with the operands that are needed, in any iteration."""
        tape = self.tape
        varies = [*needed, *[False] * (tape.size - len(needed))]
        while True:
            for operation in tape.body:
                varies[operation.out] = any([varies[i] for i in operation.ins])
            more = [j for j, place in enumerate(tape.results) if varies[place] and not varies[j]]
            if not more:
                return varies
            for j in more:
                varies[j] = True


class _Backward:
    """An operation of the tape on the way back: the rules for those of its operands that change."""

    __slots__ = ("_fixed", "hard", "ins", "operation", "out", "positions", "steps")

    def __init__(self, operation: Operation, varies: Sequence[bool]) -> None:
        self.operation = operation
        self.out = operation.out
        self.ins = operation.ins
        self.hard = bool(operation.op.hard_points)
        self.positions = tuple([i for i, place in enumerate(operation.ins) if varies[place]])
        partials = operation.op.partials
        self._fixed = type(partials) is tuple
        self.steps: list[tuple[int, Any]] = [
            (operation.ins[i], partials[i] if isinstance(partials, tuple) else None) for i in self.positions
        ]
        if self._fixed:
            self.steps = [(place, rule) for place, rule in self.steps if rule is not None]

    def values(self, row: Sequence[Any]) -> list[Any]:
        return [row[i] for i in self.ins]

    def rules(self, out: Any, values: Sequence[Any]) -> Sequence[tuple[int, Any]]:
        """For each operand that changes its place and its rule."""
        if self._fixed:
            return self.steps
        known = self.operation.op.partials_at(out, values)
        found = []
        for i in self.positions:
            if (partial := known[i]) is not None:
                found.append((self.ins[i], _constant(partial.value)))  # type: ignore[union-attr]
        return found

    def seen(self, row: Sequence[Any], cotangent: Any) -> tuple[Tensor, tuple[int, ...], Any]:
        """What a visitor is shown: the operation as a tensor, which belongs to the program, not to a derivative."""
        operation = self.operation
        node = Tensor(row[operation.out], operation.op)
        node.rest = tuple([Tensor(row[i]) for i in operation.ins])
        if len(operation.ins) <= 2:
            node.left, node.right = (*node.rest, None)[:2]
        node.span = operation.span
        node.index = -1
        return node, self.positions, cotangent


def _constant(value: Any) -> Callable[..., Any]:
    return lambda out, *values: value


def taped(
    step: Repeat, operands: Sequence[Tensor], straight: Straight, limit: int, recording: bool
) -> list[Tensor] | None:
    """The results of a loop on a tape; None where it does not fit on one."""
    start = [x.value for x in operands]
    if not all([type(x) is MPFR for x in start]):
        return None
    tape = Tape(step, straight)
    if not tape.fits:
        return None
    rows, ends = tape.run(start, step, limit, recording)
    if not recording:
        return [Tensor(x) for x in ends]
    node = Tensor.record(Taped(tape, rows, ends), operands)
    return [Tensor.record(Item(i), (node,)) for i in range(len(ends))]
