"""The sum or mean over rows, with its derivatives: a loss and its gradient over a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.derivatives import OutputKey, Task
from exprgrad.diagnostics import UsageError, listed
from exprgrad.numbers.sums import AT_ONCE, Sum, total
from exprgrad.run.engine import Engine, Troubled, refused
from exprgrad.run.row_plan import in_rows
from exprgrad.run.threads import spread


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


# For blocks of rows the sum of each output, and how many rows they are of.
Part = list[tuple[list[Sum], int]]


class Reduction:
    """Adds up what an engine computes, `how` as REDUCTIONS have it. Sums are exact: they depend neither on the order
    of the rows nor on threads."""

    def __init__(self, engine: Engine, how: str) -> None:
        self._engine = engine
        self._mean = how == "mean"
        self._sums = {key: Sum() for key, _, _ in engine.outputs}
        self.rows = 0

    def compute(self, inputs: Sequence[Any], rows: int, troubled: Troubled = refused, threads: int = 1) -> Part:
        """Computes and adds up rows. `inputs` and `troubled` are those of an engine; if that is told of a row, what
        comes back is good for nothing."""

        def block(start: int) -> tuple[list[Sum], int]:
            count = min(AT_ONCE, rows - start)
            part = in_rows(inputs, slice(start, start + count))
            found = self._engine.run(part, count, lambda row, problem: troubled(start + row, problem))
            return [total(found[key]) for key in self._sums], count

        starts = range(0, rows, AT_ONCE)
        return spread(block, starts, min(threads, len(starts)))

    def take(self, part: Part) -> None:
        """Adds what was computed to the sums."""
        for sums, count in part:
            self.rows += count
            for key, added in zip(self._sums, sums, strict=True):
                self._sums[key] = self._sums[key].plus(added)

    def values(self) -> dict[OutputKey, float]:
        """The sums or means by output, each rounded once. Raises a UsageError for the mean of no rows."""
        if self._mean and not self.rows:
            raise UsageError("the mean of no rows", hint="there must be a row")
        return {key: found.over(self.rows if self._mean else 1) for key, found in self._sums.items()}
