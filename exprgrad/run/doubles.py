"""Doubles as LLVM IR, with functions of our own where these are quicker than the C library's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from exprgrad.numbers import doubles
from exprgrad.numbers.pairs import exponential
from exprgrad.run.bits import BitsWriter
from exprgrad.run.writer import Register


class DoublesWriter(BitsWriter):
    """A writer whose functions are right to an ulp or two. Arguments that its own do not take are the C library's."""

    def __init__(self, width: int, register: int, vector: Mapping[str, str], fuses: bool) -> None:
        super().__init__(width, register, vector, fuses)
        self._angles: dict[str, doubles.Circular] = {}

    def label(self, name: str) -> None:
        super().label(name)
        self._angles.clear()

    def exp(self, x: Any) -> Register:
        x = self.number(x)
        return self.mended(doubles.exp(self, x), ~(self.abs(x) <= exponential.NORMAL), partial(self.call, "exp"), [x])

    def sin(self, x: Any) -> Register:
        x = self.number(x)
        return self._near(self._circular(x).sine, "sin", x)

    def cos(self, x: Any) -> Register:
        x = self.number(x)
        return self._near(self._circular(x).cosine, "cos", x)

    def _near(self, found: Register, name: str, x: Register) -> Register:
        return self.mended(found, ~(self.abs(x) < doubles.FAR), partial(self.call, name), [x])

    def _circular(self, x: Register) -> doubles.Circular:
        """Sine and cosine, which share all but the last steps."""
        if x.text not in self._angles:
            self._angles[x.text] = doubles.circular(self, x)
        return self._angles[x.text]
