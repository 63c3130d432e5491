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
from lark.grammar import NonTerminal, Rule, RuleOptions, Terminal
from lark.lexer import BasicLexer, LexerThread, Scanner, TerminalDef, Token, UnlessCallback
from lark.parsers.lalr_parser import LALR_Parser
from lark.utils import SerializeMemoizer

from exprgrad.syntax.grammar import OPTIONS, Parser, Separators

Action = Callable[[list[Any]], Any]


def made(grammar: str) -> bytes:
    """The tables of a grammar, behind what they fit."""
    # Without its separators lark would leave out the terminals that only they use.
    compiled = lark.Lark(grammar, postlex=Separators(), **OPTIONS)
    data, memo = compiled.memo_serialize([TerminalDef, Rule])
    terminals = {key: entry for key, entry in memo.items() if entry["__type__"] == "TerminalDef"}
    rules = {
        key: (
            entry["origin"]["name"],
            [(symbol["name"], symbol["__type__"] == "Terminal") for symbol in entry["expansion"]],
            entry["alias"],
            entry["options"]["expand1"],
        )
        for key, entry in memo.items()
        if entry["__type__"] == "Rule"
    }
    lexer: Any = BasicLexer(compiled.lexer_conf)
    scanned = [terminal.name for terminal in lexer.scanner.terminals]
    words = {name: [word.name for word in unless.scanner.terminals] for name, unless in lexer.callback.items()}
    return _made_from(grammar) + marshal.dumps((data["parser"], terminals, rules, scanned, words))


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

    def __init__(
        self,
        builder: object,
        data: dict[str, Any],
        terminals: dict[int, Any],
        rules: dict[int, tuple[str, list[tuple[str, bool]], str | None, bool]],
        scanned: list[str],
        words: dict[str, list[str]],
    ) -> None:
        memo = SerializeMemoizer.deserialize(terminals, {"TerminalDef": TerminalDef}, {})
        configuration = LexerConf.deserialize(data["lexer_conf"], memo)
        configuration.callbacks = {}
        configuration.re_module = re
        configuration.skip_validation = True  # the terminals were checked when the tables were made

        def scanner(names: list[str]) -> Any:
            known = [configuration.terminals_by_name[name] for name in names]
            return Scanner(known, 0, re, use_bytes=False)  # type: ignore[no-untyped-call]

        lexer: Any = BasicLexer(configuration)
        # lark would find out which words look like names by matching each with all patterns.
        lexer._scanner = scanner(scanned)
        lexer.callback = {name: UnlessCallback(scanner(unless)) for name, unless in words.items()}
        self._lexer = lexer
        actions = {}
        for key, (origin, symbols, alias, expands) in rules.items():
            expansion = [Terminal(name) if terminal else NonTerminal(name) for name, terminal in symbols]
            rule = memo[key] = Rule(NonTerminal(origin), expansion, 0, alias, RuleOptions(expand1=expands))
            actions[rule] = _action(rule, builder)
        (self._start,) = data["parser_conf"]["start"]
        parser: Any = LALR_Parser
        self._parser = parser.deserialize(data["parser"], memo, actions)

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
