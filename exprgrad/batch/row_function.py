"""A compiled function over columns, as Python calls it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any, Final

import numpy as np

from exprgrad import expected
from exprgrad.batch.alone import alone
from exprgrad.batch.choice import Chooser
from exprgrad.batch.columns import check_once, column, columns_in, kept, missing, truths
from exprgrad.batch.names import REDUCTIONS, told_of_groups
from exprgrad.batch.reduction import Compiled, GroupedReduction, Reduction, shared_only
from exprgrad.derivatives import OutputKey, Task, multi_indices
from exprgrad.diagnostics import ErrorsIn, ExprError, Note, UsageError, listed
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Result, Rows
from exprgrad.run.engine import Engine, refused
from exprgrad.run.threads import processors
from exprgrad.text_tests import as_test, variable_of

# The column that says how many rows a group has.
ROWS: Final = "rows"


class RowFunction:
    """A compiled function that takes columns: each row is one evaluation of its own, with derivatives of its own.

    Call it with a column or a number for each input: one-dimensional arrays, or arrays of any one shape, of numpy,
    Arrow or Polars, or lists; contiguous doubles are not copied. A table (a mapping, a data frame) may be given first,
    whose columns stand for the inputs of their names that are not given. The values and derivatives of the `Result` are
    arrays in the shape of the columns; one that is a column unchanged is that column, read-only. Where a row holds a
    null in a column that is read, they are nan.

    With `reduce` they are the sum, mean, maximum or minimum over all rows, and its derivatives by what is not a column.
    Rows with a null are left out, and a note counts them. With `group_by` they are that of each group of rows with the
    same cells in these columns, which are given beside the inputs or in the table: arrays with a number for each.
    `keep_columns`, names, says which columns of the table stay beside the results, all by default.

    Raises an ExprError for missing or unknown names, for columns that do not fit, and for a row that cannot be
    computed, such as one whose condition is nan. Threads may share it, and it pickles.
    """

    def __init__(
        self,
        owner: Compiled,
        engine: str,
        reduce: str | None,
        threads: int | None,
        group_by: str | Sequence[str] | None = None,
        keep_columns: str | Sequence[str] | None = None,
    ) -> None:
        if reduce is not None:
            expected.choice(f"rows are reduced to their {listed(REDUCTIONS, 'or')}, found", reduce, REDUCTIONS)
        if threads is not None:
            expected.whole("the number of threads", threads, 1)
        by = None if group_by is None else expected.names("group_by", group_by)
        if by == ():
            raise UsageError("group_by names no column", hint="leave it out")
        if by is not None and ROWS in by:
            message = f"rows are grouped by {ROWS}, and a column of that name says how many each group has"
            raise UsageError(message, hint="give the column another name")
        if by is not None and reduce is None:
            raise UsageError("group_by is about what rows are reduced to", hint='add reduce="mean"')
        keep = None if keep_columns is None else expected.names("keep_columns", keep_columns)
        if keep is not None and reduce is not None:
            raise UsageError("keep_columns is about rows, and reduce= keeps none", hint="leave one of them out")
        task = owner.task
        if task.full_jacobian or task.weights:
            what = "weights" if task.weights else "a jacobian"
            raise UsageError(f"{what} of numbers alone: a row has one value for each result", hint="leave it out")
        self.text = owner.text
        self.inputs = tuple(task.names.variables)
        self.results = task.results
        self._owner = owner
        self._task = task
        self._asked = engine
        self._reduce = reduce
        self._by = by
        self._keep = keep
        self._given_threads = threads
        self._threads = processors() if threads is None else threads
        # By the columns, on which it depends by what the sum over rows is differentiated.
        self._engines: dict[tuple[str, ...], Chooser] = {(): Chooser(task, engine)}
        self._alone: dict[tuple[str, ...], tuple[Note, ...]] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return (RowFunction, (self._owner, self._asked, self._reduce, self._given_threads, self._by, self._keep))

    def __repr__(self) -> str:
        return f"<exprgrad row function ({', '.join(self.inputs)}) -> {', '.join(self.results)}>"

    def __call__(self, table: Any = None, /, **values: Any) -> Result:
        """The value and derivatives in each row, or of what all rows are reduced to."""
        with ErrorsIn(self.text):
            apart = {name: values.pop(name) for name in self._by or () if name in values and name not in self.inputs}
            given = {name: values[name] if name in values else table[name] for name in self._known(table, values)}
            self._owner.check_inputs(values | given)
            if self._keep is not None and table is None:
                raise UsageError("keep_columns is about a table, and there is none", hint="give one first, f(table)")
            columns, shape = _columns({name: given[variable_of(name)] for name in self._task.names.inputs})
            rows = _Given(columns, 1 if shape is None else prod(shape), _nulls(columns, given))
            if self._by is not None:
                return self._grouped(rows, {name: self._cells(name, table, values | apart) for name in self._by})
            if self._reduce is not None:
                return self._reduced(rows, given)
            engine = self._engines[()].choose(rows.inputs)
            found = engine.run(rows.inputs, rows.count, rows.refused, threads=self._threads)
            if shape is None:
                return result(given, self._task, found, lambda x: float(x[0]))
            shown = given if table is None else {**self._kept(table, rows.whole, values), **values}
            return result(
                shown,
                self._task,
                found,
                lambda x: rows.all(x).reshape(shape),
                Rows,
                self._notes(rows),
                nulls=self._gone(rows, shown),
            )

    def _notes(self, rows: _Given) -> tuple[Note, ...]:
        """The notes on functions of arrays that are given a column."""
        held = rows.held
        if held not in self._alone:
            hint = "f(x=column) computes with the column as a vector; rows(reduce=...) reduces what is in the rows"
            self._alone[held] = tuple([x.note._replace(hint=hint) for x in alone(self._task.names, held)])
        return self._alone[held]

    def _gone(self, rows: _Given, shown: Mapping[str, Any]) -> dict[str, Any] | None:
        """Which cells are null, by the names of the inputs and results that have some."""
        if rows.nulls is None:
            return None
        held = {name: x for name, x in shown.items() if not isinstance(x, str) and len(getattr(x, "shape", (1,)))}
        found = {name: missing(x).reshape(-1) for name, x in held.items() if hasattr(x, "__len__")}
        return {**found, **dict.fromkeys(self.results, rows.nulls)}

    def _reduced(self, rows: _Given, given: Mapping[str, Any]) -> Result:
        """What all rows are reduced to."""
        assert self._reduce is not None
        task, engine = self._shared(rows)
        reduction = Reduction(engine, self._reduce)
        reduction.take(reduction.compute(rows.inputs, rows.count, rows.refused, self._threads))
        found = reduction.values()
        notes = (*self._notes(rows), *ties(task, self._reduce, reduction.tied()), *rows.notes(task))
        return result(given, task, found, float, notes=notes)

    def _grouped(self, rows: _Given, by: Mapping[str, Any]) -> Result:
        """What each group of rows is reduced to, by the cells of these columns."""
        assert self._reduce is not None
        if wrong := next((name for name, cells in by.items() if len(cells) != rows.whole), None):
            message = f"{wrong} has {len(by[wrong]):,} rows, and what is computed {rows.whole:,}"
            raise UsageError(message, hint="columns of one table have one length")
        task, engine = self._shared(rows)
        numbers: dict[tuple[Any, ...], int] = {}
        try:
            told = [tuple(map(_telling, cells)) for cells in zip(*by.values(), strict=True)]
            which = [numbers.setdefault(told[row], len(numbers)) for row in rows.places]
        except TypeError:
            message = f"rows are not grouped by what {listed(list(by))} holds"
            raise UsageError(message, hint="group by texts, numbers or dates") from None
        reduction = GroupedReduction(engine, self._reduce)
        groups = np.array(which, np.int64)
        reduction.take(reduction.compute(rows.inputs, groups, rows.refused, self._threads))
        found = {key: np.array(numbers) for key, numbers in reduction.values(len(numbers)).items()}
        first = rows.places[np.unique(groups, return_index=True)[1]]
        cells = {name: x[first] for name, x in by.items()}
        tied = ties_of_groups(task, self._reduce, reduction.tied(), len(numbers))
        notes = (*self._notes(rows), *tied, *rows.notes(task))
        return result({**cells, ROWS: np.array(reduction.rows, np.int64)}, task, found, lambda x: x, Rows, notes)

    def _shared(self, rows: _Given) -> tuple[Task, Engine]:
        """The task by what all rows share, and its engine."""
        assert self._reduce is not None
        held = rows.held
        task = shared_only(self._owner, held, self._reduce)
        if held not in self._engines:
            self._engines[held] = Chooser(task, self._asked)
        return task, self._engines[held].choose(rows.inputs)

    def _cells(self, name: str, table: Any, values: Mapping[str, Any]) -> Any:
        """The cells of a column by which rows are grouped."""
        if name in values:
            return kept(name, values[name])
        held = [] if table is None else columns_in(table, "f.rows()(x=..., y=...)")
        if name not in held:
            known = f"its columns are {listed(held)}" if held else f"call it with a table, or {name}=..."
            raise UsageError(f"rows are grouped by {name}, which is no column", hint=known)
        check_once(held, name)
        return kept(name, table[name])

    def _kept(self, table: Any, rows: int, values: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the table that are kept, as they are, but for those in whose place values are given. What else
        a mapping has is none."""
        held = [name for name in columns_in(table, "f.rows()(x=..., y=...)") if name not in values]
        names = self._keep
        if names is None:
            names = tuple([name for name in held if not isinstance(table, Mapping) or _has_length(table[name], rows)])
        for name in names:
            check_once(held, name)
            if name not in held:
                raise UsageError(f"the table has no column {name}", hint=f"its columns are {listed(held)}")
        return {name: table[name] for name in names}

    def _known(self, table: Any, values: Mapping[str, Any]) -> list[str]:
        """The inputs that have a value, or a column in the table."""
        if table is None:
            return [name for name in self.inputs if name in values]
        held = columns_in(table, "f.rows()(x=..., y=...)")
        for name in self._task.names.constants:
            if name in held:
                raise UsageError(
                    f"the table has a column {name}, and {name} is a constant here",
                    hint=f'compile(..., override=["{name}"]) reads the column',
                )
        known = [name for name in self.inputs if name in values or name in held]
        for name in known:
            if name not in values:
                check_once(held, name)
        return known


