"""What is printed parses to the same tree: every form inside every other, in every place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from exprgrad.ops import REGISTRY
from exprgrad.syntax.parser import parse
from exprgrad.syntax.tree import Binary, Call, Comparison, Conditional, Expression, Logic, Name, Number, Unary
from exprgrad.views import formula

A, B, C = Name("a"), Name("b"), Name("c")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
Form = Callable[[Expression], Expression]


def places() -> Iterator[tuple[str, Form]]:
    """Every form of the language with a hole in each place."""
    for symbol in REGISTRY.infix:
        if symbol in COMPARISONS:
            continue
        yield f"_ {symbol} b", lambda x, s=symbol: Binary(s, x, B)
        yield f"a {symbol} _", lambda x, s=symbol: Binary(s, A, x)
    for symbol in REGISTRY.prefix:
        yield f"{symbol} _", lambda x, s=symbol: Unary(s, x)
    for symbol in COMPARISONS:
        yield f"_ {symbol} b", lambda x, s=symbol: Comparison((s,), (x, B))
        yield f"a {symbol} _", lambda x, s=symbol: Comparison((s,), (A, x))
        yield f"a {symbol} _ < c", lambda x, s=symbol: Comparison((s, "<"), (A, x, C))
    for symbol in ("and", "or"):
        yield f"_ {symbol} b", lambda x, s=symbol: Logic(s, x, B)
        yield f"a {symbol} _", lambda x, s=symbol: Logic(s, A, x)
    yield "_ if b else c", lambda x: Conditional(B, x, C)
    yield "a if _ else c", lambda x: Conditional(x, A, C)
    yield "a if b else _", lambda x: Conditional(B, A, x)
    yield "max(_, b)", lambda x: Call("max", (x, B))


PLACES = list(places())
LEAVES = [A, Number(2.0), Number(0.1), Number(1e300), Number(1e-7)]


@pytest.mark.parametrize(("outer", "form"), PLACES, ids=[name for name, _ in PLACES])
def test_every_pair(outer: str, form: Form) -> None:
    for inner in (*LEAVES, *(place(leaf) for _, place in PLACES for leaf in (A, Number(3.0)))):
        tree = form(inner)
        text = formula.expression(tree)
        assert parse(text).statements[0].value == tree, text


def test_a_matrix_product_is_printed_by_a_process_that_computed_none() -> None:
    code = (
        "from exprgrad.syntax.parser import parse\n"
        "from exprgrad.views import formula\n"
        "assert formula.program(parse('c = a @ b')) == 'c = a@b'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_infix_operator_is_here() -> None:
    assert set(REGISTRY.infix) >= {"+", "-", "*", "/", "//", "%", "**", *COMPARISONS}
    assert set(REGISTRY.prefix) == {"+", "-", "not"}


@pytest.mark.parametrize(
    "text",
    [
        "-x**2 + sin(a*b)",
        "(-x)**2",
        "x**-y",
        "a - (b - c)",
        "a if b else c if d else e",
        "(a if b else c)**2",
        "2**3**4",
    ],
)
def test_no_more_parentheses_than_needed(text: str) -> None:
    assert formula.expression(parse(text).statements[0].value) == text
