"""A function over files of rows: which inputs are columns, which engine computes them, and what is told in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from exprgrad import rows
from exprgrad.compiled import Function
from exprgrad.derivatives import Task, keys, output_name
from exprgrad.diagnostics import EvaluationError, ExprError, InputDataError, UsageError
from exprgrad.notations import elsewhere
from exprgrad.numbers.scalars import is_array
from exprgrad.outcomes import column_name, columns_of
from exprgrad.records import NamedTuple
from exprgrad.result import Result
from exprgrad.rows.contract import (
    Consume,
    Evaluate,
    Gather,
    IsText,
    NoColumnError,
    Progress,
    Reading,
    RowProblem,
    Summary,
)
from exprgrad.rows.dialect import PLAIN, Dialect
from exprgrad.rows.formats import BadRows
from exprgrad.run.threads import processors
from exprgrad.text_tests import as_test, variable_of
from exprgrad.views.numbers import NumberFormat

if TYPE_CHECKING:
    from exprgrad.batch.reduction import Turned
    from exprgrad.rows.sources import Origin, Sweep
    from exprgrad.run.engine import Engine, Troubled


class Done(NamedTuple):
    """What became of the rows, the engine that computed them, if there was a choice, and of a reduction the result, and
    of how many rows; of groups, how many are `tied`: several rows reach the maximum or minimum."""

    summary: Summary
    engine: str | None
    result: Result | None = None
    reduced: int = 0
    tied: int = 0


class BoundFunction(NamedTuple):
    """A function whose inputs are bound: some to values that all rows share, the others to columns of files. `texts`
    has those of these values that are texts, by their variables."""

    function: Function
    shared: Mapping[str, Any]
    columns: Mapping[str, Reading]
    texts: Mapping[str, str]

    @property
    def given(self) -> dict[str, Any]:
        """What all rows share, as a result has it."""
        found = {}
        for name, x in self.shared.items():
            variable = variable_of(name)
            text = self.texts.get(variable)
            found[variable] = text if text is not None else x.astype(float) if is_array(x) else float(x)
        return found

    @property
    def read(self) -> list[Reading]:
        """What is read of columns: several inputs may be bound to one."""
        return list(dict.fromkeys(self.columns.values()))

    def inputs(self, arrays: Sequence[Any]) -> list[Any]:
        """The values of the inputs in order, from an array for each of what is read."""
        held = dict(zip(self.read, arrays, strict=True))
        columns = self.columns
        return [held[columns[name]] if name in columns else self.shared[name] for name in self.function.names.inputs]

    def engine(self, task: Task, asked: str) -> Engine:
        """The engine for blocks of rows."""
        import numpy as np

        from exprgrad.batch.choice import Chooser

        return Chooser(task, asked).choose(self.inputs([np.zeros(0)] * len(self.read)))

    def problem(self, told: Mapping[int, ExprError]) -> RowProblem:
        """The error of the rows of a block that cannot be computed."""
        places = sorted(told)
        first = told[places[0]]
        return RowProblem(first.message, first.span, rows=places, hint=first.hint, source=self.function.text)


def bind(function: Function, values: Mapping[str, Any], named: Mapping[str, str]) -> BoundFunction:
    """Binds the inputs that have no value to the columns of their names, or to those that `named` gives."""
    shared = function.shared(values)
    columns = {name: _reading(name, named) for name in function.names.inputs if name not in shared}
    return BoundFunction(function, shared, columns, {name: values[name] for name in function.texts if name in values})


def _reading(name: str, named: Mapping[str, str]) -> Reading:
    """What an input is of a column."""
    if (test := as_test(name)) is None:
        return named.get(name, name)
    return IsText(named.get(test.variable, test.variable), test.text)


class Evaluation(Evaluate, Protocol):
    """What is computed for a block of rows; several threads call it."""

    @property
    def bound(self) -> BoundFunction:
        """The function of the rows."""

    @property
    def engine(self) -> str | None:
        """What computed them, if there was a choice."""


class Evaluated:
    """The results of the function. The engine is made when it is asked for."""

    def __init__(self, bound: BoundFunction, asked: str) -> None:
        task = bound.function.task
        self.columns = bound.read
        self._keys = keys(task)
        self.outputs = _named([output_name(key, task) for key in self._keys])
        self.bound = bound
        self._asked = asked
        self._lock = Lock()
        self._engine: Engine | None = None

    @property
    def engine(self) -> str:
        """The name of the engine."""
        return self.prepare().name

    def prepare(self) -> Engine:
        """The engine. Raises what is wrong with it each time."""
        with self._lock:
            if self._engine is None:
                self._engine = self.bound.engine(self.bound.function.task, self._asked)
            return self._engine

    def __call__(self, columns: Sequence[Any], /) -> list[Any]:
        inputs = self.bound.inputs(columns)
        with _told(self.bound) as troubled:
            found = self.prepare().run(inputs, len(columns[0]), troubled)
        return [found[key] for key in self._keys]


class Solved:
    """The unknowns for which equations hold in each row, and the other results there."""

    engine = None

    def __init__(
        self, bound: BoundFunction, given: Mapping[str, Any], unknowns: Sequence[str], ends: tuple[float, float] | None
    ) -> None:
        """`given` are the values that all rows share. Unknowns start from values or columns, or one has `ends`."""
        from exprgrad.solving.solve import shown

        self.columns = bound.read
        self.bound = bound
        self._given = given
        self._unknowns: Any = list(unknowns) if ends is None else {unknowns[0]: ends}
        self._names = unknowns
        # One at a time: SciPy's warnings are silent for a while, which all threads share.
        self._lock = Lock()
        texts = {name: known[0] for name, known in bound.function.texts.items()}
        # A text that is none of those that the program knows is like any other one.
        self._other = {name: f"{''.join(known)}, none of these" for name, known in bound.function.texts.items()}
        found = shown(bound.function, unknowns, {**dict.fromkeys(bound.function.inputs, 0.0), **texts, **given})
        self.outputs = _named(
            [x for name, moving in found for x in (name, *[column_name(name, (by,), 1) for by in moving])]
        )

    def prepare(self) -> None:
        """Nothing."""

    def __call__(self, columns: Sequence[Any], /) -> list[Any]:
        import numpy as np

        found = np.empty((len(self.outputs), len(columns[0])))
        with _told(self.bound) as troubled, self._lock:
            for i, cells in enumerate(zip(*columns, strict=True)):
                try:
                    found[:, i] = self._solved(cells)
                except EvaluationError as problem:
                    troubled(i, problem)
        return [*found]

    def _solved(self, cells: Sequence[float]) -> list[float]:
        """What a row gives."""
        from exprgrad.solving.solve import solve

        held = dict(zip(self.columns, cells, strict=True))
        values = dict(self._given)
        for name, reading in self.bound.columns.items():
            if (test := as_test(name)) is None:
                values[name] = float(held[reading])
            elif held[reading]:
                values[test.variable] = test.text
            else:
                values.setdefault(test.variable, self._other[test.variable])
        for name in self._names:
            if not isfinite(values.get(name, 0.0)):
                raise EvaluationError(f"the start of {name} is not finite")
        return _row(solve(self.bound.function, self._unknowns, values))


def _row(result: Result) -> list[float]:
    """The numbers of a result as those of a row."""
    for name, value in result.values.items():
        if is_array(value):
            raise UsageError(f"in a row {name} is one number, found {value.size}", hint="name elements apart")
    return [x for _, x in columns_of(result.outcomes)]


def transform(
    evaluation: Evaluation,
    sources: Sequence[str] | Sweep,
    target: str | None,
    *,
    keep: Sequence[str] | None,
    keep_text: Sequence[str] | None = (),
    on_bad_row: BadRows,
    output_format: str | None,
    number: NumberFormat | None = None,
    dialect: Dialect = PLAIN,
    progress: Progress | None,
) -> Done:
    """Computes each row of some files and writes it, with the columns that are kept."""
    try:
        with _known_columns(evaluation.bound.function):
            summary = rows.transform(
                sources,
                target,
                evaluation,
                keep=keep,
                keep_text=keep_text,
                on_bad_row=on_bad_row,
                output_format=output_format,
                number=number,
                dialect=dialect,
                constants=evaluation.bound.function.names.constants,
                progress=progress,
            )
    except ExprError:
        evaluation.prepare()  # what is wrong with the program comes before what is wrong with the files
        raise
    return Done(summary, evaluation.engine)


class RowSource(Protocol):
    """Rows that can be read again and again."""

    def read(self, bound: BoundFunction, consume: Consume) -> Summary:
        """Gives what a function reads of the rows to a consumer, in blocks."""


class RowFiles(NamedTuple):
    """Files of rows, or a sweep, and how they are read."""

    sources: Origin
    on_bad_row: BadRows
    dialect: Dialect = PLAIN
    progress: Progress | None = None

    def read(self, bound: BoundFunction, consume: Consume) -> Summary:
        """Reads the files once."""
        with _known_columns(bound.function):
            return rows.reduce_rows(
                self.sources,
                bound.read,
                consume,
                size=_size(),
                on_bad_row=self.on_bad_row,
                dialect=self.dialect,
                constants=bound.function.names.constants,
                progress=self.progress,
            )

    def grouped(
        self,
        bound: BoundFunction,
        gather: Gather,
        by: Sequence[str],
        target: str | None,
        *,
        output_format: str | None,
        number: NumberFormat | None = None,
    ) -> Summary:
        """Reads the files once, and writes what is gathered of each group of rows that have the same cells in some
        columns."""
        with _known_columns(bound.function):
            return rows.reduce_groups(
                self.sources,
                target,
                gather,
                by,
                size=_size(),
                on_bad_row=self.on_bad_row,
                output_format=output_format,
                number=number,
                dialect=self.dialect,
                constants=bound.function.names.constants,
                progress=self.progress,
            )


class HeldRows(NamedTuple):
    """Rows in memory: an array for each of what a function reads."""

    columns: Sequence[Any]
    on_bad_row: BadRows

    def read(self, bound: BoundFunction, consume: Consume) -> Summary:
        """Gives them in blocks as files have them."""
        return rows.reduce_held(self.columns, consume, size=_size(), on_bad_row=self.on_bad_row)


class Reducer:
    """What rows are reduced to, and its derivatives by what all rows share. Its engine is made once, for whatever rows
    and whatever values they share."""

    def __init__(self, bound: BoundFunction, how: str, engine: str) -> None:
        from exprgrad.batch.reduction import shared_only

        self._bound = bound
        self.how = how
        self._task = shared_only(bound.function, list(bound.columns), how)
        self._engine = bound.engine(self._task, engine)

    @property
    def engine(self) -> str:
        """What computes the rows."""
        return self._engine.name

    def reduced(self, source: RowSource, shared: Mapping[str, float], turned: Turned = dict) -> Done:
        """Reads the rows, with these among the values that all of them share, and reduces what `turned` makes of
        them."""
        from exprgrad.batch.reduction import Reduction, astray
        from exprgrad.batch.row_function import result, ties

        bound = self._bound._replace(shared={**self._bound.shared, **shared})
        reduction = Reduction(self._engine, self.how, turned)

        def consume(columns: Sequence[Any], /) -> Sequence[int]:
            with _told(bound) as troubled:
                parts = reduction.compute(bound.inputs(columns), len(columns[0]), troubled, processors())
            reduction.take(parts)
            return astray(parts)

        summary = source.read(bound, consume)
        try:
            values = reduction.values()
        except UsageError as problem:
            raise _no_row(problem.message, summary) from None
        found = result(bound.given, self._task, values, float, notes=ties(self._task, self.how, reduction.tied()))
        return Done(summary, self.engine, found, reduction.rows)

    def grouped(
        self,
        files: RowFiles,
        by: Sequence[str],
        target: str | None,
        *,
        output_format: str | None,
        number: NumberFormat | None = None,
    ) -> Done:
        """Reads the files, and writes the same of each group of rows that have the same cells in some columns."""
        gather = _Gathered(self._bound, self._task, self._engine, self.how)
        summary = files.grouped(self._bound, gather, by, target, output_format=output_format, number=number)
        return Done(summary, self.engine, tied=gather.tied())


class _Gathered:
    """What each group of rows is reduced to."""

    def __init__(self, bound: BoundFunction, task: Task, engine: Engine, how: str) -> None:
        from exprgrad.batch.reduction import GroupedReduction

        self.columns = bound.read
        self._keys = keys(task)
        self.outputs = _named([output_name(key, task) for key in self._keys])
        self._bound = bound
        self._reduction = GroupedReduction(engine, how)

    def __call__(self, columns: Sequence[Any], groups: Any, /) -> Sequence[int]:
        from exprgrad.batch.reduction import astray

        with _told(self._bound) as troubled:
            parts = self._reduction.compute(self._bound.inputs(columns), groups, troubled, processors())
        self._reduction.take(parts)
        return astray(parts)

    def values(self, groups: int, troubled: Troubled) -> tuple[Sequence[int], Sequence[Sequence[float]]]:
        found = self._reduction.values(groups)
        return self._reduction.rows, [found[key] for key in self._keys]

    def tied(self) -> int:
        """How many groups have derivatives that rest on the convention for a tie."""
        return self._reduction.tied()


class GroupedFit:
    """A fit to each group of rows. All rows are held in memory, what is read of them, since a fit reads its own again
    and again."""

    def __init__(
        self, bound: BoundFunction, outputs: Sequence[str], fit: Callable[[RowSource], Result], on_bad_row: BadRows
    ) -> None:
        """`outputs` are the names of what `fit` finds of some rows."""
        self.columns = bound.read
        self.outputs = _named([*outputs])
        self._fit = fit
        self._on_bad_row = on_bad_row
        self._held: list[tuple[Any, ...]] = []

    def __call__(self, columns: Sequence[Any], groups: Any, /) -> Sequence[int]:
        self._held.append((*columns, groups))
        return ()

    def values(self, groups: int, troubled: Troubled) -> tuple[Sequence[int], Sequence[Sequence[float | None]]]:
        import numpy as np

        *columns, which = map(np.concatenate, zip(*self._held, strict=True)) if self._held else [np.zeros(0, int)]
        order = np.argsort(which, kind="stable")
        columns = [column[order] for column in columns]
        counts = np.bincount(which, minlength=groups).tolist()
        found: list[Sequence[float | None]] = []
        start = 0
        for group, count in enumerate(counts):
            source = HeldRows([column[start : start + count] for column in columns], self._on_bad_row)
            start += count
            try:
                fitted = self._fit(source)
            except (EvaluationError, InputDataError, UsageError) as problem:  # there may be too few rows for it
                troubled(group, problem)
                found.append([None] * len(self.outputs))
            else:
                found.append(_row(fitted))
        return counts, [[*column] for column in zip(*found, strict=True)] or [[]] * len(self.outputs)


def _named(names: list[str]) -> list[str]:
    """The columns of some outputs. Raises a UsageError where two have one name."""
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two results are called {name}, one of them a derivative", hint="rename the other")
    return names


@contextmanager
def _told(bound: BoundFunction) -> Iterator[Troubled]:
    """What is told of the rows of a block that cannot be computed. In the end it raises a RowProblem of them."""
    told: dict[int, ExprError] = {}
    yield told.__setitem__
    if told:
        raise bound.problem(told)


@contextmanager
def _known_columns(function: Function) -> Iterator[None]:
    """The error for a column that the files have not says what else its name may be in the program."""
    try:
        yield
    except NoColumnError as problem:
        problem.hint = "; ".join([*elsewhere.unknown_names([problem.name], function.text), problem.hint or ""])
        raise


def _size() -> int:
    """How many rows a block has that is reduced: of it every thread gets something."""
    return max(2, processors()) << 15


class RowObjective:
    """A sum or mean over rows, with its first and second derivatives at points: values of some inputs that all rows
    share. Each point is a reading of the rows; the last one is remembered. `reducer` makes what reduces them for some
    results, with derivatives up to an order."""

    def __init__(
        self,
        reducer: Callable[[tuple[str, ...], int], Reducer],
        source: RowSource,
        result: str,
        variables: Sequence[str],
    ) -> None:
        self._made = reducer
        self._source = source
        self._reducer = reducer((result,), 2)
        self._result = result
        self._variables = tuple(variables)
        self._point: tuple[float, ...] = ()
        self.done: Done | None = None  # the last reading

    @property
    def count(self) -> int:
        """How many rows the last reading summed."""
        assert self.done is not None
        return self.done.reduced

    @property
    def mean(self) -> bool:
        """Whether it is their mean."""
        return self._reducer.how == "mean"

    def evaluated(self, results: Sequence[str], point: tuple[float, ...]) -> Result:
        """The sums or means of other results at a point, with first derivatives."""
        found = self._at(self._made(tuple(results), 1), point).result
        assert found is not None
        return found

    def value_and_gradient(self, point: tuple[float, ...]) -> tuple[float, Any]:
        """The value and the first derivatives."""
        import numpy as np

        found = self._found(point)
        return found[self._result], np.array([found.derivative(self._result, name) for name in self._variables])

    def hessian(self, point: tuple[float, ...]) -> Any:
        """The second derivatives."""
        return self._hessian(self._found(point))

    def linearized_hessian(self, point: tuple[float, ...]) -> Any:
        """The same of rows that are squares, without the second derivatives of what is squared."""
        from exprgrad.solving.squares import linearized

        found = self._at(self._reducer, point, linearized).result
        assert found is not None
        return self._hessian(found)

    def _hessian(self, result: Result) -> Any:
        import numpy as np

        found = result.hessian(self._result)
        return np.array([[found[a, b] for b in self._variables] for a in self._variables])

    def _found(self, point: tuple[float, ...]) -> Result:
        if self.done is None or self._point != point:
            self.done = self._at(self._reducer, point)
            self._point = point
        assert self.done.result is not None
        return self.done.result

    def _at(self, reducer: Reducer, point: tuple[float, ...], turned: Turned = dict) -> Done:
        return reducer.reduced(self._source, dict(zip(self._variables, point, strict=True)), turned)


def _no_row(message: str, summary: Summary) -> InputDataError:
    """The error for files of which no row is left to take the mean of, and why."""
    counts = {"bad and skipped": summary.skipped, "with a null": summary.nulls}
    found = [f"{count:,} of {summary.rows:,} {what}" for what, count in counts.items() if count]
    return InputDataError(
        f"{message}: {', '.join(found) or 'the files have none'}",
        hint="without --on-bad-row the first bad one is told" if summary.skipped else "there must be a row",
        origin=None,
    )
