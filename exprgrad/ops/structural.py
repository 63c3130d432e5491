"""What is not elementwise: an operation on whole values, with its own rule for shapes and derivatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers.arithmetic import ZERO, dtype_name, from_python, is_array
from exprgrad.ops.registry import Kernel, Op, Value

Shape = tuple[int, ...]
# The size of the axis of compressed values (see `lanes`): how many lanes there are is known only when the graph runs.
LANES: Final = -1


class Structural(Op):
    """An operation that is not elementwise; its operands' values are all it needs.

    One with `several` results is differentiated region by region (see `autodiff`), or by its own `pull`, which takes
    their cotangents by position.
    """

    __slots__ = ()
    several: ClassVar[bool] = False
    # The operand whose shape the result has, if that is all there is to say.
    shaped_as: ClassVar[int | None] = None

    def __init__(self, name: str, operand_names: str, doc: str, zero: str | None = "product", **entry: Any) -> None:
        entry.setdefault("public", False)
        super().__init__(name, operand_names, doc=doc, rounded=lambda r: self.run, zero=zero, **entry)

    def run(self, *operands: Any) -> Any:
        """The value from numbers of any kind."""
        return operands[0]

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        """The shape of the result; None where only the values say it."""
        return shapes[0]

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        """What computes the value from numpy's doubles of these shapes, where it takes less than `run`, which finds out
        first what it was given. None where there is nothing to save. The result may be a view."""
        return None

    def pull(
        self, gs: dict[int, Value], operands: Sequence[Any], needed: Sequence[bool], visit: Any
    ) -> Sequence[tuple[Any, Value]]:
        """The cotangents of the operands that are needed, as bare numbers."""
        raise NotImplementedError(self.name)

    def compute(self, operands: Sequence[Any]) -> Any:
        if self.zero is not None and any([x is ZERO for x in operands]):
            return ZERO
        return self.run(*operands)


class Linear(Structural):
    """An operation that is linear in its first operand; the others only say how."""

    __slots__ = ()

    def transposed(self, g: Value, operands: Sequence[Value]) -> Value:
        """The cotangent of the first operand."""
        raise NotImplementedError(self.name)

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (self.transposed(g, operands), *(None,) * (len(operands) - 1))

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self(tangents[0], *operands[1:])


class Flat(Structural):
    """An operation whose derivative is zero everywhere."""

    __slots__ = ()

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (None,) * len(operands)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None


def filled(x: Any, fill: float) -> Any:
    """One number in the shape and the precision of x."""
    if is_array(x):
        from exprgrad.numbers.arrays import full

        return full(x.shape, fill, x)
    return from_python(fill, dtype_name(x))


def shape_of(x: Any) -> Shape:
    """The shape of a number, an array, or of what stands for one. Raises where it is not known."""
    shape = getattr(x, "shape", ())
    if shape is None:
        raise EvaluationError(
            "the shape of this is not known before the graph runs",
            hint="in a graph both sides of a branch have one shape, and a loop keeps it; --mode dynamic is free",
        )
    return tuple(shape)
