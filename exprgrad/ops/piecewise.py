"""What is made of pieces: rounding, absolute values, extremes, steps. Kinks and jumps lie between the pieces."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any, Final

from exprgrad.numbers.rounded import Rounded
from exprgrad.ops.arithmetic import add, div, floor_div, mod, mul, neg, sub
from exprgrad.ops.comparison import equal
from exprgrad.ops.registry import ONE, Evaluated, HardPoint, Kernel, Op, Reference, Share, elementwise, family, named


def _step(name: str, doc: str, jumps: Any, beside: Any) -> Op:
    return elementwise(
        name,
        doc=doc,
        rounded=lambda r: getattr(r, name),
        arrays=lambda np: getattr(np, name),
        exact=True,
        partials=[None],
        hard_points=[HardPoint(jumps, f"{name} jumps here: its derivative is taken as 0")],
        beside=beside,
    )


def _halfway(out: Any, x: Any) -> Any:
    off = sub.of(out, x)
    return (off == 0.5) | (off == -0.5)


def _from_zero(side: Any, x: Any, below: Any, at: Any) -> Any:
    """Three values, by the sign of x: 1 above 0, and `at` where it stays 0."""
    return side.either(side.above(x, 0), 1, side.either(side.above(0, x), below, at))


sign: Final[Op] = _step(
    "sign",
    "-1, 0 or 1, by the sign of x",
    lambda out, x: x == 0,
    lambda side, x: _from_zero(side, x, -1, 0),
)
floor: Final[Op] = _step(
    "floor",
    "the largest whole number that is at most x",
    lambda out, x: out == x,
    lambda side, x: side.either(side.above(side.at(x), x), sub(side.at(x), 1), side.at(x)),
)
ceil: Final[Op] = _step(
    "ceil",
    "the smallest whole number that is at least x",
    lambda out, x: out == x,
    lambda side, x: side.either(side.above(x, side.at(x)), add(side.at(x), 1), side.at(x)),
)
round_: Final[Op] = _step(
    "round",
    "the nearest whole number, the even one of two",
    _halfway,
    lambda side, x: side.either(
        side.above(x, side.at(x)),
        ceil(side.at(x)),
        side.either(side.above(side.at(x), x), floor(side.at(x)), round_(side.at(x))),
    ),
)
trunc: Final[Op] = _step(
    "trunc",
    "x without its fraction",
    lambda out, x: (out == x) & (x != 0),
    lambda side, x: side.either(side.above(x, 0), floor(x), ceil(x)),
)

abs_: Final[Op] = elementwise(
    "abs",
    doc="x without its sign",
    rounded=lambda r: r.abs,
    arrays=lambda np: np.abs,
    exact=True,
    partials=[lambda out, x: sign(x)],
    hard_points=[
        HardPoint(lambda out, x: x == 0, "abs has a kink at 0: its derivative there is taken as 0, the middle")
    ],
    beside=lambda side, x: side.either(side.above(x, 0), x, neg(x)),
    aliases=["absolute", "fabs"],
)


ties: Final[Op] = elementwise(
    "ties",
    "out, x, ...",
    doc="how many of the operands after the first are equal to it",
    reading=lambda out, *xs: reduce(add, [equal(x, out) for x in xs]),
    rounded=lambda r: r.ties,
    arrays=lambda np: lambda out, *xs: reduce(operator.add, [(x == out) * 1.0 for x in xs]),
    exact=True,
    partials=lambda out, *xs: [None] * len(xs),
    public=False,
)
above: Final[Op] = elementwise(
    "above",
    "x, y",
    doc="1 where x > y, 1/2 where they are equal, else 0",
    reading=lambda x, y: step(sub(x, y)),
    rounded=lambda r: r.above,
    arrays=lambda np: lambda x, y: np.where(np.isnan(x) | np.isnan(y), np.nan, (x > y) + 0.5 * (x == y)),
    exact=True,
    partials=[None, None],
    public=False,
)


def _extreme(name: str, kernel: str, doc: str, beside: Any) -> Op:
    """Two or more operands; `kernel` is what our arithmetic and numpy call it, `beside` what two operands are on a
    side."""

    def partials(out: Any, *xs: Any) -> list[Evaluated]:
        """1/k where k operands are the extreme, for each of them; all in time linear in their number."""
        if len(xs) == 2:
            shares = above(*xs), above(*xs[::-1])
            return [Evaluated(share, True) for share in (shares if name == "max" else shares[::-1])]
        share = div(1, ties(out, *xs))
        return [Evaluated(mul(equal(x, out), share), True) for x in xs]

    def tie(out: Any, *xs: Any) -> Any:
        if len(xs) == 2:
            return xs[0] == xs[1]
        return sum((x == out) * 1 for x in xs) > 1

    return elementwise(
        name,
        "x, y, ...",
        doc=doc,
        rounded=lambda r: getattr(r, kernel),
        arrays=lambda np: lambda *xs: reduce(getattr(np, kernel), xs),
        exact=True,
        partials=partials,
        hard_points=[HardPoint(tie, f"{name} has a tie here: its derivative is shared equally")],
        beside=lambda side, *xs: reduce(lambda x, y: beside(side, x, y), xs),
        aliases=[kernel],
    )


min_: Final[Op] = _extreme(
    "min", "minimum", "the smallest of two or more", lambda side, x, y: side.either(side.above(x, y), y, x)
)
max_: Final[Op] = _extreme(
    "max", "maximum", "the largest of two or more", lambda side, x, y: side.either(side.above(x, y), x, y)
)


clip: Final[Op] = elementwise(
    "clip",
    "x, low, high",
    textbook=["1 if low < x < high else 0", "1 if x < low < high else 0", "1 if high < max(x, low) else 0"],
    doc="x, but at least low and at most high: min(max(x, low), high)",
    rounded=lambda r: lambda x, low, high: r.minimum(r.maximum(x, low), high),
    arrays=lambda np: lambda x, low, high: np.minimum(np.maximum(x, low), high),
    exact=True,
    partials=[
        Share(lambda out, x, low, high: mul(above(high, max_(x, low)), above(x, low))),
        Share(lambda out, x, low, high: mul(above(high, max_(x, low)), above(low, x))),
        Share(lambda out, x, low, high: above(max_(x, low), high)),
    ],
    hard_points=[
        HardPoint(
            lambda out, x, low, high: (x == low) | (x == high) | ((x < low) & (low == high)),
            "clip has a kink at its limits: its derivative there is shared equally",
        )
    ]
    * 3,
    beside=lambda side, x, low, high: min_(max_(x, low), high),
)
heaviside: Final[Op] = elementwise(
    "heaviside",
    "x, h",
    textbook=[None, "1 if x == 0 else 0"],
    doc="0 below 0, h at 0, 1 above",
    rounded=lambda r: r.heaviside,
    arrays=lambda np: np.heaviside,
    exact=True,
    partials=[None, Share(lambda out, x, h: is_zero(x))],
    hard_points=[
        HardPoint(lambda out, x, h: x == 0, "heaviside jumps at 0: its derivative there is taken as 0"),
        None,
    ],
    beside=lambda side, x, h: _from_zero(side, x, 0, h),
)
is_zero: Final[Op] = elementwise(
    "is_zero",
    doc="1 where x is 0, else 0",
    reading=lambda x: equal(x, 0),
    rounded=lambda r: lambda x: r.equal(x, r.number(0)),
    arrays=lambda np: lambda x: np.equal(x, 0),
    exact=True,
    partials=[None],
    public=False,
)
step: Final[Op] = elementwise(
    "step",
    doc="0 below 0, 1/2 at 0, 1 above: heaviside(x, 0.5)",
    rounded=lambda r: lambda x: r.heaviside(x, r.number(0.5)),
    arrays=lambda np: lambda x: np.heaviside(x, 0.5),
    exact=True,
    partials=[None],
    hard_points=[HardPoint(lambda out, x: x == 0, "step jumps at 0: its derivative there is taken as 0")],
    beside=lambda side, x: _from_zero(side, x, 0, 0.5),
)
relu: Final[Op] = elementwise(
    "relu",
    doc="x above 0, else 0",
    rounded=lambda r: lambda x: r.maximum(x, r.number(0)),
    arrays=lambda np: lambda x: np.maximum(x, 0) + 0.0,
    exact=True,
    partials=[Share(lambda out, x: heaviside(x, 0))],
    hard_points=[HardPoint(lambda out, x: x == 0, "relu has a kink at 0: its derivative there is taken as 0")],
    beside=lambda side, x: side.either(side.above(x, 0), x, 0),
)
copysign: Final[Op] = elementwise(
    "copysign",
    "x, y",
    doc="x with the sign of y",
    rounded=lambda r: r.copysign,
    arrays=lambda np: lambda x, y: np.where(np.isnan(y), np.nan, np.copysign(x, y)),
    exact=True,
    partials=[lambda out, x, y: mul(sign(x), copysign(1, y)), None],
    hard_points=[
        HardPoint(
            lambda out, x, y: x == 0,
            "copysign has a kink at 0: its derivative there is taken as 0, the middle",
        ),
        HardPoint(lambda out, x, y: y == 0, "copysign jumps where y is 0: its derivative there is taken as 0"),
    ],
    beside=lambda side, x, y: mul(abs_(x), _from_zero(side, y, -1, copysign(1, side.at(y)))),
)
fmod: Final[Op] = elementwise(
    "fmod",
    "x, y",
    doc="the remainder with the sign of x: x - y*trunc(x/y)",
    rounded=lambda r: r.fmod,
    arrays=lambda np: np.fmod,
    exact=True,
    partials=[ONE, Share(lambda out, x, y: neg(mul(mul(sign(x), copysign(1, y)), floor_div(abs_(x), abs_(y)))))],
    hard_points=[
        HardPoint(lambda out, x, y: (out == 0) & (x != 0), "fmod jumps here: its derivative by x is taken as 1"),
        HardPoint(lambda out, x, y: (out == 0) & (x != 0), "fmod jumps here: its derivative by y is -trunc(x/y)"),
    ],
    beside=lambda side, x, y: mul(sign(x), mod(abs_(x), abs_(y))),
    domain=((-10.0, 10.0), (0.5, 10.0)),
    remedies={"": "an infinite number has no remainder, nor has a division by 0"},
)


@family
def at_kinks(references: tuple[tuple[Reference, int], ...]) -> Op:
    """1 where one of some operations, given by their references, is at a kink, else 0. The operands are, for each of
    them, its result and its operands, so many."""
    ops = [(named(*reference), operands) for reference, operands in references]

    def hit(*values: Any) -> Any:
        found: Any = None
        start = 0
        for op, operands in ops:
            its = values[start : start + 1 + operands]
            start += 1 + operands
            for point in dict.fromkeys(op.hard_points_for(operands)):
                if point is not None:
                    here = point.where(*its)
                    found = here if found is None else found | here
        return found

    def rounded(r: Rounded) -> Kernel:
        return lambda *values: r.one if hit(*values) else r.zero

    return Op(
        "at_kinks",
        "x, ...",
        doc="1 at a kink, else 0",
        rounded=rounded,
        arrays=lambda np: lambda *values: hit(*values) * 1.0,
        exact=True,
        partials=lambda out, *xs: [None] * len(xs),
        public=False,
    )
