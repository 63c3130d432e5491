"""Loops: a region for all iterations where no value flows yet, else one for each that runs."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.lowering.builder import Ask, Builder, Tangents
from exprgrad.lowering.checks import recursive
from exprgrad.lowering.differentials import no_tangent, tangent_of
from exprgrad.lowering.frames import Evaluation, Frame, Request, Restart, Statements
from exprgrad.lowering.open_region import OpenRegion, ParameterKey, Tangent, order
from exprgrad.ops.budget import OPERATIONS, Allowance
from exprgrad.ops.control import Loop, Region, Scope, loop
from exprgrad.ops.registry import Value
from exprgrad.syntax.plan import Repeat

if TYPE_CHECKING:
    from exprgrad.lowering.lowering import Lowering

# So often can a value that a loop carries be differentiated: beyond, each iteration would need more.
HIGHEST_TANGENT: Final = 5
# About so many bytes an iteration keeps: what arrays it makes is told apart.
_KEPT: Final = 20_000


def repeat(lowering: Lowering, step: Repeat, frame: Frame) -> Evaluation:
    """A loop: one region for all iterations where no value flows yet, else one for each that runs."""
    names = (*step.carried, *step.invariant)
    operands = [frame.names[name] for name in names]
    for name in step.carried:
        lowering.whole.pop(name, None)
    finished = None
    if step.carried and not _calls_itself(lowering, step):
        on = partial(_on, lowering, step)
        key = step.span, names, tuple(sorted(lowering.whole.items()))
        values = list(operands)
        known: dict[tuple[int, int], Value | None] = {}
        while True:
            try:
                finished = lowering.builder.finished(key, operands, known, on, lowering.budget)
                break
            except Ask as ask:
                if frame.region is not None:
                    break  # the region would have to carry tangents, also where no iteration or side that runs has any
                tangent = yield from tangent_of(lowering, values[ask.of], values[ask.by], ask.span, frame)
                known[ask.of, ask.by] = tangent
                values += [] if tangent is None else [tangent]
    if finished is not None:
        results, visited = finished
        lowering.visited += visited
    else:
        tangents: list[Tangent] = []
        depth, visits, used = lowering.depth, len(lowering.visited), lowering.budget.used
        while True:
            try:
                results = yield from _iterate(lowering, step, frame, operands, tangents)
                break
            except Restart as restart:
                if restart.tangents is not tangents:
                    raise
                for tangent in tangents:
                    tangent.current = tangent.outer
                # What the iterations given up have left behind.
                lowering.depth, lowering.budget.used = depth, used
                del lowering.visited[visits:]
    for name, value in zip(step.carried, results, strict=False):
        value.span = step.span
        frame.names[name] = value


def _iterate(
    lowering: Lowering, step: Repeat, frame: Frame, operands: Sequence[Value], tangents: list[Tangent]
) -> Generator[Request, Value, list[Value]]:
    """The results of a loop, whose iterations know the tangents from the start."""
    names = (*step.carried, *step.invariant)
    carried = len(step.carried)
    current = list(operands)
    regions: list[Region] = []
    loose = False  # whether what is carried may change its shape
    count = 0
    allowance = Allowance(lowering.limits, 1, step.span, step.carried)
    budget, before, visits = lowering.budget, lowering.expansion, len(lowering.visited)
    while True:
        scope = Scope(frame.scope, span=step.condition.span)
        region = OpenRegion(frame, scope, operands, current, carried, tangents, count)
        if loose:
            for param in region.params[:carried]:
                param.shape = None
        inside = Frame(scope, dict(zip(names, region.params, strict=True)), {}, region)
        condition = yield step.condition, inside
        goes_on = lowering.decide(condition, step.condition.span)
        if goes_on is False:
            break
        if goes_on:
            if budget.used + allowance.cost > budget.calm or count == allowance.limits.loop:
                budget.go_on(allowance, count, _KEPT)
            budget.used += allowance.cost
        yield Statements(step.body, step.span), inside
        results = [inside.names[name] for name in step.carried]
        if goes_on is None and not loose:
            loose = any(x.shape != param.shape for x, param in zip(results, region.params, strict=False))
            if loose:  # what starts as a number becomes an array: the region is made anew
                tangents.clear()
                del lowering.visited[visits:]
                continue
        ends = yield from _carry_on(lowering, region, dict(enumerate(results)), inside)
        count += 1
        # What the calls of an iteration come to counts with it, not with what follows.
        operations = lowering.expansion.operations - before.operations
        allowance, lowering.expansion = allowance._replace(cost=1 + operations // OPERATIONS), before
        if not lowering.builder.recording:
            regions.clear()
        params = [*region.params[:carried], *(region.by_key[t.key] for t in tangents if t.carried)]
        params += [*region.params[carried:], *(region.by_key[t.key] for t in tangents if not t.carried)]
        regions.append(Region(scope, params, [*results, *ends]))
        current[:carried] = results
        if goes_on is None:
            break
    moving = [t.outer for t in tangents if t.carried]
    op = Loop(
        regions,
        carried + len(moving),
        condition=condition,
        allowance=allowance,
        # A side of a branch that asked for a tangent may have been taken in some of them.
        uneven=lowering.builder.uneven or bool(tangents),
        span=step.span,
        names=step.carried,
    )
    fixed = [t.outer for t in tangents if not t.carried]
    return loop(op, [*operands[:carried], *moving, *operands[carried:], *fixed])


class Outside:
    """What a loop that is lowered by itself knows of where it stands: the tangents of the values that enter it."""

    def __init__(self, values: Sequence[Value], tangents: Tangents) -> None:
        entering = [*values, *[t for t in tangents.values() if t is not None]]
        self._numbers = {x.index: i for i, x in enumerate(entering)}
        self._tangents = tangents

    def tangent(self, of: Value, by: Value, span: Span) -> Value | None:
        """The tangent of one by another. Raises an Ask where it is not known."""
        if of.index not in self._numbers:  # it stands for the tangent of what does not move
            return None
        key = self._numbers[of.index], self._numbers[by.index]
        if key not in self._tangents:
            raise Ask(*key, span)
        return self._tangents[key]


def _on(
    lowering: Lowering, step: Repeat, builder: Builder, operands: Sequence[Value], tangents: Tangents
) -> tuple[list[Value], list[tuple[Any, ...]]]:
    """The results of a loop by another builder, and what its diff() have visited."""
    other = type(lowering)(builder, lowering.names, lowering.limits)
    other.whole = dict(lowering.whole)
    other.outside = Outside(operands, tangents)
    names = dict(zip((*step.carried, *step.invariant), operands, strict=True))
    other.run(Statements((step,), step.span), Frame(None, names, {}))
    return [names[name] for name in step.carried], other.visited


def _calls_itself(lowering: Lowering, step: Repeat) -> bool:
    """Whether a loop calls a function whose body has no end without numbers."""
    return bool(lowering.names.functions) and recursive(lowering.names, (step,)) is not None


def _carry_on(lowering: Lowering, region: OpenRegion, results: dict[ParameterKey, Value], inside: Frame) -> Evaluation:
    """What the next iteration gets as the tangents of what it is carried. They may ask for tangents themselves."""
    ends: list[Value] = []
    for tangent in region.tangents:  # it grows as it is walked
        if not tangent.carried:
            continue
        if order(tangent.key) > HIGHEST_TANGENT:
            raise UnsupportedError(
                f"this needs a derivative of order {order(tangent.key)} of what the loop carries; "
                f"{HIGHEST_TANGENT} is the highest",
                tangent.span,
                hint="an iteration may differentiate what the one before it did, without end; "
                "write diff() behind the loop, or by what the iteration itself computes",
            )
        of, by = tangent.key
        value = yield from tangent_of(lowering, results[of], region.by_key[by], tangent.span, inside)
        if value is None:
            value = no_tangent(results[of], region.by_key[by], tangent.span, inside)
        tangent.current = value
        results[tangent.key] = tangent.current
        ends.append(tangent.current)
    return ends
