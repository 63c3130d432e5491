"""Primitives composed of others, for languages that lack them or have them otherwise.

Each is an expression of its operands, or where these are numbers of numbers. They are right to a few units in the last
place unless they say otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from exprgrad.numbers.closed import horner
from exprgrad.targets.expressions import CHECKED, SYMBOLS, Expression

# Makes the expression of a primitive's operands.
Composition = Callable[..., Any]

np: Final = SYMBOLS

# erf(x)/x by powers of x*x, up to 1/2.
_ERF: Final = [2 / math.sqrt(math.pi) * (-1) ** k / (math.factorial(k) * (2 * k + 1)) for k in range(14)]
# exp(x*x)*erfc(x)*(1 + 2*x) from 1/2 on, by powers of 9/8*(x - 4)/(x + 4) - 1/8: a Chebyshev series to 2e-19.
_ERFC: Final = (
    *(1.217751015063755, -0.11926270752256944, 0.025079168438502452, 0.023265926756401524, -0.037224599565068524),
    *(0.03218454560460806, -0.020947833299012973, 0.010905934847300998, -0.004529247147219338, 0.0014194217317953436),
    *(-0.00027394070622504456, -7.208831249637981e-06, 2.5872673565769813e-05, -7.4641818111869374e-06),
    *(-3.820998811832909e-07, 8.522579450345047e-07, -1.5068624197180517e-07, -6.474793713371962e-08),
    *(2.8528560958660735e-08, 3.4989796165362257e-09, -3.8627241882907706e-09, -3.995271241543981e-11),
    *(4.3343512454799486e-10, -2.1056231407132115e-11, -3.076381374211782e-11, 2.3761709119883905e-12),
)
# Beyond it erfc is 0.
_ERFC_END: Final = 27.25
# What doubles are whole from here on.
_WHOLE: Final = 2.0**52


def raw(name: str, *operands: Any, mask: bool = False) -> Expression:
    """A function of a language, under a name that is no primitive's."""
    return Expression(name, operands, mask=mask)


def checked(name: str, *operands: Any) -> Expression:
    """A function of a language that is an error outside of its domain."""
    return Expression(f"{name}{CHECKED}", operands)


def is_number(x: Any) -> bool:
    """Whether an operand is known, and not nan."""
    return not isinstance(x, Expression) and x == x


# -- comparisons where nan is equal to itself and greater than all else -----------------------------------------


def ordered(symbol: str, flipped: bool) -> Composition:
    """An order that is false where an operand is nan; nan can be the greater operand alone."""

    def composed(x: Any, y: Any) -> Any:
        greater = x if flipped else y
        found = raw(symbol, x, y, mask=True)
        return found if is_number(greater) else np.logical_and(found, np.logical_not(np.isnan(greater)))

    return composed


def _equal(x: Any, y: Any) -> Any:
    found = raw("same", x, y, mask=True)
    return found if is_number(x) or is_number(y) else np.logical_and(found, np.logical_not(np.isnan(x)))


def _not_equal(x: Any, y: Any) -> Any:
    found = raw("differs", x, y, mask=True)
    return found if is_number(x) or is_number(y) else np.logical_or(found, np.isnan(x))


NAN_IS_GREATEST: Final[Mapping[str, Composition]] = {
    "less": ordered("below", False),
    "less_equal": ordered("at_most", False),
    "greater": ordered("above", True),
    "greater_equal": ordered("at_least", True),
    "equal": _equal,
    "not_equal": _not_equal,
}


# Where there is no nan they are what they are called.
PLAIN_ORDER: Final[Mapping[str, Composition]] = {
    name: partial(raw, symbol, mask=True)
    for name, symbol in (
        *(("less", "below"), ("less_equal", "at_most"), ("greater", "above"), ("greater_equal", "at_least")),
        *(("equal", "same"), ("not_equal", "differs")),
    )
}


# -- functions ------------------------------------------------------------------------------------------------


