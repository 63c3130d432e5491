"""How an instruction runs where its operands may be arrays.

Most of them are arrays of numpy's doubles, for which numpy's own function is called at once. Where an operand is read
for the last time and nobody else holds it, the result takes its memory: fresh memory costs as much as the arithmetic.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import EvaluationError
from exprgrad.numbers import namespace
from exprgrad.numbers.arithmetic import broadcast, is_nan, to_python
from exprgrad.numbers.scalars import SCALARS, is_array
from exprgrad.ops.control import as_gradient
from exprgrad.ops.registry import Op
from exprgrad.ops.structural import LANES, Shape, Structural
from exprgrad.program.instructions import Instruction
from exprgrad.program.program import Program
from exprgrad.run.memory import Pool

# Runs an instruction on the slots.
Runner = Callable[[list[Any]], None]
# Gives an array for a result, or None.
Fresh = Callable[[], Any]

_DOUBLE: Final = np.dtype(np.float64)
# From so many elements on memory matters.
_LARGE: Final = 10_000
# So many bytes of arrays that are read no more are kept for the next results, in this run and in later ones.
_MOST: Final = 32_000_000


class Gap(Exception):
    """A derivative is nan, perhaps only since the number 0 stood for structural zeros."""


def _references() -> int:
    """How many references `sys.getrefcount` counts to what a list and a local name hold."""
    slots = [object()]
    x = slots[0]
    return sys.getrefcount(x)


_ALONE: Final = _references()


def without_zeros(constants: Sequence[Any]) -> list[Any]:
    """Constants with the number 0 in place of numpy's structural zeros."""
    return [to_python(x) if is_array(x) and x.dtype != object else x for x in constants]


def exact(instruction: Instruction) -> Runner:
    """An instruction as a function of the slots, that knows of the structural zeros among numpy's numbers."""
    return _any(instruction.operation, instruction.ins, instruction.out)


def quick(program: Program) -> Callable[[Instruction], Runner]:
    """What makes of an instruction of a program a function of the slots."""
    memory = Pool(_MOST)
    # The constants that are rounded arrays, by slot, as numpy's: what they are where they meet one of those.
    rounded = [(i, x) for i, x in enumerate(program.constants) if type(x) is np.ndarray and x.dtype is not _DOUBLE]
    doubles = {i: to_python(x) for i, x in rounded}
    return lambda instruction: _bound(instruction, doubles, memory, program.gaps)


def _bound(instruction: Instruction, doubles: Mapping[int, Any], memory: Pool, gaps: bool) -> Runner:
    """An instruction as a function of the slots, that leaves in them only what is still read. `doubles` are the
    constants that are rounded arrays as numpy's.

    Structural zeros among numpy's numbers are the number 0 here, which makes nan of an infinity that it meets. Where
    there may be some (`gaps`) a derivative that is nan as it becomes a value raises a Gap."""
    op, ins, out, shape, dead = (
        instruction.operation,
        instruction.ins,
        instruction.out,
        instruction.shape,
        instruction.last_uses,
    )
    fresh = None
    if shape is not None and LANES not in shape and prod(shape) >= _LARGE:
        fresh = partial(memory.take, shape)
    # To forget what is small is not worth a call.
    clear = [i for i in dead if i != out] if any(map(_may_be_large, instruction.shapes)) else []
    arrays = op.arrays(namespace) if op.partials is not None and op.arrays is not None else None
    if isinstance(op.partials, tuple) and not any(op.partials) and arrays is not None and not _gives_doubles(arrays):
        arrays = _in_doubles(arrays)
    if isinstance(op, Structural) and (planned := _planned(op, instruction.shapes)) is not None:
        run = _structural(op, planned, ins, out, doubles, fresh)
    elif arrays is None:
        run = _any(op, ins, out)
    elif len(ins) == 1:
        run = _unary(op, arrays, ins[0], out, bool(dead), fresh)
    elif len(ins) == 2:
        run = _binary(op, arrays, *ins, out, [i in dead for i in ins], doubles, fresh, shape is not None)
    else:
        run = _any(op, ins, out)
    if gaps and op is as_gradient:
        run = _checked(run, out)
    if not clear:
        return run

    def run_and_forget(slots: list[Any]) -> None:
        run(slots)
        for i in clear:
            x = slots[i]
            slots[i] = None
            large = type(x) is np.ndarray and x.size >= _LARGE and x.dtype is _DOUBLE
            if not large or sys.getrefcount(x) != _ALONE - 1 or not x.flags.c_contiguous:
                continue
            whole = x.base
            if whole is None:
                memory.give(x)
            elif _is_whole(whole, x) and sys.getrefcount(whole) == _ALONE:
                memory.give(whole)

    return run_and_forget


def _may_be_large(shape: Shape | None) -> bool:
    return shape is None or LANES in shape or prod(shape) >= _LARGE


def _is_whole(whole: Any, view: Any) -> bool:
    """Whether a view shows all of an array that has memory of its own, as a reshaped one does."""
    of_doubles = type(whole) is np.ndarray and whole.dtype is _DOUBLE
    return of_doubles and whole.size == view.size and whole.base is None and whole.flags.c_contiguous


def _gives_doubles(arrays: Callable[..., Any]) -> bool:
    """Whether a kernel is a function of numpy that makes doubles of doubles."""
    return isinstance(arrays, np.ufunc) and any(types.endswith("d->d") for types in arrays.types)


