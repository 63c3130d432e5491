"""A program over ranges of its variables, as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad import console
from exprgrad.arguments.ranges import ranges
from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import PLOT_OVER
from exprgrad.arguments.values import check_names
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import UsageError
from exprgrad.plots import plot as plots
from exprgrad.screen import Screen

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.commands.subject import Subject


def plot(subject: Subject, settings: Settings, form: str) -> None:
    """Writes the plot as text, or as a file of the form."""
    function, file = subject.function, settings.output_file
    over = ranges(PLOT_OVER, settings.plot_over)
    check_names(function, [*subject.given, *[Given(range.name, "", PLOT_OVER) for range in over]])
    screen = console.screen(file)
    if screen is not None and form in ("png", "pdf"):
        raise UsageError(f"a {form} is nothing that a terminal shows", hint=f"add -o plot.{form}")
    values = subject.values()
    made = plots.Plot(function, over, values.numbers)
    shown = made.text(screen or Screen()) if form == "text" else made.encoded(form)
    finish(settings, shown, values.reports, subject.reports(made.notes))
