"""The unknowns that a program is solved for."""

from __future__ import annotations

from exprgrad.arguments.scan import Given
from exprgrad.arguments.table import SOLVE_FOR
from exprgrad.arguments.texts import some_names
from exprgrad.arguments.values import value_of
from exprgrad.diagnostics import UsageError
from exprgrad.records import NamedTuple
from exprgrad.syntax.parser import normalized


class Unknowns(NamedTuple):
    """The names of some inputs; of one alone maybe the two ends that it is looked for between."""

    names: tuple[str, ...]
    ends: tuple[float, float] | None = None


def unknowns(text: str) -> Unknowns:
    """What `x,y` or `x=0:2` names. The ends are constant expressions."""
    name, equals, between = (piece.strip() for piece in text.partition("="))
    if not equals:
        return Unknowns(some_names(SOLVE_FOR, text))
    low, colon, high = (piece.strip() for piece in between.partition(":"))
    if not (name.isidentifier() and colon and low and high) or ":" in high:
        raise UsageError(
            f"{SOLVE_FOR} takes names, or a name with two ends, found {text!r}", hint=f"write {SOLVE_FOR} x=0:2"
        )
    ends = [value_of(Given(normalized(name), end, f"{SOLVE_FOR} {name}"))[0] for end in (low, high)]
    for end, written in zip(ends, (low, high), strict=True):
        if not isinstance(end, float):
            raise UsageError(f"an end of {name} is no number: {written}", hint=f"write {SOLVE_FOR} {name}=0:2")
    return Unknowns((normalized(name),), (ends[0], ends[1]))
