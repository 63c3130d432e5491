"""The parser's tables: lark's, made of the grammar when exprgrad is built, and the parser from them.

This is `Lark.save` and `Lark.load`; the latter imports what builds grammars and trees, and lark's other parsers.
"""

from __future__ import annotations

import marshal
import re
import sys
from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Any

import lark
from lark.common import LexerConf
from lark.grammar import Rule
from lark.lexer import BasicLexer, LexerThread, TerminalDef, Token
from lark.parsers.lalr_parser import LALR_Parser
from lark.utils import SerializeMemoizer

from exprgrad.syntax.grammar import OPTIONS, Parser, Separators

Action = Callable[[list[Any]], Any]


def made(grammar: str) -> bytes:
    """The tables of a grammar, behind what they fit."""
    # Without its separators lark would leave out the terminals that only they use.
    compiled = lark.Lark(grammar, postlex=Separators(), **OPTIONS)
    data, memo = compiled.memo_serialize([TerminalDef, Rule])
    del data["options"]  # they hold the separators, and are known here
    return _made_from(grammar) + marshal.dumps((data, memo))


def load(saved: bytes, grammar: str, builder: object) -> Parser | None:
    """The parser from tables; None where they do not fit."""
    fits = _made_from(grammar)
    return _Loaded(builder, *marshal.loads(saved[len(fits) :])) if saved.startswith(fits) else None


def _made_from(grammar: str) -> bytes:
    """What tables fit: this Python, whose marshal wrote them, this lark, whose first file names its version, and this
    grammar."""
    package: Any = lark
    python = f"exprgrad tables of Python {sys.version_info[0]}.{sys.version_info[1]}\n"
    first: bytes = package.__loader__.get_data(package.__file__)
    return python.encode() + first + grammar.replace("\r\n", "\n").encode()


class _Loaded:
    """lark's LALR parser, from tables."""

    def __init__(self, builder: object, data: dict[str, Any], memo: dict[int, Any]) -> None:
        known = SerializeMemoizer.deserialize(memo, {"Rule": Rule, "TerminalDef": TerminalDef}, {})
        configuration = LexerConf.deserialize(data["parser"]["lexer_conf"], known)
        configuration.callbacks = {}
        configuration.re_module = re
        configuration.skip_validation = True  # the terminals were checked when the tables were made
        self._lexer = BasicLexer(configuration)
        actions = {rule: _action(rule, builder) for rule in [Rule.deserialize(rule, known) for rule in data["rules"]]}
        (self._start,) = data["parser"]["parser_conf"]["start"]
        parser: Any = LALR_Parser
        self._parser = parser.deserialize(data["parser"]["parser"], known, actions)

    def parse(self, text: str) -> Any:
        return self._parser.parse(_Tokens(self.lex(text)), self._start)

    def lex(self, text: str) -> Iterator[Token]:
        thread: Any = LexerThread.from_text(self._lexer, text)
        return Separators().process(thread.lex(None))


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
