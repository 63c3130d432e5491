"""Tensors and ndarrays that share their memory in PyTorch: `x[0]`, `x.view(-1)`, `x.detach()`, `x.numpy()`.

Each is a member of the family of one tensor, its root, and knows how its value comes from that of the root. A change
in place of one member is a change of all (see `in_place`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import ref

# From a value to the part of it that a member shows, in steps.
Moves = tuple[Callable[[Any], Any], ...]
Members = list[tuple[ref[Any], Moves]]


class Family:
    """The members besides the root: views, ndarrays that are the memory of the root (`shared`), and ndarrays that are
    copies, which are kept equal."""

    __slots__ = ("copies", "shared", "views")

    def __init__(self) -> None:
        self.views: Members = []
        self.copies: Members = []
        self.shared: Members = []

    @property
    def is_shared(self) -> bool:
        """Whether there are ndarrays that are the memory of the root."""
        return bool(alive(self.shared))


class Alias:
    """That a tensor is a view of another one. A tensor with a history is held weakly: `detach` is there to let go of
    it."""

    __slots__ = ("_held", "_root", "moves")

    def __init__(self, root: Any, moves: Moves) -> None:
        self._held = root if root.op is None else None
        self._root = None if root.op is None else ref(root)
        self.moves = moves

    @property
    def root(self) -> Any:
        """The tensor whose memory it shows; None if that is gone."""
        return self._held if self._root is None else self._root()


def root_of(x: Any) -> tuple[Any, Moves]:
    """The root of a tensor's family, and how its value comes from there."""
    kin = x.kin
    if type(kin) is Alias and (root := kin.root) is not None:
        return root, kin.moves
    return x, ()


def as_view(of: Any, result: Any, *moves: Callable[[Any], Any]) -> Any:
    """A tensor that shares the memory of another one, from whose value it comes by these steps."""
    if result is of:
        return of
    root: Any = of
    family = of.kin
    if type(family) is not Family:
        root, before = root_of(of)
        moves = before + moves
        family = family_of(root)
    enter(family.views, result, moves)
    result.kin = Alias(root, moves)
    return result


def family_of(root: Any) -> Family:
    """The family of a tensor that is no view."""
    if type(root.kin) is not Family:
        root.kin = Family()
    return root.kin


def alive(members: Members) -> list[tuple[Any, Moves]]:
    """The members that are not gone, each with how its value comes from that of the root."""
    return [(member, moves) for entry, moves in members if (member := entry()) is not None]


def enter(members: Members, new: Any, moves: Moves) -> None:
    """Adds a member; now and then those that are gone are left out."""
    count = len(members)
    if count > 8 and not count & (count - 1):
        members[:] = [entry for entry in members if entry[0]() is not None]
    members.append((ref(new), moves))
