"""Functions of rows that tests compute: cheap, and with problems where a test wants them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from exprgrad.rows.contract import RowProblem

Array = NDArray[np.float64]


class Product:
    """`c = x*y` and its derivatives. Rows where x is `refused` cannot be computed."""

    columns = ("x", "y")
    outputs = ("c", "dc_dx", "dc_dy")

    def __init__(self, refused: float | None = None) -> None:
        self.refused = refused
        self.blocks: list[int] = []

    def prepare(self) -> None:
        pass

    def __call__(self, columns: Sequence[Array], /) -> Sequence[Array]:
        x, y = columns
        assert x.dtype == y.dtype == np.float64 and x.shape == y.shape and x.ndim == 1
        refused = np.flatnonzero(x == self.refused).tolist()
        if refused:
            raise RowProblem("it does not end", rows=refused, hint="begin elsewhere")
        self.blocks.append(len(x))
        with np.errstate(all="ignore"):
            return [x * y, y, x]


class Collected:
    """Takes blocks and remembers them; refuses as `Product` does."""

    def __init__(self, refused: float | None = None) -> None:
        self.refused = refused
        self.blocks: list[list[Array]] = []

    def __call__(self, columns: Sequence[Array], /) -> Sequence[int]:
        refused = np.flatnonzero(columns[0] == self.refused).tolist()
        if refused:
            raise RowProblem("it does not end", rows=refused)
        self.blocks.append([column.copy() for column in columns])
        return np.flatnonzero(~np.isfinite(columns[0])).tolist()

    @property
    def lengths(self) -> list[int]:
        return [len(block[0]) for block in self.blocks]

    def column(self, i: int) -> list[float]:
        return np.concatenate([block[i] for block in self.blocks]).tolist() if self.blocks else []
