"""The program that EXPR stands for: itself, `-` for standard input, or the text of `@file`."""

from __future__ import annotations

from exprgrad.diagnostics import UsageError
from exprgrad.files import STANDARD, read_text


def program_text(expression: str) -> str:
    """The program's text."""
    if expression == STANDARD:
        return read_text(STANDARD)
    name = program_file(expression)
    return expression if name is None else read_text(name)


def program_file(expression: str) -> str | None:
    """The file that the program is read from, if it is one."""
    if expression == "@":
        raise UsageError("there is no file name after @", hint="write @program.txt")
    return expression[1:] if expression.startswith("@") else None
