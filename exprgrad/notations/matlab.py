"""MATLAB and Octave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import lark

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.notations.grammar import (
    Builder,
    Grammar,
    Token,
    around,
    counted_from_zero,
    definition,
    nodes,
    number,
    place,
    unwritten,
)
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary, is_function
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Definition,
    Expression,
    Index,
    Name,
    Number,
    ProgramTree,
    Slice,
    Unary,
    Vector,
)

# A value ends with these, and begins with those.
_ENDS: Final = ("NAME", "NUMBER", "RPAR", "RBRACK", "PRIME")
_BEGINS: Final = ("NAME", "NUMBER", "LPAR", "LBRACK", "AT")


def _between(tokens: Sequence[Token]) -> Iterator[Token]:
    """What ends a statement, what separates the elements of a matrix, and which quote is a transpose."""
    brackets: list[str] = []
    last: Token | None = None
    for i, token in enumerate(tokens):
        in_matrix = brackets[-1:] == ["LBRACK"]
        ended = last is not None and last.type in _ENDS
        apart = last is not None and token.start_pos > (last.end_pos or 0)
        if brackets and token.type == "WORD" and token == "end":
            token.type = "NAME"
        if token.type == "QUOTE":
            if not ended or (in_matrix and apart):
                raise UnsupportedError("there are no texts here", place(token), hint="there are only numbers")
            token.type = "PRIME"
        elif in_matrix and ended and apart:
            joined = i + 1 < len(tokens) and tokens[i + 1].start_pos == token.end_pos
            if token.type in _BEGINS or (token.type in ("SIGN", "NOT") and joined):
                yield unwritten("COMMA", token.start_pos)
        if token.type in ("SEMICOLON", "NEWLINE"):
            if brackets and not in_matrix and token.type == "NEWLINE":
                continue
            token.type = "ROW_END" if in_matrix else "SEP" if not brackets else "SEMICOLON"
        elif token.type == "COMMA" and not brackets:
            token.type = "SEP"
        elif token.type in ("LPAR", "LBRACK"):
            brackets.append(token.type)
        elif token.type in ("RPAR", "RBRACK") and brackets:
            brackets.pop()
        yield token
        last = token
    if last is not None and last.type != "SEP":
        yield unwritten("SEP", last.end_pos)


class _Builder(Builder):
    """Makes the nodes of MATLAB."""

    symbols = {  # noqa: RUF012
        ".^": "**",
        "^": "**",
        ".**": "**",
        ".*": "*",
        "./": "/",
        "~=": "!=",
        "&&": "and",
        "&": "and",
        "||": "or",
        "|": "or",
        "~": "not",
        "!": "not",
        "−": "-",
    }

    def begin(self, text: str) -> None:
        # What is assigned is indexed, not called; a function that the text defines is.
        self.assigned_names: set[str] = set()
        self.own: set[str] = set()

    def result(self, parts: list[Any]) -> Assignment:
        return super().result(parts[:1])

    def assigned(self, parts: list[Any]) -> Assignment:
        name, _, value, _ = parts
        self.assigned_names.add(str(name))
        return Assignment(str(name), value, Span(name.start_pos, value.span.end), place(name))

    def handle(self, parts: list[Any]) -> Definition:
        name, *rest = parts
        self.own.add(str(name))
        parameters = [part for part in rest if isinstance(part, lark.Token) and part.type == "NAME"]
        operands = tuple([Name(str(parameter), place(parameter)) for parameter in parameters])
        return definition(Call(str(name), operands, place(name), place(name)), parts[-2])

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        return number(token.replace("d", "e").replace("D", "e"), place(token))

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        if token == "*" and (_is_matrix(left) or _is_matrix(right)) and not _are_numbers(left, right):
            self._check_product(left, right)
            return Binary("@", left, right, around(left, right))
        return super().binary(parts)

    @staticmethod
    def _check_product(left: Expression, right: Expression) -> None:
        """A vector is a row or a column there, and has one axis here."""
        of_vectors = isinstance(left, Vector) and isinstance(right, Vector) and not {*_rows(left), *_rows(right)}
        if of_vectors or (not _is_matrix(left) and isinstance(right, Call) and right.function == "transpose"):
            message = "this product depends on what is a row and what a column"
            hint = "write dot(x, y) or outer(x, y) for vectors, mtimes(A, B') for matrices"
            raise UnsupportedError(message, around(left, right), hint=hint)

    def solved(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        if token == ".\\":
            return Binary("/", right, left, around(left, right))
        return Call("solve", (left, right), around(left, right), place(token))

    def transposed(self, parts: list[Any]) -> Expression:
        operand, token = parts
        return Call("transpose", (operand,), Span(operand.span.start, token.end_pos), place(token))

    def call(self, parts: list[Any]) -> Expression:
        name, _, *rest = parts
        table = NOTATION.vocabulary
        word, given = str(name), nodes(rest)
        is_known = word in self.own or is_function(word) or word in (*table.functions, *table.variadic, *table.refused)
        # Of what is neither known nor indexed the vocabulary says that there is no such function.
        if word not in self.assigned_names and (is_known or not any(_is_position(item) for item in given)):
            for item in given:
                if isinstance(item, Slice):
                    raise UnsupportedError("a range stands only in an index", item.span, hint="write its elements")
            return super().call(parts)
        if not given:
            return Name(word, place(name))
        span = Span(name.start_pos, rest[-1].end_pos)
        return Index(Name(word, place(name)), tuple([_from_zero(item) for item in given]), span)

    def slice(self, parts: list[Any]) -> Slice:
        start, _, stop = parts
        return Slice(start, stop, None, around(start, stop))

    def all(self, parts: list[Any]) -> Slice:
        (token,) = parts
        return Slice(None, None, None, place(token))

    def unread_handle(self, parts: list[Any]) -> Expression:
        raise UnsupportedError("a function is no value here", place(parts[0]), hint="call it")

    def row(self, parts: list[Any]) -> tuple[Expression, ...]:
        return tuple(nodes(parts))

    def matrix(self, parts: list[Any]) -> Vector:
        span = Span(parts[0].start_pos, parts[-1].end_pos)
        rows = [part for part in parts if isinstance(part, tuple)]
        if all(len(row) == 1 for row in rows):
            return Vector(tuple([row[0] for row in rows]), span)
        if len(rows) == 1:
            return Vector(rows[0], span)
        return Vector(tuple([Vector(row, span) for row in rows]), span)


def _is_matrix(node: Expression) -> bool:
    """Whether a value is seen to be a matrix: it is written as one, or is a transpose or a product of one."""
    transposed = isinstance(node, Call) and node.function == "transpose"
    return transposed or isinstance(node, Vector) or (isinstance(node, Binary) and node.symbol == "@")


def _rows(node: Vector) -> list[Vector]:
    return [element for element in node.elements if isinstance(element, Vector)]


def _are_numbers(left: Expression, right: Expression) -> bool:
    return isinstance(left, Number) or isinstance(right, Number)


def _is_position(item: Expression | Slice) -> bool:
    return isinstance(item, Slice | Number) or (isinstance(item, Name) and item.name == "end")


def _from_zero(item: Expression | Slice) -> Expression | Slice:
    """A position counted from 0, where MATLAB counts from 1 and `end` is the last."""
    if isinstance(item, Slice):
        start = None if item.start is None else _from_zero(item.start)
        stop = None if item.stop == Name("end") else item.stop
        return Slice(start, stop, None, item.span)  # type: ignore[arg-type]
    if isinstance(item, Number):
        return counted_from_zero(item)
    if item == Name("end"):
        return Unary("-", Number(1.0), item.span)
    return Binary("-", item, Number(1.0), item.span)


_UNREAD: Final = {
    "TEXT": "there are no texts here, only numbers",
    "{": "there are no cells; write a matrix",
    ".": "there are no fields",
    "SEMICOLON": "write ',' between operands",
    "WORD": "of statements assignments and functions such as f = @(x) x.^2 are read",
}
_GRAMMAR: Final = Grammar("matlab", _Builder(), _between, _UNREAD)


def _read(text: str) -> ProgramTree:
    return program_of(_GRAMMAR.parse(text), text)


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        pi = pi; Inf = inf; inf = inf; NaN = nan; nan = nan; eps = 2**-52; true = 1; false = 0
        power(x, y) = x**y; times(x, y) = x*y; plus(x, y) = x + y; minus(x, y) = x - y; rdivide(x, y) = x/y
        uminus(x) = -x; mtimes(x, y) = x @ y; mldivide(x, y) = solve(x, y)
        rem(x, y) = fmod(x, y); fix(x) = trunc(x); idivide(x, y) = trunc(x/y)
        round(x) = trunc(x) + trunc(2*(x - trunc(x)))
        nthroot(x, n) = sign(x)*abs(x)**(1/n); realsqrt(x) = sqrt(x); reallog(x) = log(x)
        gammaln(x) = lgamma(x); psi(x) = digamma(x)
        sind(x) = sin(radians(x)); cosd(x) = cos(radians(x)); tand(x) = tan(radians(x))
        deg2rad(x) = radians(x); rad2deg(x) = degrees(x)
        numel(x) = size(x); length(x) = size(x); nchoosek(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        isnan(x) = x != x; disp(x) = x
        var(values) = var(values)*size(values)/(size(values) - 1)
        std(values) = sqrt(var(values)*size(values)/(size(values) - 1))
        """,
        {
            **dict.fromkeys(("rand", "randn", "randi"), "there are no random numbers"),
            **dict.fromkeys(("integral", "quad", "trapz", "ode45"), "add up in a loop, with small steps"),
            **dict.fromkeys(("diff", "gradient"), "these are differences there, not derivatives"),
        },
    ),
)
