"""The trace of one run, with the derivative of its result by each value in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exprgrad.autodiff import between, reverse
from exprgrad.derivatives import Task
from exprgrad.dynamic.tracing import Tracing, leaves
from exprgrad.nodes import Nodes, named, present, total
from exprgrad.ops.control import seed


def traced(text: str, task: Task, numbers: Mapping[str, Any]) -> Nodes:
    """Runs a task and keeps what it recorded."""
    inputs = leaves(task, numbers)
    values = named(task, Tracing(), inputs)
    cotangents: dict[int, Any] = {}
    inside: dict[int, list[Any]] = {}
    if task.max_order and len(task.results) == 1:
        output = values[task.results[0]]
        way = between([output], [inputs[name] for name in task.wrt])
        if output.index in way:
            found = reverse(
                [(output, seed.compute((output.value,)))],
                way,
                symbolic=False,
                wanted=way,
                # What lies inside of branches and loops comes to light only here, a part for each region that reads it.
                visit=lambda node, positions, g: inside.setdefault(node.index, []).append(g),
            )
            cotangents = {index: total(parts) for index, parts in inside.items()} | found
    return Nodes(
        text,
        True,
        inputs,
        values,
        task.results,
        lambda node: present(node.value),  # type: ignore[attr-defined]
        lambda node: present(cotangents.get(node.index)),
    )
