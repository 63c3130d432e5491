"""The formulas of a task: its graph is defined, and read instead of run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from exprgrad.algebra.equations import Asked, Equation, equations
from exprgrad.derivatives import Task, keys
from exprgrad.diagnostics import Span
from exprgrad.static.defining import StaticTask
from exprgrad.syntax.names import CONSTANTS, Names, named_pieces, walk
from exprgrad.syntax.plan import Assign, plan

from exprgrad.syntax.tree import Call, Derivatives, Diff


def task_equations(task: Task, text: str, shapes: Sequence[tuple[int, ...]], *, inline: bool) -> list[Equation]:
    """The values and derivatives of a task, for inputs of these shapes. Raises an UnsupportedError for what has no
    formula."""
    graph = StaticTask(task, shapes)
    nodes = graph.complete(keys(task))
    along = task.direction is not None
    asked = [
        Asked(node, name, () if along else task.by(multi), len(multi) if along else 0)
        for (name, multi), node in nodes.items()
    ]
    names = task.names
    taken = {*names.order, *names.inputs, *names.assigned, *CONSTANTS}
    return equations(
        asked,
        {node.index: name for name, node in graph.inputs.items()},
        _named(names, [nodes[name, ()] for name in task.results], graph.derivative_from),
        _statements(names, task.results),
        decimals="." in text,
        inline=inline,
        is_taken=taken.__contains__,
    )


def _named(names: Names, results: Sequence[Any], derivative_from: int) -> Mapping[int, tuple[str, Any]]:
    """The nodes that names of the program stand for, by their index: those that are assigned once, by what one node
    computes, in the order of the program."""
    pieces = named_pieces(names)
    assigned = list(pieces.values())
    found: dict[Span, list[Any]] = {}
    seen: set[int] = set()
    stack = list(results)
    ends = {node.index for node in results}
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen.add(node.index)
        if node.op is not None and node.scope is None and node.span in pieces and node.index < derivative_from:
            found.setdefault(node.span, []).append(node)
        stack += node.operands
    return {
        nodes[0].index: (name, nodes[0])
        for span, name in pieces.items()
        if assigned.count(name) == 1
        and len(nodes := found.get(span, [])) == 1
        and not (nodes[0].index in ends and name in names.results)
    }


def _statements(names: Names, results: Sequence[str]) -> list[Equation] | None:
    """The statements that the results need as they were written, if all are formulas without derivatives and functions
    of the program's own."""
    found = []
    for step in plan(names, results):
        if not isinstance(step, Assign) or any(
            isinstance(x, Diff | Derivatives) or (isinstance(x, Call) and x.function in names.functions)
            for x in walk(step.value)
        ):
            return None
        found.append(Equation(step.name, step.value))
    return found
