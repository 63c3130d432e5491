"""A task in static mode: the graph of its values and all derivatives is defined once, and then run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exprgrad.autodiff import Sweeps
from exprgrad.derivatives import Computed, OutputKey, Task, before, derived, keys, lowered
from exprgrad.diagnostics import Span
from exprgrad.jacobians import SparsePlaces
from exprgrad.lowering.builder import Lower, Tangents
from exprgrad.lowering.checks import check_static
from exprgrad.notes import Visited, collector, conventions, with_hard_points
from exprgrad.numbers.arithmetic import from_python, to_python
from exprgrad.numbers.scalars import ROUNDED, is_array
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Scope, unreached
from exprgrad.ops.registry import Op, Value, next_index
from exprgrad.program.compilation import assemble
from exprgrad.program.program import Program
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.graph import Node


class Defining:
    """The builder of a graph: both sides of a conditional become regions, and the body of a loop one for all
    iterations."""

    def constant(self, value: Any, scope: Scope | None, span: Span) -> Value:
        node = Node.constant(from_python(value), scope)
        node.span = span
        return node

    recording = True
    uneven = False

    def finished(self, key: Any, operands: Sequence[Value], tangents: Tangents, lower: Lower, budget: Budget) -> None:
        return None

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        node = Node.record(op, operands)
        node.span = span
        return node

    def decide(self, condition: Value) -> bool | None:
        return None


class StaticTask:
    """The graph of a task for inputs of these shapes, which a builder defines, and the program that runs it."""

    def __init__(
        self,
        task: Task,
        shapes: Sequence[tuple[int, ...]],
        numbers: Mapping[str, Any] | None = None,
        builder: Defining | None = None,
    ) -> None:
        # In static mode it has been refused already.
        check_static(task.names, task.results, "a program has an end, too: write a loop")
        self.task = task
        # Positions that decide what depends on what, with the values that were met.
        self._assumed: dict[Node, Any] = {}
        self._assuming: Interpreter | None = None
        self.inputs = {
            name: Node(shape=shape, name=name) for name, shape in zip(task.names.inputs, shapes, strict=True)
        }
        for name, span in task.names.inputs.items():
            self.inputs[name].span = span
        results, lowering = lowered(task, builder or Defining(), self.inputs)
        self.notes = lowering.notes
        self.derivative_from = next_index()
        visited: dict[str, list[Visited]] = {
            name: [Visited(*visit) for visit in lowering.visited] for name in task.results
        }

        def value_of(node: Any) -> Any:
            assert numbers is not None
            if node not in self._assumed:
                (self._assumed[node],) = self._interpreter([node]).run(list(numbers.values()))
            return self._assumed[node]

        def rounded(x: Any) -> bool:
            number = None if numbers is None or x.name is None else numbers[x.name]
            return number is None or not is_array(number) or bool(number.dtype == object)

        def constant(number: Any) -> Node:
            return Node.constant(from_python(number))

        sweeps = Sweeps(
            constant, None if numbers is None else value_of, rounded, task.weight, lambda name: collector(visited[name])
        )
        self.nodes: Mapping[Any, Node]
        self.places: Mapping[OutputKey, SparsePlaces]
        self.nodes, self.places = derived(task, results, self.inputs, sweeps)
        self.visited = {name: with_hard_points(found, self.derivative_from) for name, found in visited.items()}
        self.kinked = {
            name: [v for v in found if v.node.op and v.node.op.beside is not None]
            for name, found in self.visited.items()
        }
        # With and without what the notes need; each is made when it first runs. What tells of hard points, or of kinks
        # alone, comes after the values.
        self._interpreters: dict[bool, Interpreter] = {}
        self._watched: dict[bool, list[Any]] = {}

    def fits(self, numbers: Mapping[str, Any]) -> bool:
        """Whether what depends on what is still as it was when the graph was defined."""
        if not self._assumed:
            return True
        if self._assuming is None:
            self._assuming = self._interpreter(list(self._assumed))
        values = self._assuming.run(list(numbers.values()))
        return all(
            bool((to_python(value) == to_python(before)).all())
            for value, before in zip(values, self._assumed.values(), strict=True)
        )

    def _interpreter(self, fetches: Sequence[Node], watched: int = 0) -> Interpreter:
        return Interpreter(assemble(fetches, list(self.inputs.values())), watched)

    def complete(self, keys: Sequence[OutputKey]) -> dict[OutputKey, Node]:
        """Values and derivatives by their keys, also those that no path reaches: 0, or nan where what they are the
        derivative of is nan."""
        nodes: dict[OutputKey, Node] = {}
        for name, multi in keys:
            node = self.nodes.get((name, multi))
            if node is None:
                sources = [nodes[earlier] for earlier in before((name, multi))]
                by = sources[0] if self.task.direction is not None else self.inputs[self.task.wrt[multi[-1]]]
                node = unreached(by, *sources)
            nodes[name, multi] = node
        return nodes

    def program(self) -> Program:
        """The values and all derivatives as a program that can be told apart by its names."""
        wanted = keys(self.task)
        nodes = self.complete(wanted)
        names = [(name, *self.task.by(multi)) for name, multi in wanted]
        return assemble(list(nodes.values()), list(self.inputs.values()), names)

    def interpreter(self, notes: bool) -> Interpreter:
        """What runs: the values, and what the notes need."""
        interpreter = self._interpreters.get(notes)
        if interpreter is None:
            visited = (v for of_result in (self.visited if notes else self.kinked).values() for v in of_result)
            watched = list(dict.fromkeys(x for v in visited for x in (v.node, *v.node.operands, v.cotangent)))
            self._watched[notes] = watched
            fetches = [*self.nodes.values(), *watched]
            interpreter = self._interpreters[notes] = self._interpreter(fetches, len(watched))
            if interpreter.numbers_alone:
                interpreter.bind(ROUNDED)
        return interpreter

    def run(self, numbers: Mapping[str, Any], *, notes: bool) -> Computed:
        """The values for these inputs, and notes on the conventions that the derivatives rest on."""
        interpreter, given = self.interpreter(notes), list(numbers.values())
        found = self._told(interpreter.run(given), notes)
        if (
            (found.notes or found.kinks)
            and interpreter.program.gaps
            and any([is_array(x) and x.dtype != object for x in given])
        ):
            # Of what a note is about no cotangent may have come but a 0 that stands for a structural zero.
            return self._told(interpreter.run(given, exactly=True), notes)
        return found

    def _told(self, fetched: Sequence[Any], notes: bool) -> Computed:
        values = dict(zip(self.nodes, fetched, strict=False))
        seen = dict(zip(self._watched[notes], fetched[len(self.nodes) :], strict=True))
        found = conventions(self.visited if notes else self.kinked, values, seen.__getitem__)
        return Computed(values, found.notes, self.places, found.kinks)
