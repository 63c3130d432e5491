"""Wolfram's language, as Mathematica and WolframAlpha have it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import lark

from exprgrad.diagnostics import ParseError, Span, UnsupportedError
from exprgrad.notations.grammar import (
    Builder,
    Grammar,
    Symbols,
    Token,
    around,
    counted_from_zero,
    definition,
    nodes,
    number,
    place,
)
from exprgrad.notations.repetition import written_out
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Conditional,
    Definition,
    Diff,
    Expression,
    Index,
    Name,
    Number,
    ProgramTree,
    Unary,
    Vector,
)

_ENDS: Final = ("NAME", "NUMBER", "RPAR", "RBRACK", "RBRACE", "RPART", "BANG")
_BEGINS: Final = ("NAME", "NUMBER", "LPAR", "LBRACE", "NOT")
# So many times a derivative is by one name at the most.
_HIGHEST: Final = 100


def _between(tokens: Sequence[Token]) -> Iterator[Token]:
    """Where statements end, what is [[ and ]], and which ! stands before what it is of."""
    opened: list[str] = []
    last: Token | None = None
    skipped = False
    for i, token in enumerate(tokens):
        if skipped:
            skipped = False
            continue
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        ended = last is not None and last.type in _ENDS
        doubled = after is not None and after.type == token.type and after.start_pos == token.end_pos
        if token.type == "NEWLINE":
            if opened or not ended or after is None or after.type not in _BEGINS:
                continue
            token.type = "SEMICOLON"
        elif token.type == "BANG" and not ended:
            token.type = "NOT"
        elif token.type == "LBRACK" and doubled and ended:
            token.type, skipped = "LPART", True
        elif token.type == "RBRACK" and opened[-1:] == ["LPART"] and doubled:
            token.type, skipped = "RPART", True
        if token.type in ("LPAR", "LBRACK", "LBRACE", "LPART"):
            opened.append(token.type)
        elif token.type in ("RPAR", "RBRACK", "RBRACE", "RPART") and opened:
            opened.pop()
        if token.type == "SEMICOLON" and not opened and (after is None or last is None or last.type == "SEMICOLON"):
            continue
        if token.type == "BANG" and last is not None and last.type == "BANG":
            hint = "write the product, or (n!)! for the factorial of a factorial"
            raise UnsupportedError("a double factorial is not read", place(token), hint=hint)
        yield token
        last = token


class _Builder(Builder):
    """Makes the nodes of Mathematica."""

    symbols = {  # noqa: RUF012
        "^": "**",
        "×": "*",
        "−": "-",
        ".": "@",
        "&&": "and",
        "∧": "and",
        "||": "or",
        "∨": "or",
        "!": "not",
        "¬": "not",
        "≤": "<=",
        "≥": ">=",
        "≠": "!=",
        "===": "==",
    }

    def begin(self, text: str) -> None:
        self.seen = Symbols()

    def named(self, text: str, span: Span) -> str:
        """The name of a symbol, which no other symbol of the text has."""
        return self.seen.named(_spelled(text), _CONSTANTS.get(text, text), text, span)

    def assigned(self, parts: list[Any]) -> Assignment:
        name, _, value = parts
        return Assignment(self.named(name, place(name)), value, Span(name.start_pos, value.span.end), place(name))

    def function(self, parts: list[Any]) -> Definition:
        name, *rest = parts
        operands = [
            Name(self.named(part.partition("_")[0], place(part)), place(part))
            for part in rest
            if isinstance(part, lark.Token) and part.type == "PATTERN"
        ]
        return definition(Call(self.named(name, place(name)), tuple(operands), place(name), place(name)), parts[-1])

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        return number(re.sub(r"`[0-9.]*", "", token).replace("*^", "e"), place(token))

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        word = self.named(token, place(token))
        table = NOTATION.vocabulary
        if word in table.functions or word in table.variadic or word in _FORMS:
            raise ParseError(f"{word} is a function", place(token), hint=f"write {word}[x], with brackets")
        if word == "I":
            raise UnsupportedError("there are no complex numbers here", place(token), hint="use another name")
        if word in ("Glaisher", "Khinchin", "ComplexInfinity"):
            raise UnsupportedError(f"{word} is not read", place(token), hint="write its value")
        return Name(word, place(token))

    def call(self, parts: list[Any]) -> Expression:
        name, _, *rest = parts
        return self._applied(name, nodes(rest), Span(name.start_pos, rest[-1].end_pos))

    def prefixed(self, parts: list[Any]) -> Expression:
        """f@x."""
        name, _, argument = parts
        return self._applied(name, [argument], Span(name.start_pos, argument.span.end))

    def postfixed(self, parts: list[Any]) -> Expression:
        """x // f."""
        argument, _, name = parts
        return self._applied(name, [argument], Span(argument.span.start, name.end_pos))

    def _applied(self, name: Token, arguments: list[Expression], span: Span) -> Expression:
        form = _FORMS.get(str(name))
        if form is not None:
            return form(arguments, span)  # type: ignore[no-any-return]
        return Call(self.named(name, place(name)), tuple(arguments), span, place(name))

    def juxtaposed(self, parts: list[Any]) -> Expression:
        left, right = parts
        return Binary("*", left, right, around(left, right))

    def dot(self, parts: list[Any]) -> Expression:
        return self.binary(parts)

    def part(self, parts: list[Any]) -> Index:
        operand, *rest = parts
        items = tuple([_from_zero(part) for part in rest if not isinstance(part, lark.Token)])
        return Index(operand, items, Span(operand.span.start, rest[-1].end_pos + 1))


