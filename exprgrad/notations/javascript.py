"""JavaScript, with the functions and constants of Math."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.notations.c import UNREAD, Curly, between
from exprgrad.notations.grammar import Grammar, Token, around, place
from exprgrad.notations.scopes import Routine, Scope, Scopes
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.truth import check_truths
from exprgrad.notations.vocabulary import Vocabulary
from exprgrad.syntax.rewriting import changed
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    Index,
    Name,
    ProgramTree,
    Unary,
    Vector,
    children,
)


class _Builder(Curly):
    """Makes the nodes of JavaScript."""

    def resolved(self, lines: list[Any]) -> list[Any]:
        for line in lines:
            if isinstance(line, Routine) and line.span == line.name_span and len(lines) > 1:  # nobody wrote its name
                raise UnsupportedError(
                    "a function without a name is not read", line.span, hint="write const f = x => ..."
                )
        return _Values(lines).resolved()

    def kind(self, words: list[Token]) -> str:
        for word in words:
            if word.type == "TYPE":
                raise UnsupportedError("there are no types in JavaScript", place(word), hint="write let or const")
        return str(words[0])

    def number(self, parts: list[Any]) -> Any:
        (token,) = parts
        is_hexadecimal = token[:2] in ("0x", "0X")
        if token[-1] in "lLuU" or (token[-1] in "fF" and not is_hexadecimal):
            raise UnsupportedError("a number has no letter behind it", place(token), hint="write the digits alone")
        return super().number([token.update(value=token.replace("_", ""))])

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        word = _plain(token)
        return Name(word, place(token)) if word == token else Call(word, (), place(token), place(token))

    def call(self, parts: list[Any]) -> Expression:
        name, *rest = parts
        return super().call([name.update(value="".join(name.split())), *rest])

    def cast(self, parts: list[Any]) -> Expression:
        raise UnsupportedError("there are no types in JavaScript", place(parts[0]), hint="write the value alone")

    def unary(self, parts: list[Any]) -> Unary:
        found = super().unary(parts)
        power = found.operand
        if isinstance(power, Binary) and power.symbol == "**" and power.span.start == power.left.span.start:
            message = "a sign before a power is no JavaScript"
            raise UnsupportedError(message, found.span, hint="write -(x**2) or (-x)**2")
        return found

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        if token == "%":
            return Call("fmod", (left, right), around(left, right), place(token))
        return super().binary(parts)


class _Values(Scopes):
    """The names of a program in JavaScript, and which values are arrays there: those have no operators."""

    def __init__(self, lines: Sequence[Any]) -> None:
        super().__init__(lines)
        # By what identifies them; they are kept so that they stay themselves.
        self.arrays: dict[int, Expression] = {}

    def kind_of_given(self, kind: str, value: Expression) -> str:
        return "array" if id(value) in self.arrays else kind

    def changed(self, node: Any, scope: Scope) -> Any:
        if isinstance(node, Name):
            variable = self.read(node, scope)
            node = Name(variable.key, node.span)
            return self.array(node) if variable.kind == "array" else node
        if isinstance(node, Vector):
            return self.array(node)
        if isinstance(node, Conditional):
            return self.array(node) if {id(node.then), id(node.otherwise)} & {*self.arrays} else node
        if isinstance(node, Index):
            operand = node.operand
            is_nested = isinstance(operand, Vector) and any(id(part) in self.arrays for part in operand.elements)
            return self.array(node) if is_nested else node
        if isinstance(node, Call):
            plain = _plain(node.function)
            if plain != node.function and plain in self.routines:
                message = f"{plain} is also a function of the text"
                raise UnsupportedError(message, node.name_span, hint="give that one another name")
            node = changed(node, function=plain)
            if plain in self.routines:
                return node
        if isinstance(node, Call | Binary | Unary | Comparison):
            for part in children(node):
                if id(part) in self.arrays:
                    message = "an array of JavaScript is no vector"
                    raise UnsupportedError(message, part.span, hint="write what is meant of each element")
        return node

    def array(self, node: Any) -> Any:
        self.arrays[id(node)] = node
        return node


def _plain(name: str) -> str:
    return name.rpartition(".")[2].strip()


_UNREAD: Final = {
    **UNREAD,
    **dict.fromkeys("'\"`", "a text stands between quotes of one kind, on one line, and has no escapes"),
    "^": "a ^ is exclusive or there; write x**y for a power",
}
_GRAMMAR: Final = Grammar("c", _Builder(), between, _UNREAD)


def _read(text: str) -> ProgramTree:
    program = program_of(_GRAMMAR.parse(text), text)
    check_truths(program, "write condition ? x : y for the operand that is meant")
    return program


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        PI() = pi; E() = exp(1); LN2() = log(2); LN10() = log(10); LOG2E() = 1/log(2); LOG10E() = 1/log(10)
        SQRT2() = sqrt(2); SQRT1_2() = sqrt(1/2)
        pi = pi; Infinity = inf; NaN = nan; true = 1; false = 0
        pow(x, y) = x**y; round(x) = floor(x) + (x - floor(x) >= 0.5); isNaN(x) = x != x; Number(x) = x
        hypot(x) = abs(x); hypot(x, y) = hypot(x, y); hypot(values) = norm(values)
        """,
        {
            "random": "there are no random numbers",
            "fround": "numbers have the precision of doubles",
            **dict.fromkeys(("parseFloat", "parseInt"), "an input is a number: write the name alone"),
        },
    ),
)
