"""How a sweep passes a branch: the derivative of a branch is a branch whose regions extend those of the first."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

from exprgrad.autodiff.reachability import between
from exprgrad.autodiff.sweep_state import Forward, Found, Reverse, Sweep
from exprgrad.ops.control import Region, branch
from exprgrad.ops.registry import Value


def pull(
    node: Any,
    gs: dict[int, Value],
    needed: Sequence[bool],
    sweep: Sweep,
) -> Generator[Reverse, Found, list[tuple[Any, Value]]]:
    """What a branch adds to the cotangents of the values that enter it, given those of its results.

    Every value that is needed gets a contribution, also from a side that does not reach it: a structural zero.
    Dynamic mode does not see the other side, so the nodes could not be the same otherwise.
    """
    entering = node.operands[1:]
    positions = sorted(gs)
    regions: list[Region | None] = []
    for of in node.op.regions:
        if of is None:
            regions.append(None)
            continue
        inner = of.scope.derived(sweep.scope)
        region: Any = sweep.mirror(of, inner)
        inside = [node.parameter(gs[i], inner) if sweep.symbolic else gs[i] for i in positions]
        seeds = [
            (region.results[i], g) for i, g in zip(positions, inside, strict=True) if region.results[i] is not None
        ]
        wanted = [p for p, need in zip(region.params, needed[1:], strict=True) if need]
        nodes = between([result for result, _ in seeds], wanted)
        seeds = [(result, g) for result, g in seeds if result.index in nodes]
        found = yield Reverse(seeds, nodes, {p.index for p in wanted}, sweep.inside(inner))
        if not sweep.symbolic:
            return [(x, found[p.index]) for x, p in zip(entering, region.params, strict=True) if p.index in found]
        results = [found.get(p.index) for p in wanted]
        regions.append(Region(inner, (*region.params, *inside), results))
    outer = [gs[i] for i in positions]
    reached = [x for x, need in zip(entering, needed[1:], strict=True) if need]
    if not reached:
        return []
    items = branch(node.operands[0], [*entering, *outer], regions)
    for x, item in zip(reached, items, strict=True):
        if item.shape is None:  # of what is a structural zero on both sides
            item.shape = x.shape
    return list(zip(reached, items, strict=True))


def push(node: Any, incoming: Sequence[Value | None], sweep: Sweep) -> Generator[Forward, Found, dict[int, Value]]:
    """The tangents of a branch's results by position, given those of its operands."""
    moving = [i for i, t in enumerate(incoming[1:]) if t is not None]
    if not moving:
        return {}
    outer = [incoming[i + 1] for i in moving]
    regions: list[Region | None] = []
    for of in node.op.regions:
        if of is None:
            regions.append(None)
            continue
        inner = of.scope.derived(sweep.scope)
        region: Any = sweep.mirror(of, inner)
        params = [region.params[i] for i in moving]
        inside: list[Any] = [node.parameter(t, inner) if sweep.symbolic else t for t in outer]
        nodes = between([result for result in region.results if result is not None], params)
        found = yield Forward(list(zip(params, inside, strict=True)), nodes, sweep.inside(inner))
        results = [None if result is None else found.get(result.index) for result in region.results]
        if not sweep.symbolic:
            return {i: t for i, t in enumerate(results) if t is not None}
        regions.append(Region(inner, (*region.params, *inside), results))
    items = branch(node.operands[0], [*node.operands[1:], *outer], regions)
    return dict(enumerate(items))
