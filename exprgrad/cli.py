"""The command: a command line in, an exit code out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from exprgrad import console, interrupts
from exprgrad.arguments import completion
from exprgrad.arguments.options import COMMAND, request, spelled
from exprgrad.arguments.scan import error_format
from exprgrad.arguments.table import COMPLETE_VARIABLE
from exprgrad.commands import carry_out
from exprgrad.diagnostics import ExprError
from exprgrad.numbers.memory import exhausted
from exprgrad.reports import report_of

BUG: Final = 70


def run(argv: Sequence[str]) -> int:
    """Runs one command line and returns its exit code. Whatever happens, there is no traceback."""
    form = error_format(argv)
    try:
        _run(argv)
    except ExprError as problem:
        problem.message, problem.hint = spelled(problem.message), problem.hint and spelled(problem.hint)
        console.tell("error", problem.report, form)
        return problem.exit_code
    except BrokenPipeError:
        return 0  # whoever reads has seen enough
    except KeyboardInterrupt:
        return interrupts.INTERRUPTED
    except interrupts.TerminatedError as asked:
        return asked.exit_code
    except MemoryError:
        short = exhausted()
        console.tell("error", short.report, form)
        return short.exit_code
    except Exception as bug:
        console.tell("error", report_of(bug), form)
        return BUG
    return 0


def _run(argv: Sequence[str]) -> None:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        console.write(completion.complete(COMMAND, instruction))
    else:
        carry_out(request(argv, console.width(None)))
