"""Special functions: those of statistics and machine learning, the error function, and the gamma family.

Formulas: DLMF 5.2 (gamma, digamma), 5.12 (beta), 5.15 (polygamma), 7.10 (derivatives of erf).
"""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.numbers import balls
from exprgrad.numbers.compensation import exponential, lost, lost_by_square
from exprgrad.ops.arithmetic import add, div, mul, neg, over_power, pow_, sub
from exprgrad.ops.elementary import in_tail, log
from exprgrad.ops.registry import Differentiated, HardPoint, Op, elementwise, family

_POLES = {"": "a pole of the gamma function"}


def _numpy_logistic(np: Any, d: Any) -> Any:
    small = np.exp(-np.abs(d))
    return np.where(d >= 0, 1 / (1 + small), small / (1 + small))


def _numpy_logistic_of_difference(np: Any, x: Any, y: Any) -> Any:
    """sigmoid(x - y): what the difference loses by rounding is made good by its derivative."""
    d = x - y
    found = _numpy_logistic(np, d)
    return found + found * _numpy_logistic(np, -d) * _lost(np, x, y, d)


def _numpy_logistic_slope(np: Any, x: Any, y: Any) -> Any:
    d = x - y
    found = 0.5 / (1 + np.cosh(d))
    return found - found * (_numpy_logistic(np, d) - _numpy_logistic(np, -d)) * _lost(np, x, y, d)


def _numpy_logaddexp(np: Any, x: Any, y: Any) -> Any:
    high, apart = np.maximum(x, y), np.abs(x - y)
    found = np.where(apart == np.inf, high, high + np.log1p(np.exp(-apart)))
    found = np.where(x == y, x + math.log(2), found)
    alone = (apart > 4) & (apart < 800) & (np.abs(high) < 0.2)
    found = np.mended(found, alone, lambda x, y: _near_one(np, x, y), (x, y))
    cancels = (np.abs(found) < -high) & (apart < 4)
    return np.mended(found, cancels, lambda x, y: _near_zero(np, x, y), (x, y))


def _near_one(np: Any, x: Any, y: Any) -> Any:
    """The same where exp(low - high) is not small beside the larger operand: what the difference loses counts."""
    high, low = np.maximum(x, y), np.minimum(x, y)
    apart = high - low
    return high + np.log1p(np.exp(-apart) * (1 - lost(high, -low, apart)))


def _near_zero(np: Any, x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)) where the logarithm of the sum cancels the larger operand: of the logarithm l of 1 + e more
    digits by Newton's method, the step 1 + e - exp(l) from exponentials with more digits."""
    high, low = np.maximum(x, y), np.minimum(x, y)
    apart = low - high
    # What is not used stays in the range of doubles.
    e, e_rest = exponential(np.where(apart > -8, apart, -8.0), lost(low, -high, apart))
    logarithm = np.log1p(e + 1)
    power, power_rest = exponential(logarithm, 0.0 * logarithm)
    between = e - power  # about -1
    step = ((1 + between) + (lost(e, -power, between) + (e_rest - power_rest))) / (1 + power)
    total = high + logarithm
    return total + (lost(high, logarithm, total) + step)


def _beyond_logaddexp(np: Any, out: Any, x: Any, y: Any) -> Any:
    """Where the result is so much smaller than the larger operand that more digits are not enough."""
    return np.abs(out) < -np.maximum(x, y) * np.where(np.abs(x - y) < 4, 1e-6, 0.5)


def _lost(np: Any, x: Any, y: Any, d: Any) -> Any:
    """What the difference d of x and y lost; 0 where nothing is finite."""
    found = lost(x, -y, d)
    return np.where(found - found == 0, found, 0.0)


def _numpy_gauss(np: Any, x: Any) -> Any:
    """exp(-x*x): the square's rounding, which would be multiplied by it, is made good."""
    x = np.minimum(np.abs(x), 40.0)
    square = x * x
    regained = 1 - lost_by_square(x, square)
    return np.exp(-square) * regained


@family
def logistic(n: int) -> Op:
    """The n-th derivative of sigmoid at x - y: rounding the difference first would lose half of its digits."""
    arrays: Any = None
    beyond: Any = None
    if n == 0:
        arrays = lambda np: lambda x, y: _numpy_logistic_of_difference(np, x, y)  # noqa: E731
    elif n == 1:
        arrays = lambda np: lambda x, y: _numpy_logistic_slope(np, x, y)  # noqa: E731
        beyond = lambda np, out, x, y: in_tail(np, x - y)  # noqa: E731
    return elementwise(
        f"logistic_{n}",
        "x, y",
        doc=f"derivative {n} of sigmoid at x - y",
        reading=Differentiated(lambda: logistic(n - 1)) if n > 1 else lambda x, y: _textbook_logistic(n, sub(x, y)),
        rounded=lambda r: r.logistic(n),
        arrays=arrays,
        beyond=beyond,
        partials=[lambda out, x, y: logistic(n + 1)(x, y), lambda out, x, y: neg(logistic(n + 1)(x, y))],
        public=False,
    )


def _textbook_logistic(n: int, x: Any) -> Any:
    value = sigmoid(x)
    return mul(value, sub(1, value)) if n else value


