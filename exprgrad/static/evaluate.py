"""A task in static mode: the graph of its values and all derivatives is defined once, and then run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from exprgrad.derivatives import Run, Task, derived, lowered
from exprgrad.diagnostics import Span
from exprgrad.notes import Visited, collector, conventions, with_hard_points, wrong_turns
from exprgrad.numbers.arithmetic import from_python, is_nan
from exprgrad.ops.control import Scope, seed
from exprgrad.ops.registry import Traced, Value, next_index
from exprgrad.static.graph import Node, constant, placeholder, pull_back
from exprgrad.static.instructions import Program


class Defining:
    """The builder of a graph: both sides of a conditional become regions."""

    def constant(self, value: float, scope: Scope | None, span: Span) -> Value:
        return constant(from_python(value), scope=scope, span=span)

    def sides(self, condition: Value) -> Sequence[bool]:
        return (True, False)


class StaticTask:
    """The graph of a task for inputs of which those in `arrays` are ndarrays, and the program that runs it."""

    def __init__(self, task: Task, arrays: Collection[str]) -> None:
        self.inputs = {name: placeholder(shape=None if name in arrays else (), name=name) for name in task.names.inputs}
        for name, span in task.names.inputs.items():
            self.inputs[name].span = span
        results = lowered(task, Defining(), self.inputs)
        self.derivative_from = next_index()
        visited: dict[str, list[Visited]] = {name: [] for name in task.results}
        self.nodes: dict[Any, Node] = derived(
            task,
            results,
            self.inputs,
            lambda name, parent, xs, order: pull_back([(parent, seed(parent))], xs, collector(visited[name])),
        )
        self.visited = {name: with_hard_points(found, self.derivative_from) for name, found in visited.items()}
        self.watched: list[Any] = list(
            dict.fromkeys(
                node
                for found in self.visited.values()
                for v in found
                for node in (v.node, *v.node.operands, v.cotangent)
            )
        )
        self.program = Program([*self.nodes.values(), *self.watched], list(self.inputs.values()))

    def run(self, numbers: Mapping[str, Any], *, notes: bool) -> Run:
        """The values for these inputs."""
        feeds = list(numbers.values())
        fetched = self.program.run(feeds)
        values = dict(zip(self.nodes, fetched, strict=False))
        if not notes:
            return Run(values, [])
        watched = dict(zip(self.watched, fetched[len(self.nodes) :], strict=True))
        found, at_hard_points = conventions(self.visited, values, watched.__getitem__)
        nans = {key: self.nodes[key] for key, value in values.items() if is_nan(value)}
        if nans:
            seen: dict[Traced, Any] = dict(zip(self.inputs.values(), feeds, strict=True))
            observed = Program(list(self.nodes.values()), list(self.inputs.values()), observed=True)
            observed.observe(feeds, lambda node, operands, value: seen.__setitem__(node, value))
            found += wrong_turns(
                nans,
                lambda node: seen[node] if node in seen else getattr(node, "value", None),
                self.derivative_from,
                at_hard_points,
            )
        return Run(values, found)
