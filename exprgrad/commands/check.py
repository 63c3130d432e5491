"""A program that is checked, and not computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.arguments.values import check_names
from exprgrad.commands.subject import finish
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.ops.structural import shape_of
from exprgrad.views import SIGNATURES

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.commands.subject import Subject


def check_program(subject: Subject, settings: Settings, form: str) -> None:
    """Writes the names of the program's inputs and results. Where there are values, each input has to have one, and the
    program is checked for their shapes."""
    function = subject.function
    if subject.given:
        check_names(function, subject.given)
    values = subject.values()
    numbers = {name: value for name, value in values.numbers.items() if name not in function.texts}
    function.check(**{name: shape_of(from_caller(value)) for name, value in numbers.items()})
    finish(settings, SIGNATURES[form](function.inputs, function.results), values.reports)
