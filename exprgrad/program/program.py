"""A program: a flat list of instructions, and all that a run needs beside the values of its inputs.

It is plain data. It names its operations, holds no node, pickles, equals another one that does the same in the same
way, and prints; whatever runs it, or writes it down, is a walk over its list.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from exprgrad.numbers.arithmetic import bits
from exprgrad.numbers.scalars import is_array
from exprgrad.program import listing
from exprgrad.program.instructions import Guard, Input, Instruction, LoopFrame, Output, Section, Segment
from exprgrad.records import NamedTuple

# A derivative of one result: positions among the inputs to differentiate by, ascending; () is the value itself.
Multi = tuple[int, ...]
# By the name of the result and the derivative.
OutputKey = tuple[str, Multi]


class Program(NamedTuple):
    """A compiled program as plain data: `exprgrad.Function.program` gives it, `exprgrad.Interpreter` runs it.

    Slots 0 to `len(constants) - 1` hold the constants, the first of them a structural zero; then come the `inputs`, and
    up to `size` what is computed. `gaps` says that some value may be a structural zero.
    """

    inputs: tuple[Input, ...]
    constants: tuple[Any, ...]
    size: int
    code: tuple[Section, ...]
    guards: tuple[Guard, ...]
    loops: tuple[LoopFrame, ...]
    outputs: tuple[Output, ...]
    gaps: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Program) and self._plain() == other._plain()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._plain())

    def _plain(self) -> tuple[Any, ...]:
        """The fields, with the bits of each constant instead of the number: nan equals nan, and 0.0 is not -0.0. Where
        in a text an instruction comes from does not count."""
        code = tuple(map(_section_without_spans, self.code))
        guards = tuple([guard._replace(span=None) for guard in self.guards])
        loops = tuple(map(_loop_without_spans, self.loops))
        rest = (self.inputs, self.size, code, guards, loops, self.outputs, self.gaps)
        return (*map(bits, self.constants), *rest)

    @property
    def operations(self) -> int:
        """How many instructions there are."""
        return sum([1 for _ in self.instructions()])

    def instructions(self) -> Iterator[Instruction]:
        """All instructions, in the order in which they stand."""
        for step in self.code:
            if isinstance(step, Segment):
                yield from step.instructions

    @property
    def is_straight(self) -> bool:
        """Whether all instructions run once in each run: there are no branches and no loops."""
        return all([isinstance(step, Segment) and not step.scope for step in self.code])

    @property
    def is_scalar(self) -> bool:
        """Whether every value is one number, whatever is given."""
        return (
            all([x.shape == () for x in self.inputs])
            and not any(map(is_array, self.constants))
            and all([i.shape == () and i.shapes.count(()) == len(i.shapes) for i in self.instructions()])
        )

    def __str__(self) -> str:
        return listing.listing(self.inputs, self.constants, self.code, self.guards, self.loops, self.outputs)


def _section_without_spans(section: Section) -> Section:
    if isinstance(section, Segment):
        return section._replace(instructions=tuple([i._replace(span=None) for i in section.instructions]))
    return section


def _loop_without_spans(loop: LoopFrame) -> LoopFrame:
    allowance = loop.allowance and loop.allowance._replace(span=None)
    return loop._replace(span=None, condition_span=None, allowance=allowance)
