"""From fetched nodes to a flat list of instructions, and the interpreter that walks it.

The passes (dead code, constant folding with the kernels themselves, merging of equal nodes) run here, after
all differentiation, and preserve every value: nothing is simplified, reordered or fused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from exprgrad.diagnostics import EvaluationError, ExprError, GraphError, Span
from exprgrad.numbers.arithmetic import ZERO, to_float64, truth, zero_aware
from exprgrad.numbers.rounded import MPFR
from exprgrad.ops.control import Item, Scope
from exprgrad.ops.registry import Op
from exprgrad.static.graph import Node


class Instruction(NamedTuple):
    """`slots[out] = op(slots[ins[0]], ...)`. `absent` says that an operand may be a structural zero."""

    op: Op
    ins: tuple[int, ...]
    out: int
    absent: bool
    node: Node


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


# Stands for the slot that holds a structural zero.
ABSENT: Final = -1
# Called after each instruction of an observed run, with the node, its operands' values and its own.
Observer = Callable[[Node, tuple[Any, ...], Any], None]
# (kernel, first operand's slot, second's or -1, all operands' slots if there are more than two, out, node)
_Bound = tuple[Callable[..., Any], int, int, tuple[int, ...], int, Node]


class Program:
    """A program that computes `fetches` when `feeds` are given; thread-safe, since every run has slots of its own.

    With `observed` nothing is folded, merged or overwritten, so that an observer sees each node of the graph.
    """

    def __init__(self, fetches: Sequence[Node], feeds: Sequence[Node], *, observed: bool = False) -> None:
        self._feeds = tuple(feeds)
        fed = {node.index for node in feeds}
        order = _needed(fetches, fed)
        for node in order:
            if node.op is None and node.value is None and not node.rest and node.index not in fed:
                raise GraphError(
                    f"the placeholder {node.name or 'number ' + str(node.index)} needs a value",
                    node.span,
                    hint="feed it: feed_dict={placeholder: value}",
                )
        alias, constants = _merge(order, fed, passes=not observed)
        self.segments: list[Segment] = []
        self.guards: list[Guard] = [Guard(0, 0, True, None)]
        self._allocate(order, fed, alias, constants, fetches, reuse=not observed)
        self._scalar: list[tuple[Segment, list[_Bound]]] | None = None
        self._general: list[tuple[Segment, list[_Bound]]] | None = None

    def __len__(self) -> int:
        return sum(len(segment.instructions) for segment in self.segments)

    def _allocate(
        self,
        order: Sequence[Node],
        fed: Collection[int],
        alias: dict[int, int],
        constants: dict[int, Any],
        fetches: Sequence[Node],
        *,
        reuse: bool,
    ) -> None:
        """Gives every value a slot; a slot whose value is read no more serves again."""
        computed = [
            node
            for node in order
            if node.op is not None and node.index not in fed and node.index not in constants and node.index not in alias
        ]
        operands = {node.index: [_source(x, alias) for x in _reads(node)] for node in computed}
        last_read = {i: position for position, node in enumerate(computed) for i in operands[node.index]}
        # What is fetched, and the conditions of branches, are kept to the end.
        lasting = {alias.get(node.index, node.index) for node in fetches}
        lasting.update(alias.get(s.condition.index, s.condition.index) for s in _scopes(computed))
        slots: dict[int, int] = {ABSENT: 0}
        self.constants: list[Any] = [ZERO]
        for i, value in constants.items():
            slots[i] = len(slots)
            self.constants.append(value)
        for node in self._feeds:
            slots[node.index] = len(slots)
        size = len(slots)
        lasting.update(slots)
        escaping = {
            alias.get(x.index, x.index)
            for node in computed
            for x in _reads(node)
            if x is not None and x.scope is not node.scope
        }
        escaping.update(alias.get(node.index, node.index) for node in fetches)
        numbers: dict[Scope, int] = {}
        free: list[int] = []
        for position, node in enumerate(computed):
            scope = self._number(node.scope, numbers, slots, alias)
            ins = tuple(slots[i] for i in operands[node.index])
            if reuse:
                for i in dict.fromkeys(operands[node.index]):
                    if last_read[i] == position and i not in lasting:
                        free.append(slots[i])
            if free:
                slots[node.index] = free.pop()
            else:
                slots[node.index] = size
                size += 1
            absent = any(x.absentable for x in node.operands)
            assert node.op is not None
            if not self.segments or self.segments[-1].scope != scope:
                self.segments.append(Segment(scope, [], []))
            if scope and node.index in escaping:
                self.segments[-1].escaping.append(slots[node.index])
            self.segments[-1].instructions.append(Instruction(node.op, ins, slots[node.index], absent, node))
        # Whether what is not fed is a double, too, so that doubles meet nothing else.
        self._rounded = all([type(x) in (float, MPFR) or x is ZERO for x in self.constants])
        self.size = size
        self.fetches = [slots[alias.get(node.index, node.index)] for node in fetches]

    def _number(
        self, scope: Scope | None, numbers: dict[Scope, int], slots: dict[int, int], alias: dict[int, int]
    ) -> int:
        """A scope's number in `guards`; its parents get theirs first."""
        chain = []
        while scope is not None and scope not in numbers:
            chain.append(scope)
            scope = scope.parent
        number = 0 if scope is None else numbers[scope]
        for inner in reversed(chain):
            condition = inner.condition
            slot = slots[alias.get(condition.index, condition.index)]
            self.guards.append(Guard(number, slot, inner.polarity, inner.span))
            number = numbers[inner] = len(self.guards) - 1
        return number

    def run(self, values: Sequence[Any]) -> list[Any]:
        """The fetched values, for a value of each feed."""
        slots = [*self.constants, *values, *[None] * (self.size - len(self.constants) - len(values))]
        if self._rounded and all([type(x) is MPFR for x in values]):
            if self._scalar is None:
                self._scalar = [(s, [_bind(i, True) for i in s.instructions]) for s in self.segments]
            code = self._scalar
            slots[: len(self.constants)] = map(_strong, self.constants)
        else:
            if self._general is None:
                self._general = [(s, [_bind(i, False) for i in s.instructions]) for s in self.segments]
            code = self._general
        active: dict[int, bool] = {0: True}
        for segment, instructions in code:
            if segment.scope and not self._active(segment.scope, active, slots):
                for i in segment.escaping:
                    slots[i] = ZERO
                continue
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
                if problem.span is None and node is not None:
                    problem.span = node.span
                raise
        return [slots[i] for i in self.fetches]

    def observe(self, values: Sequence[Any], observer: Observer) -> list[Any]:
        """Like `run`, calling the observer after each instruction."""
        slots = [
            *map(_strong, self.constants),
            *values,
            *[None] * (self.size - len(self.constants) - len(values)),
        ]
        active: dict[int, bool] = {0: True}
        for segment in self.segments:
            if segment.scope and not self._active(segment.scope, active, slots):
                for i in segment.escaping:
                    slots[i] = ZERO
                continue
            for instruction in segment.instructions:
                operands = tuple(slots[i] for i in instruction.ins)
                kernel = _bind(instruction, False)[0]
                try:
                    value = slots[instruction.out] = kernel(*operands)
                except ExprError as problem:
                    if problem.span is None:
                        problem.span = instruction.node.span
                    raise
                observer(instruction.node, operands, value)
        return [slots[i] for i in self.fetches]

    def _active(self, scope: int, active: dict[int, bool], slots: list[Any]) -> bool:
        """Whether a branch is taken; decided once a run, from the outermost branch inwards."""
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


