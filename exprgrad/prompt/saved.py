"""A session in a file: its program, and above it as a remark the command that runs it for the values that it has."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from exprgrad import console
from exprgrad.arguments.scan import option_for, scan
from exprgrad.diagnostics import UsageError
from exprgrad.prompt.session import Said, Session, options_of

if TYPE_CHECKING:
    from exprgrad.arguments.scan import Arguments

_BEFORE: Final = "# "
_COMMAND: Final = "exprgrad"


def save(session: Session, file: str) -> None:
    """Writes what is defined, and the values and options that are needed to compute it."""
    sheet = session.state.sheet
    program = sheet.whole()
    if not program.text:
        raise UsageError("there is nothing to save yet: inputs alone are no program", hint="write c = a*b, say")
    words = [_COMMAND, f"@{file}"]
    for name in program.inputs:
        if name in sheet.inputs:
            value = " ".join(sheet.inputs[name].text.split())
            words += option_for(name, value).split(" ", 1)
    for option, given in options_of(session.state.settings).items():
        words += [option] if given is None else [option, given]
    console.store(file, console.encoded(f"{_BEFORE}{shlex.join(words)}\n{program.text}\n"))


def load(session: Session, text: str) -> Iterator[Said]:
    """Takes up the values, the options and the program of a text."""
    if (command := _command(text.partition("\n")[0])) is not None:
        session.set(options_of(session.state.settings) | dict(command.options))
        session.change(sheet=session.state.sheet.with_values(command.variables))
    asked, _ = session.take(text)
    for name in asked:
        yield from session.shown(name, must_have_value=False)


def _command(line: str) -> Arguments | None:
    """The command in a remark, if one is there."""
    if not line.startswith(f"{_BEFORE}{_COMMAND} "):
        return None
    try:
        return scan(shlex.split(line.removeprefix(_BEFORE))[1:])
    except (ValueError, UsageError):  # a remark like any other
        return None
