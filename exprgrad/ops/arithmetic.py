"""The operators: sums, products, quotients, powers, remainders."""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.numbers import compensation
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.registry import (
    MINUS_ONE,
    ONE,
    Binary,
    Differentiated,
    HardPoint,
    Notation,
    Op,
    Share,
    Unary,
    both,
    elementwise,
    family,
)

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
    zero="sum",
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


def over_power(np: Any, n: int, x: Any, y: Any) -> Any:
    """x / y**n: by the power, or where that leaves the range of doubles step by step, which only the result leaves."""
    below = y
    for _ in range(n - 1):
        below = below * y
    found = x / below
    if n == 1:
        return found
    size, far = np.abs(y), 1e290 ** (1 / n)

    def steps(x: Any, y: Any) -> Any:
        for _ in range(n):
            x = x / y
        return x

    return np.mended(found, ~((size > 1 / far) & (size < far)), steps, (x, y))


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
    exact=True,
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
    exact=True,
    partials=[ONE],
    notation=Notation("+", 8, "prefix"),
    aliases=["positive"],
)
# Not registered: its rule is not the derivative of its value, so it is no function of the language.
stop_gradient: Final[Op] = Unary(
    "stop_gradient",
    doc="x, taken as a constant",
    reading=lambda x: x,
    rounded=lambda r: r.pos,
    arrays=lambda np: np.positive,
    exact=True,
    partials=[None],
    public=False,
    zero="product",
)
# Nor is this: by its share, which does not change nearby, it has none.
portion: Final[Op] = Binary(
    "portion",
    "g, share",
    doc="a cotangent or tangent times a share, absent where that is 0",
    reading=lambda g, share: mul(g, share),
    rounded=lambda r: lambda g, share: ZERO if share == 0 else r.mul(g, share),
    arrays=lambda np: np.multiply,
    partials=[Share(lambda out, g, share: share), None],
    public=False,
    zero="share",
)


@family
def between(last: int) -> Op:
    """What lies at places on the way from a to b, as one operation: of several each would round.

    Not registered: places do not move, so that the share of each end is a constant, and it is no function of places."""
    return Op(
        f"between_{last}",
        "a, b, i",
        doc=f"what lies at place i of 0, ..., {last} on the way from a to b",
        reading=lambda a, b, i: add(a, div(mul(sub(b, a), i), last)),
        rounded=lambda r: r.between(last),
        arrays=lambda np: lambda a, b, i: _numpy_between(np, last, np.double(a), np.double(b), np.double(i)),
        partials=[
            Share(lambda out, a, b, i: div(sub(last, i), last)),
            Share(lambda out, a, b, i: div(i, last)),
            None,
        ],
        domain=((-10.0, 10.0), (-10.0, 10.0), (0.0, float(last))),
        remedies={"": "inf - inf has no value"},
        public=False,
    )


def _numpy_between(np: Any, last: int, a: Any, b: Any, i: Any) -> Any:
    """By the share that each end has; where these cancel by (a*(last - i) + b*i)/last, the sum as one of two."""
    found = a * ((last - i) / last) + b * (i / last)

    def apart(a: Any, b: Any, i: Any) -> Any:
        rest = last - i
        left, right = a * rest, b * i
        total = left + right
        lost = compensation.lost(left, right, total)
        other = compensation.lost_by_product(a, rest, left) + compensation.lost_by_product(b, i, right)
        more = lost + other
        high = total + more
        low = compensation.lost(total, more, high) + compensation.lost(lost, other, more)
        return np.where(i == 0, a, np.where(i == last, b, (high + low) / last))

    found = np.mended(found, (a < 0) != (b < 0), apart, (a, b, i))
    return np.mended(found, _far(np, a) | _far(np, b), np.scalar(between(last).float64), (a, b, i))


def _far(np: Any, x: Any) -> Any:
    """Where a product with a number of places may leave the range of doubles, or its sign may be lost."""
    size = np.abs(x)
    return ~((size < 1e280) & ((size > 1e-250) | ((x == 0) & (np.copysign(1.0, x) > 0))))


def _infinite(x: Any) -> Any:
    return (x == math.inf) | (x == -math.inf)


@family
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
                lambda out, x, y: both(x == 0, lambda: _infinite(power(n + 1, m).compute((x, y)))),
                "a power with a vertical tangent or a pole at 0: the derivative there is infinite",
                # What is raised to a whole number has all its derivatives.
                lambda x, y: m == 0 and y is not None and y >= 0 and y.is_integer(),
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
        reading=Differentiated(lambda: power(n - 1, m) if n else power(n, m - 1), 0 if n else 1),
        arrays=_numpy_powers(n, m),
        public=False,
        **entry,
    )


def _numpy_powers(n: int, m: int) -> Any:
    """The kernel for arrays where it is one product; a sum of several would cancel."""
    if m == 0:
        return lambda np: lambda x, y: _numpy_power_by_x(np, n, np.double(x), np.double(y))
    return (lambda np: lambda x, y: _numpy_power_by_y(np, m, np.double(x), np.double(y))) if n == 0 else None


