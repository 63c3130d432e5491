"""What is found, as a result: the unknowns, and what is computed of them, as functions of the other inputs, with
derivatives by these.

They follow from the implicit function theorem: where F(x, a) = 0, dx/da is -(dF/dx)^-1 dF/da. A result y(x, a) is one
more unknown for it, with the equation y(x, a) - y = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from exprgrad.diagnostics import Note
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import from_caller
from exprgrad.numbers.precise import PRECISE, double, doubles
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.structural import shape_of
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Fit, Result
from exprgrad.solving.covariance import Covariance
from exprgrad.solving.newton import Local, Point, solved
from exprgrad.solving.precise_function import PreciseFunction
from exprgrad.solving.question import Question, plain
from exprgrad.solving.vector_function import Compiled, changed, unpacked


def numbers(x: Any) -> Any:
    """An array of rounded numbers."""
    return x if is_array(x) and arrays.is_rounded(x) else arrays.rounded(x)


def evaluated(owner: Compiled, question: Question, point: Point, results: Sequence[str], by: Iterable[str]) -> Result:
    """An evaluation there, as the command would show it, with first derivatives by some inputs."""
    found = unpacked(question.unknowns, point)
    given = {name: x.tolist() if is_array(x) else x for name, x in found.items()}
    function = changed(owner, max_order=1, wrt=tuple(by), fetch_names=tuple(results))
    return function.run({**question.values, **given}, notes=True)


def shown(x: Any) -> str:
    """A value in a message."""
    return f"[{', '.join(map(shown, x))}]" if isinstance(x, np.ndarray) else f"{x:.6g}"


def answer(
    question: Question,
    outcomes: Iterable[Outcome],
    shown: Sequence[str],
    notes: Sequence[Note],
    covariance: Covariance | None = None,
) -> Result:
    """What is shown of some outcomes, with the inputs that have values, the notes, and the covariance of a fit."""
    inputs = {name: _given(x) for name, x in question.values.items() if name not in question.unknowns}
    ordered = sorted(dict.fromkeys(notes), key=lambda note: (note.span, note.message))
    found = {outcome.name: outcome for outcome in outcomes}
    told = inputs, tuple([found[name] for name in shown]), tuple(ordered)
    return Result(*told) if covariance is None else Fit(*told, covariance.matrix)


def found(question: Question, point: Point, local: Local, covariance: Covariance | None = None) -> list[Outcome]:
    """The unknowns with their derivatives, and of a fit their standard errors."""
    moved = _moved(local)
    each = np.eye(len(point))
    errors = {} if covariance is None else unpacked(question.unknowns, covariance.standard_errors(each))
    outcomes = []
    row = 0
    for name, value in unpacked(question.unknowns, point).items():
        rows = moved[row : row + np.size(value)]
        row += len(rows)
        outcomes.append(_outcome(question, name, value, rows)._replace(standard_error=errors.get(name)))
    return outcomes


def follows(
    owner: Compiled,
    question: Question,
    point: Point,
    local: Local,
    values: Mapping[str, Any],
    covariance: Covariance | None = None,
) -> list[Outcome]:
    """Results that have these values there, with their derivatives: what the unknowns move counts. Those of a fit have
    standard errors."""
    if not question.moving and covariance is None:
        return [Outcome(name, value, ()) for name, value in values.items()]
    variables = (*question.unknowns, *question.moving)
    outcomes = []
    for name, value in values.items():
        alone = changed(owner, fetch_names=(name,))
        function = PreciseFunction.of(alone, variables, question.values, 1) or plain(alone, question)
        slopes = numbers(function.jacobian(point + question.others))
        outcome = following(question, local, name, value, slopes)
        if covariance is not None:
            errors = covariance.standard_errors(doubles(slopes[:, : len(point)]))
            outcome = outcome._replace(standard_error=unpacked({name: np.shape(value)}, errors)[name])
        outcomes.append(outcome)
    return outcomes


def following(question: Question, local: Local, name: str, value: Any, slopes: Any) -> Outcome:
    """The same of a result with slopes by the unknowns and by the other inputs."""
    n, rows = len(local.slopes), len(slopes)
    nothing = PRECISE.rounded.zero
    own = np.full((rows, rows), nothing)
    np.fill_diagonal(own, PRECISE.number(-1.0))
    all_slopes = np.block([[local.slopes, np.full((n, rows), nothing)], [slopes[:, :n], own]])
    moved = _solution(all_slopes, np.vstack([local.others, slopes[:, n:]]))
    if moved is None:
        through = arrays.matmul(slopes[:, :n], _moved(local))
        return _outcome(question, name, value, arrays.elementwise(PRECISE.rounded.add, through, slopes[:, n:]))
    return _outcome(question, name, value, moved[n:])


def _outcome(question: Question, name: str, value: Any, moved: Any) -> Outcome:
    # Of an array that of the sum of its elements, as everywhere.
    sums = [double(reduce(PRECISE.rounded.add, column)) for column in moved.T]
    slopes = unpacked(question.moving, sums)
    return Outcome(name, value, tuple([Derivative((by,), slope) for by, slope in slopes.items()]))


def _given(x: Any) -> Any:
    if isinstance(x, str):
        return x
    number = from_caller(x)
    return arrays.doubles(number) if shape_of(number) else float(number)


def _moved(local: Local) -> Any:
    """How each unknown moves with each of the other inputs; where slopes vanish it is infinite, or nan."""
    moved = _solution(local.slopes, local.others)
    if moved is not None:
        return moved
    if len(local.slopes) == 1:
        negative = arrays.elementwise(PRECISE.rounded.neg, local.others)
        return arrays.elementwise(PRECISE.rounded.div, negative, local.slopes[0, 0])
    return arrays.elementwise(lambda x: PRECISE.rounded.nan, local.others)


def _solution(slopes: Any, others: Any) -> Any | None:
    """x with slopes @ x + others = 0; None where there is none, or none alone."""
    return solved(slopes, arrays.elementwise(PRECISE.rounded.neg, others)) if others.size else others
