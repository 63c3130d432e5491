"""Python, with the functions of math, numpy, scipy, torch, jax and sympy. Its own parser reads it; nothing is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from exprgrad.diagnostics import ExprError, ParseError, Span, UnsupportedError
from exprgrad.notations.bodies import Block, Return, function
from exprgrad.notations.grammar import around, definition, number
from exprgrad.notations.translation import Notation, program_of
from exprgrad.notations.truth import check_truths
from exprgrad.notations.vocabulary import Vocabulary
from exprgrad.syntax.tree import (
    Assignment,
    Binary,
    Call,
    Comparison,
    Conditional,
    Definition,
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
    Unary,
    Vector,
    While,
)

_SYMBOLS: Final[Mapping[type, str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Not: "not",
    ast.And: "and",
    ast.Or: "or",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
# What is written before the name of a function or a constant.
_MODULES: Final = re.compile(
    r"(?:np|numpy|jnp|math|scipy|sp|sympy|torch|jax|tf|F|nn|xp|cp|mpmath|special|linalg)"
    r"(?:\.(?:linalg|special|nn|functional|math|numpy|scipy))*"
)
# Of these torch takes another mean than numpy.
_OF_TORCH: Final = frozenset({"var", "std"})
_HINTS: Final[Mapping[type, str]] = {
    ast.ListComp: "write the elements one by one, or arange(n)",
    ast.GeneratorExp: "sum a vector, or add up in a loop",
    ast.JoinedStr: "there are no texts",
    ast.BitXor: "in Python a power is written **",
    ast.Break: "let the condition of a while end the loop",
    ast.Lambda: "give it a name: f = lambda x: ...",
}


def _read(text: str) -> ProgramTree:
    skipped = len(text) - len(text.lstrip())  # one line may be indented, as where it was copied
    reader = _Reader(text, skipped)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text[skipped:])
    except SyntaxError as problem:
        raise reader.mistake(problem) from None
    except (MemoryError, RecursionError):
        message = "this nests deeper than Python's own parser goes"
        raise ParseError(message, Span(0, 1), hint="give parts of it names") from None
    except ValueError as problem:  # a null character, or half of a surrogate pair
        raise ParseError("Python cannot read this", Span(0, 1), hint=" ".join(str(problem).split())) from None
    program = program_of(reader.made(module), text)
    check_truths(program, "write x if condition else y for the operand that is meant")
    return program


class _Reader:
    """Makes a tree of Python's."""

    def __init__(self, text: str, skipped: int) -> None:
        self.text = text
        self.skipped = skipped
        ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", text[skipped:])]
        self.lines = [skipped + start for start in (0, *ends)]

    def made(self, root: ast.AST) -> Any:
        """What becomes of a node, once its parts are made."""
        waiting: list[tuple[ast.AST, list[ast.AST] | None]] = [(root, None)]
        done: list[Any] = []
        while waiting:
            node, parts = waiting.pop()
            if parts is None:
                if type(node) not in _FORMS:
                    raise self.unread(node)
                parts = _FORMS[type(node)][0](self, node)
                waiting.append((node, parts))
                waiting += [(part, None) for part in reversed(parts)]
            else:
                first = len(done) - len(parts)
                found = done[first:]
                del done[first:]
                done.append(_FORMS[type(node)][1](self, node, found))
        return done[0]

    # -- places -------------------------------------------------------------------------------------------------------

    def place(self, line: int, column: int) -> int:
        """Where Python's line and column, which it counts in bytes, are in the text."""
        start = self.lines[line - 1]
        if self.text.isascii():
            return start + column
        return start + len(self.text[start : start + column].encode()[:column].decode(errors="ignore"))

    def span(self, node: Any) -> Span:
        return Span(self.place(node.lineno, node.col_offset), self.place(node.end_lineno, node.end_col_offset))

    def mistake(self, problem: SyntaxError) -> ExprError:
        line = min(max(problem.lineno or 1, 1), len(self.lines))
        start = min(self.lines[line - 1] + max((problem.offset or 1) - 1, 0), len(self.text))
        what = re.sub(r" \(<unknown>.*|[.?]$", "", str(problem.msg))
        return ParseError(f"Python cannot read this: {what}", Span(start, start + 1), hint="check what was pasted")

    def unread(self, node: ast.AST, hint: str | None = None) -> ExprError:
        span = self.span(node) if hasattr(node, "lineno") else Span(0, 1)
        hint = hint or _HINTS.get(type(node)) or "write it as an expression or an assignment"
        return UnsupportedError("this form of Python is not read", span, hint=hint)

    # -- statements ---------------------------------------------------------------------------------------------------

    def nothing(self, node: ast.AST, parts: list[Any]) -> None:
        """Imports, pass, and the text that tells what a function does."""

    def of_value(self, node: ast.Expr) -> list[ast.AST]:
        is_text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return [] if is_text else [node.value]

    def result(self, node: ast.Expr, parts: list[Any]) -> Assignment | None:
        return Assignment(None, parts[0], self.span(node), parts[0].span) if parts else None

    def of_assigned(self, node: Any) -> list[ast.AST]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) > 1 or not isinstance(targets[0], ast.Name) or node.value is None:
            raise self.unread(targets[0], "write name = expression, each on a line")
        return [node.value.body] if isinstance(node.value, ast.Lambda) else [node.value]

    def assigned(self, node: Any, parts: list[Any]) -> Assignment | Definition:
        target: Any = node.targets[0] if isinstance(node, ast.Assign) else node.target
        (value,) = parts
        place = self.span(target)
        if isinstance(node.value, ast.Lambda):
            return self.defined(target.id, place, node.value.args, value)
        if isinstance(node, ast.AugAssign):
            value = Binary(self.symbol(node.op, node), Name(target.id, place), value, self.span(node))
        return Assignment(target.id, value, self.span(node), place)

    def of_function(self, node: ast.FunctionDef) -> list[ast.AST]:
        return [*node.body]

    def returned(self, node: ast.Return, parts: list[Any]) -> Return:
        return Return(parts[0], self.span(node))

    def of_returned(self, node: ast.Return) -> list[ast.AST]:
        if node.value is None:
            raise self.unread(node, "return a value")
        return [node.value]

    def function(self, node: ast.FunctionDef, parts: list[Any]) -> Definition | Block:
        start = self.span(node).start
        place = Span(start, start + len("def ") + len(node.name))
        lines = [part for part in parts if part is not None]
        head = self.defined(node.name, place, node.args, Number(0.0, place))
        return function(head, lines, "x if condition else y")

    def defined(self, name: str, place: Span, arguments: ast.arguments, body: Expression) -> Definition:
        for other in (*arguments.defaults, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if other is not None:
                raise self.unread(other, "its parameters are names")
        parameters = [*arguments.posonlyargs, *arguments.args]
        call = Call(name, tuple([Name(a.arg, self.span(a)) for a in parameters]), place, place)
        return definition(call, body)

    def of_if(self, node: ast.If) -> list[ast.AST]:
        return [node.test, *node.body, *node.orelse]

    def choice(self, node: ast.If, parts: list[Any]) -> If:
        then = len(node.body) + 1
        return If(parts[0], _statements(parts[1:then]), _statements(parts[then:]), self.span(node))

    def of_while(self, node: ast.While) -> list[ast.AST]:
        if node.orelse:
            raise self.unread(node.orelse[0], "a loop has no else")
        return [node.test, *node.body]

    def repetition(self, node: ast.While, parts: list[Any]) -> While:
        return While(parts[0], _statements(parts[1:]), self.span(node), self.span(node))

    def of_for(self, node: ast.For) -> list[ast.AST]:
        numbers = node.iter
        if (
            not (isinstance(numbers, ast.Call) and isinstance(numbers.func, ast.Name) and numbers.func.id == "range")
            or len(numbers.args) not in (1, 2)
            or numbers.keywords
            or not isinstance(node.target, ast.Name)
            or node.orelse
        ):
            raise self.unread(node.iter, "a loop is for i in range(a, b)")
        return [*numbers.args, *node.body]

    def counting(self, node: Any, parts: list[Any]) -> For:
        count = len(node.iter.args)
        start = parts[0] if count == 2 else Number(0.0)
        span, body = self.span(node), _statements(parts[count:])
        return For(node.target.id, start, parts[count - 1], body, span, span, self.span(node.target))

    def of_module(self, node: ast.Module) -> list[ast.AST]:
        return [*node.body]

    def module(self, node: ast.Module, parts: list[Any]) -> list[Any]:
        return [*_statements(parts)]

    # -- expressions --------------------------------------------------------------------------------------------------

    def symbol(self, operator: ast.AST, node: Any) -> str:
        if type(operator) not in _SYMBOLS:
            raise self.unread(node, _HINTS.get(type(operator), "it is no operator of numbers here"))
        return _SYMBOLS[type(operator)]

    def leaf(self, node: ast.AST) -> list[ast.AST]:
        return []

    def name(self, node: ast.Name, parts: list[Any]) -> Name:
        return Name(node.id, self.span(node))

    def constant(self, node: ast.Constant, parts: list[Any]) -> Number:
        if isinstance(node.value, bool | float | int):
            try:
                return number(repr(float(node.value)), self.span(node))
            except OverflowError:
                return number("1e999", self.span(node))
        raise self.unread(node, "only numbers are read")

    def of_unary(self, node: ast.UnaryOp) -> list[ast.AST]:
        return [node.operand]

    def unary(self, node: ast.UnaryOp, parts: list[Any]) -> Unary:
        return Unary(self.symbol(node.op, node), parts[0], self.span(node))

    def of_binary(self, node: ast.BinOp) -> list[ast.AST]:
        return [node.left, node.right]

    def binary(self, node: ast.BinOp, parts: list[Any]) -> Binary:
        left, right = parts
        return Binary(self.symbol(node.op, node), left, right, self.span(node))

    def of_logic(self, node: ast.BoolOp) -> list[ast.AST]:
        return [*node.values]

    def logic(self, node: ast.BoolOp, parts: list[Any]) -> Expression:
        found = parts[0]
        for part in parts[1:]:
            found = Logic(self.symbol(node.op, node), found, part, around(found, part))
        return found  # type: ignore[no-any-return]

    def of_comparison(self, node: ast.Compare) -> list[ast.AST]:
        return [node.left, *node.comparators]

    def comparison(self, node: ast.Compare, parts: list[Any]) -> Comparison:
        symbols = tuple([self.symbol(operator, node) for operator in node.ops])
        return Comparison(symbols, tuple(parts), self.span(node))

    def of_conditional(self, node: ast.IfExp) -> list[ast.AST]:
        return [node.test, node.body, node.orelse]

    def conditional(self, node: ast.IfExp, parts: list[Any]) -> Conditional:
        condition, then, otherwise = parts
        return Conditional(condition, then, otherwise, self.span(node))

    def of_elements(self, node: Any) -> list[ast.AST]:
        return [*node.elts]

    def vector(self, node: Any, parts: list[Any]) -> Vector:
        return Vector(tuple(parts), self.span(node))

    def of_call(self, node: ast.Call) -> list[ast.AST]:
        """The operands; what a method is of is the first."""
        if any(keyword.arg is None for keyword in node.keywords):
            raise self.unread(node, "write the operands one by one")
        of = [] if self.called(node.func) else [node.func.value]  # type: ignore[attr-defined]
        return [*of, *node.args, *[keyword.value for keyword in node.keywords]]

    def called(self, function: ast.AST) -> str | None:
        """The name of a function with its module; None for a method."""
        if isinstance(function, ast.Name):
            return function.id
        if not isinstance(function, ast.Attribute):
            raise self.unread(function, "call a function by its name")
        return _dotted(function)

    def call(self, node: ast.Call, parts: list[Any]) -> Call:
        name = self.called(node.func)
        if name is None:
            name = node.func.attr  # type: ignore[attr-defined]
            if name in _OF_TORCH:
                raise self.unread(node, f"write np.{name}(x) or torch.{name}(x), which differ")
        else:
            *modules, last = name.split(".")
            name = f"torch_{last}" if modules[:1] == ["torch"] and last in _OF_TORCH else last
        given = len(parts) - len(node.keywords)
        options = tuple(
            [
                Option("axis" if keyword.arg == "dim" else str(keyword.arg), value, value.span)
                for keyword, value in zip(node.keywords, parts[given:], strict=True)
            ]
        )
        return Call(name, tuple(parts[:given]), self.span(node), self.span(node.func), options)

    def of_attribute(self, node: ast.Attribute) -> list[ast.AST]:
        return [node.value] if node.attr == "T" else []

    def attribute(self, node: ast.Attribute, parts: list[Any]) -> Call:
        if parts:
            return Call("transpose", tuple(parts), self.span(node), self.span(node))
        if _dotted(node) is None or node.attr not in NOTATION.vocabulary.functions:
            raise self.unread(node, "of attributes only constants such as np.pi, and x.T, are read")
        return Call(node.attr, (), self.span(node), self.span(node))

    def of_index(self, node: ast.Subscript) -> list[ast.AST]:
        return [node.value, *[bound for item in _items(node) for bound in _bounds(item)]]

    def index(self, node: ast.Subscript, parts: list[Any]) -> Index:
        operand, *rest = parts
        bounds = iter(rest)
        items: list[Expression | Slice] = []
        for item in _items(node):
            if isinstance(item, ast.Slice):
                given: list[Any] = [bound and next(bounds) for bound in (item.lower, item.upper, item.step)]
                items.append(Slice(given[0], given[1], given[2], self.span(item)))
            else:
                items.append(next(bounds))
        return Index(operand, tuple(items), self.span(node))


def _items(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _bounds(item: ast.expr) -> list[ast.expr]:
    if isinstance(item, ast.Slice):
        return [bound for bound in (item.lower, item.upper, item.step) if bound is not None]
    return [item]


def _dotted(node: ast.Attribute) -> str | None:
    """The whole name, if it begins with a module."""
    names = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    if not isinstance(value, ast.Name):
        return None
    module = ".".join([value.id, *reversed(names[1:])])
    return f"{module}.{names[0]}" if _MODULES.fullmatch(module) else None


def _statements(parts: list[Any]) -> tuple[Any, ...]:
    """The lines outside of functions, where what is returned is a result."""
    return tuple([part.result() if isinstance(part, Return) else part for part in parts if part is not None])


_R: Final = _Reader
# By the form of Python: its parts, and what becomes of them.
_FORMS: Final[Mapping[type, tuple[Any, Any]]] = {
    ast.Module: (_R.of_module, _R.module),
    **dict.fromkeys((ast.Import, ast.ImportFrom, ast.Pass), (_R.leaf, _R.nothing)),
    ast.Expr: (_R.of_value, _R.result),
    **dict.fromkeys((ast.Assign, ast.AugAssign, ast.AnnAssign), (_R.of_assigned, _R.assigned)),
    ast.FunctionDef: (_R.of_function, _R.function),
    ast.Return: (_R.of_returned, _R.returned),
    ast.If: (_R.of_if, _R.choice),
    ast.While: (_R.of_while, _R.repetition),
    ast.For: (_R.of_for, _R.counting),
    ast.Name: (_R.leaf, _R.name),
    ast.Constant: (_R.leaf, _R.constant),
    ast.UnaryOp: (_R.of_unary, _R.unary),
    ast.BinOp: (_R.of_binary, _R.binary),
    ast.BoolOp: (_R.of_logic, _R.logic),
    ast.Compare: (_R.of_comparison, _R.comparison),
    ast.IfExp: (_R.of_conditional, _R.conditional),
    **dict.fromkeys((ast.List, ast.Tuple), (_R.of_elements, _R.vector)),
    ast.Call: (_R.of_call, _R.call),
    ast.Attribute: (_R.of_attribute, _R.attribute),
    ast.Subscript: (_R.of_index, _R.index),
}
NOTATION: Final = Notation(
    _read,
    Vocabulary(
        """
        pi = pi; inf = inf; nan = nan
        pi() = pi; tau() = tau; e() = exp(1); E() = exp(1); inf() = inf; nan() = nan; oo() = inf
        pow(x, y) = x**y; power(x, y) = x**y; float_power(x, y) = x**y; square(x) = x**2; reciprocal(x) = 1/x
        rsqrt(x) = 1/sqrt(x)
        float(x) = x; int(x) = trunc(x); fix(x) = trunc(x); print(x) = x; rint(x) = round(x)
        Float(x) = x; Integer(x) = trunc(x); Rational(x, y) = x/y
        array(x) = x; asarray(x) = x; tensor(x) = x; as_tensor(x) = x; Matrix(x) = x; float64(x) = x
        len(x) = size(x, 0); matmul(x, y) = x @ y; mm(x, y) = x @ y; mv(x, y) = x @ y
        inner(x, y) = dot(x, y); vdot(x, y) = dot(x, y)
        fmax(x, y) = max(x, y); fmin(x, y) = min(x, y); amax(x) = max(x); amin(x) = min(x)
        Max(x, y) = max(x, y); Min(x, y) = min(x, y); Abs(x) = abs(x)
        clamp(x, a, b) = clip(x, a, b)
        logical_and(x, y) = x and y; logical_or(x, y) = x or y; logical_not(x) = not x
        isnan(x) = x != x
        comb(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        binom(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        perm(n, k) = factorial(n)/factorial(n - k)
        exp10(x) = 10**x; logit(x) = log(x/(1 - x)); silu(x) = x*sigmoid(x)
        log_sigmoid(x) = -softplus(-x); logsigmoid(x) = -softplus(-x)
        torch_var(values) = var(values)*size(values)/(size(values) - 1)
        torch_std(values) = sqrt(var(values)*size(values)/(size(values) - 1))
        """,
        {
            **dict.fromkeys(("grad", "jacrev", "jacfwd", "jacobian", "hessian", "vmap", "jit"), "write diff(u, x)"),
            **dict.fromkeys(("integrate", "quad", "trapz", "limit", "solve_ivp"), "add up in a loop, with small steps"),
            "concatenate": "write the elements one by one",
            "vstack": "write the rows one by one",
            "remainder": "math's is another one than numpy's and torch's: write x % y, or x - y*round(x/y)",
        },
    ),
)
