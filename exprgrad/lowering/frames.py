"""What the evaluations of forms hand one another: what is visible where, and what may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence

from exprgrad.diagnostics import Span
from exprgrad.lowering.open_region import OpenRegion, Tangent
from exprgrad.ops.control import Scope
from exprgrad.ops.registry import Value
from exprgrad.records import NamedTuple
from exprgrad.syntax.plan import Block
from exprgrad.syntax.tree import Comparison, Expression, Reads


class Frame(NamedTuple):
    """What is visible where: the program's names, and in a function's body its parameters. `region` is the region that
    the names belong to, None for the program itself; `lanes` are those that a side of a branch computes on."""

    scope: Scope | None
    names: dict[str, Value]
    parameters: Mapping[str, Value]
    region: OpenRegion | None = None
    lanes: Lanes | None = None

    def find(self, name: str) -> Value | None:
        return self.parameters.get(name, self.names.get(name))


class Lanes(NamedTuple):
    """The lanes of an array on which a side of a branch computes: those where `mask` is true. `around` is the frame in
    which whole arrays are seen, `own` are the parameters that hold lanes already, and `leaves` the values of what is
    computed on whole arrays, by the place of its form."""

    mask: Value
    around: Frame
    own: frozenset[str]
    leaves: Mapping[Span, Value]


class Statements(NamedTuple):
    """The statements of a block, which have no value but give names one."""

    steps: Block
    span: Span


class Derivative(NamedTuple):
    """The derivative of a value by another one of the frame, None where it does not depend on it."""

    of: Value
    by: Value
    span: Span


class Links(NamedTuple):
    """The rest of a chained comparison: `left` is compared with operand `position` + 1, and so on."""

    comparison: Comparison
    position: int
    left: Value
    reads: Sequence[Reads]

    @property
    def span(self) -> Span:
        return self.comparison.span


class Restart(Exception):
    """A loop has to begin anew: a tangent that is needed only now has to be carried from the start. `tangents` is the
    loop's list of them."""

    def __init__(self, tangents: Sequence[Tangent]) -> None:
        super().__init__()
        self.tangents = tangents


# The evaluation of a form asks for the value of a sub-expression in a frame, and is sent it.
Request = tuple[Expression | Links | Statements | Derivative, Frame]
Evaluation = Generator[Request, Value, Value]
# What a side of a branch is: the evaluation of its results, in the region's frame and with what entered beside names.
Side = Callable[[Frame, Sequence[Value]], Evaluation]
