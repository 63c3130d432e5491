"""A program as equations, or as a function in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad import console
from exprgrad.arguments.fits import CODED, WRITTEN, check
from exprgrad.files import STANDARD
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.ops.structural import shape_of
from exprgrad.targets import TARGETS
from exprgrad.views import EQUATIONS

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request
    from exprgrad.commands.subject import Subject


def write_down(subject: Subject, request: Request, form: str) -> None:
    """Writes the program down, as equations for inputs of the shapes that values have, or in another language."""
    check(request, WRITTEN, *(() if form in EQUATIONS else [CODED]))
    settings, function = request.settings, subject.function
    file = settings.output_file
    if form in EQUATIONS:
        document = {"document": True} if settings.full_document else {}
        shapes = {name: shape_of(from_caller(value)) for name, value in subject.values().numbers.items()}
        console.deliver(file, getattr(function, form)(inline=settings.inline_names, **document, **shapes))
        return
    options = {x: getattr(settings, f"{form}_{x}") for x in TARGETS[form].options} | {"name": settings.function_name}
    given = {option: x for option, x in options.items() if x is not None}
    is_shown = file in (None, STANDARD)
    console.deliver(file, function.source(form, **given) if is_shown else function.encoded(form, **given))
