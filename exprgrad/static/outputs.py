"""All that a task of numbers gives, as nodes of one graph."""

from __future__ import annotations

from exprgrad.derivatives import Key, Task, before, keys
from exprgrad.ops.control import unreached
from exprgrad.static.evaluate import StaticTask
from exprgrad.static.graph import Node


def outputs(task: Task) -> tuple[StaticTask, dict[Key, Node]]:
    """The graph of a task whose inputs are numbers, and a node for each value and derivative, reached or not."""
    graph = StaticTask(task, [()] * len(task.names.inputs))
    nodes: dict[Key, Node] = {}
    for key in keys(task):
        node = graph.nodes.get(key)
        sources = [nodes[earlier] for earlier in before(key)]
        nodes[key] = unreached(sources[0], *sources) if node is None else node
    return graph, nodes
