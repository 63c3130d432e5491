"""A command line as far as it is typed: what it has, and the names of its expression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from exprgrad.arguments.program_text import program_text
from exprgrad.arguments.scan import Arguments, scan
from exprgrad.arguments.table import FROM_NOTATION, HELP, OPTIONS, TABLE, Option
from exprgrad.diagnostics import ExprError, UsageError
from exprgrad.files import STANDARD
from exprgrad.notations import translate
from exprgrad.records import NamedTuple

if TYPE_CHECKING:
    from exprgrad.syntax.names import Names


class Typed(NamedTuple):
    """What was typed so far, the options that it may be about, and whether its last word waits for a value."""

    arguments: Arguments
    options: Sequence[Option]
    waits_for_value: bool = False


def whole(args: Sequence[str]) -> Typed:
    """A whole command line."""
    arguments = scan(args)
    given = dict.fromkeys([name for name, _ in arguments.options])
    return Typed(arguments, TABLE if HELP in given else [OPTIONS[name] for name in given])


def before_cursor(args: Sequence[str]) -> Typed:
    """A command line that is still being typed."""
    for words, waits in ((args, False), (args[:-1], True)):
        try:
            return Typed(scan(words), TABLE, waits)
        except UsageError:
            pass
    return Typed(Arguments(None, (), ()), TABLE, True)


def variables_of(arguments: Arguments) -> dict[str, str]:
    """The variables of an expression, each with a remark; none of one that is wrong or not typed yet."""
    from exprgrad.syntax.names import CONSTANTS

    names = names_of(arguments)
    if names is None:
        return {}
    variables = {name: f"input {i}" for i, name in enumerate(names.variables, 1)}
    variables |= {name: f"{variables[name]}, a text" for name in names.texts}
    return variables | {name: f"{CONSTANTS[name]} unless given" for name in names.constants}


def names_of(arguments: Arguments) -> Names | None:
    """The names of an expression; None for one that is wrong or not typed yet."""
    from exprgrad.syntax.names import resolve
    from exprgrad.syntax.parser import parse

    if arguments.expression is None or arguments.expression == STANDARD:
        return None
    notation = dict(arguments.options).get(FROM_NOTATION)
    try:
        text = program_text(arguments.expression)
        return resolve(parse(text if notation is None else translate(text, notation)))
    except ExprError:
        return None
