"""LaTeX, as papers and computer algebra write formulas."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import lark

from exprgrad.diagnostics import ParseError, Span, UnsupportedError
from exprgrad.notations.grammar import Builder, Grammar, Symbols, Token, around, nodes, number, place, unassignable
from exprgrad.notations.repetition import written_out
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vectors import Vectors
from exprgrad.notations.vocabulary import Vocabulary, is_function
from exprgrad.syntax.names import walk
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Conditional,
    Definition,
    Diff,
    Expression,
    Name,
    Number,
    ProgramTree,
    Unary,
)

# A power of -1 is the inverse of these, and not the reciprocal.
_INVERTIBLE: Final = ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")
# Behind these a value is expected, so that a bar opens.
_BEFORE_VALUES: Final = frozenset(
    """
    SIGN TIMES SLASH COMPARE EQUALS AND OR NOT WHEN BEGIN ROW CELL LPAR LBRACK LSET LBRACE LBAR LNORM LFLOOR LCEIL COMMA
    SEP OVER FUNCTION CARET ROOT FRACTION BINOMIAL DERIVATIVE RANGE FRACTION_OF_DIGIT
    """.split()  # noqa: SIM905
)
_OPENING: Final = {
    "LPAR": "RPAR",
    "LBRACK": "RBRACK",
    "LSET": "RSET",
    "LBRACE": "RBRACE",
    "BEGIN": "END",
    "LBAR": "RBAR",
    "LNORM": "RNORM",
}
_FONTS: Final = r"\\(?:mathrm|mathit|mathbf|mathsf|mathcal|boldsymbol|bm|textrm|textit|text|mbox|vec)\s*"
# A letter is the same symbol with and without them.
_UPRIGHT: Final = r"\\(?:(?:mathrm|mathit|textrm|textit|text|mbox)\s*|(?:rm|it)(?![A-Za-z])\s*)"
# As old texts change the font inside of braces: {\rm e}.
_SWITCHES: Final = r"\\(?:rm|bf|it|sf|cal)(?![A-Za-z])\s*"
_MARKS: Final = r"\\(hat|bar|tilde|overline)\s*"


def _words(tokens: Sequence[Token]) -> list[Token]:
    """Letters side by side that are a function: sin x or mean(x) without a backslash; and \\mathrm{mean}(x)."""
    found: list[Token] = []
    for i, token in enumerate(tokens):
        begin = len(found)
        while begin and _is_letter(found[begin - 1]) and _ends_joined(found, begin):
            begin -= 1
        if len(found) - begin > 1 and not (_is_letter(token) and _are_joined(found[-1], token)):
            starts = range(begin, len(found) - 1) if token.type == "LPAR" else [begin]
            for first in starts:
                word = "".join(found[first:])
                if word in _WRITTEN_BARE or (token.type == "LPAR" and is_function(word)):
                    found[first:] = [_made("FUNCTION", word, found[first], found[-1])]
                    break
        found.append(_as_function(token, tokens, i + 1))
    return found


def _as_function(token: Token, tokens: Sequence[Token], after: int) -> Token:
    """\\mathrm{mean} before what it is of, maybe with a superscript between, is the function."""
    if token.type != "NAME" or not token.startswith(("\\mathrm", "\\text")):
        return token
    word = _spelled(token)
    written_bare = word.partition("_")[0] in _WRITTEN_BARE
    if not (is_function(word) or written_bare):
        return token
    following = _behind_script(tokens, after)
    if following in ("LPAR", "LBRACK", "LSET") or (written_bare and following in _VALUES):
        return _made("FUNCTION", word, token, token)
    if following in _VALUES:
        hint = f"write \\operatorname{{{word}}} for the function, or \\cdot behind a name"
        raise UnsupportedError(f"{word} can be a function or a factor here", place(token), hint=hint)
    return token


# What begins a value.
_VALUES: Final = frozenset(
    """
    NAME NUMBER FUNCTION FRACTION FRACTION_OF_DIGIT FRACTION_OF_DIGITS ROOT ROOT_OF_DIGIT BINOMIAL LPAR LBRACK LSET
    LBRACE LBAR LNORM LFLOOR LCEIL
    """.split()  # noqa: SIM905
)


def _after_script(tokens: Sequence[Token], start: int) -> int:
    """Where the token is that stands there, or behind the superscript there."""
    at = start
    if at + 1 < len(tokens) and tokens[at].type in ("CARET", "DIGIT_SCRIPT"):
        depth = int(tokens[at].type == "CARET" and tokens[at + 1].type == "LBRACE")
        at += 2 if tokens[at].type == "CARET" else 1
        while depth and at < len(tokens):
            depth += (tokens[at].type == "LBRACE") - (tokens[at].type == "RBRACE")
            at += 1
    return at


def _behind_script(tokens: Sequence[Token], start: int) -> str:
    at = _after_script(tokens, start)
    return str(tokens[at].type) if at < len(tokens) else ""


def _check_comma(tokens: Sequence[Token], i: int) -> None:
    """Raises an UnsupportedError for a number with a comma in braces."""
    following = tokens[i + 1 : i + 5]
    if [token.type for token in following] != ["LBRACE", "COMMA", "RBRACE", "NUMBER"]:
        return
    before, behind = tokens[i], following[-1]
    hint = f"write {before}.{behind} if it is a decimal comma"
    if len(behind) == 3:
        hint += f", {before}{behind} if it separates thousands"
    raise UnsupportedError("a comma stands in this number", Span(before.start_pos, behind.end_pos), hint=hint)


def _check_power_of_ten(tokens: Sequence[Token], i: int) -> None:
    """Raises an UnsupportedError for 1.2e3, where e would be Euler's number."""
    last = i + 1
    if tokens[last : last + 1] and tokens[last] in ("e", "E") and _are_joined(tokens[i], tokens[last]):
        while last + 1 < len(tokens) and tokens[last].type != "NUMBER" and _are_joined(tokens[last], tokens[last + 1]):
            last += 1
            if tokens[last].type not in ("SIGN", "NUMBER"):
                return
        if tokens[last].type == "NUMBER":
            power = "".join(tokens[i + 2 : last + 1])
            hint = f"write {tokens[i]} \\cdot 10^{{{power}}}, or \\cdot before the e that is Euler's number"
            message = "a power of ten is not written like this in LaTeX"
            raise UnsupportedError(message, Span(tokens[i].start_pos, tokens[last].end_pos), hint=hint)


