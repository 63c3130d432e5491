"""What a command says: text on standard output or in a file, notes and errors on standard error."""

from __future__ import annotations

import os
import sys
from typing import Final

from exprgrad.diagnostics import Report
from exprgrad.files import STANDARD, compressing, device, is_device, replacing, standard_output, streaming, writing
from exprgrad.reports import FORMS, TEXT

_WIDTH: Final = 80
_NARROWEST: Final = 20


def write(text: str) -> None:
    """Writes to standard output: UTF-8 and newlines alone, whatever the locale."""
    output = standard_output()
    with streaming(output, "standard output"):
        output.write(encoded(text))
        output.flush()


def deliver(file: str | None, text: str) -> None:
    """Writes to a file, or to standard output where there is none."""
    if file is None or file == STANDARD:
        write(text)
    else:
        store(file, encoded(text))


def store(file: str, data: bytes) -> None:
    """Writes a file, which is there when it is complete."""
    if is_device(file):
        with device(file) as stream, writing(file):
            stream.write(data)
            stream.flush()
        return
    with replacing(file) as path, writing(file), open(path, "wb") as beside, compressing(beside, file) as packed:
        packed.write(data)


def tell(kind: str, report: Report, form: str = TEXT) -> None:
    """Writes an error or a note to standard error, in one of the `FORMS`. Where that is closed, there is nobody to
    tell."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.buffer.write(encoded(f"{FORMS[form](kind, report, _colours())}\n"))
        sys.stderr.buffer.flush()
    except OSError:
        pass


def width(file: str | None) -> int:
    """How many columns there are to write in: those of the terminal, and 80 for whoever else reads."""
    if file in (None, STANDARD) and sys.stdout is not None and sys.stdout.isatty():
        try:
            return max(os.get_terminal_size(sys.stdout.fileno()).columns, _NARROWEST)
        except OSError:
            pass
    return _WIDTH


def is_watched() -> bool:
    """Whether somebody sees on a terminal what goes on."""
    return sys.stderr is not None and sys.stderr.isatty()


def show(text: str) -> None:
    """Shows text on the terminal that standard error is."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _colours() -> bool:
    return is_watched() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def encoded(text: str) -> bytes:
    """The bytes of a text, whatever it holds."""
    return text.encode("utf-8", errors="replace")
