"""Exponentials, logarithms, roots, and the trigonometric and hyperbolic functions.

Where a composition of operations would lose digits the derivatives are families closed under differentiation: `slope`.
Formulas: DLMF chapters 4.10, 4.20, 4.34 and 4.40.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from exprgrad.numbers import closed
from exprgrad.ops.arithmetic import add, div, mul, neg, pow_
from exprgrad.ops.registry import REGISTRY, Differentiated, HardPoint, Op, Rule, elementwise, family

# The double nearest to ln 2; as a constant it is weak, so a float32 operand keeps its precision.
LN2: Final = 0.6931471805599453
REAL_ONLY: Final = "real numbers only"


class _Slopes:
    """The derivatives of a function as a family. `form` gives that of `numbers.closed`, which loads when the first one
    runs. `arrays` computes the n-th one from (numpy, form, n, x), `by_result` the first one from (numpy, y, x), and
    `beyond` and `result_beyond` are as in an entry: where a slope is a double and the function is not, or is subnormal.
    """

    __slots__ = ("_form", "arrays", "beyond", "by_result", "result_beyond")

    def __init__(
        self,
        form: Callable[[Any], Any],
        arrays: Any,
        *,
        by_result: Any = None,
        beyond: Any = None,
        result_beyond: Any = None,
    ) -> None:
        self._form = form
        self.arrays = arrays
        self.by_result = by_result
        self.beyond = beyond
        self.result_beyond = result_beyond

    @property
    def form(self) -> Any:
        """The closed form."""
        return self._form(closed)


# Of the functions whose entries have them, by name.
_SLOPES: Final[dict[str, _Slopes]] = {}


def _function(
    name: str,
    doc: str,
    rule: Rule | _Slopes,
    *,
    numpy: str | None = None,
    arrays: Any = None,
    **entry: Any,
) -> Op:
    """An entry for a function of one operand whose kernel carries its name; `numpy` names numpy's, if it has one."""
    if numpy is not None:
        arrays = lambda np: getattr(np, numpy)  # noqa: E731
    if isinstance(rule, _Slopes):
        _SLOPES[name] = rule
        rule = _first_slope(name, rule)
    return elementwise(name, doc=doc, rounded=lambda r: getattr(r, name), arrays=arrays, partials=[rule], **entry)


@family
def slope(name: str, n: int) -> Op:
    """The n-th derivative of a function, n >= 1."""
    function, slopes = REGISTRY.by_name[name][0], _SLOPES[name]
    return elementwise(
        f"{name}_slope_{n}",
        doc=f"derivative {n} of {name}",
        rounded=lambda r: r.slope(slopes.form, n),
        arrays=lambda np: lambda x: slopes.arrays(np, slopes.form, n, np.double(x)),
        beyond=slopes.beyond,
        partials=[lambda out, x: slope(name, n + 1)(x)],
        reading=Differentiated(lambda: slope(name, n - 1) if n > 1 else function),
        hard_points=function.hard_points,
        domain=function.domain,
        remedies=function.remedies,
        public=False,
    )


@family
def slope_by_result(name: str) -> Op:
    """The first derivative of a function, which arrays compute from the function's value as well."""
    function, slopes = REGISTRY.by_name[name][0], _SLOPES[name]
    of_x = [hard and HardPoint(_second_of(hard.where), hard.note) for hard in function.hard_points]
    return elementwise(
        f"{name}_slope",
        "y, x",
        doc=f"the derivative of y = {name}(x)",
        rounded=lambda r: _second(r.slope(slopes.form, 1)),
        arrays=lambda np: lambda y, x: slopes.by_result(np, np.double(y), np.double(x)),
        beyond=slopes.result_beyond,
        partials=[None, lambda out, y, x: slope(name, 2)(x)],
        reading=lambda y, x: slope(name, 1)(x),
        hard_points=[None, *of_x] if of_x else (),
        domain=(*function.domain, *function.domain),
        remedies=function.remedies,
        public=False,
    )


