"""A program of numbers as a function of one vector, in more digits than doubles have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from exprgrad.diagnostics import ErrorsIn, UnsupportedError
from exprgrad.numbers.precise import PRECISE
from exprgrad.numbers.scalars import is_array
from exprgrad.run.interpreter import Interpreter
from exprgrad.solving.vector_function import Compiled, differentiated
from exprgrad.static.defining import StaticTask


@lru_cache(maxsize=32)
def _interpreter(function: Compiled) -> Interpreter | None:
    """What runs a function of numbers; None where there are others, or a trace is needed."""
    with ErrorsIn(function.text):
        try:
            program = Interpreter(StaticTask(function.task, [()] * len(function.task.names.inputs)).program())
        except UnsupportedError:
            return None
    return program if program.numbers_alone else None


class PreciseFunction:
    """Values and derivatives at points that are doubles, to as many digits as `numbers.precise` has: arrays of its
    numbers. The methods are those of `VectorFunction`."""

    def __init__(self, owner: Compiled, program: Interpreter, variables: Sequence[str], values: Mapping[str, Any]):
        self.results = owner.results
        self.variables = tuple(variables)
        self._interpreter = program
        self._outputs = [output.name for output in program.program.outputs]
        self._values = {name: PRECISE.number(x) for name, x in values.items()}
        self._text = owner.text
        self._last: tuple[tuple[float, ...], dict[tuple[str, ...], Any]] = ((), {})

    @classmethod
    def of(
        cls, owner: Compiled, variables: Sequence[str], values: Mapping[str, Any], order: int
    ) -> PreciseFunction | None:
        """The function with derivatives up to this order; None where not all is numbers, or needs a trace to run."""
        numbers = owner.operands(values)
        if any(map(is_array, numbers.values())):
            return None
        program = _interpreter(differentiated(owner, variables, order))
        return None if program is None else cls(owner, program, variables, numbers)

    def values(self, point: Sequence[float]) -> Any:
        """The values of the results."""
        found = self._at(point)
        return self._array([found[name,] for name in self.results])

    def jacobian(self, point: Sequence[float]) -> Any:
        """Their first derivatives, a row for each."""
        found = self._at(point)
        return self._array([[found[name, x] for x in self.variables] for name in self.results])

    def value_and_gradient(self, point: Sequence[float]) -> tuple[Any, Any]:
        """The value of the first result, and its first derivatives."""
        found, (name, *_) = self._at(point), self.results
        return found[name,], self._array([found[name, x] for x in self.variables])

    def hessian(self, point: Sequence[float]) -> Any:
        """Its second derivatives."""
        found, (name, *_), names = self._at(point), self.results, self.variables
        place = {x: i for i, x in enumerate(names)}
        return self._array([[found[name, *sorted((x, y), key=place.__getitem__)] for y in names] for x in names])

    def _at(self, point: Sequence[float]) -> dict[tuple[str, ...], Any]:
        key = tuple(point)
        last, found = self._last
        if last != key or not found:
            moving = {name: PRECISE.number(x) for name, x in zip(self.variables, key, strict=True)}
            given = self._values | moving
            inputs = [given[name] for name, _ in self._interpreter.program.inputs]
            with ErrorsIn(self._text):
                numbers = self._interpreter.run_in(PRECISE, inputs)
            found = {name: PRECISE.number(x) for name, x in zip(self._outputs, numbers, strict=True)}
            self._last = key, found
        return found

    @staticmethod
    def _array(numbers: Any) -> Any:
        shape = (len(numbers), len(numbers[0])) if numbers and isinstance(numbers[0], list) else (len(numbers),)
        found = np.empty(shape, dtype=object)
        found[...] = numbers
        return found
