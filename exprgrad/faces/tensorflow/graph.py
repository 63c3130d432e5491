"""What the nodes of TensorFlow 1 belong to."""

from __future__ import annotations

from exprgrad.faces.answers import leave_out
from exprgrad.faces.tensorflow.instead import GRAPH


class Graph:
    """What nodes belong to. Joining the nodes of two graphs makes them one."""

    __slots__ = ("_finalized", "_into")

    def __init__(self) -> None:
        self._into: Graph | None = None
        self._finalized = False

    def _root(self) -> Graph:
        root = self
        while root._into is not None:
            root = root._into
        here = self
        while here is not root:  # shorten the way for the next call
            assert here._into is not None
            here._into, here = root, here._into
        return root

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Graph) and self._root() is other._root()

    def __hash__(self) -> int:
        raise TypeError("a graph is not hashable: it can become part of another")

    def finalize(self) -> None:
        """From now on the graph takes no more nodes: it is defined, and can only be run."""
        self._root()._finalized = True

    @property
    def finalized(self) -> bool:
        """Whether the graph takes no more nodes."""
        return self._root()._finalized

    def join(self, other: Graph) -> Graph:
        """Makes two graphs one."""
        a, b = self._root(), other._root()
        if a is not b:
            b._into = a
        return a


leave_out(Graph, GRAPH)
