"""The inputs for which all results of a program are 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.arguments.table import SOLVE_FOR
from exprgrad.arguments.unknowns import unknowns
from exprgrad.arguments.values import check_names
from exprgrad.commands.subject import finish
from exprgrad.solving.question import check_unknowns
from exprgrad.solving.solve import solve as solved

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject


def solve(subject: Subject, settings: Settings, written: ResultWriter) -> None:
    """Solves for unknowns, and writes them as a result."""
    function = subject.function
    assert settings.solve_for is not None
    names, ends = unknowns(settings.solve_for)
    check_unknowns(function, names, "solved for")
    if ends is not None:
        check_names(function, subject.given, dict.fromkeys(names, SOLVE_FOR))
    else:
        between = f", or two ends with a root between them, as in {SOLVE_FOR} {names[0]}=0:2" if len(names) == 1 else ""
        check_names(function, subject.given, starting=names, otherwise=between)
    values = subject.values()
    result = solved(function, names if ends is None else {names[0]: ends}, values.numbers)
    finish(settings, written.result(result), values.reports, subject.reports(result.notes))
