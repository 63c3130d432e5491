"""The graph of a program's values as it is defined, and where it is run too, what flowed along its edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exprgrad.autodiff import between, reverse, upstream
from exprgrad.derivatives import Task
from exprgrad.nodes import Nodes, named, present, total
from exprgrad.ops.control import Branch, History, Item, Loop, seed
from exprgrad.ops.registry import Traced
from exprgrad.ops.structural import shape_of
from exprgrad.program.compilation import assemble
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.defining import Defining
from exprgrad.static.graph import Node


def defined(text: str, task: Task, numbers: Mapping[str, Any] | None) -> Nodes:
    """Defines the graph of a task, and runs it if there are numbers for its inputs."""
    inputs: dict[str, Any] = {}
    for name, span in task.names.inputs.items():
        inputs[name] = Node(shape=shape_of(numbers[name]) if numbers else (), name=name, span=span)
    nodes = named(task, Defining(), inputs)
    flowed: dict[int, Any] = {}
    cotangents: dict[int, Any] = {}
    if numbers is not None:
        results = [nodes[name] for name in task.results]
        watched = _computed(results)
        pulled = _cotangents(results[0], inputs, task) if len(results) == 1 else []
        pulled = [(index, g) for index, g in pulled if index in watched]
        program = assemble([*watched.values(), *(g for _, g in pulled)], list(inputs.values()))
        values = Interpreter(program).run(list(numbers.values()))
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


def _computed(results: Sequence[Traced]) -> dict[int, Any]:
    """What the results of a graph are computed from and has values, inside of branches and loops too, by index."""
    found: dict[int, Any] = {}
    stack: list[Sequence[Any]] = [results]
    while stack:
        # What was found is not walked again: a derivative reaches back into what it is the derivative of.
        for index, node in upstream(stack.pop(), lambda node: node.index not in found).items():
            found[index] = node
            if isinstance(node.op, Branch | Loop):
                for region in node.op.regions:
                    assert region is not None, "a graph has both sides"
                    stack.append([x for x in region.results if x is not None])
            if isinstance(node.op, Loop):
                stack.append(node.op.regions[0].params[: node.op.carried])
                if node.op.condition is not None:
                    stack.append([node.op.condition])
    return {index: node for index, node in found.items() if _is_value(node)}


def _is_value(node: Any) -> bool:
    """Whether a node has a value of its own: not a branch or a loop, whose results have, nor a stack."""
    op = node.op
    stack = isinstance(op, Item) and isinstance(node.left.op, Loop) and op.position >= node.left.op.carried
    return not (stack or isinstance(op, Branch | Loop | History))
