"""Exponentials, logarithms, roots, and the trigonometric and hyperbolic functions.

Rules are chosen to keep their digits: 1/cosh(x)**2 for tanh rather than 1 - tanh(x)**2, (1-x)*(1+x) rather
than 1 - x**2. Formulas: DLMF chapters 4.10, 4.20, 4.34 and 4.40.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any, Final

from exprgrad.ops.arithmetic import add, div, mul, neg, pow_, sub
from exprgrad.ops.registry import HardPoint, Op, Rule, elementwise

# The doubles nearest to ln 2 and ln 10; as constants they are weak, so a float32 operand keeps its precision.
LN2: Final = 0.6931471805599453
LN10: Final = 2.302585092994046
REAL_ONLY: Final = "real numbers only"


def _function(
    name: str,
    doc: str,
    rule: Rule,
    *,
    numpy: str | None = None,
    arrays: Any = None,
    **entry: Any,
) -> Op:
    """An entry for a function of one operand whose kernel carries its name; `numpy` names numpy's, if it has one."""
    if numpy is not None:
        arrays = lambda np: getattr(np, numpy)  # noqa: E731
    return elementwise(name, doc=doc, rounded=lambda r: getattr(r, name), arrays=arrays, partials=[rule], **entry)


def _at(points: Any, note: str) -> list[HardPoint]:
    return [HardPoint(points, note)]


def _vertical(name: str, where: str, points: Any) -> list[HardPoint]:
    return _at(points, f"{name} has a vertical tangent at {where}: its derivative there is infinite")


exp: Final[Op] = _function("exp", "e to the power x", lambda out, x: out, numpy="exp", domain=[(-5.0, 5.0)])
exp2: Final[Op] = _function(
    "exp2", "2 to the power x", lambda out, x: mul(out, LN2), numpy="exp2", domain=[(-5.0, 5.0)]
)
expm1: Final[Op] = _function(
    "expm1", "exp(x) - 1, exact near 0", lambda out, x: exp(x), numpy="expm1", domain=[(-5.0, 5.0)]
)

_POSITIVE = [(0.05, 20.0)]
_LOG: dict[str, Any] = {
    "domain": _POSITIVE,
    "remedies": {"": f"the logarithm of a negative number: {REAL_ONLY}"},
}


def _pole(name: str, where: str, points: Any) -> list[HardPoint]:
    return _at(points, f"{name} has a pole at {where}: its derivative there is infinite")


def _from_inside(x: Any) -> Any:
    """x, with 0 for -0: at the end of a one-sided domain a derivative is the one from inside."""
    return add(x, 0)


log: Final[Op] = _function(
    "log",
    "natural logarithm",
    lambda out, x: div(1, _from_inside(x)),
    numpy="log",
    aliases=["ln"],
    hard_points=_pole("log", "0", lambda out, x: x == 0),
    **_LOG,
)
log2: Final[Op] = _function(
    "log2",
    "logarithm to base 2",
    lambda out, x: div(1, mul(_from_inside(x), LN2)),
    numpy="log2",
    hard_points=_pole("log2", "0", lambda out, x: x == 0),
    **_LOG,
)
log10: Final[Op] = _function(
    "log10",
    "logarithm to base 10",
    lambda out, x: div(1, mul(_from_inside(x), LN10)),
    numpy="log10",
    hard_points=_pole("log10", "0", lambda out, x: x == 0),
    **_LOG,
)
log1p: Final[Op] = _function(
    "log1p",
    "log(1 + x), exact near 0",
    lambda out, x: div(1, add(1, x)),
    numpy="log1p",
    domain=[(-0.9, 10.0)],
    hard_points=_pole("log1p", "-1", lambda out, x: x == -1),
    remedies=_LOG["remedies"],
)
log_base: Final[Op] = elementwise(
    "log",
    "x, base",
    doc="logarithm to a base",
    rounded=lambda r: r.log_base,
    arrays=lambda np: lambda x, base: np.log(x) / np.log(base),
    partials=[
        lambda out, x, base: div(div(1, x), log(base)),
        lambda out, x, base: neg(div(div(out, base), log(base))),
    ],
    aliases=["ln"],
    hard_points=[
        HardPoint(lambda out, x, base: (x == 0) | (base == 1), "log has a pole here: its derivative is infinite"),
        HardPoint(lambda out, x, base: base == 1, "log has a pole at base 1: its derivative there is infinite"),
    ],
    domain=((0.05, 20.0), (1.5, 10.0)),
    remedies={"": f"the logarithm of a negative number or to base 1: {REAL_ONLY}"},
)
sqrt: Final[Op] = _function(
    "sqrt",
    "square root",
    lambda out, x: div(0.5, _from_inside(out)),
    numpy="sqrt",
    domain=_POSITIVE,
    hard_points=_vertical("sqrt", "0", lambda out, x: x == 0),
    remedies={
        "": f"the square root of a negative number: {REAL_ONLY}",
        "d mul": "abs(x) is sqrt(x*x) with a derivative at 0",
        "d pow": "abs(x) is sqrt(x**2) with a derivative at 0",
        "d add": "hypot(x, y) is sqrt(x*x + y*y) with a derivative at 0",
    },
)


