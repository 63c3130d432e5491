"""A program that runs: the interpreter that walks the instructions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from exprgrad.diagnostics import EvaluationError, ExprError, Span
from exprgrad.numbers import memory
from exprgrad.numbers.arithmetic import ZERO, is_array, is_nan, to_float64, truth, zero_aware
from exprgrad.numbers.rounded import MPFR
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Item, condition_span
from exprgrad.static.compilation import Compilation
from exprgrad.static.graph import Node
from exprgrad.static.instructions import Enter, Gap, Instruction, LoopFrame, Segment, Step, Test

# (kernel, first operand's slot, second's or -1, all operands' slots if there are more than two, out, node)
_Bound = tuple[Callable[..., Any], int, int, tuple[int, ...], int, Node]


class Program:
    """A program that computes `fetches` when `feeds` are given; thread-safe, since every run has slots of its own.

    Fetched, a node inside a loop gives the list of its values, in the order of the iterations of the program's loop.
    The last `watched` fetches are only looked at: whether they are nan does not matter.
    """

    def __init__(self, fetches: Sequence[Node], feeds: Sequence[Node], watched: int = 0) -> None:
        made = Compilation(fetches, feeds)
        self.code = made.code
        self.guards = made.guards
        self.constants = made.constants
        self.size = made.size
        self.fetches = [made.slots[key] for key in made.fetched]
        # Of each fetch, for each loop around it, from the outermost inwards, whether it ran backwards.
        self.turned = [made.turned(key) for key in made.fetched]
        # Whether loops share what a run may take: then each is asked for its own limit, too.
        self._several = sum(isinstance(step, Test) for step in self.code) > 1
        # Whether what is not fed is a double, too, so that doubles meet nothing else.
        self._rounded = made.scalar and all([type(x) in (float, MPFR) or x is ZERO for x in self.constants])
        # Whether something may be a structural zero.
        self.gaps = any(made.absent.values())
        self._results = len(fetches) - watched
        # The code for doubles alone, and for operands of any kind, quick and exact; each is bound when it first runs.
        self._scalar: list[tuple[Step, list[Any]]] | None = None
        self._quick: list[tuple[Step, list[Any]]] | None = None
        self._plain: list[Any] = []  # the constants without gaps
        self._exact: list[tuple[Step, list[Any]]] | None = None

    def __len__(self) -> int:
        return sum(len(step.instructions) for step in self.code if isinstance(step, Segment))

    def _bound(self, bind: Callable[[Instruction], Any]) -> list[tuple[Step, list[Any]]]:
        return [(step, [bind(i) for i in step.instructions] if isinstance(step, Segment) else []) for step in self.code]

    def run(self, values: Sequence[Any], *, exactly: bool = False) -> list[Any]:
        """The fetched values, for a value of each feed. On numpy's numbers structural zeros are the number 0 as long as
        no result is nan, unless asked `exactly`."""
        if self._rounded and all([type(x) is MPFR for x in values]):
            if self._scalar is None:
                self._scalar = self._bound(_bind)
            return self._walk(self._scalar, self._slots(map(_strong, self.constants), values), _run_scalars)
        import numpy as np

        with np.errstate(all="ignore"):
            if not exactly:
                if self._quick is None:
                    from exprgrad.static.kernels import Memory, as_doubles, bind, without_zeros

                    self._plain = [without_zeros(x) for x in self.constants]
                    doubles, memory = as_doubles(self.constants), Memory()
                    self._quick = self._general(lambda i: bind(i, doubles, memory, self.gaps))
                try:
                    found = self._walk(self._quick, self._slots(self._plain, values), _run_any)
                    if not (self.gaps and any(map(_has_nan, found[: self._results]))):
                        return found
                except Gap:
                    pass
            # The number 0 in place of a structural zero may have met an infinity.
            if self._exact is None:
                from exprgrad.static.kernels import exact

                self._exact = self._general(exact)
            return self._walk(self._exact, self._slots(self.constants, values), _run_any)

    def _general(self, bind: Callable[[Instruction], Callable[[list[Any]], None]]) -> list[tuple[Step, list[Any]]]:
        return self._bound(lambda i: (_bind_item(i) if isinstance(i.op, Item) else bind(i), i.node))

    def _slots(self, constants: Iterable[Any], values: Sequence[Any]) -> list[Any]:
        return [*constants, *values, *[None] * (self.size - len(self.constants) - len(values))]

    def _walk(
        self,
        code: Sequence[tuple[Step, list[Any]]],
        slots: list[Any],
        run_segment: Callable[[Sequence[Any], list[Any]], None],
    ) -> list[Any]:
        active: dict[int, bool] = {0: True}
        budget = Budget()
        used = calm = 0
        several = self._several
        place, end = 0, len(code)
        while place < end:
            step, instructions = code[place]
            place += 1
            kind = type(step)
            if kind is Segment:
                scope: int = step.scope  # type: ignore[union-attr]
                if scope and not self._active(scope, active, slots):
                    for i in step.escaping:  # type: ignore[union-attr]
                        slots[i] = ZERO
                    continue
                run_segment(instructions, slots)
                continue
            loop: LoopFrame = step.frame  # type: ignore[union-attr]
            if kind is Test:
                if not _decide(slots[loop.condition], loop.op.condition.scope.span):
                    place = loop.exit
                    continue
                used += loop.cost
                if used > calm or (several and slots[loop.count] == loop.limit):
                    budget.used = used - loop.cost
                    budget.go_on(loop.op.bound, slots[loop.count], _kept(loop, slots))  # type: ignore[arg-type]
                    calm = budget.calm
                continue
            if kind is Enter:
                if loop.scope and not self._active(loop.scope, active, slots):
                    for stack in loop.stacks:
                        slots[stack] = ZERO
                    place = loop.exit
                    continue
                slots[loop.count] = number = 0
                for stack in loop.stacks:
                    slots[stack] = []
                moves = loop.starts
            else:
                slots[loop.count] = number = slots[loop.count] + 1
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
                if number == total:
                    place = loop.exit
                    continue
                for slot, stack, turned in loop.elements:
                    slots[slot] = slots[stack][total - 1 - number if turned else number]
        return [
            _upright(slots[i], turned) if turned else slots[i]
            for i, turned in zip(self.fetches, self.turned, strict=True)
        ]

    def _active(self, scope: int, active: dict[int, bool], slots: list[Any]) -> bool:
        """Whether a branch is taken; decided once a run or iteration, from the outermost branch inwards."""
        chain = []
        while scope not in active:
            chain.append(scope)
            scope = self.guards[scope].parent
        for inner in reversed(chain):
            guard = self.guards[inner]
            taken = active[scope]
            if taken:
                taken = _decide(slots[guard.slot], guard.span) is guard.polarity
            active[inner] = taken
            scope = inner
        return active[scope]


def _run_scalars(instructions: Sequence[_Bound], slots: list[Any]) -> None:
    node: Node | None = None
    try:
        for kernel, a, b, more, out, node in instructions:  # noqa: B007 - the handler reads it
            if b >= 0:
                slots[out] = kernel(slots[a], slots[b])
            elif a >= 0:
                slots[out] = kernel(slots[a])
            else:
                slots[out] = kernel(*[slots[i] for i in more])
    except ExprError as problem:
        raise _placed(problem, node) from None
    except MemoryError:
        raise memory.exhausted(node.span if node is not None else None) from None


def _run_any(instructions: Sequence[tuple[Callable[[list[Any]], None], Node]], slots: list[Any]) -> None:
    node: Node | None = None
    try:
        for run, node in instructions:  # noqa: B007 - the handler reads it
            run(slots)
    except ExprError as problem:
        raise _placed(problem, node) from None
    except MemoryError:
        raise memory.exhausted(node.span if node is not None else None) from None


def _placed(problem: ExprError, node: Node | None) -> ExprError:
    if problem.span is None and node is not None:
        problem.span = node.span
    return problem


def _kept(loop: LoopFrame, slots: list[Any]) -> int:
    """About how many bytes an iteration keeps."""
    return sum([memory.size_of(stack[-1]) for i in loop.stacks if (stack := slots[i])])


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
    """Whether a fetched value is nan somewhere: a number, an array of numpy's, or a list of what iterations gave."""
    stack = [value]
    while stack:
        x = stack.pop()
        if isinstance(x, list):
            stack.extend(x)
        elif (not is_array(x) or x.dtype != object) and is_nan(x):
            return True
    return False


