"""What is written down as C, against CasADi's code for the same and against derivatives by hand.

Each side is a function of one row in the same file as a loop over columns, on one thread, compiled with the same flags.
CasADi's has its own gradient, with common subexpressions put together by its `cse`.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from kernels import PROGRAMS, RowProgram, inputs
from peers import installed

FLAGS = ("-O3", "-march=native")
CASADI = "CasADi's generated C"
SIMPLIFIED = "simplified by hand"

# The first of the programs as Tapenade writes adjoints: backwards through each operation, the adjoints of what several
# read added up, what they share in temporaries; and as somebody writes it who simplifies.
_HAND = {
    "an adjoint in the style of Tapenade": """
#include <math.h>
static inline void row(double x, double a, double y, double b,
                       double *c, double *xb, double *ab, double *yb, double *bb)
{
    double temp = exp(-(x*x/2.0));
    double temp0 = a*x + b;
    double temp1 = sin(temp0);
    double temp2 = 1.0 + y*y;
    double temp3 = sqrt(temp2);
    double cb = 1.0;
    *c = temp*temp1/temp3;
    double tempb = cb/temp3;
    double tempb0 = temp1*tempb;
    double tempb1 = cos(temp0)*temp*tempb;
    double tempb2 = temp2 == 0.0 ? 0.0 : -(temp*temp1*tempb/temp3)/(2.0*temp3);
    *yb = 2*y*tempb2;
    *ab = x*tempb1;
    *xb = a*tempb1 - 2*x*temp*tempb0/2.0;
    *bb = tempb1;
}
""",
    SIMPLIFIED: """
#include <math.h>
static inline void row(double x, double a, double y, double b,
                       double *c, double *xb, double *ab, double *yb, double *bb)
{
    double e = exp(-0.5*x*x);
    double t = a*x + b;
    double s = sin(t);
    double q = 1.0 + y*y;
    double r = 1.0/sqrt(q);
    double er = e*r;
    double tb = er*cos(t);
    *c = er*s;
    *ab = tb*x;
    *bb = tb;
    *xb = tb*a - *c*x;
    *yb = -*c*y*(r*r);
}
""",
}


class Columns(NamedTuple):
    """The inputs of a program, columns first, and columns for its outputs."""

    program: RowProgram
    values: dict[str, Any]
    outputs: Sequence[Any]

    @property
    def names(self) -> list[str]:
        return [*self.program.columns, *self.program.shared]


def columns(program: RowProgram, rows: int) -> Columns:
    values = inputs(program, rows)
    return Columns(program, values, [np.empty(rows) for _ in range(1 + len(values))])


def loop(data: Columns, head: str, row: str) -> str:
    """A file of C with a function `rows`; `row` computes the outputs o0[i], o1[i] and so on from variables of a row."""
    columns, shared, outs = list(data.program.columns), list(data.program.shared), range(len(data.outputs))
    parameters = ["long n", *(f"const double *restrict {x}_" for x in columns), *(f"double {x}" for x in shared)]
    parameters += [f"double *restrict o{i}" for i in outs]
    read = "".join(f"        double {x} = {x}_[i];\n" for x in columns)
    return (
        f"{head}\nvoid rows({', '.join(parameters)})\n{{\n    for (long i = 0; i < n; i++) {{\n{read}{row}    }}\n}}\n"
    )


def ours(data: Columns) -> str:
    import exprgrad

    f = exprgrad.compile(data.program.text)
    row = f"        row_result result;\n        row({', '.join(f.inputs)}, &result);\n"
    fields = ["c", *(f"dc_d{name}" for name in data.names)]
    row += "".join(f"        o{i}[i] = result.{field};\n" for i, field in enumerate(fields))
    return loop(data, f.source("c", name="row"), row)


def casadi(data: Columns) -> str:
    import casadi as ca

    names = data.names
    space: dict[str, Any] = {name: ca.SX.sym(name) for name in names}
    space |= {name: getattr(ca, name) for name in ("exp", "sin", "sqrt", "log", "log1p", "erf")}
    for part in data.program.text.split("; "):
        name, text = part.split(" = ", 1)
        space[name] = eval(text.replace("^", "**"), space)
    symbols = [space[name] for name in names]
    gradient = ca.gradient(space["c"], ca.vertcat(*symbols))
    results = ca.cse([space["c"], *ca.vertsplit(gradient)])
    function = ca.Function("row", symbols, results)
    generator = ca.CodeGenerator("row.c")
    generator.add(function)
    outs = ", ".join([f"&o{i}[i]" for i in range(len(data.outputs))])
    row = f"        const double *in[] = {{{', '.join([f'&{x}' for x in names])}}};\n"
    row += f"        double *out[] = {{{outs}}};\n        row(in, out, 0, 0, 0);\n"
    return loop(data, generator.dump(), row)


def by_hand(text: str, data: Columns) -> str:
    outs = ", ".join([f"&o{i}[i]" for i in range(len(data.outputs))])
    return loop(data, text, f"        row({', '.join(data.names)}, {outs});\n")


def timed(text: str, data: Columns, flags: Sequence[str]) -> Callable[[], float]:
    """A round of the compiled text, in ms of the processor."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = os.path.join(folder, "rows.c"), os.path.join(folder, "rows.so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["gcc", *flags, "-fPIC", "-shared", source, "-o", made, "-lm"], check=True)
        rows = ctypes.CDLL(made).rows

    def pointer(column: Any) -> Any:
        return column.ctypes.data_as(ctypes.c_void_p)

    given = [pointer(x) if hasattr(x, "ctypes") else ctypes.c_double(x) for x in map(data.values.get, data.names)]
    arguments = [ctypes.c_long(len(data.outputs[0])), *given, *map(pointer, data.outputs)]

    def run() -> float:
        begin = time.thread_time()
        rows(*arguments)
        return (time.thread_time() - begin) * 1e3

    return run


def bar(peer: str) -> str:
    """What was asked beside a peer."""
    return "" if peer == SIMPLIFIED else "at most 1"


def sides(data: Columns, flags: Sequence[str]) -> dict[str, Callable[[], float]]:
    """All that can run a program; what they compute is compared."""
    makers: dict[str, Callable[[Columns], str]] = {"": ours}
    if installed("casadi"):
        makers[CASADI] = casadi
    if data.program is PROGRAMS[0]:
        makers |= {name: partial(by_hand, text) for name, text in _HAND.items()}
    found = {name: timed(make(data), data, flags) for name, make in makers.items()}
    wanted: list[Any] = []
    for name, run in found.items():
        run()
        if not wanted:
            wanted = [x.copy() for x in data.outputs]
        for a, b in zip(data.outputs, wanted, strict=True):
            assert np.allclose(a, b, rtol=1e-9, atol=1e-12), name
    return found
