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


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def refuse_nan(x: Any, problem: Callable[[], ExprError]) -> Any:
    """x, none of which may be nan."""
    if numpy.isnan(x).any():
        raise problem()
    return x


def erf(x: Any) -> Any:
    """The error function of each element."""
    return _special("erf")(x)


def erfc(x: Any) -> Any:
    """The complementary error function of each element."""
    return _special("erfc")(x)


@cache
def _special(name: str) -> Callable[[Any], Any]:
    """SciPy's function where that is installed, else libm's for each element, which takes ten times as long."""
    try:
        from scipy import special
    except ImportError:
        each = numpy.frompyfunc(getattr(math, name), 1, 1)
        return lambda x: numpy.asarray(each(x), dtype=numpy.float64)
    return getattr(special, name)  # type: ignore[no-any-return]
