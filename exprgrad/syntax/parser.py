"""Text to AST.

The AST is built while the parser runs (its reductions call `_Builder`), so nothing recurses on the input.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from exprgrad.diagnostics import ExprError, ParseError, Span
from exprgrad.lazy import lazy
from exprgrad.syntax import mistakes, tables
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Definition,
    Derivatives,
    Diff,
    Expression,
    For,
    If,
    Index,
    Logic,
    Name,
    Number,
    Option,
    ProgramTree,
    Slice,
    Statement,
    Tree,
    Unary,
    Vector,
    While,
    reads_of,
)
from exprgrad.text_tests import SPACES, TextTest, is_test

if TYPE_CHECKING:
    import lark

    from exprgrad.syntax.grammar import Parser
else:
    lark = lazy("lark")

# What people paste, as the language has it.
_SYMBOLS: Final = {
    "^": "**",
    "×": "*",
    "·": "*",
    "⋅": "*",
    "÷": "/",
    "−": "-",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}
RESERVED: Final = frozenset(["if", "else", "for", "in", "while", "and", "or", "not"])
_DERIVATIVES: Final = ("gradient", "jacobian", "hessian")
# What is written like a call and is a form of the language.
FORMS: Final = ("where", "diff", *_DERIVATIVES)
# The highest order that diff() takes; what asks for more is a slip.
HIGHEST: Final = 100


def parse(text: str) -> ProgramTree:
    """The program in a text. Raises ParseError or UnsupportedError with the place of the first mistake."""
    program = parse_part(text)
    if program.functions and not program.statements:
        last = program.functions[-1]
        hint = f"add a call as the last statement: {last.name}({', '.join(last.parameters)})"
        raise ParseError("the program only defines functions", last.span, hint=hint)
    return program


def parse_part(text: str) -> ProgramTree:
    """A part of a program, which may be functions alone."""
    parser = _parser()
    try:
        statements: Any = parser.parse(text)  # what _Builder.program returned
    except ExprError:
        raise
    except Exception as problem:  # lark's own errors; importing their classes would cost every start
        error = _mistake(parser, text, problem)
        if error is None:
            raise
        raise error from None
    functions = tuple(s for s in statements if isinstance(s, Definition))
    steps = tuple(s for s in statements if not isinstance(s, Definition))
    return ProgramTree(steps, text, Span(0, len(text)), functions)


def parse_expression(text: str) -> Expression:
    """The one bare expression in a text, such as `-5` or `2*pi`."""
    program = parse(text)
    statement = program.statements[-1]
    bare = isinstance(statement, Assignment) and statement.name is None
    if len(program.statements) > 1 or not bare or program.functions:
        raise ParseError(
            "expected one expression, found a program",
            statement.span,
            hint="a value is a constant expression such as -5, 1/3 or 2*pi",
        )
    return statement.value  # type: ignore[union-attr]


def normalized(name: str) -> str:
    """A name as the program knows it: NFKC, and `pi` for π."""
    if not name.isascii():
        import unicodedata  # only names beyond ASCII need it

        name = unicodedata.normalize("NFKC", name)
        if name == "π":
            return "pi"
    return name


class _Builder:
    """Makes the nodes: one method for each rule or alias of the grammar, called with what it matched."""

    def program(self, parts: list[Any]) -> tuple[Assignment | Definition, ...]:
        return tuple(parts[::2])

    def result(self, parts: list[Any]) -> Assignment:
        (value,) = parts
        return Assignment(None, value, value.span, value.span)

    def assignment(self, parts: list[Any]) -> Assignment | Definition:
        left, _, value = parts
        if _is_variable(left):
            return Assignment(left.name, value, Span(left.span.start, value.span.end), left.span)
        if type(left) is Call:
            return self._definition(left, value)
        if type(left) is Binary and (name := _differential_quotient(left)) is not None:
            return Assignment(name, value, Span(left.span.start, value.span.end), left.span)
        raise mistakes.not_assignable(left)

    def _definition(self, left: Call, body: Expression) -> Definition:
        parameters: list[str] = []
        for argument in left.arguments:
            if not _is_variable(argument):
                raise ParseError(
                    f"a parameter of {left.function} is a name", argument.span, hint=f"write {left.function}(x) = ..."
                )
            if argument.name in parameters:
                raise ParseError(
                    f"{left.function} has two parameters {argument.name}", argument.span, hint="rename one"
                )
            parameters.append(argument.name)
        span = Span(left.span.start, body.span.end)
        return Definition(left.function, tuple(parameters), body, span, left.name_span)

    def choice(self, parts: list[Any]) -> If:
        keyword, condition, (then, end), *rest = parts
        otherwise: tuple[Statement, ...] = ()
        if rest:
            last = rest[1]
            # `else if` is an if that stands alone in the block of the else.
            otherwise, end = ((last,), last.span.end) if isinstance(last, If) else last
        return If(condition, then, otherwise, Span(keyword.start_pos, end))

    def repetition(self, parts: list[Any]) -> While:
        keyword, condition, (body, end) = parts
        head = Span(keyword.start_pos, condition.span.end)
        return While(condition, body, Span(keyword.start_pos, end), head)

    def counting(self, parts: list[Any]) -> For:
        keyword, counter, _, start, points, stop, (body, end) = parts
        if points != "..":
            hint = f"write for {counter} in 0..n {{ ... }}, where {counter} ends before n"
            raise ParseError(
                f"a range is written with '..', found '{points}'", Span(points.start_pos, points.end_pos), hint=hint
            )
        head = Span(keyword.start_pos, stop.span.end)
        name_span = Span(counter.start_pos, counter.end_pos)
        return For(_checked(counter), start, stop, body, Span(keyword.start_pos, end), head, name_span)

    def block(self, parts: list[Any]) -> tuple[tuple[Statement, ...], int]:
        """The statements, and where the block ends."""
        statements = parts[1:-1:2]
        for statement in statements:
            if isinstance(statement, Definition):
                message = f"{statement.name} is defined in a block"
                raise ParseError(message, statement.name_span, hint="define it outside of all blocks")
            if isinstance(statement, Assignment) and statement.name is None:
                raise mistakes.bare_value(statement.value)
        return tuple(statements), parts[-1].end_pos

    def number(self, parts: list[Any]) -> Number:
        (token,) = parts
        return Number(float(token), Span(token.start_pos, token.end_pos))

    def name(self, parts: list[Any]) -> Name:
        (token,) = parts
        return Name(_checked(token), Span(token.start_pos, token.end_pos))

    def call(self, parts: list[Any]) -> Expression:
        token = parts[0]
        span = Span(token.start_pos, parts[-1].end_pos)
        name_span = Span(token.start_pos, token.end_pos)
        function = _checked(token)
        given = parts[2:-1:2]
        arguments = tuple([part for part in given if type(part) is not Option])
        options = tuple([part for part in given if type(part) is Option])
        for option, after in pairwise(given):
            if type(option) is Option and type(after) is not Option:
                raise ParseError("an operand behind a named one", after.span, hint="named operands come last")
        if options and function in FORMS:
            raise ParseError(f"{function} has no named operands", options[0].span, hint="give the operands in order")
        if function == "where":
            if len(arguments) != 3:
                raise ParseError(
                    f"where takes 3 operands, found {len(arguments)}",
                    span,
                    hint="write where(condition, x, y)",
                )
            return Conditional(*arguments, span, reads_of(arguments[1:]))
        if function == "diff":
            return _diff(arguments, span)
        if function in _DERIVATIVES:
            return _derivatives(function, arguments, span)
        return Call(function, arguments, span, name_span, options)

    def named(self, parts: list[Any]) -> Option:
        token, _, value = parts
        return Option(_checked(token), value, Span(token.start_pos, value.span.end))

    def vector(self, parts: list[Any]) -> Vector:
        return Vector(tuple(parts[1:-1:2]), Span(parts[0].start_pos, parts[-1].end_pos))

    def index(self, parts: list[Any]) -> Index:
        operand, _, *rest = parts
        return Index(operand, tuple(rest[:-1:2]), Span(operand.span[0], rest[-1].end_pos))

    def subscript(self, parts: list[Any]) -> Expression | Slice:
        if len(parts) == 1 and isinstance(parts[0], Tree):
            return parts[0]  # type: ignore[return-value]
        bounds: dict[str, Expression] = dict([part for part in parts if isinstance(part, tuple)])
        colons = [part for part in parts if not isinstance(part, tuple)]
        places = [Span(colon.start_pos, colon.end_pos) for colon in colons] + [node.span for node in bounds.values()]
        span = Span(min(place.start for place in places), max(place.end for place in places))
        return Slice(bounds.get("lower"), bounds.get("upper"), bounds.get("stride"), span)

    def lower(self, parts: list[Any]) -> tuple[str, Expression]:
        return "lower", parts[0]

    def upper(self, parts: list[Any]) -> tuple[str, Expression]:
        return "upper", parts[0]

    def stride(self, parts: list[Any]) -> tuple[str, Expression]:
        return "stride", parts[0]

    def attribute(self, parts: list[Any]) -> Call:
        operand, _, token = parts
        span = Span(operand.span[0], token.end_pos)
        if token != "T":
            raise ParseError(
                f"there is no attribute .{token}", Span(token.start_pos, token.end_pos), hint="x.T is the transpose"
            )
        return Call("transpose", (operand,), span, Span(token.start_pos, token.end_pos))

    def group(self, parts: list[Any]) -> Expression:
        # Parentheses leave no node, but the expression's place includes them. It is new, nobody else has it.
        opening, expression, closing = parts
        object.__setattr__(expression, "span", Span(opening.start_pos, closing.end_pos))
        return expression  # type: ignore[no-any-return]

    def unary(self, parts: list[Any]) -> Unary:
        token, operand = parts
        return Unary(_SYMBOLS.get(token, str(token)), operand, Span(token.start_pos, operand.span[1]))

    def binary(self, parts: list[Any]) -> Binary:
        left, token, right = parts
        return Binary(_SYMBOLS.get(token, str(token)), left, right, Span(left.span[0], right.span[1]))

    def comparison(self, parts: list[Any]) -> Comparison:
        symbols = tuple(_SYMBOLS.get(token, str(token)) for token in parts[1::2])
        return Comparison(symbols, tuple(parts[::2]), Span(parts[0].span[0], parts[-1].span[1]))

    def text_test(self, parts: list[Any]) -> Expression:
        """`kind == "put"`, either way round; `!=` is the negation."""
        left, token, right = parts
        symbol = _SYMBOLS.get(token, str(token))
        if symbol not in ("==", "!="):
            place = Span(token.start_pos, token.end_pos)
            raise ParseError(f"texts have no order, found '{token}'", place, hint="compare them by == or !=")
        variable, text = (left, right) if isinstance(left, Tree) else (right, left)
        span = Span(_place(left).start, _place(right).end)
        test = _text_test(variable, text, span)
        return test if symbol == "==" else Unary("not", test, span)

    def text_choice(self, parts: list[Any]) -> Expression:
        """`kind in ["put", "call"]`: the tests with `or` between them."""
        variable, _, _, *texts, closing = parts
        span = Span(variable.span[0], closing.end_pos)
        first, *others = [_text_test(variable, text, span) for text in texts[::2]]
        found: Expression = first
        for test in others:
            found = Logic("or", found, test, span, reads_of([test]))
        return found

    def logic(self, parts: list[Any]) -> Logic:
        left, token, right = parts
        return Logic(str(token), left, right, Span(left.span[0], right.span[1]), reads_of([right]))

    def conditional(self, parts: list[Any]) -> Conditional:
        then, _, condition, _, otherwise = parts
        reads = reads_of([then, otherwise])
        return Conditional(condition, then, otherwise, Span(then.span[0], otherwise.span[1]), reads)


def _is_variable(node: Expression) -> TypeGuard[Name]:
    """Whether an expression is a name alone, that of no test."""
    return type(node) is Name and not is_test(node.name)


def _place(part: Any) -> Span:
    """Where a node or a token stands."""
    return part.span if isinstance(part, Tree) else Span(part.start_pos, part.end_pos)  # type: ignore[attr-defined]


def _text_test(variable: Any, token: Any, span: Span) -> Name:
    """The test whether a variable is a text."""
    if not _is_variable(variable):
        hint = f"write the name of a column or variable: kind == {token}"
        raise ParseError("a text is compared with a variable, found something else", variable.span, hint=hint)
    text = token[1:-1].strip(SPACES)
    if not text:
        message = "an empty text is compared with nothing: an empty cell is a null"
        raise ParseError(message, _place(token), hint=f'write the text that it is to be: {variable.name} == "put"')
    return Name(TextTest(variable.name, text).name, span)


def _differential_quotient(left: Binary) -> str | None:
    """The name that `dc/dx` is on the left of an equation, `dc_dx`; None of what is none."""
    parts = left.left, left.right
    names = [part.name for part in parts if _is_variable(part) and part.name.startswith("d") and len(part.name) > 1]
    return "_".join(names) if left.symbol == "/" and len(names) == 2 else None


def _diff(arguments: Sequence[Expression], span: Span) -> Diff:
    """`diff(u, x)`, `diff(u, x, 2)`, `diff(u, x, y)`: a number is the order by the name before it."""
    if len(arguments) < 2:
        raise ParseError("diff takes an expression and what to differentiate it by", span, hint="write diff(x**2, x)")
    by: list[Name] = []
    previous: Expression | None = None
    for argument in arguments[1:]:
        signed = isinstance(argument, Unary) and isinstance(argument.operand, Number)
        if _is_variable(argument):
            by.append(argument)
        elif isinstance(previous, Name) and (signed or isinstance(argument, Number)):
            order = argument.value if isinstance(argument, Number) else 0.0
            if not 1 <= order <= HIGHEST or order != int(order):
                message = f"the order of a derivative is a whole number from 1 to {HIGHEST}"
                raise ParseError(message, argument.span, hint=f"write diff(u, {previous.name}, 2)")
            by.extend([previous] * (int(order) - 1))
        elif isinstance(argument, Number) and previous is not None:
            raise ParseError("one order may follow each name", argument.span, hint="write diff(u, x, 2, y, 3)")
        elif isinstance(argument, Number):
            hint = "write diff(u, x), or diff(u, x, 2) for the second derivative"
            raise ParseError("diff takes a derivative by a name, found a number", argument.span, hint=hint)
        else:
            hint = "name it before u is computed from it: v = ...; u = ...; diff(u, v)"
            raise ParseError("diff takes a derivative by a name, found an expression", argument.span, hint=hint)
        previous = argument
    if len(by) > HIGHEST:
        message = f"a derivative of order {len(by)} is beyond {HIGHEST}"
        raise ParseError(message, span, hint="write diff(u, x, 2)")
    return Diff(arguments[0], tuple(by), span)


def _derivatives(function: str, arguments: Sequence[Expression], span: Span) -> Derivatives:
    """`gradient(u, x)` or `gradient(u, [x, y])`."""
    written = f"write {function}(u, x) or {function}(u, [x, y])"
    if len(arguments) != 2:
        raise ParseError(f"{function} takes an expression and what to differentiate it by", span, hint=written)
    by = arguments[1]
    names = by.elements if isinstance(by, Vector) else (by,)
    for name in names:
        if not _is_variable(name):
            raise ParseError(f"{function} takes derivatives by names, found something else", name.span, hint=written)
    if not names:
        raise ParseError(f"there is nothing to differentiate by in {function}", by.span, hint=written)
    found = tuple([name for name in names if _is_variable(name)])
    return Derivatives(function, arguments[0], found, isinstance(by, Vector), span)


def _checked(token: lark.Token) -> str:
    """The name in a token that hangs together like one."""
    name = normalized(str(token))
    if not token.isidentifier() or name in RESERVED:
        raise mistakes.bad_name(token) if not token.isidentifier() else mistakes.reserved_word(token, name)
    return name


_lock = threading.Lock()
_loaded: Parser | None = None


def _parser() -> Parser:
    global _loaded
    if _loaded is None:
        with _lock:
            if _loaded is None:
                _loaded = tables.parser(_Builder())
    return _loaded


def _mistake(parser: Parser, text: str, problem: Exception) -> ExprError | None:
    """The error for what lark stopped at: a token that does not fit, or a character that begins none."""
    if isinstance(problem, lark.exceptions.UnexpectedToken):
        found = problem.token
        end = len(text) if found.type == "$END" else found.end_pos
        rest = text
    elif isinstance(problem, lark.exceptions.UnexpectedCharacters):
        end = problem.pos_in_stream or 0
        found = lark.lexer.Token("OTHER", text[end], start_pos=end, end_pos=end + 1)
        rest = text[:end]
    else:
        return None
    tokens = []
    try:
        for token in parser.lex(rest):
            tokens.append(token)
    except lark.exceptions.UnexpectedCharacters:
        pass  # beyond the mistake that is explained
    # The separator that follows a block has no text, and stands where the next token does.
    before = [t for t in tokens if found.type == "$END" or (t.start_pos, bool(t)) < (found.start_pos, True)]
    after = [token for token in tokens if found.type != "$END" and token.start_pos > found.start_pos]
    if found.type == "OTHER":
        after = [lark.lexer.Token("OTHER", c, start_pos=end + 1, end_pos=end + 2) for c in text[end + 1 : end + 2]]
    error = mistakes.explain(before, found, after, text)
    if isinstance(error, ParseError):
        # A text that is to be the left side of a comparison is rare; others were meant for a value.
        error.unfinished = found.type == "$END" and bool(before) and before[-1].type != "TEXT"
    return error
