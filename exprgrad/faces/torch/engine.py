"""The reverse sweep over tensors that looks at their marks: it refuses what was freed, runs hooks, keeps the cotangents
of those that retain them, frees what it has passed, and in anomaly mode hunts for a nan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from exprgrad.autodiff import Arrive, Found, reverse
from exprgrad.diagnostics import GraphError
from exprgrad.faces.torch import anomaly
from exprgrad.faces.torch.grad_mode import GradMode
from exprgrad.faces.torch.marks import Mark, free, passed_before
from exprgrad.faces.torch.modes import thread
from exprgrad.numbers.arithmetic import has_gaps
from exprgrad.ops.control import as_gradient
from exprgrad.ops.registry import Value


def pull(
    seeds: Sequence[tuple[Any, Value]],
    nodes: dict[int, Any],
    wanted: Collection[int] | None,
    *,
    symbolic: bool,
    retain: bool,
) -> tuple[Found, list[tuple[Any, Value]]]:
    """`autodiff.reverse` over tensors, and the cotangents of those that retain them and are not wanted.

    A tensor is passed where a cotangent reaches it and goes on to its operands: one that a derivative merely mentions,
    such as the result that it is the derivative of, is not.
    """
    # Wanted, but not passed: nothing that they are computed from is wanted.
    ends = {i for i in wanted or () if i in nodes and not any([x.index in nodes for x in nodes[i].operands])}
    reached: list[Any] = []
    retained: list[tuple[Any, Value]] = []

    def arrive(node: Any, g: Value) -> Value:
        mark = node.cotangent
        if type(mark) is Mark:
            if mark.freed and node.index not in ends:
                raise passed_before()
            for hook in list(mark.hooks.values()):
                g = _seen(hook, node, g, symbolic)
            if mark.retains:
                retained.append((node, g))
        reached.append(node)
        return g

    looks: Arrive = arrive
    if thread.anomaly and thread.check_nan:
        looks = anomaly.Hunt(nodes, arrive, symbolic).arrive
    found = reverse(seeds, nodes, symbolic=symbolic, wanted=wanted, arrive=looks)
    if not retain:
        for node in reached:
            if node.op is not None and node.index not in ends:
                free(node)
    return found, [(node, g) for node, g in retained if wanted is None or node.index not in wanted]


def _seen(hook: Callable[[Any], Any], node: Any, g: Value, symbolic: bool) -> Value:
    """The cotangent that a hook wants to go on with."""
    tensor: Any = type(node)
    shown = g if symbolic else tensor(as_gradient.compute((g, node.value)))
    if shown.dtype != node.dtype or has_gaps(shown.value):
        shown = as_gradient(g, node)
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
