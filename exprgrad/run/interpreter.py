"""The interpreter: it walks the instructions of a program, in an arithmetic that is chosen for the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, ExprError, NameProblem, ShapeProblem, Span, UsageError
from exprgrad.numbers import memory
from exprgrad.numbers.arithmetic import from_caller, has_gaps, is_nan, owned, to_python, truth
from exprgrad.numbers.scalars import ROUNDED, ZERO, Arithmetic, Float32, is_array, zero_aware
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import as_gradient
from exprgrad.ops.registry import named
from exprgrad.ops.structural import shape_of
from exprgrad.program.instructions import CHOOSE, COPY, ENTER, TEST, Boundary, Instruction, Section, Segment
from exprgrad.program.program import Program
from exprgrad.run import array_instructions

# (kernel, first operand's slot, second's or -1, all operands' slots if there are more than two, out, span)
_Bound = tuple[Callable[..., Any], int, int, tuple[int, ...], int, Span | None]
_Code = list[tuple[Section, list[Any]]]


class Interpreter:
    """A program that runs, of which threads may share one: every run has slots of its own.

    Called with a value for each input by its name it gives values and derivatives by their names: numbers are rounded,
    ndarrays numpy's. Raises an ExprError for values that do not fit, and for what cannot be computed.

    >>> import exprgrad
    >>> program = exprgrad.compile("c = a*b").program()
    >>> exprgrad.Interpreter(program)(a=15, b=20)
    {('c',): 300.0, ('c', 'a'): 20.0, ('c', 'b'): 15.0}

    The last `watched` outputs are only looked at: whether they are nan does not matter.
    """

    def __init__(self, program: Program, watched: int = 0) -> None:
        if not isinstance(program, Program):
            what = "Interpreter(function.program())"  # type: ignore[unreachable]  # callers have no types
            raise UsageError(f"an interpreter runs a program, found {type(program).__name__}", hint=what)
        self.program = program
        self._results = len(program.outputs) - watched
        self._outputs: Final = [(output.slot, output.turned) for output in program.outputs]
        # Whether loops share what a run may take: then each is asked for its own limit, too.
        self._several = sum([isinstance(step, Boundary) and step.kind == TEST for step in program.code]) > 1
        # Whether what is not fed is a double, too, so that doubles meet nothing else.
        self.numbers_alone = program.is_scalar and not any([type(x) is Float32 for x in program.constants])
        # Whether all there is are instructions that always run.
        self._straight = len(program.code) == 1 and not program.loops and len(program.guards) == 1
        # What each iteration of a loop counts for.
        self._costs = [loop.cost for loop in program.loops]
        # The code for each arithmetic, and for operands of any kind, quick and exact; each is bound when it first runs.
        self._scalar: dict[Arithmetic, tuple[_Code, list[Any]]] = {}
        self._quick: tuple[_Code, list[Any]] | None = None
        self._exact: _Code | None = None

    def __call__(self, /, **values: Any) -> dict[tuple[str, ...], Any]:
        given: dict[str, Any] = {}
        for name, shape in self.program.inputs:
            if name not in values:
                raise NameProblem(f"no value for {name}", hint=f"call it with {name}=...")
            given[name] = x = from_caller(values.pop(name))
            if shape is not None and shape_of(x) != shape:
                raise ShapeProblem(f"the value of {name} has shape {shape_of(x)}, its program takes {shape}")
        for name in values:
            raise NameProblem(f"the program has no input {name}")
        operands = list(given.values())
        names = [output.name for output in self.program.outputs]
        found: dict[tuple[str, ...], Any] = {}
        for key, value in zip(names, owned(self.run(operands), operands), strict=True):
            if has_gaps(value):
                before = [found[key[:order]] for order in range(1, len(key))]
                value = as_gradient.compute((value, given.get(key[-1], before[0]), *before))
            found[key] = to_python(value)
        return found

    def run(self, values: Sequence[Any], *, exactly: bool = False, budget: Budget | None = None) -> list[Any]:
        """The values of the outputs, for a value of each input: rounded where all of these are rounded numbers, else as
        the operands decide. On numpy's numbers structural zeros are the number 0 as long as no result is nan, unless
        asked `exactly`. The steps of its loops are taken from the `budget`."""
        if self.numbers_alone and ROUNDED.takes(values):
            return self.run_in(ROUNDED, values, budget)
        import numpy as np

        with np.errstate(all="ignore"):
            if not exactly:
                if self._quick is None:
                    self._quick = (
                        self._general(array_instructions.quick(self.program)),
                        array_instructions.without_zeros(self.program.constants),
                    )
                code, constants = self._quick
                try:
                    found = self._walk(code, self._slots(constants, values), _run_any, truth, budget)
                    if not (self.program.gaps and any(map(_has_nan, found[: self._results]))):
                        return found
                except array_instructions.Gap:
                    pass
            # The number 0 in place of a structural zero may have met an infinity.
            if self._exact is None:
                self._exact = self._general(array_instructions.exact)
            return self._walk(self._exact, self._slots(self.program.constants, values), _run_any, truth, budget)

    def run_in(self, arithmetic: Arithmetic, values: Sequence[Any], budget: Budget | None = None) -> list[Any]:
        """The values of the outputs of a program of numbers alone, for numbers of an arithmetic."""
        code, constants = self._scalar.get(arithmetic) or self.bind(arithmetic)
        if self._straight:
            slots = self._slots(constants, values)
            _run_scalars(code[0][1], slots)
            return [slots[i] for i, _ in self._outputs]
        return self._walk(code, self._slots(constants, values), _run_scalars, arithmetic.is_true, budget)

    def bind(self, arithmetic: Arithmetic) -> tuple[_Code, list[Any]]:
        """Makes code and constants of a program of numbers alone in an arithmetic, which its first run would do."""
        code = self._bound(partial(_bind, arithmetic, {}))
        constants = [x if x is ZERO else arithmetic.number(x) for x in self.program.constants]
        self._scalar[arithmetic] = code, constants
        return code, constants

    def _general(self, bind: Callable[[Instruction], Callable[[list[Any]], None]]) -> _Code:
        return self._bound(lambda code: [(_bind_choice(i) if i.chooses else bind(i), i.span) for i in code])

    def _bound(self, bind: Callable[[Sequence[Instruction]], list[Any]]) -> _Code:
        return [(step, bind(step.instructions) if type(step) is Segment else []) for step in self.program.code]

    def _slots(self, constants: Iterable[Any], values: Sequence[Any]) -> list[Any]:
        slots = [*constants, *values]
        return slots + [None] * (self.program.size - len(slots))

    def _walk(
        self,
        code: _Code,
        slots: list[Any],
        run_segment: Callable[[Sequence[Any], list[Any]], None],
        is_true: Callable[[Any], bool],
        shared: Budget | None,
    ) -> list[Any]:
        loops, costs = self.program.loops, self._costs
        active: dict[int, bool] = {0: True}
        budget = Budget() if shared is None else shared
        used, calm = budget.used, budget.calm
        several = self._several or used > 0
        place, end = 0, len(code)
        while place < end:
            step, instructions = code[place]
            place += 1
            if isinstance(step, Segment):
                scope = step.scope
                if scope and not self._active(scope, active, slots, is_true):
                    for i in step.escaping:
                        slots[i] = ZERO
                    continue
                run_segment(instructions, slots)
                continue
            kind = step.kind
            loop = loops[step.loop]
            if kind == TEST:
                if not _decide(is_true, slots[loop.condition], loop.condition_span):
                    place = loop.exit
                    continue
                cost = costs[step.loop]
                used += cost
                if used > calm or (several and slots[loop.counter] == loop.limit):
                    budget.used = used - cost
                    budget.go_on(loop.allowance, slots[loop.counter], _kept(loop.stacks, slots))  # type: ignore[arg-type]
                    calm = budget.calm
                continue
            if kind == ENTER:
                if loop.scope and not self._active(loop.scope, active, slots, is_true):
                    for stack in loop.stacks:
                        slots[stack] = ZERO
                    place = loop.exit
                    continue
                slots[loop.counter] = count = 0
                for stack in loop.stacks:
                    slots[stack] = []
                moves = loop.starts
            else:
                slots[loop.counter] = count = slots[loop.counter] + 1
                for slot, stack in loop.pushes:
                    slots[stack].append(slots[slot])
                moves = loop.moves
                place = loop.start
            if len(moves) == 1:
                ((out, a),) = moves
                slots[out] = slots[a]
            else:
                for (out, _), value in zip(moves, [slots[a] for _, a in moves], strict=True):
                    slots[out] = value
            for scope in loop.inner:
                active.pop(scope, None)
            if loop.total >= 0:
                total = slots[loop.total]
                if count == total:
                    place = loop.exit
                    continue
                for slot, stack, turned in loop.elements:
                    slots[slot] = slots[stack][total - 1 - count if turned else count]
        budget.used = used
        return [_upright(slots[i], turned) if turned else slots[i] for i, turned in self._outputs]

    def _active(self, scope: int, active: dict[int, bool], slots: list[Any], is_true: Callable[[Any], bool]) -> bool:
        """Whether a branch is taken; decided once a run or iteration, from the outermost branch inwards."""
        guards = self.program.guards
        chain = []
        while scope not in active:
            chain.append(scope)
            scope = guards[scope].parent
        for inner in reversed(chain):
            guard = guards[inner]
            taken = active[scope]
            if taken:
                taken = _decide(is_true, slots[guard.slot], guard.span) is guard.polarity
            active[inner] = taken
            scope = inner
        return active[scope]


def _run_scalars(instructions: Sequence[_Bound], slots: list[Any]) -> None:
    span: Span | None = None
    try:
        for kernel, a, b, more, out, span in instructions:  # noqa: B007 - the handler reads it
            if b >= 0:
                slots[out] = kernel(slots[a], slots[b])
            elif a >= 0:
                slots[out] = kernel(slots[a])
            else:
                slots[out] = kernel(*[slots[i] for i in more])
    except ExprError as problem:
        problem.span = problem.span or span
        raise problem from None
    except MemoryError:
        raise memory.exhausted(span) from None


def _run_any(instructions: Sequence[tuple[Callable[[list[Any]], None], Span | None]], slots: list[Any]) -> None:
    span: Span | None = None
    try:
        for run, span in instructions:  # noqa: B007 - the handler reads it
            run(slots)
    except ExprError as problem:
        problem.span = problem.span or span
        raise problem from None
    except MemoryError:
        raise memory.exhausted(span) from None


def _kept(stacks: Sequence[int], slots: list[Any]) -> int:
    """About how many bytes an iteration keeps."""
    return sum([memory.size_of(stack[-1]) for i in stacks if (stack := slots[i])])


def _upright(stack: Any, turned: Sequence[bool]) -> Any:
    """A stack, and the stacks on it, in the order of the iterations; `turned` has an entry for each level."""
    top = [stack]
    level = [top]
    for turn in turned:
        following = []
        for holder in level:
            for i, value in enumerate(holder):
                if value is not ZERO:
                    holder[i] = inner = value[::-1] if turn else list(value)
                    following.append(inner)
        level = following
    return top[0]


def _has_nan(value: Any) -> bool:
    """Whether an output is nan somewhere: a number, an array of numpy's, or a list of what iterations gave."""
    stack = [value]
    while stack:
        x = stack.pop()
        if isinstance(x, list):
            stack.extend(x)
        elif (not is_array(x) or x.dtype != object) and is_nan(x):
            return True
    return False