# Letters that are constants, by which they are written otherwise.
_CONSTANTS: Final = {
    **dict.fromkeys(("\\[Pi]", "π"), "Pi"),
    "\\[ExponentialE]": "E",
    "\\[ImaginaryI]": "I",
    "\\[ImaginaryJ]": "I",
    **dict.fromkeys(("\\[Infinity]", "∞"), "Infinity"),
    **dict.fromkeys(("\\[Degree]", "°"), "Degree"),
}


def _spelled(name: str) -> str:
    """A name as it is spelled here: alpha for \\[Alpha], Omega for \\[CapitalOmega], and CapitalGamma."""
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    found = re.sub(r"\\\[([A-Za-z]+)\]", lambda match: _letter(match[1]), name)
    table = NOTATION.vocabulary
    means_more = found != name and (found in table.functions or found in table.variadic or found in table.names)
    return f"Capital{found}" if means_more else found


def _letter(word: str) -> str:
    return word.removeprefix("Capital") if word.startswith("Capital") else word.lower()


def _from_zero(item: Expression) -> Expression:
    """A position counted from 0; those from the end are the same in both."""
    if isinstance(item, Unary):
        return item
    if isinstance(item, Number):
        return counted_from_zero(item)
    return Binary("-", item, Number(1.0), item.span)


def _derivative(arguments: Sequence[Expression], span: Span) -> Expression:
    """D[f, x], D[f, {x, 2}, y]."""
    by: list[Name] = []
    for what in arguments[1:]:
        parts = what.elements if isinstance(what, Vector) else (what, Number(1.0))
        if (
            len(parts) != 2
            or not isinstance(parts[0], Name)
            or not isinstance(parts[1], Number)
            or not 1 <= parts[1].value <= _HIGHEST
        ):
            raise UnsupportedError("this derivative is not read", what.span, hint="write D[f, x] or D[f, {x, 2}]")
        by += [parts[0]] * int(parts[1].value)
    if not by:
        raise ParseError("D takes what to differentiate by", span, hint="write D[f, x]")
    return Diff(arguments[0], tuple(by), span)


