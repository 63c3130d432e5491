"""How a sweep passes a loop: the derivative of a loop is a loop whose region extends that of the first."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from exprgrad.autodiff.reachability import Dependences, between
from exprgrad.autodiff.sweep_state import Forward, Found, Reverse, Sweep, set_spans
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add
from exprgrad.ops.control import History, Loop, Region, Scope, loop
from exprgrad.ops.registry import Value, next_index
from exprgrad.records import NamedTuple


class _Pushed(NamedTuple):
    """A stack of bare numbers, in the order in which a loop's iterations ran."""

    values: list[Value]
    backwards: bool


def of_history(node: Any) -> int:
    """The key of a history among the results of its loop, whose positions begin at 0."""
    return -1 - node.op.position  # type: ignore[no-any-return]


def _at(stack: Any, backwards: bool, number: int, absent: Any) -> Value:
    """What iteration `number` of a loop finds on a stack: what that of the same data pushed, whichever way it ran. In
    static mode, where an iteration stands for all, the stack itself."""
    if isinstance(stack, _Pushed):
        values, ran_backwards = stack
    else:
        writer, position = stack.left.op, stack.op.position
        if not isinstance(stack.value, list):
            return stack
        values, ran_backwards = [region.results[position] for region in writer.regions], writer.backwards
    value = values[number if backwards is ran_backwards else len(values) - 1 - number]
    return absent if value is None else value


class DerivedLoop:
    """The loop that is the derivative of `node`, while its iterations are made: as regions of nodes, or as numbers.

    Its operands are those with which it starts, then those of the source, whose carried values are elements here, then
    `fixed`, which are the same for all iterations, and the stacks. `turned` says that it runs the other way.
    """

    def __init__(self, node: Any, sweep: Sweep, turned: bool) -> None:
        op: Loop = node.op
        self.backwards = op.backwards is not turned
        self._source = reversed(op.regions) if turned else op.regions
        self._node = node
        self._sweep = sweep
        self._absent = node.absent(sweep.scope) if sweep.symbolic else ZERO
        self._regions: list[Region] = []
        self._pushed: list[list[Any]] = []
        self._start: list[Any] = []
        self._stacks: Sequence[Any] = ()
        self._fixed: Sequence[Any] = ()

    def begin(
        self,
        start: Iterable[Value | None],
        stacks: Sequence[Any],
        fixed: Sequence[Any] = (),
        pushes: int = 0,
        like: Sequence[int] = (),
    ) -> None:
        """Sets the values that are carried, each in the shape of a parameter of the source (`like`), what an iteration
        finds on stacks, and how many values it will push."""
        if self._sweep.symbolic:
            params = self._node.op.regions[0].params
            self._absents = [params[i].absent(self._sweep.scope) for i in like]
        else:
            self._absents = [ZERO] * len(like)
        self._start = self._filled(start)
        self._stacks = stacks
        self._fixed = fixed
        self._running = list(self._start)
        self._pushed = [[] for _ in range(pushes)]

    def iterations(self) -> Iterator[_Iteration]:
        """What each iteration of the derivative starts with; each is to be ended by `push`."""
        kind = self._node
        for number, region in enumerate(self._source):
            given = [_at(stack, self.backwards, number, self._absent) for stack in self._stacks]
            if not self._sweep.symbolic:
                yield _Iteration(region, None, self._running, self._fixed, given)
                continue
            inner = Scope(self._sweep.scope, source=region.scope)
            yield _Iteration(
                self._sweep.mirror(region, inner),
                inner,
                [kind.parameter(value, inner) for value in self._running],
                [kind.parameter(value, inner) for value in self._fixed],
                [kind.parameter(value, inner) for value in given],
            )

    def push(self, iteration: _Iteration, following: Sequence[Value | None], pushed: Sequence[Value | None]) -> None:
        """Ends an iteration: what it carries on to the next, and what it leaves on stacks."""
        for values, value in zip(self._pushed, pushed, strict=True):
            values.append(value)
        self._running = self._filled(following)
        if iteration.scope is not None:
            params = (*iteration.carried, *iteration.source.params, *iteration.fixed, *iteration.elements)
            self._regions.append(Region(iteration.scope, params, (*following, *pushed)))

    def results(self) -> tuple[list[Any], list[Any]]:
        """The carried values at the end, and the stacks; ZERO for one on which no iteration puts anything."""
        if not self._sweep.symbolic:
            tops = [[ZERO if value is None else value for value in values] for values in self._pushed]
            return self._running, [_Pushed(values, self.backwards) for values in tops]
        node, op, first = self._node, self._node.op, len(self._start)
        sources = [node.record(History(i), (node,)) if i < op.carried else x for i, x in enumerate(node.operands)]
        operands = [*self._start, *sources, *self._fixed, *self._stacks]
        elements = [
            *(first + i for i in range(len(sources)) if i < op.carried or i in op.elements),
            *range(len(operands) - len(self._stacks), len(operands)),
        ]
        made = Loop(
            self._regions,
            first,
            elements=elements,
            source=node,
            backwards=self.backwards,
            uneven=op.uneven,
            span=op.span,
        )
        items = loop(made, operands)
        stacks: list[Any] = [
            stack if any([region.results[i] is not None for region in self._regions]) else ZERO
            for i, stack in enumerate(items[first:], first)
        ]
        return items[:first], stacks

    def _filled(self, values: Iterable[Value | None]) -> list[Any]:
        return [zero if value is None else value for value, zero in zip(values, self._absents, strict=True)]


class _Iteration(NamedTuple):
    """An iteration of a derivative: the one that it is the derivative of, its scope, and its parameters."""

    source: Region
    scope: Scope | None
    carried: Sequence[Any]
    fixed: Sequence[Any]
    elements: Sequence[Any]


