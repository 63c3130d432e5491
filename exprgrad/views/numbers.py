"""How a number is written: the shortest text that reads back the same double, or a format the user chose."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, Final

from exprgrad.outcomes import Proven

# Writes one double.
NumberFormat = Callable[[float], str]

# So many significant digits has a number that is shortened, and a double at the most.
BRIEF: Final = 6
EXACT: Final = 17

# What of Python's format specifications fits a number that a program may read again: no fill, no separators,
# no percent; widths and precisions that no terminal needs are typing errors.
_SPECIFICATION: Final = r"[-+ ]?#?0?([0-9]{1,3})?(\.[0-9]{1,3})?[eEfFgG]?"

# What JSON has not before the digits of a number, but for its sign, and behind them.
_UNLIKE_JSON: Final = r"^[ +]*(-?)0*(?=[0-9])|\.(?![0-9])"


def shortest(x: float) -> str:
    """`300.0`, `1e-05`, `nan`, `-inf`; and `0.0` for -0.0. A number with proven digits has them all."""
    return x.text if type(x) is Proven else repr(x + 0.0)


def brief(x: float, digits: int = BRIEF) -> str:
    """A number as a picture has room for it: where its shortest text is longer, so many significant digits, with the
    zeros that tell 2.00000 from 2.0."""
    exact = shortest(x)
    rounded = format(x, f"#.{digits}g").removesuffix(".") if math.isfinite(x) else exact
    return rounded if len(rounded) < len(exact) else exact


def formatted(specification: str) -> NumberFormat | None:
    """The format that a specification such as `.6g` stands for, or None if it is none."""
    match = re.fullmatch(_SPECIFICATION, specification)
    if match is None or not specification:
        return None
    # "z" writes what rounds to -0.00 as 0.00; its place is behind the sign.
    sign = specification[:1] if specification[:1] in "-+ " else ""
    rounded = f"{sign}z{specification[len(sign) :]}"
    width = int(match[1] or 0)

    def write(x: float) -> str:
        return format(x, rounded) if math.isfinite(x) else shortest(x).rjust(width)

    return write


def as_json(number: NumberFormat) -> NumberFormat:
    """A format whose numbers are JSON, which has none with a plus, with zeros or spaces before them, or with a point at
    their end; and strings for what is not finite."""

    def write(x: float) -> str:
        if not math.isfinite(x):
            return '"NaN"' if math.isnan(x) else '"Infinity"' if x > 0 else '"-Infinity"'
        return re.sub(_UNLIKE_JSON, r"\1", number(x))

    return write


def plain(x: Any) -> Any:
    """A value of a Result as floats and nested lists of floats, -0.0 as 0.0; an input may be a text."""
    if isinstance(x, str):
        return x
    if isinstance(x, list):
        return [plain(item) for item in x]  # as deep as an array has axes, numpy allows 64
    if isinstance(x, float | int):
        return x if type(x) is Proven else float(x) + 0.0
    return plain(x.tolist() if hasattr(x, "tolist") else list(x))  # of Polars and Arrow, which functions of rows take


def written(x: Any, number: NumberFormat) -> str:
    """A value of a Result: a number, or an array as `[1.0, 2.0]`, neither wrapped nor shortened."""
    if type(x) is float or type(x) is Proven:
        return number(x)
    x = plain(x)
    return f"[{', '.join(written(item, number) for item in x)}]" if isinstance(x, list) else number(x)
