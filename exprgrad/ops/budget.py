"""The steps that a run may take: the iterations of its loops, however they nest, all of them together."""

from __future__ import annotations

from typing import Final

from exprgrad.diagnostics import EvaluationError, Span
from exprgrad.numbers import memory
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import is_hidden
from exprgrad.syntax.tree import Call

# Without a limit of the user's own a loop may have so many iterations, and a run so many steps.
LOOP_LIMIT: Final = 1_000_000
RUN_LIMIT: Final = 2_000_000
# So many operations may the calls of an iteration come to for one step more.
OPERATIONS: Final = 100
# After so many iterations at the latest it is looked what memory is left.
STRETCH: Final = 4096


class StepLimits(NamedTuple):
    """How many iterations a loop may have, and how many steps a run."""

    loop: int = LOOP_LIMIT
    run: int = RUN_LIMIT


class Allowance(NamedTuple):
    """What bounds a loop of the program: the limits, how many steps each of its iterations counts for, and for the
    errors its place and the names that it carries."""

    limits: StepLimits
    cost: int
    span: Span | None
    names: tuple[str, ...]

    def endless(self, count: int) -> EvaluationError:
        """The error for when it would go on after so many iterations."""
        # A loop over a range carries what no user can name.
        what = "its range is longer, or has no end" if any(map(is_hidden, self.names)) else _CONDITION
        if count == self.limits.loop:
            return _endless(f"the loop has not ended after {_counted(count, 'iteration')}", self.span, what)
        return _endless(f"the run has not ended after {_counted(self.limits.run, 'step')}", self.span, _STEP)


_CONDITION: Final = "make its condition false at some time"
_STEP: Final = "a step is an iteration of any of its loops"


def _endless(message: str, span: Span | None, what: str) -> EvaluationError:
    return EvaluationError(message, span, hint=f"{what}; step_limit= allows more iterations")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


class Budget:
    """The steps that a run has `used`, and at how many it is to be asked again whether it may go on (`calm` up to
    there)."""

    __slots__ = ("calm", "used")

    def __init__(self) -> None:
        self.used = self.calm = 0

    def go_on(self, allowance: Allowance, count: int, kept: int) -> None:
        """Asks whether a loop may have another iteration after so many, each of which keeps about so many bytes. Raises
        an EvaluationError, with its place, where the limits or the memory say no."""
        if count == allowance.limits.loop or self.used + allowance.cost > allowance.limits.run:
            raise allowance.endless(count)
        memory.check(span=allowance.span)
        stretch = min(STRETCH, memory.LARGE // max(kept, 1), allowance.limits.loop - count)
        self.calm = min(self.used + max(stretch, 1) * allowance.cost, allowance.limits.run)


class Expansion(NamedTuple):
    """What the calls of the program's own functions come to, in an iteration or outside of all loops: so many calls,
    with so many operations in their bodies."""

    calls: int
    operations: int

    def called(self, size: int, limits: StepLimits, outermost: Call) -> Expansion:
        """With another call, of a function of some size. Raises an EvaluationError, under the call that all of these
        lie in, where that is too many."""
        calls, operations = self.calls + 1, self.operations + size
        if calls <= limits.loop and operations <= max(limits.loop, LOOP_LIMIT):
            return Expansion(calls, operations)
        what = _counted(limits.loop, "call")
        if calls <= limits.loop:
            what = f"{max(limits.loop, LOOP_LIMIT):,} operations"
        raise EvaluationError(
            f"{outermost.function} comes to more than {what}",
            outermost.span,
            hint="a function that calls another one twice doubles it; step_limit= allows more",
        )
