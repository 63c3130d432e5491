"""The nodes behind a function's results, for who wants to see them rather than the numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from exprgrad.autodiff import upstream
from exprgrad.derivatives import Task, lowered
from exprgrad.lowering import Builder
from exprgrad.numbers.arithmetic import ZERO
from exprgrad.ops.control import Branch
from exprgrad.ops.registry import Traced, Value


class Nodes(NamedTuple):
    """A static graph, or a dynamic trace.

    `inputs` and `named` are nodes by name: what the program is given, and the last value of what it assigns.
    `value` and `cotangent` give a node's number and the derivative of the only result by that node; None where it
    was not computed.
    """

    text: str
    dynamic: bool
    inputs: dict[str, Any]
    named: dict[str, Any]
    results: tuple[str, ...]
    value: Callable[[Traced], Any]
    cotangent: Callable[[Traced], Any]


def named(task: Task, builder: Builder, inputs: dict[str, Value]) -> dict[str, Value]:
    """The results, and before them what else has a name that they need."""
    needed = task.names.needed_for(task.results)
    assigned = [name for name, need in zip(task.names.statements, needed, strict=True) if need]
    return lowered(task._replace(results=tuple(dict.fromkeys([*assigned, *task.results]))), builder, inputs)


def computed_once(results: Sequence[Traced]) -> Iterator[Any]:
    """What the results are computed from, inside the sides of branches too, but not in what is repeated."""
    stack = [results]
    while stack:
        for node in upstream(stack.pop()).values():
            yield node
            if isinstance(node.op, Branch):
                stack += [[x for x in side.results if x is not None] for side in node.op.regions if side is not None]


def present(value: Any) -> Any:
    """A value that flowed; None for a structural zero, which is the absence of one."""
    return None if value is ZERO else value
