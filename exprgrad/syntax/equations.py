"""Equations as a program writes them: `left == right` as a statement of its own."""

from __future__ import annotations

from exprgrad.syntax.tree import Assignment, Binary, Comparison, ProgramTree, Statement


def differences(program: ProgramTree) -> ProgramTree:
    """The program with `left - right`, which is 0 where they are equal, for each bare statement `left == right`.

    A comparison that has a name, or is a part of something, stays the number 0 or 1.
    """
    statements = tuple(map(_difference, program.statements))
    return ProgramTree(statements, program.text, program.span, program.functions)


def _difference(statement: Statement) -> Statement:
    if isinstance(statement, Assignment) and statement.name is None:
        value = statement.value
        if isinstance(value, Comparison) and value.symbols == ("==",):
            left, right = value.operands
            difference = Binary("-", left, right, value.span)
            return Assignment(None, difference, statement.span, statement.name_span)
    return statement
