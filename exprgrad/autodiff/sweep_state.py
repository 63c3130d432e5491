"""What a sweep is told, and what it asks for where it comes upon a region: a sweep of that.

Since regions nest as deep as the user's program, the sweep of a region is not a call but a request, which `sweeps`
answers from an explicit stack.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from typing import Any

from exprgrad.diagnostics import Span
from exprgrad.ops.control import Region, Scope
from exprgrad.ops.registry import Traced, Value
from exprgrad.records import NamedTuple

# Called for each node whose partials were used, with the positions of the operands they were used for, and the
# cotangent, or the first of the tangents, that met them.
Visit = Callable[[Traced, tuple[int, ...], Value], None]
# Called for each branch and loop, after what lies inside, with the values from outside that get something, and what
# they get.
Passed = Callable[[Traced, Sequence[tuple[Any, Value]]], None]
# Called for each node with its full cotangent, before that is passed on; gives the one to go on with.
Arrive = Callable[[Any, Value], Value]
# Gives, for a region whose derivative lies in a scope, the region as the derivative sees it.
Mirror = Callable[[Region, Scope], Region]
# What a sweep found, by the index of the node.
Found = dict[int, Value]


class Sweep(NamedTuple):
    """How a sweep goes: whether it extends the graph or trace (`symbolic`) or computes, who is told, the region in
    which it takes place, None outside of all, and where in the text what it makes belongs, None to what it is the
    derivative of. `passed` is told of branches and loops, `mirror` shows regions."""

    symbolic: bool
    visit: Visit | None
    scope: Scope | None
    span: Span | None = None
    passed: Passed | None = None
    mirror: Mirror = lambda region, scope: region

    def inside(self, scope: Scope | None) -> Sweep:
        """The same in a region."""
        return self._replace(scope=scope)


class Reverse(NamedTuple):
    """Asks for a reverse sweep (see `sweeps.reverse`). `share` is the part that a region is of all that its loop has:
    one for each iteration in dynamic mode."""

    seeds: Iterable[tuple[Any, Value]]
    nodes: dict[int, Any]
    wanted: Collection[int] | None
    sweep: Sweep
    arrive: Arrive | None = None
    share: float = 1.0


class Forward(NamedTuple):
    """Asks for a forward sweep (see `sweeps.forward`); `share` as there."""

    tangents: Iterable[tuple[Any, Value]]
    nodes: dict[int, Any]
    sweep: Sweep
    share: float = 1.0


# A sweep, or a part of one, that asks for the sweeps of regions and is sent what they found.
Sweeping = Generator[Reverse | Forward, Found, Any]


def set_spans(c: Value, first_new: int, span: Any) -> None:
    """Gives what a rule just made the place in the text of the node it is the derivative of."""
    if span is None or not isinstance(c, Traced):
        return
    stack = [c]
    while stack:
        node = stack.pop()
        if node.index >= first_new and node.span is None:
            node.span = span
            stack.extend(node.operands)
