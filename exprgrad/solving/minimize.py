"""The values of unknowns for which a value is least, or largest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, Protocol

import numpy as np

from exprgrad import expected
from exprgrad.diagnostics import Note, UnsolvedError, UsageError, listed
from exprgrad.numbers import arrays
from exprgrad.numbers.precise import PRECISE, double, doubles
from exprgrad.outcomes import ERRORS, LIKELIHOOD, Derivative, Outcome
from exprgrad.result import Result
from exprgrad.solving import minima, search
from exprgrad.solving.answer import answer, evaluated, following, follows, found, numbers, shown
from exprgrad.solving.covariance import Covariance, Terms, covariance
from exprgrad.solving.neighbours import neighbours
from exprgrad.solving.newton import Local, Point, finite
from exprgrad.solving.precise_function import PreciseFunction
from exprgrad.solving.question import Question, asked, asked_of, check_diffs, plain, shown_of, starts
from exprgrad.solving.squares import is_square, squares
from exprgrad.solving.vector_function import Compiled, changed, unpacked
from exprgrad.syntax.plan import inputs_read
from exprgrad.text_tests import variable_of


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


class RowObjective(Objective, Protocol):
    """The same of a sum or mean over rows."""

    @property
    def count(self) -> int:
        """How many rows there were."""

    @property
    def mean(self) -> bool:
        """Whether it is their mean."""

    def linearized_hessian(self, point: Point) -> Any:
        """The second derivatives of rows that are squares, without those of what is squared."""

    def evaluated(self, results: Sequence[str], point: Point) -> Result:
        """The sums or means of other results, with first derivatives by all that is in the point."""


def minimize(
    owner: Compiled,
    unknowns: Any,
    values: Mapping[str, Any],
    *,
    largest: bool = False,
    standard_errors: str | None = None,
    residuals: int | None = None,
) -> Result:
    """The unknowns for which the first result is least, or `largest`, and the results there, with their derivatives by
    the other inputs, and standard errors in one of the ways of `covariance`, where that is asked for. Raises an
    UnsolvedError where no minimum is found."""
    if isinstance(unknowns, Mapping):
        values, unknowns = starts(unknowns, values), [*unknowns]
    names = expected.names("the unknowns", unknowns)
    question = asked(owner, names, values, named(largest))
    program, owner = owner, objective_of(owner, names, largest)
    rounded = plain(owner, question)
    values = rounded.values(question.start + question.others)
    if len(values) != 1:
        raise UsageError(
            f"a number is {_done(largest)}, {owner.results[0]} has {len(values)} elements",
            owner.task.place(owner.results[0]),
            source=owner.text,
            hint="make one number of them, as sum, norm and mean do",
        )
    terms = None
    if standard_errors is not None:
        count = None if residuals is None else expected.whole("the number of residuals", residuals, 1)
        terms = Terms(checked_way(standard_errors, largest), count)
    elif residuals is not None:
        raise UsageError("residuals are counted for standard errors", hint='add standard_errors="scaled"')
    search.load()
    precise = PreciseFunction.of(owner, [*question.unknowns, *question.moving], question.values, 2)
    point, notes, local = extremum(owner, question, precise or rounded, precise is not None, largest)
    shown, results = _shown(program, owner, names)
    final = evaluated(program, question, point, [*owner.results, *results], (*question.unknowns, *question.moving))
    least = final.outcomes[0]
    moved = [slope for slope in least.derivatives if slope.with_respect_to[0] in question.moving]
    spread = None
    if terms is not None:
        fitted = local
        if terms.way != LIKELIHOOD and finite(local.slopes):
            if (seen := squares(owner, question, point)) is None:
                notes.append(_no_squares(owner))
            else:
                fitted = local._replace(slopes=seen.hessian)
                terms = terms._replace(number=terms.number or seen.number, mean=seen.mean)
        spread = _covariance(owner, question, fitted, terms, largest, notes)
    more = follows(program, question, point, local, {name: final[name] for name in results}, spread)
    outcomes = [*found(question, point, local, spread), _least(least.name, least.value, moved, local), *more]
    return answer(question, outcomes, shown, [*notes, *final.notes], spread)


def asked_of_rows(
    owner: Compiled, unknowns: Sequence[str], shared: Mapping[str, Any], columns: Sequence[str], largest: bool
) -> Question:
    """What is asked of a sum or mean over rows."""
    question = asked(owner, unknowns, shared, named(largest), columns)
    for name, shape in {**question.unknowns, **question.moving}.items():
        if shape:
            raise UsageError(f"over rows {name} is one number, found shape {shape}", hint="name elements apart")
    return question


def objective_of(owner: Compiled, unknowns: Sequence[str], largest: bool) -> Compiled:
    """The function with the result that is least: the only one, or the first that is fetched."""
    results = asked_of(owner, unknowns)
    is_chosen = owner.fetch_named and any([name in owner.results for name in results])
    if len(results) > 1 and not is_chosen:
        raise UsageError(
            f"one result is {_done(largest)}, the program has {listed(results)}",
            hint=f'name that one first, as in fetch_names="{results[0]}"; the others that are named are shown',
        )
    if not results:
        raise UsageError(
            f"the program has no result beside {listed(unknowns)}", hint=f"write what is {_done(largest)}, as in x^2"
        )
    check_diffs(owner, unknowns, named(largest), [results[0], *owner.results])
    return changed(owner, fetch_names=tuple(results[:1]))


def _shown(program: Compiled, owner: Compiled, unknowns: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """What is shown, and the results among that which only follow from the objective's minimum."""
    shown = shown_of(program, unknowns)
    return shown, [name for name in shown if name not in (*unknowns, *owner.results)]


