"""What stops a run in enclosures: what they do not decide, or do not hold."""

from __future__ import annotations

from exprgrad.diagnostics import EvaluationError, UnsupportedError


class UndecidedError(EvaluationError):
    """A ball holds numbers for which a condition is true, and others for which it is false."""

    def __init__(self) -> None:
        super().__init__(
            "this is not decided: two numbers are equal, or one is at a jump or a pole, or they are too near to it",
            hint="write what is equal in one way, or compare with a small number instead of 0",
        )


class BeyondError(UnsupportedError):
    """A number is too large, or too small, to be enclosed."""

    def __init__(self) -> None:
        super().__init__(
            "this is too large, or too near to 0, to be proven: it has billions of digits",
            hint="leave out proven digits, or write what does not become so large",
        )


class NoNumberError(Exception):
    """For all numbers in a ball a function has no value: its result is nan."""


class NoBallsError(Exception):
    """A number is no fraction, and balls are not at work."""
