"""Whether a run hits a kink, as one more value of a graph: what tells which rows need the derivatives beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from exprgrad.autodiff import upstream
from exprgrad.autodiff.loops import DerivedLoop
from exprgrad.autodiff.sweep_state import Sweep
from exprgrad.ops.arithmetic import add
from exprgrad.ops.control import Branch, Loop, Region, Scope, branch
from exprgrad.ops.piecewise import at_kinks
from exprgrad.ops.reductions import sum_
from exprgrad.ops.registry import Traced


def hits(outputs: Iterable[Traced], kinked: Iterable[Any]) -> Any:
    """How many of some nodes, which results are computed from, are at a kink, those in branches and loops included;
    None if there are none. Their operations have kinks."""
    together: dict[tuple[Scope | None, Any], list[Any]] = {}
    for kink in {node.index: node for node in kinked}.values():
        scope = max([x.scope for x in (kink, *kink.operands)], key=lambda scope: scope.depth if scope else 0)
        together.setdefault((scope, kink.shape), []).append(kink)
    found: dict[Scope | None, list[Any]] = {}
    for kinks in together.values():
        values = [y for x in kinks for y in (x, *x.operands)]
        flag = at_kinks(tuple([(x.op.reference, len(x.operands)) for x in kinks]))(*values)
        found.setdefault(flag.scope, []).append(flag if flag.shape == () else sum_(None)(flag))
    around = _around(outputs) if any(scope is not None for scope in found) else {}
    while scopes := [scope for scope in found if scope is not None]:
        scope = max(scopes, key=lambda scope: scope.depth)
        flags = found.pop(scope)
        if (node := around.get(scope)) is not None:  # else no result is computed there
            found.setdefault(node.scope, []).append(_lifted(node, scope, _total(flags)))
    return _total(found[None]) if None in found else None


def _total(flags: Sequence[Any]) -> Any:
    return reduce(add, flags)


def _around(outputs: Iterable[Traced]) -> dict[Scope, Any]:
    """The branches and loops that results are computed from, by the scopes of their regions."""
    found: dict[Scope, Any] = {}
    seen: set[int] = set()
    waiting = list(outputs)
    while waiting:
        for node in upstream(waiting, lambda x: x.index not in seen).values():
            seen.add(node.index)
            if type(node.op) is Branch or type(node.op) is Loop:
                for region in node.op.regions:
                    if region is not None:
                        found.setdefault(region.scope, node)
        waiting = [
            result
            for scope, node in found.items()
            for region in node.op.regions
            if region is not None and region.scope is scope
            for result in region.results
            if result is not None and result.index not in seen
        ]
    return found


def _lifted(node: Any, scope: Scope, flag: Any) -> Any:
    """The same outside of a side of a branch, or as the sum over all iterations of a loop."""
    if type(node.op) is Branch:
        regions = [
            region and Region(region.scope, region.params, [flag if region.scope is scope else None])
            for region in node.op.regions
        ]
        return branch(node.operands[0], node.operands[1:], regions)[0]
    counted = DerivedLoop(node, Sweep(True, None, node.scope), turned=False)
    counted.begin([None], [], like=[0])
    for iteration in counted.iterations():
        counted.push(iteration, [add(iteration.carried[0], flag)], [])
    (total,), _ = counted.results()
    return total
