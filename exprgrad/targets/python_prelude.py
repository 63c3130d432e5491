"""What Python's `math` lacks: functions that raise where IEEE 754 has a value, and those that numpy alone has.

What is written down as Python has a copy of those that it uses, so each needs `math` and others of these alone.
"""

import math


def divide(x: float, y: float) -> float:
    if y != 0.0:
        return x / y
    if x == 0.0 or math.isnan(x):
        return math.nan
    return math.copysign(math.inf, x) * math.copysign(1.0, y)


def power(x: float, y: float) -> float:
    odd = math.fmod(y, 2.0) in (1.0, -1.0) if math.isfinite(y) else False
    try:
        return math.pow(x, y)
    except OverflowError:
        return -math.inf if x < 0.0 and odd else math.inf
    except ValueError:  # a pole at 0, or a number below it to a power that is not whole
        if x != 0.0:
            return math.nan
        return math.copysign(math.inf, x) if odd else math.inf


def exp(x: float) -> float:
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


def exp2(x: float) -> float:
    try:
        return math.exp2(x)
    except OverflowError:
        return math.inf


def expm1(x: float) -> float:
    try:
        return math.expm1(x)
    except OverflowError:
        return math.inf


def log(x: float) -> float:
    return math.log(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan


def log2(x: float) -> float:
    return math.log2(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan


def log10(x: float) -> float:
    return math.log10(x) if x > 0.0 else -math.inf if x == 0.0 else math.nan


def log1p(x: float) -> float:
    return math.log1p(x) if x > -1.0 else -math.inf if x == -1.0 else math.nan


def sqrt(x: float) -> float:
    return math.sqrt(x) if x >= 0.0 else math.nan


def sin(x: float) -> float:
    return math.sin(x) if math.isfinite(x) else math.nan


def cos(x: float) -> float:
    return math.cos(x) if math.isfinite(x) else math.nan


def tan(x: float) -> float:
    return math.tan(x) if math.isfinite(x) else math.nan


def arcsin(x: float) -> float:
    return math.asin(x) if -1.0 <= x <= 1.0 else math.nan


def arccos(x: float) -> float:
    return math.acos(x) if -1.0 <= x <= 1.0 else math.nan


def sinh(x: float) -> float:
    try:
        return math.sinh(x)
    except OverflowError:
        return math.copysign(math.inf, x)


def cosh(x: float) -> float:
    try:
        return math.cosh(x)
    except OverflowError:
        return math.inf


def arccosh(x: float) -> float:
    return math.acosh(x) if x >= 1.0 else math.nan


def arctanh(x: float) -> float:
    if -1.0 < x < 1.0:
        return math.atanh(x)
    return math.copysign(math.inf, x) if x in (-1.0, 1.0) else math.nan


def floor(x: float) -> float:
    return math.copysign(math.floor(x), x) if math.isfinite(x) else x


def ceil(x: float) -> float:
    return math.copysign(math.ceil(x), x) if math.isfinite(x) else x


def trunc(x: float) -> float:
    return math.copysign(math.trunc(x), x) if math.isfinite(x) else x


def nearest(x: float) -> float:
    return math.copysign(round(x), x) if math.isfinite(x) else x


def sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x + 0.0


def heaviside(x: float, h: float) -> float:
    return 0.0 if x < 0.0 else 1.0 if x > 0.0 else h if x == 0.0 else x


def maximum(x: float, y: float) -> float:
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return x + y if x == y == 0.0 else max(x, y)


def minimum(x: float, y: float) -> float:
    if math.isnan(x) or math.isnan(y):
        return math.nan
    return -(-x - y) if x == y == 0.0 else min(x, y)


def fmod(x: float, y: float) -> float:
    return math.nan if math.isinf(x) or y == 0.0 else math.fmod(x, y)


def mod(x: float, y: float) -> float:
    return math.nan if math.isinf(x) or y == 0.0 else x % y


def floor_divide(x: float, y: float) -> float:
    if y == 0.0:
        return divide(x, y)
    return math.nan if math.isinf(x) else x // y


def gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return math.inf
    except ValueError:  # a pole
        return math.copysign(math.inf, x) if x == 0.0 else math.nan


def lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):  # a pole is one as well
        return math.inf


def holds(x: float) -> bool:
    if math.isnan(x):
        raise ValueError("a condition is nan")
    return x != 0.0


def refuse_nan(x: float) -> float:
    if math.isnan(x):
        raise ValueError("a condition or a bound is nan")
    return x
