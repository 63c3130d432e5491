"""The graph of a program's values as it is defined, and where it is run too, what flowed along its edges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exprgrad.autodiff import between, reverse
from exprgrad.derivatives import Task
from exprgrad.nodes import Nodes, computed, named, present, total
from exprgrad.numbers.arithmetic import is_array
from exprgrad.ops.control import seed
from exprgrad.static.evaluate import Defining
from exprgrad.static.graph import Node, placeholder
from exprgrad.static.instructions import Program


def defined(text: str, task: Task, numbers: Mapping[str, Any] | None) -> Nodes:
    """Defines the graph of a task, and runs it if there are numbers for its inputs."""
    inputs: dict[str, Any] = {}
    for name, span in task.names.inputs.items():
        inputs[name] = placeholder(shape=None if numbers and is_array(numbers[name]) else (), name=name)
        inputs[name].span = span
    nodes = named(task, Defining(), inputs)
    flowed: dict[int, Any] = {}
    cotangents: dict[int, Any] = {}
    if numbers is not None:
        results = [nodes[name] for name in task.results]
        watched = computed(results)
        pulled = _cotangents(results[0], inputs, task) if len(results) == 1 else []
        pulled = [(index, g) for index, g in pulled if index in watched]
        program = Program([*watched.values(), *(g for _, g in pulled)], list(inputs.values()))
        values = program.run(list(numbers.values()))
        flowed = dict(zip(watched, values, strict=False))
        parts: dict[int, list[Any]] = {}
        for (index, _), value in zip(pulled, values[len(watched) :], strict=True):
            parts.setdefault(index, []).append(value)
        cotangents = {index: total(values) for index, values in parts.items()}
        flowed |= {inputs[name].index: number for name, number in numbers.items()}
    return Nodes(
        text,
        False,
        inputs,
        nodes,
        task.results,
        lambda node: present(flowed.get(node.index)),
        lambda node: present(cotangents.get(node.index)),
    )


def _cotangents(output: Node, inputs: Mapping[str, Node], task: Task) -> list[tuple[int, Node]]:
    """The derivative of the output by each node between it and the inputs, as nodes, with the index of the node: inside
    of branches and loops in as many parts as there are regions that read it."""
    way = between([output], [inputs[name] for name in task.wrt])
    if not task.max_order or output.index not in way:
        return []
    inside: list[tuple[int, Node]] = []
    found = reverse(
        [(output, seed(output))],
        way,
        symbolic=True,
        wanted=way,
        # What lies inside of branches and loops comes to light only here.
        visit=lambda node, positions, g: None if node.index in way else inside.append((node.index, g)),
    )
    return [*inside, *found.items()]
