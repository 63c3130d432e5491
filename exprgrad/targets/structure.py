"""A flat program as nested blocks of values that each have one definition: what a printer walks along.

Slots that serve several values are told apart, guards become the sides of an `if`, boundaries loops. Of each value it
is found out which outputs depend on it, and whether it may be a structural zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, Final

from exprgrad.diagnostics import Span
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import ZERO
from exprgrad.program.instructions import CHOOSE, ENTER, TEST, Instruction, LoopFrame, Segment
from exprgrad.program.program import Program
from exprgrad.records import NamedTuple

# What a value is.
CONSTANT: Final = "constant"
INPUT: Final = "input"
COMPUTED: Final = "computed"
CHOSEN: Final = "chosen"
COPIED: Final = "copied"
CARRIED: Final = "carried"
ELEMENT: Final = "element"
COUNTER: Final = "counter"
STACK: Final = "stack"

# Whether a value may be there, and whether it may be a structural zero.
THERE: Final = 1
ABSENT: Final = 2


class Value:
    """One value: of an instruction, or what only the steps of a loop know.

    The operands of what is carried are its start and what it is after an iteration, of a stack what is pushed, of an
    element its stack. `block` is where it is computed, `state` says whether it is there (THERE, ABSENT, or both) and
    `feeds`, bit by bit, the outputs that depend on it. `number` is that of a constant, None of a structural zero.
    """

    instruction: Instruction | None = None
    number: float | None = None
    turned = False
    state = 0
    feeds = 0

    def __init__(self, index: int, kind: str, block: Block, operands: Sequence[Value], loop: Loop | None) -> None:
        self.index = index
        self.kind = kind
        self.block = block
        self.operands = list(operands)
        self.loop = loop

    def __repr__(self) -> str:
        return f"<{self.kind} value {self.index}>"

    @property
    def span(self) -> Span | None:
        return None if self.instruction is None else self.instruction.span


class Block:
    """Statements that run one after another: values that are computed, sides of branches, loops. `parent` is the block
    around it, `loop` the innermost loop, and `condition` that of a side of a branch."""

    def __init__(self, parent: Block | None, loop: Loop | None, condition: Value | None = None) -> None:
        self.parent = parent
        self.loop = loop
        self.condition = condition
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.statements: list[Value | Set | Sides | Loop] = []

    def take(self, other: Block) -> None:
        """Takes the statements of a block that stands behind this one under the same condition."""
        for statement in other.statements:
            if isinstance(statement, Value):
                statement.block = self
            elif isinstance(statement, Sides):
                statement.then.parent = statement.otherwise.parent = self
            elif isinstance(statement, Loop):
                statement.outer = statement.head.parent = statement.counter.block = self
                for stack in statement.stacks:
                    stack.block = self
        self.statements += other.statements

    def inside(self, outer: Block) -> Block:
        """The block one deeper than an outer one in which this one lies, or which it is."""
        found = self
        while found.parent is not None and found.parent is not outer:
            found = found.parent
        return found

    def holds(self, other: Block) -> bool:
        """Whether another block is this one or lies in it."""
        inner: Block | None = other
        while inner is not None and inner.depth > self.depth:
            inner = inner.parent
        return inner is self


class Set(NamedTuple):
    """A value that a branch chooses gets what its side says."""

    chosen: Value
    source: Value


class Sides:
    """An `if`: the condition, and what happens where it is true and where it is false."""

    def __init__(self, condition: Value, block: Block) -> None:
        self.condition = condition
        self.then = Block(block, block.loop, condition)
        self.otherwise = Block(block, block.loop, condition)


class Loop:
    """A loop: `head` is what comes before its condition in every iteration, `body` what comes behind. One that has no
    condition runs `total` times, from the last iteration of another loop to the first if it runs `backwards`."""

    condition: Value | None = None
    total: Value | None = None
    counter: Value

    def __init__(self, frame: LoopFrame, block: Block) -> None:
        self.frame = frame
        self.outer = block
        self.head = Block(block, self)
        self.body = Block(self.head, self)
        self.backwards = frame.backwards
        self.carried: list[Value] = []
        self.stacks: list[Value] = []
        self.elements: list[Value] = []

    @property
    def decides(self) -> Value:
        """What says how often it runs."""
        found = self.condition or self.total
        assert found is not None, "a loop has a condition or a number"
        return found


class Output(NamedTuple):
    """An output by its name, its value, and the outputs that it is a derivative of, by their places, from the value to
    the derivative of one order less."""

    name: str
    value: Value
    before: Sequence[int]


class _Open:
    """A loop that is being read, and the sides of branches that are open in it, by their guards."""

    def __init__(self, block: Block, loop: Loop | None, stop: int) -> None:
        self.block = block
        self.loop = loop
        self.stop = stop
        self.sides: list[tuple[int, Block]] = []


class Structure:
    """The blocks of a program of numbers, whose outputs have these names and are derivatives of these others."""

    def __init__(self, program: Program, outputs: Iterable[tuple[str, Sequence[int]]]) -> None:
        self.program = program
        self.values: list[Value] = []
        self.root = Block(None, None)
        self._slots: dict[int, Value] = {}
        for slot, number in enumerate(program.constants):
            value = self._value(CONSTANT, slot)
            value.number = None if number is ZERO else float(to_python(number))
        self.inputs = [self._value(INPUT, slot) for slot, _ in enumerate(program.inputs, len(program.constants))]
        self.absent = self.values[0]
        self._open = [_Open(self.root, None, 0)]
        self._read()
        self.outputs = [
            Output(name, self._slots[program.outputs[i].slot], before) for i, (name, before) in enumerate(outputs)
        ]
        self._find_states()
        self._find_feeds()

    # -- reading -----------------------------------------------------------------------------------------

    def _value(
        self,
        kind: str,
        slot: int | None,
        operands: Sequence[Value] = (),
        block: Block | None = None,
        loop: Loop | None = None,
    ) -> Value:
        value = Value(len(self.values), kind, block or self.root, operands, loop)
        self.values.append(value)
        if slot is not None:
            self._slots[slot] = value
        return value

    def constant(self, number: float) -> Value:
        """A new value that is a number."""
        value = self._value(CONSTANT, None)
        value.number = number
        value.state = THERE
        return value

    def _read(self) -> None:
        for step in self.program.code:
            if isinstance(step, Segment):
                block = self._enclosing(step.scope)
                for instruction in step.instructions:
                    self._instruction(instruction, block)
            elif step.kind == ENTER:
                self._enter(self.program.loops[step.loop])
            elif step.kind == TEST:
                self._test()
            else:
                self._again()

    def _enclosing(self, scope: int) -> Block:
        """The block in which a scope's instructions stand; sides of branches are opened and closed for it."""
        here = self._open[-1]
        chain: list[int] = []
        while scope not in (here.stop, 0):
            chain.append(scope)
            scope = self.program.guards[scope].parent
        chain.reverse()
        common = 0
        while common < min(len(chain), len(here.sides)) and here.sides[common][0] == chain[common]:
            common += 1
        del here.sides[common:]
        for number in chain[common:]:
            guard = self.program.guards[number]
            block = here.sides[-1][1] if here.sides else here.block
            condition = self._slots[guard.slot]
            sides = Sides(condition, block)
            block.statements.append(sides)
            here.sides.append((number, sides.then if guard.polarity else sides.otherwise))
        return here.sides[-1][1] if here.sides else here.block

    def _instruction(self, instruction: Instruction, block: Block) -> None:
        operands = [self._slots[i] for i in instruction.ins]
        kind = COMPUTED if not instruction.chooses else CHOSEN if instruction.op == CHOOSE else COPIED
        value = self._value(kind, instruction.out, operands, block)
        value.instruction = instruction
        block.statements.append(value)

    def _enter(self, frame: LoopFrame) -> None:
        block = self._enclosing(frame.scope)
        loop = Loop(frame, block)
        block.statements.append(loop)
        if frame.total >= 0:
            loop.total = self._slots[frame.total]
        starts = [self._slots[source] for _, source in frame.starts]
        stacks = [self._slots[stack] for _, stack, _ in frame.elements]
        loop.counter = self._value(COUNTER, frame.counter, (), block, loop)
        loop.stacks = [self._value(STACK, slot, (), block, loop) for slot in frame.stacks]
        for (slot, _), start in zip(frame.starts, starts, strict=True):
            loop.carried.append(self._value(CARRIED, slot, [start], loop.head, loop))
        for (slot, _, turned), stack in zip(frame.elements, stacks, strict=True):
            element = self._value(ELEMENT, slot, [stack], loop.head, loop)
            element.turned = turned
            loop.elements.append(element)
        self._open.append(_Open(loop.head if loop.total is None else loop.body, loop, frame.scope))

    def _test(self) -> None:
        opened = self._open[-1]
        assert opened.loop is not None, "a condition is tested in a loop"
        opened.loop.condition = self._slots[opened.loop.frame.condition]
        opened.sides.clear()
        opened.block = opened.loop.body

    def _again(self) -> None:
        loop = self._open.pop().loop
        assert loop is not None, "a loop is closed where one is open"
        for stack, (slot, _) in zip(loop.stacks, loop.frame.pushes, strict=True):
            stack.operands.append(self._slots[slot])
        for carried, (_, source) in zip(loop.carried, loop.frame.moves, strict=True):
            carried.operands.append(self._slots[source])

    # -- what is known of values --------------------------------------------------------------------------

    def _find_states(self) -> None:
        def learns(value: Value) -> bool:
            before, value.state = value.state, _state(value) | value.state
            return value.state != before

        while any([learns(value) for value in self.values]):
            pass

    def _find_feeds(self) -> None:
        def passes_on(value: Value) -> bool:
            new = [source for source in sources(value) if value.feeds & ~source.feeds]
            for source in new:
                source.feeds |= value.feeds
            return bool(new)

        for i, output in enumerate(self.outputs):
            output.value.feeds |= 1 << i
        while any([passes_on(value) for value in reversed(self.values)]):
            pass