def _strong(value: Any) -> Any:
    return to_float64(value) if type(value) is float else value


def _scopes(nodes: Sequence[Node]) -> dict[Scope, None]:
    """The scopes that the nodes lie in, and those around them."""
    found: dict[Scope, None] = {}
    for node in nodes:
        scope = node.scope
        while scope is not None and scope not in found:
            found[scope] = None
            scope = scope.parent
    return found


def _needed(fetches: Sequence[Node], fed: Collection[int]) -> list[Node]:
    """The nodes that the fetches need, conditions of branches included, in order of creation."""
    seen: dict[int, Node] = {}
    scopes: set[Scope] = set()
    stack = list(fetches)
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen[node.index] = node
        if node.index in fed:
            continue
        stack.extend(x for x in _reads(node) if x is not None)
        scope = node.scope
        while scope is not None and scope not in scopes:
            scopes.add(scope)
            stack.append(scope.condition)
            scope = scope.parent
    return [seen[index] for index in sorted(seen)]


def _merge(order: Sequence[Node], fed: Collection[int], *, passes: bool) -> tuple[dict[int, int], dict[int, Any]]:
    """Which nodes equal an earlier one, and the values of those that are constant.

    Equal is: the same operation on the same operands in the same branch. Constants are equal by their bits.
    """
    alias: dict[int, int] = {}
    constants: dict[int, Any] = {}
    first: dict[object, int] = {}
    for node in order:
        index = node.index
        if index in fed:
            continue
        if node.op is None:
            if node.rest:
                (outer,) = node.rest
                alias[index] = alias.get(outer.index, outer.index)
            else:
                bits = node.value.hex() if type(node.value) is float else None
                same = index if bits is None else first.setdefault(bits, index)
                if same != index:
                    alias[index] = same
                else:
                    constants[index] = node.value
            continue
        if not passes:
            continue
        ins = tuple(_source(x, alias) for x in _reads(node))
        if node.op.partials is not None and all(i in constants for i in ins):
            try:
                constants[index] = node.op.compute([constants[i] for i in ins])
                continue
            except ExprError:
                pass  # the error belongs to the run, and only if this branch is taken
        same = first.setdefault((node.op, ins, node.scope), index)
        if same != index:
            alias[index] = same
    return alias, constants


