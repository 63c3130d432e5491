"""What stands in a program where a number is needed before any flows: an axis, a size, a shape, a bound of a slice."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from exprgrad.diagnostics import NameProblem, UnsupportedError
from exprgrad.ops import functions
from exprgrad.ops.registry import REGISTRY
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import CONSTANTS
from exprgrad.syntax.tree import (
    Binary,
    Call,
    Derivatives,
    Diff,
    Expression,
    Index,
    Name,
    Number,
    Option,
    Slice,
    Unary,
    Vector,
    children,
)

if TYPE_CHECKING:
    from exprgrad.ops.functions import ArrayFunction, Static

_OPERATORS: Final[dict[str, Callable[[int, int], int | None]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b if b else None,
    "/": lambda a, b: a // b if b and a % b == 0 else None,
}
# The whole number that a name or a call of size() stands for; None for any other.
Resolve = Callable[[Expression], int | None]


class BoundCall(NamedTuple):
    """A call of a function of arrays: its operands, and its options as they are written."""

    function: ArrayFunction
    operands: tuple[Expression, ...]
    options: dict[str, Expression]

    def values(self, resolve: Resolve) -> dict[str, int | tuple[int, ...]]:
        """The options as whole numbers and shapes."""
        by_name = {option.name: option for option in self.function.options}
        return {name: _value(node, by_name[name], resolve) for name, node in self.options.items()}


def array_function(node: Call) -> ArrayFunction | None:
    """The function of arrays that a call means, unless an elementwise one takes as many operands."""
    if not node.options and REGISTRY.find(node.function, len(node.arguments)) is not None:
        return None

    return functions.FUNCTIONS.get(node.function)


def needs_whole(node: Expression) -> bool:
    """Whether a form is not elementwise: it needs its operands as a whole."""
    if isinstance(node, Call):
        return array_function(node) is not None
    return isinstance(node, Index | Vector | Diff | Derivatives) or (isinstance(node, Binary) and node.symbol == "@")


def bound_call(node: Call, function: ArrayFunction) -> BoundCall:
    """Which argument is what. Raises for one too many or too few, and for an option that is no number."""
    count = len(node.arguments) if function.variadic else len(function.values)
    operands, rest = node.arguments[:count], node.arguments[count:]
    options: dict[str, Expression] = {}
    by_name = {option.name: option for option in function.options}
    given = [Option(o.name, value, value.span) for o, value in zip(function.options, rest, strict=False)]
    fits = len(operands) >= len(function.values) and len(rest) <= len(function.options)
    for option in (*given, *node.options):
        static = by_name.get(option.name)
        if static is None or option.name in options:
            what = "has no option" if static is None else "is given twice its option"
            raise NameProblem(f"{node.function} {what} {option.name}", option.span, hint=f"write {function.signature}")
        options[option.name] = option.value
    if not fits or any(o.required and o.name not in options for o in function.options):
        raise NameProblem(
            f"these are not the operands of {node.function}", node.span, hint=f"write {function.signature}"
        )
    return BoundCall(function, operands, options)


def check_known(nodes: Iterable[Expression], what: str, inputs: Container[str], instead: str | None = None) -> None:
    """Raises where a number is needed before any flows, and something else is written, such as an input. `instead` is
    what else may be meant."""
    for node in nodes:
        named = any(isinstance(part, Name) and part.name in inputs for part in _parts(node))
        if named or not _may_be_whole(node):
            raise _no_whole(node, what, instead)


def option_parts(call: BoundCall) -> Iterator[tuple[Expression, str]]:
    """What a call's options are written with, and what each is."""
    by_name = {option.name: option for option in call.function.options}
    for name, node in call.options.items():
        shape = by_name[name].shape
        parts = node.elements if shape and isinstance(node, Vector) else [node]
        yield from [(part, "a size" if shape else f"the {name}") for part in parts]


def _value(node: Expression, static: Static, resolve: Resolve) -> int | tuple[int, ...]:
    if not static.shape:
        return whole(node, f"the {static.name}", resolve)
    return tuple([whole(part, "a size", resolve) for part in (node.elements if isinstance(node, Vector) else [node])])


def bounds_of(node: Slice) -> list[Expression]:
    """The bounds of a slice that are written. Raises where its step is 0."""
    if node.step is not None and number(node.step, lambda part: None) == 0:
        raise _no_step(node)
    return [part for part in (node.start, node.stop, node.step) if part is not None]


def slice_of(node: Slice, resolve: Resolve) -> tuple[int | None, int | None, int | None]:
    """Start, stop and step of a slice."""
    start, stop, step = (
        None if part is None else whole(part, "a bound of a slice", resolve)
        for part in (node.start, node.stop, node.step)
    )
    if step == 0:
        raise _no_step(node)
    return start, stop, step


def _no_step(node: Slice) -> UnsupportedError:
    return UnsupportedError("the step of a slice is 0", node.span, hint="write x[::2], or x[::-1] to turn it around")


def whole(node: Expression, what: str, resolve: Resolve) -> int:
    """The whole number that an expression of numbers stands for."""
    found = number(node, resolve)
    if found is None:
        raise _no_whole(node, what)
    return found


def _no_whole(node: Expression, what: str, instead: str | None = None) -> UnsupportedError:
    written = "write a number such as 2, or size(x, axis)"
    found = node.value if isinstance(node, Number) else node.name if isinstance(node, Name) else None
    is_known = isinstance(node, Number) or found in CONSTANTS
    return UnsupportedError(
        f"{what} is a whole number{f', found {found}' if is_known else ' that is known before any number flows'}",
        node.span,
        hint=written if instead is None else f"{written}; {instead}",
    )


def number(node: Expression, resolve: Resolve) -> int | None:
    """The same; None if it is none."""
    return _number(node, resolve) if _may_be_whole(node) else None


def _number(node: Expression, resolve: Resolve) -> int | None:
    if isinstance(node, Number):
        return int(node.value) if node.value.is_integer() else None
    if is_size(node) or isinstance(node, Name):
        return resolve(node)
    if isinstance(node, Unary) and node.symbol in ("+", "-"):
        inner = _number(node.operand, resolve)
        return None if inner is None else -inner if node.symbol == "-" else inner
    if isinstance(node, Binary) and node.symbol in _OPERATORS:
        left, right = _number(node.left, resolve), _number(node.right, resolve)
        found = None if left is None or right is None else _OPERATORS[node.symbol](left, right)
        return found if found is None or abs(found) < _LARGEST else None
    return None


def is_size(node: Expression) -> bool:
    """Whether a form is a call of size(), which is known before any number flows."""
    return isinstance(node, Call) and node.function == "size"


def sizes_in(node: Expression) -> list[Call]:
    """The calls of size() in a form that may be a whole number."""
    return [part for part in _parts(node) if isinstance(part, Call)] if _may_be_whole(node) else []


# Beyond, a whole number is an infinite double, which is none.
_LARGEST: Final = 2**1024
# So many parts may an expression have that is known before any number flows; `_number` recurses on it.
_LONGEST: Final = 100


def _may_be_whole(node: Expression) -> bool:
    """Whether a form may be known before any number flows."""
    parts = list(islice(_parts(node), _LONGEST + 1))
    return len(parts) <= _LONGEST and all(
        isinstance(part, Number | Name)
        or is_size(part)
        or (isinstance(part, Unary) and part.symbol in ("+", "-"))
        or (isinstance(part, Binary) and part.symbol in _OPERATORS)
        for part in parts
    )


def _parts(node: Expression) -> Iterator[Expression]:
    stack = [node]
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, Unary | Binary):
            stack.extend(reversed(children(part)))
