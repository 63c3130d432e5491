"""The inputs for which the result of a program, or its sum or mean over rows, is least or largest."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from exprgrad.arguments.table import MAXIMIZE_OVER, MINIMIZE_OVER, REDUCE_ROWS
from exprgrad.arguments.values import check_names
from exprgrad.batch.names import SMOOTH
from exprgrad.commands import rows
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import ErrorsIn, UsageError, listed
from exprgrad.outcomes import columns_of
from exprgrad.solving import minimize as minimizing
from exprgrad.solving.question import check_unknowns

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject, Values
    from exprgrad.result import Result
    from exprgrad.rowfiles import Done, Reducer, RowSource


def minimize(subject: Subject, settings: Settings, written: ResultWriter | None) -> None:
    """Minimizes or maximizes over unknowns, and writes them as a result, or without `written` as a row for each group
    of rows."""
    largest = settings.maximize_over is not None
    names = settings.maximize_over or settings.minimize_over
    assert names is not None
    done = None
    result: Result | None
    if settings.reduce_rows not in (None, *SMOOTH):
        raise UsageError(
            f"{MAXIMIZE_OVER if largest else MINIMIZE_OVER} takes the {listed(SMOOTH, 'or')} over rows, not their "
            f"{settings.reduce_rows}, which has a kink wherever another row reaches it",
            hint=f"write {REDUCE_ROWS} {listed(SMOOTH, 'or')}",
        )
    if settings.standard_errors is not None:
        minimizing.checked_way(settings.standard_errors, largest)
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
    if result is None or written is None:
        finish(settings, None, values.reports)
    else:
        told = [*subject.reports(result.notes), *written.reports(result)]
        finish(settings, written.result(result), values.reports, told)
    if done is not None:
        rows.tell_of_rows(done, settings)


def _over_rows(
    subject: Subject, settings: Settings, names: tuple[str, ...], values: Values, largest: bool
) -> tuple[Result | None, Done | None]:
    """The same over rows, which are read once for each point; or over each group of them, which is written."""
    from exprgrad.rowfiles import Done, GroupedFit, RowObjective, bind
    from exprgrad.rows.sources import kept

    sources = rows.prepare(subject, settings, names)
    by = settings.group_by
    function, shared, way = subject.function, values.numbers, settings.standard_errors
    columns = [name for name in function.inputs if name not in shared]
    question = minimizing.asked_of_rows(function, names, shared, columns, largest)
    owner = minimizing.objective_of(function, names, largest)
    variables = (*question.unknowns, *question.moving)

    @cache
    def reducer(results: tuple[str, ...], order: int) -> Reducer:
        wanted = function.changed(fetch_names=results, wrt=variables, max_order=order)
        return rows.reducer(bind(wanted, shared, settings.from_column), settings)

    def fitted(source: RowSource) -> tuple[Result, Done | None]:
        objective = RowObjective(reducer, source, owner.results[0], variables)
        # Of a group nothing is told beside its row.
        found = minimizing.minimized(function, owner, question, objective, largest, way, definite=bool(by))
        return found, objective.done

    with rows.progress_line(settings) as line:
        if not by:
            with kept(sources, settings.dialect) as again:
                return fitted(rows.files(again, settings, line))
        files = rows.files(sources, settings, line)
        bound = bind(function, shared, settings.from_column)
        outputs = [name for name, _ in columns_of(minimizing.sketch(function, owner, question, way))]
        gather = GroupedFit(bound, outputs, lambda source: fitted(source)[0], settings.on_bad_row)
        form, number = rows.written_as(settings)
        summary = files.grouped(bound, gather, by, settings.output_file, output_format=form, number=number)
        return None, Done(summary, reducer(owner.results, 2).engine)