def _piecewise(arguments: Sequence[Expression], span: Span) -> Expression:
    """Piecewise[{{x, c}, ...}, otherwise], which is 0 if nothing is said."""
    pieces = arguments[0] if arguments else None
    if not isinstance(pieces, Vector) or len(arguments) > 2:
        raise UnsupportedError("these pieces are not read", span, hint="write Piecewise[{{x, x > 0}}, 0]")
    found = arguments[1] if len(arguments) == 2 else Number(0.0, span)
    for piece in reversed(pieces.elements):
        if not isinstance(piece, Vector) or len(piece.elements) != 2:
            raise UnsupportedError("this piece is not read", piece.span, hint="write {value, condition}")
        value, condition = piece.elements
        found = value if condition == Name("True") else Conditional(condition, value, found, span)
    return found


def _repeated(sign: str) -> Any:
    """Sum[f, {i, 3}], Product[f, {i, 1, 3}]."""

    def made(arguments: Sequence[Expression], span: Span) -> Expression:
        bounds = arguments[1].elements if len(arguments) == 2 and isinstance(arguments[1], Vector) else ()
        ends = [item.value for item in bounds[1:] if isinstance(item, Number) and item.value.is_integer()]
        if len(bounds) not in (2, 3) or len(ends) + 1 != len(bounds) or not isinstance(bounds[0], Name):
            raise UnsupportedError("the bounds of this are no whole numbers", span, hint="write Sum[f, {i, 1, 3}]")
        first = int(ends[0]) if len(ends) == 2 else 1
        return written_out(arguments[0], bounds[0].name, range(first, int(ends[-1]) + 1), sign, span)

    return made


def _extreme(name: str) -> Any:
    """Max[{1, 2}, x], which is of all elements of its lists."""

    def made(arguments: Sequence[Expression], span: Span) -> Expression:
        found: list[Expression] = []
        waiting = list(reversed(arguments))
        while waiting:
            node = waiting.pop()
            if isinstance(node, Vector):
                waiting += reversed(node.elements)
            else:
                found.append(node)
        return Call(name, tuple(found), span, span)

    return made


def _norm(arguments: Sequence[Expression], span: Span) -> Expression:
    of = arguments[0] if arguments else None
    if isinstance(of, Vector) and any(isinstance(element, Vector) for element in of.elements):
        message = "Norm of a matrix is its largest singular value"
        raise UnsupportedError(message, span, hint="write Sqrt[Total[Total[x^2]]] for that of the elements")
    return Call("Norm", tuple(arguments), span, span)


_FORMS: Final = {
    "Max": _extreme("Max"),
    "Min": _extreme("Min"),
    "Norm": _norm,
    "D": _derivative,
    "Piecewise": _piecewise,
    "Sum": _repeated("+"),
    "Product": _repeated("*"),
}
_UNREAD: Final = {
    '"': "there are no texts here, only numbers",
    "/;": "write Piecewise[{{x, condition}}], or If",
    **dict.fromkeys(("/.", "//.", "->", ":>", "→"), "write the rule out: rules are not applied here"),
    **dict.fromkeys(("/@", "@@", "@@@"), "write f[x] for each element"),
    "'": "write D[f[x], x]",
    "_": "a pattern stands only among the parameters of a function",
    "PATTERN": "a pattern stands only among the parameters of a function",
    "#": "write f[x_] := ...",
    "&": "write f[x_] := ..., or && for and",
}
_GRAMMAR: Final = Grammar("mathematica", _Builder(), _between, _UNREAD)