def _second(kernel: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda y, x: kernel(x)


def _second_of(where: Callable[..., Any]) -> Callable[..., Any]:
    return lambda out, y, x: where(out, x)


def _first_slope(name: str, slopes: _Slopes) -> Rule:
    if slopes.by_result is not None:
        return lambda out, x: slope_by_result(name)(out, x)
    return lambda out, x: slope(name, 1)(x)


# The closed forms for arrays, so written that nothing leaves the range of a double before the result.


def _numpy_logarithm(np: Any, form: Any, n: int, x: Any) -> Any:
    return _divided(form.factor(n) / (math.log(form.base) if form.base else 1.0), x + float(form.shift), n)


def _numpy_root(np: Any, form: Any, n: int, x: Any) -> Any:
    first = math.prod(0.5 - k for k in range(n)) / (np.sqrt(x) + 0.0)
    return _divided(first, x + 0.0, n - 1) if n > 1 else first


def _numpy_power_of_two(np: Any, form: Any, n: int, x: Any) -> Any:
    return np.exp2(x) * LN2**n


def _numpy_pair(s: Any, t: Any) -> Any:
    """For the functions s and t of (numpy, x)."""

    def kernel(np: Any, form: Any, n: int, x: Any) -> Any:
        inner = t(np, x)
        if form.k == 2 and form.square == (1, 1):
            outer = 1 + inner * inner  # s**2 is t' then
        else:
            outer = s(np, x)
            outer = outer if form.k == 1 else outer * outer
        return outer * closed.horner(form.polynomial(n), inner)

    return kernel


def _one_over(name: str) -> Callable[[Any, Any], Any]:
    return lambda np, x: 1 / getattr(np, name)(x)


_numpy_sec, _numpy_csc, _numpy_cot = map(_one_over, ("cos", "sin", "tan"))
_numpy_csch, _numpy_coth = map(_one_over, ("sinh", "tanh"))


def _numpy_sech(np: Any, x: Any) -> Any:
    """By the exponential function that vanishes, since the cosine leaves the range of doubles first."""
    small = np.exp(-np.abs(x))
    return 2 * small / (1 + small * small)


def _numpy_sech_slope(np: Any, form: Any, n: int, x: Any) -> Any:
    return _numpy_sech_twice(np, x) if n == 2 else _sech_pair(np, form, n, x)


def _numpy_sech_twice(np: Any, x: Any) -> Any:
    """sech*(1 - 2*sech**2), and (sinh**2 - 1)/cosh**3 near its zero, where both cancel: sinh(x) - sinh(x0) is a product
    (DLMF 4.35.8), for which the zero x0 = asinh(1) is the sum of two doubles."""

    def near_zero(x: Any) -> Any:
        size, zero = np.abs(x), 0.881373587019543
        off = (size - zero) + 2.250545892825866e-17
        above = 2 * np.cosh(0.5 * (size + zero)) * np.sinh(0.5 * off) * (np.sinh(size) + 1)
        return above / np.cosh(size) ** 3

    outer = _numpy_sech(np, x)
    found = outer * (1 - 2 * outer * outer)
    return np.mended(found, np.abs(np.abs(x) - 0.88) < 0.4, near_zero, (x,))


_sech_pair = _numpy_pair(_numpy_sech, lambda np, x: np.tanh(x))


def _divided(x: Any, y: Any, n: int) -> Any:
    """x / y**n."""
    for _ in range(n):
        x = x / y
    return x


def _numpy_radical_inside(np: Any, form: Any, n: int, x: Any) -> Any:
    """Where q = 1 - x*x."""
    value, square = closed.horner(form.polynomial(n), x), (1 - x) * (1 + x)
    return _divided(value, square, n) if form.twice == -2 else _divided(value, np.sqrt(square), 2 * n - 1)


def _numpy_radical_outside(np: Any, form: Any, n: int, x: Any) -> Any:
    """Where q = x*x + 1 or x*x - 1 is below a root."""
    coefficients = form.polynomial(n)
    root = np.hypot(1, x) if form.a > 0 else np.sqrt(x - 1) * np.sqrt(x + 1)
    if n == 1:
        return 1 / root
    # Divided by as many powers of the root as each term has of x or 1.
    u, v = x / root, 1 / root
    terms = [_multiplied(float(a), u, i, v, n - 1 - i) for i, a in enumerate(coefficients) if a]
    found = sum(terms, 0.0)
    if form.a < 0:  # two factors are exactly those of q
        found, n = _divided(_divided(found, x - 1, n // 2), x + 1, n // 2), n % 2
    return np.where(root == math.inf, 0.0, _divided(found, root, n))


def _multiplied(a: Any, u: Any, i: int, v: Any, j: int) -> Any:
    """a * u**i * v**j."""
    for factor in (*[u] * i, *[v] * j):
        a = a * factor
    return a


def _at(points: Any, note: str) -> list[HardPoint]:
    return [HardPoint(points, note)]


def _vertical(name: str, where: str, points: Any) -> list[HardPoint]:
    return _at(points, f"{name} has a vertical tangent at {where}: its derivative there is infinite")


exp: Final[Op] = _function("exp", "e to the power x", lambda out, x: out, numpy="exp", domain=[(-5.0, 5.0)])
exp2: Final[Op] = _function(
    "exp2",
    "2 to the power x",
    _Slopes(
        lambda closed: closed.PowerOfTwo(),
        _numpy_power_of_two,
        by_result=lambda np, y, x: y * LN2,
        beyond=lambda np, out, x: (x >= 1024) & (x < 1026),
        result_beyond=lambda np, out, y, x: (x >= 1024) & (x < 1026),
    ),
    textbook=["exp2(x)*0.6931471805599453"],
    numpy="exp2",
    domain=[(-5.0, 5.0)],
)
expm1: Final[Op] = _function(
    "expm1", "exp(x) - 1, exact near 0", lambda out, x: exp(x), numpy="expm1", domain=[(-5.0, 5.0)]
)

_POSITIVE = [(0.05, 20.0)]
_LOG: dict[str, Any] = {
    "domain": _POSITIVE,
    "remedies": {"": f"the logarithm of a negative number: {REAL_ONLY}"},
}


def in_tail(np: Any, x: Any) -> Any:
    """Where exp(x) is out of the range of doubles and exp(-x) is not, or is subnormal; or the other way round."""
    size = np.abs(x)
    return (size > 708) & (size < 748)


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
    _Slopes(lambda closed: closed.Logarithm(base=2), _numpy_logarithm),
    textbook=["1/(x*0.6931471805599453)"],
    numpy="log2",
    hard_points=_pole("log2", "0", lambda out, x: x == 0),
    **_LOG,
)
log10: Final[Op] = _function(
    "log10",
    "logarithm to base 10",
    _Slopes(lambda closed: closed.Logarithm(base=10), _numpy_logarithm),
    textbook=["1/(x*2.302585092994046)"],
    numpy="log10",
    hard_points=_pole("log10", "0", lambda out, x: x == 0),
    **_LOG,
)
log1p: Final[Op] = _function(
    "log1p",
    "log(1 + x), exact near 0",
    _Slopes(lambda closed: closed.Logarithm(shift=1), _numpy_logarithm),
    textbook=["1/(1 + x)"],
    numpy="log1p",
    domain=[(-0.9, 10.0)],
    hard_points=_pole("log1p", "-1", lambda out, x: x == -1),
    remedies=_LOG["remedies"],
)


@family
def log_family(n: int, m: int) -> Op:
    """The derivative of log(x)/log(base), n times by x and m times by the base: the quotient rule's terms cancel, where
    log(base) is -2 at m = 2."""
    public = n == m == 0
    return elementwise(
        "log" if public else f"log_{n}_{m}",
        "x, base",
        textbook=["1/(x*log(base))", "-log(x)/(base*log(base)**2)"] if public else (),
        doc="logarithm to a base" if public else f"the derivative of log(x, base), {n} by x and {m} by base",
        reading=None
        if public
        else Differentiated(lambda: log_family(n - 1, m) if n else log_family(n, m - 1), 0 if n else 1),
        rounded=lambda r: r.log_base if public else r.log_family(n, m),
        arrays=(lambda np: lambda x, base: _numpy_log_family(np, n, m, x, base)) if n + m <= 2 else None,
        beyond=None if public else lambda np, out, x, base: _beyond_log_family(np, n, m, x, base),
        partials=[
            lambda out, x, base: log_family(n + 1, m)(x, base),
            lambda out, x, base: log_family(n, m + 1)(x, base),
        ],
        aliases=["ln"] if public else (),
        hard_points=[
            HardPoint(lambda out, x, base: (x == 0) | (base == 1), "log has a pole here: its derivative is infinite"),
            HardPoint(lambda out, x, base: base == 1, "log has a pole at base 1: its derivative there is infinite"),
        ],
        domain=((0.05, 20.0), (1.5, 10.0)),
        remedies={"": f"the logarithm of a negative number, or to a base that is 0, 1 or negative: {REAL_ONLY}"},
        public=public,
    )


def _numpy_log_family(np: Any, n: int, m: int, x: Any, base: Any) -> Any:
    """What is above the powers of x and of the base, which are divided by step by step."""
    logarithm = np.log(base)
    found: Any = np.log(x) if n == 0 else 1.0
    if m == 2:
        found = found * (logarithm + 2)
    below = logarithm
    for _ in range(m):
        below = below * logarithm
    found = found / below
    found = _divided(_divided(found, x, n), base, m)
    return -found if (m + max(n - 1, 0)) % 2 else found


def _beyond_log_family(np: Any, n: int, m: int, x: Any, base: Any) -> Any:
    beyond = (x == 0) | (base == 0) | (base == np.inf)
    if n and m:
        beyond = beyond | (x < 1e-290) | (x > 1e290)
    return beyond | (np.abs(np.log(base) + 2) < 0.5) if m == 2 else beyond


log_base: Final[Op] = log_family(0, 0)
sqrt: Final[Op] = _function(
    "sqrt",
    "square root",
    _Slopes(lambda closed: closed.SquareRoot(), _numpy_root, by_result=lambda np, y, x: 0.5 / (y + 0.0)),
    textbook=["0.5/sqrt(x)"],
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


@family
def cbrt_slope(n: int) -> Op:
    """The n-th derivative of the cube root: a quotient rule would be 0/0 at 0."""
    return elementwise(
        f"cbrt_slope_{n}",
        doc=f"derivative {n} of cbrt",
        rounded=lambda r: r.cbrt_slope(n),
        arrays=lambda np: lambda x: _numpy_cbrt_slope(np, n, x),
        partials=[lambda out, x: cbrt_slope(n + 1)(x)],
        reading=Differentiated(lambda: cbrt_slope(n - 1) if n > 1 else cbrt),
        hard_points=_vertical("cbrt", "0", lambda out, x: x == 0),
        public=False,
    )


def _numpy_cbrt_slope(np: Any, n: int, x: Any) -> Any:
    """x to the power 1/3 - n, times 1/3 * -2/3 * -5/3 * ..."""
    root, factor = np.cbrt(x), math.prod(1 / 3 - k for k in range(n))
    found, at_zero = factor * root / x, factor / (root * root)
    for _ in range(n - 1):
        found, at_zero = found / x, at_zero / x
    return np.where(x == 0, at_zero, np.where(np.abs(x) == np.inf, 0.0, found))


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
    _Slopes(
        lambda closed: closed.Pair("sec", 2, "tan", (1, 1), 1, 1, 1),
        _numpy_pair(_numpy_sec, lambda np, x: np.tan(x)),
        by_result=lambda np, y, x: 1 + y * y,
    ),
    textbook=["1 + tan(x)*tan(x)"],
    numpy="tan",
    domain=[(-1.4, 1.4)],
    remedies=_BEYOND,
)
sec: Final[Op] = _function(
    "sec",
    "1/cos(x)",
    _Slopes(
        lambda closed: closed.Pair("sec", 1, "tan", (1, 1), 1, 0, 1),
        _numpy_pair(_numpy_sec, lambda np, x: np.tan(x)),
        by_result=lambda np, y, x: y * (np.tan(x) + 0.0),
    ),
    textbook=["sec(x)*tan(x)"],
    arrays=lambda np: lambda x: _numpy_sec(np, x),
    domain=[(-1.4, 1.4)],
    remedies=_BEYOND,
)
csc: Final[Op] = _function(
    "csc",
    "1/sin(x)",
    _Slopes(
        lambda closed: closed.Pair("csc", 1, "cot", (-1, -1), -1, 0, 1, pole=True),
        _numpy_pair(_numpy_csc, _numpy_cot),
        by_result=lambda np, y, x: -(y / np.tan(x)),
    ),
    textbook=["-(csc(x)*cot(x))"],
    arrays=lambda np: lambda x: _numpy_csc(np, x),
    domain=[(0.2, 2.9)],
    hard_points=_pole("csc", "0", lambda out, x: x == 0),
    remedies=_BEYOND,
)
cot: Final[Op] = _function(
    "cot",
    "1/tan(x)",
    _Slopes(
        lambda closed: closed.Pair("csc", 2, "cot", (-1, -1), -1, 1, -1, pole=True),
        _numpy_pair(_numpy_csc, _numpy_cot),
        by_result=lambda np, y, x: -1 - y * y,
    ),
    textbook=["-(csc(x)*csc(x))"],
    arrays=lambda np: lambda x: _numpy_cot(np, x),
    domain=[(0.2, 2.9)],
    hard_points=_pole("cot", "0", lambda out, x: x == 0),
    remedies=_BEYOND,
)


@family
def reciprocal_power(n: int, imaginary: bool) -> Op:
    """(n-1)! times a part of (x + i*y)**-n: the derivatives of atan2, without the cancellation of x*x - y*y."""
    part = "imaginary" if imaginary else "real"
    return elementwise(
        f"reciprocal_power_{n}_{part}",
        "y, x",
        doc=f"({n}-1)! times the {part} part of (x + i*y)**-{n}",
        reading=Differentiated(lambda: reciprocal_power(n - 1, imaginary), 1, -1)
        if n > 1
        else lambda y, x: div(neg(y) if imaginary else x, add(mul(x, x), mul(y, y))),
        rounded=lambda r: r.reciprocal_power(n, imaginary),
        arrays=lambda np: lambda y, x: _numpy_reciprocal_power(np, n, imaginary, y, x),
        beyond=lambda np, out, y, x: _beyond_powers(np, 2 * n, n, x, y),
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
    """By the squares of the first two; then by the point on the unit circle, whose powers neither overflow nor vanish.
    x*x - y*y is a product, of which the factors lose nothing near its zeros."""
    if n <= 2:
        square = x * x + y * y
        above = (-y if imaginary else x) if n == 1 else (-2 * x * y if imaginary else (x - y) * (x + y))
        return (above + 0.0) / (square if n == 1 else square * square)
    distance = np.hypot(x, y)
    cosine, sine = x / distance, -y / distance
    real, other = cosine, sine
    for _ in range(n - 1):
        real, other = real * cosine - other * sine, real * sine + other * cosine
    part = other if imaginary else real
    return math.factorial(n - 1) * _divided(part, distance, n)


def _beyond_powers(np: Any, k: int, factors: int, x: Any, y: Any) -> Any:
    """Where the k-th power of the distance from the origin leaves the range of doubles, or a product of so many
    coordinates."""
    x, y = np.abs(x), np.abs(y)
    high = np.maximum(x, y)
    far = 1e290 ** (1 / k)
    beyond = (high > far) | ((high < 1 / far) & (high > 0))
    if factors > 1:
        low = np.minimum(x, y)
        beyond = beyond | ((low < 1e-290 ** (1 / factors)) & (low > 0))
    return beyond


_UNIT = {"domain": [(-0.9, 0.9)], "remedies": {"": f"the operand lies outside -1 to 1: {REAL_ONLY}"}}


def _ends(out: Any, x: Any) -> Any:
    return (x == 1) | (x == -1)


asin: Final[Op] = _function(
    "asin",
    "inverse sine, in radians",
    _Slopes(lambda closed: closed.Radical(1, -1, -1), _numpy_radical_inside),
    numpy="arcsin",
    aliases=["arcsin"],
    hard_points=_vertical("asin", "-1 and 1", _ends),
    **_UNIT,
    textbook=["1/sqrt(1 - x**2)"],
)
acos: Final[Op] = _function(
    "acos",
    "inverse cosine, in radians",
    lambda out, x: neg(slope("asin", 1)(x)),
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
        HardPoint(
            lambda out, x, y: out == 0,
            "hypot has a kink at the origin: its derivative there is taken as 0",
            square="x^2 + y^2 is hypot(x, y)^2",
        )
    ]
    * 2,
    beside=lambda side, x, y: side.root(add(mul(x, x), mul(y, y))),
)


@family
def hypot_family(i: int, j: int, k: int) -> Op:
    """x**i * y**j / hypot(x, y)**k, and 0 at the origin, k odd: what the derivatives of hypot are made of."""
    return elementwise(
        f"hypot_{i}_{j}_{k}",
        "x, y",
        doc=f"x**{i} * y**{j} / hypot(x, y)**{k}, and 0 at the origin",
        reading=lambda x, y: div(mul(pow_(x, i), pow_(y, j)), pow_(hypot(x, y), k)),
        rounded=lambda r: r.hypot_family(i, j, k),
        arrays=lambda np: lambda x, y: _numpy_hypot_family(np, i, j, k, x, y),
        beyond=lambda np, out, x, y: _beyond_powers(np, k + 1, i + j, x, y),
        partials=[
            lambda out, x, y: _hypot_partial(i, j, k, x, y),
            lambda out, x, y: _hypot_partial(j, i, k, y, x),
        ],
        public=False,
    )


def _hypot_partial(i: int, j: int, k: int, x: Any, y: Any) -> Any:
    """That by x; where it is one term it is not written as two, which would cancel."""
    if i == k == 1 and j == 0:
        return hypot_family(0, 2, 3)(x, y)
    less = mul(-k, hypot_family(i + 1, j, k + 2)(x, y))
    return add(mul(i, hypot_family(i - 1, j, k)(x, y)), less) if i else less


hypot_slope: Final[Op] = hypot_family(1, 0, 1)


def _numpy_hypot_family(np: Any, i: int, j: int, k: int, x: Any, y: Any) -> Any:
    above = _multiplied(1.0, x, i, y, j)
    square = x * x + y * y
    below = np.sqrt(square)
    for _ in range(k // 2):
        below = below * square
    return np.where(square == 0, 0.0, above / below)


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
    "tanh",
    "hyperbolic tangent",
    _Slopes(
        lambda closed: closed.Pair("sech", 2, "tanh", (1, -1), -1, 1, 1),
        _numpy_pair(_numpy_sech, lambda np, x: np.tanh(x)),
    ),
    textbook=["sech(x)*sech(x)"],
    numpy="tanh",
    domain=_NARROW,
)
sech: Final[Op] = _function(
    "sech",
    "1/cosh(x)",
    _Slopes(
        lambda closed: closed.Pair("sech", 1, "tanh", (1, -1), -1, 0, 1),
        _numpy_sech_slope,
        by_result=lambda np, y, x: y * (0.0 - np.tanh(x)),
    ),
    textbook=["-(sech(x)*tanh(x))"],
    arrays=lambda np: lambda x: _numpy_sech(np, x),
    domain=_NARROW,
)
csch: Final[Op] = _function(
    "csch",
    "1/sinh(x)",
    _Slopes(
        lambda closed: closed.Pair("csch", 1, "coth", (1, -1), -1, 0, 1, pole=True),
        _numpy_pair(_numpy_csch, _numpy_coth),
        by_result=lambda np, y, x: -(y / np.tanh(x)),
        beyond=lambda np, out, x: in_tail(np, x),
    ),
    textbook=["-(csch(x)*coth(x))"],
    arrays=lambda np: lambda x: _numpy_csch(np, x),
    beyond=lambda np, out, x: in_tail(np, x),
    domain=[(0.1, 5.0)],
    hard_points=_pole("csch", "0", lambda out, x: x == 0),
)
coth: Final[Op] = _function(
    "coth",
    "1/tanh(x)",
    _Slopes(
        lambda closed: closed.Pair("csch", 2, "coth", (1, -1), -1, 1, -1, pole=True),
        _numpy_pair(_numpy_csch, _numpy_coth),
    ),
    textbook=["-(csch(x)*csch(x))"],
    arrays=lambda np: lambda x: _numpy_coth(np, x),
    domain=[(0.1, 5.0)],
    hard_points=_pole("coth", "0", lambda out, x: x == 0),
)
asinh: Final[Op] = _function(
    "asinh",
    "inverse hyperbolic sine",
    _Slopes(lambda closed: closed.Radical(1, 1, -1), _numpy_radical_outside),
    textbook=["1/hypot(1, x)"],
    numpy="arcsinh",
    aliases=["arcsinh"],
)
acosh: Final[Op] = _function(
    "acosh",
    "inverse hyperbolic cosine",
    _Slopes(lambda closed: closed.Radical(-1, 1, -1), _numpy_radical_outside),
    textbook=["(x - 1)**-0.5*(x + 1)**-0.5"],
    numpy="arccosh",
    aliases=["arccosh"],
    domain=[(1.1, 20.0)],
    hard_points=_vertical("acosh", "1", lambda out, x: x == 1),
    remedies={"": f"the operand lies below 1: {REAL_ONLY}"},
)
atanh: Final[Op] = _function(
    "atanh",
    "inverse hyperbolic tangent",
    _Slopes(lambda closed: closed.Radical(1, -1, -2), _numpy_radical_inside),
    numpy="arctanh",
    aliases=["arctanh"],
    hard_points=_pole("atanh", "-1 and 1", _ends),
    **_UNIT,
    textbook=["1/(1 - x**2)"],
)