def _strong(value: Any) -> Any:
    return to_float64(value) if type(value) is float else value


def _decide(condition: Any, span: Span | None) -> bool:
    """Whether a condition holds; an error is placed under the condition."""
    try:
        return truth(condition)
    except EvaluationError as problem:
        problem.span = problem.span or span
        raise


def _select(span: Span | None) -> Callable[[Any, Any, Any], Any]:
    return lambda condition, then, otherwise: then if _decide(condition, span) else otherwise


def _bind(instruction: Instruction) -> _Bound:
    """The kernel for scalars in double precision."""
    op, ins, out, absent, node, _ = instruction
    kernel: Callable[..., Any] = op.float64
    if isinstance(op, Item):
        kernel = _select(condition_span(node)) if len(ins) == 3 else _same
    if absent and op.zero is not None:
        kernel = zero_aware(op, kernel)
    a = ins[0] if len(ins) <= 2 else -1
    b = ins[1] if len(ins) == 2 else -1
    return kernel, a, b, ins, out, node


def _bind_item(instruction: Instruction) -> Callable[[list[Any]], None]:
    """A result of a branch, or of a loop."""
    _, ins, out, _, node, _ = instruction
    kernel = _select(condition_span(node)) if len(ins) == 3 else _same

    def run(slots: list[Any]) -> None:
        slots[out] = kernel(*[slots[i] for i in ins])

    return run


def _same(value: Any) -> Any:
    return value