sigmoid: Final[Op] = elementwise(
    "sigmoid",
    textbook=["sigmoid(x)*(1 - sigmoid(x))"],
    doc="1/(1 + exp(-x))",
    rounded=lambda r: r.sigmoid,
    arrays=lambda np: lambda x: _numpy_logistic(np, x),
    partials=[lambda out, x: logistic(1)(x, 0)],
    aliases=["expit"],
)
softplus: Final[Op] = elementwise(
    "softplus",
    doc="log(1 + exp(x))",
    rounded=lambda r: r.softplus,
    arrays=lambda np: lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
    partials=[lambda out, x: sigmoid(x)],
)
logaddexp: Final[Op] = elementwise(
    "logaddexp",
    "x, y",
    textbook=["sigmoid(x - y)", "sigmoid(y - x)"],
    doc="log(exp(x) + exp(y))",
    rounded=lambda r: r.logaddexp,
    arrays=lambda np: lambda x, y: _numpy_logaddexp(np, x, y),
    beyond=lambda np, out, x, y: _beyond_logaddexp(np, out, x, y),
    partials=[lambda out, x, y: logistic(0)(x, y), lambda out, x, y: logistic(0)(y, x)],
)


@family
def erf_slope(n: int) -> Op:
    """The n-th derivative of erf, a family closed under differentiation (DLMF 7.10.1)."""
    return elementwise(
        f"erf_slope_{n}",
        doc=f"derivative {n} of erf",
        rounded=lambda r: r.erf_slope(n),
        arrays=(lambda np: lambda x: _numpy_gauss(np, x) * 1.1283791670955126) if n == 1 else None,
        partials=[lambda out, x: erf_slope(n + 1)(x)],
        reading=Differentiated(lambda: erf_slope(n - 1) if n > 1 else erf),
        domain=[(-4.0, 4.0)],
        public=False,
    )


erf: Final[Op] = elementwise(
    "erf",
    textbook=["2/sqrt(pi)*exp(-x**2)"],
    doc="error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x",
    rounded=lambda r: r.erf,
    arrays=lambda np: np.erf,
    partials=[lambda out, x: erf_slope(1)(x)],
    domain=[(-4.0, 4.0)],
)
erfc: Final[Op] = elementwise(
    "erfc",
    textbook=["-2/sqrt(pi)*exp(-x**2)"],
    doc="1 - erf(x), exact for large x",
    rounded=lambda r: r.erfc,
    arrays=lambda np: np.erfc,
    partials=[lambda out, x: neg(erf_slope(1)(x))],
    domain=[(-4.0, 4.0)],
)


def _gamma_pole(name: str, pole: int = 0) -> list[HardPoint]:
    return [
        HardPoint(lambda out, *xs: xs[-1] == pole, f"{name} has a pole at {pole}: its derivative there is infinite")
    ]


@family
def gamma_slope(n: int, shift: int) -> Op:
    """The n-th derivative of gamma at x + shift, a family closed under differentiation."""
    return elementwise(
        f"gamma_slope_{n}_{shift}",
        doc=f"derivative {n} of gamma at x + {shift}",
        rounded=lambda r: lambda x: balls.gamma(r, n, x, shift),
        partials=[lambda out, x: gamma_slope(n + 1, shift)(x)],
        reading=Differentiated(lambda: gamma_slope(n - 1, shift))
        if n > 1
        else lambda x: mul(gamma(add(x, shift)), digamma(add(x, shift))),
        domain=[(0.2 - shift, 8.0)],
        public=False,
    )


