"""What a command line asks for, a file each: to evaluate a program, to solve or minimize it, to write it down, to plot
it, to run it over rows, or to check it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad import console
from exprgrad.arguments import fits
from exprgrad.commands.evaluate import evaluate
from exprgrad.commands.subject import about, no_expression
from exprgrad.lazy import later
from exprgrad.version import __version__
from exprgrad.views import catalogue

later(__name__, "check", "exact", "minimize", "plot", "rows", "solve", "write_down")

from exprgrad.arguments.result_writer import WRITTEN_DOWN, check_rows, plot_form, result_writer, signature_form
from exprgrad.commands import check, exact, minimize, plot, rows, solve, write_down

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request


def carry_out(request: Request) -> None:
    """Does what a command line asks for. Raises an ExprError for what is wrong with it."""
    settings = request.settings
    is_extremum = settings.minimize_over is not None or settings.maximize_over is not None
    fits.check(request)
    if request.help is not None:
        console.write(request.help)
    elif settings.version:
        console.write(f"exprgrad {__version__}\n")
    elif settings.list_functions:
        console.write(_functions(settings.expression))
    elif settings.expression is None and console.is_conversation():
        from exprgrad.prompt.terminal import converse

        fits.check(request, fits.PROMPT)
        converse(request, no_expression())
    elif settings.check_program:
        form = signature_form(settings)
        with about(request) as subject:
            check.check_program(subject, settings, form)
    elif settings.has_rows:
        check_rows(settings)
        written = result_writer(settings, console.width(settings.output_file)) if settings.has_result else None
        with about(request) as subject:
            if is_extremum:
                minimize.minimize(subject, settings, written)
            elif settings.solve_for is not None:
                solve.solve_rows(subject, settings)
            else:
                rows.run(subject, settings, written)
    elif settings.plot_over:
        form = plot_form(settings)
        with about(request) as subject:
            plot.plot(subject, settings, form)
    else:
        written = result_writer(settings, console.width(settings.output_file))
        with about(request) as subject:
            if settings.exact_digits is not None:
                exact.exact(subject, settings, written)
            elif written.format in WRITTEN_DOWN:
                write_down.write_down(subject, request, written.format)
            elif settings.solve_for is not None:
                solve.solve(subject, settings, written)
            elif is_extremum:
                minimize.minimize(subject, settings, written)
            else:
                evaluate(subject, request, written)


def _functions(name: str | None) -> str:
    """The functions of the language, or one of them explained."""
    if name is None:
        return catalogue.listing()
    from exprgrad.explanation import explanation

    return explanation(name)
