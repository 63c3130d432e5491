"""Derivatives of nodes, whatever the mode: what a sweep starts with, and the sweeps that the results of a task need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.autodiff.reachability import between
from exprgrad.autodiff.sweep_state import Visit
from exprgrad.autodiff.sweeps import forward, reverse
from exprgrad.ops import shapes as S
from exprgrad.ops.arithmetic import mul
from exprgrad.ops.control import Scope, given, seed
from exprgrad.ops.registry import Traced, Value
from exprgrad.records import NamedTuple


def start(g: Any, y: Any) -> Any:
    """The cotangent with which a sweep starts: 1 or what the caller gives, nan where the result is nan."""
    if g is None:
        return seed(y)
    node: Any = g if isinstance(g, Traced) else type(y).constant(g)
    return given(node if node.shape == y.shape == () else S.broadcast_to(node, y), y)


def pull_back(
    seeds: Sequence[tuple[Any, Value]],
    wanted: Sequence[Any],
    *,
    nodes: dict[int, Any] | None = None,
    scope: Scope | None = None,
) -> list[Any]:
    """The cotangents of the wanted nodes, new nodes of a region; None where none arrives. The sweep passes `nodes`, by
    default all between the wanted ones and those with a seed."""
    way = between([y for y, _ in seeds], wanted) if nodes is None else nodes
    on_the_way = [(y, g) for y, g in seeds if y.index in way]
    found = reverse(on_the_way, way, symbolic=True, wanted={x.index for x in wanted}, scope=scope)
    return [found.get(x.index) for x in wanted]


class Sweeps(NamedTuple):
    """How a mode differentiates the results of a program.

    `constant` makes a number a node, and `value_of` gives the number that a node stands for; it is None where no
    numbers are known, and all is symbolic. `rounded` says of an input whether its numbers are; `weight` gives the
    weights of a result's elements, by its name, its node and the order of that (None for ones), and `visit` what is
    told of each node that a sweep passes. Of a node of some order derivatives are nodes where it is `symbolic`, else
    numbers.
    """

    constant: Callable[[Any], Value]
    value_of: Callable[[Any], Any] | None
    rounded: Callable[[Value], bool]
    weight: Callable[[str, Value, int], Any]
    visit: Callable[[str], Visit | None]
    symbolic: Callable[[int], bool] = lambda order: True

    def pull(self, name: str, y: Value, xs: Sequence[Value], order: int, cotangent: Value | None = None) -> list[Any]:
        """The derivatives by some inputs of a result's value or derivative of order n, None where no path reaches one:
        of the sum of its elements, each times its weight, or its cotangent."""
        symbolic, way = self.symbolic(order), between([y], xs)
        if y.index not in way:
            return [None] * len(xs)
        g = self._number(start(self.weight(name, y, order) if cotangent is None else cotangent, y), symbolic)
        wanted = {x.index for x in xs}
        found = reverse([(y, g)], way, symbolic=symbolic, wanted=wanted, visit=self.visit(name), bounded=order > 0)
        return [found.get(x.index) for x in xs]

    def push(self, name: str, y: Value, tangents: Sequence[tuple[Value, Value]], order: int) -> Value | None:
        """The tangent of a result's value or derivative of order n, given those of some inputs: nan where that is nan,
        None where no path reaches it."""
        symbolic, way = self.symbolic(order), between([y], [x for x, _ in tangents])
        moving = [(x, self._number(t, symbolic)) for x, t in tangents if x.index in way]
        found = forward(moving, way, symbolic=symbolic, visit=self.visit(name), bounded=order > 0).get(y.index)
        return None if found is None else mul(self._number(seed(y), symbolic), found)

    def _number(self, node: Value, symbolic: bool) -> Any:
        if symbolic:
            return node
        assert self.value_of is not None, "without numbers all is symbolic"
        return self.value_of(node)
