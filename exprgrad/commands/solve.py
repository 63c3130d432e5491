"""The inputs for which all results of a program are 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.arguments.table import SOLVE_FOR
from exprgrad.arguments.unknowns import Unknowns, unknowns
from exprgrad.arguments.values import check_names
from exprgrad.commands import rows
from exprgrad.commands.subject import finish
from exprgrad.diagnostics import ErrorsIn
from exprgrad.solving.question import check_unknowns
from exprgrad.solving.solve import solve as solved

if TYPE_CHECKING:
    from exprgrad.arguments.options import Settings
    from exprgrad.arguments.result_writer import ResultWriter
    from exprgrad.commands.subject import Subject


def solve(subject: Subject, settings: Settings, written: ResultWriter) -> None:
    """Solves for unknowns, and writes them as a result."""
    function = subject.function
    names, ends = unknowns_of(subject, settings)
    if ends is not None:
        check_names(function, subject.given, dict.fromkeys(names, SOLVE_FOR))
    else:
        between = f", or two ends with a root between them, as in {SOLVE_FOR} {names[0]}=0:2" if len(names) == 1 else ""
        check_names(function, subject.given, starting=names, otherwise=between)
    values = subject.values()
    result = solved(function, names if ends is None else {names[0]: ends}, values.numbers)
    told = [*subject.reports(result.notes), *written.reports(result)]
    finish(settings, written.result(result), values.reports, told)


def solve_rows(subject: Subject, settings: Settings) -> None:
    """Solves for unknowns in each row, and writes the rows with them."""
    from exprgrad.rowfiles import Solved, bind

    names, ends = unknowns_of(subject, settings)
    # In files starts may be columns.
    sources = rows.prepare(subject, settings, names if settings.sweep_over else (), names if ends is not None else ())
    values = subject.values()
    with ErrorsIn(subject.text):
        between = {} if ends is None else {names[0]: ends[0]}
        bound = bind(subject.function, {**values.numbers, **between}, settings.from_column)
        evaluation = Solved(bound, values.numbers, names, ends)
    rows.write(evaluation, sources, settings, values)


def unknowns_of(subject: Subject, settings: Settings) -> Unknowns:
    """What is solved for, checked."""
    assert settings.solve_for is not None
    found = unknowns(settings.solve_for)
    check_unknowns(subject.function, found.names, "solved for")
    return found
