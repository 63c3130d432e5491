"""C, and what it shares with JavaScript: expressions, assignments, branches, loops, functions."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

import lark

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.notations.bodies import Return, Walk
from exprgrad.notations.grammar import Builder, Grammar, Token, around, definition, nodes, number, place, unwritten
from exprgrad.notations.scopes import (
    Cast,
    Constant,
    Declared,
    Group,
    Literal,
    Loop,
    Routine,
    Scope,
    Scopes,
)
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary, is_function
from exprgrad.syntax.rewriting import changed
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Expression,
    If,
    Index,
    Logic,
    Name,
    Number,
    ProgramTree,
    Unary,
    Vector,
    While,
)

_HEADS: Final = ("IF", "WHILE", "FOR")
# A statement may end behind these, and begin with those.
_ENDS: Final = ("NAME", "NUMBER", "TEXT", "RPAR", "RBRACK", "STEP")
_BEGINS: Final = ("NAME", "STEP", "RETURN", "TYPE", "DECLARE", "FUNCTION_WORD", "DEFINE", *_HEADS)


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
    """The lines, those that one statement makes one by one."""
    found: list[Any] = []
    for line in nodes(parts):
        found += line if isinstance(line, list) else [line]
    return found


class Curly(Builder):
    """Makes the nodes that C and JavaScript have in common."""

    symbols: ClassVar[dict[str, str]] = {"&&": "and", "||": "or", "!": "not", "===": "==", "!==": "!=", "−": "-"}
    conjunction = "&&"

    def resolved(self, lines: list[Any]) -> list[Any]:
        """The lines in the end, whose names are known."""
        return Scopes(lines).resolved()

    def program(self, parts: list[Any]) -> list[Any]:
        return self.resolved(_lines(parts))

    # -- statements ---------------------------------------------------------------------------------------------------

    def statement(self, parts: list[Any]) -> Any:
        return parts[0]

    def returned(self, parts: list[Any]) -> Return:
        word, value = parts
        return Return(value, Span(word.start_pos, value.span.end))

    def assigned(self, parts: list[Any]) -> Assignment:
        name, _, value = parts
        return Assignment(str(name), value, Span(name.start_pos, value.span.end), place(name))

    def declarator(self, parts: list[Any]) -> tuple[Token, Expression | None]:
        name, *rest = parts
        return name, rest[1] if rest else None

    def declared(self, parts: list[Any]) -> list[Declared]:
        words = [part for part in parts if isinstance(part, lark.Token) and part.type != "COMMA"]
        kind, start = self.kind(words), place(words[0]).start
        found: list[Declared] = []
        for name, value in nodes(parts):
            end = name.end_pos if value is None else value.span.end
            found.append(Declared(str(name), kind, value, Span(start, end), place(name)))
        return found

    def kind(self, words: list[Token]) -> str:
        """The type that words before a name say."""
        return " ".join(words)

    def constant(self, parts: list[Any]) -> Constant:
        (token,) = parts
        raise UnsupportedError("this line is not read", place(token), hint="leave it out")

    def updated(self, parts: list[Any]) -> Assignment:
        name, token, value = parts
        sign = lark.Token("TIMES", token[:-1], start_pos=token.start_pos, end_pos=token.end_pos)
        return self.assigned([name, token, self.binary([self.name([name]), sign, value])])

    def stepped(self, parts: list[Any]) -> Assignment:
        name, token = parts
        span = Span(min(name.start_pos, token.start_pos), max(name.end_pos, token.end_pos))
        value = Binary(token[0], Name(str(name), place(name)), Number(1.0, place(token)), span)
        return Assignment(str(name), value, span, place(name))

    def stepped_before(self, parts: list[Any]) -> Assignment:
        return self.stepped(parts[::-1])

    def braces(self, parts: list[Any]) -> Group:
        return Group(tuple(_lines(parts)))

    def block(self, parts: list[Any]) -> tuple[Any, ...]:
        lines = _lines(parts)
        return lines[0].lines if isinstance(lines[0], Group) else tuple(lines)

    def body(self, parts: list[Any]) -> tuple[Any, ...]:
        return tuple(_lines(parts))

    first = step = body

    def choice(self, parts: list[Any]) -> If:
        word, _, condition, _, then, *otherwise = parts
        return If(condition, then, otherwise[1] if otherwise else (), Span(word.start_pos, condition.span.end))

    def repetition(self, parts: list[Any]) -> While:
        word, _, condition, _, body = parts
        span = Span(word.start_pos, condition.span.end)
        return While(condition, body, span, span)

    def counting(self, parts: list[Any]) -> Loop:
        word, closing = parts[0], parts[-2]
        begin, condition, step, body = nodes(parts)
        return Loop(begin, condition, step, body, Span(word.start_pos, closing.end_pos))

    def parameter(self, parts: list[Any]) -> Declared:
        *words, name = parts
        kind = self.kind(words) if words else ""
        return Declared(str(name), kind, None, Span(parts[0].start_pos, name.end_pos), place(name))

    def function(self, parts: list[Any]) -> Routine:
        words: list[Token] = []
        name: Token = None
        parameters: list[Declared] = []
        body: Any = None
        for part in parts:
            if isinstance(part, Declared):
                parameters.append(part)
            elif not isinstance(part, lark.Token):
                body = part
            elif part.type != "NAME":
                words += [part] if part.type in ("TYPE", "DECLARE", "FUNCTION_WORD") else []
            elif name is None:
                name = part
            else:
                parameters.append(self.parameter([part]))
        operands = tuple([Name(parameter.name, parameter.name_span) for parameter in parameters])
        definition(Call(str(name), operands, place(name), place(name)), Number(0.0, place(name)))
        kind = self.kind(words)
        return Routine(
            str(name), kind, tuple(parameters), body, Span(place(words[0]).start, place(name).end), place(name)
        )

    def anonymous(self, parts: list[Any]) -> Routine:
        """A function without a name, which may be all of a text."""
        arrow = next(part for part in parts if part == "=>")
        return self.function(
            [arrow.update(type="DECLARE", value="const"), arrow.update(type="NAME", value="f"), *parts]
        )

    # -- expressions --------------------------------------------------------------------------------------------------

    def number(self, parts: list[Any]) -> Any:
        (token,) = parts
        return number(_decimal(token, str(token)), place(token))

    def index(self, parts: list[Any]) -> Index:
        operand, _, item, closing = parts
        return Index(operand, (item,), Span(operand.span.start, closing.end_pos))


def _decimal(token: Token, text: str) -> str:
    """A literal as Python writes it."""
    base = {"x": 16, "b": 2, "o": 8}.get(text[1:2].lower(), 10)
    if base == 10 and text.isdigit() and text[0] == "0" and len(text) > 1:
        base = 8
    if base == 10 or len(text) > 200:
        return text if base == 10 else "1e999"
    try:
        return str(float(int(text[2:] if not text.isdigit() else text, base)))
    except ValueError:
        message = f"this is no number of base {base}"
        raise UnsupportedError(message, place(token), hint="a number that begins with 0 has base 8") from None


class _Builder(Curly):
    """Makes the nodes of C."""

    def resolved(self, lines: list[Any]) -> list[Any]:
        return _Types(lines).resolved()

    def kind(self, words: list[Token]) -> str:
        for word in words:
            if word.type in ("DECLARE", "FUNCTION_WORD") and word != "const":
                raise UnsupportedError(f"{word} is no C", place(word), hint="write double, or int for whole numbers")
            if word == "const" and word.type == "DECLARE":
                raise UnsupportedError("this has no type", place(word), hint="write const double")
        return _kind([str(word) for word in words])

    def constant(self, parts: list[Any]) -> Constant:
        (token,) = parts
        match = re.fullmatch(r"#\s*define\s+([^\W\d]\w*)\s+(\S+?)\s*(?://.*|/\*.*\*/\s*)?", str(token))
        if match is None or not re.fullmatch(_LITERAL, match[2]):
            hint = "leave it out, or write a constant: const double N = 3;"
            raise UnsupportedError("of these lines only #define N 3 is read, with a number", place(token), hint=hint)
        span = Span(token.start_pos + match.start(1), token.start_pos + match.end(1))
        return Constant(match[1], self.literal(token.update(value=match[2])), span)

    def anonymous(self, parts: list[Any]) -> Routine:
        raise UnsupportedError("this function has no type", place(parts[0]), hint="write double f(double x) { ... }")

    def function(self, parts: list[Any]) -> Routine:
        found = super().function(parts)
        if [part.name for part in found.parameters if not part.kind] == ["void"]:
            found = changed(found, parameters=())
        return found

    def number(self, parts: list[Any]) -> Any:
        return self.literal(parts[0])

    def literal(self, token: Token) -> Literal:
        is_hexadecimal = token[:2] in ("0x", "0X")
        text = token.rstrip("uUlL") if is_hexadecimal else token.rstrip("fFlLuU")
        suffix = token[len(text) :]
        if "_" in text:
            raise UnsupportedError("a number has no _ in C", place(token), hint="write the digits alone")
        is_whole = is_hexadecimal or (token.rstrip("lLuU") == text and not {".", "e", "E"} & {*text})
        kind = "double" if not is_whole else "unsigned" if "u" in suffix.lower() else "int"
        return Literal(number(_decimal(token, text), place(token)).value, kind, place(token))

    def call(self, parts: list[Any]) -> Expression:
        name, *rest = parts
        return super().call([name.update(value=name.replace(" ", "")), *rest])

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        return Name(_plain(token), place(token))

    def quoted(self, parts: list[Any]) -> Any:
        raise UnsupportedError("a text is not read", place(parts[0]), hint="of C only numbers are read")

    def vector(self, parts: list[Any]) -> Vector:
        raise UnsupportedError("this is no value in C", place(parts[0]), hint="write the numbers one by one")

    def compared(self, parts: list[Any]) -> Comparison:
        if parts[1] in ("===", "!=="):
            raise UnsupportedError(f"'{parts[1]}' is no operator in C", place(parts[1]), hint="write == or !=")
        return super().compared(parts)

    def binary(self, parts: list[Any]) -> Expression:
        if parts[1] == "**":
            raise UnsupportedError("'**' is no operator in C", place(parts[1]), hint="write pow(x, y)")
        return super().binary(parts)

    def cast(self, parts: list[Any]) -> Any:
        token, operand = parts
        return Cast(_kind(token.strip("() ").split()), operand, Span(token.start_pos, operand.span.end))


def _kind(words: Collection[str]) -> str:
    """The type that words say: double, int for all whole numbers with a sign, unsigned, bool, or auto."""
    if "bool" in words:
        return "bool"
    if {"unsigned", "size_t"} & {*words}:
        return "unsigned"
    if {"double", "float", "real_t"} & {*words}:
        return "double"
    if {"int", "long", "short", "signed"} & {*words}:
        return "int"
    return "auto" if "auto" in words else "double"


class _Types(Scopes):
    """The names of a program in C, and which values are whole numbers there."""

    hoists = False

    def __init__(self, lines: Sequence[Any]) -> None:
        super().__init__(lines)
        # By what identifies an expression, which is kept so that it stays its own.
        self.kinds: dict[int, tuple[Expression, str]] = {}
        # Those of them that are numbers in the text by a name alone.
        self.named: set[int] = set()
        self.results = {name: routine.kind for name, routine in self.routines.items()}

    def of(self, node: Expression) -> str:
        """The type of an expression, where a bool is an int; a number that nobody wrote is a whole one."""
        _, kind = self.kinds.get(id(node), (node, "int" if isinstance(node, Number) else "double"))
        return "int" if kind == "bool" else kind

    def typed(self, node: Any, kind: str) -> Any:
        self.kinds[id(node)] = (node, kind)
        return node

    def is_whole(self, value: Expression) -> bool:
        return self.of(value) != "double"

    def kind_of_given(self, kind: str, value: Expression) -> str:
        return self.of(value) if kind == "auto" else kind

    def converted(self, value: Any, kind: str) -> Any:
        found = self.of(value)
        if kind == "bool":
            is_truth = isinstance(value, Comparison | Logic) or self.kinds.get(id(value), (value, ""))[1] == "bool"
            made = value if is_truth else Comparison(("!=",), (value, Number(0.0, value.span)), value.span)
            return self.typed(made, "bool")
        if kind == "unsigned" and found != "unsigned" and not isinstance(value, Number):
            message = "an unsigned number is never below 0: there it would be a large one"
            raise UnsupportedError(message, value.span, hint="make it an int")
        if kind in ("int", "unsigned") and found == "double":
            return self.typed(Call("trunc", (value,), value.span, value.span), kind)
        return value

    def changed(self, node: Any, scope: Scope) -> Any:
        if type(node) not in _KINDS:
            return node
        return _KINDS[type(node)](self, node, scope)

    def literal(self, node: Literal, scope: Scope) -> Number:
        return self.typed(Number(node.value, node.span), node.kind)  # type: ignore[no-any-return]

    def name(self, node: Name, scope: Scope) -> Expression:
        variable = self.read(node, scope)
        if variable.constant is not None:
            found = self.literal(variable.constant, scope)
            self.named.add(id(found))
            return found
        return self.typed(Name(variable.key, node.span), variable.kind or "double")  # type: ignore[no-any-return]

    def cast(self, node: Cast, scope: Scope) -> Expression:
        if node.kind == "double":
            # The operand may be a name or a number, of which each has its own node.
            return self.typed(node.operand, "double")  # type: ignore[no-any-return]
        found = self.converted(node.operand, node.kind)
        return self.typed(found, node.kind)  # type: ignore[no-any-return]

    def unary(self, node: Unary, scope: Scope) -> Expression:
        kind = "int" if node.symbol == "not" else self.of(node.operand)
        if kind == "unsigned" and node.symbol == "-":
            raise _wraps(node.span)
        return self.typed(node, kind)  # type: ignore[no-any-return]

    def together(self, left: Expression, right: Expression, span: Span, symbol: str) -> str:
        """The type of what two values give."""
        kinds = (self.of(left), self.of(right))
        if "double" in kinds:
            return "double"
        if "unsigned" not in kinds:
            return "int"
        for side, kind in zip((left, right), kinds, strict=True):
            if symbol == "-" or (kind == "int" and not isinstance(side, Number)):
                raise _wraps(span)
        return "unsigned"

    def binary(self, node: Binary, scope: Scope) -> Expression:
        left, right, symbol = node.left, node.right, node.symbol
        kind = self.together(left, right, node.span, symbol)
        if symbol == "%":
            if kind == "double":
                raise UnsupportedError("'%' takes whole numbers in C", around(left, right), hint="write fmod(x, y)")
            return self.typed(Call("fmod", (left, right), node.span, node.span), kind)  # type: ignore[no-any-return]
        if symbol == "/" and kind != "double":
            numbers = [value for value in map(self.literal_value, (left, right)) if value is not None]
            if len(numbers) == 2:
                raise _quotient(numbers[0], numbers[1], around(left, right))
            return self.typed(Call("trunc", (node,), node.span, node.span), kind)  # type: ignore[no-any-return]
        return self.typed(node, kind)  # type: ignore[no-any-return]

    def literal_value(self, node: Expression) -> float | None:
        """The number that stands in the text, with its sign."""
        if isinstance(node, Unary) and node.symbol in ("-", "+") and isinstance(node.operand, Number):
            value = self.literal_value(node.operand)
            return value if value is None or node.symbol == "+" else -value
        return node.value if isinstance(node, Number) and id(node) not in self.named else None

    def comparison(self, node: Comparison, scope: Scope) -> Expression:
        left, right = node.operands
        self.together(left, right, node.span, "<")
        return self.typed(node, "int")  # type: ignore[no-any-return]

    def logic(self, node: Logic, scope: Scope) -> Expression:
        return self.typed(node, "int")  # type: ignore[no-any-return]

    def conditional(self, node: Conditional, scope: Scope) -> Expression:
        return self.typed(node, self.together(node.then, node.otherwise, node.span, "?"))  # type: ignore[no-any-return]

    def call(self, node: Call, scope: Scope) -> Expression:
        word, written = _plain(node.function), node.function
        if word in self.routines:
            routine = self.routines[word]
            arguments = node.arguments
            if len(arguments) == len(routine.parameters):
                pairs = zip(arguments, routine.parameters, strict=True)
                arguments = tuple([self.converted(value, parameter.kind) for value, parameter in pairs])
            found = changed(node, function=word, arguments=arguments)
            return self.typed(found, self.results[word])  # type: ignore[no-any-return]
        table = NOTATION.vocabulary
        known = is_function(word) or word in (*table.functions, *table.variadic, *table.refused)
        if not known and word[-1] in "fl" and (is_function(word[:-1]) or word[:-1] in table.functions):
            word = word[:-1]  # the same in another precision
        are_whole = all([self.is_whole(argument) for argument in node.arguments])
        kind = "double"
        if word in ("abs", "labs"):
            if not written.startswith("std") and not are_whole:
                raise UnsupportedError(f"{word} takes whole numbers in C", node.name_span, hint="write fabs(x)")
            kind = "int" if are_whole else "double"
        elif word in _WHOLE or (word in ("max", "min") and are_whole):
            kind = "int"
        return self.typed(changed(node, function=word), kind)  # type: ignore[no-any-return]

    def routine(self, node: Routine, scope: Scope) -> Walk:
        if node.kind == "auto":
            hint = "write double, or int for a whole number"
            raise UnsupportedError("this function does not say what it returns", node.name_span, hint=hint)
        return super().routine(node, scope)


def _wraps(span: Span) -> UnsupportedError:
    message = "unsigned numbers that come below 0 are large ones in C"
    return UnsupportedError(message, span, hint="make them int, or (int)n of one that is small")


def _quotient(left: float, right: float, span: Span) -> UnsupportedError:
    written = f"{left:.15g}/{right:.15g}"
    if right == 0:
        return UnsupportedError(
            "a whole number by 0 has no value in C", span, hint=f"write {left:.15g}.0/0 for infinity"
        )
    message = f"a quotient of whole numbers is a whole number in C: {written} is {int(left / right)}"
    hint = f"write {left:.15g}.0/{right:.15g} for the quotient, or trunc({left:.15g}.0/{right:.15g}) for what C gives"
    return UnsupportedError(message, span, hint=hint)


_KINDS: Final[Mapping[type, Any]] = {
    Literal: _Types.literal,
    Name: _Types.name,
    Cast: _Types.cast,
    Unary: _Types.unary,
    Binary: _Types.binary,
    Comparison: _Types.comparison,
    Logic: _Types.logic,
    Conditional: _Types.conditional,
    Call: _Types.call,
}
_LITERAL: Final = r"(?:0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFlLuU]*"
# What gives whole numbers, of whatever it is.
_WHOLE: Final = frozenset(("isnan", "isinf", "isfinite", "signbit", "lround", "llround", "lrint", "llrint"))


def _plain(name: str) -> str:
    return name.rpartition("::")[2].strip()


UNREAD: Final = {
    "break": "let the condition of a while end the loop",
    "continue": "write what is left of the loop in an if",
    "do": "write the lines once before a while",
    "WORD": "write if and else",
    "^": "a ^ is exclusive or there; write pow(x, y) for a power",
    **dict.fromkeys(("&", "|", "~", "<<", ">>"), "there are no operators on bits"),
    **dict.fromkeys("'\"`", "there are no texts, only numbers"),
    ".": "there are no members",
    "STEP": "write it as a line of its own",
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
