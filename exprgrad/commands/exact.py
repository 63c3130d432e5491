"""One evaluation of a program with digits that are proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exprgrad.arguments.result_writer import WRITTEN_DOWN
from exprgrad.arguments.table import EXACT_DIGITS
from exprgrad.arguments.values import NON_FINITE, check_names, no_number
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import UnsupportedError, UsageError

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.arguments.scan import Given
    from exprgrad.commands.subject import Subject


def exact(subject: Subject, settings: Settings, written: ResultWriter) -> None:
    """Computes the program for the values given, as the decimals that they are, and writes the result."""
    if written.format in WRITTEN_DOWN or written.told_by is not None:
        raise UsageError(f"{EXACT_DIGITS} does not fit {written.format}", hint="leave one of them out")
    function = subject.function
    check_names(function, subject.given)
    values = {x.name: _text(x) for x in subject.given}
    result = function.exact_digits(settings.exact_digits or None, **values)
    finish(settings, written.result(result), subject.reports(result.notes))


def _text(given: Given) -> Any:
    """The text of a value, which is an expression."""
    if given.is_text:
        if given.text not in NON_FINITE:
            raise no_number(given.name, given.place)
        return NON_FINITE[given.text]
    if given.text.startswith("@") and not given.in_file:
        raise UnsupportedError(
            f"{EXACT_DIGITS} is of numbers, and {given.place} is what a file holds", hint="give a number"
        )
    return given.text
