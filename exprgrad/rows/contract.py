"""What whoever computes and the streams of rows say to each other. It needs neither Polars nor numpy to be imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from exprgrad.diagnostics import EvaluationError, ExprError, InputDataError, Span
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class IsText(NamedTuple):
    """Whether the cells of a column are a text: 1 or 0."""

    column: str
    text: str


# What is read of a column: by its name alone the numbers.
Reading = str | IsText


def column_of(reading: Reading) -> str:
    """The column that is read."""
    return reading if isinstance(reading, str) else reading.column


# How many rows are done, and how many there are: None if that is not known; an estimate for files of text.
Progress = Callable[[int, int | None], None]


# What is read of files, as a message calls them, with these columns.
Choose = Callable[[str, Sequence[str]], Sequence[Reading]]


class Evaluate(Protocol):
    """What is computed for a block of rows. Blocks are computed by several threads at once, in any order."""

    @property
    def columns(self) -> Sequence[Reading]:
        """What it reads of the input columns, at least one."""

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the columns that it makes."""

    def prepare(self) -> object:
        """Makes what is needed to compute, while the first rows are read; other threads, which compute, need not wait
        for that. Raises ExprError if no row can be computed, as each of them does then."""

    def __call__(self, columns: Sequence[NDArray[np.float64]], /) -> Sequence[NDArray[np.float64]]:
        """One array for each output, from one array for each reading: all of shape (rows,), in float64. The arrays may
        be views of what Polars holds, so they are not to be written to. Raises RowProblem if some rows cannot be
        computed."""


class Consume(Protocol):
    """What takes blocks of rows, one after another, in the order of the rows."""

    def __call__(self, columns: Sequence[NDArray[np.float64]], /) -> Sequence[int]:
        """One float64 array of shape (rows,) for each column. The offsets of the rows in which something that is not
        finite was found. If it raises RowProblem, nothing of the block may have been taken: the block comes again
        without the rows that are named."""


class Gather(Protocol):
    """What takes blocks of rows that are in groups, and has numbers for each group in the end."""

    @property
    def columns(self) -> Sequence[Reading]:
        """What it reads of the input columns."""

    @property
    def outputs(self) -> Sequence[str]:
        """The names of the columns that it makes."""

    def __call__(self, columns: Sequence[NDArray[np.float64]], groups: NDArray[np.int64], /) -> Sequence[int]:
        """Like that of Consume, with the number of each row's group."""

    def values(
        self, groups: int, troubled: Callable[[int, ExprError], None]
    ) -> tuple[Sequence[int], Sequence[Sequence[float | None]]]:
        """Of so many groups how many rows each has, and for each output a number for each. A group that has none is
        told to `troubled`, with why; it has None for each output."""


class RowProblem(EvaluationError):
    """Some rows of a block cannot be computed.

    `rows` are their offsets in the block, ascending: all that are known, since the block is computed again without
    them if bad rows are left out. The message is about the first one and names no row.
    """

    def __init__(self, message: str, span: Span | None = None, *, rows: Sequence[int] = (0,), **more: Any) -> None:
        super().__init__(message, span, **more)
        self.rows = tuple(rows)

    def __reduce__(self) -> tuple[object, ...]:
        rebuild, arguments, state = super().__reduce__()
        assert isinstance(state, dict)
        return rebuild, arguments, state | {"rows": self.rows}


class NoColumnError(InputDataError):
    """A file has no column of a name."""

    name = ""


class Summary(NamedTuple):
    """How many rows were read; how many of them were bad and left out, or bad and given nulls; and how many have
    a null in a column that is used: their outputs are null, and in a reduction they are left out. Of a reduction, in
    how many rows something is not finite, and where the first one is. How many groups were made, and how many of them
    have no results. The columns of the files that the output has, where it has a row for each of theirs."""

    rows: int
    skipped: int
    nulled: int
    nulls: int
    astray: int = 0
    first_astray: str = ""
    groups: int = 0
    failed: int = 0
    kept: Sequence[str] = ()
