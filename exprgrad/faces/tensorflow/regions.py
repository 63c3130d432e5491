"""Regions while a Python function builds them: what is used of the graph around enters as a parameter.

`cond` and `while_loop` open a region, call the user's function, and close it. What the user builds in between passes
its operands through `here`, so that every node lies where it was made and never changes after.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from exprgrad.diagnostics import GraphError
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Traced


class Building:
    """An open region; `outer` is the one around it. `params` are those that have been made, by the index of what each
    stands for, with that."""

    def __init__(self, scope: Scope, outer: Building | None) -> None:
        self.scope = scope
        self.outer = outer
        self.params: dict[int, tuple[Any, Any]] = {}

    def parameter(self, x: Any) -> Any:
        """What stands inside for a node of the region around."""
        if x.index not in self.params:
            self.params[x.index] = x, type(x).parameter(x, self.scope)
        return self.params[x.index][1]


class _Thread(threading.local):
    building: Building | None = None


_thread = _Thread()


def current() -> Building | None:
    """The region that this thread is building; None outside of all."""
    return _thread.building


@contextmanager
def inside(building: Building | None) -> Iterator[None]:
    """What is made in the with block lies in the region; None: in the graph itself."""
    before = _thread.building
    _thread.building = building
    try:
        yield
    finally:
        _thread.building = before


def opened(condition: Any = None, polarity: bool = True) -> Building:
    """A new region inside the one that is being built; a side of a branch, or without a condition the body of a
    loop."""
    outer = current()
    return Building(Scope(None if outer is None else outer.scope, condition, polarity), outer)


def here(x: Any) -> Any:
    """A node as it is seen where the graph is being built: itself, or the parameter that stands for it. What is no node
    is what it is."""
    if not isinstance(x, Traced) or not hasattr(x, "scope"):
        return x
    entered: list[Building] = []
    building = current()
    while building is not None and building.scope is not x.scope:
        entered.append(building)
        building = building.outer
    if building is None and x.scope is not None:
        raise GraphError(
            f"{x!r} was made in a function of cond or while_loop and is used outside of it",
            x.span,
            hint="return it from that function and use what cond or while_loop gives",
        )
    for region in reversed(entered):
        x = region.parameter(x)
    return x