def _log1p(x: Any) -> Any:
    """log(1 + x) where the rounding of 1 + x is made good by what x is over what was added."""
    whole = x + 1.0
    apart = whole - 1.0
    found = np.log(whole) * (x / apart)
    return np.where((apart == 0.0) | (x == math.inf), x, found)


def _expm1(x: Any) -> Any:
    half = 0.5 * x
    near = 2.0 * np.sinh(half) * np.exp(half)
    return np.where(x < -40.0, -1.0, np.where(x > 40.0, np.exp(x), near))


def _exp2(x: Any) -> Any:
    return np.power(2.0, x)


def _log2(x: Any) -> Any:
    return np.log(x) / math.log(2.0)


def _log10(x: Any) -> Any:
    return np.log(x) / math.log(10.0)


def _hypot(x: Any, y: Any) -> Any:
    x, y = np.abs(x), np.abs(y)
    large, small = np.where(x > y, x, y), np.where(x > y, y, x)
    # A smaller one adds nothing, and may be too small to be divided.
    ratio = np.where(small <= 1e-9 * large, 0.0, small) / np.where(large == 0.0, 1.0, large)
    found = large * np.sqrt(1.0 + ratio * ratio)
    found = np.where(np.isnan(x) | np.isnan(y), math.nan, found)
    return np.where((x == math.inf) | (y == math.inf), math.inf, found)


def _cbrt(x: Any) -> Any:
    """The language's own, with a step of Newton's method, which makes the cube root of 27 a 3."""
    root = raw("root", x)
    found = root - (root * root * root - x) / (3.0 * root * root)
    return np.where((x == 0.0) | (np.abs(x) == math.inf), x, found)


def _root(x: Any) -> Any:
    return np.copysign(np.power(np.abs(x), 1.0 / 3.0), x)


def _erf(x: Any) -> Any:
    square = x * x
    near = x * horner(_ERF, square)
    size = np.abs(x)
    far = np.copysign(1.0 - _complement(np.where(size < 0.5, 0.5, size)), x)
    return np.where(size < 0.5, near, far)


def _erfc(x: Any) -> Any:
    size = np.abs(x)
    far = _complement(np.where(size < 0.5, 0.5, size))
    return np.where(size < 0.5, 1.0 - x * horner(_ERF, x * x), np.where(x < 0.0, 2.0 - far, far))


def _complement(x: Any) -> Any:
    """erfc from 1/2 on; the square in the exponent is split, so that it is exact."""
    head = np.floor(16.0 * x) / 16.0
    gauss = np.exp(-head * head) * np.exp(-(x - head) * (x + head))
    polynomial = horner(_ERFC, 1.125 * ((x - 4.0) / (x + 4.0)) - 0.125)
    return np.where(x > _ERFC_END, 0.0, gauss * polynomial / (1.0 + 2.0 * x))


def _copysign(x: Any, y: Any) -> Any:
    size = np.abs(x) if isinstance(x, Expression) else abs(x)
    return np.where(raw("signbit", y, mask=True), -size, size)


def _sign(x: Any) -> Any:
    return np.where(x > 0.0, 1.0, np.where(x < 0.0, -1.0, x + 0.0))


def _heaviside(x: Any, h: Any) -> Any:
    return np.where(x < 0.0, 0.0, np.where(x > 0.0, 1.0, np.where(x == 0.0, h, x)))


def _maximum(x: Any, y: Any) -> Any:
    return np.where((x == 0.0) & (y == 0.0), x + y, raw("greatest", x, y))


def _minimum(x: Any, y: Any) -> Any:
    return np.where((x == 0.0) & (y == 0.0), -(-x - y), -raw("greatest", -x, -y))


def _chosen_maximum(x: Any, y: Any) -> Any:
    found = np.where(x > y, x, np.where(x < y, y, np.where(x == 0.0, x + y, x)))
    return np.where(np.isnan(x) | np.isnan(y), math.nan, found)


