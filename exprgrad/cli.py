"""The command: a command line in, an exit code out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from exprgrad import console, interrupts
from exprgrad.arguments.options import COMPLETE_VARIABLE, complete, request, spelled
from exprgrad.arguments.scan import error_format
from exprgrad.commands import carry_out
from exprgrad.diagnostics import ExprError, Report
from exprgrad.numbers.memory import exhausted
from exprgrad.version import __version__

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
        what = f"a bug in exprgrad; please report it with the command that you ran: {_where(bug)}"
        console.tell("error", Report(what), form)
        return BUG
    return 0


def _run(argv: Sequence[str]) -> None:
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        console.write(complete(instruction))
    else:
        carry_out(request(argv))


def _where(bug: Exception) -> str:
    """One line on a bug: what was raised, and the innermost place."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    what = " ".join(f"{type(bug).__name__}: {bug}".split())
    return f"exprgrad {__version__}, {what} ({file}, line {trace.tb_lineno})"
