"""The parser of a process, from lark's tables of the grammar.

A wheel carries them; where they are absent or do not fit this lark, this Python or this grammar, they are made in
memory, silently, and nothing is written. This is `Lark.save` and `Lark.load`; the latter imports what builds grammars
and trees, and lark's other parsers.
"""

from __future__ import annotations

import _sre  # type: ignore[import-not-found]  # what `re` itself makes patterns with
import marshal
import os
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from lark.common import LexerConf
from lark.grammar import NonTerminal, Rule, RuleOptions, Terminal
from lark.lexer import BasicLexer, LexerThread, PatternRE, PatternStr, Scanner, TerminalDef, Token
from lark.parsers.lalr_analysis import Reduce, Shift
from lark.parsers.lalr_parser import LALR_Parser

from exprgrad.lazy import lazy
from exprgrad.syntax.grammar import OPTIONS, PACKAGE, Between, Parser, Separators, grammar_text

if TYPE_CHECKING:
    import lark
else:
    # Its first file imports what builds grammars and lark's other parsers, most of what an import of lark takes.
    lark = lazy("lark")

Action = Callable[[list[Any]], Any]


def parser(builder: object, name: str = "grammar", between: Callable[[], Between] = Separators) -> Parser:
    """The parser of a grammar, by its name. It calls the method of the builder that a rule or alias is named after;
    what is made for each text stands between lexer and parser."""
    grammar = grammar_text(name=name)
    for tables in (partial(_saved, name), partial(made, grammar)):
        try:
            found = load(tables(), grammar, builder, between)
        except Exception:  # of damaged tables, or a lark that has other ones
            found = None
        if found is not None:
            return found
    return lark.Lark(grammar, **OPTIONS, transformer=builder, postlex=_Compiling(grammar, between))


def _saved(name: str) -> bytes:
    with open(os.path.join(PACKAGE, f"{name}.tables"), "rb") as file:
        return file.read()


class _Compiling:
    """What lark is told of that stands between lexer and parser. It would leave out the terminals that are used by that
    alone."""

    def __init__(self, grammar: str, between: Callable[[], Between]) -> None:
        self.always_accept = re.findall(r"^([A-Z][A-Z_]*)(?:\.\d+)?\s*:", grammar, re.M)
        self.between = between

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return self.between().process(stream)


def made(grammar: str) -> bytes:
    """The tables of a grammar, behind what they fit."""
    compiled = lark.Lark(grammar, postlex=_Compiling(grammar, Separators), **OPTIONS)
    frontend: Any = compiled.parser
    table = frontend.parser._parse_table
    rules = list(compiled.rules)
    # What a token does in a state: it goes on to a state, or, behind those, reduces by a rule.
    states = [
        {
            token: argument if action is Shift else len(table.states) + rules.index(argument)
            for token, (action, argument) in table.states[state].items()
        }
        for state in range(len(table.states))
    ]
    lexer: Any = BasicLexer(compiled.lexer_conf)
    return _made_from(grammar) + marshal.dumps(
        (
            (states, table.start_states, table.end_states),
            [_plain_rule(rule) for rule in rules],
            [_plain_terminal(terminal) for terminal in compiled.lexer_conf.terminals],
            [*compiled.lexer_conf.ignore],
            [terminal.name for terminal in lexer.scanner.terminals],
            _plain_pattern(lexer.scanner),
            {
                name: {word.pattern.value: word.name for word in unless.scanner.terminals}
                for name, unless in lexer.callback.items()
            },
        )
    )


def _plain_rule(rule: Rule) -> tuple[str, list[tuple[str, bool]], str | None, bool]:
    symbols = [(str(symbol.name), symbol.is_term) for symbol in rule.expansion]
    return str(rule.origin.name), symbols, rule.alias and str(rule.alias), rule.options.expand1


def _plain_terminal(terminal: TerminalDef) -> tuple[str, str, tuple[str, ...], str | None, tuple[int, int] | None]:
    """The last are the widths that lark would find by reading the pattern."""
    pattern: Any = terminal.pattern
    width = (pattern.min_width, pattern.max_width) if isinstance(pattern, PatternRE) else None
    return terminal.name, pattern.value, tuple(pattern.flags), pattern.raw, width


def _plain_pattern(scanner: Any) -> tuple[Any, ...] | None:
    """What `re` makes of the one pattern of all terminals, which takes it a fiftieth of a short run; None where this
    Python goes another way about it."""
    try:
        (made,) = scanner._mres
        parsed: Any = re._parser.parse(made.pattern)
        state, names = parsed.state, [None] * parsed.state.groups
        for name, number in state.groupdict.items():
            names[number] = name
        code = [int(word) for word in re._compiler._code(parsed, 0)]  # type: ignore[attr-defined]
        return _sre.MAGIC, made.pattern, state.flags, code, state.groups - 1, dict(state.groupdict), tuple(names)
    except Exception:
        return None