def _fmod(x: Any, y: Any) -> Any:
    """The exact remainder of a division whose quotient is less than 2**105: where it reaches 2**53 the remainder by
    2**52 times y is taken first. That of a larger one is nan."""
    size, by = np.abs(x), np.abs(y)
    is_far = size / by >= 2.0 * _WHOLE
    near = np.where(is_far, _remainder(size, np.where(is_far, by * _WHOLE, by)), size)
    rest = np.where(size < by, size, _remainder(near, by))
    vague = (size == math.inf) | (y == 0.0) | np.isnan(x) | np.isnan(y)
    return np.where(vague, math.nan, np.copysign(rest, x))


def _remainder(size: Any, by: Any) -> Any:
    """The remainder of two numbers above 0 whose quotient is less than 2**53: the product of the quotient and the
    divisor is taken in two parts (Dekker)."""
    quotient = np.floor(size / by)
    product = quotient * by
    rest = (size - product) - _product_error(quotient, by, product)
    rest = np.where(rest < 0.0, rest + by, np.where(rest >= by, rest - by, rest))
    return np.where(quotient >= 2.0 * _WHOLE, math.nan, rest)


def _product_error(x: Any, y: Any, product: Any) -> Any:
    """The exact product less the rounded one."""

    def split(z: Any) -> tuple[Any, Any]:
        big = 134217729.0 * z
        high = big - (big - z)
        return high, z - high

    (a, b), (c, d) = split(x), split(y)
    return b * d - (((product - a * c) - b * c) - a * d)


def _mod(x: Any, y: Any) -> Any:
    """The remainder with the sign of y."""
    rest = np.fmod(x, y)
    same = ((rest < 0.0) & (y < 0.0)) | ((rest > 0.0) & (y > 0.0)) | np.isnan(rest)
    return np.where(rest == 0.0, _copysign(0.0, y), np.where(same, rest, rest + y))


def _floor_divide(x: Any, y: Any) -> Any:
    rest = np.mod(x, y)
    quotient = np.where(
        np.abs(y) == math.inf, np.where(rest == x, 0.0, np.where(np.isnan(rest), math.nan, -1.0)), (x - rest) / y
    )
    below = np.floor(quotient)
    found = np.where(quotient - below > 0.5, below + 1.0, below)
    found = np.where(quotient == 0.0, _copysign(0.0, x / y), found)
    found = np.where(np.abs(x) == math.inf, math.nan, found)
    return np.where(y == 0.0, x / y, found)


def _trunc(x: Any) -> Any:
    return np.where(x < 0.0, np.ceil(x), np.floor(x))


def _round(x: Any) -> Any:
    """To the nearest whole number, of two the even one."""
    below = np.floor(x)
    rest = x - below
    even = np.where(below == 2.0 * np.floor(0.5 * below), below, below + 1.0)
    found = np.where(rest < 0.5, below, np.where(rest > 0.5, below + 1.0, even))
    return np.where(np.abs(x) < _WHOLE, np.copysign(found, x), x)


def _degrees(x: Any) -> Any:
    return x * (180.0 / math.pi)


def _radians(x: Any) -> Any:
    return x * (math.pi / 180.0)


def _whole(name: str) -> Composition:
    """A function that gives integers, which have less range than doubles."""

    def composed(x: Any) -> Any:
        return np.where(np.abs(x) < _WHOLE, raw(f"{name}{CHECKED}", x), x)

    return composed


# Without a function that languages have in several ways: with null, or with nan, left out.
BY_CHOICE: Final[Mapping[str, Composition]] = {
    "maximum": _chosen_maximum,
    "minimum": lambda x, y: -_chosen_maximum(-x, -y),
}

COMPOSED: Final[Mapping[str, Composition]] = {
    "log1p": _log1p,
    "expm1": _expm1,
    "exp2": _exp2,
    "log2": _log2,
    "log10": _log10,
    "hypot": _hypot,
    "cbrt": _cbrt,
    "root": _root,
    "erf": _erf,
    "erfc": _erfc,
    "copysign": _copysign,
    "sign": _sign,
    "heaviside": _heaviside,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmod": _fmod,
    "mod": _mod,
    "floor_divide": _floor_divide,
    "trunc": _trunc,
    "round": _round,
    "degrees": _degrees,
    "radians": _radians,
}