@cache
def cbrt_slope(n: int) -> Op:
    """The n-th derivative of the cube root: a quotient rule would be 0/0 at 0."""
    return elementwise(
        f"cbrt_slope_{n}",
        doc=f"derivative {n} of cbrt",
        rounded=lambda r: r.cbrt_slope(n),
        arrays=lambda np: lambda x: math.prod(1 / 3 - k for k in range(n)) * _numpy_cbrt_power(np, n, x),
        partials=[lambda out, x: cbrt_slope(n + 1)(x)],
        hard_points=_vertical("cbrt", "0", lambda out, x: x == 0),
        public=False,
    )


def _numpy_cbrt_power(np: Any, n: int, x: Any) -> Any:
    """x to the power 1/3 - n."""
    root = np.cbrt(x)
    power = root / x
    at_ends = 1 / (root * root)  # at 0 and infinity
    for _ in range(n - 1):
        power, at_ends = power / x, at_ends / x
    return np.where((x == 0) | (np.abs(x) == np.inf), at_ends, power)


cbrt: Final[Op] = _function(
    "cbrt",
    "cube root",
    lambda out, x: cbrt_slope(1)(x),
    numpy="cbrt",
    hard_points=_vertical("cbrt", "0", lambda out, x: x == 0),
    textbook=["1/(3*cbrt(x)**2)"],
)


def _turn(name: str, doc: str, alias: str) -> Op:
    op: Op = elementwise(
        name,
        doc=doc,
        rounded=lambda r: getattr(r, name),
        arrays=lambda np: getattr(np, name),
        partials=[lambda out, x: op(1)],
        aliases=[alias],
    )
    return op


degrees: Final[Op] = _turn("degrees", "radians to degrees", "rad2deg")
radians: Final[Op] = _turn("radians", "degrees to radians", "deg2rad")


_BEYOND = {"": "a trigonometric function of an infinite angle has no value"}
sin: Final[Op] = _function("sin", "sine of x in radians", lambda out, x: cos(x), numpy="sin", remedies=_BEYOND)
cos: Final[Op] = _function("cos", "cosine of x in radians", lambda out, x: neg(sin(x)), numpy="cos", remedies=_BEYOND)
tan: Final[Op] = _function(
    "tan",
    "tangent of x in radians",
    lambda out, x: add(1, mul(out, out)),
    numpy="tan",
    domain=[(-1.4, 1.4)],
    remedies=_BEYOND,
)
sec: Final[Op] = _function(
    "sec",
    "1/cos(x)",
    lambda out, x: mul(out, tan(x)),
    arrays=lambda np: lambda x: 1 / np.cos(x),
    domain=[(-1.4, 1.4)],
    remedies=_BEYOND,
)
csc: Final[Op] = _function(
    "csc",
    "1/sin(x)",
    lambda out, x: neg(mul(out, cot(x))),
    arrays=lambda np: lambda x: 1 / np.sin(x),
    domain=[(0.2, 2.9)],
    hard_points=_pole("csc", "0", lambda out, x: x == 0),
    remedies=_BEYOND,
)
cot: Final[Op] = _function(
    "cot",
    "1/tan(x)",
    lambda out, x: neg(mul(csc(x), csc(x))),
    arrays=lambda np: lambda x: 1 / np.tan(x),
    domain=[(0.2, 2.9)],
    hard_points=_pole("cot", "0", lambda out, x: x == 0),
    remedies=_BEYOND,
)


