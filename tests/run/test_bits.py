"""Tables in machine code, for any number of rows at once."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from exprgrad.run import machine
from exprgrad.run.bits import BitsWriter, Whole

pytest.importorskip("llvmlite")


@pytest.mark.parametrize("places", [16, 19, 32, 100])
@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("width", [1, 2, 4, 8, 16, 32])
def test_at_gives_what_stands_at_a_place_of_each_table(width: int, columns: int, places: int) -> None:
    numbers = np.random.default_rng(width)
    tables = numbers.normal(size=(columns, places))
    asked = numbers.integers(places, size=width)
    w = BitsWriter(width, min(width, machine.machine().width), {}, True)
    place = Whole(w, w.result(f"load {w.whole_type}, ptr %places, align 8"))
    for column, found in enumerate(w.at(tables.tolist(), place)):
        where = w.result(f"getelementptr double, ptr %out, i64 {column * width}")
        w.line(f"store {w.number_type} {found.text}, ptr {where}, align 8")
    head = "\n".join(w.declarations)
    body = "\n".join(w.lines)
    text = f"{head}\ndefine i64 @f(ptr %places, ptr %out) {{\n{body}\n  ret i64 0\n}}\n"
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)
    code = machine.Compiled(text, "f", kind, True)
    out = np.empty((columns, width))
    code.function(asked.ctypes.data, out.ctypes.data)
    assert (out == tables[:, asked]).all()
