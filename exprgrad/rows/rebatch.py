"""Rows gathered anew into blocks of one size, whatever the sizes in which they come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Block = list[NDArray[Any]]


class Rebatch:
    """Collects arrays of shape (rows,), some side by side, and gives blocks of exactly `size` rows."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: list[Block] = []
        self._rows = 0

    def add(self, arrays: Sequence[NDArray[Any]]) -> Iterator[Block]:
        """Takes more rows, and gives the blocks that they complete."""
        begin, length = 0, len(arrays[0])
        while self._rows + length - begin >= self._size:
            end = begin + self._size - self._rows
            self._held.append([array[begin:end] for array in arrays])
            yield from self.rest()
            begin = end
        if begin < length:
            self._held.append([array[begin:] for array in arrays])
            self._rows += length - begin

    def rest(self) -> Iterator[Block]:
        """The rows that are held, if there are any."""
        if self._held:
            whole = len(self._held) == 1
            columns = zip(*self._held, strict=True)
            block = self._held[0] if whole else [np.concatenate(parts) for parts in columns]
            self._held, self._rows = [], 0
            yield block
