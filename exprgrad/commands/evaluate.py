"""One evaluation of a program, or a drawing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad import console
from exprgrad.arguments.fits import IDLE, check
from exprgrad.arguments.values import check_names
from exprgrad.commands.subject import finish
from exprgrad.views import draw
from exprgrad.views.numbers import shortest

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject


def evaluate(subject: Subject, request: Request, written: ResultWriter) -> None:
    """Computes the program for the values given, and writes the result, the picture or the page."""
    settings, function = request.settings, subject.function
    if settings.draw_graph is not None and function.inputs and not subject.given:
        # A graph is defined without values; what a trace lacks without them it says itself.
        if function.mode == "static":
            check(request, IDLE)
        console.deliver(settings.output_file, draw(function, None, written.format, written.number))
        return
    check_names(function, subject.given)
    values = subject.values()
    numbers = values.numbers
    result = function.run(numbers, notes=not settings.quiet_notes)
    if settings.draw_graph is not None:
        shown = draw(function, numbers, written.format, written.number)
    elif written.told_by is not None:
        shown = getattr(function, written.told_by)(**numbers)
    else:
        shown = written.result(result)
    if settings.show_steps:
        shown += function.steps(**numbers).text(written.number or shortest)
    finish(settings, shown, values.reports, subject.reports(result.notes), written.reports(result))
