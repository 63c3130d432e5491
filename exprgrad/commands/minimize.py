"""The inputs for which the result of a program, or its sum or mean over rows, is least or largest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.arguments.table import REDUCE_ROWS, ROWS_FROM, STANDARD_ERRORS
from exprgrad.arguments.values import check_names
from exprgrad.commands import rows
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import ErrorsIn, UsageError
from exprgrad.files import called
from exprgrad.outcomes import ABSOLUTE, SCALED
from exprgrad.solving import minimize as minimizing
from exprgrad.solving.question import check_unknowns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject, Values
    from exprgrad.result import Result
    from exprgrad.rowfiles import Done, Reducer


def minimize(subject: Subject, settings: Settings, written: ResultWriter) -> None:
    """Minimizes or maximizes over unknowns, and writes them as a result."""
    largest = settings.maximize_over is not None
    names = settings.maximize_over or settings.minimize_over
    assert names is not None
    done = None
    if settings.standard_errors is not None:
        minimizing.checked_way(settings.standard_errors, largest)
    if settings.standard_errors == SCALED and not settings.has_rows:
        raise UsageError(
            f"{STANDARD_ERRORS} {SCALED} needs rows, which are counted",
            hint=f"add {ROWS_FROM} FILE and {REDUCE_ROWS} sum, or write {STANDARD_ERRORS} {ABSOLUTE}",
        )
    with ErrorsIn(subject.text):
        check_unknowns(subject.function, names, minimizing.named(largest))
        if settings.has_rows:
            values = subject.values()
            result, done = _over_rows(subject, settings, names, values, largest)
        else:
            check_names(subject.function, subject.given, starting=names)
            values = subject.values()
            result = minimizing.minimize(
                subject.function, names, values.numbers, largest=largest, standard_errors=settings.standard_errors
            )
    finish(settings, written.result(result), values.reports, subject.reports(result.notes))
    if done is not None:
        rows.tell_of_rows(done, settings)


def _over_rows(
    subject: Subject, settings: Settings, names: tuple[str, ...], values: Values, largest: bool
) -> tuple[Result, Done | None]:
    """The same over rows, which are read once for each point."""
    from exprgrad.rowfiles import RowObjective, bind
    from exprgrad.rows.sources import is_read_once

    sources = rows.prepare(subject, settings, names)
    for source in settings.rows_from:
        if is_read_once(source):
            raise UsageError(
                f"rows are read again for each point, and {called(source)} can be read once", hint="name a file"
            )
    function, shared = subject.function, values.numbers
    columns = [name for name in function.inputs if name not in shared]
    question = minimizing.asked_of_rows(function, names, shared, columns, largest)
    owner = minimizing.objective_of(function, names, largest)
    variables = (*question.unknowns, *question.moving)
    with rows.progress_line(settings) as line:

        def reducer(results: Sequence[str], order: int) -> Reducer:
            wanted = function.changed(fetch_names=tuple(results), wrt=variables, max_order=order)
            return rows.reducer(bind(wanted, shared, settings.from_column), sources, settings, line)

        objective = RowObjective(reducer, owner.results[0], variables)
        result = minimizing.minimized(function, owner, question, objective, largest, settings.standard_errors)
        return result, objective.done