def _decide(is_true: Callable[[Any], bool], condition: Any, span: Span | None) -> bool:
    """Whether a condition holds; an error is placed under the condition."""
    try:
        return is_true(condition)
    except EvaluationError as problem:
        problem.span = problem.span or span
        raise


def _chosen(is_true: Callable[[Any], bool]) -> Callable[[Any, Any, Any], Any]:
    return lambda condition, then, otherwise: then if is_true(condition) else otherwise


def _same(value: Any) -> Any:
    return value


def _bind(arithmetic: Arithmetic, kernels: dict[Any, Any], instructions: Iterable[Instruction]) -> list[_Bound]:
    """Instructions with their kernels in an arithmetic of numbers; `kernels` are those that are known."""
    found = []
    for name, attributes, ins, out, _, _, span, _, absent in instructions:
        key = name, attributes, absent
        kernel = kernels.get(key)
        if kernel is None:
            kernel = kernels[key] = _kernel(arithmetic, *key)
        count = len(ins)
        found.append((kernel, ins[0] if count <= 2 else -1, ins[1] if count == 2 else -1, ins, out, span))
    return found


def _kernel(arithmetic: Arithmetic, name: str, attributes: tuple[Any, ...], absent: bool) -> Callable[..., Any]:
    """What computes an instruction; an operand may be a structural zero where it is `absent`."""
    if name in (CHOOSE, COPY):
        return _chosen(arithmetic.is_true) if name == CHOOSE else _same
    op = named(name, attributes)
    kernel = arithmetic.kernel(op)
    return zero_aware(op, kernel) if absent and op.zero is not None else kernel


def _bind_choice(instruction: Instruction) -> Callable[[list[Any]], None]:
    """A result of a branch, or of a loop."""
    ins, out = instruction.ins, instruction.out
    kernel = _chosen(truth) if len(ins) == 3 else _same

    def run(slots: list[Any]) -> None:
        slots[out] = kernel(*[slots[i] for i in ins])

    return run
