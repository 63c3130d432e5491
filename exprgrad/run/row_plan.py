"""What an engine runs for each row: a program of numbers, and which of its values are written where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from exprgrad.numbers.scalars import is_array
from exprgrad.program.instructions import Instruction
from exprgrad.program.program import OutputKey, Program
from exprgrad.records import NamedTuple


class Stored(NamedTuple):
    """A value that is written: its slot, and those of the value and the derivatives that it is the derivative of. Where
    it is a structural zero it is 0, or nan where one of these is nan."""

    slot: int
    before: tuple[int, ...]


class Wanted(NamedTuple):
    """A value or derivative that was asked for. It is the input number `input`, unchanged, or the value `stored`."""

    key: OutputKey
    input: int | None
    stored: int | None


class RowPlan(NamedTuple):
    """A program of numbers alone, what of it is `stored`, and what was asked for. `kinked` is the place among the
    stored values of one that is above 0 in the rows that hit a kink, None where there is none."""

    program: Program
    stored: Sequence[Stored]
    outputs: Sequence[Wanted]
    kinked: int | None


def functions(program: Program) -> int:
    """How many instructions take many of a processor's, as what is no operator and rounds mostly does. What is raised
    to a constant whole power is some products."""

    def is_function(instruction: Instruction) -> bool:
        if instruction.chooses or instruction.operation.exact or instruction.operation.notation:
            return False
        last = instruction.ins[-1]
        return len(instruction.ins) == 1 or last >= len(constants) or not float(constants[last]).is_integer()

    constants = program.constants
    return sum(map(is_function, program.instructions()))


def in_rows(inputs: Sequence[Any], rows: Any) -> list[Any]:
    """Inputs in some rows, which are what an array is indexed by; what all rows share stays as it is."""
    return [x[rows] if is_column(x) else x for x in inputs]


def is_column(x: Any) -> bool:
    """Whether the value of an input is one for each row: an array of doubles. A rounded one is shared by all rows."""
    return is_array(x) and x.dtype != object
