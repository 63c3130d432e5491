"""What a command says: text on standard output or in a file, notes and errors on standard error."""

from __future__ import annotations

import os
import sys
from typing import Final

from exprgrad.diagnostics import Report
from exprgrad.files import STANDARD, compressing, device, is_device, replacing, standard_output, streaming, writing
from exprgrad.reports import FORMS, TEXT, labelled
from exprgrad.screen import Screen

_WIDTH: Final = 80
_HEIGHT: Final = 24
_NARROWEST: Final = 20


def write(text: str | bytes) -> None:
    """Writes to standard output: text as UTF-8 and newlines alone, whatever the locale."""
    output = standard_output()
    with streaming(output, "standard output"):
        output.write(encoded(text) if isinstance(text, str) else text)
        output.flush()


def deliver(file: str | None, text: str | bytes) -> None:
    """Writes to a file, or to standard output where there is none."""
    if file is None or file == STANDARD:
        write(text)
    else:
        store(file, encoded(text) if isinstance(text, str) else text)


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
    _say(FORMS[form](kind, report, _colours()))


def answer(kind: str, report: Report) -> None:
    """The same to who talks with exprgrad, and knows who tells."""
    _say(labelled(kind, report, _colours()))


def _say(text: str) -> None:
    if sys.stderr is None:
        return
    try:
        sys.stderr.buffer.write(encoded(f"{text}\n"))
        sys.stderr.buffer.flush()
    except OSError:
        pass


def width(file: str | None) -> int:
    """How many columns there are to write in: those of the terminal, and 80 for whoever else reads."""
    size = _terminal(file)
    return max(size[0], _NARROWEST) if size is not None else _WIDTH


def screen(file: str | None) -> Screen | None:
    """The terminal that shows what is delivered; None for a file and a pipe."""
    size = _terminal(file)
    if size is None:
        return None
    # Python takes UTF-8 for the encoding of C.
    locale = os.environ.get("LC_ALL") or "utf-8"
    unicode = all("utf" in name.lower() for name in (sys.stdout.encoding, locale)) and not _is_dumb()
    return Screen(*size, colours=_has_colours(), unicode=unicode)


def _terminal(file: str | None) -> tuple[int, int] | None:
    """The columns and lines of the terminal that shows what is delivered, as far as it says so; None for a file and a
    pipe."""
    if file not in (None, STANDARD) or sys.stdout is None or not sys.stdout.isatty():
        return None
    try:
        columns, lines = os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        columns = lines = 0
    return columns or _WIDTH, lines or _HEIGHT


def is_conversation() -> bool:
    """Whether somebody types on a terminal and reads there."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout))


def is_watched() -> bool:
    """Whether somebody sees on a terminal what goes on."""
    return sys.stderr is not None and sys.stderr.isatty()


def show(text: str) -> None:
    """Shows text on the terminal that standard error is."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _colours() -> bool:
    return is_watched() and _has_colours()


def _has_colours() -> bool:
    return not os.environ.get("NO_COLOR") and not _is_dumb()


def _is_dumb() -> bool:
    return os.environ.get("TERM") == "dumb"


def encoded(text: str) -> bytes:
    """The bytes of a text, whatever it holds."""
    return text.encode("utf-8", errors="replace")
