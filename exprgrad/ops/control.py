"""Branches and loops, and where cotangents begin and end.

A branch is one node, whose regions hold what its sides compute from the values that enter them. Static mode has both
regions, dynamic mode the one that was taken; apart from that the nodes are the same and come about in the same
order, which is why both modes add the same numbers in the same order. The derivative of a branch is a branch again:
its regions extend those of the first, so nothing is computed twice. What a branch adds to an outer value is summed
inside first and added outside as one term. What a side does not reach is a structural zero
(`numbers.scalars.ZERO`), which is absent rather than a 0 that could meet an infinity.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from functools import reduce
from typing import Any, Final

from exprgrad.diagnostics import EvaluationError, Span
from exprgrad.numbers import arrays
from exprgrad.numbers.arithmetic import cast, dtype_name, is_nan
from exprgrad.numbers.rounded import Rounded
from exprgrad.numbers.scalars import ZERO, is_array
from exprgrad.ops.budget import Allowance
from exprgrad.ops.registry import ONE, Kernel, Op, Traced, elementwise
from exprgrad.ops.structural import Flat, Linear, Structural, filled, shape_of


class Scope:
    """Where a region stands: inside `parent` (None: the program).

    A side of a branch is taken where `condition` is true or false (`polarity`); the body of a loop is run again and
    again, which `loop`, its node, knows. `span` is where the condition stands: an error in it belongs there. The
    region of a derivative that runs elsewhere or again has a scope of its own: what it computes from values of
    `source`, the region that it is the derivative of, belongs to that one where nothing else is needed for it.
    """

    __slots__ = ("condition", "depth", "loop", "parent", "polarity", "source", "span")

    def __init__(
        self,
        parent: Scope | None,
        condition: Any = None,
        polarity: bool = True,
        span: Span | None = None,
        source: Scope | None = None,
    ) -> None:
        self.parent = parent
        self.condition = condition
        self.polarity = polarity
        self.span = span
        self.source = source
        self.loop: Any = None
        # An operation lies in the deepest scope of its operands.
        self.depth: int = 1 + max(parent.depth if parent else 0, source.depth if source else 0)

    def derived(self, parent: Scope | None) -> Scope:
        """The scope for the derivative of a side of a branch: this one, unless it lies inside something else."""
        if parent is self.parent:
            return self
        return Scope(parent, self.condition, self.polarity, self.span, self)


class Region:
    """What one side of a branch or one iteration of a loop computes: `results` from `params`, one for each value that
    enters. A result is None where it is a structural zero.
    """

    __slots__ = ("params", "results", "scope")

    def __init__(self, scope: Scope, params: Sequence[Traced], results: Sequence[Traced | None]) -> None:
        self.scope = scope
        self.params = tuple(params)
        self.results = tuple(results)


class Branch(Structural):
    """A condition chooses a region; the operands are the condition and the values that enter. Its value is the
    tuple of the region's results, which `Item` takes apart.

    `regions` are the one for true and the one for false; dynamic mode has only one of them.
    """

    __slots__ = ("regions",)
    several = True
    owed = ()

    def __init__(self, regions: Sequence[Region | None]) -> None:
        super().__init__("branch", "condition, ...", "the side that the condition chooses", None, run=self._results)
        self.regions = tuple(regions)

    def _results(self, *operands: Any) -> Any:
        (taken,) = [region for region in self.regions if region is not None]
        return tuple([ZERO if result is None else result.value for result in taken.results])  # type: ignore[attr-defined]


class Loop(Structural):
    """Runs a region again and again.

    The first `carried` operands are the values with which the first iteration starts; the first `carried` results of
    the region those for the next. Each iteration pushes its further results onto a stack. Of the other operands, those
    at the places in `elements` are stacks: an iteration gets what the iteration of the same number pushed there. The
    rest is the same for all iterations.

    A loop of the program's own goes on while `condition`, a node of its region, is true, as long as its `allowance`
    lets it. The derivative of a loop is a loop that runs as often as that one, `source`, did, and whose region
    extends the region of that one; `backwards` says that it runs from the last iteration to the first. What the
    region of the source got as carried values are elements for it: `History` makes a stack of them.

    Static mode has one region, dynamic mode one for each iteration, in the order in which they ran; `uneven` says that
    these may differ in what their results depend on. `names` are the program's for the first carried values, for who
    draws them.
    """

    __slots__ = (
        "allowance",
        "backwards",
        "carried",
        "condition",
        "elements",
        "names",
        "regions",
        "source",
        "span",
        "uneven",
    )
    several = True
    owed = ()

    def __init__(
        self,
        regions: Sequence[Region],
        carried: int,
        *,
        elements: Collection[int] = (),
        condition: Any = None,
        allowance: Allowance | None = None,
        source: Any = None,
        backwards: bool = False,
        uneven: bool = False,
        span: Span | None = None,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__("loop", "start, ...", "a region that runs again and again", None, run=self._results)
        self.regions = tuple(regions)
        self.carried = carried
        self.elements = frozenset(elements)
        self.condition = condition
        self.allowance = allowance
        self.source = source
        self.backwards = backwards
        self.uneven = uneven
        self.span = span
        self.names = tuple(names)

    @property
    def pushes(self) -> int:
        """How many stacks the loop makes; unknown, and none, where no iteration has run."""
        return len(self.regions[0].results) - self.carried if self.regions else 0

    def _results(self, *operands: Any) -> Any:
        last = self.regions[-1].results if self.regions else None
        ends = operands if last is None else [ZERO if x is None else x.value for x in last]  # type: ignore[attr-defined]
        stacks = [
            [ZERO if (x := region.results[i]) is None else x.value for region in self.regions]  # type: ignore[attr-defined]
            for i in range(self.carried, self.carried + self.pushes)
        ]
        return (*ends[: self.carried], *stacks)


class Item(Structural):
    """One result of a branch or a loop."""

    __slots__ = ("position",)
    owed = ()

    def __init__(self, position: int) -> None:
        super().__init__("item", "region", "a result of a branch or a loop", None, run=lambda node: node[position])
        self.position = position


class History(Structural):
    """The stack of the values with which the iterations of a loop started, of the carried value at `position`.

    It stands for them in the derivative of the loop, which reads them where they are: as a value it is nothing.
    """

    __slots__ = ("position",)
    owed = ()

    def __init__(self, position: int) -> None:
        super().__init__("history", "loop", "the values with which iterations started", None, run=lambda node: None)
        self.position = position


def branch(condition: Any, entering: Sequence[Any], regions: Sequence[Region | None]) -> list[Any]:
    """The results of a branch as new nodes."""
    kind: type[Traced] = type(condition)
    node = kind.record(Branch(regions), (condition, *entering))
    results = next(region.results for region in regions if region is not None)
    return [kind.record(Item(i), (node,)) for i in range(len(results))]


def loop(op: Loop, operands: Sequence[Any]) -> list[Any]:
    """The results of a loop as new nodes: the carried values at its end, then the stacks."""
    kind: type[Traced] = type(operands[0])
    node = kind.record(op, operands)
    for region in op.regions:
        region.scope.loop = node
    return [kind.record(Item(i), (node,)) for i in range(op.carried + op.pushes)]


def _nan_where(np: Any, found: Any, ys: Sequence[Any]) -> Any:
    return reduce(lambda found, y: np.where(np.isnan(y), math.nan, found), ys, found)


def _unreached(x: Any, *ys: Any) -> Any:
    if is_array(x) and len(ys) == 1 and shape_of(x) == shape_of(ys[0]):
        return arrays.without_gaps(None, x.shape, ys[0], False, x)
    return filled(x, math.nan if any(is_nan(y) for y in ys) else 0.0)


# By x of results that do not depend on it: 0 in the shape of x, and nan where one of them is nan, lane by lane where
# the only one has the shape of x. In rows of numbers a cotangent has the right shape and precision.
unreached: Final[Flat] = Flat(
    "unreached",
    "x, y, ...",
    "the derivative by what the results do not depend on",
    None,
    run=_unreached,
    arrays=lambda np: lambda x, *ys: _nan_where(np, 0.0, ys),
    exact=True,
    shaped_as=0,
    unless_nan=0.0,
    reading=lambda x, *ys: 0,
)
# A structural zero stays one.
in_precision: Final[Linear] = Linear(
    "in_precision",
    "g, x",
    "a cotangent in the precision of x",
    run=lambda g, x: cast(g, dtype_name(x)),
    absent=lambda g, x: ZERO if g is ZERO else cast(g, "float64"),
    transposed=lambda h, g, x: in_precision(h, g),
    arrays=lambda np: lambda g, x: g,
    exact=True,
    moves=True,
    shaped_as=0,
    reading=lambda g, x: g,
)


def _as_gradient(g: Any, x: Any, *ys: Any) -> Any:
    if g is ZERO:
        return unreached.compute((x, *ys))
    if is_array(g):
        nan = next((y for y in ys if is_nan(y)), None)
        g = arrays.without_zeros(g) if nan is None else arrays.without_gaps(g, g.shape, nan, False, x)
    return cast(g, dtype_name(x))


# A value like any other: in the precision of x, and where g is a structural zero what x gets of results that do not
# depend on it (see `unreached`), of those that follow. In rows the cotangent of a number that is nan is nan, or absent.
as_gradient: Final = Linear(
    "as_gradient",
    "g, x, ...",
    "a cotangent as the derivative by x",
    zero=None,
    run=_as_gradient,
    transposed=lambda h, g, x, *ys: in_precision(h, g),
    tangent=lambda t, x, *ys: in_precision(t, x),
    arrays=lambda np: lambda g, x, *ys: _nan_where(np, g, ys),
    exact=True,
    moves=True,
    shaped_as=1,
    reading=lambda g, x, *ys: g,
)

# Of all numbers nan alone is not equal to itself.
seed: Final[Op] = elementwise(
    "seed",
    doc="the cotangent with which a sweep starts: 1, and nan where the result is nan, so that its derivatives are",
    rounded=lambda r: lambda y: y if y != y else r.number(1),
    arrays=lambda np: lambda y: np.where(np.isnan(y), y, 1.0),
    exact=True,
    unless_nan=1.0,
    reading=lambda y: 1,
    partials=[None],
    zero="product",
    public=False,
)


given: Final[Op] = elementwise(
    "given",
    "g, y",
    doc="a cotangent or tangent that the caller gives for y: nan where y is nan, unless it is 0",
    rounded=lambda r: lambda g, y: y if y != y and g != 0 else g,
    arrays=lambda np: lambda g, y: np.where(np.isnan(y) & (g != 0), y, g),
    exact=True,
    partials=[ONE, None],
    reading=lambda g, y: g,
    zero="product",
    public=False,
)


def _nan_bound() -> EvaluationError:
    return EvaluationError("a bound of the range is nan", hint="a range is for i in 0..n")


def _bound(r: Rounded) -> Kernel:
    def checked(x: Any) -> Any:
        if x.is_nan():
            raise _nan_bound()
        return x

    return checked


bound: Final[Op] = elementwise(
    "bound",
    doc="a bound of a range, which may not be nan",
    rounded=_bound,
    arrays=lambda np: lambda x: np.refuse_nan(x, _nan_bound),
    exact=True,
    refuses=True,
    partials=[ONE],
    reading=lambda x: x,
    public=False,
)
