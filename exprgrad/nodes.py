"""The nodes behind a function's results, for who wants to see them rather than the numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from exprgrad.derivatives import Task, lowered
from exprgrad.lowering import Builder
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add
from exprgrad.ops.registry import Traced, Value
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import is_hidden


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
    """All names that have a value at the end, results included."""
    results, lowering = lowered(task, builder, inputs)
    given = {x.index for x in inputs.values()}
    found = {name: x for name, x in lowering.values.items() if not is_hidden(name) and x.index not in given}
    return found | results


def total(parts: Sequence[Any]) -> Any:
    """The sum of what the regions that read a value add to its cotangent; of lists, one value an iteration, each."""
    found: Any = ZERO
    for part in parts:
        if found is ZERO:
            found = part
        elif isinstance(part, list):
            found = [total(pair) for pair in zip(found, part, strict=True)]
        elif part is not ZERO:
            found = add(found, part)
    return found


def present(value: Any) -> Any:
    """A value that flowed; None for a structural zero, which is the absence of one."""
    return None if value is ZERO else value
