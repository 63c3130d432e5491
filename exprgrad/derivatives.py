"""Which derivatives a task asks for, and how each comes from the one before, whatever the mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations_with_replacement
from typing import Any, NamedTuple

from exprgrad.diagnostics import Note
from exprgrad.lowering import Builder, Lowering
from exprgrad.ops.registry import Value
from exprgrad.syntax.names import Names

# A derivative of one result: positions in `wrt`, ascending; () is the value itself.
Multi = tuple[int, ...]
# By the name of the result and the derivative.
Key = tuple[str, Multi]


class Task(NamedTuple):
    """What is to be computed: the results of a program and their derivatives up to an order, by some inputs or along a
    direction, which gives inputs their tangents."""

    names: Names
    results: tuple[str, ...]
    wrt: tuple[str, ...]
    max_order: int
    step_limit: int
    direction: tuple[tuple[str, float], ...] | None


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
    pull: Callable[[str, Value, Sequence[Value], int], Sequence[Value | None]],
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
            for i, value in enumerate(pull(name, parent, wrt[first:], len(multi)), first):
                if value is not None:
                    found[name, (*multi, i)] = value
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
