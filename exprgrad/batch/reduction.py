"""The sum or mean over rows, with its derivatives: a loss and its gradient over a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any, Protocol, TypeVar

import numpy as np

from exprgrad.derivatives import OutputKey, Task
from exprgrad.diagnostics import UsageError, listed
from exprgrad.numbers.sums import AT_ONCE, Sum, total, totals
from exprgrad.records import NamedTuple
from exprgrad.run.engine import Engine, Troubled, refused
from exprgrad.run.row_plan import in_rows
from exprgrad.run.threads import spread


class Compiled(Protocol):
    """A compiled function, as far as rows need it. `wrt_named` says that the inputs to differentiate by were."""

    @property
    def text(self) -> str: ...
    @property
    def task(self) -> Task: ...
    @property
    def wrt_named(self) -> bool: ...
    def check_inputs(self, values: Mapping[str, Any]) -> Mapping[str, Any]: ...


def shared_only(function: Compiled, columns: Sequence[str], how: str) -> Task:
    """The task whose derivatives are by what all rows share, of a reduction `how`. Where the inputs to differentiate by
    were named, a column among them is a UsageError."""
    task = function.task
    by_column = [name for name in task.wrt if name in columns]
    if by_column and function.wrt_named:
        place = task.place(task.results[0])
        slope = f"diff({function.text[place.start : place.end]}, {by_column[0]})"
        raise UsageError(
            f"the derivative of a {how} over rows by {listed(by_column)} is a number in each row",
            hint=f"for the {how} of these numbers write {slope} in the program, and leave wrt= out",
        )
    return task._replace(wrt=tuple([name for name in task.wrt if name not in columns]))


class BlockSums(NamedTuple):
    """For a block of rows the sum of each output, how many rows there are, and which of all that come with it have an
    output that is not finite."""

    sums: list[Sum]
    rows: int
    astray: list[int]


class GroupSums(NamedTuple):
    """For a block of rows the groups in it, how many rows each has, and of each output their sums; and which rows have
    an output that is not finite."""

    groups: list[int]
    rows: list[int]
    sums: list[list[Sum]]
    astray: list[int]


def astray(parts: Sequence[BlockSums | GroupSums]) -> list[int]:
    """The rows that have an output that is not finite."""
    return [row for part in parts for row in part.astray]


def _astray(outputs: Iterable[Any], sums: Iterable[Sum], start: int) -> list[int]:
    """Those of a block that begins with a row: they are looked for where a sum says that there are any."""
    if not any(sum_.beyond for sum_ in sums):
        return []
    finite = np.logical_and.reduce([np.isfinite(found) for found in outputs])
    return (start + np.flatnonzero(~finite)).tolist()


T = TypeVar("T")
# What is added up instead of the outputs of some rows, by the same keys.
Turned = Callable[[Mapping[OutputKey, Any]], Mapping[OutputKey, Any]]


def _by_blocks(
    engine: Engine,
    inputs: Sequence[Any],
    rows: int,
    troubled: Troubled,
    threads: int,
    summed: Callable[[Mapping[OutputKey, Any], int, int], T],
) -> list[T]:
    """What is summed of the outputs in each block, from a row on so many."""

    def block(start: int) -> T:
        count = min(AT_ONCE, rows - start)
        part = in_rows(inputs, slice(start, start + count))
        return summed(engine.run(part, count, lambda row, problem: troubled(start + row, problem)), start, count)

    starts = range(0, rows, AT_ONCE)
    return spread(block, starts, min(threads, len(starts)))


class Reduction:
    """Adds up what an engine computes, `how` as REDUCTIONS have it, or what `turned` makes of that. Sums are exact:
    they depend neither on the order of the rows nor on threads."""

    def __init__(self, engine: Engine, how: str, turned: Turned = dict) -> None:
        self._engine = engine
        self._turned = turned
        self._mean = how == "mean"
        self._sums = {key: Sum() for key, _, _ in engine.outputs}
        self.rows = 0

    def compute(
        self, inputs: Sequence[Any], rows: int, troubled: Troubled = refused, threads: int = 1
    ) -> list[BlockSums]:
        """Computes and adds up rows. `inputs` and `troubled` are those of an engine; if that is told of a row, what
        comes back is good for nothing."""

        def summed(found: Mapping[OutputKey, Any], start: int, count: int) -> BlockSums:
            turned = self._turned(found)
            outputs = [turned[key] for key in self._sums]
            sums = [total(output) for output in outputs]
            return BlockSums(sums, count, _astray(outputs, sums, start))

        return _by_blocks(self._engine, inputs, rows, troubled, threads, summed)

    def take(self, parts: Sequence[BlockSums]) -> None:
        """Adds what was computed to the sums."""
        for part in parts:
            self.rows += part.rows
            for key, added in zip(self._sums, part.sums, strict=True):
                self._sums[key] = self._sums[key].plus(added)

    def values(self) -> dict[OutputKey, float]:
        """The sums or means by output, each rounded once. Raises a UsageError for the mean of no rows."""
        if self._mean and not self.rows:
            raise UsageError("the mean of no rows", hint="there must be a row")
        return {key: found.over(self.rows if self._mean else 1) for key, found in self._sums.items()}


class GroupedReduction:
    """The same for each group of rows, by the groups' numbers, which come in ascending order first."""

    def __init__(self, engine: Engine, how: str) -> None:
        self._engine = engine
        self._mean = how == "mean"
        self._sums: dict[OutputKey, list[Sum]] = {key: [] for key, _, _ in engine.outputs}
        self.rows: list[int] = []

    def compute(
        self, inputs: Sequence[Any], groups: Any, troubled: Troubled = refused, threads: int = 1
    ) -> list[GroupSums]:
        """Computes and adds up rows, which are in these groups."""

        def summed(found: Mapping[OutputKey, Any], start: int, count: int) -> GroupSums:
            own = groups[start : start + count]
            order = np.argsort(own, kind="stable")
            starts = np.flatnonzero(np.diff(own[order], prepend=-1))
            counts = np.diff(starts, append=count)
            outputs = [found[key] for key in self._sums]
            sums = [totals(output[order], starts) for output in outputs]
            strayed = _astray(outputs, chain.from_iterable(sums), start)
            return GroupSums(own[order][starts].tolist(), counts.tolist(), sums, strayed)

        return _by_blocks(self._engine, inputs, len(groups), troubled, threads, summed)

    def take(self, parts: Sequence[GroupSums]) -> None:
        """Adds what was computed to the sums."""
        for part in parts:
            self._grow(max(part.groups, default=-1) + 1)
            for group, rows in zip(part.groups, part.rows, strict=True):
                self.rows[group] += rows
            for sums, added in zip(self._sums.values(), part.sums, strict=True):
                for group, sum_ in zip(part.groups, added, strict=True):
                    sums[group] = sums[group].plus(sum_)

    def _grow(self, groups: int) -> None:
        """Makes place for so many groups."""
        more = groups - len(self.rows)
        self.rows += [0] * more
        for sums in self._sums.values():
            sums += [Sum()] * more

    def values(self, groups: int) -> dict[OutputKey, list[float]]:
        """The sums or means of so many groups by output, each rounded once; 0 for a group without rows."""
        self._grow(groups)
        by = [max(1, rows) if self._mean else 1 for rows in self.rows]
        return {key: [found.over(n) for found, n in zip(sums, by, strict=True)] for key, sums in self._sums.items()}
