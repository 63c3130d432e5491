"""The parser of a process.

It is loaded from tables that the wheel carries; where they are absent or do not fit this lark, this Python or this
grammar, the grammar is compiled in memory, silently, and nothing is written.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from exprgrad.lazy import lazy
from exprgrad.syntax.grammar import OPTIONS, PACKAGE, Parser, Separators, grammar_text

if TYPE_CHECKING:
    import lark
else:
    # Its first file imports what builds grammars and lark's other parsers, most of what an import of lark takes.
    lark = lazy("lark")


def parser(builder: object) -> Parser:
    """The parser of the grammar. It calls the method of the builder that a rule or alias is named after."""
    grammar = grammar_text()
    try:
        with open(os.path.join(PACKAGE, "grammar.tables"), "rb") as file:
            saved = file.read()
        from exprgrad.syntax import tables

        loaded = tables.load(saved, grammar, builder)
    except Exception:
        loaded = None
    return loaded or lark.Lark(grammar, **OPTIONS, transformer=builder, postlex=Separators())
