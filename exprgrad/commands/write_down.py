"""A program as equations, or as a function in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.arguments.fits import WRITTEN, check
from exprgrad.arguments.values import check_names
from exprgrad.commands.subject import finish
from exprgrad.files import STANDARD, ending_of
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.ops.structural import shape_of
from exprgrad.targets import TARGETS
from exprgrad.views import EQUATIONS

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request
    from exprgrad.commands.subject import Subject


def write_down(subject: Subject, request: Request, form: str) -> None:
    """Writes the program down, as equations for inputs of the shapes that values have, or in another language, where
    values are constants."""
    check(request, WRITTEN)
    settings, function = request.settings, subject.function
    check_names(function, subject.given, columns=True)
    values = subject.values()
    if form in EQUATIONS:
        document = {"document": True} if settings.full_document else {}
        shapes = {name: shape_of(from_caller(value)) for name, value in values.numbers.items()}
        text = getattr(function, form)(inline=settings.inline_names, **document, **shapes)
        finish(settings, text, values.reports)
        return
    language = TARGETS[form]
    options = {x: getattr(settings, f"{form}_{x}", getattr(settings, x, None)) for x in language.options}
    if (ending := ending_of(settings.output_file or "")) in language.forms:
        options["form"] = language.forms[ending]
    options |= {"name": settings.function_name, "argument_order": settings.argument_order}
    given = {option: x for option, x in options.items() if x is not None}
    written = function.source if settings.output_file in (None, STANDARD) else function.encoded
    finish(settings, written(form, values=values.numbers, **given), values.reports)
