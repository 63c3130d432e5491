"""Sums of squared residuals, over rows or of the elements of arrays: which of them are seen in a program, and the
Hessian of the linearized model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np

from exprgrad.numbers import arrays
from exprgrad.numbers.scalars import is_array
from exprgrad.program.program import OutputKey
from exprgrad.records import NamedTuple
from exprgrad.solving.answer import numbers
from exprgrad.solving.covariance import no_squares
from exprgrad.solving.newton import Point
from exprgrad.solving.question import Question
from exprgrad.solving.vector_function import Compiled, unpacked
from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import live_reads
from exprgrad.syntax.parser import parse
from exprgrad.syntax.plan import sources
from exprgrad.syntax.tree import Assignment, Binary, Call, Conditional, Expression, Name, Number

_TWO: Final = Number(2.0)


def is_square(owner: Compiled, unknowns: Sequence[str]) -> bool:
    """Whether the first result is written as the square of one residual, times or over what no unknown counts for; in
    branches each may be another one. The Hessian of several squares does not follow from the gradient of their sum."""
    names = owner.task.names
    stands_still = _standing(owner, unknowns)
    seen: set[str] = set()
    waiting: list[Expression] = [Name(owner.results[0])]
    while waiting:
        node = waiting.pop()
        if stands_still(node):
            continue
        if isinstance(node, Name):
            values = [event.value for event in names.events if isinstance(event, Set) and event.name == node.name]
            if not values:
                return False
            waiting += values if node.name not in seen else []
            seen.add(node.name)
        elif isinstance(node, Conditional):
            waiting += [node.then, node.otherwise]
        elif not isinstance(node, Binary):
            return False
        elif not _is_power(node):
            if node.symbol in ("*", "/") and stands_still(node.right):
                waiting.append(node.left)
            elif node.symbol == "*" and stands_still(node.left):
                waiting.append(node.right)
            else:
                return False
    return True


def _standing(owner: Compiled, unknowns: Sequence[str]) -> Callable[[Expression], bool]:
    """What says whether no unknown counts for an expression."""
    names = owner.task.names
    return lambda node: sources(names, live_reads(node, names.functions)).isdisjoint(unknowns)


def _is_power(node: Binary) -> bool:
    """Whether it is u^2 or u*u."""
    return node.right == _TWO if node.symbol == "**" else node.symbol == "*" and node.left == node.right


class Squares(NamedTuple):
    """A sum of squared residuals at a point: the Hessian of the linearized model, how many residuals there are, and
    whether it is their mean."""

    hessian: Any
    number: int
    mean: bool


_Factors = tuple[tuple[str, Assignment], ...]


class _Square(NamedTuple):
    """A residual, or an array of them, of which the squares are summed, or their `mean` is taken, and the factors
    that these are multiplied with, or divided by."""

    residual: Assignment
    factors: _Factors
    mean: bool


def squares(owner: Compiled, question: Question, point: Point) -> Squares | None:
    """The squares of which the only result is written as the sum, or the mean, with factors for which no unknown
    counts; None where they are not seen, or a factor is negative."""
    found = _written(owner, [*question.unknowns])
    if not found:
        return None
    pieces = {x.name: x for square in found for x in (square.residual, *[f for _, f in square.factors])}
    values = {**question.values, **_lists(unpacked(question.unknowns, point))}
    # One after the other along each element of the unknowns: of arrays a jacobian takes memory as their square.
    ways = [unpacked(question.unknowns, tangent) for tangent in np.eye(len(point))]
    added = {"beside": tuple(pieces.values()), "fetch_names": tuple(pieces), "wrt": None, "max_order": 1}
    results = [owner.changed(along_direction=_lists(way), **added).run(values, notes=False) for way in ways]
    result = results[0]

    n, parts = 0, []
    for square in found:
        name, weight = str(square.residual.name), np.ones(())
        for symbol, factor in square.factors:
            weight = weight * result[str(factor.name)] if symbol == "*" else weight / result[str(factor.name)]
        value = np.asarray(result[name])
        slopes = np.stack([np.reshape(along.along_direction(name), -1) for along in results], axis=1)
        # Each square has its weight, and a residual may have several.
        shape = np.broadcast_shapes(weight.shape, value.shape)
        places = np.broadcast_to(np.arange(value.size).reshape(value.shape), shape).reshape(-1)
        weights = np.broadcast_to(weight, shape).reshape(-1) / (len(places) if square.mean else 1)
        if not (weights >= 0).all():
            return None
        parts.append(np.sqrt(weights)[:, None] * slopes[places])
        n += len(places)
    jacobian = np.vstack(parts)
    hessian = arrays.matmul(numbers(2 * jacobian.T), numbers(jacobian))
    return Squares(hessian, n, len(found) == 1 and found[0].mean)


def _lists(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: x.tolist() if is_array(x) else x for name, x in values.items()}


def _written(owner: Compiled, unknowns: Sequence[str]) -> list[_Square] | None:
    """The squares that the only result is the sum of, with statements that compute what they are made of, each to stand
    before the statement that it is a part of; None where it is something else."""
    names = owner.task.names
    stands_still = _standing(owner, unknowns)
    statements = {x.value.span: x for x in parse(owner.text).statements if isinstance(x, Assignment)}
    used = {*names.assigned, *names.variables, *names.constants, *names.functions}
    fresh = (name for name in (f"r{i}" for i in count()) if name not in used)

    def piece(node: Expression, statement: Assignment) -> Assignment:
        return Assignment(next(fresh), node, statement.span, statement.span)

    def behind(node: Expression, statement: Assignment | None) -> tuple[Expression, Assignment | None]:
        """What names stand for that have one value, in which statement."""
        while isinstance(node, Name):
            values = [event.value for event in names.events if isinstance(event, Set) and event.name == node.name]
            if len(values) != 1 or values[0].span not in statements:
                break
            statement = statements[values[0].span]
            node = statement.value
        return node, statement

    # What is left, the statement it stands in, the factors around it, and how the elements of an array are reduced.
    waiting: list[tuple[Expression, Assignment | None, _Factors, str | None]] = [
        (Name(owner.results[0]), None, (), None)
    ]
    found: list[_Square] = []
    while waiting:
        node, statement, factors, how = waiting.pop()
        node, statement = behind(node, statement)
        if statement is None or stands_still(node):
            return None
        squared = _squared(node, names.functions, how is None)
        if squared is not None:
            found.append(_Square(piece(squared, statement), factors, how == "mean"))
        elif isinstance(node, Call) and node.function in ("sum", "mean") and _is_plain(node, names.functions):
            if how is not None:
                return None
            waiting.append((node.arguments[0], statement, factors, node.function))
        elif isinstance(node, Binary) and node.symbol == "+" and how is None:
            waiting += [(node.right, statement, factors, how), (node.left, statement, factors, how)]
        elif isinstance(node, Binary) and (apart := _apart(node, stands_still)) is not None:
            symbol, factor, rest = apart
            waiting.append((rest, statement, (*factors, (symbol, piece(factor, statement))), how))
        else:
            return None
    return found


def _apart(node: Binary, stands_still: Callable[[Expression], bool]) -> tuple[str, Expression, Expression] | None:
    """A factor for which no unknown counts, whether it is multiplied or divided by, and what else there is."""
    if node.symbol in ("*", "/") and stands_still(node.right):
        return node.symbol, node.right, node.left
    return ("*", node.left, node.right) if node.symbol == "*" and stands_still(node.left) else None


def _is_plain(node: Call, functions: Mapping[str, Any]) -> bool:
    """Whether it is a function of the language of one argument, without options."""
    return node.function not in functions and len(node.arguments) == 1 and not node.options


def _squared(node: Expression, functions: Mapping[str, Any], summed: bool) -> Expression | None:
    """u of u^2 and u*u, and where products are `summed` that of norm(u)^2, dot(u, u) and u @ u."""
    if isinstance(node, Binary) and _is_power(node):
        u = node.left
        is_norm = summed and isinstance(u, Call) and u.function == "norm" and _is_plain(u, functions)
        return u.arguments[0] if isinstance(u, Call) and is_norm else u
    if not summed:
        return None
    if isinstance(node, Binary) and node.symbol == "@":
        pair: tuple[Expression, ...] = (node.left, node.right)
    elif isinstance(node, Call) and node.function == "dot" and "dot" not in functions:
        pair = node.arguments
    else:
        return None
    return pair[0] if len(pair) == 2 and pair[0] == pair[1] else None


def linearized(found: Mapping[OutputKey, Any]) -> dict[OutputKey, Any]:
    """The outputs of rows that are squares r^2, with second derivatives in which those of r do not count: 2 r' r'. Of
    the gradient g they are g g/(2 r^2), and where r is 0 the second derivatives as they are. Raises a UsageError where
    a row is less than 0."""
    turned = dict(found)
    for (name, multi), second in found.items():
        if len(multi) != 2:
            continue
        squares = found[name, ()]
        if (negative := np.isfinite(squares) & (squares < 0)).any():
            raise no_squares(squares[negative][0], "in a row")
        with np.errstate(all="ignore"):  # rows that are not finite are told of afterwards
            residuals = np.sqrt(np.where(squares > 0, squares, 1.0))
            # Each over the residual first: products of gradients could overflow, or vanish.
            of_a, of_b = (found[name, (i,)] / residuals for i in multi)
            turned[name, multi] = np.where(squares == 0, second, of_a * of_b / 2)
    return turned
