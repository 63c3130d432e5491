"""The grammars of notations: lark's parsers of the files beside, what their rules make, and what is wrong with a text
that does not fit one.

Each rule or alias is named after the method of a `Builder` that makes a node of what it matched, while the parser runs.
Terminals of the same kind have the same name in all grammars.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

import lark

from exprgrad.diagnostics import ExprError, ParseError, Span, UnsupportedError
from exprgrad.notations.texts import Text
from exprgrad.syntax import tables
from exprgrad.syntax.grammar import Parser
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Definition,
    Expression,
    Logic,
    Name,
    Number,
    Unary,
    Vector,
)

Token = Any
# What stands between lexer and parser: it may change tokens, leave some out and put others in.
Between = Callable[[Sequence[Token]], Iterable[Token]]

_CLOSING: Final = {"(": ")", "[": "]", "{": "}", "\\{": "\\}", "|": "|"}
_lock: Final = threading.Lock()


class Grammar:
    """One grammar, whose terminal OTHER is any character that no other one begins with. `unread` are pieces of a text
    that no rule has, each by its text or terminal with what to do."""

    def __init__(
        self, name: str, builder: Builder, between: Between | None = None, unread: dict[str, str] | None = None
    ) -> None:
        self.name = name
        self.builder = builder
        self.between = between
        self.unread = unread or {}
        self._parser: Parser | None = None
        self._seen: _Stream

    def parse(self, text: str) -> Any:
        """What the builder makes of a text. Raises an ExprError where it does not fit."""
        with _lock:  # the builder may know something of the text
            if self._parser is None:
                self._parser = tables.parser(self.builder, f"notations/{self.name}", self._stream)
            self.builder.begin(text)
            try:
                return self._parser.parse(text)
            except lark.exceptions.UnexpectedToken as problem:
                raise self._mistake(self._seen, problem.token, set(problem.expected), text) from None

    def _stream(self) -> _Stream:
        self._seen = _Stream(self.between)
        return self._seen

    def _unread(self, found: Token) -> ExprError:
        span = Span(found.start_pos, found.end_pos)
        shown = _shown(found)
        hint = self.unread.get(str(found)) or self.unread.get(found.type)
        return UnsupportedError(f"{shown} is not read", span, hint=hint or "leave it out, or write it otherwise")

    def _mistake(self, seen: _Stream, found: Token, expected: set[str], text: str) -> ExprError:
        at_end = found.type == "$END"
        before = [token for token in seen.tokens if at_end or token.end_pos <= found.start_pos]
        opened = _unclosed(before)
        end = len(text.rstrip())
        span = Span(end, end + 1) if at_end else place(found)
        last = before[-1] if before else None
        if found.type in ("OTHER", *self.unread) or str(found) in self.unread:
            return self._unread(found)
        if last is not None and last.end_pos == found.start_pos and (last + found)[:2] in self.unread:
            both = lark.Token(found.type, (last + found)[:2], last.start_pos, end_pos=found.end_pos)
            return self._unread(both)
        if at_end and opened and {"NAME", "NUMBER"} & expected <= {"NAME", "NUMBER"} and last is not opened[-1]:
            begin = opened[-1]
            closing = _CLOSING.get(begin[-1], ")")
            message = f"this '{begin}' is never closed"
            return ParseError(
                message, Span(begin.start_pos, begin.end_pos), hint=f"write the '{closing}' that belongs to it"
            )
        if str(found) in _CLOSING.values() and not opened:
            return ParseError(f"this '{found}' closes nothing", span, hint="remove it, or open it further left")
        what = "the end" if at_end else _shown(found)
        where = "at the start" if last is None else f"after {_shown(last)}"
        if {"NAME", "NUMBER"} <= expected and "SIGN" in expected and "TIMES" not in expected:
            hint = "write a number, a name or an expression there"
            return ParseError(f"expected a value {where}, found {what}", span, hint=hint)
        return ParseError(f"unexpected {what} {where}", span, hint="write an operator between, or leave it out")


class _Stream:
    """The tokens of one text, kept for messages."""

    always_accept: Collection[str] = ()

    def __init__(self, between: Between | None) -> None:
        self.between = between
        self.tokens: list[Token] = []

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        if self.between is None:
            made: Iterable[Token] = stream
        else:
            made = self.between(list(stream))
        for token in made:
            yield token
            self.tokens.append(token)


def nodes(parts: Iterable[Any]) -> list[Any]:
    """What of the parts of a rule is no token."""
    return [part for part in parts if not isinstance(part, lark.Token)]


def unwritten(kind: str, at: int) -> Token:
    """A token of which nothing is written, before the character at a place."""
    return lark.Token(kind, "", start_pos=at, end_pos=at)


class Builder:
    """Makes the nodes that all notations have."""

    # The operators of this language, by those of the notation.
    symbols: ClassVar[dict[str, str]] = {}
    # What joins two conditions in the notation.
    conjunction: ClassVar[str] = "and"

    def begin(self, text: str) -> None:
        """Is told of the text before anything of it is made."""

    def program(self, parts: list[Any]) -> list[Any]:
        return nodes(parts)

    def result(self, parts: list[Any]) -> Assignment:
        (value,) = parts
        return Assignment(None, value, value.span, value.span)

    def assignment(self, parts: list[Any]) -> Assignment | Definition:
        left, _, value = parts
        span = Span(left.span.start, value.span.end)
        if isinstance(left, Name):
            return Assignment(left.name, value, span, left.span)
        if isinstance(left, Call):
            return definition(left, value)
        raise unassignable(left)

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        return number(str(token), place(token))

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        return Name(str(token), place(token))

    def quoted(self, parts: list[Any]) -> Any:
        (token,) = parts
        return Text(token[1:-1], place(token))

    def call(self, parts: list[Any]) -> Expression:
        token = parts[0]
        arguments = tuple(nodes(parts[1:]))
        return Call(str(token), arguments, Span(token.start_pos, parts[-1].end_pos), place(token))

    def group(self, parts: list[Any]) -> Expression:
        opening, value, closing = parts
        return placed(value, Span(opening.start_pos, closing.end_pos))

    def vector(self, parts: list[Any]) -> Vector:
        elements = tuple(nodes(parts))
        return Vector(elements, Span(parts[0].start_pos, parts[-1].end_pos))

    def factorial(self, parts: list[Any]) -> Expression:
        operand, token = parts
        return Call("factorial", (operand,), Span(operand.span.start, token.end_pos), place(token))

    def percent(self, parts: list[Any]) -> Expression:
        operand, token = parts
        return Binary("/", operand, Number(100.0), Span(operand.span.start, token.end_pos))

    def unary(self, parts: list[Any]) -> Unary:
        token, operand = parts
        return Unary(self.symbol(token), operand, Span(token.start_pos, operand.span.end))

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        return Binary(self.symbol(token), left, right, around(left, right))

    def comparison(self, parts: list[Any]) -> Comparison:
        symbols = tuple([self.symbol(token) for token in parts[1::2]])
        return Comparison(symbols, tuple(parts[::2]), around(parts[0], parts[-1]))

    def compared(self, parts: list[Any]) -> Comparison:
        """A comparison of two values: one of what a comparison gives is something else in each notation."""
        left, token, _ = parts
        if isinstance(left, Comparison) and left.span.start == left.operands[0].span.start:
            hint = f"join two comparisons with {self.conjunction}, or write parentheses"
            raise UnsupportedError("one comparison stands behind another", place(token), hint=hint)
        return self.comparison(parts)

    def logic(self, parts: list[Any]) -> Logic:
        left, token, right = parts
        return Logic(self.symbol(token), left, right, around(left, right))

    def conditional(self, parts: list[Any]) -> Conditional:
        condition, _, then, _, otherwise = parts
        return Conditional(condition, then, otherwise, around(condition, otherwise))

    def symbol(self, token: Token) -> str:
        """The operator of this language."""
        return self.symbols.get(str(token), str(token))


class Symbols:
    """What symbols of a text are called here: no two of them become one name."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str]] = {}

    def named(self, name: str, look: str, token: str, span: Span) -> str:
        """The name of a symbol that looks like this, and is written as the token is. Raises an UnsupportedError where
        another one has become it, too."""
        first, written = self._first.setdefault(name, (look, token))
        if first != look:
            message = f"{token} and {written} would both be {name} here"
            raise UnsupportedError(message, span, hint="give one of the two another name")
        return name


