"""Which derivatives a task asks for, and how each comes from the one before, whatever the mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

from exprgrad.diagnostics import EvaluationError, Note
from exprgrad.lowering import Builder, Lowering
from exprgrad.ops.control import as_gradient, unreached
from exprgrad.ops.registry import Value
from exprgrad.ops.structural import shape_of
from exprgrad.syntax.names import Names

# A derivative of one result: positions in `wrt`, ascending; () is the value itself.
Multi = tuple[int, ...]
# By the name of the result and the derivative.
Key = tuple[str, Multi]


# For a result's name and a value or derivative of order n of it, the derivatives of that by some inputs.
Pull = Callable[[str, Value, Sequence[Value], int], Sequence[Value | None]]


class Task(NamedTuple):
    """What is to be computed: the results of a program and their derivatives up to an order, by some inputs or along a
    direction, which gives inputs their tangents. With `full_jacobian` a derivative is that of each element by each
    element, in the shape of what is differentiated followed by that of the input; without, that of the sum, which for
    some results `weights` weight."""

    names: Names
    results: tuple[str, ...]
    wrt: tuple[str, ...]
    max_order: int
    step_limit: int
    direction: tuple[tuple[str, float], ...] | None
    full_jacobian: bool = False
    weights: Mapping[str, Any] = MappingProxyType({})

    def weight(self, name: str, value: Value, order: int) -> Any:
        """The weights of a result's elements, None for ones. Raises where they do not fit."""
        weight = self.weights.get(name) if order == 0 else None
        if weight is not None and shape_of(weight) not in ((), shape_of(value)):
            raise EvaluationError(
                f"the weights of {name} have shape {shape_of(weight)}, the result {shape_of(value)}",
                self.names.assigned.get(name),
                hint="give a number for each element, or one for all",
            )
        return weight


class Run(NamedTuple):
    """What a mode computed; a derivative that no path reaches is missing."""

    values: dict[Key, Any]
    notes: list[Note]


def multi_indices(inputs: int, max_order: int) -> Iterator[Multi]:
    """The derivatives to show: by order, each unordered choice of inputs once, in the order of the inputs."""
    for order in range(1, max_order + 1 if inputs else 1):
        yield from combinations_with_replacement(range(inputs), order)


def lowered(task: Task, builder: Builder, inputs: Mapping[str, Value]) -> tuple[dict[str, Value], Lowering]:
    """The task's results as a mode's nodes, and what the lowering has seen on the way."""
    lowering = Lowering(builder, task.names, task.step_limit)
    return lowering.program(inputs, task.results), lowering


def derived(
    task: Task,
    results: Mapping[str, Value],
    inputs: Mapping[str, Value],
    pull: Pull,
) -> dict[Key, Value]:
    """The results and their derivatives. `pull` gives, for a result's name and a value or derivative of order n of it,
    the derivatives of that by some inputs."""
    wrt = [inputs[name] for name in task.wrt]
    found: dict[Key, Value] = {}
    for name in task.results:
        found[name, ()] = results[name]
        for multi in ((), *multi_indices(len(wrt), task.max_order - 1)) if task.max_order else ():
            parent = found.get((name, multi))
            if parent is None:
                continue
            first = multi[-1] if multi else 0
            by_each = _each if task.full_jacobian else _whole
            for i, value in enumerate(by_each(pull, name, parent, wrt[first:], len(multi)), first):
                if value is not None:
                    found[name, (*multi, i)] = value
    return found


def _whole(pull: Pull, name: str, parent: Value, xs: Sequence[Value], order: int) -> Sequence[Value | None]:
    return pull(name, parent, xs, order)


def _each(pull: Pull, name: str, parent: Value, xs: Sequence[Value], order: int) -> Sequence[Value | None]:
    """The derivatives of each element of a value, a sweep for each, in the shape of the value and then of the input."""
    shape = shape_of(parent)
    if not shape:
        return pull(name, parent, xs, order)
    from exprgrad.ops.shapes import get_item, reshape, vector

    if 0 in shape:
        return []
    flat = reshape((-1,))(parent)
    elements = [get_item((i,))(flat) for i in range(prod(shape))]
    rows = [pull(name, element, xs, order) or [None] * len(xs) for element in elements]
    found: list[Value | None] = []
    for k, x in enumerate(xs):
        parts = [row[k] for row in rows]
        if all(part is None for part in parts):
            found.append(None)
            continue
        filled = [
            unreached(x, y) if part is None else as_gradient(part, x) for part, y in zip(parts, elements, strict=True)
        ]
        found.append(reshape((*shape, *shape_of(x)))(vector(*filled)))
    return found


def derived_along(
    task: Task,
    results: Mapping[str, Value],
    push: Callable[[str, Value, int], Value | None],
) -> dict[Key, Value]:
    """The results and their derivatives along the task's direction, as if it were the only input. `push` gives, for a
    result's name and a value or derivative of order n of it, the tangent of that."""
    found: dict[Key, Value] = {}
    for name in task.results:
        value: Value | None = results[name]
        found[name, ()] = value
        for order in range(1, task.max_order + 1):
            value = push(name, value, order - 1)
            if value is None:
                break
            found[name, (0,) * order] = value
    return found
