"""A program of rows as machine code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import ExprError
from exprgrad.engines.codegen import NAME, Code, generate
from exprgrad.engines.machine import Compiled, machine
from exprgrad.engines.plan import Plan
from exprgrad.numbers.rounded import FLOAT64

_ADDRESS: Final = ctypes.c_void_p
_TYPE: Final = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, *[_ADDRESS] * 4)
# A register of the widest kind, in bytes: memory that is written past the cache begins at a multiple of it.
ALIGNED: Final = 64


class Native:
    """Machine code for a plan of which some inputs are columns. Threads may share it."""

    def __init__(self, plan: Plan, columns: Sequence[bool], width: int | None = None) -> None:
        host = machine()
        self.width = host.width if width is None else width
        self._plan = plan
        self._columns = tuple(columns)
        self._made: dict[bool, _Loaded] = {}

    def _loaded(self, streaming: bool) -> _Loaded:
        found = self._made.get(streaming)
        if found is None:
            host = machine()
            code = generate(self._plan, self._columns, self.width, host.vector(self.width), streaming)
            found = self._made[streaming] = _Loaded(code)
        return found

    def run(self, inputs: Sequence[Any], outputs: Sequence[Any], start: int, end: int, streaming: bool = False) -> None:
        """Computes the rows from `start` to `end`, a multiple of `width` of them.

        `inputs` are contiguous arrays of doubles for the columns, and floats; `outputs` an array for each stored value
        of the plan; with `streaming` aligned to 64 bytes, as is `start`. Raises what one of the rows has: then nothing
        is known of the outputs.
        """
        loaded = self._loaded(streaming and machine().streams)
        columns = _pointers([x for x, is_column in zip(inputs, self._columns, strict=True) if is_column])
        values = [x for x, is_column in zip(inputs, self._columns, strict=True) if not is_column]
        uniforms = (ctypes.c_double * len(values))(*values)
        trouble = loaded.call(start, end, columns, uniforms, _pointers(outputs))
        if trouble is not None:
            raise trouble


def _pointers(arrays: Sequence[Any]) -> Any:
    return (_ADDRESS * len(arrays))(*[x.ctypes.data for x in arrays])


class _Loaded:
    """Code in memory, with the functions of Python's that it calls."""

    def __init__(self, code: Code) -> None:
        self._code = code
        self._compiled = Compiled(code.text, NAME, _TYPE)
        self._callbacks = [_callback(kernel) for kernel in code.kernels]
        addresses = [ctypes.cast(callback, _ADDRESS).value for callback in self._callbacks]
        self._addresses = (_ADDRESS * len(addresses))(*addresses)

    def call(self, start: int, end: int, columns: Any, uniforms: Any, outputs: Any) -> ExprError | None:
        """Runs it; the error that a row has, if one has."""
        found = self._compiled.function(start, end, columns, uniforms, outputs, self._addresses)
        return self._code.problems[found - 1] if found else None


def _callback(kernel: Callable[..., Any]) -> Any:
    """A scalar kernel as a C function of doubles."""
    number = FLOAT64.number
    import inspect

    count = len(inspect.signature(kernel).parameters)

    def called(*xs: float) -> float:
        return float(kernel(*[number(x) for x in xs]))

    return ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)(called)