def _reads(node: Node) -> Sequence[Node | None]:
    """What a node's instruction reads: a result of a branch the condition and the results of both sides, None for a
    structural zero; a parameter what it stands for; any other its operands."""
    if isinstance(node.op, Item):
        return node.op.sides(node)  # type: ignore[return-value]
    return node.rest if node.op is None else node.operands


def _source(x: Node | None, alias: dict[int, int]) -> int:
    return ABSENT if x is None else alias.get(x.index, x.index)


def _decide(condition: Any, span: Span | None) -> bool:
    """Whether a condition holds; an error is placed under the condition."""
    try:
        return truth(condition)
    except EvaluationError as problem:
        problem.span = problem.span or span
        raise


def _select(span: Span | None) -> Callable[[Any, Any, Any], Any]:
    return lambda condition, then, otherwise: then if _decide(condition, span) else otherwise


def _bind(instruction: Instruction, scalar: bool) -> _Bound:
    """The kernel for scalars in double precision, or the one that looks at its operands each time."""
    op, ins, out, absent, node = instruction
    kernel: Callable[..., Any]
    if isinstance(op, Item):
        then = node.left.op.regions[0]
        kernel = _select(then.scope.span)
    elif scalar:
        kernel = op.float64
    else:
        kernel = _Dispatching(op)
    if absent and op.zero is not None:
        kernel = zero_aware(kernel, op.zero)
    a = ins[0] if len(ins) <= 2 else -1
    b = ins[1] if len(ins) == 2 else -1
    return kernel, a, b, ins, out, node


class _Dispatching:
    """An operation that picks its arithmetic by its operands."""

    __slots__ = ("op",)

    def __init__(self, op: Op) -> None:
        self.op = op

    def __call__(self, *operands: Any) -> Any:
        return self.op.compute(operands)