def pull(
    node: Any,
    gs: dict[int, Any],
    needed: Sequence[bool],
    sweep: Sweep,
) -> Generator[Reverse, Found, tuple[list[tuple[Any, Value]], list[tuple[Any, Value]]]]:
    """What a loop adds to the cotangents of its operands: numbers, and stacks for those that are stacks.

    `gs` holds the cotangents of the carried values at the end, and lists of stacks for the stacks that the loop makes
    and, by negative keys, for its histories.
    """
    op: Loop = node.op
    operands = node.operands
    if not op.regions:  # no iteration has run, so what comes out is what went in
        return [(operands[j], g) for j, g in gs.items() if 0 <= j < op.carried and needed[j]], []
    depends = Dependences(op)
    ends = [j for j in gs if 0 <= j < op.carried]
    pushed = sorted(i for i in gs if i >= op.carried)
    seen = {-1 - j: stacks for j, stacks in gs.items() if j < 0}
    back = depends.upstream([*ends, *pushed, *seen]) | sum(1 << j for j in {*ends, *seen})
    varied = depends.downstream(sum(1 << i for i, need in enumerate(needed) if need))
    both = back & varied
    active = [j for j in range(op.carried) if both >> j & 1]
    rest = [i for i in range(op.carried, len(operands)) if needed[i] and both >> i & 1]
    summed = [i for i in rest if i not in op.elements]
    stacked = [i for i in rest if i in op.elements]
    stacks = [(i, stack) for i in pushed for stack in gs[i]]
    histories = [(j, stack) for j in active for stack in seen.get(j, ())]

    derived = DerivedLoop(node, sweep, turned=True)
    start = [*(gs.get(j) for j in active), *(None for _ in summed)]
    carried = (*active, *summed)
    derived.begin(start, [stack for _, stack in (*stacks, *histories)], pushes=len(stacked), like=carried)
    for iteration in derived.iterations():
        region, elements = iteration.source, iteration.elements
        of_ends = zip(active, iteration.carried[: len(active)], strict=True)
        of_stacks = zip([i for i, _ in stacks], elements[: len(stacks)], strict=True)
        seeds = [
            (result, g)
            for i, g in (*of_ends, *of_stacks)
            if (result := region.results[i]) is not None and g is not ZERO
        ]
        wanted = [region.params[i] for i in (*active, *rest)]
        nodes = between([result for result, _ in seeds], wanted)
        seeds = [(result, g) for result, g in seeds if result.index in nodes]
        share = 1 / len(node.op.regions)
        found = yield Reverse(seeds, nodes, {p.index for p in wanted}, sweep.inside(iteration.scope), share=share)
        first_new = next_index() if sweep.symbolic else 0
        following: list[Any] = [found.get(region.params[j].index) for j in active]
        for (j, _), h in zip(histories, elements[len(stacks) :], strict=True):
            at = active.index(j)
            following[at] = _plus(following[at], h)
        for i, total in zip(summed, iteration.carried[len(active) :], strict=True):
            following.append(_plus(total, found.get(region.params[i].index)))
        for g in following:
            set_spans(g, first_new, sweep.span or node.span)
        derived.push(iteration, following, [found.get(region.params[i].index) for i in stacked])
    ends_found, tops = derived.results()
    plain = [(operands[i], g) for i, g in zip(carried, ends_found, strict=True) if needed[i] and g is not ZERO]
    return plain, [(operands[i], stack) for i, stack in zip(stacked, tops, strict=True) if stack is not ZERO]


def push(node: Any, incoming: Sequence[Value | None], sweep: Sweep) -> Generator[Forward, Found, dict[int, Any]]:
    """The tangents of a loop's results by position, given those of its operands, and by negative keys those of its
    histories."""
    op: Loop = node.op
    if not op.regions:
        return {j: t for j in range(op.carried) if (t := incoming[j]) is not None}
    depends = Dependences(op)
    varied = depends.downstream(sum(1 << i for i, t in enumerate(incoming) if t is not None))
    if not varied:
        return {}
    active = [j for j in range(op.carried) if varied >> j & 1]
    rest = [i for i in range(op.carried, len(incoming)) if incoming[i] is not None]
    constant = [i for i in rest if i not in op.elements]
    stacked = [i for i in rest if i in op.elements]
    pushed = range(op.carried, op.carried + op.pushes)

    derived = DerivedLoop(node, sweep, turned=False)
    derived.begin(
        [incoming[j] for j in active],
        [incoming[i] for i in stacked],
        [incoming[i] for i in constant],
        len(pushed) + len(active),
        active,
    )
    for iteration in derived.iterations():
        region = iteration.source
        params = [region.params[i] for i in (*active, *constant, *stacked)]
        of_params = zip(params, (*iteration.carried, *iteration.fixed, *iteration.elements), strict=True)
        starts = [(p, t) for p, t in of_params if t is not ZERO]
        nodes = between([result for result in region.results if result is not None], [p for p, _ in starts])
        found = yield Forward(starts, nodes, sweep.inside(iteration.scope), 1 / len(node.op.regions))
        results = [None if result is None else found.get(result.index) for result in region.results]
        derived.push(iteration, [results[j] for j in active], [*(results[i] for i in pushed), *iteration.carried])
    ends, tops = derived.results()
    found_results = dict(zip((*active, *pushed, *(-1 - j for j in active)), (*ends, *tops), strict=True))
    return {at: t for at, t in found_results.items() if t is not ZERO}


def _plus(a: Value | None, b: Value | None) -> Value | None:
    """The sum, where one that is missing is zero."""
    if a is None or a is ZERO:
        return b
    return a if b is None or b is ZERO else add(a, b)
