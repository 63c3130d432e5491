"""The program that EXPR stands for: itself, `-` for standard input, or the text of `@file`."""

from __future__ import annotations

import os

from exprgrad.diagnostics import UsageError
from exprgrad.files import STANDARD, read_text


def program_text(expression: str) -> str:
    """The program's text."""
    name = STANDARD if expression == STANDARD else program_file(expression)
    if name is None:
        return expression
    text = read_text(name)
    # How a script is started says nothing to its reader, in whatever notation; its line stays, so that others count.
    return text[text.find("\n") :] if text.startswith("#!") and "\n" in text else text


def program_file(expression: str) -> str | None:
    """The file that the program is read from, if it is one."""
    if expression == "@":
        raise UsageError("there is no file name after @", hint="write @program.txt")
    return expression[1:] if expression.startswith("@") else None


def is_name_of_file(expression: str) -> bool:
    """Whether an expression that is taken as it is written is also the name of a file."""
    return expression != STANDARD and not expression.startswith("@") and os.path.isfile(expression)
