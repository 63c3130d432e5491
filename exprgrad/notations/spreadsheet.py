"""Formulas of Excel, LibreOffice and Google Sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import lark

from exprgrad.diagnostics import ParseError, Span, UnsupportedError
from exprgrad.notations.grammar import Builder, Grammar, Token, place, unwritten
from exprgrad.notations.texts import ONLY_COMPARED, Text
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary
from exprgrad.syntax.tree import Assignment, Definition, Expression, Name, ProgramTree, Vector

# So many cells at the most are written out for a range.
LARGEST: Final = 10_000
_PERCENTAGE: Final = re.compile(r"\s*([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)\s*%\s*")
_QUOTED: Final = re.compile(r'"(?:[^"]|"")*"?')
_CELL: Final = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")


def _between(tokens: Sequence[Token]) -> Iterator[Token]:
    """Where the next formula begins: on a new line, with a = or what cannot go on with the one before."""
    depth = 0
    last: Token | None = None
    for i, token in enumerate(tokens):
        after = tokens[i + 1] if i + 1 < len(tokens) else None
        if (
            last is not None
            and depth == 0
            and token.line > last.line
            and last.type in ("NAME", "NUMBER", "TEXT", "RPAR", "PERCENT")
            and (token == "=" or token.type in ("NAME", "NUMBER", "LPAR"))
        ):
            yield unwritten("SEP", token.start_pos)
            last = None
        if last is None and token.type == "NAME" and after == "=":
            after.type = "ASSIGN"
        if token.type == "COLON" and _is_computed(tokens, i):
            span = Span(tokens[i - 1].start_pos, tokens[i + 1].end_pos)
            hint = "write it cell by cell, or SUMPRODUCT(A1:A3, B1:B3)"
            raise UnsupportedError("something is computed with each cell of a range", span, hint=hint)
        between = (last.type if last is not None else "", token.type)
        if between in (("LPAR", "COMMA"), ("COMMA", "COMMA"), ("COMMA", "RPAR")):
            # An operand that is left out is 0.
            yield lark.Token("NUMBER", "0", start_pos=token.start_pos, end_pos=token.start_pos)
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        yield token
        last = token


def _is_computed(tokens: Sequence[Token], i: int) -> bool:
    """Whether the range around a colon is no operand of a function, but of an operator."""
    before = tokens[i - 2].type if i > 1 else "LPAR"
    behind = tokens[i + 2].type if i + 2 < len(tokens) else "RPAR"
    if [part.type for part in tokens[i - 1 : i + 2]] != ["NAME", "COLON", "NAME"]:
        return False
    return bool({before, behind} & {"SIGN", "TIMES", "POWER", "PERCENT", "COMPARE"})


class _Cells(list[Expression]):
    """The cells of a range, between the operands of a call."""


class _Builder(Builder):
    """Makes the nodes of a formula."""

    conjunction = "AND(x, y)"
    symbols = {"^": "**", "=": "==", "<>": "!=", "−": "-", "×": "*", "÷": "/"}  # noqa: RUF012

    def formula(self, parts: list[Any]) -> Assignment:
        value = parts[-1]
        if len(parts) == 2 and parts[0] != "=":
            raise ParseError("a formula begins with =", place(parts[0]), hint="write =A1*B1")
        return self.result([value])

    def assigned(self, parts: list[Any]) -> Assignment | Definition:
        name, sign, value = parts
        return self.assignment([self.name([name]), sign, value])

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        span = place(token)
        if match := _CELL.fullmatch(token):
            return Name(f"{match[1].upper()}{match[2]}", span)
        return Name(str(token), span)

    def quoted(self, parts: list[Any]) -> Text:
        (token,) = parts
        return Text(token[1:-1].replace('""', '"'), place(token))

    def cells(self, parts: list[Any]) -> _Cells:
        first, _, last = parts
        span = Span(first.start_pos, last.end_pos)
        corners = [_CELL.fullmatch(token) for token in (first, last)]
        if None in corners:
            raise UnsupportedError("only a range of cells is read", span, hint="write A1:A3")
        columns = sorted(_column(corner[1]) for corner in corners if corner)
        rows = sorted(int(corner[2]) for corner in corners if corner)
        count = (columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1)
        if count > LARGEST:
            raise UnsupportedError(f"this range has {count:,} cells", span, hint=f"{LARGEST:,} are read at the most")
        return _Cells(
            Name(f"{_letters(column)}{row}", span)
            for row in range(rows[0], rows[1] + 1)
            for column in range(columns[0], columns[1] + 1)
        )

    def enclosed(self, parts: list[Any]) -> _Cells:
        return parts[1]  # type: ignore[no-any-return]

    def call(self, parts: list[Any]) -> Expression:
        name, opening, *rest = parts
        as_vectors = name.upper() in _OF_VECTORS
        given: list[Any] = []
        for part in rest:
            if isinstance(part, _Cells) and not as_vectors:
                given += part
            elif isinstance(part, _Cells):
                given.append(self.vector([opening, *part, opening]))
            elif as_vectors and isinstance(part, Expression) and not _is_range(part):
                given.append(Vector((part,), part.span))
            else:
                given.append(part)
        if as_vectors and {type(part) for part in given} >= {Vector, Name}:
            message = "a range by its name stands beside one of cells"
            raise UnsupportedError(message, place(name), hint="write both as cells, or both by names")
        dotted = name.removeprefix("_xlfn.").replace(".", "_")
        return super().call([name.update(value=dotted), opening, *given])


# What takes each range as one operand.
_OF_VECTORS: Final = frozenset({"SUMPRODUCT", "SUMXMY2", "SUMX2MY2", "SUMX2PY2"})


def _is_cell(name: str) -> bool:
    return _CELL.fullmatch(name) is not None


def _is_range(operand: Expression) -> bool:
    """Whether it may be a range that has a name."""
    return isinstance(operand, Name) and not _is_cell(operand.name)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _with_points(text: str) -> str:
    """The formula with decimal points and commas between operands, each in the place of what stood there."""
    bare = _QUOTED.sub(lambda match: "_" * len(match[0]), text)
    if ";" in bare or _has_decimal_comma(bare):
        return re.sub(rf"{_QUOTED.pattern}|[,;]", lambda match: {",": ".", ";": ","}.get(match[0], match[0]), text)
    return text


def _has_decimal_comma(text: str) -> bool:
    """Whether a comma between digits stands outside of all calls."""
    depth = 0
    for i, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            return text[i - 1 : i].isdigit() and text[i + 1 : i + 2].isdigit()
    return False


_UNREAD: Final = {
    "SHEET": "cells of other sheets are not read; give the value a name",
    "TABLE": "columns of tables are not read; give the value a name, such as price",
    "&": ONLY_COMPARED,
    '"': "write the other quote behind the text",
    "{": "write the operands one by one",
    "#": "an error value is no number",
    "@": "leave the @ out",
    ":": "a range stands only among the operands of a function",
}
_GRAMMAR: Final = Grammar("spreadsheet", _Builder(), _between, _UNREAD)


def _read(text: str) -> ProgramTree:
    return program_of(_GRAMMAR.parse(_with_points(text)), text)


def _value(text: str) -> str:
    """`6%` is 6/100."""
    match = _PERCENTAGE.fullmatch(text)
    return f"{match[1]}/100" if match else text


_ROUNDED: Final = {
    "ROUND": "it rounds halves away from 0: write SIGN(x)*INT(ABS(x)*10^n + 0.5)/10^n for n digits",
    "ROUNDUP": "write -SIGN(x)*INT(-ABS(x)*10^n)/10^n for n digits",
    "ROUNDDOWN": "write SIGN(x)*INT(ABS(x)*10^n)/10^n for n digits",
    "MROUND": "write INT(x/m + 0.5)*m",
    "TRUNC of 2": "write TRUNC(x*10^n)/10^n for n digits",
}
# In German and French.
_TRANSLATED: Final = {"WENN": "IF", "UND": "AND", "ODER": "OR", "SUMME": "SUM", "SI": "IF"}
_LET: Final = "write a line name = expression for each name, before the formula"
_TABLES: Final = "tables are not looked up; nest IF"
_FINANCE: Final = "of the functions of finance PMT, PV, FV and NPV are read; write its formula with powers of 1 + rate"
_RANDOM: Final = "there are no random numbers"
NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        TRUE = 1; FALSE = 0
        TRUE() = 1; FALSE() = 0; NA() = nan; PI() = pi
        IF(c, x, y) = x if c else y
        IF(c, x) = x if c else 0
        IFS(c, x) = x if c else nan
        IFS(c, x, rest) = x if c else rest
        AND(x) = x != 0; AND(x, y) = x and y; AND(x, rest) = x and rest
        OR(x) = x != 0; OR(x, y) = x or y; OR(x, rest) = x or rest
        XOR(x, y) = (x != 0) != (y != 0)
        NOT(x) = not x
        SUM(values) = sum(values); AVERAGE(values) = mean(values); PRODUCT(values) = prod(values)
        MIN(values) = min(values); MAX(values) = max(values)
        SUMSQ(values) = sum(values**2); COUNT(values) = size(values)
        VARP(values) = sum((values - mean(values))**2)/size(values)
        VAR_P(values) = sum((values - mean(values))**2)/size(values)
        STDEVP(values) = sqrt(sum((values - mean(values))**2)/size(values))
        STDEV_P(values) = sqrt(sum((values - mean(values))**2)/size(values))
        VAR(values) = sum((values - mean(values))**2)/(size(values) - 1)
        VAR_S(values) = sum((values - mean(values))**2)/(size(values) - 1)
        STDEV(values) = sqrt(sum((values - mean(values))**2)/(size(values) - 1))
        STDEV_S(values) = sqrt(sum((values - mean(values))**2)/(size(values) - 1))
        GEOMEAN(values) = exp(mean(log(values))); HARMEAN(values) = 1/mean(1/values)
        DEVSQ(values) = sum((values - mean(values))**2)
        SUMPRODUCT(x) = sum(x); SUMPRODUCT(x, y) = sum(x*y); SUMPRODUCT(x, y, z) = sum(x*y*z)
        SUMXMY2(x, y) = sum((x - y)**2); SUMX2MY2(x, y) = sum(x**2 - y**2); SUMX2PY2(x, y) = sum(x**2 + y**2)
        POWER(x, y) = x**y
        LN(x) = log(x); LOG(x) = log10(x); LOG(x, b) = log(x, b)
        SQRTPI(x) = sqrt(pi*x)
        MOD(x, y) = x % y
        QUOTIENT(x, y) = trunc(x/y)
        INT(x) = floor(x); TRUNC(x) = trunc(x)
        CEILING(x, s) = ceil(x/s)*s; CEILING_MATH(x) = ceil(x); CEILING_MATH(x, s) = ceil(x/abs(s))*abs(s)
        FLOOR(x, s) = floor(x/s)*s; FLOOR_MATH(x) = floor(x); FLOOR_MATH(x, s) = floor(x/abs(s))*abs(s)
        CEILING_PRECISE(x) = ceil(x); CEILING_PRECISE(x, s) = ceil(x/abs(s))*abs(s)
        ISO_CEILING(x) = ceil(x); ISO_CEILING(x, s) = ceil(x/abs(s))*abs(s)
        FLOOR_PRECISE(x) = floor(x); FLOOR_PRECISE(x, s) = floor(x/abs(s))*abs(s)
        ATAN2(x, y) = atan2(y, x)
        ACOT(x) = pi/2 - atan(x); ACOTH(x) = atanh(1/x)
        FACT(x) = factorial(trunc(x))
        COMBIN(n, k) = factorial(trunc(n))/(factorial(trunc(k))*factorial(trunc(n) - trunc(k)))
        PERMUT(n, k) = factorial(trunc(n))/factorial(trunc(n) - trunc(k))
        GAMMALN(x) = lgamma(x); GAMMALN_PRECISE(x) = lgamma(x)
        ERF_PRECISE(x) = erf(x); ERFC_PRECISE(x) = erfc(x); ERF(x) = erf(x); ERF(a, b) = erf(b) - erf(a)
        GAUSS(x) = erf(x/sqrt(2))/2; PHI(x) = exp(-x**2/2)/sqrt(2*pi)
        NORMSDIST(x) = erfc(-x/sqrt(2))/2
        STANDARDIZE(x, m, s) = (x - m)/s
        NORM_S_DIST(x, c) = erfc(-x/sqrt(2))/2 if c else exp(-x**2/2)/sqrt(2*pi)
        NORM_DIST(x, m, s, c) = erfc((m - x)/(s*sqrt(2)))/2 if c else exp(-((x - m)/s)**2/2)/(s*sqrt(2*pi))
        NORMDIST(x, m, s, c) = erfc((m - x)/(s*sqrt(2)))/2 if c else exp(-((x - m)/s)**2/2)/(s*sqrt(2*pi))
        NPV(rate, values) = sum(values/(1 + rate)**arange(1, size(values) + 1))
        PMT(rate, n, pv) = -pv*rate/(1 - (1 + rate)**-n)
        PMT(rate, n, pv, fv) = -(pv*(1 + rate)**n + fv)*rate/((1 + rate)**n - 1)
        PMT(rate, n, pv, fv, due) = -(pv*(1 + rate)**n + fv)*rate/(((1 + rate)**n - 1)*(1 + rate*due))
        PV(rate, n, pmt) = -pmt*(1 - (1 + rate)**-n)/rate
        PV(rate, n, pmt, fv) = -pmt*(1 - (1 + rate)**-n)/rate - fv*(1 + rate)**-n
        PV(rate, n, pmt, fv, due) = -pmt*(1 + rate*due)*(1 - (1 + rate)**-n)/rate - fv*(1 + rate)**-n
        FV(rate, n, pmt) = -pmt*((1 + rate)**n - 1)/rate
        FV(rate, n, pmt, pv) = -pmt*((1 + rate)**n - 1)/rate - pv*(1 + rate)**n
        FV(rate, n, pmt, pv, due) = -pmt*(1 + rate*due)*((1 + rate)**n - 1)/rate - pv*(1 + rate)**n
        """,
        {
            **_ROUNDED,
            **{name: f"write {english}" for name, english in _TRANSLATED.items()},
            **dict.fromkeys(("LET", "LAMBDA"), _LET),
            **dict.fromkeys(
                ("CONCATENATE", "CONCAT", "TEXT", "VALUE", "LEFT", "RIGHT", "MID", "LEN", "UPPER", "LOWER", "DATE"),
                ONLY_COMPARED,
            ),
            **dict.fromkeys(("VLOOKUP", "HLOOKUP", "XLOOKUP", "INDEX", "MATCH", "OFFSET", "CHOOSE", "SWITCH"), _TABLES),
            **dict.fromkeys(("RATE", "NPER", "IRR", "XIRR", "XNPV", "IPMT", "PPMT"), _FINANCE),
            **dict.fromkeys(("RAND", "RANDBETWEEN", "RANDARRAY"), _RANDOM),
            **dict.fromkeys(("SUMIF", "COUNTIF", "AVERAGEIF", "SUMIFS", "COUNTIFS"), "write IF for each cell"),
            **dict.fromkeys(("IFERROR", "IFNA"), "there are no error values; write IF with the condition"),
        },
        folded=True,
        is_cell=_is_cell,
    ),
    _value,
)
