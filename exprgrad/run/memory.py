"""Memory for results, which serves again when nobody holds the results any more.

Fresh memory comes as pages that the system fills with zeros first, which takes longer than to compute what goes there.
"""

from __future__ import annotations

from threading import RLock
from typing import Any, Final

import numpy as np

# A register of the widest kind, in bytes: code that writes past the cache begins at a multiple of it.
ALIGNED: Final = 64


class Pool:
    """Keeps arrays of doubles that nobody reads any more for the next results of their shape, `most` bytes of them at
    the most. Threads may share it: what one has taken no other gets."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[tuple[int, ...], list[Any]] = {}
        self._bytes = 0
        # One that lets in who holds it: what is given may be given by a collection of garbage in between.
        self._lock = RLock()

    def take(self, shape: tuple[int, ...]) -> Any:
        """An array of that shape, whose elements are not set, or None."""
        with self._lock:
            kept = self._kept.get(shape)
            if not kept:
                return None
            x = kept.pop()
            self._bytes -= x.nbytes
            return x

    def give(self, x: Any) -> None:
        """Keeps an array, and lets go of those of other shapes if it is too much."""
        with self._lock:
            if self._bytes + x.nbytes > self._most:
                self._kept = {shape: kept for shape, kept in self._kept.items() if shape == x.shape}
                self._bytes = sum(x.nbytes * len(kept) for kept in self._kept.values())
            if self._bytes + x.nbytes <= self._most:
                self._bytes += x.nbytes
                self._kept.setdefault(x.shape, []).append(x)


def lent(pool: Pool, rows: int) -> Any:
    """An array of doubles, aligned, whose elements are not set. The pool gets it back when nobody holds a part of it
    any more."""
    kept = pool.take((rows,))
    return np.asarray(_Lease(aligned(rows) if kept is None else kept, pool))


class _Lease:
    """What the arrays that lie in some memory hold, to say when the last of them is gone."""

    __slots__ = ("__array_interface__", "_memory", "_pool")

    def __init__(self, memory: Any, pool: Pool) -> None:
        self._memory = memory
        self._pool = pool
        self.__array_interface__ = memory.__array_interface__

    def __del__(self) -> None:
        self._pool.give(self._memory)


def aligned(rows: int) -> Any:
    """An array of doubles that begins where code that passes by the cache can write."""
    memory = np.empty(rows + ALIGNED // 8)
    skipped = -address(memory) // 8 % (ALIGNED // 8)
    return memory[skipped : skipped + rows]


def address(memory: Any) -> int:
    """Where an array begins; `ndarray.ctypes` takes five times as long."""
    found: int = memory.__array_interface__["data"][0]
    return found
