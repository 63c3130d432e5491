"""What is not elementwise: an operation on whole values, with its own rule for shapes and derivatives."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar, Final, TypeVar

from exprgrad.diagnostics import EvaluationError, incomplete
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import broadcast, dtype_name, from_python, to_python
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.registry import Kernel, Op, Value

Shape = tuple[int, ...]
_Part = TypeVar("_Part")
# The size of the axis of compressed values (see `lanes`): how many lanes there are is known only when the graph runs.
LANES: Final = -1


class Structural(Op):
    """An operation that is not elementwise; its operands' values are all it needs. It is an entry of functions, beside
    its derivatives:

    run       the value, from numbers of any kind
    absent    the value where operands are structural zeros, by default one itself; where `zero` is None these come to
              `run`
    shape     the shape of the result, from those of the operands: None where only the values say it
    planned   from these shapes what computes the value from numpy's doubles, where that takes less than `run`, which
              finds out first what it was given; None where there is nothing to save. The result may be a view.
    relates   which elements depend on which, where that does not follow from what the operation `moves` or `adds`
    textbook  for each operand what comes to it, for a reader, from the operands and `g`, the cotangent of the result;
              for what a program writes that does more than move elements

    One with `several` results is differentiated region by region (see `autodiff`), or by its own `pull` and `push`.
    """

    __slots__ = (
        "_planned",
        "_relates",
        "_shape",
        "absent",
        "adds",
        "closes_lanes",
        "moves",
        "opens_lanes",
        "positions",
        "run",
        "shaped_as",
        "vanishes",
    )
    several: ClassVar[bool] = False
    # What stands in the place of methods that each kind has to define.
    owed: ClassVar[Sequence[Callable[..., Any]]] = (Op.vjp, Op.jvp)

    def __init__(
        self,
        name: str,
        operand_names: str,
        doc: str,
        zero: str | None = "product",
        *,
        run: Kernel | None = None,
        absent: Kernel = lambda *operands: ZERO,
        shape: Callable[..., Shape | None] | None = None,
        planned: Callable[..., Kernel | None] | None = None,
        relates: Callable[..., tuple[Any, Any] | None] | None = None,
        moves: bool = False,
        adds: bool = False,
        positions: int | None = None,
        opens_lanes: bool = False,
        closes_lanes: bool = False,
        vanishes: bool = False,
        shaped_as: int | None = None,
        **entry: Any,
    ) -> None:
        kind = type(self)
        for lacking in kind.owed:
            if getattr(kind, lacking.__name__) is lacking:
                raise incomplete(name, f"has no {lacking.__name__}", f"define {kind.__name__}.{lacking.__name__}")
        self.run: Kernel = entered(name, "run", run, "gives the value")
        self.absent = absent
        self._shape = shape
        self._planned = planned
        self._relates = relates
        # Whether it only moves elements, some of which may come twice or not at all, or only adds them up; and the
        # first of the operands that are positions.
        self.moves = moves
        self.adds = adds
        self.positions = positions
        # Whether its result lies on some lanes (see `lanes`), or puts such results together.
        self.opens_lanes = opens_lanes
        self.closes_lanes = closes_lanes
        # Whether its result is a structural zero, or has some among its elements, whatever it is given.
        self.vanishes = vanishes
        # The operand whose shape the result has, if that is all there is to say.
        self.shaped_as = shaped_as
        super().__init__(name, operand_names, doc=doc, rounded=lambda r: self.run, zero=zero, public=False, **entry)

    def shape(self, shapes: Sequence[Shape]) -> Shape | None:
        """The shape of the result; None where only the values say it."""
        return shapes[self.shaped_as or 0] if self._shape is None else self._shape(*shapes)

    def planned(self, shapes: Sequence[Shape]) -> Kernel | None:
        """What computes the value from numpy's doubles of these shapes, if there is a short way."""
        return None if self._planned is None else self._planned(*shapes)

    def relates(
        self, position: int, shapes: Sequence[Shape], out: Shape, values: Callable[[int], Any]
    ) -> tuple[Any, Any] | None:
        """Which elements of the result depend on which of an operand: pairs of their numbers, as two arrays. None where
        all may depend on all. `values` gives an operand that holds positions."""
        if self._relates is not None:
            return self._relates(position, shapes, out, values)
        if not (self.moves or self.adds):
            return None
        import numpy as np

        # Where each element goes is found out by moving their numbers.
        operands = [
            values(i) if self.positions is not None and i >= self.positions else np.zeros(shape)
            for i, shape in enumerate(shapes)
        ]
        if self.moves:
            operands[position] = _numbered(shapes[position])
            flat = np.asarray(self.run(*operands), dtype=float).reshape(-1)
            there = np.flatnonzero(flat)
            return there, flat[there].astype(np.intp) - 1
        flat = np.asarray(to_python(self.vjp(_numbered(out), None, operands)[0]), dtype=float).reshape(-1)
        return flat.astype(np.intp) - 1, np.arange(len(flat))

    def follows(self, position: int) -> bool:
        """Whether a derivative reaches an operand at all."""
        return True

    def pull(self, node: Any, gs: dict[int, Any], needed: Sequence[bool], sweep: Any) -> Generator[Any, Any, Any]:
        """What a node of the operation adds to the cotangents of the operands that are needed, given those of its
        results by position: pairs of an operand and a cotangent, and for stacks an operand, a position among its
        results, and what is added there. It may ask for sweeps (see `autodiff.sweep_state`)."""
        raise NotImplementedError(self.name)

    def push(
        self, node: Any, incoming: Sequence[Any], stacks: Sequence[Mapping[int, Any]], sweep: Any
    ) -> Generator[Any, Any, dict[int, Any]]:
        """The tangents of the results by position, given those of the operands, and for those that have several
        results the tangents of these."""
        raise NotImplementedError(self.name)

    def compute(self, operands: Sequence[Any]) -> Any:
        if self.zero is not None and any([x is ZERO for x in operands]):
            return self.absent(*operands)
        return self.run(*operands)


