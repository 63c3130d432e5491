"""The operators: sums, products, quotients, powers, remainders."""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

from exprgrad.numbers.compensation import lost
from exprgrad.ops.registry import MINUS_ONE, ONE, HardPoint, Notation, Op, Unary, elementwise

add: Final[Op] = elementwise(
    "add",
    "x, y",
    doc="x + y",
    rounded=lambda r: r.add,
    arrays=lambda np: np.add,
    partials=[ONE, ONE],
    notation=Notation("+", 6, "left"),
    zero="sum",
)
sub: Final[Op] = elementwise(
    "sub",
    "x, y",
    doc="x - y",
    rounded=lambda r: r.sub,
    arrays=lambda np: np.subtract,
    partials=[ONE, MINUS_ONE],
    notation=Notation("-", 6, "left"),
    aliases=["subtract"],
    remedies={"": "inf - inf has no value"},
)
mul: Final[Op] = elementwise(
    "mul",
    "x, y",
    doc="x * y",
    rounded=lambda r: r.mul,
    arrays=lambda np: np.multiply,
    partials=[lambda out, x, y: y, lambda out, x, y: x],
    notation=Notation("*", 7, "left"),
    aliases=["multiply"],
    zero="product",
    remedies={
        "log": "xlogy(x, y) is x*log(y), and 0 where x is 0; for another base divide it by log(base)",
        "log2": "xlogy(x, y)/log(2) is x*log2(y), and 0 where x is 0",
        "log10": "xlogy(x, y)/log(10) is x*log10(y), and 0 where x is 0",
        "": "0 * inf has no value",
    },
)
div: Final[Op] = elementwise(
    "div",
    "x, y",
    doc="x / y",
    rounded=lambda r: r.div,
    arrays=lambda np: np.true_divide,
    partials=[lambda out, x, y: div(1, y), lambda out, x, y: neg(div(out, y))],
    hard_points=[None, HardPoint(lambda out, x, y: y == 0, "division by zero: the derivative is infinite")],
    notation=Notation("/", 7, "left"),
    aliases=["divide", "truediv"],
    remedies={
        "sin": "sinc(x) is sin(pi*x)/(pi*x), and 1 at 0: sin(x)/x is sinc(x/pi)",
        "sub of exp": "expm1(x) is exp(x) - 1, exact near 0; at 0 itself 0/0 has no value",
        "log of add": "log1p(x) is log(1 + x), exact near 0; at 0 itself 0/0 has no value",
        "": "0/0 and inf/inf have no value; give the value at 0 and its slope, as in y if x != 0 else 1 + x/2",
    },
)
neg: Final[Op] = elementwise(
    "neg",
    doc="-x",
    rounded=lambda r: r.neg,
    arrays=lambda np: np.negative,
    partials=[MINUS_ONE],
    notation=Notation("-", 8, "prefix"),
    aliases=["negative"],
    zero="product",
)
pos: Final[Op] = elementwise(
    "pos",
    doc="+x",
    rounded=lambda r: r.pos,
    arrays=lambda np: np.positive,
    partials=[ONE],
    notation=Notation("+", 8, "prefix"),
    aliases=["positive"],
)
# Not registered: its rule is not the derivative of its value, so it is no function of the language.
stop_gradient: Final[Op] = Unary(
    "stop_gradient",
    doc="x, taken as a constant",
    rounded=lambda r: r.pos,
    arrays=lambda np: np.positive,
    partials=[None],
    public=False,
    zero="product",
)


def _infinite(x: Any) -> Any:
    return (x == math.inf) | (x == -math.inf)


