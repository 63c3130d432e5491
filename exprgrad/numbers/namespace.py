"""What the array kernels of operations are written against: numpy's names, and what numpy lacks.

Code that makes something else of the same kernels, such as machine code, brings a namespace with the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy

from exprgrad.diagnostics import ExprError

# The masks that are true in every row and in none.
true, false = numpy.True_, numpy.False_


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def refuse_nan(x: Any, problem: Callable[[], ExprError]) -> Any:
    """x, none of which may be nan."""
    if numpy.isnan(x).any():
        raise problem()
    return x


def erf(x: Any) -> Any:
    """The error function of each element."""
    return _erf()(x)


def erfc(x: Any) -> Any:
    """The complementary error function of each element: libm's, since SciPy's is off by ten units in the last place."""
    return _each(math.erfc)(x)


@cache
def _erf() -> Callable[[Any], Any]:
    """SciPy's where that is installed, else libm's for each element, which takes ten times as long."""
    try:
        from scipy import special
    except ImportError:
        return _each(math.erf)
    return special.erf  # type: ignore[no-any-return]


@cache
def _each(function: Callable[[float], float]) -> Callable[[Any], Any]:
    run = numpy.frompyfunc(function, 1, 1)
    return lambda x: numpy.asarray(run(x), dtype=numpy.float64)
