"""Kernels for texts: of operations whose entries have none for arrays, or leave what lies `beyond` it, as the ends of
the range of doubles, to the scalar kernel, which no text can call.

They are right to double precision, but where a result cancels not to the few units in the last place that arrays are
promised. Formulas: DLMF 5.5, 5.11 and 5.15 (gamma and polygamma functions), 18.5 and 7.10 (derivatives of erf).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.numbers.closed import horner
from exprgrad.numbers.polynomials import added, derivative, times

# What computes with a namespace, its first operand.
Kernel = Callable[..., Any]

BERNOULLI: Final = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798)


# -- powers -------------------------------------------------------------------------------------------------


def _power(n: int, m: int) -> Kernel | None:
    """x**(y-n) times the sum over k of binomial(m, k) * d^k/dy^k (y)_n * log(x)**(m-k) (see `Rounded._power`)."""
    if n == 0 or m == 0:
        return None
    falling: Sequence[float] = [1.0]
    for i in range(n):
        falling = times(falling, [-float(i), 1.0])

    def kernel(np: Any, x: Any, y: Any) -> Any:
        logarithm, total, factor = np.log(x), 0.0, falling
        for k in range(m + 1):
            term = math.comb(m, k) * horner(factor, y)
            product = term
            for _ in range(m - k):
                product = product * logarithm
            total = total + (np.where(term == 0, 0.0, product) if k < m else product)
            factor = derivative(factor)
        # Rounded, y - n may be odd where y is not whole.
        power = np.power(np.where(y == np.floor(y), x, x + 0.0), y - n)
        return np.where(x < 0, math.nan, np.where(power == 0, 0.0, power * total))

    return kernel


def _log(n: int, m: int) -> Kernel | None:
    """Of log(x)/log(base), n times by x and m times by the base: at the ends of the domain the base decides."""
    if n + m > 2:
        return None
    after = {(2, 0): -1.0}.get((n, m), 1.0)

    def kernel(np: Any, x: Any, base: Any) -> Any:
        top = np.log(x) if n == 0 else after / _whole_power(x + 0.0, n)
        logarithm = np.log(base)
        if m == 0:
            return top / logarithm
        below = _whole_power(logarithm, m + 1) * _whole_power(base, m)
        found = -top / below if m == 1 else top * (logarithm + 2.0) / below
        sign = -1.0 if m == 1 else 1.0
        return np.where(base == 0, sign * top * math.inf, np.where(base == math.inf, sign * top * 0.0, found))

    return kernel


# -- roots of sums of squares -------------------------------------------------------------------------------


def _on_circle(np: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """The distance of a point from the origin, and the point over it."""
    far = np.hypot(x, y)
    return (far, *(np.where(np.abs(z) == math.inf, np.copysign(1.0, z), z / far) for z in (x, y)))


def _hypot(i: int, j: int, k: int) -> Kernel:
    """x**i * y**j / hypot(x, y)**k, and 0 at the origin."""

    def kernel(np: Any, x: Any, y: Any) -> Any:
        far, u, v = _on_circle(np, x, y)
        found = 1.0
        for factor in (*[u] * i, *[v] * j):
            found = found * factor
        for _ in range(k - i - j):
            found = found / far
        vague = np.isnan(x) | np.isnan(y) | ((np.abs(x) == math.inf) & (np.abs(y) == math.inf))
        return np.where(far == 0, 0.0, np.where(vague, math.nan, found))

    return kernel


def _reciprocal_power(n: int, imaginary: bool) -> Kernel:
    """(n-1)! times a part of (x + i*y)**-n, by the point on the circle, whose powers neither overflow nor vanish."""

    def kernel(np: Any, y: Any, x: Any) -> Any:
        far, u, v = _on_circle(np, x, y)
        real, other = u, -v
        for i in range(1, n):
            if i == 1:
                real, other = (u - v) * (u + v), -2.0 * u * v
            else:
                real, other = real * u + other * v, other * u - real * v
        found = math.factorial(n - 1) * (other if imaginary else real)
        for _ in range(n):
            found = found / far
        vague = np.isnan(x) | np.isnan(y)
        return np.where(vague, math.nan, np.where(far == math.inf, 0.0, found))

    return kernel


# -- sigmoid, erf, sinc -------------------------------------------------------------------------------------


def _logistic(n: int) -> Kernel | None:
    """The first derivative, which does not cancel, times a polynomial in t = tanh((x - y)/2): t' is (1 - t*t)/2."""
    if n < 2:
        return None
    p: Sequence[float] = [1.0]
    for _ in range(n - 1):
        p = added(times([0.0, -1.0], p), times(derivative(p), [0.5, 0.0, -0.5]))

    def kernel(np: Any, x: Any, y: Any) -> Any:
        apart = x - y
        small = np.exp(-np.abs(apart))
        return small / ((1 + small) * (1 + small)) * horner(p, np.tanh(0.5 * apart))

    return kernel


