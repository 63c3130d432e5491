"""Derivatives of nodes as new nodes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.autodiff import Visit, between, forward, reverse
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import mul
from exprgrad.ops.control import Scope, given, seed
from exprgrad.static.graph import Node


def start(g: Any, y: Node) -> Node:
    """The cotangent with which a sweep starts: 1 or what the caller gives, nan where the result is nan."""
    if g is None:
        return seed(y)  # type: ignore[no-any-return]
    node = g if isinstance(g, Node) else type(y).constant(g)
    cotangent: Node = given(node if node.shape == y.shape == () else S.broadcast_to(node, y), y)
    return cotangent


def pull_back(
    seeds: Sequence[tuple[Node, Any]],
    wanted: Sequence[Node],
    visit: Visit | None = None,
    *,
    nodes: dict[int, Any] | None = None,
    scope: Scope | None = None,
    order: int = 0,
) -> list[Any]:
    """The cotangents of the wanted nodes as new nodes of a region; None where none arrives. The sweep passes `nodes`,
    by default all between the wanted ones and those with a seed. `order` is that of what is differentiated. Raises an
    EvaluationError where that has become too large."""
    way = between([y for y, _ in seeds], wanted) if nodes is None else nodes
    found = reverse(
        [(y, g) for y, g in seeds if y.index in way],
        way,
        symbolic=True,
        wanted={x.index for x in wanted},
        visit=visit,
        scope=scope,
        bounded=order > 0,
    )
    return [found.get(x.index) for x in wanted]


def push_forward(
    y: Node, tangents: Sequence[tuple[Node, Node]], visit: Visit | None = None, *, order: int = 0
) -> Node | None:
    """The tangent of y as a new node, given those of some nodes; nan where y is, None where none arrives. `order` is as
    in `pull_back`."""
    nodes = between([y], [x for x, _ in tangents])
    moving = [(x, t) for x, t in tangents if x.index in nodes]
    found = forward(moving, nodes, symbolic=True, visit=visit, bounded=order > 0).get(y.index)
    return None if found is None else mul(seed(y), found)
