"""What is found, as a result: the unknowns as functions of the other inputs, with derivatives by these.

They follow from the implicit function theorem: where F(x, a) = 0, dx/da is -(dF/dx)^-1 dF/da.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

import numpy as np

from exprgrad.diagnostics import Note
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.numbers.precise import PRECISE, double
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.structural import shape_of
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Result
from exprgrad.solving.newton import Local, Point, solved
from exprgrad.solving.question import Question
from exprgrad.solving.vector_function import Compiled, unpacked


def numbers(x: Any) -> Any:
    """An array of rounded numbers."""
    return x if is_array(x) and arrays.is_rounded(x) else arrays.rounded(x)


def evaluated(owner: Compiled, question: Question, point: Point, by: Iterable[str]) -> Result:
    """An evaluation there, as the command would show it, with first derivatives by some inputs."""
    found = unpacked(question.unknowns, point)
    plain = {name: x.tolist() if is_array(x) else x for name, x in found.items()}
    return owner.changed(max_order=1, wrt=tuple(by)).run({**question.values, **plain}, notes=True)


def shown(x: Any) -> str:
    """A value in a message."""
    return f"[{', '.join(map(shown, x))}]" if isinstance(x, np.ndarray) else f"{x:.6g}"


def answer(question: Question, point: Point, local: Local, more: Sequence[Outcome], notes: Sequence[Note]) -> Result:
    """The unknowns with their derivatives, and the outcomes that follow."""
    moved = _moved(local)
    outcomes = []
    row = 0
    for name, value in unpacked(question.unknowns, point).items():
        rows = moved[row : row + np.size(value)]
        row += len(rows)
        # Of an array that of the sum of its elements, as everywhere.
        sums = [double(reduce(PRECISE.rounded.add, column)) for column in rows.T]
        slopes = unpacked(question.moving, sums)
        outcomes.append(Outcome(name, value, tuple([Derivative((by,), slope) for by, slope in slopes.items()])))
    inputs = {name: _given(x) for name, x in question.values.items() if name not in question.unknowns}
    ordered = sorted(dict.fromkeys(notes), key=lambda note: (note.span, note.message))
    return Result(inputs, (*outcomes, *more), tuple(ordered))


def _given(x: Any) -> Any:
    if isinstance(x, str):
        return x
    number = from_caller(x)
    return arrays.doubles(number) if shape_of(number) else float(number)


def _moved(local: Local) -> Any:
    """How each unknown moves with each of the other inputs; where slopes vanish it is infinite, or nan."""
    negative = arrays.elementwise(PRECISE.rounded.neg, local.others)
    found = solved(local.slopes, negative) if negative.size else negative
    if found is not None:
        return found
    if len(local.slopes) == 1:
        return arrays.elementwise(PRECISE.rounded.div, negative, local.slopes[0, 0])
    return arrays.elementwise(lambda x: PRECISE.rounded.nan, negative)