# -- functions that raise an error outside of their domain --------------------------------------------------------


def _within(name: str, low: float, high: float) -> Composition:
    """A function that is nan outside of an interval."""

    def composed(x: Any) -> Any:
        return np.where((x >= low) & (x <= high), checked(name, x), math.nan)

    return composed


def _guarded_log(name: str) -> Composition:
    def composed(x: Any) -> Any:
        return np.where(x > 0.0, checked(name, x), np.where(x == 0.0, -math.inf, math.nan))

    return composed


def _guarded_sqrt(x: Any) -> Any:
    return np.where(x > 0.0, checked("sqrt", x), np.where(x == 0.0, x, math.nan))


def _guarded_wave(name: str) -> Composition:
    def composed(x: Any) -> Any:
        return np.where(np.abs(x) == math.inf, math.nan, checked(name, x))

    return composed


# The last doubles whose exponentials are in the range of doubles.
_LOWEST: Final = -745.1332191019411
_HIGHEST: Final = 709.782712893384


def _guarded_exp(x: Any) -> Any:
    inside = np.where(x > _HIGHEST, math.inf, checked("exp", x))
    return np.where(x < _LOWEST, 0.0, inside)


def _guarded_exp2(x: Any) -> Any:
    inside = np.where(x >= 1024.0, math.inf, checked("power", 2.0, x))
    return np.where(x < -1074.0, 0.0, inside)


def _guarded_divide(x: Any, y: Any) -> Any:
    if is_number(y) and y != 0.0:
        return raw("quotient", x, y)
    found = checked("true_divide", x, y)
    return np.where(y == 0.0, x * _copysign(math.inf, y), found)


# What is no larger has a square that is 0.
_SQUARE_ROOT_OF_NOTHING: Final = 1.571727784702628e-162


def guarded_product(x: Any, y: Any) -> Any:
    """A product where one that is 0 by rounding is an error: that of a number and itself, or its opposite, is none."""
    found = raw("product", x, y)
    return np.where(np.abs(x) <= _SQUARE_ROOT_OF_NOTHING, 0.0, found) if _positive(x) is _positive(y) else found


def _positive(x: Any) -> Any:
    """What an expression is the opposite of, or itself."""
    return x.operands[0] if isinstance(x, Expression) and x.name == "negative" else x


def _guarded_power(x: Any, y: Any) -> Any:
    """A power outside of its domain. One that leaves the range of doubles is an error of the language."""
    found: Any = checked("power", x, y)
    half = 0.5 * y
    is_odd = (y == np.floor(y)) & (half != np.floor(half)) if isinstance(y, Expression) else y % 2.0 == 1.0
    if not is_number(y) or y < 0.0:
        infinite = np.where(is_odd, np.copysign(math.inf, x), math.inf)
        found = np.where((x == 0.0) & (y < 0.0), infinite, found)
    if not is_number(y) or not float(y).is_integer():
        outside = (x < 0.0) & (y != np.floor(y)) & ~np.isnan(y) if isinstance(y, Expression) else x < 0.0
        beyond = np.where(x == -math.inf, np.where(y < 0.0, 0.0, math.inf), math.nan)
        found = np.where(outside, beyond, found)
    return found


GUARDED: Final[Mapping[str, Composition]] = {
    "log": _guarded_log("log"),
    "log10": _guarded_log("log10"),
    "sqrt": _guarded_sqrt,
    "exp": _guarded_exp,
    "exp2": _guarded_exp2,
    "power": _guarded_power,
    "true_divide": _guarded_divide,
    "arcsin": _within("arcsin", -1.0, 1.0),
    "arccos": _within("arccos", -1.0, 1.0),
    "arctanh": _within("arctanh", -1.0, 1.0),
    "arccosh": _within("arccosh", 1.0, math.inf),
    **{name: _guarded_wave(name) for name in ("sin", "cos", "tan")},
}

# Floor and ceiling that are integers, as doubles.
WHOLE_AS_INTEGERS: Final[Mapping[str, Composition]] = {name: _whole(name) for name in ("floor", "ceil")}
