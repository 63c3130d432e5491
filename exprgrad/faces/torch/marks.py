"""What a tensor can carry for the sweeps to come: that one has passed it, hooks, and where it was made.

A mark lies where the cotangent lies while a sweep runs. So a tensor without one costs nothing, and a sweep that adds a
cotangent comes upon it (see `sweep`).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from exprgrad.diagnostics import GraphError
from exprgrad.records import NamedTuple

# A hook may give another cotangent in place of the one that it is shown.
Hook = Callable[[Any], Any]

# Held by the sweep that keeps its cotangents on the tensors, and where a mark is made.
on_tensors: Final = threading.Lock()


class Place(NamedTuple):
    """A line of the user's Python code."""

    file: str
    line: int
    function: str


class Mark:
    """`freed`: a sweep has passed the tensor, and it cannot be passed again. `hooks` see its cotangent; `retains` keeps
    it in `grad`; `place` is where the tensor was made."""

    __slots__ = ("freed", "hooks", "place", "retains")

    def __init__(self, *, freed: bool = False, place: Place | None = None) -> None:
        self.freed = freed
        self.hooks: dict[int, Hook] = {}
        self.retains = False
        self.place = place


FREED: Final = Mark(freed=True)  # all that nothing else is known of share one


def mark_of(tensor: Any) -> Mark | None:
    """The tensor's mark, if it has one."""
    mark = tensor.cotangent
    return mark if type(mark) is Mark else None


def own_mark(tensor: Any) -> Mark:
    """The tensor's own mark, made where there is none."""
    with on_tensors:
        mark = mark_of(tensor)
        if mark is None or mark is FREED:
            mark = tensor.cotangent = Mark(freed=mark is FREED)
        return mark


def free(tensor: Any) -> None:
    """Notes that a sweep has passed a tensor."""
    mark = tensor.cotangent
    if type(mark) is Mark:
        mark.freed = True
    else:
        tensor.cotangent = FREED


def passed_before() -> GraphError:
    """The error for a second sweep through a tensor."""
    return GraphError(
        "trying to backward through the graph a second time: the first backward has freed it",
        hint="specify retain_graph=True in the first backward() or grad() if a second one is to follow",
    )


_numbers: Final = count()


class RemovableHandle:
    """What `register_hook` returns: `remove()` takes the hook away, as does the end of a `with` block."""

    def __init__(self, mark: Mark, hook: Hook) -> None:
        self._hooks = mark.hooks
        self._number = next(_numbers)
        mark.hooks[self._number] = hook

    def remove(self) -> None:
        """Takes the hook away; once it is away, does nothing."""
        self._hooks.pop(self._number, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *problem: object) -> None:
        self.remove()
