"""The sum or mean over rows, with its derivatives: a loss and its gradient over a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.derivatives import OutputKey, Task
from exprgrad.diagnostics import UsageError, listed
from exprgrad.numbers.sums import CUT, Sum, of_blocks
from exprgrad.run.engine import Engine, Troubled, refused
from exprgrad.run.row_plan import is_column
from exprgrad.run.threads import spread

# So many rows a thread computes at once, and adds up while they are in its cache.
_ROWS: Final = 8 * CUT


def shared_only(task: Task, columns: Sequence[str], wrt_named: bool) -> Task:
    """The task whose derivatives are by what all rows share. Where the inputs to differentiate by were named, a column
    among them is a UsageError."""
    by_column = [name for name in task.wrt if name in columns]
    if by_column and wrt_named:
        raise UsageError(
            f"the derivative of a sum over rows by {listed(by_column)} is a number in each row",
            hint="differentiate by what all rows share, or do not reduce",
        )
    return task._replace(wrt=tuple([name for name in task.wrt if name not in columns]))


# For blocks of rows the sums of each output, and how many rows they are of.
Part = list[tuple[list[Any], int]]


class Reduction:
    """Adds up what an engine computes, `how` as REDUCTIONS have it. The bytes depend on the rows, their order and the
    engine alone."""

    def __init__(self, engine: Engine, how: str) -> None:
        self._engine = engine
        self._mean = how == "mean"
        self._sums = {key: Sum() for key, _, _ in engine.outputs}
        self.rows = 0

    def compute(self, inputs: Sequence[Any], rows: int, troubled: Troubled = refused, threads: int = 1) -> Part:
        """Computes and adds up rows, a multiple of CUT of them except the last time. `inputs` and `troubled` are those
        of an engine; if that is told of a row, what comes back is good for nothing."""

        def block(start: int) -> tuple[list[Any], int]:
            count = min(_ROWS, rows - start)
            part = [x[start : start + count] if is_column(x) else x for x in inputs]
            found = self._engine.run(part, count, lambda row, problem: troubled(start + row, problem))
            return [of_blocks(found[key]) for key in self._sums], count

        starts = range(0, rows, _ROWS)
        return spread(block, starts, min(threads, len(starts)))

    def take(self, part: Part) -> None:
        """Adds what was computed to the sums, of which the order is that of the rows."""
        for blocks, count in part:
            self.rows += count
            for total, added in zip(self._sums.values(), blocks, strict=True):
                total.add(added)

    def values(self) -> dict[OutputKey, float]:
        """The sums or means by output. Raises a UsageError for the mean of no rows."""
        if self._mean and not self.rows:
            raise UsageError("the mean of no rows", hint="there must be a row")
        return {key: total.value() / (self.rows if self._mean else 1) for key, total in self._sums.items()}
