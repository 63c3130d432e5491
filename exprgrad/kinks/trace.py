"""A task on values that are infinitely near to a point.

The trace is like that of dynamic mode, and is differentiated by the same sweeps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from exprgrad.autodiff import Sweeps
from exprgrad.derivatives import OutputKey, Task, derived, lowered
from exprgrad.diagnostics import Span
from exprgrad.jacobians import SparsePlaces
from exprgrad.kinks.neighbour import Neighbour
from exprgrad.lowering.builder import Lower, Tangents
from exprgrad.numbers.arithmetic import from_python, is_nan, to_python, truth
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Op, Value, apply
from exprgrad.records import NamedTuple


class _Approaching:
    """The builder of a trace beside a point. Conditions are those of the point itself, which are given as they come:
    the branch that it takes is what is differentiated. Without them it is the trace of the point, where nothing
    moves, and they are in `decided`."""

    recording = True
    # What is at its kink in one iteration is an operand there, and may be a number.
    uneven = True

    def __init__(self, decisions: Sequence[bool] | None = None) -> None:
        self.decided: list[bool] = []
        # Whether a condition is another one, or not known, beside the point.
        self.disputed = False
        self._decisions = None if decisions is None else iter(decisions)

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        node = Neighbour(from_python(value))
        node.span = span
        return node

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        node = apply(op, *operands)
        node.span = span
        return node

    def finished(self, key: Any, operands: Sequence[Value], tangents: Tangents, lower: Lower, budget: Budget) -> None:
        return None

    def decide(self, condition: Value) -> bool | None:
        if self._decisions is not None:
            decision = next(self._decisions)
            self.disputed = self.disputed or is_nan(condition.value) or truth(condition.value) is not decision
            return decision
        self.decided.append(truth(condition.value))
        return self.decided[-1]


def decisions(task: Task, numbers: Mapping[str, Any]) -> Sequence[bool]:
    """How the conditions of a run are decided, one after the other."""
    at_point = _Approaching()
    inputs = {name: Neighbour(number) for name, number in numbers.items()}
    for name, node in inputs.items():
        node.span = task.names.inputs[name]
    lowered(task, at_point, inputs)
    return at_point.decided


class Found(NamedTuple):
    """What a task gives on one side: values and derivatives, how often each has been differentiated, and the places of
    those that are sparse. A derivative that no path reaches is missing. `disputed` says that a condition is another one
    there than at the point, or not known; `stretch` how much further the fastest element moves than the slowest."""

    values: dict[OutputKey, Any]
    orders: dict[OutputKey, int]
    places: Mapping[OutputKey, SparsePlaces]
    disputed: bool
    stretch: float


def run(task: Task, numbers: Mapping[str, Any], steps: Mapping[str, Any], far: int, decided: Sequence[bool]) -> Found:
    """Runs a task on one side of a point, infinitely near to it: `steps` are how the inputs that move do. What is the
    same up to the power `far` of the distance is taken as one. Conditions are `decided` (see `decisions`)."""
    inputs: dict[str, Neighbour] = {}
    for name, number in numbers.items():
        inputs[name] = Neighbour.moving(number, steps[name], far) if name in steps else Neighbour(number)
        inputs[name].span = task.names.inputs[name]
    builder = _Approaching(decided)
    results, _ = lowered(task, builder, inputs)

    sweeps = Sweeps(
        Neighbour.constant,
        lambda node: node.value,
        lambda x: not is_array(y := x.value) or y.dtype == object,
        task.weight,
        lambda name: None,
    )
    nodes, places = derived(task, results, inputs, sweeps)
    values: dict[OutputKey, Any] = {}
    orders: dict[OutputKey, int] = {}
    scales: dict[str, float] = {}
    for key, node in nodes.items():  # lower orders come first
        if node is not None and node.value is not ZERO:
            scale = scales.get(key[0], 0.0)
            values[key] = number = node.limit(scale)
            orders[key] = node.order
            scales[key[0]] = max(scale, _largest(number))
    return Found(values, orders, places, builder.disputed, _stretch(steps.values()))


def _stretch(steps: Iterable[Any]) -> float:
    """How many times as far the fastest element moves as the slowest of those that do."""
    sizes = np.abs(np.concatenate([np.ravel(to_python(step)) for step in steps]))
    moving = sizes[(sizes > 0) & (sizes < math.inf)]
    return float(moving.max() / moving.min()) if moving.size else 1.0


def _largest(number: Any) -> float:
    """The size of the largest finite number."""
    if not is_array(number):
        size = abs(float(to_python(number)))
        return size if size < math.inf else 0.0
    sizes = np.abs(to_python(number))
    return float(np.where(sizes < math.inf, sizes, 0.0).max(initial=0.0))
