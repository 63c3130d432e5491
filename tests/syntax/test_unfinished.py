"""Which texts more text could make a program."""

from __future__ import annotations

import pytest

from exprgrad.diagnostics import ExprError, ParseError
from exprgrad.syntax.parser import parse, parse_part

UNFINISHED = [
    *("(", "(a", "[1,", "a +", "a = ", "f(", "f(a,\n", "x[0", "a if", "a if b else"),
    *("if", "if a", "if a {", "if a { x = 1", "while a < b", "while a {\n x = 1;", "for", "for i in 0..n", "not"),
    *("a and", "f(x) =", "x^", "-", "a\nb +", "if a { } else", "a(b[c(d"),
]
WRONG = ["", "# a", "a b", "a +* b", ")", "}", "(a]", "2a", "x²", "f(a b", "a ? b", "let x = 3", "for if"]


@pytest.mark.parametrize("text", UNFINISHED)
def test_a_text_that_may_go_on(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse(text)
    assert caught.value.unfinished


@pytest.mark.parametrize("text", WRONG)
def test_a_text_that_no_text_mends(text: str) -> None:
    with pytest.raises(ExprError) as caught:
        parse(text)
    assert not getattr(caught.value, "unfinished", False)


def test_a_part_may_be_functions_alone() -> None:
    assert [definition.name for definition in parse_part("f(x) = x; g(x) = f(x)").functions] == ["f", "g"]
    with pytest.raises(ParseError, match="only defines functions"):
        parse("f(x) = x; g(x) = f(x)")
