"""The run of a program at one precision after the other, until every digit that is asked for is certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.derivatives import OutputKey
from exprgrad.diagnostics import Note
from exprgrad.digits.exact_program import ExactProgram
from exprgrad.digits.settled import bound, settled
from exprgrad.numbers.enclosures import Enclosure, in_balls
from exprgrad.numbers.undecided import NoBallsError, UndecidedError
from exprgrad.outcomes import Proven
from exprgrad.records import NamedTuple

# The bits of the first run, and those for each digit that is asked for; and what is undecided with so many more, some
# 600 digits, is left so.
_FIRST: Final = 96
_BITS: Final = 3.33
_LAST: Final = 2048
# An input, at the working precision.
Given = Callable[[], Enclosure]


class Proof(NamedTuple):
    """The values of the outputs by their keys, notes on those that are not decided and on conventions, and by the
    result the notes on the kinks that it is at."""

    values: dict[OutputKey, Any]
    notes: list[Note]
    kinks: Mapping[str, Sequence[Note]]


def proven(program: ExactProgram, given: Sequence[Given], digits: int | None, named: Mapping[OutputKey, str]) -> Proof:
    """The values of a program with as many digits, or as doubles. `named` is what outputs are called where they are not
    decided. Raises an UndecidedError where a condition is not."""
    try:  # what is computed with fractions needs no precision
        found = program.run([x() for x in given])
        return _proof(program, found, [settled(x, digits) for x in found[: len(program.keys)]], named)
    except NoBallsError:
        pass
    precision = _FIRST + int(_BITS * (digits or 0))
    last = precision + _LAST
    while True:
        with in_balls(precision):
            try:
                found = program.run([x() for x in given])
            except UndecidedError:
                if precision >= last:
                    raise
            else:
                values = [settled(x, digits) for x in found[: len(program.keys)]]
                if None not in values or precision >= last:
                    return _proof(program, found, values, named)
        precision = min(2 * precision, last)


def _proof(
    program: ExactProgram, found: Sequence[Enclosure], values: Sequence[Any], named: Mapping[OutputKey, str]
) -> Proof:
    notes = []
    shown = {}
    for key, x, value in zip(program.keys, found, values, strict=False):
        if value is None:
            value = undecided()
            what, hint = f"|{named[key]}| < {bound(x)}", "it may be exactly 0, which no digits prove"
            if not x.contains(0):
                what, hint = f"it lies in {x.str(20)}", "it may lie exactly between two such numbers"
            notes.append(Note(f"{named[key]} is undecided: {what}", program.place(key[0]), hint))
        shown[key] = value
    told = program.conventions(found, shown)
    return Proof(shown, [*notes, *told.notes], told.kinks)


def undecided() -> Proven:
    """What takes the place of a number of which no digit is proven."""
    return Proven(float("nan"), "undecided")
