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
from exprgrad.notations.matrices import Matrices
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.vocabulary import Vocabulary, is_function
from exprgrad.syntax.names import walk
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Definition,
    Expression,
    Logic,
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

    conjunction = "&&"
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
        self.matrices = Matrices()
        # By each name that a function has read its value from: the function.
        self.kept: dict[str, str] = {}

    def between(self, tokens: Sequence[Token]) -> Iterator[Token]:
        """The tokens, of which it is seen where names are parameters."""
        found = list(_between(tokens))
        for i, token in enumerate(found):
            if token.type == "AT" and found[i + 1 : i + 2] and found[i + 1].type == "LPAR":
                rest = found[i:]
                closing = next((part for part in rest if part.type == "RPAR"), rest[-1])
                end = next((part for part in rest if part.type == "SEP"), rest[-1])
                names = {str(part) for part in rest if part.type == "NAME" and part.end_pos <= closing.start_pos}
                self.matrices.parameters.append((closing.start_pos, end.start_pos, names))
        yield from found

    def result(self, parts: list[Any]) -> Assignment:
        return super().result(parts[:1])

    def assigned(self, parts: list[Any]) -> Assignment:
        name, _, value, _ = parts
        if name in self.kept:
            message = f"{self.kept[name]} keeps the value that {name} had before"
            raise UnsupportedError(message, place(name), hint="give the new value another name")
        self.assigned_names.add(str(name))
        self.matrices.assigned(str(name), value)
        return Assignment(str(name), value, Span(name.start_pos, value.span.end), place(name))

    def handle(self, parts: list[Any]) -> Definition:
        name, *rest = parts
        self.own.add(str(name))
        parameters = [part for part in rest if isinstance(part, lark.Token) and part.type == "NAME"]
        operands = tuple([Name(str(parameter), place(parameter)) for parameter in parameters])
        given = {parameter.name for parameter in operands}
        for node in walk(parts[-2]):
            if isinstance(node, Name) and node.name not in given:
                self.kept[node.name] = str(name)
        return definition(Call(str(name), operands, place(name), place(name)), parts[-2])

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        return number(token.replace("d", "e").replace("D", "e"), place(token))

    def binary(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        operations = {"*": self.matrices.product, "/": self.matrices.quotient}
        if token in operations:
            return operations[token](left, right)
        if token in ("^", "**"):
            return self.matrices.power(left, right)
        return self.matrices.elementwise(super().binary(parts), (left, right))

    def unary(self, parts: list[Any]) -> Unary:
        found = super().unary(parts)
        self.matrices.elementwise(found, (found.operand,), truth=found.symbol == "not")
        return found

    def compared(self, parts: list[Any]) -> Comparison:
        found = super().compared(parts)
        self.matrices.elementwise(found, found.operands, truth=True)
        return found

    def logic(self, parts: list[Any]) -> Logic:
        found = super().logic(parts)
        self.matrices.elementwise(found, (found.left, found.right), truth=True)
        return found

    def solved(self, parts: list[Any]) -> Expression:
        left, token, right = parts
        if token == ".\\":
            return self.matrices.elementwise(Binary("/", right, left, around(left, right)), (left, right))
        return self.matrices.solved(left, right)

    def transposed(self, parts: list[Any]) -> Expression:
        operand, token = parts
        span = Span(operand.span.start, token.end_pos)
        return self.matrices.transposed(operand, Call("transpose", (operand,), span, place(token)))

    def call(self, parts: list[Any]) -> Expression:
        name, _, *rest = parts
        table = NOTATION.vocabulary
        word, given = str(name), nodes(rest)
        is_known = word in self.own or is_function(word) or word in (*table.functions, *table.variadic, *table.refused)
        # Of what is neither known nor indexed the vocabulary says that there is no such function.
        is_index = word in self.assigned_names or (not is_known and given and all(map(_can_be_position, given)))
        if not is_index or (word not in self.assigned_names and not any(map(_is_position, given))):
            return self._applied(super().call(parts), given)
        if not given:
            return Name(word, place(name))
        span = Span(name.start_pos, rest[-1].end_pos)
        return self.matrices.index(Name(word, place(name)), given, [_from_zero(item, word) for item in given], span)

    def _applied(self, node: Expression, given: Sequence[Expression | Slice]) -> Expression:
        """A function of its operands."""
        for item in given:
            if isinstance(item, Slice):
                raise UnsupportedError("a range stands only in an index", item.span, hint="write its elements")
        if not isinstance(node, Call) or node.function in self.own:
            return node
        found = self.matrices.called(node)
        if found is not None:
            return found
        return self.matrices.elementwise(node, node.arguments) if node.arguments else node

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

    def matrix(self, parts: list[Any]) -> Expression:
        span = Span(parts[0].start_pos, parts[-1].end_pos)
        rows = [part for part in parts if isinstance(part, tuple)]
        if all(len(row) == 1 for row in rows):
            found = Vector(tuple([row[0] for row in rows]), span)
        elif len(rows) == 1:
            found = Vector(rows[0], span)
        else:
            found = Vector(tuple([Vector(row, span) for row in rows]), span)
        return self.matrices.literal(found, rows)


def _is_position(item: Expression | Slice) -> bool:
    return isinstance(item, Slice | Number) or any(node == Name("end") for node in walk(item))


def _can_be_position(item: Expression | Slice) -> bool:
    return not isinstance(item, Number) or (item.value.is_integer() and item.value > 0)


def _from_zero(item: Expression | Slice, of: str) -> Expression | Slice:
    """A position counted from 0, where MATLAB counts from 1 and `end` is the last."""
    if isinstance(item, Slice):
        start = None if item.start is None else _from_zero(item.start, of)
        stop = item.stop
        if stop is not None:
            last = _from_the_end(stop, of)
            stop = stop if last is None else None if last == 1 else _counted_back(last - 1, stop.span)
        return Slice(start, stop, None, item.span)  # type: ignore[arg-type]
    last = _from_the_end(item, of)
    if last is not None:
        return _counted_back(last, item.span)
    if isinstance(item, Number):
        return counted_from_zero(item)
    return Binary("-", item, Number(1.0), item.span)


def _from_the_end(item: Expression, of: str) -> float | None:
    """1 for end, 2 for end-1, None for a position that is counted from the first."""
    if item == Name("end"):
        return 1.0
    if isinstance(item, Binary) and item.symbol == "-" and item.left == Name("end") and isinstance(item.right, Number):
        return item.right.value + 1
    if any(node == Name("end") for node in walk(item)):
        hint = f"write end, end-1, or numel({of}) for end"
        raise UnsupportedError("this position from the end is not read", item.span, hint=hint)
    return None


def _counted_back(last: float, span: Span) -> Unary:
    return Unary("-", Number(last), span)


_UNREAD: Final = {
    "TEXT": "there are no texts here, only numbers",
    "{": "there are no cells; write a matrix",
    ".": "there are no fields",
    "COLON": "a range stands only in an index, and has no step; write its elements",
    "SEMICOLON": "write ',' between operands",
    "WORD": "of statements assignments and functions such as f = @(x) x.^2 are read",
}
# Functions of MATLAB that have no counterpart here.
_ELSEWHERE: Final = frozenset(
    """
    airy besselh besseli besselj besselk bessely betainc chol circshift compan cond conv cov corr corrcoef cumprod deal
    deconv eig ellipke erfcinv erfcx erfinv expint expm factor fft filter fliplr flipud full gallery gammainc gcd
    hadamard hankel hilb histc hypergeom ifft invhilb isempty isinf isfinite isprime isreal kron kurtosis lcm legendre
    logm logspace lu magic median meshgrid mode nnz normcdf normpdf null orth pascal perms pinv primes qr quantile range
    rank rat repmat rosser rot90 setdiff skewness sortrows sparse sqrtm squeeze svd toeplitz tril triu union unique
    vander vecnorm wilkinson
    """.split()  # noqa: SIM905
)
_BUILDER: Final = _Builder()
_GRAMMAR: Final = Grammar("matlab", _BUILDER, _BUILDER.between, _UNREAD)


def _read(text: str) -> ProgramTree:
    return program_of(_GRAMMAR.parse(text), text)


NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        pi = pi; Inf = inf; inf = inf; NaN = nan; nan = nan; eps = 2**-52; true = 1; false = 0
        power(x, y) = x**y; times(x, y) = x*y; plus(x, y) = x + y; minus(x, y) = x - y; rdivide(x, y) = x/y
        uminus(x) = -x; mtimes(x, y) = x @ y; mldivide(x, y) = solve(x, y)
        mod(x, y) = mod(x, y) if y else x; rem(x, y) = fmod(x, y); fix(x) = trunc(x); idivide(x, y) = trunc(x/y)
        round(x) = trunc(x) + trunc(2*(x - trunc(x)))
        nthroot(x, n) = sign(x)*abs(x)**(1/n); realsqrt(x) = sqrt(x); reallog(x) = log(x)
        gammaln(x) = lgamma(x); psi(x) = digamma(x)
        sind(x) = sin(radians(x)); cosd(x) = cos(radians(x)); tand(x) = tan(radians(x))
        asind(x) = degrees(asin(x)); acosd(x) = degrees(acos(x)); atand(x) = degrees(atan(x))
        atan2d(y, x) = degrees(atan2(y, x))
        deg2rad(x) = radians(x); rad2deg(x) = degrees(x)
        numel(x) = size(x); length(x) = size(x); nchoosek(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        isnan(x) = x != x; disp(x) = x
        matlab_column(x) = reshape(transpose(x), [-1]); matlab_numbers(x, shape) = reshape(x, shape)
        var(values) = var(values)*size(values)/(size(values) - 1)
        std(values) = sqrt(var(values)*size(values)/(size(values) - 1))
        var_all_n(x) = var(x); std_all_n(x) = std(x)
        var_columns(x) = var(x, axis=0)*size(x, 0)/(size(x, 0) - 1); var_columns_n(x) = var(x, axis=0)
        std_columns(x) = sqrt(var(x, axis=0)*size(x, 0)/(size(x, 0) - 1)); std_columns_n(x) = std(x, axis=0)
        var_rows(x) = var(x, axis=1)*size(x, 1)/(size(x, 1) - 1); var_rows_n(x) = var(x, axis=1)
        std_rows(x) = sqrt(var(x, axis=1)*size(x, 1)/(size(x, 1) - 1)); std_rows_n(x) = std(x, axis=1)
        """,
        {
            **dict.fromkeys(("rand", "randn", "randi"), "there are no random numbers"),
            **dict.fromkeys(("integral", "quad", "trapz", "ode45"), "add up in a loop, with small steps"),
            "reshape": "elements go by columns there; write the matrix out",
            **dict.fromkeys(
                ("int8", "int16", "int32", "int64"), "there are no whole numbers of a size; write round(x)"
            ),
            **dict.fromkeys(("polyval", "polyfit", "roots", "interp1"), "write the formula"),
            **dict.fromkeys(("find", "sort", "cellfun", "arrayfun"), "write it element by element"),
            # What brackets with numbers behind them would else be positions of.
            **dict.fromkeys(_ELSEWHERE, "write its formula"),
            **dict.fromkeys(("bitand", "bitor", "bitxor", "bitshift", "bitcmp"), "there are no operators on bits"),
            **dict.fromkeys(("fprintf", "sprintf", "num2str", "str2num", "str2double"), "there are no texts"),
            **dict.fromkeys(("diff", "gradient"), "these are differences there, not derivatives"),
        },
    ),
)