# Nobody writes these as products of letters.
_WRITTEN_BARE: Final = frozenset(
    ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh", "exp", "ln", "log", "arcsin", "arccos", "arctan")
)


def _ends_joined(tokens: Sequence[Token], start: int) -> bool:
    """Whether the token that starts there, if there is one, begins where that before it ends."""
    return start == len(tokens) or _are_joined(tokens[start - 1], tokens[start])


def _is_letter(token: Token) -> bool:
    return token.type == "NAME" and len(token) == 1


def _are_joined(first: Token, second: Token) -> bool:
    return bool(first.end_pos == second.start_pos)


def _made(kind: str, text: str, first: Token, last: Token) -> Token:
    return lark.Token(kind, text, start_pos=first.start_pos, end_pos=last.end_pos)


def _defined(tokens: Sequence[Token]) -> set[str]:
    """The functions that a text defines: f(x, y) = ..., at the begin of a statement."""
    found: set[str] = set()
    for i, token in enumerate(tokens):
        if not _is_own(token) or (i and tokens[i - 1].type not in ("SEP", "ROW")):
            continue
        j = i + 1
        while j + 1 < len(tokens) and tokens[j].type in ("LPAR", "COMMA") and tokens[j + 1].type == "NAME":
            j += 2
        if j > i + 1 and [t.type for t in tokens[j : j + 2]] in (["RPAR", "EQUALS"], ["RPAR", "CELL"]):
            found.add(str(token))
    return found


def _is_own(token: Token) -> bool:
    """Whether it can be the name of a function that a text defines."""
    if token.type != "FUNCTION":
        return bool(token.type == "NAME")
    return bool(token.startswith("\\operatorname")) or not (token.startswith("\\") or token in _WRITTEN_BARE)


def _function_name(text: str) -> str:
    """The name of a function that is no logarithm to a base."""
    return _spelled(re.sub(r"\\operatorname\*?\s*", "", text))


# What stands for an underscore that is one, and no subscript.
_WRITTEN_OUT: Final = "\0"


def _spelled(text: str) -> str:
    """A name as it is spelled here: x_1 for x_{1}, alpha for \\alpha, x_hat for \\hat{x}."""
    text = text.replace("\\_", _WRITTEN_OUT)
    base, _, sub = text.partition("_") if not re.match(rf"{_FONTS}\{{", text) else _parted(text)
    word = _plain(base)
    index = _plain(sub)
    return (f"{word}_{index}" if index else word).replace(_WRITTEN_OUT, "_")