class _MadePattern:
    """In the place of `re` for lark's scanner, whose pattern is made already."""

    def __init__(self, plain: tuple[Any, ...]) -> None:
        magic, self._pattern, *rest = plain
        self._made = _sre.compile(self._pattern, *rest) if magic == _sre.MAGIC else None

    def compile(self, pattern: str, flags: int) -> Any:
        return self._made if self._made is not None and pattern == self._pattern else re.compile(pattern, flags)


def load(saved: bytes, grammar: str, builder: object, between: Callable[[], Between] = Separators) -> Parser | None:
    """The parser from tables; None where they do not fit."""
    fits = _made_from(grammar)
    return _Loaded(builder, between, *marshal.loads(saved[len(fits) :])) if saved.startswith(fits) else None


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
        between: Callable[[], Between],
        table: tuple[list[dict[str, int]], dict[str, int], dict[str, int]],
        rules: list[tuple[str, list[tuple[str, bool]], str | None, bool]],
        terminals: list[tuple[str, str, tuple[str, ...], str | None, tuple[int, int] | None]],
        ignored: list[str],
        scanned: list[str],
        pattern: tuple[Any, ...] | None,
        words: dict[str, dict[str, str]],
    ) -> None:
        # The terminals were checked when the tables were made.
        configuration = LexerConf(list(starmap(_terminal, terminals)), re, ignored, skip_validation=True)

        lexer: Any = BasicLexer(configuration)
        # lark would find out which words look like names by matching each with all patterns, and each name with these.
        known = [configuration.terminals_by_name[name] for name in scanned]
        makes: Any = re if pattern is None else _MadePattern(pattern)
        lexer._scanner = Scanner(known, 0, makes, use_bytes=False)  # type: ignore[no-untyped-call]
        lexer.callback = {name: _unless(reserved) for name, reserved in words.items()}
        self._lexer = lexer
        self._between = between
        numbered, starts, ends = table
        does: list[tuple[Any, Any]] = [(Shift, state) for state in range(len(numbered))]
        builds: dict[Rule, Action] = {}
        for origin, symbols, alias, expands in rules:
            expansion = [Terminal(name) if terminal else NonTerminal(name) for name, terminal in symbols]
            rule = Rule(NonTerminal(origin), expansion, 0, alias, RuleOptions(expand1=expands))
            does.append((Reduce, rule))
            builds[rule] = _action(rule, builder)
        (self._start,) = starts
        parser: Any = LALR_Parser
        self._parser = parser.deserialize(
            {"tokens": {}, "states": {}, "start_states": starts, "end_states": ends}, {}, builds
        )
        states = [{token: does[place] for token, place in state.items()} for state in numbered]
        self._parser._parse_table.states.update(enumerate(states))

    def parse(self, text: str) -> Any:
        return self._parser.parse(_Tokens(self.lex(text)), self._start)

    def lex(self, text: str) -> Iterator[Token]:
        thread: Any = LexerThread.from_text(self._lexer, text)
        return self._between().process(thread.lex(None))


def _unless(words: dict[str, str]) -> Callable[[Token], Token]:
    """What makes of a name that is a word of the grammar that word's terminal."""

    def named(token: Token) -> Token:
        token.type = words.get(token.value, token.type)
        return token

    return named


def _terminal(
    name: str, value: str, flags: tuple[str, ...], raw: str | None, width: tuple[int, int] | None
) -> TerminalDef:
    if width is None:
        return TerminalDef(name, PatternStr(value, flags, raw))
    pattern = PatternRE(value, flags, raw)
    pattern._width = width
    return TerminalDef(name, pattern)


def _action(rule: Rule, builder: object) -> Action:
    """What lark's ParseTreeBuilder would do with the parts of a rule: a rule with ? of one part is that part, and those
    of a rule whose name begins with _, as lark's own for what `*` or `+` repeats, are spliced."""
    name = rule.alias or rule.origin.name
    if rule.options.expand1 and not rule.alias and len(rule.expansion) == 1:
        return itemgetter(0)
    build: Action = _same if name.startswith("_") else getattr(builder, name)
    repeated = [i for i, symbol in enumerate(rule.expansion) if symbol.name.startswith("_")]
    if not repeated:
        return build
    first, *others = repeated

    def spliced(parts: list[Any]) -> Any:
        # A repetition is its own first part: that list grows, so that a long one takes no longer for each part.
        all_parts = [*parts[:first], *parts[first]] if first else parts[0]
        start = first + 1
        for place in others:
            all_parts += parts[start:place]
            all_parts += parts[place]
            start = place + 1
        all_parts += parts[start:]
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
