"""Comparisons with texts: what the tree is, what the inputs are, and what reads the same again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import parse
from exprgrad.text_tests import TextTest, as_test, is_test, quoted, variable_of
from exprgrad.views.formula import program

TEST = 'kind == "put"'


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("kind == 'put'", TEST),
        ('"put" == kind', TEST),
        ('kind == " put\u00a0"', TEST),
        ("(kind) == 'put'", TEST),
        ("kind != 'put'", f"not {TEST}"),
        ("'put' ≠ kind", f"not {TEST}"),
        ("kind in ['put']", TEST),
        ("kind in ['put', \"call\"] and x", f'({TEST} or kind == "call") and x'),
        ("x*(kind == 'a\"b')", "x*(kind == 'a\"b')"),
        ('kind == "it\'s; # {a}" # a remark', 'kind == "it\'s; # {a}"'),
    ],
)
def test_forms(text: str, same: str) -> None:
    tree = parse(text)
    assert tree == parse(same)
    assert parse(program(tree)) == tree


def test_inputs() -> None:
    names = resolve(parse('c = K*w if kind == "put" else -K; d = kind in ["call", "put"] and side != "buy"'))
    assert [*names.inputs] == ["K", "w", TEST, 'kind == "call"', 'side == "buy"']
    assert [*names.variables] == ["K", "w", "kind", "side"]
    assert names.numbers == ("K", "w")
    assert names.texts == {"kind": ("put", "call"), "side": ("buy",)}
    assert names.results == ("c", "d")


@pytest.mark.parametrize(
    ("text", "results"),
    [
        (TEST, ("c",)),  # a name alone would be a result of that name
        ('c == "put"', ("c1",)),
        ("pi == 'put'; pi == 'x'", ("c", "c1")),
        ('f(x) = x*(c == "put"); f(2)', ("c1",)),
    ],
)
def test_results(text: str, results: tuple[str, ...]) -> None:
    assert resolve(parse(text)).results == results


@given(st.text().map(lambda text: text.strip()).filter(lambda text: not {*"\r\n"} & {*text} and bool(text)))
def test_any_text(text: str) -> None:
    if '"' in text and "'" in text:
        return
    test = TextTest("größe", text.strip(" \t\r\n\u00a0"))
    names = resolve(parse(f"größe == {quoted(text)}"))
    assert [*names.inputs] == [test.name]
    assert as_test(test.name) == test and variable_of(test.name) == "größe" and is_test(test.name)
    assert as_test("größe") is None and variable_of("größe") == "größe" and not is_test("größe")


def test_thousands_of_texts() -> None:
    texts = ", ".join([f'"t{i}"' for i in range(5_000)])
    assert len(resolve(parse(f"c = x if kind in [{texts}] else 0")).inputs) == 5_001