def _in_doubles(arrays: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel whose result, such as that of a comparison, may be truth values, with doubles instead."""
    return lambda *operands: arrays(*operands).astype(_DOUBLE, copy=False)


def _checked(run: Runner, out: int) -> Runner:
    def run_checked(slots: list[Any]) -> None:
        run(slots)
        x = slots[out]
        if not (is_array(x) and x.dtype == object) and is_nan(x):
            raise Gap

    return run_checked


def _any(op: Op, ins: Sequence[int], out: int) -> Runner:
    """An operation that picks its arithmetic by its operands."""
    compute = op.compute

    def run(slots: list[Any]) -> None:
        slots[out] = compute([slots[i] for i in ins])

    return run


def _planned(op: Structural, shapes: Sequence[Shape | None]) -> Callable[..., Any] | None:
    """The short way of an operation for the shapes that it has in the program."""
    known = [shape for shape in shapes if shape is not None]
    on_lanes = not op.closes_lanes and any(LANES in shape for shape in known)
    if len(known) < len(shapes) or on_lanes:
        return None
    try:
        return op.planned(known)
    except EvaluationError:
        return None  # the error belongs to the run


def _structural(
    op: Op, planned: Callable[..., Any], ins: Sequence[int], out: int, doubles: Mapping[int, Any], fresh: Fresh | None
) -> Runner:
    compute = op.compute
    if fresh is not None and isinstance(planned, np.ufunc):
        planned = _into(planned, fresh)
    if len(ins) == 1:
        (a,) = ins

        def run_one(slots: list[Any]) -> None:
            x = slots[a]
            slots[out] = planned(x) if type(x) is np.ndarray and x.dtype is _DOUBLE else compute((x,))

        return run_one

    constant = [(position, doubles[i]) for position, i in enumerate(ins) if position and i in doubles]

    def run(slots: list[Any]) -> None:
        operands = [slots[i] for i in ins]
        if constant and type(operands[0]) is np.ndarray and operands[0].dtype is _DOUBLE:
            for position, value in constant:
                operands[position] = value
        for x in operands:
            if type(x) is not np.ndarray or x.dtype is not _DOUBLE:
                slots[out] = compute(operands)
                return
        slots[out] = planned(*operands)

    return run


def _into(ufunc: Any, fresh: Fresh) -> Callable[..., Any]:
    """A function of numpy whose result takes the place of an array that is read no more, where there is one."""
    return lambda *operands: ufunc(*operands, out=fresh())


def _measured(name: str, arrays: Callable[..., Any]) -> Callable[..., Any]:
    """The kernel for two arrays whose shapes the graph does not know: the result is measured before it is made."""

    def run(x: Any, y: Any) -> Any:
        if x.shape != y.shape:
            broadcast(name, [x.shape, y.shape])
        return arrays(x, y)

    return run


def _unary(op: Op, arrays: Callable[..., Any], a: int, out: int, dies: bool, fresh: Fresh | None) -> Runner:
    compute = op.compute
    reuses = dies and isinstance(arrays, np.ufunc)
    made = _into(arrays, fresh) if fresh is not None and isinstance(arrays, np.ufunc) else arrays

    def run(slots: list[Any]) -> None:
        x = slots[a]
        if type(x) is np.ndarray and x.dtype is _DOUBLE:
            if reuses and x.size >= _LARGE and x.base is None and sys.getrefcount(x) == _ALONE:
                arrays(x, out=x)
                slots[out] = x
            else:
                slots[out] = made(x)
        else:
            slots[out] = compute((x,))

    return run


def _binary(
    op: Op,
    arrays: Callable[..., Any],
    a: int,
    b: int,
    out: int,
    dies: Sequence[bool],
    doubles: Mapping[int, Any],
    fresh: Fresh | None,
    is_known: bool,
) -> Runner:
    compute = op.compute
    is_ufunc = isinstance(arrays, np.ufunc)
    left_dies, right_dies = (is_ufunc and d for d in dies)
    made = _into(arrays, fresh) if fresh is not None and is_ufunc else arrays
    of_arrays = made if is_known else _measured(op.name, made)
    if a == b:  # there is one more reference
        left_dies = right_dies = False

    def run(slots: list[Any]) -> None:
        x, y = slots[a], slots[b]
        left, right = type(x) is np.ndarray, type(y) is np.ndarray
        if left and right:
            if x.dtype is not _DOUBLE or y.dtype is not _DOUBLE:
                if x.dtype is _DOUBLE and b in doubles:
                    slots[out] = of_arrays(x, doubles[b])
                elif y.dtype is _DOUBLE and a in doubles:
                    slots[out] = of_arrays(doubles[a], y)
                else:
                    slots[out] = compute((x, y))
            elif left_dies and _free(x, y.shape) and sys.getrefcount(x) == _ALONE:
                slots[out] = arrays(x, y, out=x)
            elif right_dies and _free(y, x.shape) and sys.getrefcount(y) == _ALONE:
                slots[out] = arrays(x, y, out=y)
            else:
                try:
                    slots[out] = of_arrays(x, y)
                except ValueError:
                    slots[out] = compute((x, y))  # which says what does not fit
        elif left and x.dtype is _DOUBLE and type(y) in SCALARS:
            if left_dies and _free(x, ()) and sys.getrefcount(x) == _ALONE:
                slots[out] = arrays(x, float(y), out=x)
            else:
                slots[out] = made(x, float(y))
        elif right and y.dtype is _DOUBLE and type(x) in SCALARS:
            if right_dies and _free(y, ()) and sys.getrefcount(y) == _ALONE:
                slots[out] = arrays(float(x), y, out=y)
            else:
                slots[out] = made(float(x), y)
        else:
            slots[out] = compute((x, y))

    return run


def _free(x: Any, other: tuple[int, ...]) -> bool:
    """Whether the result with an operand of another shape fits in the memory of x, and that belongs to x alone."""
    return x.size >= _LARGE and x.base is None and (not other or x.shape == other)
