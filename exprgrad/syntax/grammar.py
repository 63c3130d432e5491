"""The grammar: its text, how lark reads it, and what stands between its lexer and its parser."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from lark import Token

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
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


class Between(Protocol):
    """What stands between lexer and parser."""

    always_accept: Collection[str]

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The tokens for the parser, from those of the lexer."""


class Separators:
    """Between lexer and parser: decides which newlines end a statement, and makes one SEP of several.

    A block ends its statement too, unless an else follows. No separator stands at the edges of a block.
    """

    always_accept: Collection[str] = ("NEWLINE",)
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


def grammar_text(package: str = PACKAGE, name: str = "grammar") -> str:
    """A grammar, by its name: in the package of an installed wheel, that of the language beside it in a checkout."""
    for folder in (package, os.path.dirname(package)):
        try:
            with open(os.path.join(folder, f"{name}.lark"), encoding="utf-8", newline="") as file:
                return file.read()
        except FileNotFoundError:
            continue
    raise RuntimeError(f"{name}.lark is missing from this installation of exprgrad")
