"""Sums and products over a range, written out term by term."""

from __future__ import annotations

from typing import Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.syntax.names import walk
from exprgrad.syntax.rewriting import rewritten
from exprgrad.syntax.tree import Binary, Expression, Name, Number, Tree, Unary

# So many nodes at the most are written out.
LARGEST: Final = 100_000


def written_out(body: Expression, counter: str, values: range, sign: str, span: Span) -> Expression:
    """The sum or product of what the body is for each value of its counter; `sign` is + or *."""
    if len(values) * sum(1 for _ in walk(body)) > LARGEST:
        raise UnsupportedError("this has too many terms to be written out", span, hint="write a loop")
    found: Expression | None = None
    for value in values:
        term = _at(body, counter, value)
        found = term if found is None else Binary(sign, found, term, span)
    return found or Number(0.0 if sign == "+" else 1.0, span)


def _at(body: Expression, counter: str, value: int) -> Expression:
    """A term of a sum: its counter is a number, also where it is a subscript."""

    def put(node: Tree) -> Tree:
        if not isinstance(node, Name):
            return node
        if node.name == counter:
            return Number(float(value), node.span) if value >= 0 else Unary("-", Number(-float(value)), node.span)
        word, *indexes = node.name.split("_")
        return Name("_".join([word, *[str(value) if index == counter else index for index in indexes]]), node.span)

    found: Expression = rewritten(body, put)
    return found
