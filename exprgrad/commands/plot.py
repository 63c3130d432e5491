"""A program over ranges of its variables, as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from exprgrad import console
from exprgrad.arguments.ranges import plotted
from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import FROM_COLUMN, PLOT_OVER, SOLVE_FOR
from exprgrad.arguments.values import check_names
from exprgrad.commands import rows
from exprgrad.commands.solve import unknowns_of
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import UsageError, listed
from exprgrad.plots import plot as plots
from exprgrad.plots import points
from exprgrad.plots.labels import Labels
from exprgrad.ranges import Range
from exprgrad.screen import Screen

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.commands.subject import Subject
    from exprgrad.plots.points import Points


def plot(subject: Subject, settings: Settings, form: str) -> None:
    """Writes the plot as text, or as a file of the form."""
    function, file = subject.function, settings.output_file
    over = plotted(PLOT_OVER, settings.plot_over)
    across = next(axis.name for axis in over if isinstance(axis, Range))
    found = None if settings.solve_for is None else unknowns_of(subject, settings)
    given = [*subject.given, *[Given(axis.name, "", PLOT_OVER) for axis in over]]
    if found is None or found.ends is None:
        check_names(function, given, starting=() if found is None else found.names)
    else:
        check_names(function, given, dict.fromkeys(found.names, SOLVE_FOR))
    screen = console.screen(file)
    if screen is not None and form in ("png", "pdf"):
        raise UsageError(f"a {form} is nothing that a terminal shows", hint=f"add -o plot.{form}")
    values = subject.values()
    notes: list[str] = []
    measured = partial(_points, function.results, across, settings, notes) if settings.rows_from else None
    labels = Labels(settings.plot_title or "", settings.x_label or "", settings.y_label or "")
    unknowns = None if found is None else found.names if found.ends is None else {found.names[0]: found.ends}
    made = plots.Plot(function, over, values.numbers, measured, labels, y_scale=settings.y_scale, unknowns=unknowns)
    shown = made.text(screen or Screen()) if form == "text" else made.encoded(form)
    finish(settings, shown, values.reports, subject.reports(made.notes))
    rows.tell(notes, settings)


def _points(
    results: Sequence[str], name: str, settings: Settings, notes: list[str], none: Callable[[], Points]
) -> dict[str, Points]:
    """The points in the rows of files, by their results, added to `none`; `notes` is told which rows were left out."""
    from exprgrad.rows import reduce_rows
    from exprgrad.rows.dialect import place_of

    named = settings.from_column
    for each in named:
        if each not in (name, *results):
            message = f"{FROM_COLUMN} names {each}, and points are of {listed([name, *results])}"
            raise UsageError(message, hint=f"write {FROM_COLUMN} {results[0]}=COLUMN")
    columns = {each: named.get(each, each) for each in (name, *results)}
    found: dict[str, Points] = {}

    def chosen(called: str, held: Sequence[str]) -> list[str]:
        there = [each for each in columns if each in named or place_of(held, each) is not None]
        remedy = f"; {FROM_COLUMN} NAME=COLUMN names another one"
        found.update(
            (each, none()) for each in points.results_in(called, held, there, name, results, remedy, origin=called)
        )
        return list(dict.fromkeys(columns[each] for each in (name, *found)))

    def take(arrays: Sequence[Any], /) -> Sequence[int]:
        read = dict(zip(dict.fromkeys(columns[each] for each in (name, *found)), arrays, strict=True))
        for result, measured in found.items():
            measured.add(read[columns[name]], read[columns[result]])
        return ()

    with rows.progress_line(settings) as line:
        done = reduce_rows(
            settings.rows_from, chosen, take, on_bad_row=settings.on_bad_row, dialect=settings.dialect, progress=line
        )
    notes += rows.left_out(done, drops_nulls=True)
    return found
