"""The grammar has no conflicts, and the prebuilt tables are the grammar."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark import Lark

from exprgrad.compiled import compile
from exprgrad.diagnostics import ExprError
from exprgrad.syntax import grammar, parser, tables
from exprgrad.syntax.tree import ProgramTree
from tests.syntax.test_errors import CASES

TEXT = """
f(x, y) = x**-y + 1; u = a *
 b  # a remark

v = (u
 + 1)
w = 1 if not u > 3 and 1 < v <= w or v == 2
 else 2; ;
s = sum(f([1, 2, a], 2), axis=0, keep=1) + [] @ v.T + v[1] + v[1:, ::2, :3, 0:n:1]
for i in 0..3 { s = s + i; s = -s; t = s }
while s < 3 { if s { s = 1 } else if v { s = 2; t = 1 } else { } }
s
"""


def test_the_grammar_has_no_conflicts() -> None:
    # Without strict=True lark resolves a shift/reduce conflict in silence.
    Lark(grammar.grammar_text(), **grammar.OPTIONS, strict=True)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder that holds the grammar and nothing else, and a parser that is not loaded yet."""
    (tmp_path / "grammar.lark").write_text(grammar.grammar_text(), encoding="utf-8")
    monkeypatch.setattr(tables, "PACKAGE", str(tmp_path))
    monkeypatch.setattr(parser, "_loaded", None)
    return tmp_path


def expected() -> ProgramTree:
    program = parser.parse(TEXT)
    assert len(program.statements) == 7
    return program


def test_tables_parse_what_the_grammar_does(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = expected()
    (package / "grammar.tables").write_bytes(tables.made(grammar.grammar_text()))
    monkeypatch.setattr(parser, "_loaded", None)
    monkeypatch.setattr(tables, "OPTIONS", {"parser": "no such parser"})  # the grammar is not compiled again
    assert parser.parse(TEXT) == compiled
    # Mistakes are found at the same places, too.
    for case in CASES:
        program, _, error = case.read_text(encoding="utf-8").partition("\n---\n")
        with pytest.raises(ExprError) as caught:
            compile(program)
        assert f"{type(caught.value).__name__}: {caught.value}\n" == error, case


@pytest.mark.parametrize("spoiled", [b"", b"exprgrad tables of Python 2.7\nx", "what fits, and half of the tables"])
def test_tables_that_do_not_fit_are_left_aside(
    package: Path, monkeypatch: pytest.MonkeyPatch, spoiled: bytes | str
) -> None:
    compiled = expected()
    whole = tables.made(grammar.grammar_text())
    data = spoiled if isinstance(spoiled, bytes) else whole[: len(whole) // 2]
    (package / "grammar.tables").write_bytes(data)
    monkeypatch.setattr(parser, "_loaded", None)
    assert parser.parse(TEXT) == compiled
    assert (package / "grammar.tables").read_bytes() == data  # nothing is written
