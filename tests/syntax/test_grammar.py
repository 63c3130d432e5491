"""The grammar has no conflicts, and the prebuilt tables are the grammar."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark import Lark

from exprgrad.syntax import parser
from exprgrad.syntax.tree import ProgramTree

TEXT = "u = a *\n b  # a remark\n\nv = (u\n + 1)\nw = 1 if u > 3\n else 2; ;"


def test_the_grammar_has_no_conflicts() -> None:
    # Without strict=True lark resolves a shift/reduce conflict in silence.
    Lark(parser.grammar_text(), **parser.OPTIONS, strict=True)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package folder that holds the grammar and nothing else, and a parser that is not loaded yet."""
    (tmp_path / "grammar.lark").write_text(parser.grammar_text(), encoding="utf-8")
    monkeypatch.setattr(parser, "_PACKAGE", str(tmp_path))
    monkeypatch.setattr(parser, "_loaded", None)
    return tmp_path


def expected() -> ProgramTree:
    program = parser.parse(TEXT)
    assert len(program.statements) == 3
    return program


def test_tables_parse_what_the_grammar_does(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = expected()
    (package / "grammar.tables").write_bytes(parser.tables(parser.grammar_text()))
    monkeypatch.setattr(parser, "_loaded", None)
    monkeypatch.setattr(parser, "OPTIONS", {"parser": "no such parser"})  # the grammar is not compiled again
    assert parser.parse(TEXT) == compiled


@pytest.mark.parametrize("spoiled", [b"", b"exprgrad lark 0.1 python 3.11 0000\nx", "right tag, wrong rest"])
def test_tables_that_do_not_fit_are_left_aside(
    package: Path, monkeypatch: pytest.MonkeyPatch, spoiled: bytes | str
) -> None:
    compiled = expected()
    whole = parser.tables(parser.grammar_text())
    data = spoiled if isinstance(spoiled, bytes) else whole[:200]
    (package / "grammar.tables").write_bytes(data)
    monkeypatch.setattr(parser, "_loaded", None)
    assert parser.parse(TEXT) == compiled
    assert (package / "grammar.tables").read_bytes() == data  # nothing is written
