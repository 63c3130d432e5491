"""Sums of many doubles that keep their digits, and are the same however many threads add them up.

The numbers are cut into blocks of a fixed size. In a block they are added in pairs, of which each keeps what it loses
by rounding (Ogita, Rump and Oishi, Accurate sum and dot product, SIAM J. Sci. Comput. 26, 2005); the
blocks are added in their order, in the same way.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from exprgrad.numbers.compensation import lost

# The numbers of a block.
CUT: Final = 4096


def of_blocks(x: Any) -> Any:
    """For each block of an array its sum, and what that has lost: pairs of numbers. The last block may be short."""
    blocks = -(-len(x) // CUT)
    if len(x) < blocks * CUT:
        x = np.concatenate([x, np.zeros(blocks * CUT - len(x))])
    sums = x.reshape(blocks, CUT)
    losses = np.zeros_like(sums)
    with np.errstate(all="ignore"):
        while sums.shape[1] > 1:
            half = sums.shape[1] // 2
            a, b = sums[:, :half], sums[:, half:]
            sums = a + b
            losses = losses[:, :half] + losses[:, half:] + lost(a, b, sums)
        for i in np.flatnonzero(~np.isfinite(sums[:, 0])):
            # In pairs it may leave the range of a double where one after the other does not.
            sums[i, 0], losses[i, 0] = np.add.accumulate(x.reshape(blocks, CUT)[i])[-1], 0.0
    return np.concatenate([sums, losses], axis=1)


class Sum:
    """A sum of blocks in their order."""

    __slots__ = ("_lost", "_sum")

    def __init__(self) -> None:
        self._sum = self._lost = 0.0

    def add(self, blocks: Any) -> None:
        """Adds what `of_blocks` gives."""
        for block, loss in blocks.tolist():
            found = self._sum + block
            self._lost += lost(self._sum, block, found) + loss
            self._sum = found

    def value(self) -> float:
        """The sum of all: infinite or nan where that of plain doubles is."""
        return self._sum + self._lost if math.isfinite(self._sum) and math.isfinite(self._lost) else self._sum
