"""A program over ranges of its variables, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from exprgrad import console
from exprgrad.arguments.ranges import ranges
from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import FROM_COLUMN, PLOT_OVER
from exprgrad.arguments.values import check_names
from exprgrad.commands import rows
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import UsageError, listed
from exprgrad.plots import plot as plots
from exprgrad.plots import points
from exprgrad.plots.labels import Labels
from exprgrad.screen import Screen

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.commands.subject import Subject
    from exprgrad.plots.axis import Axis
    from exprgrad.plots.points import Points


def plot(subject: Subject, settings: Settings, form: str) -> None:
    """Writes the plot as text, or as a file of the form."""
    function, file = subject.function, settings.output_file
    over = ranges(PLOT_OVER, settings.plot_over)
    check_names(function, [*subject.given, *[Given(range.name, "", PLOT_OVER) for range in over]])
    screen = console.screen(file)
    if screen is not None and form in ("png", "pdf"):
        raise UsageError(f"a {form} is nothing that a terminal shows", hint=f"add -o plot.{form}")
    values = subject.values()
    notes: list[str] = []
    measured = partial(_points, function.results, over[0].name, settings, notes) if settings.rows_from else None
    labels = Labels(settings.plot_title or "", settings.x_label or "", settings.y_label or "")
    made = plots.Plot(function, over, values.numbers, measured, labels)
    shown = made.text(screen or Screen()) if form == "text" else made.encoded(form)
    finish(settings, shown, values.reports, subject.reports(made.notes))
    rows.tell(notes, settings)


def _points(results: Sequence[str], name: str, settings: Settings, notes: list[str], axis: Axis) -> dict[str, Points]:
    """The points in the rows of files, by their results; `notes` is told which rows were left out."""
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
            (each, points.Points(axis)) for each in points.results_in(called, held, there, name, results, remedy)
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