@cache
def reciprocal_power(n: int, imaginary: bool) -> Op:
    """(n-1)! times a part of (x + i*y)**-n: the derivatives of atan2, without the cancellation of x*x - y*y."""
    part = "imaginary" if imaginary else "real"
    return elementwise(
        f"reciprocal_power_{n}_{part}",
        "y, x",
        doc=f"({n}-1)! times the {part} part of (x + i*y)**-{n}",
        rounded=lambda r: r.reciprocal_power(n, imaginary),
        arrays=lambda np: lambda y, x: _numpy_reciprocal_power(np, n, imaginary, y, x),
        partials=[
            lambda out, y, x: (
                neg(reciprocal_power(n + 1, False)(y, x)) if imaginary else reciprocal_power(n + 1, True)(y, x)
            ),
            lambda out, y, x: neg(reciprocal_power(n + 1, imaginary)(y, x)),
        ],
        remedies={"": "atan2 has no derivative at the origin"},
        public=False,
    )


def _numpy_reciprocal_power(np: Any, n: int, imaginary: bool, y: Any, x: Any) -> Any:
    """By the point on the unit circle, whose powers neither overflow nor vanish; the first two, where the powers of the
    distance do neither, by those. x*x - y*y is a product, of which the factors lose nothing near its zeros."""
    distance = np.hypot(x, y)
    cosine, sine = x / distance, -y / distance
    real, other = cosine, sine
    for _ in range(n - 1):
        real, other = real * cosine - other * sine, real * sine + other * cosine
    part = other if imaginary else real
    for _ in range(n):
        part = part / distance
    found = np.where(distance == np.inf, 0.0, math.factorial(n - 1) * part)
    if n > 2:
        return found
    square = x * x + y * y
    above = (-y if imaginary else x) if n == 1 else (-2 * x * y if imaginary else (x - y) * (x + y))
    within = (square > 1e-290 ** (1 / n)) & (square < 1e290 ** (1 / n))
    return np.where(within, above / (square if n == 1 else square * square), found)


one_minus_square: Final[Op] = elementwise(
    "one_minus_square",
    doc="1 - x*x, rounded once",
    rounded=lambda r: lambda x: r.context.fma(r.neg(x), x, r.one),
    arrays=lambda np: lambda x: (1 - x) * (1 + x),
    partials=[lambda out, x: mul(-2, x)],
    public=False,
)
_UNIT = {"domain": [(-0.9, 0.9)], "remedies": {"": f"the operand lies outside -1 to 1: {REAL_ONLY}"}}


def _ends(out: Any, x: Any) -> Any:
    return (x == 1) | (x == -1)


asin: Final[Op] = _function(
    "asin",
    "inverse sine, in radians",
    lambda out, x: div(1, sqrt(one_minus_square(x))),
    numpy="arcsin",
    aliases=["arcsin"],
    hard_points=_vertical("asin", "-1 and 1", _ends),
    **_UNIT,
    textbook=["1/sqrt(1 - x**2)"],
)
acos: Final[Op] = _function(
    "acos",
    "inverse cosine, in radians",
    lambda out, x: neg(div(1, sqrt(one_minus_square(x)))),
    numpy="arccos",
    aliases=["arccos"],
    hard_points=_vertical("acos", "-1 and 1", _ends),
    **_UNIT,
    textbook=["-1/sqrt(1 - x**2)"],
)
atan: Final[Op] = _function(
    "atan",
    "inverse tangent, in radians",
    lambda out, x: reciprocal_power(1, False)(x, 1),
    numpy="arctan",
    aliases=["arctan"],
    textbook=["1/(1 + x**2)"],
)
hypot: Final[Op] = elementwise(
    "hypot",
    "x, y",
    textbook=["x/hypot(x, y)", "y/hypot(x, y)"],
    doc="sqrt(x*x + y*y), without overflow on the way and with a derivative at 0",
    rounded=lambda r: r.hypot,
    arrays=lambda np: np.hypot,
    partials=[lambda out, x, y: hypot_slope(x, y), lambda out, x, y: hypot_slope(y, x)],
    hard_points=[
        HardPoint(lambda out, x, y: out == 0, "hypot has a kink at the origin: its derivative there is taken as 0")
    ]
    * 2,
    beside=lambda side, x, y: side.root(add(mul(x, x), mul(y, y))),
)
hypot_slope: Final[Op] = elementwise(
    "hypot_slope",
    "x, y",
    doc="x/hypot(x, y), and 0 at the origin",
    rounded=lambda r: r.hypot_slope,
    arrays=lambda np: lambda x, y: _numpy_hypot_slope(np, x, y),
    partials=[
        lambda out, x, y: mul(mul(hypot_slope(y, x), hypot_slope(y, x)), inverse_norm(hypot(x, y))),
        lambda out, x, y: neg(mul(mul(out, hypot_slope(y, x)), inverse_norm(hypot(x, y)))),
    ],
    public=False,
)


