"""Equations as a program writes them: `left == right` as a statement of its own, whose value is a result."""

from __future__ import annotations

from exprgrad.diagnostics import Span
from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import Names
from exprgrad.syntax.tree import Assignment, Binary, Comparison, ProgramTree, Statement


def equations(program: ProgramTree, names: Names) -> dict[str, Span]:
    """The results that equations are, and where these stand. A comparison that others read, or that is a part of
    something, stays the number 0 or 1."""
    last = {event.name: event.value.span for event in names.events if isinstance(event, Set)}
    spans = {
        statement.value.span
        for statement in program.statements
        if isinstance(statement, Assignment)
        and isinstance(statement.value, Comparison)
        and statement.value.symbols == ("==",)
    }
    return {name: last[name] for name in names.results if last.get(name) in spans}


def differences(program: ProgramTree, found: dict[str, Span]) -> ProgramTree:
    """The program with `left - right`, which is 0 where they are equal, for each of the equations."""
    spans = {*found.values()}
    statements = tuple([_difference(statement, spans) for statement in program.statements])
    return ProgramTree(statements, program.text, program.span, program.functions)


def _difference(statement: Statement, spans: set[Span]) -> Statement:
    if not (isinstance(statement, Assignment) and statement.value.span in spans):
        return statement
    assert isinstance(statement.value, Comparison)
    left, right = statement.value.operands
    difference = Binary("-", left, right, statement.value.span)
    return Assignment(statement.name, difference, statement.span, statement.name_span)
