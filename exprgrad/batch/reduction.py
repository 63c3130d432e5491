"""The sum, mean, maximum or minimum over rows, with its derivatives: a loss and its gradient over a data set."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final, Protocol, TypeVar

import numpy as np

from exprgrad.derivatives import OutputKey, Task
from exprgrad.diagnostics import UsageError, listed
from exprgrad.numbers.sums import AT_ONCE, Sum, total, totals
from exprgrad.program.program import Multi
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


T = TypeVar("T")


class Kept(Protocol):
    """What is kept of some rows, of a result and its derivatives: enough to go on with other rows, in any order."""

    @property
    def finite(self) -> bool:
        """Whether all outputs are certainly finite in these rows."""

    def plus(self, other: Any) -> Any:
        """What is kept of both."""

    def numbers(self, rows: int, by: Sequence[Multi]) -> list[float]:
        """The outputs of so many rows, each rounded once: the value, and the derivatives `by` inputs."""

    def tied(self, by: Sequence[Multi]) -> bool:
        """Whether derivatives rest on the convention for a tie."""


class _Sums(NamedTuple):
    """The sum of each output."""

    sums: tuple[Sum, ...]

    @property
    def finite(self) -> bool:
        return not any([x.beyond for x in self.sums])

    def plus(self, other: _Sums) -> Any:
        return type(self)(_added(self.sums, other.sums))

    def numbers(self, rows: int, by: Sequence[Multi]) -> list[float]:
        return [x.over(1) for x in self.sums]

    def tied(self, by: Sequence[Multi]) -> bool:
        return False


class _Mean(_Sums):
    """The sum of each output, of which the mean is asked for."""

    __slots__ = ()

    def numbers(self, rows: int, by: Sequence[Multi]) -> list[float]:
        return [x.over(rows) for x in self.sums]


class _Reached(NamedTuple):
    """The largest or the least value, and how many rows reach it; of each derivative in these rows the sum, the least
    and the largest."""

    largest: bool
    value: float
    rows: int
    sums: tuple[Sum, ...]
    least: tuple[float, ...]
    most: tuple[float, ...]

    @property
    def finite(self) -> bool:
        return False  # what does not reach the value is not kept

    def plus(self, other: _Reached) -> _Reached:
        if self.value == other.value:
            best = max if self.largest else min
            return self._replace(
                value=best(self.value, other.value, key=partial(math.copysign, 1.0)),  # of two zeros
                rows=self.rows + other.rows,
                sums=_added(self.sums, other.sums),
                least=tuple(map(min, self.least, other.least)),
                most=tuple(map(max, self.most, other.most)),
            )
        if math.isnan(self.value) or math.isnan(other.value):
            return self if math.isnan(self.value) else other
        return self if (self.value > other.value) == self.largest else other

    def numbers(self, rows: int, by: Sequence[Multi]) -> list[float]:
        if math.isnan(self.value):
            return [math.nan] * (1 + len(by))
        best, same = self.most if self.largest else self.least, self._same(by)
        derivatives = [
            best[i] + 0.0 if _beside(multi, same) and not math.isnan(x.beyond) else x.over(self.rows)
            for i, (multi, x) in enumerate(zip(by, self.sums, strict=True))
        ]
        return [self.value, *derivatives]

    def tied(self, by: Sequence[Multi]) -> bool:
        same = self._same(by)
        return not math.isnan(self.value) and any([multi not in same and not _beside(multi, same) for multi in by])

    def _same(self, by: Sequence[Multi]) -> set[Multi]:
        """The derivatives that are the same in all rows that reach the value."""
        found = zip(by, self.sums, self.least, self.most, strict=True)
        return {multi for multi, x, least, most in found if least == most and not math.isnan(x.beyond)}


def _beside(multi: Multi, same: Collection[Multi]) -> bool:
    """Whether the best of the tied rows' derivatives is that of the maximum or minimum on both sides of the tie: one of
    even order by one input, where those of lower orders are the same in these rows. `max(w^2, 2*w^2)` has 4 at 0."""
    lower = [multi[:order] for order in range(1, len(multi))]
    return len(multi) % 2 == 0 and len({*multi}) == 1 and all([x in same for x in lower])


def _added(some: Sequence[Sum], others: Sequence[Sum]) -> tuple[Sum, ...]:
    return tuple([one.plus(other) for one, other in zip(some, others, strict=True)])


def _summed(kind: type[_Sums], outputs: Sequence[Any], starts: Any) -> list[Kept]:
    """The sums of the outputs in some rows, from each start to the next."""
    found = [[total(x)] if len(starts) == 1 else totals(x, starts) for x in outputs]
    return [kind(sums) for sums in zip(*found, strict=True)]


def _reached(largest: bool, outputs: Sequence[Any], starts: Any) -> list[Kept]:
    """What reaches the largest or the least value, a nan if there is one, from each start to the next."""
    values, *derivatives = outputs
    best = np.maximum if largest else np.minimum
    found = best.reduceat(values, starts)
    each = np.repeat(found, np.diff(starts, append=len(values)))
    reached = np.flatnonzero((values == each) | np.isnan(each))
    starts = np.searchsorted(reached, starts)
    # -0 lies below 0, and numpy takes either.
    found = np.copysign(found, best.reduceat(np.copysign(1.0, values[reached]), starts))
    rows = np.diff(starts, append=len(reached))
    there = [x[reached] for x in derivatives]
    parts: list[list[list[Any]]] = [[totals(x, starts) for x in there]]
    parts += [[of.reduceat(x, starts).tolist() for x in there] for of in (np.minimum, np.maximum)]
    by_group = [_by_group(x, len(starts)) for x in parts]
    return [
        _Reached(largest, value, count, *own)
        for value, count, *own in zip(found.tolist(), rows.tolist(), *by_group, strict=True)
    ]


def _by_group(parts: Sequence[Sequence[T]], groups: int) -> list[tuple[T, ...]]:
    """From what each derivative has for each group, what each group has for each derivative."""
    return [*zip(*parts, strict=True)] if parts else [()] * groups


class Reducing(NamedTuple):
    """A way to reduce rows: what it keeps of the outputs of a result in some rows, the value first, from each start to
    the next; and whether no rows have a number, 0."""

    kept: Callable[[Sequence[Any], Any], list[Kept]]
    of_none: bool = False


# Each of the names of exprgrad/batch/names.py.
_REDUCTIONS: Final = {
    "sum": Reducing(partial(_summed, _Sums), of_none=True),
    "mean": Reducing(partial(_summed, _Mean)),
    "max": Reducing(partial(_reached, True)),
    "min": Reducing(partial(_reached, False)),
}


class BlockPart(NamedTuple):
    """What is kept of each result in a block of rows, how many rows there are, and which of all that come with it have
    an output that is not finite."""

    kept: list[Kept]
    rows: int
    astray: list[int]


class GroupPart(NamedTuple):
    """For a block of rows the groups in it, how many rows each has, and what is kept of each result in each of them;
    and which rows have an output that is not finite."""

    groups: list[int]
    rows: list[int]
    kept: list[list[Kept]]
    astray: list[int]


def astray(parts: Sequence[BlockPart | GroupPart]) -> list[int]:
    """The rows that have an output that is not finite."""
    return [row for part in parts for row in part.astray]


def _astray(outputs: Iterable[Any], kept: Iterable[Kept], start: int) -> list[int]:
    """Those of a block that begins with a row: they are looked for where there may be any."""
    if all([x.finite for x in kept]):
        return []
    finite = np.logical_and.reduce([np.isfinite(found) for found in outputs])
    return (start + np.flatnonzero(~finite)).tolist()


def _by_result(engine: Engine) -> dict[str, list[Multi]]:
    """By what each result is differentiated, in the order of the engine's outputs."""
    found: dict[str, list[Multi]] = {}
    for (name, multi), _, _ in engine.outputs:
        by = found.setdefault(name, [])
        if multi:
            by.append(multi)
    return found