def result(
    given: Mapping[str, Any],
    task: Task,
    found: Mapping[OutputKey, Any],
    shown: Callable[[Any], Any],
    kind: type[Result] = Result,
    notes: tuple[Note, ...] = (),
    **more: Any,
) -> Result:
    """The outputs of a task by their keys as a Result, each as `shown` has it."""
    outcomes = []
    for name in task.results:
        derivatives: list[Derivative] = []
        if task.direction is not None:
            along = tuple((name, to_python(tangent)) for name, tangent in task.direction)
            for order in range(1, task.max_order + 1):
                derivatives.append(Derivative((), shown(found[name, (0,) * order]), along, order))
        for multi in multi_indices(len(task.wrt), task.max_order):
            by = task.by(multi)
            derivatives.append(Derivative(by, shown(found[name, multi]), (), len(multi)))
        outcomes.append(Outcome(name, shown(found[name, ()]), tuple(derivatives)))
    return kind(dict(given), tuple(outcomes), notes, **more)


class _Given:
    """Rows as they are given. Those without a null are computed, `count` of `whole`, which stand at `places`."""

    def __init__(self, columns: Mapping[str, Any], whole: int, nulls: Any) -> None:
        self.columns = columns
        self.whole = whole
        self.nulls = nulls
        self.inputs = list(columns.values())
        self.places = np.arange(whole) if nulls is None else np.flatnonzero(~nulls)
        self.count = len(self.places)
        if nulls is not None:
            self.inputs = [x.reshape(-1)[self.places] if is_array(x) else x for x in self.inputs]

    @property
    def held(self) -> tuple[str, ...]:
        """The inputs that are columns."""
        return tuple([name for name, x in self.columns.items() if is_array(x)])

    def refused(self, row: int, problem: ExprError) -> None:
        """Raises the error of a row that was computed, with its number among all."""
        refused(int(self.places[row]), problem)

    def all(self, found: Any) -> Any:
        """A number for each row, nan where there is a null, from those that were computed."""
        if self.count == self.whole:
            return found
        numbers = np.full(self.whole, math.nan)
        numbers[self.places] = found
        return numbers

    def notes(self, task: Task) -> tuple[Note, ...]:
        """How many rows were left out."""
        left_out = self.whole - self.count
        message = f"rows left out, since they hold a null: {left_out:,} of {self.whole:,}"
        return (Note(message, task.place(task.results[0])),) if left_out else ()


