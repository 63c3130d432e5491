"""What is computed for each row: the outputs of a task as a program of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.derivatives import Key, Task, multi_indices
from exprgrad.diagnostics import UnsupportedError
from exprgrad.kinks.hits import hits
from exprgrad.numbers.arithmetic import is_array
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops.control import Item, unreached
from exprgrad.records import NamedTuple
from exprgrad.static.compilation import Compilation
from exprgrad.static.evaluate import StaticTask
from exprgrad.static.graph import Node
from exprgrad.static.instructions import Segment


class Stored(NamedTuple):
    """A value that is written: its slot, and those of the value and the derivatives that it is the derivative of. Where
    it is a structural zero it is 0, or nan where one of these is nan."""

    slot: int
    before: tuple[int, ...]


class Wanted(NamedTuple):
    """A value or derivative that was asked for. It is the input number `input`, unchanged, or the value `stored`."""

    key: Key
    input: int | None
    stored: int | None


class Plan:
    """A task compiled for inputs that are numbers. Raises UnsupportedError where a value on the way is an array.

    `kinked` is the place among the `stored` values of one that is above 0 in the rows that hit a kink, None where there
    is none.
    """

    def __init__(self, task: Task) -> None:
        wanted = keys(task)
        if task.direction is None and len(task.wrt) == 1 and not task.weights:
            # By one input, forward mode costs no more than the reverse sweep and keeps nothing for later.
            task = task._replace(wrt=(), direction=((task.wrt[0], FLOAT64.number(1.0)),))
        graph = StaticTask(task, [()] * len(task.names.inputs))
        nodes: dict[Key, Node] = {}
        for key in wanted:
            node = graph.nodes.get(key)
            sources = [nodes[earlier] for earlier in before(key)]
            nodes[key] = unreached(sources[0], *sources) if node is None else node
        feeds = list(graph.inputs.values())
        kink = kink_of(graph, list(nodes.values()))
        self.code = Compilation([*nodes.values(), *([] if kink is None else [kink])], feeds)
        if not self.code.scalar:
            hint = "the rounded engine has arrays on the way; results are numbers: name the elements, as in c0 = c[0]"
            raise UnsupportedError("a value on the way is an array", hint=hint)
        self.operations = 0
        for step in self.code.code:
            if isinstance(step, Segment):
                self.operations += len(step.instructions)
                for instruction in step.instructions:
                    op = instruction.op
                    if op.partials is None and op.arrays is None and not isinstance(op, Item):
                        raise UnsupportedError(f"{op.name} has no form for rows", instruction.node.span)
        slots = {key: self.code.slots[found] for key, found in zip(nodes, self.code.fetched, strict=False)}
        first = len(self.code.constants)
        numbers: dict[int, int] = {}
        self.stored: list[Stored] = []
        self.outputs: list[Wanted] = []
        for key, slot in slots.items():
            if first <= slot < first + len(feeds):
                self.outputs.append(Wanted(key, slot - first, None))
                continue
            if slot not in numbers:
                numbers[slot] = len(self.stored)
                self.stored.append(Stored(slot, tuple([slots[earlier] for earlier in before(key)])))
            self.outputs.append(Wanted(key, None, numbers[slot]))
        self.kinked: int | None = None
        if kink is not None:
            self.kinked = len(self.stored)
            self.stored.append(Stored(self.code.slots[self.code.fetched[-1]], ()))


def kink_of(graph: StaticTask, results: Sequence[Node]) -> Node | None:
    """How many kinks a run hits that results rest on; None where there are none."""
    nodes = [v.node for visited in graph.kinked.values() for v in visited]
    return hits(results, nodes) if nodes else None


def keys(task: Task) -> list[Key]:
    """The outputs of a task, in order: of each result the value, then its derivatives."""
    derivatives = (
        [(0,) * order for order in range(1, task.max_order + 1)]
        if task.direction is not None
        else list(multi_indices(len(task.wrt), task.max_order))
    )
    return [(name, multi) for name in task.results for multi in ((), *derivatives)]


def before(key: Key) -> list[Key]:
    """What a derivative is the derivative of: the value, its first derivative, and so on."""
    name, multi = key
    return [(name, multi[:order]) for order in range(len(multi))]


def is_column(x: Any) -> bool:
    """Whether the value of an input is one for each row: an array of doubles. A rounded one is shared by all rows."""
    return is_array(x) and x.dtype != object
