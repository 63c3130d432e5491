"""What an arithmetic is: how a run turns what it is given into numbers, computes with them, and decides by them; and
that of rounded numbers: doubles whose exponents are wide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from exprgrad.numbers.arithmetic import Float32, Kernels, truth
from exprgrad.numbers.rounded import FLOAT64, MPFR

Number = Any


class Arithmetic(Protocol):
    """An arithmetic of numbers, chosen once for a run, never by looking at operands."""

    def number(self, x: Any) -> Number:
        """A constant of a program, which is a Python float, a rounded number or a structural zero, as one of these
        numbers."""

    def kernel(self, op: Any) -> Callable[..., Number]:
        """What computes an operation, structural zeros aside. Raises an UnsupportedError where the arithmetic has not
        got it."""

    def is_true(self, x: Number) -> bool:
        """Whether a condition holds. Raises an EvaluationError where it is nan, or cannot be decided."""


class Scalars:
    """Rounded numbers; they are mpfr's."""

    @staticmethod
    def number(x: Any) -> Any:
        x = x.value if type(x) is Float32 else x
        return x if type(x) is MPFR else FLOAT64.number(x)

    @staticmethod
    def takes(values: Iterable[Any]) -> bool:
        """Whether values are all rounded numbers as they are."""
        return all([type(x) is MPFR for x in values])

    @staticmethod
    def is_true(x: Any) -> bool:
        if type(x) is MPFR and not x.is_nan():
            return not x.is_zero()
        return truth(x)

    @staticmethod
    def kernel(op: Kernels) -> Callable[..., Any]:
        return op.float64


ROUNDED: Final = Scalars()
