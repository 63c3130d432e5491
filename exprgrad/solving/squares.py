"""Sums of squared residuals over rows: which of them are seen in a program, and the Hessian of the linearized model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from exprgrad.program.program import OutputKey
from exprgrad.solving.covariance import no_squares
from exprgrad.solving.vector_function import Compiled
from exprgrad.syntax.flow import Set
from exprgrad.syntax.names import live_reads
from exprgrad.syntax.plan import sources
from exprgrad.syntax.tree import Binary, Conditional, Expression, Name, Number


def is_square(owner: Compiled, unknowns: Sequence[str]) -> bool:
    """Whether the first result is written as the square of one residual, times or over what no unknown counts for; in
    branches each may be another one. The Hessian of several squares does not follow from the gradient of their sum."""
    names = owner.task.names

    def stands_still(node: Expression) -> bool:
        return sources(names, live_reads(node, names.functions)).isdisjoint(unknowns)

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


def _is_power(node: Binary) -> bool:
    """Whether it is u^2 or u*u."""
    return node.right == Number(2.0) if node.symbol == "**" else node.symbol == "*" and node.left == node.right


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
