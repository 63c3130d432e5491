"""A compiled function over columns, as Python calls it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import prod
from typing import Any

from exprgrad import expected
from exprgrad.batch.choice import Chooser
from exprgrad.batch.columns import check_once, column, columns_in, truths
from exprgrad.batch.names import REDUCTIONS
from exprgrad.batch.reduction import Compiled, Reduction, shared_only
from exprgrad.derivatives import OutputKey, Task, multi_indices
from exprgrad.diagnostics import ErrorsIn, Note, UsageError, listed
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import is_array
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Result, Rows
from exprgrad.run.threads import processors
from exprgrad.text_tests import as_test, variable_of


class RowFunction:
    """A compiled function that takes columns: each row is one evaluation of its own, with derivatives of its own.

    Call it with a column or a number for each input: one-dimensional arrays, or arrays of any one shape, of numpy,
    Arrow or Polars, or lists; contiguous doubles are not copied. A table (a mapping, a data frame) may be given first,
    whose columns stand for the inputs of their names that are not given. The values and derivatives of the `Result` are
    arrays in the shape of the columns; one that is a column unchanged is that column, read-only. A null is nan.

    With `reduce` they are the sum, mean, maximum or minimum over all rows, and its derivatives by what is not a column.

    Raises an ExprError for missing or unknown names, for columns that do not fit, and for a row that cannot be
    computed, such as one whose condition is nan. Threads may share it, and it pickles.
    """

    def __init__(self, owner: Compiled, engine: str, reduce: str | None, threads: int | None) -> None:
        if reduce is not None:
            expected.choice(f"rows are reduced to their {listed(REDUCTIONS, 'or')}, found", reduce, REDUCTIONS)
        if threads is not None:
            expected.whole("the number of threads", threads, 1)
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
        self._given_threads = threads
        self._threads = processors() if threads is None else threads
        # By the columns, on which it depends by what the sum over rows is differentiated.
        self._engines: dict[tuple[str, ...], Chooser] = {(): Chooser(task, engine)}

    def __reduce__(self) -> tuple[Any, ...]:
        return (RowFunction, (self._owner, self._asked, self._reduce, self._given_threads))

    def __repr__(self) -> str:
        return f"<exprgrad row function ({', '.join(self.inputs)}) -> {', '.join(self.results)}>"

    def __call__(self, table: Any = None, /, **values: Any) -> Result:
        """The value and derivatives in each row, or of what all rows are reduced to."""
        with ErrorsIn(self.text):
            given = {name: values[name] if name in values else table[name] for name in self._known(table, values)}
            self._owner.check_inputs(values | given)
            columns, shape = _columns({name: given[variable_of(name)] for name in self._task.names.inputs})
            inputs = list(columns.values())
            rows = 1 if shape is None else prod(shape)
            if self._reduce is None:
                engine = self._engines[()].choose(inputs)
                found = engine.run(inputs, rows, threads=self._threads)
                if shape is None:
                    return result(given, self._task, found, lambda x: float(x[0]))
                return result(given, self._task, found, lambda x: x.reshape(shape), Rows)
            held = tuple(name for name, x in columns.items() if is_array(x))
            task = shared_only(self._owner, held, self._reduce)
            if held not in self._engines:
                self._engines[held] = Chooser(task, self._asked)
            reduction = Reduction(self._engines[held].choose(inputs), self._reduce)
            reduction.take(reduction.compute(inputs, rows, threads=self._threads))
            found = reduction.values()
            return result(given, task, found, float, notes=ties(task, self._reduce, reduction.tied()))

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
    return kind(dict(given), tuple(outcomes), notes)


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
