"""What the array kernels of operations are written against: numpy's names, and what numpy lacks.

Code that makes something else of the same kernels, such as machine code, brings a namespace with the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy

from exprgrad.diagnostics import ExprError


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def refuse_nan(x: Any, problem: Callable[[], ExprError]) -> Any:
    """x, none of which may be nan."""
    if numpy.isnan(x).any():
        raise problem()
    return x


def erf(x: Any) -> Any:
    """libm's error function of each element."""
    return _erf(x).astype(numpy.float64)


def erfc(x: Any) -> Any:
    """libm's complementary error function of each element."""
    return _erfc(x).astype(numpy.float64)


_erf = numpy.frompyfunc(math.erf, 1, 1)
_erfc = numpy.frompyfunc(math.erfc, 1, 1)