def _erf_slope(n: int) -> Kernel | None:
    """A Hermite polynomial times exp(-x*x)."""
    if n < 2:
        return None
    p: Sequence[float] = [2 / math.sqrt(math.pi)]
    for _ in range(n - 1):
        p = added(times([0.0, -2.0], p), derivative(p))

    def kernel(np: Any, x: Any) -> Any:
        gauss = np.exp(-x * x)
        return np.where(gauss == 0, 0.0, horner(p, x) * gauss)

    return kernel


def _sinc(n: int) -> Kernel | None:
    """The series near 0, else by the rule for products: x*s_n + n*s_(n-1) is a derivative of sin(pi*x)/pi."""
    if n == 0:
        return None
    near = 0.5 * (n + 1)
    coefficients: list[float] = []
    k = -(-n // 2)
    while not coefficients or abs(coefficients[-1]) * near ** (2 * k - n) > 1e-18:
        size = math.pi ** (2 * k) / math.factorial(2 * k + 1) * math.perm(2 * k, n)
        coefficients.append(-size if k % 2 else size)
        k += 1

    def kernel(np: Any, x: Any) -> Any:
        square = x * x
        series = horner(coefficients, square)
        series = series * x + 0.0 if n % 2 else series
        # pi*x is not exact where x is large: whole turns are taken off.
        turn = x - 2 * np.round(0.5 * x)
        sine, cosine = np.sin(np.pi * turn), np.cos(np.pi * turn)
        waves = (sine, cosine, -sine, -cosine)
        found = sine / (np.pi * x)
        for order in range(1, n + 1):
            found = (math.pi ** (order - 1) * waves[order % 4] - order * found) / x
        return np.where(np.abs(x) < near, series, np.where(np.abs(x) == math.inf, 0.0, found))

    return kernel


# -- the gamma function -------------------------------------------------------------------------------------


def _psi(np: Any, n: int, x: Any) -> Any:
    """Derivative n of digamma: the asymptotic series behind so many steps that it converges, and below 1/2 by
    reflection."""
    steps = 10 + 2 * n
    mirrored = x < 0.5
    z = np.where(mirrored, 1.0 - x, x)
    total: Any = 0.0
    for i in range(steps):
        total = total + 1.0 / _whole_power(z + i, n + 1)
    far = z + steps
    square = far * far
    tail = horner([0.0, *_series(n)], 1.0 / square)
    if n == 0:
        found = (np.log(far) - 0.5 / far - tail) - total
    else:
        size = math.factorial(n) * total + (math.factorial(n - 1) + 0.5 * math.factorial(n) / far + tail) / (
            _whole_power(far, n)
        )
        found = size if n % 2 else -size
    p: Sequence[float] = [0.0, 1.0]
    for _ in range(n):
        p = [-a for a in times(derivative(p), [1.0, 0.0, 1.0])]
    cotangent = 1.0 / np.tan(np.pi * np.where(np.abs(x) < 0.5, x, x - np.round(x)))
    reflected = (-found if n % 2 else found) - math.pi ** (n + 1) * horner(p, cotangent)
    pole = (x < 0) & (x == np.floor(x))
    at_pole = np.where(x == -math.inf, math.nan, math.inf) if n % 2 else math.nan
    return np.where(mirrored, np.where(pole, at_pole, reflected), found)


def _series(n: int) -> list[float]:
    """The coefficients of the asymptotic series of derivative n of digamma."""
    return [b * math.factorial(2 * k + n - 1) / math.factorial(2 * k) for k, b in enumerate(BERNOULLI, 1)]


def _whole_power(x: Any, n: int) -> Any:
    found = x
    for _ in range(n - 1):
        found = found * x
    return found


def _polygamma() -> Kernel:
    def kernel(np: Any, n: Any, x: Any) -> Any:
        if not isinstance(n, float) or not n.is_integer() or n < 0:
            hint = "write the order as a number, as in polygamma(2, x)"
            raise UnsupportedError("polygamma of an order that is not known has no form outside of exprgrad", hint=hint)
        return _psi(np, int(n), x)

    return kernel


def _gamma_slope(n: int, shift: int) -> Kernel:
    """gamma times a polynomial in the derivatives of its logarithm."""

    def kernel(np: Any, x: Any) -> Any:
        x = x + float(shift) if shift else x
        slopes = [_psi(np, k, x) for k in range(n)]
        found: list[Any] = [1.0]
        for k in range(n):
            terms = [math.comb(k, j) * found[k - j] * slopes[j] for j in range(k + 1)]
            found.append(sum(terms[1:], terms[0]))
        return np.gamma(x) * found[n]

    return kernel


# From here on gamma leaves the range of doubles.
_LARGE: Final = 170.0


def stirling(x: Any) -> Any:
    """The logarithm of gamma(x) less the first terms of its series, where x is large."""
    series = [b / (2 * k * (2 * k - 1)) for k, b in enumerate(BERNOULLI, 1)]
    return horner(series, 1.0 / (x * x)) / x


def _beta_value(np: Any, x: Any, y: Any) -> Any:
    """gamma(x)*gamma(y)/gamma(x + y); where these are too large by logarithms, whose differences are those of
    Stirling's series where one of the two is large, since lgamma's would cancel."""
    both, small, large = x + y, np.minimum(x, y), np.maximum(x, y)
    far = np.where(large > _LARGE, large, _LARGE)  # what is not used stays finite
    whole = np.where(small + far > 10.0, small + far, 10.0)
    rest = [stirling(z) for z in (far, whole)]
    # The logarithm of gamma(far)/gamma(small + far).
    ratio = small - (whole - 0.5) * np.log1p(small / far) - small * np.log(far) + (rest[0] - rest[1])
    sign, logarithm = _signed(np, x) * _signed(np, y) * _signed(np, both), np.lgamma(x) + np.lgamma(y) - np.lgamma(both)
    by_logarithm = _signed(np, small) * np.exp(np.lgamma(small) + ratio)
    by_ratio = np.where(np.abs(small) < _LARGE, np.gamma(small) * np.exp(ratio), by_logarithm)
    near = (np.abs(x) < _LARGE) & (np.abs(y) < _LARGE) & (np.abs(both) < _LARGE)
    found = np.where((large > _LARGE) & (both > 10.0), by_ratio, sign * np.exp(logarithm))
    found = np.where(near, np.gamma(x) * (np.gamma(y) / np.gamma(both)), found)
    return np.where((large == math.inf) & (small > 0.0), 0.0, found)


def _signed(np: Any, x: Any) -> Any:
    """The sign of gamma."""
    below = np.floor(x)
    return np.where((x < 0.0) & (below != 2.0 * np.floor(0.5 * below)), -1.0, 1.0)


def _psi_difference(np: Any, n: int, z: Any, other: Any, at_both: Any) -> Any:
    """Derivative n of digamma at z less `at_both`, that at z + other, where z is large by the terms of the asymptotic
    series, which do not cancel."""
    is_far = (z > _LARGE) & (z + other > 10.0)
    far = np.where(is_far, z, _LARGE)
    whole = np.where(far + other > 10.0, far + other, 10.0)
    apart = np.log1p(np.where(whole > 10.0, other / far, 0.0))

    def power(k: int) -> Any:
        """far**-k - whole**-k"""
        return -np.expm1(-float(k) * apart) / _whole_power(far, k)

    terms = _series(n)
    tail = sum((b * power(2 * k + n) for k, b in enumerate(terms[1:], 2)), terms[0] * power(2 + n))
    if n == 0:
        found = -apart - 0.5 * power(1) - tail
    else:
        size = math.factorial(n - 1) * power(n) + 0.5 * math.factorial(n) * power(n + 1) + tail
        found = size if n % 2 else -size
    return np.where(is_far, found, _psi(np, n, z) - at_both)


def _beta(n: int, m: int) -> Kernel:
    """The same for gamma(x)*gamma(y)/gamma(x + y)."""

    def kernel(np: Any, x: Any, y: Any) -> Any:
        both = x + y
        value = _beta_value(np, x, y)
        of_both = [_psi(np, k, both) for k in range(n + m)]
        of_x, of_y = (
            [_psi_difference(np, k, z, other, of_both[k]) for k in range(count)]
            for z, other, count in ((x, y, n), (y, x, m))
        )
        found: dict[tuple[int, int], Any] = {(0, 0): 1.0}

        def slope(i: int, j: int) -> Any:
            """That of the logarithm."""
            return of_x[i - 1] if j == 0 else of_y[j - 1] if i == 0 else -of_both[i + j - 1]

        for k in range(1, m + 1):
            terms = [math.comb(k - 1, b) * found[0, k - 1 - b] * slope(0, b + 1) for b in range(k)]
            found[0, k] = sum(terms[1:], terms[0])
        for i in range(1, n + 1):
            for k in range(m + 1):
                terms = [
                    math.comb(i - 1, a) * math.comb(k, b) * found[i - 1 - a, k - b] * slope(a + 1, b)
                    for a in range(i)
                    for b in range(k + 1)
                ]
                found[i, k] = sum(terms[1:], terms[0])
        return value * found[n, m]

    return kernel


# By the name of a family, or of an operation alone; None where a member has none.
KERNELS: Final[Mapping[str, Callable[..., Kernel | None]]] = {
    "power": _power,
    "log_family": _log,
    "hypot_family": _hypot,
    "reciprocal_power": _reciprocal_power,
    "logistic": _logistic,
    "erf_slope": _erf_slope,
    "sinc_family": _sinc,
    "gamma_slope": _gamma_slope,
    "factorial": lambda: lambda np, x: np.gamma(x + 1.0),
    "digamma": lambda: lambda np, x: _psi(np, 0, x),
    "trigamma": lambda: lambda np, x: _psi(np, 1, x),
    "polygamma": _polygamma,
    "beta_slope": _beta,
}
