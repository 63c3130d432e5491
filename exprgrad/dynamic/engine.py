"""The reverse sweep over tensors that looks at their marks: it refuses what was freed, runs hooks, keeps the cotangents
of those that retain them, frees what it has passed, and in anomaly mode hunts for a nan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from exprgrad.autodiff import Found, reverse
from exprgrad.diagnostics import GraphError
from exprgrad.dynamic.grad_mode import GradMode
from exprgrad.dynamic.marks import Mark, free, mark_of, passed_before
from exprgrad.dynamic.modes import thread
from exprgrad.numbers.arithmetic import cast
from exprgrad.ops.control import as_gradient
from exprgrad.ops.registry import Value

# Adds a cotangent to the `grad` of the tensor it belongs to.
Keep = Callable[[Any, Value], None]


def pull(
    seeds: Sequence[tuple[Any, Value]],
    nodes: dict[int, Any],
    wanted: Collection[int] | None,
    *,
    symbolic: bool,
    retain: bool,
    keep: Keep | None = None,
) -> Found:
    """`autodiff.reverse` over tensors. `keep` is what retained cotangents are given to."""
    # Wanted, but not passed: nothing that they are computed from is wanted.
    ends = {
        index for index in wanted or () if index in nodes and not any([x.index in nodes for x in nodes[index].operands])
    }
    watched: dict[int, Mark] = {}
    for node in [node for node in nodes.values() if node.cotangent is not None]:
        mark = mark_of(node)
        if mark is None:
            continue
        if mark.freed and node.index not in ends:
            raise passed_before()
        if mark.watches:
            watched[node.index] = mark

    def arrive(node: Any, g: Value) -> Value:
        mark = watched.get(node.index)
        if mark is not None:
            for hook in list(mark.hooks.values()):
                g = _seen(hook, node, g, symbolic)
            if mark.retains and node.op is not None and keep is not None:
                keep(node, g)
        return g

    looks = arrive if watched else None
    if thread.anomaly and thread.check_nan:
        from exprgrad.dynamic.anomaly import Hunt

        looks = Hunt(nodes, arrive, symbolic).arrive
    found = reverse(seeds, nodes, symbolic=symbolic, wanted=wanted, arrive=looks)
    if not retain:
        for node in nodes.values():
            if node.op is not None and node.index not in ends:
                free(node)
    return found


def _seen(hook: Callable[[Any], Any], node: Any, g: Value, symbolic: bool) -> Value:
    """The cotangent that a hook wants to go on with."""
    tensor: Any = type(node)
    shown = as_gradient(g, node) if symbolic else tensor(cast(g, node.dtype))
    with GradMode(symbolic):
        given = hook(shown)
    if given is None:
        return g
    if type(given) is not tensor:
        raise GraphError(
            f"a hook returned {type(given).__name__}", hint="return a tensor, or None to leave the cotangent as it is"
        )
    if given.shape != node.shape:
        raise GraphError(f"a hook returned shape {given.shape} for a tensor of shape {node.shape}")
    return given if symbolic else given.value