def join(root: Block, counts: Callable[[Value], bool], known: Callable[[Value], bool | None]) -> None:
    """Puts the sides of branches together that have one condition, and what a branch chooses into its sides, where
    nothing that `counts` stands between; the other values are left out. Of a branch whose condition is `known` the side
    that is taken stands in its place."""
    stack = [root]
    while stack:
        block = stack.pop()
        kept: list[Value | Set | Sides | Loop] = []
        waiting = block.statements[::-1]
        while waiting:
            statement = waiting.pop()
            last = kept[-1] if kept else None
            if isinstance(statement, Sides) and (holds := known(statement.condition)) is not None:
                taken = statement.then if holds else statement.otherwise
                block.take(taken)
                waiting += taken.statements[::-1]
                continue
            if isinstance(statement, Value):
                if not counts(statement):
                    continue
                condition = statement.operands[0] if statement.kind == CHOSEN else None
                if isinstance(last, Sides) and last.condition is condition:
                    last.then.statements.append(Set(statement, statement.operands[1]))
                    last.otherwise.statements.append(Set(statement, statement.operands[2]))
                    continue
            elif isinstance(statement, Sides) and isinstance(last, Sides) and last.condition is statement.condition:
                last.then.take(statement.then)
                last.otherwise.take(statement.otherwise)
                continue
            kept.append(statement)
        block.statements = kept
        for statement in kept:
            if isinstance(statement, Sides):
                stack += [statement.then, statement.otherwise]
            elif isinstance(statement, Loop):
                stack += [statement.head, statement.body]


def sources(value: Value) -> Sequence[Value]:
    """What a value depends on: its operands, and how often its loop runs."""
    if value.loop is None or value.kind not in (CARRIED, COUNTER, STACK):
        return value.operands
    return [*value.operands, value.loop.decides]


def _state(value: Value) -> int:
    """Whether a value may be there and may be absent, as far as that is known of its operands."""
    if value.kind == CONSTANT:
        return ABSENT if value.number is None else THERE
    # A condition is always there.
    states = [x.state for x in (value.operands[1:] if value.kind == CHOSEN else value.operands)]
    if value.instruction is None or value.kind != COMPUTED:
        return reduce(or_, states, 0) if states else THERE
    zero: Any = value.instruction.operation.zero
    if zero is None:
        return THERE
    if 0 in states:
        return 0
    if zero == "sum":
        there, absent = any(s & THERE for s in states), all(s & ABSENT for s in states)
    else:
        there, absent = all(s & THERE for s in states), zero == "share" or any(s & ABSENT for s in states)
    return (THERE if there else 0) | (ABSENT if absent else 0)
