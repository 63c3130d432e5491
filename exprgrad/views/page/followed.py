"""Numbers that know how they came of the inputs, so that a page can compute them anew.

A run on such numbers is traced like any other: each of its values, cotangents and partials computes at once, and
becomes a node of a static graph as well. That graph is the run straightened: what the conditions chose, in a row. For
other inputs it tells the truth as long as these conditions still hold, which are numbers of the run, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from exprgrad.dynamic.tracing import Asking
from exprgrad.numbers.arithmetic import to_python, truth
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.registry import Op, Traced, Value
from exprgrad.ops.structural import Structural
from exprgrad.program.compilation import assemble
from exprgrad.program.program import Program
from exprgrad.static.graph import Node


class Way:
    """The way that a run takes: the numbers whose truth decided it, and how many more operations are followed."""

    def __init__(self, most: int) -> None:
        self.left = most
        self.decisions: list[Followed] = []


class Followed(Traced):
    """A number, and the node that computes it; None once too many operations were followed."""

    __slots__ = ("node", "number", "way")
    kind: ClassVar[str] = "followed number"

    def __init__(self, number: Any, node: Any, way: Way) -> None:
        self.number = number
        self.node = node
        self.way = way

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Any:
        if isinstance(op, Structural) and op.several:  # a branch or a loop gives what its regions have computed
            return op.compute(operands)
        way = next(x.way for x in operands if type(x) is cls)
        if op.zero == "share" and type(operands[-1]) is cls:  # which is nothing where its last operand is 0
            way.decisions.append(operands[-1])
        number = op.compute([x.number if type(x) is cls else x for x in operands])
        if number is ZERO:
            return ZERO
        nodes = [x.node if type(x) is cls else x for x in operands]
        if way.left <= 0 or None in nodes:
            return cls(number, None, way)
        way.left -= 1
        return cls(number, op(*nodes), way)

    def __float__(self) -> float:
        return float(to_python(self.number))


class Deciding(Asking):
    """Traces a run on such numbers."""

    def decide(self, condition: Value) -> bool | None:
        self.conditions.append(condition)
        if type(condition.value) is not Followed:
            return super().decide(condition)
        condition.value.way.decisions.append(condition.value)
        return truth(condition.value.number)


def followed(numbers: Mapping[str, Any], way: Way) -> dict[str, Followed]:
    """The inputs of a run."""
    return {name: Followed(number, Node(shape=(), name=name), way) for name, number in numbers.items()}


def shown(x: Any) -> Any:
    """A number of the run as a user gets it, unless it is followed."""
    return x if type(x) is Followed else to_python(x)


def program(numbers: Iterable[Followed], inputs: Iterable[Followed]) -> Program:
    """What computes numbers of a run from its inputs."""
    return assemble([x.node for x in numbers], [x.node for x in inputs])