def _numpy_hypot_slope(np: Any, x: Any, y: Any) -> Any:
    distance = np.hypot(x, y)
    slope = np.where(distance == 0, 0.0, x / distance)
    return np.where((np.abs(x) == np.inf) & (np.abs(y) < np.inf), np.copysign(1.0, x), np.where(y == y, slope, np.nan))


inverse_norm: Final[Op] = elementwise(
    "inverse_norm",
    "h",
    doc="1/h, and 0 where h is 0",
    rounded=lambda r: r.inverse_norm,
    arrays=lambda np: lambda h: np.where(h == 0, 0.0, 1 / h),
    partials=[lambda out, h: neg(mul(out, out))],
    domain=_POSITIVE,
    public=False,
)
atan2: Final[Op] = elementwise(
    "atan2",
    "y, x",
    textbook=["x/(x**2 + y**2)", "-y/(x**2 + y**2)"],
    doc="the angle of the point (x, y), in radians",
    rounded=lambda r: r.atan2,
    arrays=lambda np: np.arctan2,
    partials=[
        lambda out, y, x: reciprocal_power(1, False)(y, x),
        lambda out, y, x: reciprocal_power(1, True)(y, x),
    ],
    aliases=["arctan2"],
)

_NARROW = [(-5.0, 5.0)]
sinh: Final[Op] = _function("sinh", "hyperbolic sine", lambda out, x: cosh(x), numpy="sinh", domain=_NARROW)
cosh: Final[Op] = _function("cosh", "hyperbolic cosine", lambda out, x: sinh(x), numpy="cosh", domain=_NARROW)
tanh: Final[Op] = _function(
    "tanh", "hyperbolic tangent", lambda out, x: mul(sech(x), sech(x)), numpy="tanh", domain=_NARROW
)
sech: Final[Op] = _function(
    "sech",
    "1/cosh(x)",
    lambda out, x: neg(mul(out, tanh(x))),
    arrays=lambda np: lambda x: 1 / np.cosh(x),
    domain=_NARROW,
)
csch: Final[Op] = _function(
    "csch",
    "1/sinh(x)",
    lambda out, x: neg(mul(out, coth(x))),
    arrays=lambda np: lambda x: 1 / np.sinh(x),
    domain=[(0.1, 5.0)],
    hard_points=_pole("csch", "0", lambda out, x: x == 0),
)
coth: Final[Op] = _function(
    "coth",
    "1/tanh(x)",
    lambda out, x: neg(mul(csch(x), csch(x))),
    arrays=lambda np: lambda x: 1 / np.tanh(x),
    domain=[(0.1, 5.0)],
    hard_points=_pole("coth", "0", lambda out, x: x == 0),
)
asinh: Final[Op] = _function(
    "asinh",
    "inverse hyperbolic sine",
    lambda out, x: div(1, hypot(1, x)),
    numpy="arcsinh",
    aliases=["arcsinh"],
)
acosh: Final[Op] = _function(
    "acosh",
    "inverse hyperbolic cosine",
    lambda out, x: mul(pow_(sub(x, 1), -0.5), pow_(add(x, 1), -0.5)),
    numpy="arccosh",
    aliases=["arccosh"],
    domain=[(1.1, 20.0)],
    hard_points=_vertical("acosh", "1", lambda out, x: x == 1),
    remedies={"": f"the operand lies below 1: {REAL_ONLY}"},
)
atanh: Final[Op] = _function(
    "atanh",
    "inverse hyperbolic tangent",
    lambda out, x: div(1, one_minus_square(x)),
    numpy="arctanh",
    aliases=["arctanh"],
    hard_points=_pole("atanh", "-1 and 1", _ends),
    **_UNIT,
    textbook=["1/(1 - x**2)"],
)