class Linear(Structural):
    """An operation that is linear in its first operand; the others only say how.

    transposed   the cotangent of that operand from the one of the result and the operands, written in operations
    tangent      the tangent of the result from that of the operand and the others; by default the operation itself
    """

    __slots__ = ("_tangent", "_transposed")
    owed = ()

    def __init__(
        self,
        name: str,
        operand_names: str,
        doc: str,
        *,
        transposed: Callable[..., Value] | None = None,
        tangent: Callable[..., Value] | None = None,
        **entry: Any,
    ) -> None:
        self._transposed = entered(name, "transposed", transposed, "gives the cotangent of its first operand")
        self._tangent = tangent or self
        super().__init__(name, operand_names, doc, **entry)

    def follows(self, position: int) -> bool:
        return position == 0

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (self._transposed(g, *operands), *(None,) * (len(operands) - 1))

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None if tangents[0] is None else self._tangent(tangents[0], *operands[1:])


class Joint(Structural):
    """An operation that is linear in many operands together, those from `start` on; the ones before only say how.

    `transposed` gives, written in operations, the cotangents of these operands from the one of the result and all
    operands; `still` the tangent of an operand, from what is known of it, None where it does not move, and the operand.
    """

    __slots__ = ("_start", "_still", "_transposed")
    owed = ()

    def __init__(
        self,
        name: str,
        operand_names: str,
        doc: str,
        *,
        transposed: Callable[..., Sequence[Value]] | None = None,
        still: Callable[[Value | None, Value], Value] | None = None,
        start: int = 0,
        **entry: Any,
    ) -> None:
        self._transposed = entered(name, "transposed", transposed, "gives the cotangents of its operands")
        self._still = entered(name, "still", still, "gives the tangent of one, from what is known of it")
        self._start = start
        super().__init__(name, operand_names, doc, **entry)

    def follows(self, position: int) -> bool:
        return position >= self._start

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (*(None,) * self._start, *self._transposed(g, *operands))

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        start, moving = self._start, tangents[self._start :]
        if all([t is None for t in moving]):
            return None
        return self(*operands[:start], *map(self._still, moving, operands[start:]))


class Flat(Structural):
    """An operation whose derivative is zero everywhere."""

    __slots__ = ()
    owed = ()

    def follows(self, position: int) -> bool:
        return False

    def vjp(self, g: Value, out: Value, operands: Sequence[Value]) -> Sequence[Value | None]:
        return (None,) * len(operands)

    def jvp(self, tangents: Sequence[Value | None], out: Value, operands: Sequence[Value]) -> Value | None:
        return None


def entered(name: str, part: str, given: _Part | None, what: str) -> _Part:
    """A part of the entry of an operation. Raises an EntryError, which says `what` it does, where it is lacking."""
    if given is None:
        raise incomplete(name, f"has no {part}", f"{part}= {what}")
    return given


def _numbered(shape: Shape) -> Any:
    """The numbers of the elements of an array, from 1 on."""
    import numpy as np

    return np.arange(1.0, math.prod(shape) + 1).reshape(shape) if shape else 1.0


def filled(x: Any, fill: float) -> Any:
    """One number in the shape and the precision of x."""
    if is_array(x):
        return arrays.full(x.shape, fill, x)
    return from_python(fill, dtype_name(x))


def shape_after(op: Op, shapes: Sequence[Shape | None]) -> Shape | None:
    """The shape of an operation's result; None where only the values say it. Of one with several results each has its
    own."""
    if all([shape == () for shape in shapes]) and not isinstance(op, Structural):
        return ()
    if isinstance(op, Structural) and op.shaped_as is not None:
        return shapes[op.shaped_as]
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes) or (isinstance(op, Structural) and op.several):
        return () if all([shape == () for shape in shapes]) else None
    return op.shape(known) if isinstance(op, Structural) else broadcast(op.name, known)


def shape_of(x: Any) -> Shape:
    """The shape of a number, an array, or of what stands for one. Raises where it is not known."""
    shape = getattr(x, "shape", ())
    if shape is None:
        raise EvaluationError(
            "the shape of this is not known before the graph runs",
            hint="in a graph both sides of a branch have one shape, a loop keeps it, and a placeholder needs "
            'shape=[...]; mode="dynamic" is free',
        )
    return tuple(shape)
