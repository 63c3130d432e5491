"""The grammar, and the parser that lark makes of it.

The parser is loaded from tables that the wheel carries; where they are absent or do not fit this lark, this Python or
this grammar, the grammar is compiled in memory, silently, and nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from exprgrad.lazy import lazy

if TYPE_CHECKING:
    import lark
    from lark import Token
else:
    # Its first file imports what builds grammars and lark's other parsers, most of what an import of lark takes.
    lark = lazy("lark")

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OPTIONS: Final[dict[str, Any]] = {
    "parser": "lalr",
    "lexer": "basic",
    "start": "program",
    "maybe_placeholders": False,
}


class Parser(Protocol):
    """What lark makes of the grammar."""

    def parse(self, text: str) -> Any:
        """What the builder makes of a text. Raises lark's errors and the builder's."""

    def lex(self, text: str) -> Iterable[Token]:
        """The tokens of a text. Raises lark's errors."""


class Separators:
    """Between lexer and parser: decides which newlines end a statement, and makes one SEP of several.

    A block ends its statement too, unless an else follows. No separator stands at the edges of a block.
    """

    always_accept = ("NEWLINE",)
    # After these a statement goes on.
    open_ended = frozenset(
        ["IF", "ELSE", "FOR", "IN", "WHILE", "OR", "AND", "NOT", "COMPARE", "SIGN", "POWER", "TIMES", "ASSIGN"]
    ) | {"COMMA", "OPEN", "LEFT", "COLON", "DOT", "RANGE", "BEGIN"}

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        depths = [0]  # of parentheses, for each block
        previous: str | None = None
        separator: Token | None = None
        for token in stream:
            kind = token.type
            if kind == "NEWLINE":
                if depths[-1] == 0 and separator is None and previous is not None and previous not in self.open_ended:
                    separator = token
                continue
            if kind == "SEP" and depths[-1] == 0:
                if previous not in (None, "BEGIN") and (separator is None or separator.type == "NEWLINE"):
                    separator = token
                continue
            if kind in ("OPEN", "LEFT"):
                depths[-1] += 1
            elif depths[-1] and kind in ("CLOSE", "RIGHT"):
                depths[-1] -= 1
            if separator is None and previous == "END":
                separator = token.__class__.new_borrow_pos("NEWLINE", "", token)
            if separator is not None:
                # A block may begin on a line of its own, and so may the else behind it.
                vanishes = kind == "ELSE" or (kind == "BEGIN" and previous != "END")
                if kind != "END" and not (vanishes and separator.type == "NEWLINE"):
                    separator.type = "SEP"
                    yield separator
                separator = None
            if kind == "BEGIN":
                depths.append(0)
            elif kind == "END" and len(depths) > 1:
                depths.pop()
            yield token
            previous = kind


def grammar_text(package: str = _PACKAGE) -> str:
    """The grammar: in the package of an installed wheel, beside it in a checkout."""
    for folder in (package, os.path.dirname(package)):
        try:
            with open(os.path.join(folder, "grammar.lark"), encoding="utf-8", newline="") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise RuntimeError("grammar.lark is missing from this installation of exprgrad")


def parser(builder: object) -> Parser:
    """The parser of the grammar. It calls the method of the builder that a rule or alias is named after."""
    grammar = grammar_text()
    try:
        with open(os.path.join(_PACKAGE, "grammar.tables"), "rb") as file:
            saved = file.read()
        from exprgrad.syntax import tables

        loaded = tables.load(saved, grammar, builder)
    except Exception:
        loaded = None
    return loaded or lark.Lark(grammar, **OPTIONS, transformer=builder, postlex=Separators())
