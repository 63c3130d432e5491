"""Memory for results, which serves again when nobody holds the results any more.

Fresh memory comes as pages that the system fills with zeros first, which takes longer than to compute what goes there.
"""

from __future__ import annotations

from threading import RLock
from typing import Any, Final

import numpy as np

# A register of the widest kind, in bytes: code that writes past the cache begins at a multiple of it.
ALIGNED: Final = 64
# So many bytes are kept at the most.
_MOST: Final = 256_000_000


class Pool:
    """Hands out arrays. Threads may share it: what one has taken no other gets."""

    def __init__(self) -> None:
        self._kept: dict[int, list[Any]] = {}
        self._bytes = 0
        # One that lets in who holds it: what is given may be given by a collection of garbage in between.
        self._lock = RLock()

    def take(self, rows: int) -> Any:
        """An array of doubles, aligned, whose elements are not set."""
        with self._lock:
            kept = self._kept.get(rows)
            memory = kept.pop() if kept else None
            if memory is not None:
                self._bytes -= 8 * rows
        return np.asarray(_Lease(aligned(rows) if memory is None else memory, self))

    def give(self, memory: Any) -> None:
        """Keeps an array, and lets go of those of other sizes if it is too much."""
        with self._lock:
            if self._bytes + memory.nbytes > _MOST:
                self._kept = {rows: kept for rows, kept in self._kept.items() if rows == len(memory)}
                self._bytes = sum(8 * rows * len(kept) for rows, kept in self._kept.items())
            if self._bytes + memory.nbytes <= _MOST:
                self._bytes += memory.nbytes
                self._kept.setdefault(len(memory), []).append(memory)


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
