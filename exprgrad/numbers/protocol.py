"""What an arithmetic is: how a run turns what it is given into numbers, computes with them, and decides by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

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