def _outputs(found: Mapping[OutputKey, Any], results: Mapping[str, Sequence[Multi]]) -> list[list[Any]]:
    """The value and the derivatives of each result."""
    return [[found[name, multi] for multi in ((), *by)] for name, by in results.items()]


# What is reduced instead of the outputs of some rows, by the same keys.
Turned = Callable[[Mapping[OutputKey, Any]], Mapping[OutputKey, Any]]


def _by_blocks(
    engine: Engine,
    inputs: Sequence[Any],
    rows: int,
    troubled: Troubled,
    threads: int,
    reduced: Callable[[Mapping[OutputKey, Any], int, int], T],
) -> list[T]:
    """What the outputs in each block are reduced to, from a row on so many."""

    def block(start: int) -> T:
        count = min(AT_ONCE, rows - start)
        part = in_rows(inputs, slice(start, start + count))
        return reduced(engine.run(part, count, lambda row, problem: troubled(start + row, problem)), start, count)

    starts = range(0, rows, AT_ONCE)
    return spread(block, starts, min(threads, len(starts)))


class Reduction:
    """Reduces what an engine computes, `how` as REDUCTIONS have it, or what `turned` makes of that. It is exact: it
    depends neither on the order of the rows nor on threads."""

    def __init__(self, engine: Engine, how: str, turned: Turned = dict) -> None:
        self._engine = engine
        self._how = how
        self._reducing = _REDUCTIONS[how]
        self._turned = turned
        self._results = _by_result(engine)
        self._kept: list[Kept | None] = [None] * len(self._results)
        self.rows = 0

    def compute(
        self, inputs: Sequence[Any], rows: int, troubled: Troubled = refused, threads: int = 1
    ) -> list[BlockPart]:
        """Computes and reduces rows. `inputs` and `troubled` are those of an engine; if that is told of a row, what
        comes back is good for nothing."""

        def reduced(found: Mapping[OutputKey, Any], start: int, count: int) -> BlockPart:
            outputs = _outputs(self._turned(found), self._results)
            kept = [self._reducing.kept(own, np.zeros(1, int))[0] for own in outputs]
            return BlockPart(kept, count, _astray(chain.from_iterable(outputs), kept, start))

        return _by_blocks(self._engine, inputs, rows, troubled, threads, reduced)

    def take(self, parts: Sequence[BlockPart]) -> None:
        """Adds what was computed to what is kept."""
        for part in parts:
            self.rows += part.rows
            self._kept = [_both(kept, more) for kept, more in zip(self._kept, part.kept, strict=True)]

    def values(self) -> dict[OutputKey, float]:
        """What the rows are reduced to, by output. Raises a UsageError where no rows have nothing, as a mean."""
        if not (self.rows or self._reducing.of_none):
            raise UsageError(f"the {self._how} of no rows", hint="there must be a row")
        return {
            (name, multi): number
            for (name, by), kept in zip(self._results.items(), self._kept, strict=True)
            for multi, number in zip(((), *by), _numbers(kept, self.rows, by), strict=True)
        }

    def tied(self) -> list[str]:
        """The results whose derivatives rest on the convention for a tie."""
        found = zip(self._results.items(), self._kept, strict=True)
        return [name for (name, by), kept in found if kept is not None and kept.tied(by)]


