"""The values of unknowns for which a value is least, or largest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from exprgrad import expected
from exprgrad.diagnostics import Note, UnsolvedError, UsageError, listed
from exprgrad.numbers import arrays
from exprgrad.numbers.precise import PRECISE, double, doubles
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Result
from exprgrad.solving import minima, search
from exprgrad.solving.answer import answer, evaluated, numbers, shown
from exprgrad.solving.neighbours import neighbours
from exprgrad.solving.newton import Local, Point, finite
from exprgrad.solving.precise_function import PreciseFunction
from exprgrad.solving.question import Question, asked, plain
from exprgrad.solving.vector_function import Compiled, unpacked


class Objective(Protocol):
    """A value with its first and second derivatives at a point, as `VectorFunction` has them."""

    def value_and_gradient(self, point: Point) -> tuple[Any, Any]: ...
    def hessian(self, point: Point) -> Any: ...


def named(largest: bool) -> str:
    """What unknowns are, in messages."""
    return f"{_done(largest)} over"


def _done(largest: bool) -> str:
    """What the result is."""
    return "maximized" if largest else "minimized"


def minimize(owner: Compiled, unknowns: Any, values: Mapping[str, Any], *, largest: bool = False) -> Result:
    """The unknowns for which the only result is least, or `largest`, with their derivatives by the other inputs, and
    the result there with its own. Raises an UnsolvedError where no minimum is found."""
    names = expected.names("the unknowns", unknowns)
    question = asked(owner, names, values, named(largest))
    _check_single(owner, largest)
    rounded = plain(owner, question)
    values = rounded.values(question.start + question.others)
    if len(values) != 1:
        raise UsageError(
            f"a number is {_done(largest)}, {owner.results[0]} has {len(values)} elements",
            owner.task.place(owner.results[0]),
            source=owner.text,
            hint="make one number of them, as sum, norm and mean do",
        )
    search.load()
    precise = PreciseFunction.of(owner, [*question.unknowns, *question.moving], question.values, 2)
    point, notes, local = extremum(owner, question, precise or rounded, precise is not None, largest)
    found = evaluated(owner, question, point, (*question.unknowns, *question.moving))
    ((name, value, slopes),) = found.outcomes
    moved = [slope for slope in slopes if slope.with_respect_to[0] in question.moving]
    return answer(question, point, local, [_least(name, value, moved, local)], [*notes, *found.notes])


def asked_of_rows(
    owner: Compiled, unknowns: Sequence[str], shared: Mapping[str, Any], columns: Sequence[str], largest: bool
) -> Question:
    """What is asked of a sum or mean over rows."""
    question = asked(owner, unknowns, shared, named(largest), columns)
    _check_single(owner, largest)
    for name, shape in {**question.unknowns, **question.moving}.items():
        if shape:
            raise UsageError(f"over rows {name} is one number, found shape {shape}", hint="name elements apart")
    return question


def _check_single(owner: Compiled, largest: bool) -> None:
    if len(owner.results) > 1:
        raise UsageError(
            f"one result is {_done(largest)}, the program has {listed(owner.results)}",
            hint="leave the others out, or choose one with fetch_names=",
        )


def minimized(owner: Compiled, question: Question, objective: Objective, largest: bool) -> Result:
    """The same of an objective in doubles."""
    search.load()
    point, notes, local = extremum(owner, question, objective, False, largest)
    value, gradient = objective.value_and_gradient(point + question.others)
    slopes = zip(question.moving, gradient.tolist()[len(point) :], strict=True)
    moved = [Derivative((name,), slope) for name, slope in slopes]
    return answer(question, point, local, [_least(owner.results[0], value, moved, local)], notes)


def _least(name: str, value: Any, slopes: Sequence[Derivative], local: Local) -> Outcome:
    """The least value, which moves as it does where the unknowns stand still, unless it is not known how these move."""
    if not finite(local.slopes):
        slopes = [slope._replace(value=slope.value * math.nan) for slope in slopes]
    return Outcome(name, value, tuple(slopes))


def extremum(
    owner: Compiled, question: Question, function: Objective, precise: bool, largest: bool
) -> tuple[Point, list[Note], Local]:
    """Where an objective is least, or largest, what is to say of it, and its derivatives there."""
    n, others = len(question.start), question.others

    def equations(point: Point) -> Local:
        value, gradient = function.value_and_gradient(point + others)
        second, first = numbers(function.hessian(point + others))[:n], numbers(gradient)
        return Local(first[:n], second[:, :n], second[:, n:], (numbers([value])[0], first[n:]))

    sign = -1.0 if largest else 1.0
    found = minima.minimum(equations, question.start, precise, sign)
    result = owner.results[0]
    place = owner.task.place(result)
    what = "maximum" if largest else "minimum"
    at = ", ".join(f"{name} = {shown(x)}" for name, x in unpacked(question.unknowns, found.point).items())
    local = equations(found.point)
    assert local.objective is not None
    value, slope = double(local.objective[0]), float(np.abs(doubles(local.values)).max())

    def none(why: str) -> UnsolvedError:
        return UnsolvedError(
            f"no {what} of {result} was found", place, source=owner.text, hint=f"{why}; start elsewhere"
        )

    if not found.is_stationary:
        gradient = f"where its gradient is {slope:.3g}"
        raise none(f"it is {value:.6g} at {at}, {gradient}: there may be none, or one at a kink")
    beside = neighbours(
        lambda x: PRECISE.number(function.value_and_gradient(x + others)[0]),
        found.point,
        doubles(local.slopes),
        precise,
        sign,
    )
    least, most = minima.curvatures(local.slopes, sign)
    flat = n * 2.0**-50 * max(abs(least), abs(most))
    if least < -flat and not (n == 1 and beside.kink):
        raise none(
            f"at {at} its gradient is 0 and its Hessian has the eigenvalues {_range(sign, least, most)}: "
            f"{'a saddle' if most > flat else 'the opposite'}"
        )
    farther, better = ("less", "larger") if largest else ("larger", "less")
    if beside.lower is not None:
        jumps = ", since it jumps there" if beside.jump else ""
        raise none(f"at {at} its gradient is 0, but beside that it is {better}{jumps}")
    kind = "negative" if largest else "positive"
    eigenvalues = f"eigenvalues {_range(sign, least, most)}"
    if beside.jump or beside.kink:
        message = f"a {what} at a {'jump' if beside.jump else 'kink'}: beside it {result} is {farther}"
        nowhere = arrays.elementwise(lambda x: PRECISE.rounded.nan, local.slopes)
        notes = [Note(message, place, "derivatives there do not tell what moves it")]
        return found.point, notes, local._replace(slopes=nowhere)
    if least > flat:
        message = f"a {what}: the gradient is {slope:.3g}, the Hessian is {kind} definite, {eigenvalues}"
        return found.point, [Note(message, place)], local
    if most > flat:
        hint = f"a {what} along what moves {result}: in some directions that hardly moves"
    else:
        hint = f"whether it is a {what} is not decided by second derivatives; right beside it nothing is {better}"
    return found.point, [Note(f"the Hessian is not {kind} definite there, {eigenvalues}", place, hint)], local


def _range(sign: float, least: float, most: float) -> str:
    low, high = sorted((sign * least, sign * most))
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
