"""The arithmetic of rounded numbers: doubles whose exponents are wide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from exprgrad.numbers.arithmetic import Float32, Kernels, truth
from exprgrad.numbers.rounded import FLOAT64, MPFR


class Scalars:
    """See `protocol.Arithmetic`; its numbers are mpfr's."""

    @staticmethod
    def number(x: Any) -> Any:
        x = x.value if type(x) is Float32 else x
        return x if type(x) is MPFR else FLOAT64.number(x)

    @staticmethod
    def is_true(x: Any) -> bool:
        if type(x) is MPFR and not x.is_nan():
            return not x.is_zero()
        return truth(x)

    @staticmethod
    def kernel(op: Kernels) -> Callable[..., Any]:
        return op.float64


ROUNDED: Final = Scalars()
