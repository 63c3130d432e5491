"""Define by running: a tensor computes at once and remembers how, so nodes are data and edges are operations.

The trace is the tensors themselves: each knows its operation and operands. Walking it backwards in order of
creation is the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from exprgrad.numbers.arithmetic import to_python, weak
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.registry import Op, Traced, Value, next_index
from exprgrad.ops.structural import shape_of


class Tensor(Traced):
    """A value and how it came about: by which operation, of which operands.

    `requires_grad` says whether it can be differentiated by, or was computed from what can: only then it is recorded
    what it came from.
    """

    __slots__ = ("requires_grad", "value")
    kind: ClassVar[str] = "dynamic tensor"
    value: Any
    requires_grad: bool

    def __init__(
        self, value: Any, op: Op | None = None, left: Any = None, right: Any = None, requires_grad: bool = False
    ) -> None:
        self.value = value
        self.op = op
        self.left = left
        self.right = right
        self.requires_grad = requires_grad
        self.rest = ()
        self.span = None
        self.index = next_index()

    @classmethod
    def record(cls, op: Op, operands: Sequence[Value]) -> Tensor:
        if len(operands) == 2:  # as most are: a long trace spends its time here
            x, y = operands
            if type(x) is cls and type(y) is cls and (x.requires_grad or y.requires_grad):
                made: Tensor = cls(op(x.value, y.value), op, x, y, True)
                return made
        tensors = [x if type(x) is cls else cls.constant(x) for x in operands]
        value = op(*[x.value for x in tensors])
        if not any([x.requires_grad for x in tensors]):
            return cls(value)
        if len(tensors) <= 2:
            return cls(value, op, tensors[0], tensors[1] if len(tensors) == 2 else None, True)
        out = cls(value, op, None, None, True)
        out.rest = tuple(tensors)
        return out

    @classmethod
    def constant(cls, x: Any) -> Tensor:
        """A number or an array that meets a tensor. Python's numbers take the precision of what they meet."""
        return cls(weak(x))

    @classmethod
    def parameter(cls, outer: Any, scope: Any) -> Tensor:
        param = cls(outer.value, requires_grad=outer.requires_grad)
        param.rest = (outer,)
        param.span = outer.span
        return param

    def absent(self, scope: Any) -> Tensor:
        return type(self)(ZERO, requires_grad=True)

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes along the axes; () for a scalar."""
        return shape_of(self.value)

    def __repr__(self) -> str:
        return f"<tensor {to_python(self.value)}{'' if self.op is None else f' of {self.op.name}'}>"