def _numpy_power_by_y(np: Any, m: int, x: Any, y: Any) -> Any:
    """x**y * log(x)**m."""

    def product(x: Any, first: Any, last: Any) -> Any:
        logarithm = np.log(x)
        for _ in range(m):
            first = first * logarithm
        return first * last

    def at_the_ends(x: Any, y: Any) -> Any:
        """By the root of the power, which leaves the range of doubles only where the product does; and 0 where the
        power is 0 in the limit and at 0**0."""
        root = np.power(x, 0.5 * y)
        found = np.where(x == 0, product(x, np.power(x, y), 1.0), product(x, root, root))
        zero = ((x == 0) & (y >= 0)) | ((x == np.inf) & (y < 0)) | ((np.abs(y) == np.inf) & (x >= 0) & (root == 0))
        return np.where(np.isnan(y), np.nan, np.where(zero, 0.0, found))

    found = product(x, np.power(x, y), 1.0)
    return np.mended(found, _near_the_ends(np, found), at_the_ends, (x, y))


def _near_the_ends(np: Any, x: Any) -> Any:
    """Where what made a number may have left the range of doubles."""
    size = np.abs(x)
    return ~((size > 1e-280) & (size < 1e300))


def _numpy_power_by_x(np: Any, n: int, x: Any, y: Any) -> Any:
    """y*(y-1)*...*(y-n+1) * x**(y-n)."""
    falling: Any = 1.0
    for i in range(n):
        falling = falling * (y - i)
    less = y - n
    constant = not isinstance(y, np.ndarray)
    if constant and (less == 1 or less == 2):
        return falling * x if less == 1 else falling * x * x
    # What y - n loses by rounding, exactly, counts as often as log(x) is large.
    loss = compensation.lost(y, -n, less)

    def regained(x: Any, power: Any, loss: Any) -> Any:
        factor = 1 + loss * np.log(x)
        inside = (x > 0) & (x < math.inf) & (power < math.inf) & (factor > 0.5)
        return np.where(inside, power * factor, power)

    power = _numpy_power(np, x, less)
    found = falling * (power if constant and loss == 0 else regained(x, power, loss))
    if constant and 0 <= less < 2:
        return found

    def at_the_ends(x: Any, y: Any, falling: Any, loss: Any) -> Any:
        """By a root of the power, which leaves the range of doubles only where the product does, and with the sign that
        y itself says: rounded, y - n may be even for odd. The result is 0 where the power is, which vanishes faster
        than the falling factorial grows, and where that is 0."""
        size, whole, half = np.abs(x), np.floor(y) == y, 0.5 * y
        parts = 2 if n == 1 else 4
        root = np.power(size, (y - n) / parts)
        # A subnormal factor is lifted, so that it keeps its digits on the way.
        lift = np.where(np.abs(falling) < 1e-290, 2.0**54, 1.0)
        power = regained(size, np.where(root == 0, np.copysign(root, falling), falling * lift * root), loss)
        for _ in range(parts - 2):
            power = power * root
        lifted = power * root / lift
        power = np.where(np.abs(lifted) == np.inf, power / lift * root, lifted)
        odd = (np.floor(half) == half) if n % 2 else (np.floor(half) != half)
        power = np.where((np.copysign(1.0, x) < 0) & whole & odd & (np.abs(y) < np.inf), -power, power)
        power = np.where((x < 0) & (x > -np.inf) & ~whole, np.nan, power)
        vanishes = (root == 0) & (np.abs(y) == np.inf)
        return np.where(((falling == 0) | vanishes) & (x == x), 0.0, power)

    beyond = _near_the_ends(np, found) | (np.abs(falling) > 1e10)
    return np.mended(found, beyond, at_the_ends, (x, y, falling, loss))


def _numpy_power(np: Any, x: Any, y: Any) -> Any:
    """x**y; `np.power` raises to a power even where a product would do, and takes the root of -inf and of -0."""
    if not isinstance(y, np.ndarray):
        if y == 1:
            return x
        if y == 2:
            return x * x
        if y == -1:
            return 1 / x
        if abs(y) == 0.5:
            root = np.sqrt(x)
            root = np.mended(root, ~(root > 0), lambda x: np.where(x == -np.inf, np.inf, np.sqrt(x + 0.0)), (x,))
            return root if y > 0 else 1 / root
    return np.power(x, y)


pow_: Final[Op] = power(0, 0)


def _whole_beside(side: Any, x: Any, y: Any, whole: Any) -> Any:
    """x // y beside x = whole * y: one less where the rest has not the sign of y."""
    rest = div(sub(x, mul(whole, y)), side.at(y))
    return side.either(side.above(0, rest), sub(whole, 1), whole)


floor_div: Final[Op] = elementwise(
    "floor_div",
    "x, y",
    doc="x // y, the largest whole number that is at most x / y",
    rounded=lambda r: r.floor_div,
    arrays=lambda np: np.floor_divide,
    partials=[None, None],
    hard_points=[HardPoint(lambda out, x, y: mod.of(x, y) == 0, "// jumps here: its derivative is taken as 0")] * 2,
    beside=lambda side, x, y: _whole_beside(side, x, y, floor_div(side.at(x), side.at(y))),
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
    partials=[ONE, Share(lambda out, x, y: neg(floor_div(x, y)))],
    hard_points=[
        HardPoint(lambda out, x, y: out == 0, "% jumps here: its derivative by x is taken as 1"),
        HardPoint(lambda out, x, y: out == 0, "% jumps here: its derivative by y is taken as -(x // y)"),
    ],
    beside=lambda side, x, y: sub(x, mul(floor_div(x, y), y)),
    notation=Notation("%", 7, "left"),
    aliases=["remainder"],
    domain=((-10.0, 10.0), (0.5, 10.0)),
    remedies={"": "an infinite number has no remainder, nor has a division by 0"},
)