def checked_way(way: str, largest: bool) -> str:
    """The way to standard errors, checked."""
    expected.choice("there are no standard errors of the kind", way, ERRORS)
    if largest and way != LIKELIHOOD:
        raise UsageError(
            "a sum of squares is minimized, not maximized", hint=f'of a likelihood write standard_errors="{LIKELIHOOD}"'
        )
    return way


def _covariance(
    owner: Compiled, question: Question, local: Local, terms: Terms, largest: bool, notes: list[Note]
) -> Covariance:
    """The covariance of the unknowns. A note is added for those that are not determined."""
    found = covariance(local, terms, -1.0 if largest else 1.0)
    if undetermined := found.undetermined:
        elements = [name for name, shape in question.unknowns.items() for _ in range(prod(shape))]
        names = listed([*dict.fromkeys([elements[i] for i in undetermined])])
        message = f"{owner.results[0]} does not determine {names}: the standard errors are infinite"
        notes.append(
            Note(message, owner.task.place(owner.results[0]), "take one out of the fit: it keeps its value then")
        )
    return found


def _no_squares(owner: Compiled) -> Note:
    """What is to say where residuals are not seen."""
    return Note(
        f"{owner.results[0]} is not written as squares of residuals, so the standard errors are of its Hessian itself",
        owner.task.place(owner.results[0]),
        "second derivatives of the model count in it, which curve_fit leaves out: its errors may differ",
    )


def minimized(
    program: Compiled,
    owner: Compiled,
    question: Question,
    objective: RowObjective,
    largest: bool,
    standard_errors: str | None,
    *,
    definite: bool = False,
) -> Result:
    """The same over rows, in doubles. With `definite` it raises an UnsolvedError where there are minima beside it."""
    search.load()
    point, notes, local = extremum(owner, question, objective, False, largest, definite)
    value, gradient = objective.value_and_gradient(point + question.others)
    slopes = zip(question.moving, gradient.tolist()[len(point) :], strict=True)
    moved = [Derivative((name,), slope) for name, slope in slopes]
    spread = None
    if standard_errors is not None:
        terms = Terms(standard_errors, objective.count, objective.mean)
        fitted = local
        if standard_errors != LIKELIHOOD and finite(local.slopes):
            if is_square(owner, [*question.unknowns]):
                n = len(point)
                hessian = objective.linearized_hessian(point + question.others)
                fitted = local._replace(slopes=numbers(hessian[:n, :n]))
            else:
                notes.append(_no_squares(owner))
        spread = _covariance(owner, question, fitted, terms, largest, notes)
    outcomes = [*found(question, point, local, spread), _least(owner.results[0], value, moved, local)]
    shown, results = _shown(program, owner, [*question.unknowns])
    variables = (*question.unknowns, *question.moving)
    alone = _without_columns(program, question, results)
    if summed := [name for name in results if name not in alone]:
        final = objective.evaluated(summed, point + question.others)
        for name in summed:
            gradient = final.gradient(name)
            row = np.array([[gradient[x] for x in variables]])
            outcomes.append(following(question, local, name, final[name], numbers(row)))
    if alone:
        whole = question._replace(values={**_any_row(program, question), **question.values})
        final = evaluated(program, whole, point, alone, variables)
        outcomes += follows(program, whole, point, local, {name: final[name] for name in alone}, spread)
        notes += final.notes
    return answer(question, outcomes, shown, notes, spread)


