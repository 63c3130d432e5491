"""The arithmetics of rounded numbers: doubles whose exponents are wide, and the same with 24 bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exprgrad.numbers.arithmetic import Float32, Kernels, truth
from exprgrad.numbers.rounded import FLOAT32, FLOAT64, MPFR, Rounded


class Scalars:
    """The arithmetic of one precision (see `protocol.Arithmetic`); its numbers are mpfr's."""

    def __init__(self, rounded: Rounded) -> None:
        self._rounded = rounded

    def number(self, x: Any) -> Any:
        x = x.value if type(x) is Float32 else x
        return x if type(x) is MPFR else self._rounded.number(x)

    @staticmethod
    def is_true(x: Any) -> bool:
        if type(x) is MPFR and not x.is_nan():
            return not x.is_zero()
        return truth(x)

    def kernel(self, op: Kernels) -> Callable[..., Any]:
        return op.float64 if self._rounded is FLOAT64 else op.float32


ROUNDED: Final = Scalars(FLOAT64)
SINGLE: Final = Scalars(FLOAT32)
