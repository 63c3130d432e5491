"""Texts between quotes, which are only compared: the comparisons as the tests of this language."""

from __future__ import annotations

from functools import reduce
from typing import Final

from exprgrad.diagnostics import ParseError, Span, UnsupportedError
from exprgrad.syntax.rewriting import nodes, rewritten
from exprgrad.syntax.tree import Comparison, Expression, Logic, Name, ProgramTree, Tree, Unary, Vector
from exprgrad.text_tests import SPACES, TextTest

ONLY_COMPARED: Final = "a text may stand only where a variable is tested for being equal to it, or not"


class Text(Tree):
    """A text between quotes, an operand until `with_tests` makes tests of what compares it."""

    value: str
    span: Span


def with_tests(program: ProgramTree) -> ProgramTree:
    """The program with the tests of this language for comparisons with texts, `in` of several among them. Raises an
    ExprError for a text that stands anywhere else."""
    found: ProgramTree = rewritten(program, _tested)
    for node in nodes(found):
        if isinstance(node, Text):
            raise UnsupportedError("this text is not read", node.span, hint=ONLY_COMPARED)
    return found


def _tested(node: Tree) -> Tree:
    if not (isinstance(node, Comparison) and len(node.operands) == 2):
        return node
    (symbol,), (left, right) = node.symbols, node.operands
    if symbol in ("in", "not in"):
        assert isinstance(right, Vector), "what reads an `in` sees to its list"
        tests: list[Expression] = [_test(left, text, node.span) for text in right.elements]
        found = reduce(lambda one, other: Logic("or", one, other, node.span), tests)
    elif isinstance(left, Text) or isinstance(right, Text):
        if symbol not in ("==", "!="):
            raise ParseError(f"texts have no order, found '{symbol}'", node.span, hint=ONLY_COMPARED)
        found = _test(right, left, node.span) if isinstance(left, Text) else _test(left, right, node.span)
    else:
        return node
    return found if symbol in ("==", "in") else Unary("not", found, node.span)


def _test(variable: Expression, text: Expression, span: Span) -> Name:
    assert isinstance(text, Text)
    if not isinstance(variable, Name):
        raise ParseError("a text is compared with a variable, found something else", variable.span, hint=ONLY_COMPARED)
    value = text.value.strip(SPACES)
    if not value:
        message = "an empty text is compared with nothing: an empty cell is a null"
        raise ParseError(message, text.span, hint="write the text that it is to be")
    if {'"', "'"} <= {*value} or len(value.splitlines()) > 1:
        raise UnsupportedError("this text is not read", text.span, hint="a text has quotes of one kind, and one line")
    return Name(TextTest(variable.name, value).name, span)
