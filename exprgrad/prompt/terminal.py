"""The conversation on a terminal: what is typed goes to a session, and what that says is shown."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from exprgrad import console, interrupts
from exprgrad.arguments.values_from import values_in
from exprgrad.diagnostics import ExprError, Report, UsageError, not_loaded, printable
from exprgrad.files import standard_input
from exprgrad.numbers.memory import exhausted
from exprgrad.prompt.answers import answers, goes_on
from exprgrad.prompt.session import Drawing, Session
from exprgrad.reports import report_of
from exprgrad.screen import Screen
from exprgrad.version import __version__

if TYPE_CHECKING:
    from exprgrad.arguments.options import Request

PROMPT: Final = "> "
CONTINUATION: Final = ". "


def converse(request: Request, instead: UsageError) -> None:
    """Answers what is typed until it ends. Raises where the editor is not installed the error `instead`, with what to
    install."""
    given = request.variables
    values = values_in(request.settings.values_from, [variable.name for variable in given])
    session = Session(request.settings, [*given, *values])
    read = _plain() if os.environ.get("TERM") == "dumb" else _edited(session, instead)
    # A session lives longer than one run, and what a run leaves behind is to be found.
    gc.enable()
    interrupts.clean_up()
    console.write(f"exprgrad {__version__}, :help for help, ctrl-D to leave\n")
    while not session.is_over:
        try:
            text = read()
        except KeyboardInterrupt:  # drops the line
            continue
        except EOFError:
            return
        _answer(session, text)


def _answer(session: Session, text: str) -> None:
    """Shows what there is to say to a text. Whatever happens, the session goes on."""
    session.screen = console.screen(None) or Screen()
    try:
        for said in answers(session, text):
            if isinstance(said, str):
                console.write(printable(said))
            elif isinstance(said, Drawing):  # the escapes in it are its colours
                console.write(said.text)
            else:
                console.answer("note", said)
    except ExprError as problem:
        console.answer("error", problem.report)
    except KeyboardInterrupt:
        console.write("\n")
        console.answer("note", Report("interrupted; the line is taken back"))
    except MemoryError:
        console.answer("error", exhausted().report)
    except Exception as bug:
        console.answer("error", report_of(bug))


def _edited(session: Session, instead: UsageError) -> Callable[[], str]:
    """What reads with an editor."""
    try:
        from exprgrad.prompt.editing import editor
    except ImportError as problem:
        absent = not_loaded(
            problem, "prompt_toolkit", f"{instead.message}, and a prompt needs prompt_toolkit", "prompt"
        )
        absent.hint = f"{instead.hint}; or {absent.hint}"
        raise absent from None
    return editor(session, PROMPT, CONTINUATION)


def _plain() -> Callable[[], str]:
    """What reads on a terminal that can show no more than lines."""

    def line(prompt: str) -> str:
        console.write(prompt)
        try:
            data = standard_input().readline()
        except KeyboardInterrupt:
            console.write("\n")
            raise
        if not data:
            console.write("\n")
            raise EOFError
        return data.decode(errors="replace").removesuffix("\n")

    def read() -> str:
        text = line(PROMPT)
        while goes_on(text):
            text += f"\n{line(CONTINUATION)}"
        return text

    return read