def _read(text: str) -> ProgramTree:
    return program_of(_GRAMMAR.parse(text), text)


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        Pi = pi; E = exp(1); Infinity = inf; Indeterminate = nan; Degree = pi/180; GoldenRatio = (1 + sqrt(5))/2
        EulerGamma = -digamma(1); Catalan = (polygamma(1, 1/4) - pi**2)/8
        True = 1; False = 0
        Sin(x) = sin(x); Cos(x) = cos(x); Tan(x) = tan(x); Sec(x) = sec(x); Csc(x) = csc(x); Cot(x) = cot(x)
        Sinh(x) = sinh(x); Cosh(x) = cosh(x); Tanh(x) = tanh(x); Sech(x) = sech(x); Csch(x) = csch(x)
        Coth(x) = coth(x); ArcSin(x) = asin(x); ArcCos(x) = acos(x); ArcTan(x) = atan(x); ArcTan(x, y) = atan2(y, x)
        ArcCot(x) = atan(1/x); ArcSec(x) = acos(1/x); ArcCsc(x) = asin(1/x)
        ArcSinh(x) = asinh(x); ArcCosh(x) = acosh(x); ArcTanh(x) = atanh(x)
        Exp(x) = exp(x); Log(x) = log(x); Log(b, x) = log(x, b); Log2(x) = log2(x); Log10(x) = log10(x)
        Sqrt(x) = sqrt(x); CubeRoot(x) = cbrt(x); Surd(x, n) = sign(x)*abs(x)**(1/n); Power(x, y) = x**y
        Plus(x, y) = x + y; Plus(x, rest) = x + rest; Times(x, y) = x*y; Times(x, rest) = x*rest
        Subtract(x, y) = x - y; Divide(x, y) = x/y; Minus(x) = -x
        Abs(x) = abs(x); RealAbs(x) = abs(x); Sign(x) = sign(x); RealSign(x) = sign(x)
        Floor(x) = floor(x); Ceiling(x) = ceil(x); Round(x) = round(x); IntegerPart(x) = trunc(x)
        FractionalPart(x) = x - trunc(x); Mod(x, y) = x % y; Quotient(x, y) = x // y
        Max(x) = max(x); Max(x, y) = max(x, y); Max(x, rest) = max(x, rest)
        Min(x) = min(x); Min(x, y) = min(x, y); Min(x, rest) = min(x, rest)
        Clip(x) = clip(x, -1, 1); Ramp(x) = relu(x)
        UnitStep(x) = x >= 0; HeavisideTheta(x) = heaviside(x, nan)
        If(c, x, y) = x if c else y; Which(c, x) = x if c else nan; Which(c, x, rest) = x if c else rest
        And(x, y) = x and y; And(x, rest) = x and rest; Or(x, y) = x or y; Or(x, rest) = x or rest; Not(x) = not x
        Boole(x) = x != 0
        Sinc(x) = sinc(x/pi); Erf(x) = erf(x); Erfc(x) = erfc(x); LogisticSigmoid(x) = sigmoid(x)
        Gamma(x) = gamma(x); LogGamma(x) = lgamma(x); PolyGamma(x) = digamma(x); PolyGamma(n, x) = polygamma(n, x)
        Beta(x, y) = beta(x, y); Factorial(x) = factorial(x)
        Binomial(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        Total(x) = sum(x, axis=0); Mean(x) = mean(x, axis=0)
        Norm(x) = norm(x); Length(x) = size(x, 0); Dot(x, y) = x @ y
        Variance(x) = var(x, axis=0)*size(x, 0)/(size(x, 0) - 1)
        StandardDeviation(x) = sqrt(var(x, axis=0)*size(x, 0)/(size(x, 0) - 1))
        Transpose(x) = transpose(x); Inverse(x) = inv(x); Det(x) = det(x); Tr(x) = trace(x)
        LinearSolve(a, b) = solve(a, b); IdentityMatrix(n) = eye(n); Cross(x, y) = cross(x, y)
        N(x) = x
        """,
        {
            **dict.fromkeys(("Integrate", "NIntegrate"), "add up in a loop, with small steps"),
            **dict.fromkeys(("Simplify", "Expand", "FullSimplify", "Solve", "NSolve", "Limit"), "write the formula"),
            "Derivative": "write D[f[x], x]",
            **dict.fromkeys(("RandomReal", "RandomVariate"), "there are no random numbers"),
            "Round of 2": "write Round[x/a]*a",
            "If of 2": "write If[c, x, y]: without y there is no value where c is false",
        },
        brackets="[]",
    ),
)
