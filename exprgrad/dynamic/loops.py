"""Loops of a trace that ran as programs of their own: each is one operation, and so is its derivative."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from exprgrad.autodiff import loops as sweeps_of_loops
from exprgrad.dynamic.node import Tensor
from exprgrad.ops import control
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import History, Item, Loop
from exprgrad.ops.registry import Value, next_index
from exprgrad.ops.structural import Structural
from exprgrad.records import NamedTuple


class Pushed(NamedTuple):
    """A stack of cotangents or tangents: a stack that a loop makes, which has run as `source`: a tensor, or without a
    trace the run itself. Several for one stack are added in descending `order`."""

    loop: Any
    item: Any
    source: Any
    order: int = 0


class Handed(Structural):
    """A loop that has run as a program; `Item` takes its results apart.

    Its operands are what the loop was given, and then the loops whose stacks it read. `orders` has, by its node, the
    number of the loop that was the first to read a stack of what iterations started with: in static mode all that read
    it do so through a node that was made for that one.
    """

    __slots__ = ("orders", "ran")
    several = True
    owed = (Structural.pull, Structural.push)

    def __init__(self, ran: Any, orders: Mapping[int, int]) -> None:
        super().__init__(
            "loop", "start, ...", "a loop that ran as a program", None, run=lambda *operands: tuple(ran.ends)
        )
        self.ran = ran
        self.orders = orders

    def pull(
        self, node: Any, gs: dict[int, Any], needed: Sequence[bool], sweep: Any
    ) -> Generator[Any, Any, tuple[list[tuple[Any, Value]], list[tuple[Any, int, Any]]]]:
        loop = self.ran.loop
        ends = tuple(sorted(j for j in gs if 0 <= j < loop.op.carried))
        pushed = {at: sorted(gs[at], key=lambda one: -one.order) for at in sorted(gs) if at not in ends}
        given = [(at, one) for at, stacks in pushed.items() for one in stacks]
        pushing = tuple([(at, one.loop, one.item) for at, one in given])
        derived = yield from loop.pulled(self.ran, ends, pushing, tuple(needed), sweep.span or node.span)
        if derived.loop is None:
            return [], []
        results = _run(derived, node, [gs[j] for j in ends], [one.source for _, one in given], sweep)
        plain = [(node.operands[i], results.items[j]) for i, j in derived.values]
        loops = node.operands[len(loop.feeds) :]
        numbers = {stack.index: loops[i] for stack, i in loop.stacks()}
        found = [
            (numbers[x.index], _position(x), Pushed(derived.loop, item, results.source, self.orders.get(x.index, 0)))
            for x, item in derived.stacks
        ]
        return plain, found

    def push(
        self, node: Any, incoming: Sequence[Any], stacks: Sequence[Mapping[int, Any]], sweep: Any
    ) -> Generator[Any, Any, dict[int, Any]]:
        loop = self.ran.loop
        feeds = len(loop.feeds)
        moving = tuple([i for i, t in enumerate(incoming[:feeds]) if t is not None])
        given = [(stack, one) for stack, i in loop.stacks() if (one := stacks[feeds + i].get(_position(stack)))]
        pushing = tuple([(stack, one.loop, one.item) for stack, one in given])
        if not moving and not pushing:
            return {}
        derived = yield from loop.pushed(self.ran, moving, pushing, sweep.span or node.span)
        if derived.loop is None:
            return {}
        results = _run(derived, node, [incoming[i] for i in moving], [one.source for _, one in given], sweep)
        found = {j: results.items[i] for j, i in derived.values}
        return found | {j: Pushed(derived.loop, item, results.source) for j, item in derived.stacks}


class _Results(NamedTuple):
    """What a derivative gave: the carried values at its end, and the tensor of its loop, or its run."""

    items: Sequence[Any]
    source: Any


def _run(derived: Any, node: Any, starts: Sequence[Any], others: Sequence[Any], sweep: Any) -> _Results:
    """Runs the derivative of the loop of a node, which starts with these values and reads the stacks of others, too."""
    of, loop = node.op.ran, derived.loop
    if not sweep.symbolic:
        runs = {run.loop: run for one in (of, *others) for run in (one, *one.runs)}
        values = [*starts, *of.values]
        sources = [runs[source] for source in loop.sources]
        # Who reads its stacks needs what it kept.
        ran = loop.run(values, sources, keep=bool(derived.stacks), watch=sweep.visit is not None)
        _tell(ran, sweep)
        return _Results(ran.ends, ran)
    tensors = {one.op.ran.loop: one for one in _with_sources((node, *others))}
    read = [tensors[source] for source in loop.sources]
    values = [*[x.value for x in starts], *of.values]
    ran = loop.run(values, [x.op.ran for x in read], keep=True, watch=sweep.visit is not None)
    _tell(ran, sweep)
    orders = {x.index: node.op.orders.get(x.index, next_index()) for x, _ in loop.stacks() if isinstance(x.op, History)}
    made = _recorded(ran, orders, [*starts, *node.operands[: len(of.loop.feeds)], *read])
    return _Results(_items(made), made)


def _with_sources(nodes: Sequence[Any]) -> Iterator[Any]:
    """Loops and those whose stacks they read."""
    for node in nodes:
        yield node
        yield from node.operands[len(node.op.ran.loop.feeds) :]


def _tell(ran: Any, sweep: Any) -> None:
    """Tells of the operations with hard points that a derivative passed, each with its values in all iterations."""
    if sweep.visit is not None:
        for one in visits(ran):
            sweep.visit(*one)


def visits(ran: Any) -> Iterator[tuple[Tensor, tuple[int, ...], Tensor]]:
    """What a loop that ran has seen, as a visitor is shown it (see `autodiff.Visit`)."""
    for seen in ran.seen:
        out, *operands = seen.values
        node = Tensor(out, seen.node.op)
        node.connect(tuple(map(Tensor, operands)))
        node.span = seen.node.span
        node.index = -1 if ran.loop.is_own(seen.node) else next_index()
        yield node, seen.positions, Tensor(seen.cotangent)


def _recorded(ran: Any, orders: Mapping[int, int], operands: Sequence[Tensor]) -> Tensor:
    """The operation of a loop that ran."""
    made = Tensor(tuple(ran.ends), Handed(ran, orders), requires_grad=True)
    made.connect(tuple(operands))
    return made


def _items(made: Tensor) -> list[Tensor]:
    return [Tensor(end, Item(i), made, requires_grad=True) for i, end in enumerate(made.value)]


def _position(stack: Any) -> int:
    """The position of a stack among the results of its loop (see `autodiff.loops`)."""
    return sweeps_of_loops.of_history(stack) if isinstance(stack.op, History) else stack.op.position


def handed(
    loop: Any, operands: Sequence[Tensor], recording: bool, budget: Budget
) -> tuple[list[Tensor], list[tuple[Tensor, tuple[int, ...], Tensor]]]:
    """The results of a loop on tensors, and what diff() inside of it has seen."""
    ran = loop.run([x.value for x in operands], keep=recording, watch=recording, budget=budget)
    if not recording:
        return [Tensor(x) for x in ran.ends], []
    if ran.iterations == 0:  # what it ends with is what it started with, of which nothing else is part
        names = loop.op.names
        return control.loop(Loop((), len(names), span=loop.op.span, names=names), operands[: len(names)]), []
    return _items(_recorded(ran, {}, operands)), list(visits(ran))
