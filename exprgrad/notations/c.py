"""C, and what it shares with JavaScript: expressions, assignments, branches, loops, functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Final, TypeVar

import lark

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.notations.bodies import Block, Return, function
from exprgrad.notations.grammar import Builder, Grammar, Token, around, definition, nodes, number, place, unwritten
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary, is_function
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Conditional,
    Definition,
    Expression,
    For,
    If,
    Index,
    Name,
    Number,
    ProgramTree,
    Unary,
    While,
)

_Node = TypeVar("_Node", bound=Expression)
_HEADS: Final = ("IF", "WHILE", "FOR")
# A statement may end behind these, and begin with those.
_ENDS: Final = ("NAME", "NUMBER", "RPAR", "RBRACK", "STEP")
_BEGINS: Final = ("NAME", "STEP", "RETURN", "TYPE", "DECLARE", "FUNCTION_WORD", *_HEADS)
_INTEGERS: Final = frozenset(("int", "long", "short", "unsigned", "signed", "size_t"))


def between(tokens: Sequence[Token]) -> Iterator[Token]:
    """Where statements end: at a ';', a '}' or the end of a line behind which a new one begins."""
    depth = 0
    heads: list[bool] = []  # of each parenthesis that is open, whether it belongs to an if, while or for
    head_is_over = False
    last: Token | None = None
    for i, token in enumerate(tokens):
        kind = token.type
        follows = last is not None and last.type in _ENDS and not head_is_over and depth == 0
        on_new_line = last is not None and token.line > (last.end_line or 0)
        if follows and ((kind in _BEGINS and on_new_line) or kind == "RBRACE"):
            yield unwritten("END", token.start_pos)
            last = None
        if kind == "SEMICOLON" and depth == 0:
            if last is not None and last.type in _ENDS:
                token.type = "END"
                yield token
            last = None
            continue
        if kind in ("LPAR", "LBRACK"):
            if kind == "LPAR" and _is_arrow(tokens, i + 1):
                token.type = "ARROW_LPAR"
            depth += 1
            heads.append(last is not None and last.type in _HEADS)
        elif kind in ("RPAR", "RBRACK") and depth:
            depth -= 1
            head_is_over = heads.pop()
        if kind != "RPAR":
            head_is_over = False
        yield token
        last = token
    if last is not None and last.type in _ENDS and not head_is_over:
        yield unwritten("END", last.start_pos)


def _is_arrow(tokens: Sequence[Token], start: int) -> bool:
    """Whether names, a ')' and '=>' stand there."""
    end = start
    while end < len(tokens) and tokens[end].type == ("COMMA" if (end - start) % 2 else "NAME"):
        end += 1
    return [token.type for token in tokens[end : end + 2]] == ["RPAR", "ARROW"]


def _lines(parts: list[Any]) -> list[Any]:
    """The lines outside of functions, where what is returned is a result."""
    lines = nodes(parts)
    return [line.result() if isinstance(line, Return) else line for line in lines]


class Curly(Builder):
    """Makes the nodes that C and JavaScript have in common."""

    symbols: ClassVar[dict[str, str]] = {"&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "−": "-"}

    def program(self, parts: list[Any]) -> list[Any]:
        return _lines(parts)

    # -- statements ---------------------------------------------------------------------------------------------------

    def statement(self, parts: list[Any]) -> Any:
        return parts[0]

    def returned(self, parts: list[Any]) -> Return:
        word, value = parts
        return Return(value, Span(word.start_pos, value.span.end))

    def assigned(self, parts: list[Any]) -> Assignment:
        *_, name, _, value = parts
        return Assignment(str(name), value, Span(parts[0].start_pos, value.span.end), place(name))

    def updated(self, parts: list[Any]) -> Assignment:
        name, token, value = parts
        sign = lark.Token("TIMES", token[:-1], start_pos=token.start_pos, end_pos=token.end_pos)
        return self.assigned([name, token, self.binary([self.name([name]), sign, value])])

    def stepped(self, parts: list[Any]) -> Assignment:
        name, token = parts
        span = Span(name.start_pos, token.end_pos)
        return Assignment(
            str(name), Binary(token[0], Name(str(name), place(name)), Number(1.0), span), span, place(name)
        )

    def stepped_before(self, parts: list[Any]) -> Assignment:
        return self.stepped(parts[::-1])

    def step(self, parts: list[Any]) -> tuple[str, str]:
        """The name that is stepped, and by which sign."""
        name, token = sorted(parts, key=lambda part: part.type == "STEP")
        return str(name), str(token)

    def block(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(_lines(parts))

    lone = block

    def body(self, parts: list[Any]) -> list[Any]:
        """The lines of a function, of which the last one returns."""
        return nodes(parts)

    def choice(self, parts: list[Any]) -> If:
        word, _, condition, _, then, *otherwise = parts
        return If(condition, then, otherwise[1] if otherwise else (), Span(word.start_pos, condition.span.end))

    def repetition(self, parts: list[Any]) -> While:
        word, _, condition, _, body = parts
        span = Span(word.start_pos, condition.span.end)
        return While(condition, body, span, span)

    def counting(self, parts: list[Any]) -> For:
        *head, compared, sign, stop, _, (stepped, by), closing, body = parts
        word, name, start = head[0], head[-4], head[-2]
        span = Span(word.start_pos, closing.end_pos)
        if not (name == compared == stepped and sign in ("<", "<=") and by == "++"):
            raise UnsupportedError("this loop is not read", span, hint="write for (i = a; i < b; i++), or a while")
        if any(isinstance(part, Assignment) and part.name == name for part in body):
            raise UnsupportedError("the loop changes its own counter", span, hint="write a while")
        if sign == "<=":
            stop = Binary("+", stop, Number(1.0), stop.span)
        return For(str(name), start, stop, body, span, span, place(name))

    def function(self, parts: list[Any]) -> Definition | Block:
        names = [part for part in parts if isinstance(part, lark.Token) and part.type == "NAME"]
        name, *parameters = names
        (body,) = nodes(parts)
        operands = tuple([Name(str(parameter), place(parameter)) for parameter in parameters])
        head = Call(str(name), operands, place(name), place(name))
        if isinstance(body, Expression):
            return definition(head, body)
        return function(definition(head, Number(0.0, place(name))), body, "condition ? x : y")

    # -- expressions --------------------------------------------------------------------------------------------------

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        text = str(token)
        if text[:2] in ("0x", "0X"):
            return number(str(float(int(text.rstrip("uUlL"), 16))) if len(text) < 200 else "1e999", place(token))
        return number(text.rstrip("fFlLuU"), place(token))

    def index(self, parts: list[Any]) -> Index:
        operand, _, item, closing = parts
        return Index(operand, (item,), Span(operand.span.start, closing.end_pos))


class _Builder(Curly):
    """Makes the nodes of C, and knows which of them are whole numbers there."""

    def begin(self, text: str) -> None:
        self.integers: set[str] = set()
        # By what identifies them; they are kept so that it stays theirs.
        self.whole: dict[int, Expression] = {}

    def _whole(self, node: _Node) -> _Node:
        self.whole[id(node)] = node
        return node

    def _are_whole(self, *nodes: Expression) -> bool:
        return all([id(node) in self.whole for node in nodes])

    def assigned(self, parts: list[Any]) -> Assignment:
        *types, name, _, value = parts
        if {str(word) for word in types} & _INTEGERS and "double" not in types and "float" not in types:
            self.integers.add(str(name))
        if name in self.integers and not self._are_whole(value):
            parts = [*parts[:-1], Call("trunc", (value,), value.span, value.span)]
        return super().assigned(parts)

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        found = super().number(parts)
        is_whole = token[:2] in ("0x", "0X") or token.rstrip("lLuU").isdigit()
        return self._whole(found) if is_whole else found

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        found = Name(_plain(token), place(token))
        return self._whole(found) if token in self.integers else found

    def call(self, parts: list[Any]) -> Expression:
        name, *rest = parts
        word = _plain(name)
        table = NOTATION.vocabulary
        known = is_function(word) or word in (*table.functions, *table.variadic, *table.refused)
        if not known and word[-1] in "fl" and (is_function(word[:-1]) or word[:-1] in table.functions):
            word = word[:-1]  # the same in another precision
        found = super().call([name.update(value=word), *rest])
        if word in ("abs", "labs") and isinstance(found, Call):
            if "std" not in name and not self._are_whole(*found.arguments):
                raise UnsupportedError(f"{word} takes whole numbers in C", place(name), hint="write fabs(x)")
            self._whole(found)
        return found

    def unary(self, parts: list[Any]) -> Unary:
        found = super().unary(parts)
        is_whole = found.symbol == "not" or self._are_whole(found.operand)
        return self._whole(found) if is_whole else found

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        if token == "**":
            raise UnsupportedError("'**' is no operator in C", place(token), hint="write pow(x, y)")
        are_whole = self._are_whole(left, right)
        if token == "/" and are_whole:
            message = "a quotient of whole numbers is a whole number in C: 1/2 is 0"
            hint = "write 1.0/2 for the quotient, or trunc(1.0/2) for what C gives"
            raise UnsupportedError(message, around(left, right), hint=hint)
        if token == "%":
            if not are_whole:
                raise UnsupportedError("'%' takes whole numbers in C", place(token), hint="write fmod(x, y)")
            return self._whole(Call("fmod", (left, right), around(left, right), place(token)))
        found = super().binary(parts)
        return self._whole(found) if are_whole else found

    def conditional(self, parts: list[Any]) -> Conditional:
        found = super().conditional(parts)
        return self._whole(found) if self._are_whole(found.then, found.otherwise) else found

    def cast(self, parts: list[Any]) -> Expression:
        token, operand = parts
        if {*token.strip("() ").split()} & _INTEGERS and "double" not in token:
            span = Span(token.start_pos, operand.span.end)
            return self._whole(Call("trunc", (operand,), span, place(token)))
        self.whole.pop(id(operand), None)
        found: Expression = operand
        return found


def _plain(name: str) -> str:
    return name.rpartition("::")[2].strip()


UNREAD: Final = {
    "^": "a ^ is exclusive or there; write pow(x, y) for a power",
    **dict.fromkeys("&|~", "there are no operators on bits"),
    **dict.fromkeys("'\"`", "there are no texts, only numbers"),
    ".": "there are no members",
}
_GRAMMAR: Final = Grammar("c", _Builder(), between, UNREAD)


def _read(text: str) -> ProgramTree:
    return program_of(_GRAMMAR.parse(text), text)


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        pi = pi; M_PI = pi; M_PI_2 = pi/2; M_PI_4 = pi/4; M_1_PI = 1/pi; M_2_PI = 2/pi; M_2_SQRTPI = 2/sqrt(pi)
        M_E = exp(1); M_LOG2E = 1/log(2); M_LOG10E = 1/log(10); M_LN2 = log(2); M_LN10 = log(10)
        M_SQRT2 = sqrt(2); M_SQRT1_2 = sqrt(1/2); INFINITY = inf; HUGE_VAL = inf; NAN = nan; DBL_EPSILON = 2**-52
        true = 1; false = 0
        pow(x, y) = x**y; fabs(x) = abs(x); labs(x) = abs(x); fmax(x, y) = max(x, y); fmin(x, y) = min(x, y)
        fma(x, y, z) = x*y + z; fdim(x, y) = x - y if x > y else 0; exp10(x) = 10**x
        round(x) = trunc(x) + trunc(2*(x - trunc(x))); rint(x) = round(x); nearbyint(x) = round(x)
        tgamma(x) = gamma(x); isnan(x) = x != x
        """,
        {
            "gamma": "it is lgamma in some libraries of C: write tgamma(x) or lgamma(x)",
            "remainder": "write x - y*rint(x/y)",
            "drem": "write x - y*rint(x/y)",
            "rand": "there are no random numbers",
            **dict.fromkeys(("modf", "frexp", "ldexp", "logb", "ilogb", "nextafter"), "write it with floor and log2"),
            "printf": "write return x",
        },
    ),
)