def _columns(program: Compiled, question: Question) -> list[str]:
    """The inputs that have no value, but one in each row."""
    return [name for name in program.inputs if name not in question.values]


def _without_columns(program: Compiled, question: Question, results: Sequence[str]) -> list[str]:
    """The results that no column counts for. They are the same in each row, and nothing to be summed."""
    names, columns = program.task.names, _columns(program, question)
    return [name for name in results if not any([variable_of(x) in columns for x in inputs_read(names, [name])])]


def _any_row(program: Compiled, question: Question) -> dict[str, Any]:
    """Values for the columns, where these do not count."""
    texts = program.task.names.texts
    return {name: texts[name][0] if name in texts else 0.0 for name in _columns(program, question)}


def sketch(program: Compiled, owner: Compiled, question: Question, standard_errors: str | None) -> list[Outcome]:
    """What `minimized` finds, in its form alone: its numbers are 0."""
    derivatives = tuple([Derivative((name,), 0.0) for name in question.moving])
    shown, results = _shown(program, owner, [*question.unknowns])
    has_error = {*question.unknowns, *_without_columns(program, question, results)} if standard_errors else ()
    return [Outcome(name, 0.0, derivatives, 0.0 if name in has_error else None) for name in shown]


def _least(name: str, value: Any, slopes: Sequence[Derivative], local: Local) -> Outcome:
    """The least value, which moves as it does where the unknowns stand still, unless it is not known how these move."""
    if not finite(local.slopes):
        slopes = [slope._replace(value=slope.value * math.nan) for slope in slopes]
    return Outcome(name, value, tuple(slopes))


def extremum(
    owner: Compiled, question: Question, function: Objective, precise: bool, largest: bool, definite: bool = False
) -> tuple[Point, list[Note], Local]:
    """Where an objective is least, or largest, what is to say of it, and its derivatives there."""
    n, others = len(question.start), question.others

    def equations(point: Point) -> Local:
        value, gradient = function.value_and_gradient(point + others)
        second, first = numbers(function.hessian(point + others))[:n], numbers(gradient)
        return Local(first[:n], second[:, :n], second[:, n:], (numbers([value])[0], first[n:]))

    sign = -1.0 if largest else 1.0
    lowest = minima.minimum(equations, question.start, precise, sign)
    result = owner.results[0]
    place = owner.task.place(result)
    what = "maximum" if largest else "minimum"
    at = ", ".join(f"{name} = {shown(x)}" for name, x in unpacked(question.unknowns, lowest.point).items())
    local = equations(lowest.point)
    assert local.objective is not None
    value, slope = double(local.objective[0]), float(np.abs(doubles(local.values)).max())

    def none(why: str) -> UnsolvedError:
        return UnsolvedError(
            f"no {what} of {result} was found", place, source=owner.text, hint=f"{why}; start elsewhere"
        )

    if not lowest.is_stationary:
        gradient = f"where its gradient is {slope:.3g}"
        raise none(f"it is {value:.6g} at {at}, {gradient}: there may be none, or one at a kink")
    beside = neighbours(
        lambda x: PRECISE.number(function.value_and_gradient(x + others)[0]),
        lowest.point,
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
        return lowest.point, notes, local._replace(slopes=nowhere)
    if least > flat:
        message = f"a {what}: the gradient is {slope:.3g}, the Hessian is {kind} definite, {eigenvalues}"
        return lowest.point, [Note(message, place)], local
    if definite:
        raise UnsolvedError(
            f"{result} does not determine {listed([*question.unknowns])}",
            place,
            source=owner.text,
            hint=f"the Hessian is not {kind} definite, {eigenvalues}: there may be too few rows",
        )
    if most > flat:
        hint = f"a {what} along what moves {result}: in some directions that hardly moves"
    else:
        hint = f"whether it is a {what} is not decided by second derivatives; right beside it nothing is {better}"
    return lowest.point, [Note(f"the Hessian is not {kind} definite there, {eigenvalues}", place, hint)], local


def _range(sign: float, least: float, most: float) -> str:
    low, high = sorted((sign * least, sign * most))
    return f"{low:.3g}" if low == high else f"{low:.3g} to {high:.3g}"
