"""The grammar, and the parser that lark makes of it.

The parser is loaded from tables that the wheel carries; where they are absent or do not fit this lark, this Python or
this grammar, the grammar is compiled in memory, silently, and nothing is written.
"""

from __future__ import annotations

import marshal
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, Protocol

from exprgrad.lazy import lazy

if TYPE_CHECKING:
    from lark import Token
    from lark.grammar import Rule

Action = Callable[[list[Any]], Any]

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


def tables(grammar: str) -> bytes:
    """The parser's tables, behind what they fit."""
    from lark import Lark
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    # Without its separators lark would leave out the terminals that only they use.
    compiled = Lark(grammar, postlex=Separators(), **OPTIONS)
    data, memo = compiled.memo_serialize([TerminalDef, Rule])
    del data["options"]  # they hold the separators, and are here
    return _made_from(grammar) + marshal.dumps((data, memo))


def parser(builder: object) -> Parser:
    """The parser of the grammar. It calls the method of the builder that a rule or alias is named after."""
    grammar = grammar_text()
    try:
        with open(os.path.join(_PACKAGE, "grammar.tables"), "rb") as file:
            saved = file.read()
        fits = _made_from(grammar)
        if saved.startswith(fits):
            data, memo = marshal.loads(saved[len(fits) :])
            return _Tables(data, memo, builder)
    except Exception:
        pass
    from lark import Lark

    return Lark(grammar, **OPTIONS, transformer=builder, postlex=Separators())


def _made_from(grammar: str) -> bytes:
    """What tables fit: this Python, whose marshal wrote them, this lark, whose first file names its version, and this
    grammar."""
    lark: Any = lazy("lark")
    python = f"exprgrad tables of Python {sys.version_info[0]}.{sys.version_info[1]}\n"
    first: bytes = lark.__loader__.get_data(lark.__file__)
    return python.encode() + first + grammar.replace("\r\n", "\n").encode()


class _Tables:
    """lark's LALR parser from tables: `Lark.load` without what it imports for building grammars, for trees and for
    lark's other parsers, most of the time that an import of lark takes."""

    def __init__(self, data: dict[str, Any], memo: dict[int, Any], builder: object) -> None:
        from lark.common import LexerConf
        from lark.grammar import Rule
        from lark.lexer import BasicLexer, LexerThread, TerminalDef
        from lark.parsers.lalr_parser import LALR_Parser
        from lark.utils import SerializeMemoizer

        known = SerializeMemoizer.deserialize(memo, {"Rule": Rule, "TerminalDef": TerminalDef}, {})
        configuration = LexerConf.deserialize(data["parser"]["lexer_conf"], known)
        configuration.callbacks = {}
        configuration.re_module = re
        configuration.skip_validation = True  # the terminals were checked when the tables were made
        self._lexer = BasicLexer(configuration)
        self._thread: Any = LexerThread.from_text
        rules = [Rule.deserialize(rule, known) for rule in data["rules"]]
        (self._start,) = data["parser"]["parser_conf"]["start"]
        parser: Any = LALR_Parser
        self._parser = parser.deserialize(
            data["parser"]["parser"], known, {rule: _action(rule, builder) for rule in rules}
        )

    def parse(self, text: str) -> Any:
        return self._parser.parse(_Tokens(self.lex(text)), self._start)

    def lex(self, text: str) -> Iterator[Token]:
        return Separators().process(self._thread(self._lexer, text).lex(None))


def _action(rule: Rule, builder: object) -> Action:
    """What lark's ParseTreeBuilder would do with the parts of a rule of this grammar: a rule with ? of one part is that
    part, and what `*` or `+` repeats is a rule of lark's own, whose name begins with _ and whose parts are spliced."""
    name = rule.alias or rule.origin.name
    if rule.options.expand1 and not rule.alias and len(rule.expansion) == 1:
        return itemgetter(0)
    build: Action = _same if name.startswith("_") else getattr(builder, name)
    repeated = [i for i, symbol in enumerate(rule.expansion) if symbol.name.startswith("_")]
    if not repeated:
        return build
    (place,) = repeated

    def spliced(parts: list[Any]) -> Any:
        # A repetition is its own first part: that list grows, so that a long one takes no longer for each part.
        all_parts = [*parts[:place], *parts[place]] if place else parts[0]
        all_parts += parts[place + 1 :]
        return build(all_parts)

    return spliced


def _same(parts: list[Any]) -> list[Any]:
    return parts


class _Tokens:
    """Tokens where lark's parser expects a lexer that may ask for the parser's state."""

    def __init__(self, tokens: Iterator[Token]) -> None:
        self._tokens = tokens

    def lex(self, state: object) -> Iterator[Token]:
        return self._tokens
