"""A function at a point with digits that are proven, as a result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from exprgrad import expected
from exprgrad.derivatives import OutputKey, Task, output_name
from exprgrad.diagnostics import ErrorsIn, ExprError, NameProblem, Note, UnsupportedError, UsageError
from exprgrad.digits.exact_program import ExactProgram, check_size
from exprgrad.digits.prove import Given, Proof, proven, undecided
from exprgrad.digits.settled import settled
from exprgrad.numbers.enclosures import ENCLOSURES
from exprgrad.numbers.fractions import exactly
from exprgrad.ops.budget import StepLimits
from exprgrad.outcomes import Derivative, Outcome
from exprgrad.result import Result
from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import parse

if TYPE_CHECKING:
    from exprgrad.solving.vector_function import Compiled

# So many digits may be asked for.
MOST: Final = 100_000
# A derivative beside a kink is the one that is proven, if rounded numbers have it but for this.
_CLOSE: Final = 1e-9


def exact(owner: Compiled, digits: int | None, values: Mapping[str, Any]) -> Result:
    """The results and derivatives of a function of numbers, with so many proven digits, or as the doubles nearest to
    them. A text is an expression, of which every literal is the decimal that it is; a float is the double that it
    is."""
    if digits is not None and expected.whole("the number of digits", digits, 1) > MOST:
        raise UsageError(f"{MOST:,} digits are the most, found {expected.shown(digits)}", hint="ask for fewer")
    task = owner.task
    if task.full_jacobian or task.sparse or task.weights or task.direction is not None:
        raise UnsupportedError(
            "proven digits are of values and of derivatives by inputs", hint="ask for no direction, weights or jacobian"
        )
    if task.names.texts:
        raise UnsupportedError("proven digits are of numbers, and a variable is a text")
    owner.check_inputs(dict.fromkeys(values, 0.0))
    given = {name: _given(name, values[name]) for name in owner.inputs}
    program = ExactProgram(task, owner.text)
    named = {key: output_name(key, task) for key in program.keys}
    proof = proven(program, [given[name][0] for name in owner.inputs], digits, named)
    inputs = {name: shown for name, (_, shown) in given.items()}
    notes = [*proof.notes, *(_beside_kinks(owner, inputs, proof, named) if proof.kinks else ())]
    outcomes = []
    for name in task.results:
        slopes = [
            Derivative(task.by(multi), value, (), len(multi))
            for (of, multi), value in proof.values.items()
            if of == name and multi
        ]
        outcomes.append(Outcome(name, proof.values[name, ()], tuple(slopes)))
    return Result(inputs, tuple(outcomes), tuple(dict.fromkeys(notes)))


def _beside_kinks(
    owner: Compiled, inputs: Mapping[str, Any], proof: Proof, named: Mapping[OutputKey, str]
) -> Iterator[Note]:
    """Puts into the values of a proof what derivatives are at a kink, as a run in rounded numbers finds it from both
    sides: there may be none. What is something else than the conventions say is undecided. Gives the notes on this."""
    rounded = owner.run(inputs)
    yield from rounded.notes
    for name, kinks in proof.kinks.items():
        outcome = next(x for x in rounded.outcomes if x.name == name)
        for derivative in outcome.derivatives:
            multi = tuple([owner.task.wrt.index(x) for x in derivative.with_respect_to])
            if math.isnan(derivative.value):
                proof.values[name, multi] = math.nan
            elif not math.isclose(derivative.value, proof.values[name, multi], rel_tol=_CLOSE):
                proof.values[name, multi] = undecided()
                yield kinks[0]._replace(message=f"{named[name, multi]} is undecided: {kinks[0].message}")


def _given(name: str, x: Any) -> tuple[Given, Any]:
    """What gives an input at the working precision, and the double next to it."""
    if isinstance(x, str):
        return _expression(name, x)
    if isinstance(x, int | Fraction | Decimal) and not isinstance(x, bool):
        if isinstance(x, Decimal) and not x.is_finite():
            x = math.nan if x.is_nan() else math.copysign(math.inf, x)
        else:
            if isinstance(x, Decimal):
                check_size(x)
            number = exactly(x)
            return lambda: number, settled(number, None)
    try:
        if isinstance(x, bytes | bytearray):  # float() would read what is in it
            raise TypeError
        double = float(x)
    except Exception:  # whatever a class of the caller's raises
        raise UsageError(
            f"proven digits are of numbers, and {name} is {expected.shown(x)}",
            hint='give a float, an int, a Fraction, a Decimal, or a text, "0.1"',
        ) from None
    number = ENCLOSURES.number(double)
    return lambda: number, double


def _expression(name: str, text: str) -> tuple[Given, Any]:
    with ErrorsIn(text):
        try:
            names = resolve(parse(text), ())
            if names.inputs:
                unknown = next(iter(names.inputs))
                raise NameProblem(f"{unknown} is no constant", names.inputs[unknown], hint="write a number")
            program = ExactProgram(Task(names, names.results[-1:], (), 0, StepLimits(), None), text)
            (shown,) = proven(program, [], None, {(names.results[-1], ()): name}).values.values()
        except ExprError as problem:
            problem.message = f"the value of {name}: {problem.message}"
            raise

    def given() -> Any:
        (found,) = program.run([])
        return found

    return given, shown
