"""A task in dynamic mode: the program runs and is traced, and the trace is differentiated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exprgrad.autodiff import Sweeps
from exprgrad.derivatives import Computed, Task, derived, lowered
from exprgrad.diagnostics import Span
from exprgrad.dynamic import nan_origin
from exprgrad.dynamic.blocks import rests_on
from exprgrad.dynamic.loops import handed
from exprgrad.dynamic.node import Tensor
from exprgrad.lowering.builder import Lower, Tangents
from exprgrad.nodes import named
from exprgrad.notes import Visited, collector, conventions, hard_points, with_hard_points
from exprgrad.numbers.arithmetic import from_python, is_nan, truth
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Op, Value, next_index
from exprgrad.records import NamedTuple


class Tracing:
    """The builder of a trace: what the conditions choose runs, and only that. What is not recorded cannot be
    differentiated. With what gives `loops` (see `static.loops`) those that can be run as programs of their own."""

    uneven = False

    def __init__(self, recording: bool = True, loops: Any = None) -> None:
        self.recording = recording
        self._loops = loops
        # A loop meets the same literal again and again; in a trace to look at each stands where it was met.
        self._constants: dict[tuple[Span, str], Tensor] = {}

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        if type(value) is not float:  # an array
            array = Tensor(from_python(value), requires_grad=self.recording)
            array.span = span
            return array
        key = span, repr(value)
        tensor = self._constants.get(key)
        if tensor is None:
            tensor = Tensor(from_python(value), requires_grad=self.recording)
            tensor.span = span
            if self._loops is not None:
                self._constants[key] = tensor
        return tensor

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        tensor = Tensor.record(op, operands)
        tensor.span = span
        return tensor

    def finished(
        self, key: Any, operands: Sequence[Value], tangents: Tangents, lower: Lower, budget: Budget
    ) -> tuple[Sequence[Value], Sequence[tuple[Any, ...]]] | None:
        if self._loops is None:
            return None
        loop = self._loops().defined(key, operands, tangents, lower)
        given = [*operands, *[t for t in tangents.values() if t is not None]]
        return None if loop is None else handed(loop, given, self.recording, budget)

    def decide(self, condition: Value) -> bool | None:
        return truth(condition.value)


class Asking(Tracing):
    """Traces, and keeps the conditions that were asked."""

    def __init__(self, loops: Any = None) -> None:
        super().__init__(loops=loops)
        self.conditions: list[Value] = []

    def decide(self, condition: Value) -> bool | None:
        self.conditions.append(condition)
        return super().decide(condition)


class Trace(NamedTuple):
    """A run to look at: the inputs, the last values of all names, and the conditions that were asked."""

    inputs: dict[str, Tensor]
    named: dict[str, Any]
    conditions: Sequence[Any]


def trace(task: Task, numbers: Mapping[str, Any], asking: Asking | None = None) -> Trace:
    """Runs a task, and keeps what it recorded."""
    asking = asking or Asking()
    inputs = leaves(task, numbers)
    return Trace(inputs, named(task, asking, dict(inputs)), asking.conditions)


def leaves(task: Task, numbers: Mapping[str, Any], requires_grad: bool = True) -> dict[str, Tensor]:
    """The inputs of a program as tensors that know where they stand in its text."""
    inputs: dict[str, Tensor] = {}
    for name, number in numbers.items():
        inputs[name] = Tensor(number, requires_grad=requires_grad)
        inputs[name].span = task.names.inputs[name]
    return inputs


def run(task: Task, numbers: Mapping[str, Any], *, notes: bool, loops: Any = None) -> Computed:
    """Runs a task once. `loops` (see `static.loops`) has those of its loops that run as programs; without, all is
    traced, so that the origin of a nan can be found. Else derivatives of the highest order are bare numbers."""
    trace_all = loops is None
    # Of values alone, an untraced run needs no memory for each iteration of a loop.
    recording = trace_all or task.max_order > 0 or bool(task.names.diffs)
    inputs = leaves(task, numbers, recording)
    asking = Asking(loops) if task.names.diffs else None  # what a diff() asked for may decide
    results, lowering = lowered(task, asking or Tracing(recording, loops), inputs)
    derivative_from = next_index()
    of_diffs = with_hard_points([Visited(*visit) for visit in lowering.visited], derivative_from)
    if any([type(v.cotangent.value) is list for v in of_diffs]) and any(True for _ in hard_points(of_diffs, _value)):
        # In which iterations it counts only a trace can tell.
        return run(task, numbers, notes=notes)
    visited: dict[str, list[Visited]] = {name: [] for name in task.results}
    if of_diffs and asking is not None:
        for name, value in results.items():
            behind = rests_on([value, *asking.conditions])
            visited[name] = [visit for visit in of_diffs if visit.cotangent.index in behind]
    visits = {name: collector(found, kinks_alone=not notes) for name, found in visited.items()}

    def constant(number: Any) -> Tensor:
        return Tensor(from_python(number), requires_grad=True)

    jacobians = task.has_jacobians(inputs)
    sweeps = Sweeps(
        constant,
        _value,
        lambda x: not is_array(x.value) or x.value.dtype == object,
        task.weight,
        visits.__getitem__,
        lambda order: trace_all or jacobians or order + 1 < task.max_order,
    )
    nodes, places = derived(task, results, inputs, sweeps)
    values = {key: node.value if isinstance(node, Tensor) else node for key, node in nodes.items()}
    passed = {name: with_hard_points(found, derivative_from) for name, found in visited.items()}
    if not notes:
        return Computed(values, [], places, conventions(passed, values, _value).kinks)
    nans = {key: nodes[key] for key, value in values.items() if is_nan(value)}
    if nans and not trace_all:
        return run(task, numbers, notes=True)
    found = conventions(passed, values, _value)
    origins = nan_origin.nan_notes(nans, _value, derivative_from, found.nodes)
    return Computed(values, [*lowering.notes, *found.notes, *origins], places, found.kinks)


def _value(tensor: Any) -> Any:
    return tensor.value