gamma: Final[Op] = elementwise(
    "gamma",
    textbook=["gamma(x)*digamma(x)"],
    doc="gamma function; gamma(n) is (n-1)! for whole n",
    rounded=lambda r: r.gamma,
    partials=[lambda out, x: gamma_slope(1, 0)(x)],
    hard_points=_gamma_pole("gamma"),
    domain=[(0.2, 8.0)],
    remedies=_POLES,
)
lgamma: Final[Op] = elementwise(
    "lgamma",
    doc="logarithm of the absolute value of gamma(x)",
    rounded=lambda r: r.lgamma,
    partials=[lambda out, x: digamma(x)],
    hard_points=_gamma_pole("lgamma"),
    aliases=["gammaln"],
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
factorial: Final[Op] = elementwise(
    "factorial",
    textbook=["factorial(x)*digamma(x + 1)"],
    doc="gamma(x + 1); n! for whole n",
    rounded=lambda r: r.factorial,
    partials=[lambda out, x: gamma_slope(1, 1)(x)],
    hard_points=_gamma_pole("factorial", -1),
    domain=[(-0.8, 8.0)],
    remedies=_POLES,
)
digamma: Final[Op] = elementwise(
    "digamma",
    doc="derivative of lgamma",
    rounded=lambda r: r.digamma,
    partials=[lambda out, x: trigamma(x)],
    hard_points=_gamma_pole("digamma"),
    aliases=["psi"],
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
trigamma: Final[Op] = elementwise(
    "trigamma",
    doc="derivative of digamma",
    rounded=lambda r: lambda x: balls.polygamma(r, r.one, x),
    partials=[lambda out, x: polygamma(2, x)],
    hard_points=_gamma_pole("trigamma"),
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
polygamma: Final[Op] = elementwise(
    "polygamma",
    "n, x",
    doc="derivative n of digamma, n a whole number from 0",
    rounded=lambda r: lambda n, x: balls.polygamma(r, n, x),
    partials=[lambda out, n, x: float("nan"), lambda out, n, x: polygamma(add(n, 1), x)],
    hard_points=[
        HardPoint(
            lambda out, n, x: n == n,
            "polygamma counts by its first operand: there is no derivative by it, so nan",
        ),
        *_gamma_pole("polygamma"),
    ],
    domain=((0.0, 4.0), (0.2, 20.0)),
    remedies={"": "the first operand must be a whole number from 0, the second no pole"},
)


@family
def beta_slope(n: int, m: int) -> Op:
    """The derivative of beta, n times by x and m times by y: a difference of digammas would cancel."""
    return elementwise(
        "beta" if n == m == 0 else f"beta_slope_{n}_{m}",
        "x, y",
        textbook=[f"beta(x, y)*(digamma({z}) - digamma(x + y))" for z in "xy"] if n == m == 0 else (),
        doc="gamma(x)*gamma(y)/gamma(x + y)" if n == m == 0 else f"derivative of beta, {n} by x and {m} by y",
        reading=None
        if n == m == 0
        else Differentiated(lambda: beta_slope(n - 1, m) if n else beta_slope(n, m - 1), 0 if n else 1),
        rounded=lambda r: lambda x, y: balls.beta(r, n, m, x, y),
        partials=[
            lambda out, x, y: beta_slope(n + 1, m)(x, y),
            lambda out, x, y: beta_slope(n, m + 1)(x, y),
        ],
        hard_points=[
            HardPoint(lambda out, x, y: x == 0, "beta has a pole at 0: its derivative there is infinite"),
            HardPoint(lambda out, x, y: y == 0, "beta has a pole at 0: its derivative there is infinite"),
        ],
        domain=((0.2, 8.0), (0.2, 8.0)),
        remedies=_POLES,
        public=n == m == 0,
    )


beta: Final[Op] = beta_slope(0, 0)


@family
def x_over(n: int) -> Op:
    """x / y**n, and 0 where x is 0: what the derivatives of xlogy by y are made of."""
    return elementwise(
        f"x_over_{n}",
        "x, y",
        doc=f"x / y**{n}, and 0 where x is 0",
        reading=lambda x, y: div(x, pow_(y, n)),
        rounded=lambda r: r.x_over(n),
        arrays=lambda np: (
            lambda x, y: np.where((x == 0) & ~np.isnan(y), 0.0, over_power(np, n, np.double(x), np.double(y)))
        ),
        partials=[
            lambda out, x, y: pow_(y, -n),
            lambda out, x, y: mul(-n, x_over(n + 1)(x, y)),
        ],
        domain=((-10.0, 10.0), (0.05, 20.0)),
        public=False,
    )


xlogy: Final[Op] = elementwise(
    "xlogy",
    "x, y",
    textbook=[None, "x/y"],
    doc="x*log(y), and 0 where x is 0",
    rounded=lambda r: r.xlogy,
    arrays=lambda np: lambda x, y: np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y)),
    partials=[lambda out, x, y: log(y), lambda out, x, y: x_over(1)(x, y)],
    hard_points=[
        None,
        HardPoint(
            lambda out, x, y: (y == 0) & (x != 0), "xlogy has a pole at y = 0: its derivative by y there is infinite"
        ),
    ],
    domain=((-10.0, 10.0), (0.05, 20.0)),
    remedies={"": "the logarithm of a negative number: real numbers only"},
)


def _numpy_sinc(np: Any, x: Any) -> Any:
    """The sine of pi times the distance from the nearest whole number, exact where pi*x is not."""
    turn = x - 2 * np.round(0.5 * x)
    angle = np.pi * np.where(np.abs(turn) > 0.5, np.copysign(1.0, turn) - turn, turn)
    found = np.where(x == 0, 1.0, np.sin(angle) / (np.pi * x))
    return np.where(((angle == 0) & (x != 0)) | (np.abs(x) == np.inf), 0.0, found)


@family
def sinc_family(n: int) -> Op:
    """The n-th derivative of numpy's sinc; a quotient rule would be 0/0 at 0."""
    return elementwise(
        "sinc" if n == 0 else f"sinc_{n}",
        textbook=["(cos(pi*x) - sinc(x))/x"] if n == 0 else (),
        doc="sin(pi*x)/(pi*x), and 1 at 0 (numpy's sinc)" if n == 0 else f"derivative {n} of sinc",
        rounded=lambda r: r.sinc(n),
        arrays=(lambda np: lambda x: _numpy_sinc(np, x)) if n == 0 else None,
        partials=[lambda out, x: sinc_family(n + 1)(x)],
        reading=Differentiated(lambda: sinc_family(n - 1)) if n else None,
        public=n == 0,
    )


sinc: Final[Op] = sinc_family(0)
