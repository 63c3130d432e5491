"""Files that the command line names: their text, or an error that says what is wrong with them."""

from __future__ import annotations

import sys
from typing import Final

from exprgrad.diagnostics import InputDataError, InputFileError

STANDARD_INPUT: Final = "-"


def read_bytes(name: str) -> bytes:
    """What a file holds, or standard input."""
    try:
        if name != STANDARD_INPUT:
            with open(name, "rb") as file:
                return file.read()
        if sys.stdin is None:
            raise OSError("it is closed")
        return sys.stdin.buffer.read()
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        reason = getattr(problem, "strerror", None) or str(problem)
        raise InputFileError(f"cannot read {called(name)}: {reason[:1].lower()}{reason[1:]}") from None


def read_text(name: str) -> str:
    """The text of a file in UTF-8, lines ended by newlines alone."""
    data = read_bytes(name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise InputDataError(
            f"{called(name)} is not UTF-8: byte {problem.start + 1} is 0x{data[problem.start]:02x}",
            hint="save it as UTF-8",
        ) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def called(name: str) -> str:
    """A file in a message."""
    return "standard input" if name == STANDARD_INPUT else name
