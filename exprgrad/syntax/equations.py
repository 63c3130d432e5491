"""Equations as a program writes them: `left == right` as a statement of its own."""

from __future__ import annotations

from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import Names
from exprgrad.syntax.tree import Assignment, Binary, Comparison, ProgramTree, Statement


def differences(program: ProgramTree) -> ProgramTree:
    """The program with `left - right`, which is 0 where they are equal, for each bare statement `left == right`.

    A comparison that has a name, or is a part of something, stays the number 0 or 1.
    """
    statements = tuple(map(_difference, program.statements))
    return ProgramTree(statements, program.text, program.span, program.functions)


def named(program: ProgramTree, names: Names) -> tuple[str, ...]:
    """The names that the differences of a program have."""
    spans = {equation.span for equation in map(_equation, program.statements) if equation is not None}
    return tuple(
        [
            event.name
            for event in names.events
            if isinstance(event, Set) and event.name is not None and event.value.span in spans
        ]
    )


def _equation(statement: Statement) -> Comparison | None:
    """The equation that a statement is, if it is one."""
    if isinstance(statement, Assignment) and statement.name is None:
        value = statement.value
        if isinstance(value, Comparison) and value.symbols == ("==",):
            return value
    return None


def _difference(statement: Statement) -> Statement:
    equation = _equation(statement)
    if equation is None:
        return statement
    left, right = equation.operands
    return Assignment(None, Binary("-", left, right, equation.span), statement.span, equation.span)
