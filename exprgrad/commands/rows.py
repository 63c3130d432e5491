"""An evaluation for each row of some files, or what they are reduced to."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from exprgrad import console, interrupts
from exprgrad.arguments.ranges import axes, counted
from exprgrad.arguments.table import FROM_COLUMN, KEEP_COLUMNS, REDUCE_ROWS, SOLVE_FOR, SWEEP_OVER
from exprgrad.arguments.values import check_names
from exprgrad.batch.names import ENGINES, REDUCTIONS, told_of_groups
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import Note, Report, UsageError
from exprgrad.rows.dialect import place_of
from exprgrad.text_tests import variable_of
from exprgrad.views.numbers import formatted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject, Values
    from exprgrad.compiled import Function
    from exprgrad.rowfiles import BoundFunction, Done, Evaluation, Reducer, RowFiles
    from exprgrad.rows.contract import Summary
    from exprgrad.rows.progress import ProgressLine
    from exprgrad.rows.sources import Origin, Sweep
    from exprgrad.views.numbers import NumberFormat


def run(subject: Subject, settings: Settings, written: ResultWriter | None) -> None:
    """Writes the rows with their results, or the result of a reduction as `written` has it."""
    from exprgrad.rowfiles import Evaluated, bind

    sources = prepare(subject, settings)
    values = subject.values()
    bound = bind(subject.function, values.numbers, settings.from_column)
    alone = subject.reports(_alone(subject.function, settings, [*map(variable_of, bound.columns)]))
    values = values._replace(reports=[*values.reports, *alone])
    if settings.reduce_rows is None:
        write(Evaluated(bound, settings.row_engine), sources, settings, values)
        return
    with progress_line(settings) as line:
        reduction = reducer(bound, settings)
        source = files(sources, settings, line)
        by, file = settings.group_by, settings.output_file
        form, number = written_as(settings)
        if by:
            done = reduction.grouped(source, by, file, output_format=form, number=number)
        else:
            done = reduction.reduced(source, {})
    if done.result is None or written is None:
        finish(settings, None, values.reports)
    else:
        told = [*subject.reports(done.result.notes), *written.reports(done.result)]
        finish(settings, written.result(done.result), values.reports, told)
    tell_of_rows(done, settings)


def _alone(function: Function, settings: Settings, columns: Collection[str]) -> list[Note]:
    """Notes on functions of arrays that are given a column, with what to do."""
    from exprgrad.batch.alone import alone

    notes = []
    for name, x, note in alone(function.names, columns):
        hints = []
        if name in REDUCTIONS and settings.reduce_rows is None:
            hints.append(f"{REDUCE_ROWS} {name} gives the {name} over all rows")
        if settings.rows_from:
            hints.append(f"--{x} @FILE:{settings.from_column.get(x, x)} is the column as a vector")
        notes.append(note._replace(hint="; ".join(hints) or None))
    return notes


def write(evaluation: Evaluation, sources: Sequence[str] | Sweep, settings: Settings, values: Values) -> None:
    """Writes the rows with what is computed for each."""
    from exprgrad.rowfiles import transform

    form, number = written_as(settings)
    with progress_line(settings) as line:
        done = transform(
            evaluation,
            sources,
            settings.output_file,
            keep=settings.keep_columns,
            keep_text=settings.keep_text,
            on_bad_row=settings.on_bad_row,
            output_format=form,
            number=number,
            dialect=settings.dialect,
            progress=line,
        )
    finish(settings, None, values.reports)
    if not settings.quiet_notes:
        tell(
            [_beside(name) for name in evaluation.bound.given if place_of(done.summary.kept, name) is not None],
            settings,
        )
    tell_of_rows(done, settings)


def _beside(name: str) -> str:
    """The note on a value where the rows that are written have another one in a column of its name."""
    instead = f"leave the value out to take the column, or the column by {KEEP_COLUMNS}"
    return f"{name} has the value that is given, not that of the column {name}: {instead}"


def written_as(settings: Settings) -> tuple[str | None, NumberFormat | None]:
    """The format of rows, and of their numbers, that is asked for."""
    form = "table" if settings.output_format == "text" else settings.output_format
    return form, None if settings.number_format is None else formatted(settings.number_format)


def prepare(
    subject: Subject, settings: Settings, starting: Sequence[str] = (), between: Sequence[str] = ()
) -> Sequence[str] | Sweep:
    """What is done before rows are read: the names are checked, the process is made ready. Where rows come from. What
    is `starting` from a value has one that all rows share; what is looked for `between` two ends has none."""
    from exprgrad.light import lighten_rows
    from exprgrad.rows.sources import Sweep

    interrupts.clean_up_when_terminated()
    swept = counted(SWEEP_OVER, axes(SWEEP_OVER, settings.sweep_over))
    varied = {axis.name: SWEEP_OVER for axis in swept} or dict.fromkeys(settings.from_column, FROM_COLUMN)
    if both := next((name for name in between if name in varied), None):
        raise UsageError(f"{both} is given twice, by {varied[both]} and {SOLVE_FOR}", hint="give it once")
    varied |= dict.fromkeys(between, SOLVE_FOR)
    check_names(subject.function, subject.given, varied, columns=not swept, starting=starting)
    lighten_rows()
    # Threads that read need the interpreter now and then, for a moment, while another one imports what computes: it is
    # not to keep it for 5 ms each time.
    sys.setswitchinterval(0.0005)
    return Sweep(tuple(swept)) if swept else settings.rows_from


def files(sources: Origin, settings: Settings, line: ProgressLine | None) -> RowFiles:
    """The rows, read as the settings say."""
    from exprgrad.rowfiles import RowFiles

    return RowFiles(sources, settings.on_bad_row, settings.dialect, line)


def reducer(bound: BoundFunction, settings: Settings) -> Reducer:
    """What computes the reduction that is asked for."""
    from exprgrad.rowfiles import Reducer

    assert settings.reduce_rows is not None
    return Reducer(bound, settings.reduce_rows, settings.row_engine)


@contextmanager
def progress_line(settings: Settings) -> Iterator[ProgressLine | None]:
    """The line that shows on a terminal how far it is, until the block ends; None where nobody sees it."""
    from exprgrad.rows.progress import ProgressLine

    line = ProgressLine(console.show) if console.is_watched() and not settings.quiet_notes else None
    try:
        yield line
    finally:
        if line is not None:
            line.clear()


def tell_of_rows(done: Done, settings: Settings) -> None:
    """Writes which engine computed rows, if that is asked for, and how many were left out."""
    told = []
    if settings.verbose_notes and done.engine is not None:
        told.append(f"the {done.engine} engine computed the rows: {ENGINES[done.engine]}")
    counts = done.summary
    if counts.astray and not settings.quiet_notes:
        number = f"{counts.astray:,} of {counts.rows:,}, the first is {counts.first_astray}"
        told.append(f"rows in which a result or a derivative is not finite: {number}")
    if done.tied and not settings.quiet_notes:
        told.append(told_of_groups(settings.reduce_rows or "", done.tied, counts.groups))
    told += left_out(counts, drops_nulls=settings.reduce_rows is not None)
    if counts.failed:
        what = "skipped" if settings.on_bad_row == "skip" else "with nulls as results"
        told.append(f"groups {what}, since nothing was found for them: {counts.failed:,} of {counts.groups:,}")
    tell(told, settings)


def left_out(counts: Summary, *, drops_nulls: bool) -> list[str]:
    """How many rows were left out, or have no results; `drops_nulls` says that those with a null were."""
    found = {
        "skipped, since they are bad": counts.skipped,
        "with nulls as results, since they are bad": counts.nulled,
        "left out, since they hold a null": counts.nulls if drops_nulls else 0,
    }
    return [f"rows {what}: {count:,} of {counts.rows:,}" for what, count in found.items() if count]


def tell(messages: Sequence[str], settings: Settings) -> None:
    """Writes notes on rows."""
    for message in messages:
        console.tell("note", Report(message), settings.error_format)
