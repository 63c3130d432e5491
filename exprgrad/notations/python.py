"""Python, with the functions of math, numpy, scipy, torch, jax and sympy. Its own parser reads it; nothing is run."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping
from typing import Any, Final

from exprgrad.diagnostics import ExprError, ParseError, Span, UnsupportedError
from exprgrad.notations.bodies import Block, Return, check_last, function, local
from exprgrad.notations.grammar import around, definition, number
from exprgrad.notations.texts import ONLY_COMPARED, Text
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
    ast.In: "in",
    ast.NotIn: "not in",
}
# By what is written before the name of a function or a constant the module that it is, if no import says another one.
_MODULES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("np", "numpy", "jnp", "xp", "cp", "jax"), "numpy"),
    **dict.fromkeys(("torch", "F", "nn"), "torch"),
    **dict.fromkeys(("sp", "sympy", "mpmath"), "sympy"),
    **{name: name for name in ("math", "scipy", "special", "linalg", "tf")},
}
_PLACES: Final = frozenset(("linalg", "special", "nn", "functional", "math", "numpy", "scipy"))
# Modules that are taken for no operand where nobody imports them.
_UNREAD: Final = frozenset("cmath decimal fractions functools itertools operator random statistics".split())  # noqa: SIM905
# What is another function than that of this name elsewhere, by module and name.
_OTHERS: Final[Mapping[tuple[str, str], str]] = {
    ("sympy", "sinc"): "sympy_sinc",
    ("numpy", "remainder"): "mod",
    ("torch", "remainder"): "mod",
}
# The axis along which a function goes that is given none, where that is another one than here, by module and name.
_DEFAULT_AXES: Final[Mapping[tuple[str, str], float]] = {
    ("numpy", "softmax"): -1.0,  # jax's
    ("tf", "softmax"): -1.0,
    ("tf", "cumsum"): 0.0,
}
# Functions of torch that are always along an axis, those that are methods of torch alone among them.
_ALONG: Final = frozenset(("softmax", "logsumexp", "cumsum"))
_OF_TORCH_ALONE: Final = frozenset(("softmax", "logsumexp"))
_AXES: Final = frozenset(("axis", "dim"))
# How many operands functions take there that take more of them here; behind these stands where to write to.
_ARRAYS: Final = frozenset(("numpy", "torch", "tf"))
_COUNTS: Final[Mapping[str, int]] = {"log": 1, **dict.fromkeys(("hypot", "maximum", "minimum"), 2)}
# What divides by n - 1, by the axis that it is along.
_SAMPLES: Final[Mapping[float | None, str]] = {None: "", 0.0: "_columns", 1.0: "_rows", -1.0: "_last"}
_CONSTANTS: Final[Mapping[str, frozenset[str]]] = {
    "math": frozenset(("e", "tau", "inf", "nan")),
    "numpy": frozenset(("e", "inf", "nan")),
    "sympy": frozenset(("E", "oo", "nan")),
}
_EXTREMES: Final = frozenset(("max", "min", "amax", "amin"))
# Functions of one list whose elements are operands here.
_JOINED: Final[Mapping[str, str]] = {"stack": "stack", **dict.fromkeys(("concatenate", "concat", "cat"), "concat")}
_BOUNDS: Final = ({"min", "a_min", "low"}, {"max", "a_max", "high"})
# Functions of Python itself that take lists.
_OF_LISTS: Final = frozenset(("max", "min", "sum", "len", "print"))
_HINTS: Final[Mapping[type, str]] = {
    ast.ListComp: "write the elements one by one, or arange(n)",
    ast.GeneratorExp: "sum a vector, or add up in a loop",
    ast.JoinedStr: ONLY_COMPARED,
    ast.In: 'write kind in ["put", "call"], of texts; compare numbers one by one',
    ast.BitXor: "in Python a power is written **",
    ast.Break: "let the condition of a while end the loop",
    ast.Continue: "write what is left of the loop in an if",
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
    reader.look_at(module)
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
        # By the name in the text the module, or what of a module, that an import says it is.
        self.imported: dict[str, str] = {}
        self.starred: str | None = None
        self.stored: set[str] = set()
        self.own: dict[str, ast.arguments] = {}
        # By what identifies them the expressions that are lists in Python, and those that are arrays for sure; they are
        # kept so that they stay themselves. Beside them the names that were given such a value.
        self.lists: dict[int, Expression] = {}
        self.arrays: dict[int, Expression] = {}
        self.listed: dict[str, Expression] = {}
        self.named_arrays: set[str] = set()

    def look_at(self, module: ast.Module) -> None:
        """Finds out what names the text imports, gives values and defines."""
        for node in ast.walk(module):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.asname:
                        self.imported[alias.asname] = alias.name
                    else:
                        root = alias.name.partition(".")[0]
                        self.imported[root] = root
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if alias.name == "*":
                        self.starred = node.module
                    else:
                        self.imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif isinstance(node, ast.FunctionDef):
                self.own[node.name] = node.args
            elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        self.own[target.id] = node.value.args
            elif isinstance(node, ast.arg):
                self.stored.add(node.arg)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.stored.add(node.id)

    def full_name(self, name: str) -> str | None:
        """A name with dots by the module that it begins with; None for one that begins with none."""
        root, *rest = name.split(".")
        if root in self.stored:
            return None
        if root in self.imported:
            root, *places = self.imported[root].split(".")
            rest = [*places, *rest]
        elif root not in _MODULES and root not in _UNREAD:
            return None
        return ".".join([_MODULES.get(root, root), *rest])

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
        if isinstance(node.value, ast.Lambda):
            self.defined("lambda", self.span(node), node.value.args, Number(0.0))
            return [node.value.body]
        return [] if is_text else [node.value]

    def result(self, node: ast.Expr, parts: list[Any]) -> Assignment | None:
        return Assignment(None, parts[0], self.span(node), parts[0].span) if parts else None

    def of_assigned(self, node: Any) -> list[ast.AST]:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) == 1 and node.value is not None:
            if isinstance(targets[0], ast.Name):
                return [node.value.body] if isinstance(node.value, ast.Lambda) else [node.value]
            if self.is_of_several(targets[0], node.value):
                return [*node.value.elts]
        raise self.unread(targets[0], "write name = expression, each on a line")

    @staticmethod
    def is_of_several(target: ast.AST, value: ast.AST) -> bool:
        """Whether this is `x, y = 1, 2`, of which no value reads a name that it gives one."""
        if not (isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List)):
            return False
        names = {element.id for element in target.elts if isinstance(element, ast.Name)}
        reads = {inner.id for inner in ast.walk(value) if isinstance(inner, ast.Name)}
        return len(names) == len(target.elts) == len(value.elts) and not names & reads

    def assigned(self, node: Any, parts: list[Any]) -> Any:
        target: Any = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if not isinstance(target, ast.Name):
            pairs = zip(target.elts, parts, strict=True)
            return [self.given(name.id, value, node, self.span(name)) for name, value in pairs]
        (value,) = parts
        place = self.span(target)
        if isinstance(node.value, ast.Lambda):
            return self.defined(target.id, place, node.value.args, value)
        if isinstance(node, ast.AugAssign):
            value = self.combined(node, self.named(target.id, place), value)
        return self.given(target.id, value, node, place)

    def given(self, name: str, value: Expression, node: Any, place: Span) -> Assignment:
        self.listed.pop(name, None)
        self.named_arrays.discard(name)
        if self.is_list(value):
            self.listed[name] = value
        if id(value) in self.arrays:
            self.named_arrays.add(name)
        return Assignment(name, value, self.span(node), place)

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
        lines = _flat(parts)
        if lines and isinstance(lines[-1], Return) and self.is_list(lines[-1].value):
            self.listed[f"{node.name}()"] = lines[-1].value
        head = self.defined(node.name, place, node.args, Number(0.0, place))
        return function(head, lines, "x if condition else y")

    def defined(self, name: str, place: Span, arguments: ast.arguments, body: Expression) -> Definition:
        for other in (*arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
            if other is not None:
                raise self.unread(other, "its parameters are names")
        for default in arguments.defaults:
            if not (isinstance(default, ast.Constant) and isinstance(default.value, int | float)):
                raise self.unread(default, "a default is a number")
        parameters = [*arguments.posonlyargs, *arguments.args]
        call = Call(name, tuple([Name(a.arg, self.span(a)) for a in parameters]), place, place)
        if self.is_list(body):
            self.listed[f"{name}()"] = body
        return definition(call, body)

    def of_if(self, node: ast.If) -> list[ast.AST]:
        return [node.test, *node.body, *node.orelse]

    def choice(self, node: ast.If, parts: list[Any]) -> If:
        then = len(node.body) + 1
        return If(parts[0], tuple(_flat(parts[1:then])), tuple(_flat(parts[then:])), self.span(node))

    def of_while(self, node: ast.While) -> list[ast.AST]:
        if node.orelse:
            raise self.unread(node.orelse[0], "a loop has no else")
        return [node.test, *node.body]

    def repetition(self, node: ast.While, parts: list[Any]) -> While:
        return While(parts[0], tuple(_flat(parts[1:])), self.span(node), self.span(node))

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
        span, body = self.span(node), tuple(_flat(parts[count:]))
        return For(node.target.id, start, parts[count - 1], body, span, span, self.span(node.target))

    def of_module(self, node: ast.Module) -> list[ast.AST]:
        return [*node.body]

    def module(self, node: ast.Module, parts: list[Any]) -> list[Any]:
        lines = _flat(parts)
        check_last(lines, (Definition, Block))
        found = [part.result() if isinstance(part, Return) else part for part in lines]
        if lines and isinstance(lines[-1], Return):
            inside = [part for part in lines[:-1] if not isinstance(part, Definition | Block)]
            found += local(inside, besides=lines[-1].value)
        return found

    # -- expressions --------------------------------------------------------------------------------------------------

    def symbol(self, operator: ast.AST, node: Any) -> str:
        if type(operator) not in _SYMBOLS:
            raise self.unread(node, _HINTS.get(type(operator), "it is no operator of numbers here"))
        return _SYMBOLS[type(operator)]

    def leaf(self, node: ast.AST) -> list[ast.AST]:
        return []

    def name(self, node: ast.Name, parts: list[Any]) -> Expression:
        span = self.span(node)
        if node.id not in self.stored:
            where, _, last = self.imported.get(node.id, "").rpartition(".")
            if self.starred and not where and node.id in _CONSTANTS.get(_MODULES.get(self.starred, ""), ()):
                where, last = self.starred, node.id
            if where and last in NOTATION.vocabulary.functions:
                return Call(last, (), span, span)
            if node.id in self.imported:
                raise self.unread(node, "of what is imported functions and constants such as pi are read")
        return self.named(node.id, span)

    def named(self, name: str, span: Span) -> Name:
        found = Name(name, span)
        if name in self.listed:
            self.lists[id(found)] = found
        if name in self.named_arrays:
            self.arrays[id(found)] = found
        return found

    def is_list(self, value: Expression) -> bool:
        """Whether this is a list or tuple of Python: what has operators there, but not those of vectors."""
        if isinstance(value, Conditional):
            return id(value.then) in self.lists or id(value.otherwise) in self.lists
        return id(value) in self.lists

    def no_list(self, *values: Expression) -> None:
        for value in values:
            if self.is_list(value):
                message = "a list of Python is no vector"
                raise UnsupportedError(message, value.span, hint="write np.array(...) around it")

    def array(self, node: Any) -> Any:
        """The node, which is an array, or a number that numpy gave."""
        self.arrays[id(node)] = node
        return node

    def combined(self, node: Any, left: Expression, right: Expression) -> Binary:
        """What an operator gives."""
        symbol = self.symbol(node.op, node)
        are_arrays = id(left) in self.arrays or id(right) in self.arrays
        if not are_arrays and not (symbol == "@" and not (self.is_list(left) and self.is_list(right))):
            self.no_list(left, right)
        found = Binary(symbol, left, right, self.span(node))
        return self.array(found) if are_arrays or symbol == "@" else found

    def constant(self, node: ast.Constant, parts: list[Any]) -> Any:
        if isinstance(node.value, str):
            return Text(node.value, self.span(node))
        if isinstance(node.value, bool | float | int):
            try:
                return number(repr(float(node.value)), self.span(node))
            except OverflowError:
                return number("1e999", self.span(node))
        raise self.unread(node, "only numbers and texts are read")

    def of_unary(self, node: ast.UnaryOp) -> list[ast.AST]:
        return [node.operand]

    def unary(self, node: ast.UnaryOp, parts: list[Any]) -> Unary:
        symbol = self.symbol(node.op, node)
        self.no_list(parts[0])
        found = Unary(symbol, parts[0], self.span(node))
        return self.array(found) if id(parts[0]) in self.arrays else found

    def of_binary(self, node: ast.BinOp) -> list[ast.AST]:
        return [node.left, node.right]

    def binary(self, node: ast.BinOp, parts: list[Any]) -> Binary:
        return self.combined(node, *parts)

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
        if {"in", "not in"} & {*symbols}:
            choices = parts[-1]
            are_texts = isinstance(choices, Vector) and all(isinstance(choice, Text) for choice in choices.elements)
            if len(symbols) > 1 or not are_texts or not choices.elements:
                raise self.unread(node, _HINTS[ast.In])
        elif not any(id(part) in self.arrays for part in parts):
            self.no_list(*parts)
        return Comparison(symbols, tuple(parts), self.span(node))

    def of_conditional(self, node: ast.IfExp) -> list[ast.AST]:
        return [node.test, node.body, node.orelse]

    def conditional(self, node: ast.IfExp, parts: list[Any]) -> Conditional:
        condition, then, otherwise = parts
        return Conditional(condition, then, otherwise, self.span(node))

    def of_elements(self, node: Any) -> list[ast.AST]:
        return [*node.elts]

    def vector(self, node: Any, parts: list[Any]) -> Vector:
        found = Vector(tuple(parts), self.span(node))
        self.lists[id(found)] = found
        return found

    def of_call(self, node: ast.Call) -> list[ast.AST]:
        """The operands; what a method is of is the first."""
        if any(keyword.arg is None for keyword in node.keywords):
            raise self.unread(node, "write the operands one by one")
        origin, name = self.called(node.func)
        of = [node.func.value] if origin == "method" else []  # type: ignore[attr-defined]
        found = [*of, *node.args, *[keyword.value for keyword in node.keywords]]
        return [part for part in found if not _is_none(part)] if name in ("clip", "clamp") else found

    def called(self, function: ast.AST) -> tuple[str, str]:
        """Where a function is from, and its name there: a module, `own`, `method`, or `python` for one of Python."""
        if isinstance(function, ast.Name):
            name = function.id
            if name in self.own:
                return "own", name
            if name in self.stored or name not in self.imported:
                is_pythons = self.starred is None or name in ("float", "int", "len", "print")
                return "python" if is_pythons else _root(self.module_of_star()), name
            full = self.full_name(name)
        elif isinstance(function, ast.Attribute):
            full = None
            dotted = _dotted(function)
            if dotted is not None:
                full = self.full_name(dotted)
            if full is None:
                return "method", function.attr
        else:
            raise self.unread(function, "call a function by its name")
        assert full is not None
        root, *places, last = full.split(".")
        if root not in _MODULES.values() or not {*places} <= _PLACES:
            what = ".".join([root, *places])
            hint = "numpy, math, scipy.special, scipy.linalg, torch, jax and sympy are read; write its formula"
            raise UnsupportedError(f"functions of {what} are not read", self.span(function), hint=hint)
        if last in self.own:
            message = f"{last} is also a function of the text"
            raise UnsupportedError(message, self.span(function), hint="give that one another name")
        return root, last

    def module_of_star(self) -> str:
        root, *rest = str(self.starred).split(".")
        return ".".join([_MODULES.get(root, root), *rest])

    def call(self, node: ast.Call, parts: list[Any]) -> Any:
        origin, name = self.called(node.func)
        values = iter(parts)
        given = [next(values)] if origin == "method" else []
        skipped = name in ("clip", "clamp")
        given += [None if skipped and _is_none(argument) else next(values) for argument in node.args]
        named = {str(word.arg): None if skipped and _is_none(word.value) else next(values) for word in node.keywords}
        span, place = self.span(node), self.span(node.func)
        if origin == "own":
            found: Any = Call(name, self.filled(node, given, named), span, place)
            if f"{name}()" in self.listed:
                self.lists[id(found)] = found
            return found
        takes_lists = origin == "python" and name in _OF_LISTS and (len(given) == 1 or name in ("print", "sum"))
        if origin in ("method", "math", "python") and not takes_lists:
            self.no_list(*[value for value in given if value is not None])
        found = self.special(node, origin, name, given, named)
        if found is None:
            found = Call(_OTHERS.get((origin, name), name), tuple(given), span, place, _options(named))
        elif isinstance(found, Call) and found.function in self.own:
            message = f"{name} is read as {found.function}, which is a function of the text"
            raise UnsupportedError(message, span, hint="give that one another name")
        return self.array(found) if origin not in ("python", "math") else found

    def filled(self, node: ast.Call, given: list[Any], named: dict[str, Any]) -> tuple[Any, ...]:
        """The operands of a function of the text, those by name and those that are left out at their places."""
        arguments = self.own[node.func.id]  # type: ignore[attr-defined]
        names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
        found: dict[str, Any] = {}
        defaults = names[len(names) - len(arguments.defaults) :]
        for name, default in zip(defaults, arguments.defaults, strict=True):
            if isinstance(default, ast.Constant):
                found[name] = self.constant(default, [])
        if len(given) > len(names):
            return tuple(given)
        found |= dict(zip(names, given, strict=False))
        for name, value in named.items():
            if name not in names or name in names[: len(given)]:
                raise UnsupportedError(
                    f"there is no parameter {name} left", value.span, hint="write the operands in order"
                )
            found[name] = value
        return tuple([found[name] for name in names if name in found])

    def special(self, node: ast.Call, origin: str, name: str, given: list[Any], named: dict[str, Any]) -> Any:
        """Calls that are read otherwise than by a function of the same operands; None for others."""
        span, place = self.span(node), self.span(node.func)
        if name in ("clip", "clamp"):
            bounds: list[Any] = [*given[1:3], None, None][:2]
            for word, value in named.items():
                sides = [side for side, words in enumerate(_BOUNDS) if word in words]
                if not sides:
                    return None
                bounds[sides[0]] = value
            low, high = bounds
            if not given or len(given) > 3 or (low is None and high is None):
                return None
            if low is None or high is None:
                return Call("max" if high is None else "min", (given[0], high if low is None else low), span, place)
            return Call("clip", (given[0], low, high), span, place)
        if name in _EXTREMES and origin not in ("python", "sympy"):
            of_torch = origin == "torch" and name in ("max", "min")
            by_axis = "axis" in named or "dim" in named or (len(given) == 2 and _is_number(node.args[-1]))
            if of_torch and by_axis:
                message = f"torch.{name} along an axis gives values and positions"
                raise UnsupportedError(message, span, hint=f"write torch.a{name}(x, 0) for the values")
            if len(given) == 2 and not of_torch and not named:
                return Call(name[-3:], (given[0],), span, place, (Option("axis", given[1], given[1].span),))
            return Call(name[-3:], tuple(given), span, place, _options(named)) if len(given) == 1 else None
        if name == "round" and (len(given) > 1 or named):
            hint = "write round(x*10)/10 for one digit, round(x*100)/100 for two"
            raise UnsupportedError("rounding to digits is not read", span, hint=hint)
        if name == "norm" and (len(given) > 1 or {"ord", "p"} & {*named}):
            hint = "write np.linalg.norm(v) for the root of the squares, np.sum(np.abs(v)) for the norm 1 of a vector"
            raise UnsupportedError("a norm of another order is not read", span, hint=hint)
        if name == "sum" and origin == "python" and given and not {*named} - {"start"} and len(given) < 3:
            if isinstance(given[0], Vector):
                self.no_list(*given[0].elements)
            zero = Number(0.0, span)
            total: Any = Call("sum", (given[0],), span, place, (Option("axis", zero, span),))
            start = named.get("start", given[1] if len(given) == 2 else None)
            return total if start is None else Binary("+", start, total, span)
        if name in ("var", "std") and origin in ("numpy", "torch", "method"):
            return self.variance(node, origin, name, given, named)
        if origin in _ARRAYS and len(given) > _COUNTS.get(name, len(given)):
            message = f"{name} of arrays takes {_COUNTS[name]} operand{'s' * (_COUNTS[name] > 1)}"
            hint = "write math.log(x, b), or np.log2(x) and np.log10(x)" if name == "log" else "write one in the other"
            raise UnsupportedError(message, span, hint=hint)
        is_along = len(given) == 1 and not _AXES & {*named}
        if is_along and name in (_ALONG if origin == "torch" else _OF_TORCH_ALONE if origin == "method" else ()):
            raise UnsupportedError(f"torch's {name} is along an axis", span, hint=f"write torch.{name}(x, dim=0)")
        if is_along and (origin, name) in _DEFAULT_AXES:
            axis = Number(_DEFAULT_AXES[origin, name], span)
            options = (Option("axis", _signed(axis), span), *_options(named))
            return Call(name, (given[0],), span, place, options)
        if name == "size" and origin == "method" and len(given) == 1 and not named:
            raise UnsupportedError("size() gives one number for each axis", span, hint="write x.size(0), or np.size(x)")
        if name == "cumsum" and len(given) == 1 and not named:
            flat = Vector((Unary("-", Number(1.0, span), span),), span)
            return Call("cumsum", (Call("reshape", (given[0], flat), span, place),), span, place)
        if name in _JOINED and origin != "own":
            if not given or not (isinstance(given[0], Vector) and self.is_list(given[0])):
                raise UnsupportedError("what is joined is a list of arrays", place, hint=f"write np.{name}([x, y])")
            options = (*_options(named), *[Option("axis", value, value.span) for value in given[1:2]])
            return Call(_JOINED[name], given[0].elements, span, place, options)
        if name == "diff" and origin not in ("python", "sympy"):
            raise UnsupportedError("these differences are not read", span, hint="write x[1:] - x[:-1]")
        return None

    def variance(self, node: ast.Call, origin: str, name: str, given: list[Any], named: dict[str, Any]) -> Call:
        """What var and std are: those of torch divide by n - 1, those of numpy by n, if they are not told otherwise."""
        span, place = self.span(node), self.span(node.func)
        left = dict(named)
        if origin == "method" and not {"ddof", "correction", "unbiased"} & {*left}:
            raise self.unread(node, f"write np.{name}(x) or torch.{name}(x), which differ")
        less: Any = Number(1.0 if origin == "torch" else 0.0)
        for word in ("ddof", "correction", "unbiased"):
            less = left.pop(word, less)
        axis = left.pop("dim", left.pop("axis", None))
        if axis is None and len(given) == 2:
            axis = given.pop()
        flag = node.args[-1] if node.args else None
        is_flag = isinstance(flag, ast.Constant) and isinstance(flag.value, bool)
        along = None if axis is None else _value(axis)
        if len(given) != 1 or left or less not in (Number(0.0), Number(1.0)) or is_flag:
            hint = "write np.var(x, axis=0, ddof=1), or torch.var(x, dim=0, correction=0), and std likewise"
            raise UnsupportedError(f"{name} of these operands is not read", span, hint=hint)
        if less == Number(0.0):
            options = () if axis is None else (Option("axis", axis, axis.span),)
            return Call(name, (given[0],), span, place, options)
        if axis is not None and (along is None or along not in _SAMPLES):
            raise UnsupportedError("this axis is not read", axis.span, hint="write 0, 1 or -1")
        return Call(f"sample_{name}{_SAMPLES[along]}", (given[0],), span, place)

    def of_attribute(self, node: ast.Attribute) -> list[ast.AST]:
        return [node.value] if node.attr == "T" else []

    def attribute(self, node: ast.Attribute, parts: list[Any]) -> Call:
        if parts:
            self.no_list(*parts)
            return self.array(Call("transpose", tuple(parts), self.span(node), self.span(node)))  # type: ignore[no-any-return]
        dotted = _dotted(node)
        full = self.full_name(dotted) if dotted is not None else None
        root, *places = (full or "").split(".")[:-1] or [""]
        is_read = root in _MODULES.values() and {*places} <= _PLACES
        if not is_read or node.attr not in NOTATION.vocabulary.functions:
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
        found = Index(operand, tuple(items), self.span(node))
        if self.is_list(operand):
            if len(items) > 1:
                self.no_list(operand)
            inner = self.listed.get(operand.name, operand) if isinstance(operand, Name) else operand
            is_nested = isinstance(inner, Vector) and any(self.is_list(element) for element in inner.elements)
            if isinstance(items[0], Slice) or is_nested:
                self.lists[id(found)] = found
        elif id(operand) in self.arrays:
            self.array(found)
        return found


def _items(node: ast.Subscript) -> list[ast.expr]:
    return node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]


def _bounds(item: ast.expr) -> list[ast.expr]:
    if isinstance(item, ast.Slice):
        return [bound for bound in (item.lower, item.upper, item.step) if bound is not None]
    return [item]


def _dotted(node: ast.Attribute) -> str | None:
    """The whole name, if it consists of names."""
    names = [node.attr]
    value = node.value
    while isinstance(value, ast.Attribute):
        names.append(value.attr)
        value = value.value
    return ".".join([value.id, *reversed(names)]) if isinstance(value, ast.Name) else None


def _root(name: str) -> str:
    return name.partition(".")[0]


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant)


def _value(node: Expression) -> float | None:
    """The number that stands there, with its sign."""
    if isinstance(node, Unary) and node.symbol == "-" and isinstance(node.operand, Number):
        return -node.operand.value
    return node.value if isinstance(node, Number) else None


def _signed(node: Number) -> Expression:
    return Unary("-", Number(-node.value, node.span), node.span) if node.value < 0 else node


def _options(named: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple([Option("axis" if word == "dim" else word, value, value.span) for word, value in named.items()])


def _flat(parts: list[Any]) -> list[Any]:
    """The lines, those that one statement makes one by one."""
    found: list[Any] = []
    for part in parts:
        found += part if isinstance(part, list) else [] if part is None else [part]
    return found


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
        pi() = pi; tau() = 2*pi; e() = exp(1); E() = exp(1); inf() = inf; nan() = nan; oo() = inf
        pow(x, y) = x**y; power(x, y) = x**y; float_power(x, y) = x**y; square(x) = x**2; reciprocal(x) = 1/x
        rsqrt(x) = 1/sqrt(x)
        float(x) = x; int(x) = trunc(x); fix(x) = trunc(x); print(x) = x; rint(x) = round(x)
        Float(x) = x; Integer(x) = trunc(x); Rational(x, y) = x/y
        array(x) = x; asarray(x) = x; tensor(x) = x; as_tensor(x) = x; Matrix(x) = x; float64(x) = x
        len(x) = size(x, 0); matmul(x, y) = x @ y; mm(x, y) = x @ y; mv(x, y) = x @ y
        inner(x, y) = dot(x, transpose(y)); vdot(x, y) = dot(reshape(x, [-1]), reshape(y, [-1]))
        fmax(x, y) = max(x, y); fmin(x, y) = min(x, y)
        Max(x, y) = max(x, y); Min(x, y) = min(x, y); Abs(x) = abs(x)
        clamp(x, a, b) = clip(x, a, b)
        logical_and(x, y) = x and y; logical_or(x, y) = x or y; logical_not(x) = not x
        isnan(x) = x != x; sympy_sinc(x) = sinc(x/pi)
        hypot(x) = abs(x); hypot(x, y) = hypot(x, y); hypot(values) = norm(values)
        comb(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        binom(n, k) = factorial(n)/(factorial(k)*factorial(n - k))
        perm(n, k) = factorial(n)/factorial(n - k)
        exp10(x) = 10**x; logit(x) = log(x/(1 - x)); silu(x) = x*sigmoid(x)
        log_sigmoid(x) = -softplus(-x); logsigmoid(x) = -softplus(-x)
        sample_var(x) = var(x)*size(x)/(size(x) - 1)
        sample_std(x) = sqrt(var(x)*size(x)/(size(x) - 1))
        sample_var_columns(x) = var(x, axis=0)*size(x, 0)/(size(x, 0) - 1)
        sample_std_columns(x) = sqrt(var(x, axis=0)*size(x, 0)/(size(x, 0) - 1))
        sample_var_rows(x) = var(x, axis=1)*size(x, 1)/(size(x, 1) - 1)
        sample_std_rows(x) = sqrt(var(x, axis=1)*size(x, 1)/(size(x, 1) - 1))
        sample_var_last(x) = var(x, axis=-1)*size(x, -1)/(size(x, -1) - 1)
        sample_std_last(x) = sqrt(var(x, axis=-1)*size(x, -1)/(size(x, -1) - 1))
        """,
        {
            **dict.fromkeys(("grad", "jacrev", "jacfwd", "jacobian", "hessian", "vmap", "jit"), "write diff(u, x)"),
            **dict.fromkeys(("integrate", "quad", "trapz", "limit", "solve_ivp"), "add up in a loop, with small steps"),
            "vstack": "write the rows one by one",
            "remainder": "that of math is x - y*round(x/y), those of numpy and torch are x % y: write what is meant",
            "gradient": "these are differences there, not derivatives",
        },
    ),
)
