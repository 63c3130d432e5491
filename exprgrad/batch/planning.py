"""What is computed for each row: the outputs of a task as a program of numbers."""

from __future__ import annotations

from collections.abc import Sequence

from exprgrad.derivatives import Task, before, keys
from exprgrad.diagnostics import UnsupportedError
from exprgrad.kinks.hits import hits
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.program.compilation import assemble
from exprgrad.program.program import Program
from exprgrad.run.row_plan import RowPlan, Stored, Wanted
from exprgrad.static.defining import StaticTask
from exprgrad.static.graph import Node


def planned(task: Task, *, rounded: bool = False) -> RowPlan:
    """A task compiled for inputs that are numbers; `rounded` has the operations that one evaluation has. Raises
    UnsupportedError where a value on the way is an array."""
    if not rounded and task.direction is None and len(task.wrt) == 1 and not task.weights:
        # By one input, forward mode costs no more than the reverse sweep and keeps nothing for later.
        task = task._replace(wrt=(), direction=((task.wrt[0], FLOAT64.number(1.0)),))
    graph = StaticTask(task, [()] * len(task.names.inputs))
    nodes = graph.complete(keys(task))
    feeds = list(graph.inputs.values())
    kink = kink_of(graph, list(nodes.values()))
    program = assemble([*nodes.values(), *([] if kink is None else [kink])], feeds)
    _check(program)
    slots = {key: output.slot for key, output in zip(nodes, program.outputs, strict=False)}
    first = len(program.constants)
    numbers: dict[int, int] = {}
    stored: list[Stored] = []
    outputs: list[Wanted] = []
    for key, slot in slots.items():
        if first <= slot < first + len(feeds):
            outputs.append(Wanted(key, slot - first, None))
            continue
        if slot not in numbers:
            numbers[slot] = len(stored)
            stored.append(Stored(slot, tuple([slots[earlier] for earlier in before(key)])))
        outputs.append(Wanted(key, None, numbers[slot]))
    if kink is None:
        return RowPlan(program, stored, outputs, None)
    return RowPlan(program, [*stored, Stored(program.outputs[-1].slot, ())], outputs, len(stored))


def _check(program: Program) -> None:
    """Raises UnsupportedError for what does not run by rows."""
    if not program.is_scalar:
        hint = "the rounded engine has arrays on the way; results are numbers: name the elements, as in c0 = c[0]"
        raise UnsupportedError("a value on the way is an array", hint=hint)
    for instruction in program.instructions():
        if not instruction.chooses:
            op = instruction.operation
            if op.partials is None and op.arrays is None:
                raise UnsupportedError(f"{op.name} has no form for rows", instruction.span)


def kink_of(graph: StaticTask, results: Sequence[Node]) -> Node | None:
    """How many kinks a run hits that results rest on; None where there are none."""
    nodes = [v.node for visited in graph.kinked.values() for v in visited]
    return hits(results, nodes) if nodes else None
