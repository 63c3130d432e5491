"""What a scalar operand is, and a structural zero; what an arithmetic is: how a run turns what it is given into
numbers, computes with them, and decides by them; and that of rounded numbers: doubles whose exponents are wide."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Protocol

from exprgrad.diagnostics import nan_condition
from exprgrad.numbers.rounded import FLOAT64, MPFR, Number

Kernel = Callable[..., Any]


class Kernels(Protocol):
    """The kernels of one operation."""

    name: str
    zero: str | None

    @property
    def signs(self) -> Sequence[int]: ...
    @property
    def float64(self) -> Kernel: ...
    @property
    def float32(self) -> Kernel: ...
    @property
    def arrays(self) -> Callable[[Any], Kernel] | None: ...


class Float32:
    """A single-precision scalar: an mpfr of 24 bits. `dtype` names it as numpy does."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Float32({self.value})"

    def __float__(self) -> float:
        return float(self.value)

    def __bool__(self) -> bool:
        return is_true(self.value)


# What a scalar operand is.
SCALARS: Final = frozenset({float, MPFR, Float32})


class _Zero:
    """The structural zero: a cotangent that no path taken has reached. It is not 0.0: 0.0 times inf is nan."""

    def __repr__(self) -> str:
        return "ZERO"

    def __float__(self) -> float:
        return 0.0  # what it is among numpy's numbers

    def __reduce__(self) -> str:
        return "ZERO"


ZERO: Final = _Zero()
# What takes the place of a structural zero in front of a sum or a difference: it changes not even the sign of a zero.
NOTHING: Final = -0.0


def zero_aware(op: Kernels, kernel: Kernel) -> Kernel:
    """A kernel of an operation that takes structural zeros too: in a "product" one makes the result zero, in a "sum" it
    is left out."""
    if op.zero == "sum":
        if op.signs[1] > 0:
            return lambda x, y: y if x is ZERO else x if y is ZERO else kernel(x, y)
        return lambda x, y: x if y is ZERO else kernel(NOTHING if x is ZERO else x, y)

    def multiplied(*operands: Any) -> Any:
        for x in operands:
            if x is ZERO:
                return ZERO
        return kernel(*operands)

    return multiplied


def is_array(x: Any) -> bool:
    """Whether x is an ndarray (without importing numpy to find out that it is not)."""
    if type(x) is MPFR:  # as most are that are asked
        return False
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, numpy.ndarray)


def to_float64(x: Any) -> Any:
    """The mpfr of a scalar operand; exact for what is no int beyond 53 bits."""
    kind = type(x)
    if kind is MPFR:
        return x
    if kind is Float32:
        return x.value
    return FLOAT64.number(x)


def is_true(x: Number) -> bool:
    """Whether a condition that is an mpfr holds. Raises an EvaluationError where it is nan."""
    if x.is_nan():
        raise nan_condition()
    return not x.is_zero()


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

    is_true = staticmethod(is_true)

    @staticmethod
    def kernel(op: Kernels) -> Callable[..., Any]:
        return op.float64


ROUNDED: Final = Scalars()