@cache
def power(n: int, m: int) -> Op:
    """The derivative of x**y, n times by x and m times by y: a family closed under differentiation.

    A rule such as y*x**(y-1), guarded at y = 0, would be wrong at the next order: d2(x**y)/dxdy at (2, 0) is 1/2.
    """
    public = n == m == 0
    entry: dict[str, Any] = {
        "rounded": lambda r: r.power(n, m),
        "partials": [
            lambda out, x, y: power(n + 1, m)(x, y),
            lambda out, x, y: power(n, m + 1)(x, y),
        ],
        "hard_points": [
            HardPoint(
                lambda out, x, y: (x == 0) & _infinite(power(n + 1, m).compute((x, y))),
                "a power with a vertical tangent or a pole at 0: the derivative there is infinite",
            ),
            HardPoint(
                lambda out, x, y: (x == 0) & (y == 0),
                "0**y jumps at y = 0: its derivative by the exponent there is taken as 0",
            ),
        ],
        "domain": ((0.1, 10.0), (-3.0, 3.0)),
        "remedies": {"": "a negative number to a power that is not whole is not real; real numbers only"},
    }
    if public:
        return elementwise(
            "pow",
            "x, y",
            textbook=["y*x**(y - 1)", "x**y*log(x)"],
            doc="x ** y",
            arrays=lambda np: lambda x, y: _numpy_power(np, x, y),
            notation=Notation("**", 9, "right"),
            aliases=["power"],
            **entry,
        )
    return elementwise(
        f"pow_{n}_{m}",
        "x, y",
        doc=f"the derivative of x ** y, {n} times by x and {m} times by y",
        arrays=_numpy_powers(n, m),
        public=False,
        **entry,
    )


def _numpy_powers(n: int, m: int) -> Any:
    """The kernel for arrays where it is one product; a sum of several would cancel."""
    if m == 0:
        return lambda np: lambda x, y: _numpy_power_by_x(np, n, x, y)
    return (lambda np: lambda x, y: _numpy_power_by_y(np, m, x, y)) if n == 0 else None


def _numpy_power_by_y(np: Any, m: int, x: Any, y: Any) -> Any:
    """x**y * log(x)**m, and 0 where the power is 0 and at 0**0."""
    power, logarithm = np.power(x, y), np.log(x)
    found = power
    for _ in range(m):
        found = found * logarithm
    found = np.where(((power == 0) & (x >= 0)) | ((x == 0) & (y == 0)), 0.0, found)
    return np.where(np.isnan(y), np.nan, found)


def _numpy_power_by_x(np: Any, n: int, x: Any, y: Any) -> Any:
    """y*(y-1)*...*(y-n+1) * x**(y-n), and 0 where that falling factorial is 0."""
    falling: Any = 1.0
    for i in range(n):
        falling = falling * (y - i)
    less = y - n
    power = _numpy_power(np, x, less)
    # What y - n loses by rounding, exactly, counts as often as log(x) is large.
    loss = lost(y, -n, less)
    if isinstance(loss, np.ndarray) or loss != 0:
        inside = (x > 0) & (x < math.inf) & (power < math.inf) & (loss == loss)
        power = np.where(inside, power * (1 + loss * np.log(x)), power)
    if not isinstance(falling, np.ndarray) and falling != 0 and falling - falling == 0:
        return falling * power
    # Where the power vanishes it does so faster than the factorial grows.
    return np.where(((falling == 0) | (power == 0)) & (x == x), 0.0, falling * power)


def _numpy_power(np: Any, x: Any, y: Any) -> Any:
    """x**y; `np.power` raises to a power even where a product would do."""
    if not isinstance(y, np.ndarray):
        if y == 1:
            return x
        if y == 2:
            return x * x
    return np.power(x, y)


pow_: Final[Op] = power(0, 0)

floor_div: Final[Op] = elementwise(
    "floor_div",
    "x, y",
    doc="x // y, the largest whole number that is at most x / y",
    rounded=lambda r: r.floor_div,
    arrays=lambda np: np.floor_divide,
    partials=[None, None],
    hard_points=[HardPoint(lambda out, x, y: mod.compute((x, y)) == 0, "// jumps here: its derivative is taken as 0")]
    * 2,
    notation=Notation("//", 7, "left"),
    aliases=["floor_divide"],
    domain=((-10.0, 10.0), (0.5, 10.0)),
    remedies={"": "division by zero has no floor"},
)
mod: Final[Op] = elementwise(
    "mod",
    "x, y",
    doc="x % y, the remainder with the sign of y: x - y*floor(x/y)",
    rounded=lambda r: r.mod,
    arrays=lambda np: np.mod,
    partials=[ONE, lambda out, x, y: neg(floor_div(x, y))],
    hard_points=[
        HardPoint(lambda out, x, y: out == 0, "% jumps here: its derivative by x is taken as 1"),
        HardPoint(lambda out, x, y: out == 0, "% jumps here: its derivative by y is taken as -(x // y)"),
    ],
    notation=Notation("%", 7, "left"),
    aliases=["remainder"],
    domain=((-10.0, 10.0), (0.5, 10.0)),
    remedies={"": "division by zero has no remainder"},
)
