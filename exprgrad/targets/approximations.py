"""Functions that libraries of arrays lack, composed of those that all of them have: + - * /, exp, log, sqrt, sin, cos
and power.

Right to a few units in the last place; gamma and lgamma not beside their poles and zeros below 0. The polynomials are
interpolated at Chebyshev's points. Formulas: DLMF 4.24, 4.37 and 4.40 (inverse functions), 5.5 and 5.11 (gamma).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from exprgrad.numbers.closed import horner
from exprgrad.targets.composed import COMPOSED, Composition
from exprgrad.targets.expressions import SYMBOLS
from exprgrad.targets.kernels import stirling

np: Final = SYMBOLS

# atan(x)/x by powers of x*x, up to the tangent of pi/8.
_ARCTAN: Final = (
    *(1.0, -0.3333333333333312, 0.19999999999940893, -0.14285714279250245, 0.11111110744919658),
    *(-0.09090896809064027, 0.07692045330902225, -0.06662951813629191, 0.05846878297330872),
    *(-0.05035102456601552, 0.03796525745386593, -0.017805397205419446),
)
# gamma(x) from 1 to 2, by powers of x - 3/2.
_GAMMA: Final = (
    *(0.886226925452758, 0.032338397448885, 0.4148134536882826, -0.10729480456475984),
    *(0.1446453590475836, -0.07752305230182892, 0.058610303633145476, -0.03800193543217766),
    *(0.02583761230507782, -0.017222447013020576, 0.011522407277990318, -0.007690139287816347),
    *(0.005132883760616497, -0.003423629338262631, 0.002273514062024839, -0.0015159595901781905),
    *(0.0010569633457018935, -0.0007046879722466143, 0.0003320885800907498),
    *(-0.00022139952612051456, 0.00037955491879486174, -0.00025303807808043895),
)
# lgamma(x)/(x - 2) from 3/2 to 5/2, by powers of x - 2.
_LGAMMA: Final = (
    *(0.42278433509846713, 0.3224670334241132, -0.06735230105319814, 0.02058080842778457),
    *(-0.0073855510286681535, 0.002890510330738737, -0.0011927539120010226, 0.0005096695248853096),
    *(-0.00022315475074520367, 9.945750909889392e-05, -4.4926351103833334e-05),
    *(2.050726741605779e-05, -9.438458716242811e-06, 4.374374916915131e-06),
    *(-2.0449201467015115e-06, 9.578663334114758e-07, -4.303558760359961e-07),
    *(2.0304806751615227e-07, -1.3412819758517287e-07, 6.379047507619774e-08),
)
# From here on Stirling's series converges.
_FAR: Final = 8


# -- the functions of a circle and of a hyperbola --------------------------------------------------------------

# A right angle in three parts, of which the first two are short: a multiple of them, up to these, is exact.
_RIGHT_ANGLE: Final = (1.5707963267341256, 6.077100506303966e-11, 2.0222662487959506e-21)
TURNED_FAR: Final = 1.6e6


def sine(x: Any) -> Any:
    """sin of what is not turned far, from the sine or the cosine of what is left of right angles."""
    return np.where(x == 0.0, x, _wave(x, 0.0))


def cosine(x: Any) -> Any:
    return _wave(x, 1.0)


def _wave(x: Any, turns: float) -> Any:
    count = np.round(x / _RIGHT_ANGLE[0])
    near = x - count * _RIGHT_ANGLE[0]
    below = count * _RIGHT_ANGLE[1]
    rest = near - below
    # What rounding has left out of the rest, with the last part of the angle (Cody and Waite).
    below = count * _RIGHT_ANGLE[2] - ((near - rest) - below)
    angle = rest - below
    lost = (rest - angle) - below
    square = angle * angle
    sines, cosines = ([(-1.0) ** (k // 2) / math.factorial(k) for k in range(first, 19, 2)] for first in (3, 4))
    by_sine = angle + (angle * square * horner(sines, square) + lost)
    by_cosine = 1.0 - (0.5 * square - (square * square * horner(cosines, square) - angle * lost))
    count = count + turns if turns else count
    quarter = count - 4.0 * np.floor(0.25 * count)
    straight = (quarter == 0.0) | (quarter == 2.0)
    return np.where(straight, by_sine, by_cosine) * np.where(quarter < 2.0, 1.0, -1.0)


def _tan(x: Any) -> Any:
    return np.sin(x) / np.cos(x)


def _arctan(x: Any) -> Any:
    size = np.abs(x)
    inverse = size > 1.0
    return np.copysign(_turned(_eighth(np.where(inverse, 1.0 / size, size)), inverse), x)


def _arctan2(y: Any, x: Any) -> Any:
    width, height = np.abs(x), np.abs(y)
    steep = height > width
    small, large = np.where(steep, width, height), np.where(steep, height, width)
    ratio = np.where(large == 0.0, 0.0, np.where(small == math.inf, 1.0, small / large))
    angle = _turned(_eighth(ratio), steep)
    angle = np.where(np.copysign(1.0, x) < 0.0, math.pi - angle, angle)
    return np.where(np.isnan(x) | np.isnan(y), math.nan, np.copysign(angle, y))


def _turned(angle: Any, steep: Any) -> Any:
    """The angle to the other axis where the line is steep."""
    return np.where(steep, math.pi / 2 - angle, angle)


def _eighth(x: Any) -> Any:
    """atan from 0 to 1, where x is beyond the tangent of pi/8 by what is left over of pi/4."""
    beyond = x > math.sqrt(2.0) - 1.0
    rest = np.where(beyond, (x - 1.0) / (x + 1.0), x)
    found = rest * horner(_ARCTAN, rest * rest)
    return np.where(beyond, math.pi / 4 + found, found)


def _arcsin(x: Any) -> Any:
    return np.arctan(x / np.sqrt((1.0 - x) * (1.0 + x)))


def _arccos(x: Any) -> Any:
    return 2.0 * np.arctan(np.sqrt((1.0 - x) / (1.0 + x)))


def _expm1(x: Any) -> Any:
    """exp(x) - 1 where the rounding of exp(x) is made good by what x is over its logarithm (Kahan)."""
    whole = np.exp(x)
    near = np.where(whole == 1.0, x, (whole - 1.0) * (x / np.log(whole)))
    return np.where(np.abs(x) < 1.0, near, whole - 1.0)


# From here on exp(-x) is nothing beside exp(x).
_LARGE: Final = 20.0


def _sinh(x: Any) -> Any:
    size = np.abs(x)
    above = np.expm1(size)
    half = np.exp(0.5 * size)
    found = np.where(size < _LARGE, 0.5 * (above + above / (above + 1.0)), 0.5 * half * half)
    return np.copysign(found, x)


def _cosh(x: Any) -> Any:
    size = np.abs(x)
    whole = np.exp(size)
    half = np.exp(0.5 * size)
    return np.where(size < _LARGE, 0.5 * (whole + 1.0 / whole), 0.5 * half * half)


def _tanh(x: Any) -> Any:
    twice = np.expm1(-2.0 * np.abs(x))
    return np.copysign(-twice / (2.0 + twice), x)


def _arcsinh(x: Any) -> Any:
    size = np.abs(x)
    square = size * size
    near = np.log1p(size + square / (1.0 + np.sqrt(1.0 + square)))
    return np.copysign(np.where(size > 1e9, np.log(size) + math.log(2.0), near), x)


def _arccosh(x: Any) -> Any:
    above = x - 1.0
    near = np.log1p(above + np.sqrt(above * (above + 2.0)))
    return np.where(x < 1.0, math.nan, np.where(x > 1e9, np.log(x) + math.log(2.0), near))


def _arctanh(x: Any) -> Any:
    size = np.abs(x)
    return np.copysign(0.5 * np.log1p(2.0 * (size / (1.0 - size))), x)


# -- the gamma function ------------------------------------------------------------------------------------------


def _gamma(x: Any) -> Any:
    """By steps of 1 down to 1, by Stirling's series where x is large, and below 0 by reflection. What is a factorial is
    whole."""
    size = np.abs(x)
    below = size < 1.0
    steps = np.where(size < _FAR, np.floor(size) - 1.0, 0.0)
    rest = np.where(below, size, size - steps - 1.0)
    product = _falling(size, steps)
    near = horner(_GAMMA, rest - 0.5) * np.where(below, 1.0 / size, product)
    # In two factors, since the power alone leaves the range of doubles.
    root = np.power(size, 0.5 * size - 0.25)
    far = root * np.exp(-size) * root * math.sqrt(2.0 * math.pi) * np.exp(stirling(size))
    found = np.where(size < _FAR, near, np.where(size > 190.0, math.inf, far))
    found = np.where((size == np.floor(size)) & (size < 22.0), np.round(found), found)
    mirrored = -math.pi / (x * _sine(x) * found)
    found = np.where(x < 0.0, np.where(x == np.floor(x), math.nan, mirrored), found)
    return np.where(x == 0.0, 1.0 / x, found)


def _lgamma(x: Any) -> Any:
    """The logarithm of the absolute value. Near 1 and 2, where it is 0, it is the polynomial that is 0 there, with the
    logarithm of x."""
    size = np.abs(x)
    steps = np.where((size > 2.5) & (size < _FAR), np.floor(size - 1.5), 0.0)
    up = np.where(size < 0.5, 2.0, np.where(size < 1.5, 1.0, 0.0))
    rest = np.where(size < 0.5, size, np.where(size < 1.5, size - 1.0, size - steps - 2.0))
    factor = np.where(up == 2.0, size * (size + 1.0), np.where(up == 1.0, size, 1.0 / _falling(size, steps)))
    near = rest * horner(_LGAMMA, rest) - np.log(factor)
    far = (size - 0.5) * (np.log(size) - 1.0) + (0.5 * math.log(2.0 * math.pi) - 0.5) + stirling(size)
    found = np.where(size < _FAR, near, far)
    mirrored = math.log(math.pi) - np.log(np.abs(x * _sine(x))) - found
    below = np.where(x == np.floor(x), math.inf, mirrored)
    return np.where(size == math.inf, math.inf, np.where(x < 0.0, below, found))


def _falling(x: Any, steps: Any) -> Any:
    """The product of x - 1, x - 2 and so on: as many as there are steps, each of which is exact."""
    found: Any = 1.0
    for k in range(1, _FAR - 1):
        found = found * np.where(steps >= float(k), x - float(k), 1.0)
    return found


def _sine(x: Any) -> Any:
    """sin(pi*x) without its sign's error: whole turns are taken off."""
    turn = x - 2.0 * np.round(0.5 * x)
    return np.sin(math.pi * np.where(np.abs(turn) > 0.5, np.copysign(1.0, turn) - turn, turn))


APPROXIMATED: Final[Mapping[str, Composition]] = {
    **COMPOSED,
    "tan": _tan,
    "arctan": _arctan,
    "arctan2": _arctan2,
    "arcsin": _arcsin,
    "arccos": _arccos,
    "expm1": _expm1,
    "sinh": _sinh,
    "cosh": _cosh,
    "tanh": _tanh,
    "arcsinh": _arcsinh,
    "arccosh": _arccosh,
    "arctanh": _arctanh,
    "gamma": _gamma,
    "lgamma": _lgamma,
}