def _look(text: str) -> str:
    """How a symbol looks: what differs in this is another symbol."""
    return re.sub(r"\\[,;:! ]|[\s{}]", "", re.sub(_UPRIGHT, "", text))


def _parted(text: str) -> tuple[str, str, str]:
    end = text.index("}") + 1 if "}" in text else len(text)
    head, rest = text[:end], text[end:].lstrip()
    return head, "_", rest.removeprefix("_")


def _plain(text: str) -> str:
    """Without what only changes how it looks."""
    text = re.sub(rf"{_MARKS}\{{?\s*(\\?\w+)\s*\}}?", r"\2_\1", text)
    text = re.sub(rf"{_FONTS}|{_SWITCHES}", "", text)
    text = re.sub(r"\\(?=[A-Za-z])", "", text)
    text = re.sub(r"\s*,\s*|(?<=\w)\s+(?=\w)", "_", re.sub(r"[{}]", "", text).strip())
    return re.sub(r"\\[,;:! ]|\s", "", text)


class _Builder(Builder):
    """Makes the nodes of LaTeX."""

    symbols = {  # noqa: RUF012
        **dict.fromkeys(("\\cdot", "\\times", "\\ast", "×", "·", "⋅"), "*"),
        "\\bmod": "%",
        **dict.fromkeys(("÷", "\\div"), "/"),
        "−": "-",
        "\\lt": "<",
        "\\gt": ">",
        **dict.fromkeys(("\\le", "\\leq", "\\leqslant", "≤"), "<="),
        **dict.fromkeys(("\\ge", "\\geq", "\\geqslant", "≥"), ">="),
        **dict.fromkeys(("\\ne", "\\neq", "≠"), "!="),
        "=": "==",
    }

    def begin(self, text: str) -> None:
        self.text = text
        self.symbols_seen = Symbols()
        # Where functions end whose operand has no brackets, and where others do.
        self.open_ends: set[int] = set()
        self.closed_ends: set[int] = set()
        self.vectors = Vectors()

    def named(self, text: str, span: Span) -> str:
        """The name of a symbol, which no other symbol of the text has."""
        name, look = _spelled(text), _look(text)
        if name in NOTATION.vocabulary.names and re.match(_FONTS, look):
            hint = "give it another name, or a subscript"
            raise UnsupportedError(f"{name} in another font is no constant", span, hint=hint)
        self.vectors.named(name, text)
        return self.symbols_seen.named(name, look, text, span)

    def between(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """What tokens are beside their neighbours."""
        tokens = _words(tokens)
        self.defined = _defined(tokens)
        open_brackets: list[str] = []
        cases = 0
        last = ""
        for i, token in enumerate(tokens):
            after = tokens[i + 1].type if i + 1 < len(tokens) else ""
            if token.type in ("BAR", "DOUBLE_BAR"):
                left, right = ("LBAR", "RBAR") if token.type == "BAR" else ("LNORM", "RNORM")
                opens = not last or last in _BEFORE_VALUES or open_brackets[-1:] != [right]
                token.type = left if opens else right
            if token.type in _OPENING:
                open_brackets.append(_OPENING[token.type])
            elif open_brackets and token.type == open_brackets[-1]:
                open_brackets.pop()
            if token.type == "NAME":
                self._check_name(tokens, i)
            elif token.type == "BANG" and last == "BANG":
                hint = "write the product, or (n!)! for the factorial of a factorial"
                raise UnsupportedError("a double factorial is not read", place(token), hint=hint)
            elif token.type == "NUMBER":
                _check_comma(tokens, i)
                _check_power_of_ten(tokens, i)
            if token.type == "PRIMED" and after != "LPAR":
                hint = "write y'(x) where y(x) = ... is defined, or give it a name of its own, such as y_1"
                raise UnsupportedError("a prime without an operand is not read", place(token), hint=hint)
            cases += (token.type == "BEGIN") - (token.type == "END")
            if token.type == "ROW" and (not cases or after == "END"):
                token.type = "SEP" if not cases else "ROW_AT_THE_END"
            elif token.type == "EQUALS" and cases:
                token.type, token.value = "COMPARE", "="
            elif token.type == "NAME" and after == "LPAR" and (token in self.defined or _spelled(token) == "Gamma"):
                token.type = "FUNCTION"
            if (token.type == "CELL" and not cases) or token.type == "ROW_AT_THE_END":
                continue
            if token.type == "SEP" and (last in ("", "SEP") or not after):
                continue
            yield token
            last = token.type

    def _check_name(self, tokens: Sequence[Token], i: int) -> None:
        """Raises an UnsupportedError for a name before brackets that can be a function's, and for the name of a
        function that stands alone."""
        token = tokens[i]
        span = place(token)
        word = _spelled(token)
        if token in self.defined:
            if tokens[i + 1 : i + 2] and tokens[i + 1].type == "LPAR":
                return
            hint = f"write {token}(x), and a power of it as ({token}(x))^2"
            raise UnsupportedError(f"{word} is a function, and has no operand here", span, hint=hint)
        at = _after_script(tokens, i + 1)
        following = [part.type for part in tokens[at : at + 3]]
        if following[:1] not in (["LPAR"], ["LBRACK"], ["LSET"]) or word == "Gamma":
            return
        is_single = following[1:2] in (["NAME"], ["NUMBER"]) and following[2:] == [_OPENING[following[0]]]
        is_word = re.match(_UPRIGHT, token) is not None and len(word.partition("_")[0]) > 1
        if is_single or is_word or word == "Phi":
            hint = f"define {token}(x) = ..., or write \\cdot behind a factor"
            if word in ("Phi", "N"):
                hint = "write (1 + \\operatorname{erf}(x/\\sqrt{2}))/2 if it is normal, or \\cdot behind a factor"
            elif is_word:
                hint = f"write \\operatorname{{{word}}} for a function, or \\cdot behind a factor"
            raise UnsupportedError(f"{_short(token)} can be a function or a factor here", span, hint=hint)

    def symbol(self, token: Token) -> str:
        kinds = {"AND": "and", "OR": "or", "NOT": "not"}
        if token.type in kinds:
            return kinds[token.type]
        return "!=" if token.startswith("\\not") else super().symbol(token)

    def assignment(self, parts: list[Any]) -> Assignment | Definition:
        left, sign, value = parts
        if isinstance(left, Diff) and isinstance(left.operand, Name):
            # The name that columns of rows have, too.
            order = len(left.by)
            by = "_".join(f"d{name.name}" for name in left.by)
            name = f"d{order if order > 1 else ''}{left.operand.name}_{by}"
            left = Name(name, left.span)
        if isinstance(left, Call) and left.function not in map(_function_name, self.defined):
            raise unassignable(left)  # an equation, such as |r| = 3
        if isinstance(left, Name):
            self.vectors.assigned(left.name, value)
        return super().assignment([left, sign, value])

    def name(self, parts: list[Any]) -> Expression:
        (token,) = parts
        name = self.named(token, place(token))
        if not name.isidentifier():
            hint = "a name is a letter with a subscript of letters and digits"
            raise UnsupportedError(f"{_short(token)} is no name here", place(token), hint=hint)
        return Name(name, place(token))

    def digit(self, parts: list[Any]) -> Number:
        (token,) = parts
        if len(token) > 1:
            raise _braces(place(token))
        return number(str(token), place(token))

    def juxtaposed(self, parts: list[Any]) -> Expression:
        left, right = parts
        if self._is_number(right):
            if right.span.start == left.span.end and self._ends_in_digit_script(left):
                raise _braces(Span(right.span.start - 1, right.span.end))
            hint = "write \\cdot between, or braces around the digits of one number"
            raise UnsupportedError("a number stands behind a factor", right.span, hint=hint)
        return self.vectors.product(left, right, "")

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        self._check_ways(left, token, right)
        symbol = self.symbol(token)
        if symbol == "*":
            return self.vectors.product(left, right, str(token))
        found = Binary(symbol, left, right, around(left, right))
        return self.vectors.quotient(found) if symbol in ("/", "%") else self.vectors.like(found, (left, right))

    def unary(self, parts: list[Any]) -> Unary:
        token, operand = parts
        if token.type == "SIGN" and _is_bare(operand, "%"):
            raise _remainder(Span(token.start_pos, operand.span.end))
        found = super().unary(parts)
        self.vectors.like(found, (found.operand,))
        return found

    @staticmethod
    def _is_number(node: Expression) -> bool:
        """Whether what stands there begins with a bare number."""
        while isinstance(node, Binary) and node.span.start == node.left.span.start:
            node = node.left
        return isinstance(node, Number)

    @staticmethod
    def _ends_in_digit_script(node: Expression) -> bool:
        while isinstance(node, Binary) and node.symbol == "*":
            node = node.right
        return isinstance(node, Binary | Name | Call)

    def ambiguous(self, parts: list[Any]) -> Expression:
        _, right = parts
        message = "this can be a factor, or part of what the function before it is of"
        raise UnsupportedError(message, right.span, hint="write parentheses: \\sin(x) (a+b), or \\sin(x (a+b))")

    def run_on(self, parts: list[Any]) -> Expression:
        """One factor more of what a function without parentheses is of: by sin x e^y nobody means sin(x e^y)."""
        _, right = parts
        of = right
        while isinstance(of, Binary) and of.symbol in ("**", "/") and of.span.start == of.left.span.start:
            of = of.left
        if isinstance(of, Call) and of.arguments and of.span.start == of.arguments[0].span.start:
            (of,) = of.arguments
        is_letter = isinstance(of, Name | Number) and of != Name("e") and of.span.start == right.span.start
        if not is_letter or _HEAVY.match(self.text, right.span.start):
            message = "this can be a factor, or part of what the function before it is of"
            raise UnsupportedError(message, right.span, hint="write parentheses: \\sin(x) e^y, or \\sin(x e^y)")
        return self.juxtaposed(parts)

    def quotient(self, parts: list[Any]) -> Expression:
        _, token, right = parts
        if isinstance(right, Binary) and right.symbol == "*" and right.span.start == right.left.span.start:
            message = "a quotient before a product without a sign can be read in two ways"
            hint = "write \\frac{a}{b} c or \\frac{a}{b c}, or parentheses"
            raise UnsupportedError(message, Span(token.start_pos, right.span.end), hint=hint)
        return self.binary(parts)

    def _check_ways(self, left: Expression, token: Token, right: Expression) -> None:
        """Raises an UnsupportedError for what can be read in two ways."""
        span = around(left, right)
        if token.type == "SLASH" and left.span.end in self.open_ends:
            message = "the operand of this function can end before the quotient or behind it"
            raise UnsupportedError(message, span, hint="write \\frac{\\sin x}{2}, \\sin(x)/2 or \\sin(x/2)")
        if token.startswith("\\bmod"):
            if _is_bare(right, "*"):
                hint = "write (x \\bmod 3) y, or x \\bmod (3 y)"
                raise UnsupportedError("a remainder by a product can be read in two ways", span, hint=hint)
        elif _is_bare(right, "%") or (_is_bare(left, "%") and token.type != "SIGN"):
            raise _remainder(span)

    def script(self, parts: list[Any]) -> tuple[Expression, int]:
        """What stands in a superscript, and where it ends."""
        if len(parts) == 1:
            (token,) = parts
            return Number(float(token[-1]), Span(token.end_pos - 1, token.end_pos)), int(token.end_pos)
        if len(parts) == 6:
            return self.over(parts[1:]), parts[-1].end_pos
        if len(parts) == 4:
            return parts[2], parts[3].end_pos
        value = parts[1]
        if isinstance(value, lark.Token):
            if "_" in value:
                raise _braces(place(value))
            value = self.name([value])
        return value, value.span.end

    def power(self, parts: list[Any]) -> Expression:
        base, (exponent, end) = parts
        return self.vectors.power(Binary("**", base, exponent, Span(base.span.start, end)))

    def transposed(self, parts: list[Any]) -> Expression:
        base, token = parts
        return self.vectors.transposed(base, Span(base.span.start, token.end_pos))

    def degrees(self, parts: list[Any]) -> Expression:
        base, token = parts
        span = Span(base.span.start, token.end_pos)
        if isinstance(base, Name):  # which chemists write
            hint = rf"write \frac{{\pi}}{{180}} {base.name} for degrees, {base.name}_0 for a standard state"
            raise UnsupportedError("a letter with a circle is an angle in degrees or a standard state", span, hint=hint)
        return Call("radians", (base,), span)

    def application(self, parts: list[Any]) -> Expression:
        token: Any = parts[0]
        power = parts[1] if isinstance(parts[1], tuple) else None
        rest: list[Any] = parts[1 if power is None else 2 :]
        arguments = tuple(nodes(rest))
        last = rest[-1]
        span = Span(token.start_pos, last.end_pos or 0 if isinstance(last, lark.Token) else last.span.end)
        is_closed = isinstance(last, lark.Token) or last.span.end in self.closed_ends
        (self.closed_ends if is_closed else self.open_ends).add(span.end)
        name, base = self._function(token)
        if base is not None:
            arguments = (*arguments, base)
        called = Call(name, arguments, span, place(token))
        if power is not None and name in _INVERTIBLE and power[0] == Unary("-", Number(1.0)):
            called, power = Call(f"a{name}", arguments, span, place(token)), None
        of = self.vectors.applied(called, name in map(_function_name, self.defined))
        return of if power is None else self.vectors.power(Binary("**", of, power[0], span))

    def _function(self, token: Token) -> tuple[str, Expression | None]:
        """The name of a function, and the base of a logarithm."""
        if token.startswith("\\operatorname"):
            return _function_name(token), None
        word, _, sub = token.removeprefix("\\").partition("_")
        if word.strip() != "log" or not sub:
            return _spelled(token), None
        base = _plain(sub)
        span = place(token)
        if re.fullmatch(r"\d+", base):
            return (f"log{base}", None) if base in ("2", "10") else ("log", Number(float(base), span))
        if not base.isidentifier():
            raise UnsupportedError("this base of a logarithm is not read", span, hint="write \\frac{\\ln x}{\\ln b}")
        return "log", Name(base, span)

    def primed(self, parts: list[Any]) -> Expression:
        token, _, argument, closing = parts
        span = Span(token.start_pos, closing.end_pos)
        if not isinstance(argument, Name):
            hint = "name a function for it: g(x) = \\frac{d}{dx} f(x)"
            raise UnsupportedError("a derivative is by a name", span, hint=hint)
        order = token.count("'") + token.count("\\prime")
        return Diff(Call(token[0], (argument,), span, place(token)), (argument,) * order, span)

    def derived(self, parts: list[Any]) -> Expression:
        """\\frac{dy}{dx}, \\frac{\\partial^2 f}{\\partial x \\partial y}."""
        (token,) = parts
        above, below = _halves(token)
        match = re.match(r"(?:\\partial|\\mathrm\s*\{\s*d\s*\}|d)\s*(?:\^\s*(?:\d|\{\s*\d+\s*\})\s*)?", above)
        assert match is not None
        span = place(token)
        of = self.named(above[match.end() :].strip(), span)
        if not of.isidentifier():
            raise UnsupportedError("this derivative is not read", span, hint="write \\frac{d}{dx} (...)")
        name = Name(of, span)
        return self.vectors.like(Diff(name, self._by(below, match[0], span), span), (name,))

    def derivative(self, parts: list[Any]) -> Expression:
        """\\frac{d}{dx} x^2."""
        token, operand = parts
        above, below = _halves(token)
        by = self._by(below, above, place(token))
        return self.vectors.like(Diff(operand, by, Span(token.start_pos, operand.span.end)), (operand,))

    def _by(self, below: str, above: str, span: Span) -> tuple[Name, ...]:
        return tuple([Name(self.named(text, span), span) for text in _differentials(below, above, span)])

    def operated(self, parts: list[Any]) -> Expression:
        (value,) = parts
        return value  # type: ignore[no-any-return]

    def repeated(self, parts: list[Any]) -> Expression:
        """A sum or product of terms, written out."""
        token, body = parts
        span = Span(token.start_pos, body.span.end)
        match = _BOUNDS.fullmatch(token)
        if match is None:
            hint = "only \\sum_{i=1}^{3} with whole numbers is written out; a loop is for i in 1..n + 1 { s = s + i }"
            raise UnsupportedError("the bounds of this sum are no whole numbers", place(token), hint=hint)
        counter, first, last = match[2].removeprefix("\\"), int(match[3]), int(match[4])
        sign = "+" if match[1] == "sum" else "*"
        return self.vectors.like(written_out(body, counter, range(first, last + 1), sign, span), (body,))

    def absolute(self, parts: list[Any]) -> Expression:
        return self.vectors.length(_called("abs", parts))

    def norm(self, parts: list[Any]) -> Expression:
        return _called("norm", parts)

    def floor(self, parts: list[Any]) -> Expression:
        return _called("floor", parts)

    def ceil(self, parts: list[Any]) -> Expression:
        return _called("ceil", parts)

    def fraction(self, parts: list[Any]) -> Expression:
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        token, above, below = parts
        return self.vectors.quotient(Binary("/", above, below, Span(token.start_pos, below.span.end)))

    def over(self, parts: list[Any]) -> Expression:
        """{a \\over b}."""
        opening, above, _, below, closing = parts
        return self.vectors.quotient(Binary("/", above, below, Span(opening.start_pos, closing.end_pos)))

    def fraction_of_digits(self, parts: list[Any]) -> Expression:
        (token,) = parts
        above, below = re.findall(r"\d", token)
        return Binary("/", Number(float(above)), Number(float(below)), place(token))

    def fraction_of_digit(self, parts: list[Any]) -> Expression:
        token, below = parts
        return self.vectors.quotient(
            Binary("/", Number(float(token[-1])), below, Span(token.start_pos, below.span.end))
        )

    def root_of_digit(self, parts: list[Any]) -> Expression:
        (token,) = parts
        return Call("sqrt", (Number(float(token[-1])),), place(token), place(token))

    def root(self, parts: list[Any]) -> Expression:
        token, *others, of = parts
        span = Span(token.start_pos, of.span.end)
        if not others:
            return self.vectors.applied(Call("sqrt", (of,), span, place(token)), False)
        degree = others[1]
        if degree in (Number(2.0), Number(3.0)):
            return Call("sqrt" if degree.value == 2 else "cbrt", (of,), span, place(token))
        return Binary("**", of, Binary("/", Number(1.0), degree, degree.span), span)

    def binomial(self, parts: list[Any]) -> Expression:
        token, above, below = parts
        return Call("binom", (above, below), Span(token.start_pos, below.span.end), place(token))

    def case(self, parts: list[Any]) -> tuple[Expression, Expression | None]:
        """The value of a case and its condition; one that is otherwise has none."""
        value, last = parts[0], parts[-1]
        return value, (None if isinstance(last, lark.Token) else last)

    def cases(self, parts: list[Any]) -> Expression:
        span = Span(parts[0].start_pos, parts[-1].end_pos)
        found: Expression | None = None
        for value, condition in reversed(nodes(parts)):
            if condition is None:
                if found is not None:
                    raise ParseError("only the last case is otherwise", value.span, hint="put it at the end")
                found = value
            else:
                otherwise = found or Call("nowhere", (), span)
                found = self.vectors.like(Conditional(condition, value, otherwise, span), (value, otherwise))
        assert found is not None
        return found


# What begins otherwise than a letter or a number.
_HEAVY: Final = re.compile(r"\\(?:[dtc]?frac|sqrt|[dt]?binom)")
_BOUNDS: Final = re.compile(
    r"\\(sum|prod)\s*(?:\\limits\s*)?_\s*\{\s*(\\?[A-Za-z]+)\s*=\s*(-?\d+)\s*\}\s*\^\s*\{?\s*(-?\d+)\s*\}?"
)


def _called(name: str, parts: list[Any]) -> Call:
    opening, value, closing = parts
    return Call(name, (value,), Span(opening.start_pos, closing.end_pos), place(opening))


def _is_bare(node: Expression, symbol: str) -> bool:
    """Whether this is what an operator gives, without brackets around it."""
    return isinstance(node, Binary) and node.symbol == symbol and node.span.start == node.left.span.start


def _remainder(span: Span) -> UnsupportedError:
    hint = "write (a + b) \\bmod 3, or a + (b \\bmod 3)"
    return UnsupportedError("what this remainder is of can be read in two ways", span, hint=hint)


def _halves(token: str) -> tuple[str, str]:
    """What stands above and below the line of a fraction."""
    start = token.index("{")
    depth = 0
    for i in range(start, len(token)):
        depth += (token[i] == "{") - (token[i] == "}")
        if depth == 0:
            return token[start + 1 : i].strip(), token[i + 1 :].strip()[1:-1].strip()
    raise AssertionError("the terminal has its braces")


_DIFFERENTIAL: Final = re.compile(
    r"\s*(?:\\partial(?![A-Za-z])|\\mathrm\s*\{\s*d\s*\}|d)\s*"
    r"((?:\\mathrm\s*\{[^{}]*\}|\\[A-Za-z]+|[^\W\d_])(?:\s*_\s*(?:\w|(?:\\[A-Za-z]+\s*)?\{(?:[^{}]|\{[^{}]*\})*\}|\\[A-Za-z]+))?)\s*"
    r"(?:\^\s*(?:(\d)|\{\s*(\d+)\s*\}))?\s*(?:\\[,;:! ])*"
)


def _differentials(below: str, above: str, span: Span) -> list[str]:
    """What a derivative is by, from `dx^2 dy`; above the line stands how many these are."""
    names: list[str] = []
    at = 0
    while at < len(below):
        match = _DIFFERENTIAL.match(below, at)
        if match is None:
            raise UnsupportedError("this derivative is not read", span, hint="write \\frac{d}{dx} or \\frac{dy}{dx}")
        names += [match[1]] * min(int(match[2] or match[3] or 1), 101)
        at = match.end()
    order = re.search(r"\d+", above)
    if len(names) != int(order[0] if order else 1):
        raise ParseError("the orders above and below do not agree", span, hint="write \\frac{d^2}{dx^2}")
    return names


def _braces(span: Span) -> UnsupportedError:
    return UnsupportedError("LaTeX takes one digit here", span, hint="write braces around a longer number, x^{12}")


def _short(token: str) -> str:
    return token if len(token) <= 30 else f"{token[:27]}..."


# Functions that LaTeX has no command for.
_WITHOUT_COMMAND: Final = frozenset(
    """
    erf erfc sgn sign abs round trunc arsinh arcosh artanh cbrt sigmoid softmax softplus relu logsumexp mean var std
    norm trace diag
    """.split()  # noqa: SIM905
)
_UNREAD: Final = {
    **dict.fromkeys(("\\int", "\\iint", "\\oint"), "integrals are not part of the language; add up in a loop"),
    **dict.fromkeys(("\\sum", "\\prod"), "write \\sum_{i=1}^{3} with whole numbers, which is written out"),
    **{f"\\{name}": f"write \\mathrm{{{name}}}(x)" for name in _WITHOUT_COMMAND},
    "\\lim": "limits are not part of the language",
    "\\pm": "write one of the two signs",
    "\\mp": "write one of the two signs",
    "\\nabla": "write \\frac{\\partial}{\\partial x} for each name",
    "\\partial": "write \\frac{\\partial f}{\\partial x} or \\frac{\\partial}{\\partial x} (...)",
    **dict.fromkeys(("\\dot", "\\ddot"), "give it a name of its own, such as v or x_{dot}"),
    "_": "a subscript is one character, or stands in braces: x_{12}",
    "\\begin": "of the environments cases is read, and those of equations",
}
_BUILDER: Final = _Builder()
_GRAMMAR: Final = Grammar("latex", _BUILDER, _BUILDER.between, _UNREAD)


def _read(text: str) -> ProgramTree:
    program = program_of(_GRAMMAR.parse(text), text)
    _check_derivatives(program)
    return program


def _check_derivatives(program: ProgramTree) -> None:
    """Raises an UnsupportedError for a derivative of an input by another one: who writes \\frac{dx}{dt} means no 0."""
    assignments = [part for part in program.statements if isinstance(part, Assignment)]
    known = {part.name for part in assignments} | {part.name for part in program.functions}
    known |= {name for function in program.functions for name in function.parameters}
    roots = [*[part.value for part in assignments], *[function.body for function in program.functions]]
    for node in itertools.chain.from_iterable(map(walk, roots)):
        if isinstance(node, Diff) and isinstance(node.operand, Name) and node.operand not in node.by:
            name = node.operand.name
            if name not in known:
                message = f"nothing says how {name} depends on {node.by[0].name}"
                hint = f"write {name} = ... before, or give the derivative a name of its own, such as v"
                raise UnsupportedError(message, node.span, hint=hint)


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        r"""
        pi = pi; infty = inf; e = exp(1)
        lg(x) = log10(x); sgn(x) = sign(x); B(x, y) = beta(x, y)
        arsinh(x) = asinh(x); arcosh(x) = acosh(x); artanh(x) = atanh(x)
        nowhere() = nan
        Gamma(x) = gamma(x)
        binom(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        arccot(x) = atan(1/x); arcsec(x) = acos(1/x); arccsc(x) = asin(1/x)
        acot(x) = atan(1/x); asec(x) = acos(1/x); acsc(x) = asin(1/x)
        """,
        {},
    ),
)