class GroupedReduction:
    """The same for each group of rows, by the groups' numbers, which come in ascending order first."""

    def __init__(self, engine: Engine, how: str) -> None:
        self._engine = engine
        self._reducing = _REDUCTIONS[how]
        self._results = _by_result(engine)
        self._kept: list[list[Kept | None]] = [[] for _ in self._results]
        self.rows: list[int] = []

    def compute(
        self, inputs: Sequence[Any], groups: Any, troubled: Troubled = refused, threads: int = 1
    ) -> list[GroupPart]:
        """Computes and reduces rows, which are in these groups."""

        def reduced(found: Mapping[OutputKey, Any], start: int, count: int) -> GroupPart:
            own = groups[start : start + count]
            order = np.argsort(own, kind="stable")
            starts = np.flatnonzero(np.diff(own[order], prepend=-1))
            counts = np.diff(starts, append=count)
            outputs = _outputs(found, self._results)
            kept = [self._reducing.kept([x[order] for x in one], starts) for one in outputs]
            strayed = _astray(chain.from_iterable(outputs), chain.from_iterable(kept), start)
            return GroupPart(own[order][starts].tolist(), counts.tolist(), kept, strayed)

        return _by_blocks(self._engine, inputs, len(groups), troubled, threads, reduced)

    def take(self, parts: Sequence[GroupPart]) -> None:
        """Adds what was computed to what is kept."""
        for part in parts:
            self._grow(max(part.groups, default=-1) + 1)
            for group, rows in zip(part.groups, part.rows, strict=True):
                self.rows[group] += rows
            for kept, added in zip(self._kept, part.kept, strict=True):
                for group, more in zip(part.groups, added, strict=True):
                    kept[group] = _both(kept[group], more)

    def _grow(self, groups: int) -> None:
        """Makes place for so many groups."""
        more = groups - len(self.rows)
        self.rows += [0] * more
        for kept in self._kept:
            kept += [None] * more

    def values(self, groups: int) -> dict[OutputKey, list[float]]:
        """What so many groups are reduced to, by output; 0 for a group without rows."""
        self._grow(groups)
        found: dict[OutputKey, list[float]] = {}
        for (name, by), kept in zip(self._results.items(), self._kept, strict=True):
            numbers = [_numbers(one, rows, by) for one, rows in zip(kept, self.rows, strict=True)]
            for i, multi in enumerate(((), *by)):
                found[name, multi] = [own[i] for own in numbers]
        return found

    def tied(self) -> int:
        """How many groups have derivatives that rest on the convention for a tie."""
        found = zip(self._results.values(), self._kept, strict=True)
        ties = [[one is not None and one.tied(by) for one in kept] for by, kept in found]
        return sum(map(any, zip(*ties, strict=True)))


def _both(kept: Kept | None, more: Kept) -> Kept:
    return more if kept is None else kept.plus(more)


def _numbers(kept: Kept | None, rows: int, by: Sequence[Multi]) -> list[float]:
    return [0.0] * (1 + len(by)) if kept is None else kept.numbers(rows, by)
