"""From an enclosure to the digits that all numbers in it have."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from exprgrad.numbers import balls
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.enclosures import Enclosure
from exprgrad.numbers.fractions import MPQ, scaled
from exprgrad.numbers.rounded import FLOAT64, MPFR
from exprgrad.numbers.scalars import ZERO
from exprgrad.outcomes import Proven

_HUGE: Final = 10**17
# From exponents of 2 like these on the digits of a ball are looked for one by one.
_FAR: Final = 20_000


def settled(x: Enclosure, digits: int | None) -> float | None:
    """The double nearest to a number, or with `digits` the number with so many significant ones, half to even; None
    where the enclosure does not say which."""
    if x is ZERO:
        return Proven(0.0, "0.0")
    if type(x) is MPFR:
        return float(x) + 0.0
    if digits is None:
        return _nearest(x)
    if type(x) is MPQ:
        return _proven(_decimal(x, digits), digits)
    if x.contains(0):
        return None
    if abs(int(x.mid().man_exp()[1])) > _FAR:
        return _far(x, digits)
    low, high = (_decimal(scaled(*map(int, end.man_exp())), digits) for end in (x.lower(), x.upper()))
    return _proven(low, digits) if low == high else None


def _far(x: Any, digits: int) -> Proven | None:
    """The same of a ball of which all digits would be too many."""
    place = balls.floor_of_log10(abs(x))
    if place is None or abs(place) > _HUGE:
        return None
    found = balls.nearest_whole(balls.times_power_of_ten(x, digits - 1 - place))
    return None if found is None else _proven(Decimal(found).scaleb(place + 1 - digits, _context(digits)), digits)


def _nearest(x: Enclosure) -> float | None:
    if type(x) is MPQ:
        try:
            return int(x.numerator) / int(x.denominator) + 0.0
        except OverflowError:
            return math.inf if x > 0 else -math.inf
    low, high = (to_python(balls.rounded_ball(FLOAT64.context, end)) for end in (x.lower(), x.upper()))
    return low + 0.0 if low == high else None


def _decimal(x: Any, digits: int) -> Decimal:
    return _context(digits).divide(Decimal(int(x.numerator)), Decimal(int(x.denominator)))


def _context(digits: int) -> Context:
    return Context(prec=digits, rounding=ROUND_HALF_EVEN, Emax=_HUGE, Emin=-_HUGE)


def _proven(x: Decimal, digits: int) -> Proven:
    return Proven(float(x), written(x, digits))


def written(x: Decimal, digits: int) -> str:
    """A number with all of so many significant digits: `0.10000`, `300.00`, `1.2346e+20`."""
    sign, figures, exponent = x.as_tuple()
    assert isinstance(exponent, int)
    if not x:
        return "0.0"
    place = x.adjusted()
    text = "".join(map(str, figures)).ljust(digits, "0")
    if 0 <= place < max(digits, 16):
        text = text.ljust(place + 1, "0")
        text = f"{text[: place + 1]}.{text[place + 1 :]}".removesuffix(".")
    elif -5 <= place < 0:
        text = f"0.{'0' * (-place - 1)}{text}"
    else:
        text = f"{text[:1]}.{text[1:]}".removesuffix(".") + f"e{place:+03d}"
    return f"{'-' * sign}{text}"


def bound(x: Enclosure) -> str:
    """A power of ten that a ball around 0 lies below."""
    top = abs(x).upper()
    mantissa, exponent = map(int, top.man_exp())
    bits = mantissa.bit_length() + exponent
    log10_of_2 = 30102999567 if bits > 0 else 30102999566  # times 10**11, rounded to the side of a bound
    return f"1e{bits * log10_of_2 // 10**11 + 1:+03d}"
