"""What a program has to do for some of its names: its statements without those that nothing needs, each branch with the
names that enter and leave it, each loop with the names that it carries from one iteration to the next.

Both modes follow the plan, so that both leave out the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from exprgrad.diagnostics import Span
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import Begin, Else, Event, Set
from exprgrad.syntax.names import Names, walk
from exprgrad.syntax.tree import Call, Derivatives, Diff, Expression, If, While


class Assign(NamedTuple):
    """`name = value`; `bound` says that it is a bound of a range, which may not be nan."""

    name: str
    value: Expression
    bound: bool


class Choose(NamedTuple):
    """An if: the blocks for true and for false, the names that either reads, and those that it gives new values."""

    condition: Expression
    blocks: tuple[Block, Block]
    entering: tuple[str, ...]
    leaving: tuple[str, ...]
    span: Span


class Repeat(NamedTuple):
    """A loop. An iteration reads the names `carried`, with the values that the one before gave them, and `invariant`,
    which it does not change."""

    condition: Expression
    body: Block
    carried: tuple[str, ...]
    invariant: tuple[str, ...]
    span: Span


PlanStep = Assign | Choose | Repeat
Block = tuple[PlanStep, ...]


def plan(names: Names, wanted: Collection[str]) -> Block:
    """The steps that the values of the wanted names at the end of the program need."""
    return _needed(names, wanted)[0]


def inputs_read(names: Names, wanted: Collection[str]) -> list[str]:
    """The inputs that they need."""
    live = _needed(names, wanted)[1]
    return [name for name in names.inputs if name in live]


def sources(names: Names, wanted: Iterable[str]) -> set[str]:
    """All names that some names may be computed from, wherever in the program and whatever way it takes, and these
    themselves."""
    reads: dict[str, set[str]] = {}
    for position, assigned in _assigned(names.events).items():
        for name in assigned:
            reads.setdefault(name, set()).update(names.reads[position])
    found: set[str] = set()
    waiting = [*wanted]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += reads.get(name, ())
    return found


def diffs(names: Names, wanted: Collection[str]) -> Iterator[tuple[Diff | Derivatives, tuple[str, ...]]]:
    """The derivatives inside the program that the wanted names need, with the parameters of the function that each
    stands in."""
    called: set[str] = set()
    for expression in expressions(plan(names, wanted)):
        for node in walk(expression):
            if isinstance(node, Diff | Derivatives):
                yield node, ()
            elif isinstance(node, Call) and node.function in names.functions:
                called |= {node.function} | names.functions[node.function].reaches
    for name, function in names.functions.items():
        if name in called:
            definition = function.definition
            for node in walk(definition.body):
                if isinstance(node, Diff | Derivatives):
                    yield node, definition.parameters


def _needed(names: Names, wanted: Collection[str]) -> tuple[Block, set[str]]:
    """The steps that they need, and what is read before any of these has given it a value."""
    loops: dict[int, set[str]] = {}
    assigned = _assigned(names.events)
    while True:
        before = {start: len(live) for start, live in loops.items()}
        needed = _backwards(names, set(wanted), assigned, loops)
        # What an iteration needs of the one before is known only when the loop has been passed; it only grows.
        if before == {start: len(live) for start, live in loops.items()}:
            return needed


class _Open(NamedTuple):
    """A statement that the walk, which goes backwards, is inside of: what is live behind it, the steps behind it in
    reverse, and the names that leave it."""

    live: set[str]
    steps: list[PlanStep]
    leaving: set[str]


def _backwards(
    names: Names, live: set[str], assigned: dict[int, set[str]], loops: dict[int, set[str]]
) -> tuple[Block, set[str]]:
    def ordered(found: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(found, key=names.order.__getitem__))

    begins = _begins(names.events)
    steps: list[PlanStep] = []
    opened: list[_Open] = []
    sides: list[tuple[set[str], Block]] = []
    for position in range(len(names.events) - 1, -1, -1):
        event, reads = names.events[position], names.reads[position]
        if isinstance(event, Set):
            if event.name in live and position in assigned:
                live.discard(event.name)
                live |= reads
                steps.append(Assign(event.name, event.value, event.bound))
        elif isinstance(event, Else):
            sides.append((live, tuple(reversed(steps))))
            live, steps = set(opened[-1].leaving), []
        elif isinstance(event, Begin):
            behind, later, leaving = opened.pop()
            block = tuple(reversed(steps))
            if isinstance(event.statement, If):
                other, otherwise = sides.pop()
                entering = live | other
                if leaving:
                    parts = (block, otherwise)
                    span = event.statement.span
                    later.append(Choose(event.condition, parts, ordered(entering), ordered(leaving), span))
                    behind |= entering | reads
            else:
                if leaving:
                    head = loops[position] = loops[position] | live
                    changing = assigned[position]
                    span = event.statement.head_span
                    later.append(
                        Repeat(event.condition, block, ordered(head & changing), ordered(head - changing), span)
                    )
                    behind |= head
            live, steps = behind, later
        else:
            start = begins[position]
            leaving = assigned[start] & live
            opened.append(_Open(live - leaving, steps, leaving))
            live, steps = set(leaving), []
            if isinstance(event.statement, While) and leaving:
                live |= loops.setdefault(start, set()) | names.reads[start]
                loops[start] |= live
    return tuple(reversed(steps)), live


def _begins(events: Sequence[Event]) -> dict[int, int]:
    """By the place of each End that of its Begin."""
    stack: list[int] = []
    begins: dict[int, int] = {}
    for position, event in enumerate(events):
        if isinstance(event, Begin):
            stack.append(position)
        elif not isinstance(event, Set | Else):
            begins[position] = stack.pop()
    return begins


def _assigned(events: Sequence[Event]) -> dict[int, set[str]]:
    """By the place of each Begin the names that are assigned up to its End, and by that of each Set its own."""
    stack: list[set[str]] = []
    assigned: dict[int, set[str]] = {}
    for position, event in enumerate(events):
        if isinstance(event, Begin):
            stack.append(assigned.setdefault(position, set()))
        elif isinstance(event, Set):
            if event.name is not None:
                assigned[position] = {event.name}
                if stack:
                    stack[-1].add(event.name)
        elif not isinstance(event, Else):
            inner = stack.pop()
            if stack:
                stack[-1] |= inner
    return assigned


def expressions(block: Block) -> Iterator[Expression]:
    """Every expression of a plan, in the order of the text."""
    stack: list[PlanStep] = list(reversed(block))
    while stack:
        step = stack.pop()
        if isinstance(step, Assign):
            yield step.value
            continue
        yield step.condition
        inner = step.body if isinstance(step, Repeat) else (*step.blocks[0], *step.blocks[1])
        stack.extend(reversed(inner))