def _nulls(columns: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    """Which rows hold a null in a column that is read, if any do. Of a column of texts a nan is one."""
    found = None
    for name, x in columns.items():
        if is_array(x) and (gone := np.isnan(x)).any():
            nulls = (gone if as_test(name) else missing(given[name])).reshape(-1)
            found = nulls if found is None else found | nulls
    return found if found is not None and found.any() else None


def _has_length(x: Any, rows: int) -> bool:
    return hasattr(x, "__len__") and not isinstance(x, str | bytes | Mapping) and len(x) == rows


def _telling(cell: Any) -> Any:
    """What is equal where cells are of one group, as nan is."""
    return "\0nan" if isinstance(cell, float) and math.isnan(cell) else cell


def ties_of_groups(task: Task, how: str, tied: int, groups: int) -> tuple[Note, ...]:
    """The note on groups in which several rows reach the maximum or minimum."""
    message = told_of_groups(how, tied, groups)
    return (Note(message, task.place(task.results[0])),) if tied else ()


def ties(task: Task, how: str, tied: Sequence[str]) -> tuple[Note, ...]:
    """The notes on the results of which several rows reach the maximum or minimum."""
    message = f"several rows reach the {how} over rows: its derivatives are the means of theirs"
    return tuple([Note(message, task.place(name)) for name in tied])


def _column(name: str, x: Any) -> Any:
    """The value of an input as a column or a float."""
    return column(name, x) if (test := as_test(name)) is None else truths(test.variable, x, test.text)


def _columns(given: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[int, ...] | None]:
    """The values as contiguous columns or floats, and the shape of the columns, None if there is none."""
    found = {name: _column(name, x) for name, x in given.items()}
    shapes = {name: x.shape for name, x in found.items() if is_array(x)}
    names = list(shapes)
    for name in names[1:]:
        if shapes[name] != shapes[names[0]]:
            a, b = (
                f"{variable_of(n)} has {shapes[n][0]:,} rows"
                if len(shapes[n]) == 1
                else f"{variable_of(n)} has shape {shapes[n]}"
                for n in (names[0], name)
            )
            vector = "in rows every name is one number: name the elements of a vector, w0=, w1="
            raise UsageError(f"{a}, {b}", hint=f"columns of one table have one length; {vector}")
    shape = shapes[names[0]] if names else None
    return {name: x.reshape(-1) if is_array(x) else x for name, x in found.items()}, shape
