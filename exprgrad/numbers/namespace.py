"""What the array kernels of operations are written against: numpy's names, and what numpy lacks.

Code that makes something else of the same kernels, such as machine code, brings a namespace with the same names.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import cache, reduce
from typing import Any

import numpy

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.rounded import FLOAT64

# The masks that are true in every row and in none.
true, false = numpy.True_, numpy.False_


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def refuse_nan(x: Any, problem: Callable[[], ExprError]) -> Any:
    """x, none of which may be nan."""
    if numpy.isnan(x).any():
        raise problem()
    return x


def maximum(x: Any, y: Any) -> Any:
    """The larger of each two elements, 0 above -0 (IEEE 754-2019's maximum), of which numpy may take either."""
    return _extreme(numpy.maximum, lambda x, y: x + y, x, y)


def minimum(x: Any, y: Any) -> Any:
    """The smaller of each two elements, -0 below 0 (IEEE 754-2019's minimum), of which numpy may take either."""
    return _extreme(numpy.minimum, lambda x, y: -(-x - y), x, y)


def _extreme(kernel: Callable[..., Any], of_zeros: Callable[..., Any], x: Any, y: Any) -> Any:
    found = kernel(x, y)
    arrays = [z for z in (x, y) if isinstance(z, numpy.ndarray)]
    if any(not isinstance(z, numpy.ndarray) and z != 0 for z in (x, y)):
        return found
    if len(arrays) == 2 and not (found == 0).any():  # one comparison is enough where no result is 0
        return found
    mask = reduce(operator.and_, [z == 0 for z in arrays]) if arrays else True
    return mended(found, mask, of_zeros, (x, y))


def double(x: Any) -> Any:
    """x in double precision: what a kernel asks for that knows where the range of doubles ends."""
    return x.astype(numpy.float64, copy=False) if isinstance(x, numpy.ndarray) else x


def mended(found: Any, mask: Any, kernel: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """`found`, with what another kernel gives in those elements in which a mask is true."""
    if not numpy.any(mask):
        return found
    made = numpy.array(found)
    mask = numpy.broadcast_to(mask, made.shape)
    made[mask] = kernel(*[numpy.broadcast_to(x, made.shape)[mask] for x in operands])
    return made[()]


def scalar(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A scalar kernel as one of arrays, element by element."""
    number = FLOAT64.number

    def called(*xs: float) -> float:
        return float(kernel(*[number(float(x)) for x in xs]))

    def run(*operands: Any) -> Any:
        return numpy.asarray(numpy.frompyfunc(called, len(operands), 1)(*operands), dtype=numpy.float64)

    return run


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
