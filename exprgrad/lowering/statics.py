"""What stands in a program where a number is needed before any flows: an axis, a size, a shape, a bound of a slice."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from exprgrad.diagnostics import NameProblem, UnsupportedError
from exprgrad.ops.registry import REGISTRY
from exprgrad.syntax.tree import Binary, Call, Diff, Expression, Index, Number, Option, Slice, Unary, Vector

if TYPE_CHECKING:
    from exprgrad.ops.functions import ArrayFunction, Static

_OPERATORS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


class Bound(NamedTuple):
    """A call of a function of arrays: its operands, and its options."""

    function: ArrayFunction
    operands: tuple[Expression, ...]
    options: dict[str, int | tuple[int, ...]]


def array_function(node: Call) -> ArrayFunction | None:
    """The function of arrays that a call means, unless an elementwise one takes as many operands."""
    if not node.options and REGISTRY.find(node.function, len(node.arguments)) is not None:
        return None
    from exprgrad.ops.functions import FUNCTIONS

    return FUNCTIONS.get(node.function)


def needs_whole(node: Expression) -> bool:
    """Whether a form is not elementwise: it needs its operands as a whole."""
    if isinstance(node, Call):
        return array_function(node) is not None
    return isinstance(node, Index | Vector | Diff) or (isinstance(node, Binary) and node.symbol == "@")


def bound(node: Call, function: ArrayFunction) -> Bound:
    """Which argument is what. Raises for one too many or too few, and for an option that is no number."""
    count = len(node.arguments) if function.variadic else len(function.values)
    operands, rest = node.arguments[:count], node.arguments[count:]
    options: dict[str, int | tuple[int, ...]] = {}
    by_name = {option.name: option for option in function.options}
    given = [Option(o.name, value, value.span) for o, value in zip(function.options, rest, strict=False)]
    fits = len(operands) >= len(function.values) and len(rest) <= len(function.options)
    for option in (*given, *node.options):
        static = by_name.get(option.name)
        if static is None or option.name in options:
            what = "has no option" if static is None else "is given twice its option"
            raise NameProblem(f"{node.function} {what} {option.name}", option.span, hint=f"write {function.signature}")
        options[option.name] = _value(option.value, static)
    if not fits or any(o.required and o.name not in options for o in function.options):
        raise NameProblem(
            f"these are not the operands of {node.function}", node.span, hint=f"write {function.signature}"
        )
    return Bound(function, operands, options)


def _value(node: Expression, static: Static) -> int | tuple[int, ...]:
    if not static.shape:
        return whole(node, f"the {static.name}")
    return tuple([whole(part, "a size") for part in (node.elements if isinstance(node, Vector) else [node])])


def slice_of(node: Slice) -> tuple[int | None, int | None, int | None]:
    """Start, stop and step of a slice."""
    start, stop, step = (
        None if part is None else whole(part, "a bound of a slice") for part in (node.start, node.stop, node.step)
    )
    if step == 0:
        raise UnsupportedError("the step of a slice is 0", node.span, hint="write x[::2], or x[::-1] to turn it around")
    return start, stop, step


def whole(node: Expression, what: str) -> int:
    """The whole number that an expression of numbers stands for."""
    found = number(node)
    if found is None:
        raise UnsupportedError(
            f"{what} is a whole number that is known before any number flows",
            node.span,
            hint="write a number such as 2",
        )
    return found


def number(node: Expression) -> int | None:
    """The same; None if it is none."""
    if isinstance(node, Number):
        return int(node.value) if node.value.is_integer() else None
    if isinstance(node, Unary) and node.symbol in ("+", "-") and isinstance(node.operand, Number):
        inner = number(node.operand)
        return None if inner is None else -inner if node.symbol == "-" else inner
    parts = (node.left, node.right) if isinstance(node, Binary) and node.symbol in _OPERATORS else ()
    if isinstance(node, Binary) and parts and all(isinstance(part, Number | Unary) for part in parts):
        left, right = (number(part) for part in parts)
        return None if left is None or right is None else _OPERATORS[node.symbol](left, right)
    return None