def unassignable(left: Expression) -> ParseError:
    """What is wrong with an assignment to something else than a name."""
    return ParseError("only a name can stand left of '='", left.span, hint="write name = expression")


def definition(left: Call, body: Expression) -> Definition:
    """A function, by how it is called and what it is."""
    parameters: list[str] = []
    for argument in left.arguments:
        if not isinstance(argument, Name):
            raise ParseError(f"a parameter of {left.function} is a name", argument.span, hint="write f(x) = ...")
        if argument.name in parameters:
            raise ParseError(f"{left.function} has two parameters {argument.name}", argument.span, hint="rename one")
        parameters.append(argument.name)
    return Definition(left.function, tuple(parameters), body, around(left, body), left.name_span)


def number(text: str, span: Span) -> Number:
    """A literal."""
    value = float(text)
    if value == float("inf"):
        raise ParseError("this number is beyond the range of doubles", span, hint="the largest is 1.8e308")
    return Number(value, span)


def counted_from_zero(position: Number) -> Number:
    """A position of a notation that counts from 1."""
    if position.value < 1:
        raise UnsupportedError("there is no such position", position.span, hint="the first one is 1")
    return Number(position.value - 1, position.span)


def place(token: Token) -> Span:
    """Where a token stands."""
    return Span(token.start_pos, token.end_pos)


def around(left: Expression, right: Expression) -> Span:
    """The piece of the text from one expression to another."""
    return Span(left.span.start, right.span.end)


def placed(value: Expression, span: Span) -> Expression:
    """The expression, which is new and nobody else's, at a place that includes its parentheses."""
    object.__setattr__(value, "span", span)
    return value


def _unclosed(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.type in ("LPAR", "LBRACK", "LBRACE", "LSET", "LBAR"):
            found.append(token)
        elif token.type in ("RPAR", "RBRACK", "RBRACE", "RSET", "RBAR") and found:
            found.pop()
    return found


def _shown(token: Token) -> str:
    text = "".join(c if c.isprintable() else f"U+{ord(c):04X}" for c in token)
    return f"'{text}'" if len(text) <= 30 else f"'{text[:27]}...'"
