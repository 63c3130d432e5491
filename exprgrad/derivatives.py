"""Which derivatives a task asks for, and how each comes from the one before, whatever the mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations_with_replacement
from types import MappingProxyType
from typing import Any, Final

from exprgrad.autodiff import SWEPT_ORDERS, Sweeps, chain
from exprgrad.diagnostics import EvaluationError, ExprError, Note, Span, UnsupportedError
from exprgrad.jacobians import SparsePlaces, jacobian
from exprgrad.lowering import Builder, Lowering
from exprgrad.numbers import limits
from exprgrad.numbers.scalars import is_array
from exprgrad.ops import shapes as S
from exprgrad.ops.budget import StepLimits
from exprgrad.ops.registry import Value, next_index
from exprgrad.ops.structural import shape_of
from exprgrad.outcomes import column_name
from exprgrad.program.program import Multi as Multi
from exprgrad.program.program import OutputKey as OutputKey
from exprgrad.records import NamedTuple
from exprgrad.syntax.names import Names

# What derivatives of derivatives of this order and above it make counts together: there are many of them.
_ALL_TOGETHER: Final = 2


class Derived(NamedTuple):
    """Results and derivatives, and of those that are sparse the places of their elements."""

    values: dict[OutputKey, Value]
    places: dict[OutputKey, SparsePlaces]


# What a derivative along a direction is by.
ALONG: Final = "(along)"


class Task(NamedTuple):
    """What is to be computed: the results of a program and their derivatives up to an order, by some inputs or along a
    direction, which gives inputs their tangents. A derivative is that of each element by each element, in the shape of
    what is differentiated followed by that of the input; but of a result that is an array, without `full_jacobian`, it
    is that of the sum, which for some results `weights` weight. A `sparse` one has only the elements that may be other
    than 0."""

    names: Names
    results: tuple[str, ...]
    wrt: tuple[str, ...]
    max_order: int
    limits: StepLimits
    direction: tuple[tuple[str, Any], ...] | None
    full_jacobian: bool = False
    sparse: bool = False
    weights: Mapping[str, Any] = MappingProxyType({})

    def by(self, multi: Multi) -> tuple[str, ...]:
        """The names of what a derivative is by; a direction has one that no input can have."""
        return (ALONG,) * len(multi) if self.direction is not None else tuple([self.wrt[i] for i in multi])

    def by_elements(self, result: Any) -> bool:
        """Whether the derivatives of a result are those of each of its elements, and so whole, as a Hessian is."""
        return self.full_jacobian or not shape_of(result)

    def has_jacobians(self, inputs: Mapping[str, Any]) -> bool:
        """Whether a derivative for these inputs may have the axes of more than one array."""
        several = self.max_order > 1 and self.direction is None
        return self.full_jacobian or (several and any([shape_of(inputs[name]) for name in self.wrt]))

    def matrix(self, results: Mapping[OutputKey, Any], inputs: Mapping[str, Any]) -> tuple[str, list[str]] | None:
        """The first result that has derivatives with the axes of more than one array, and by which inputs; None if none
        has."""
        arrays = [name for name in self.wrt if shape_of(inputs[name])] if self.has_jacobians(inputs) else []
        return next(((name, arrays) for name in self.results if arrays and self.by_elements(results[name, ()])), None)

    def place(self, name: str) -> Span:
        """Where a result stands in the text."""
        return self.names.assigned.get(name) or self.names.inputs[name]

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

    def tangents(self, inputs: Mapping[str, Value], constant: Callable[[Any], Value]) -> list[tuple[Value, Value]]:
        """The inputs that move along the direction, with their tangents, in their shapes. Raises where those do not
        fit. What has the tangent 0 stands still: not even an infinite slope by it counts."""
        found = []
        for name, tangent in self.direction or ():
            x = inputs[name]
            if shape_of(tangent) not in ((), shape_of(x)):
                raise EvaluationError(
                    f"the tangent of {name} has shape {shape_of(tangent)}, its value {shape_of(x)}",
                    self.names.inputs[name],
                    hint="give a number for each element, or one for all",
                )
            if is_array(tangent):
                t = constant(tangent)
            elif tangent == 0:
                continue
            else:
                t = S.broadcast_to(constant(tangent), x) if shape_of(x) else constant(tangent)
            found.append((x, t))
        return found


class Computed(NamedTuple):
    """What a mode computed; a derivative that no path reaches is missing. `kinks` has the notes on the kinks and jumps
    that results rest on, by the result."""

    values: dict[OutputKey, Any]
    notes: list[Note]
    places: Mapping[OutputKey, SparsePlaces] = MappingProxyType({})
    kinks: Mapping[str, list[Note]] = MappingProxyType({})


def multi_indices(inputs: int, max_order: int) -> list[Multi]:
    """The derivatives to show: by order, each unordered choice of inputs once, in the order of the inputs."""
    orders = range(1, max_order + 1 if inputs else 1)
    return [multi for order in orders for multi in combinations_with_replacement(range(inputs), order)]


def lowered(task: Task, builder: Builder, inputs: Mapping[str, Value]) -> tuple[dict[str, Value], Lowering]:
    """The task's results as a mode's nodes, and what the lowering has seen on the way."""
    lowering = Lowering(builder, task.names, task.limits)
    return lowering.program(inputs, task.results), lowering


def derived(
    task: Task,
    results: Mapping[str, Value],
    inputs: Mapping[str, Value],
    sweeps: Sweeps,
) -> Derived:
    """The results and their derivatives."""
    if task.direction is not None:
        return Derived(_derived_along(task, results, task.tangents(inputs, sweeps.constant), sweeps), {})
    wrt = [inputs[name] for name in task.wrt]
    jacobians = task.has_jacobians(inputs) and not task.sparse
    made = Derived({}, {})
    for name in task.results:
        made.values[name, ()] = results[name]
        chains: dict[int, chain.Chain] = {}
        try:
            if jacobians and task.by_elements(results[name]):  # what no path reaches is made, too
                for multi in multi_indices(len(wrt), task.max_order):
                    shape = sum([shape_of(wrt[i]) for i in multi], shape_of(results[name]))
                    limits.within(shape, hint="ask for a lower order, or for those that may be other than 0 (sparse)")
            first = next_index()
            for multi in ((), *multi_indices(len(wrt), task.max_order - 1)) if task.max_order else ():
                _differentiate(task, name, multi, wrt, sweeps, chains, made)
                if len(multi) >= _ALL_TOGETHER:
                    limits.check_swept(next_index() - first)
        except ExprError as problem:
            problem.span = problem.span or task.place(name)
            raise
    return made


def _differentiate(
    task: Task,
    name: str,
    multi: Multi,
    wrt: Sequence[Value],
    sweeps: Sweeps,
    chains: dict[int, chain.Chain],
    made: Derived,
) -> None:
    """Adds the derivatives of a result or derivative by each input, from the last one that it was differentiated by
    on. `chains` are those of the result by one input alone."""
    found, places = made
    parent = found.get((name, multi))
    if parent is None:
        return
    first = multi[-1] if multi else 0
    summed = not (multi or task.full_jacobian)  # the shape of a result may not be known before it is computed
    if summed or not shape_of(parent) or not task.by_elements(found[name, ()]):
        if len(multi) >= SWEPT_ORDERS and multi[0] == first and shape_of(parent) == shape_of(wrt[first]) == ():
            if first not in chains:
                chains[first] = chain.Chain(wrt[first])
            following = chains[first].following(parent, sweeps.visit(name))
            found |= {} if following is None else {(name, (*multi, first)): following}
            first += 1
        if first < len(wrt):
            pulled = sweeps.pull(name, parent, wrt[first:], len(multi))
            found |= {(name, (*multi, i)): g for i, g in enumerate(pulled, first) if g is not None}
        return
    if (name, multi) in places:
        raise UnsupportedError(
            "sparse derivatives of sparse derivatives are not part of this version",
            hint="ask for a lower order, or leave out sparse=",
        )
    for i, x in enumerate(wrt[first:], first):
        value, at = jacobian(name, parent, x, len(multi), sweeps, sparse=task.sparse)
        if value is not None:
            found[name, (*multi, i)] = value
        if at is not None:
            places[name, (*multi, i)] = at


def _derived_along(
    task: Task, results: Mapping[str, Value], tangents: Sequence[tuple[Value, Value]], sweeps: Sweeps
) -> dict[OutputKey, Value]:
    """The results and their derivatives along the task's direction, as if it were the only input."""
    found: dict[OutputKey, Value] = {}
    for name in task.results:
        value: Value | None = results[name]
        found[name, ()] = value
        for order in range(1, task.max_order + 1):
            try:
                value = sweeps.push(name, value, tangents, order - 1)
            except ExprError as problem:
                problem.span = problem.span or task.place(name)
                raise
            if value is None:
                break
            found[name, (0,) * order] = value
    return found


def keys(task: Task) -> list[OutputKey]:
    """The outputs of a task of numbers, in order: of each result the value, then its derivatives."""
    derivatives = (
        [(0,) * order for order in range(1, task.max_order + 1)]
        if task.direction is not None
        else multi_indices(len(task.wrt), task.max_order)
    )
    return [(name, multi) for name in task.results for multi in ((), *derivatives)]


def before(key: OutputKey) -> list[OutputKey]:
    """What a derivative is the derivative of: the value, its first derivative, and so on."""
    name, multi = key
    return [(name, multi[:order]) for order in range(len(multi))]


def output_name(key: OutputKey, task: Task) -> str:
    """The name of an output: `c`, `dc_dx`, `d2c_dx_dy`; along a direction `dc_along`, `d2c_along`."""
    name, multi = key
    if not multi:
        return name
    return column_name(name, () if task.direction is not None else task.by(multi), len(multi))
