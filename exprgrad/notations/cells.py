"""Functions of vectors written out for operands that are known one by one, as cells are: sum([a, b]) is a + b."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, Final

from exprgrad.diagnostics import Span, UnsupportedError
from exprgrad.syntax.rewriting import changed, rewritten
from exprgrad.syntax.tree import Binary, Call, Definition, Expression, Name, Number, Tree, Unary, Vector


def spread(
    definition: Definition, arguments: Sequence[Expression], span: Span
) -> tuple[Definition, tuple[Expression, ...]]:
    """A function with a parameter for each element of the vectors among its operands, and these elements; the mean of a
    vector, which may stand beside each of them, is an operand, too. Raises an UnsupportedError for vectors of different
    sizes."""
    parameters: list[str] = []
    operands: list[Expression] = []
    vectors: dict[str, Vector] = {}
    given: dict[str, Vector] = {}
    for parameter, argument in zip(definition.parameters, arguments, strict=True):
        if isinstance(argument, Vector):
            names = [f"{parameter}_{i + 1}" for i in range(len(argument.elements))]
            given[parameter] = argument
            vectors[parameter] = Vector(tuple(map(Name, names)))
            parameters += names
            operands += argument.elements
        else:
            parameters.append(parameter)
            operands.append(argument)
    if not vectors:
        return definition, tuple(arguments)

    means: dict[str, Expression] = {}

    def put(node: Tree) -> Tree:
        if isinstance(node, Name):
            return vectors.get(node.name, node)
        if isinstance(node, Call) and node.function == "mean":
            for parameter, vector in vectors.items():
                if node.arguments[0] is vector:
                    means[parameter] = _mean(given[parameter])
                    return Name(f"{parameter}_mean")
        if isinstance(node, Call) and node.function in _OF_VECTORS:
            return _OF_VECTORS[node.function](*node.arguments)
        if isinstance(node, Unary | Binary | Call):
            return _elementwise(node, span)
        return node

    name = f"{definition.name}_{len(operands)}"
    body = rewritten(definition.body, put)
    parameters += [f"{parameter}_mean" for parameter in means]
    return changed(definition, name=name, parameters=tuple(parameters), body=body), (*operands, *means.values())


def _elementwise(node: Unary | Binary | Call, span: Span) -> Expression:
    """A vector of what an operation gives for each element of its operands."""
    operands = [part for part in _operands(node) if isinstance(part, Vector)]
    if not operands:
        return _number(node)
    count = len(operands[0].elements)
    if any([len(operand.elements) != count for operand in operands]):
        raise UnsupportedError("these ranges have different sizes", span, hint="write ranges of as many cells")

    def element(part: Expression, i: int) -> Expression:
        return part.elements[i] if isinstance(part, Vector) else part

    return Vector(tuple([_with_operands(node, [element(part, i) for part in _operands(node)]) for i in range(count)]))


def _operands(node: Unary | Binary | Call) -> tuple[Expression, ...]:
    """The operands of an operation."""
    if isinstance(node, Call):
        return node.arguments
    return (node.operand,) if isinstance(node, Unary) else (node.left, node.right)


def _with_operands(node: Unary | Binary | Call, operands: Sequence[Expression]) -> Expression:
    fields: dict[str, Any]
    if isinstance(node, Call):
        fields = {"arguments": tuple(operands)}
    else:
        fields = dict(zip(("operand",) if isinstance(node, Unary) else ("left", "right"), operands, strict=True))
    found: Expression = changed(node, **fields)
    return found


def _number(node: Expression) -> Expression:
    """Counts are numbers, and so is one more or less."""
    if isinstance(node, Binary) and isinstance(node.left, Number) and isinstance(node.right, Number):
        if node.symbol == "+":
            return Number(node.left.value + node.right.value)
        if node.symbol == "-":
            return Number(node.left.value - node.right.value)
    return node


def _joined(symbol: str, values: Sequence[Expression]) -> Expression:
    return reduce(lambda left, right: Binary(symbol, left, right), values)


def _sum(vector: Vector) -> Expression:
    return _joined("+", vector.elements)


def _product(vector: Vector) -> Expression:
    return _joined("*", vector.elements)


def _mean(vector: Vector) -> Expression:
    count = len(vector.elements)
    return Binary("/", _sum(vector), Number(float(count))) if count > 1 else vector.elements[0]


def _chosen(function: str) -> Callable[[Vector], Expression]:
    return lambda vector: Call(function, vector.elements) if len(vector.elements) > 1 else vector.elements[0]


def _counted(first: Number, end: Number) -> Vector:
    return Vector(tuple([Number(float(value)) for value in range(int(first.value), int(end.value))]))


# What is made of vectors that is no vector of the same size.
_OF_VECTORS: Final[Mapping[str, Callable[..., Expression]]] = {
    "sum": _sum,
    "prod": _product,
    "mean": _mean,
    "min": _chosen("min"),
    "max": _chosen("max"),
    "size": lambda vector: Number(float(len(vector.elements))),
    "arange": _counted,
}
