"""Special functions: those of statistics and machine learning, the error function, and the gamma family.

Formulas: DLMF 5.2 (gamma, digamma), 5.12 (beta), 5.15 (polygamma), 7.10 (derivatives of erf).
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from exprgrad.ops.arithmetic import add, mul, neg, power, sub
from exprgrad.ops.elementary import log
from exprgrad.ops.registry import HardPoint, Op, elementwise

_POLES = {"": "a pole of the gamma function"}


def _numpy_sigmoid(np: Any, x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


sigmoid: Final[Op] = elementwise(
    "sigmoid",
    doc="1/(1 + exp(-x))",
    rounded=lambda r: r.sigmoid,
    arrays=lambda np: lambda x: _numpy_sigmoid(np, x),
    partials=[lambda out, x: mul(out, sigmoid(neg(x)))],
    aliases=["expit"],
)
softplus: Final[Op] = elementwise(
    "softplus",
    doc="log(1 + exp(x))",
    rounded=lambda r: r.softplus,
    arrays=lambda np: lambda x: np.logaddexp(x, 0),
    partials=[lambda out, x: sigmoid(x)],
)
logaddexp: Final[Op] = elementwise(
    "logaddexp",
    "x, y",
    doc="log(exp(x) + exp(y))",
    rounded=lambda r: r.logaddexp,
    arrays=lambda np: np.logaddexp,
    partials=[lambda out, x, y: sigmoid(sub(x, y)), lambda out, x, y: sigmoid(sub(y, x))],
)


@cache
def erf_slope(n: int) -> Op:
    """The n-th derivative of erf, a family closed under differentiation (DLMF 7.10.1)."""
    return elementwise(
        f"erf_slope_{n}",
        doc=f"derivative {n} of erf",
        rounded=lambda r: r.erf_slope(n),
        arrays=(lambda np: lambda x: np.exp(-x * x) * 1.1283791670955126) if n == 1 else None,
        partials=[lambda out, x: erf_slope(n + 1)(x)],
        domain=[(-4.0, 4.0)],
        public=False,
    )


erf: Final[Op] = elementwise(
    "erf",
    doc="error function, 2/sqrt(pi) times the integral of exp(-t*t) from 0 to x",
    rounded=lambda r: r.erf,
    partials=[lambda out, x: erf_slope(1)(x)],
    domain=[(-4.0, 4.0)],
)
erfc: Final[Op] = elementwise(
    "erfc",
    doc="1 - erf(x), exact for large x",
    rounded=lambda r: r.erfc,
    partials=[lambda out, x: neg(erf_slope(1)(x))],
    domain=[(-4.0, 4.0)],
)
gamma: Final[Op] = elementwise(
    "gamma",
    doc="gamma function; gamma(n) is (n-1)! for whole n",
    rounded=lambda r: r.gamma,
    partials=[lambda out, x: mul(out, digamma(x))],
    domain=[(0.2, 8.0)],
    remedies=_POLES,
)
lgamma: Final[Op] = elementwise(
    "lgamma",
    doc="logarithm of the absolute value of gamma(x)",
    rounded=lambda r: r.lgamma,
    partials=[lambda out, x: digamma(x)],
    aliases=["gammaln"],
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
factorial: Final[Op] = elementwise(
    "factorial",
    doc="gamma(x + 1); n! for whole n",
    rounded=lambda r: r.factorial,
    partials=[lambda out, x: mul(out, digamma(add(x, 1)))],
    domain=[(-0.8, 8.0)],
    remedies=_POLES,
)
digamma: Final[Op] = elementwise(
    "digamma",
    doc="derivative of lgamma",
    rounded=lambda r: r.digamma,
    partials=[lambda out, x: trigamma(x)],
    aliases=["psi"],
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
trigamma: Final[Op] = elementwise(
    "trigamma",
    doc="derivative of digamma",
    rounded=lambda r: lambda x: r.polygamma(r.number(1), x),
    partials=[lambda out, x: polygamma(2, x)],
    domain=[(0.2, 20.0)],
    remedies=_POLES,
)
polygamma: Final[Op] = elementwise(
    "polygamma",
    "n, x",
    doc="derivative n of digamma, n a whole number from 0",
    rounded=lambda r: r.polygamma,
    partials=[lambda out, n, x: float("nan"), lambda out, n, x: polygamma(add(n, 1), x)],
    hard_points=[
        HardPoint(
            lambda out, n, x: n == n,
            "polygamma counts by its first operand: there is no derivative by it, so nan",
        ),
        None,
    ],
    domain=((0.0, 4.0), (0.2, 20.0)),
    remedies={"": "the first operand must be a whole number from 0, the second no pole"},
)
beta: Final[Op] = elementwise(
    "beta",
    "x, y",
    doc="gamma(x)*gamma(y)/gamma(x + y)",
    rounded=lambda r: r.beta,
    partials=[
        lambda out, x, y: mul(out, sub(digamma(x), digamma(add(x, y)))),
        lambda out, x, y: mul(out, sub(digamma(y), digamma(add(x, y)))),
    ],
    domain=((0.2, 8.0), (0.2, 8.0)),
    remedies=_POLES,
)


@cache
def x_over(n: int) -> Op:
    """x / y**n, and 0 where x is 0: what the derivatives of xlogy by y are made of."""
    return elementwise(
        f"x_over_{n}",
        "x, y",
        doc=f"x / y**{n}, and 0 where x is 0",
        rounded=lambda r: r.x_over(n),
        arrays=lambda np: lambda x, y: np.where((x == 0) & ~np.isnan(y), 0.0, x / y**n),
        partials=[
            lambda out, x, y: power(0, 0)(y, -n),
            lambda out, x, y: mul(-n, x_over(n + 1)(x, y)),
        ],
        domain=((-10.0, 10.0), (0.05, 20.0)),
        public=False,
    )


xlogy: Final[Op] = elementwise(
    "xlogy",
    "x, y",
    doc="x*log(y), and 0 where x is 0",
    rounded=lambda r: r.xlogy,
    arrays=lambda np: lambda x, y: np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y)),
    partials=[lambda out, x, y: log(y), lambda out, x, y: x_over(1)(x, y)],
    domain=((-10.0, 10.0), (0.05, 20.0)),
    remedies={"": "the logarithm of a negative number: real numbers only"},
)


@cache
def sinc_family(n: int) -> Op:
    """The n-th derivative of numpy's sinc; a quotient rule would be 0/0 at 0."""
    return elementwise(
        "sinc" if n == 0 else f"sinc_{n}",
        doc="sin(pi*x)/(pi*x), and 1 at 0 (numpy's sinc)" if n == 0 else f"derivative {n} of sinc",
        rounded=lambda r: r.sinc(n),
        arrays=(lambda np: np.sinc) if n == 0 else None,
        partials=[lambda out, x: sinc_family(n + 1)(x)],
        public=n == 0,
    )


sinc: Final[Op] = sinc_family(0)
