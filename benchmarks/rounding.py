"""Whether rows in machine code are correctly rounded: `python benchmarks/rounding.py --count 100000000 exp sin`.

Each function is computed for so many arguments: of ordinary sizes, of all sizes, beside halves of the steps of its
tables, beside 1, and hard ones that are found by search; and compared with MPFR bit for bit, erfc with Arb; on this
processor's own instructions, and with AVX-512, AVX2 and fused multiplications switched off. What is open is counted.
The table is that of docs/kernels.md; where a result is wrong, the argument is told, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import ctypes
import glob
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final

import flint
import gmpy2
import numpy as np

import exprgrad
from exprgrad.batch.planning import planned
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.numbers.pairs import circular, exponential
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops import REGISTRY
from exprgrad.run import machine
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan

# The intervals of ordinary arguments of each operand, and the sizes of others in powers of e.
UNARY: Final = {
    **dict.fromkeys(("exp", "expm1", "sinh", "cosh", "sigmoid", "softplus", "exp2"), ((-30.0, 30.0), (-40.0, 6.0))),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), ((0.01, 100.0), (-600.0, 600.0))),
    "log1p": ((-0.99, 10.0), (-40.0, 600.0)),
    **dict.fromkeys(("sin", "cos", "tan"), ((-10.0, 10.0), (-40.0, 11.0))),
    **dict.fromkeys(("asin", "acos", "atanh"), ((-1.0, 1.0), (-40.0, 0.0))),
    **dict.fromkeys(("atan", "asinh", "tanh", "cbrt", "erf"), ((-6.0, 6.0), (-40.0, 40.0))),
    "erfc": ((-6.0, 26.0), (-40.0, 3.27)),
    "acosh": ((1.0, 10.0), (0.0, 200.0)),
}
BINARY: Final = {
    "pow": (((0.01, 20.0), (-10.0, 3.0)), ((-10.0, 10.0), (-40.0, 4.0))),
    "atan2": (((-10.0, 10.0), (-40.0, 40.0)), ((-10.0, 10.0), (-40.0, 40.0))),
    "hypot": (((-10.0, 10.0), (-40.0, 40.0)), ((-10.0, 10.0), (-40.0, 40.0))),
    "logaddexp": (((-20.0, 20.0), (-40.0, 6.0)), ((-20.0, 20.0), (-40.0, 6.0))),
}
# The steps of tables, whose halves are where a rest is largest.
STEPS: Final = (np.log(2) / exponential.STEPS, np.pi / circular.STEPS, 1 / 64, 1 / 128, 2.0**-8)
AT_ONCE: Final = 1 << 18
# Instruction sets by LLVM's features that are switched off, with the doubles in a register; None is what there is.
SETS: Final[dict[str, tuple[Sequence[str], int, bool] | None]] = {
    "own": None,
    "AVX2": (("avx512f",), 4, True),
    "AVX, no FMA": (("avx512f", "avx2", "fma"), 2, False),
    "SSE2": (("avx512f", "avx2", "fma", "avx", "sse4.2", "sse4.1", "ssse3", "sse3"), 2, False),
}


def arguments(name: str, rng: np.random.Generator, count: int) -> Sequence[np.ndarray[Any, Any]]:
    """Arguments of four kinds, for each operand in another order, so that all meet."""
    if name not in BINARY:
        return [_column(*UNARY[name], rng, count)]
    return [rng.permutation(_column(*of_operand, rng, count)) for of_operand in BINARY[name]]


def _column(
    ordinary_ends: tuple[float, float], sizes_ends: tuple[float, float], rng: np.random.Generator, count: int
) -> np.ndarray[Any, Any]:
    """Of so many numbers a quarter of each kind: in an interval, of sizes by powers of e, beside halves of steps, and
    beside 1."""
    (low, high), (least, most) = ordinary_ends, sizes_ends
    quarter = count // 4
    ordinary = rng.uniform(low, high, count - 3 * quarter)
    sizes = np.exp(rng.uniform(least, most, quarter)) * (rng.choice([-1.0, 1.0], quarter) if low < 0 else 1.0)
    near = rng.choice(STEPS, quarter) * rng.integers(-2000, 2000, quarter) / 2 + rng.normal(size=quarter) * 1e-9
    close = 1.0 + rng.normal(size=quarter) * 10.0 ** rng.uniform(-16, -1, quarter)
    found = np.concatenate([ordinary, sizes, np.where((near > low) & (near < high), near, ordinary[:quarter]), close])
    return found if low < 0 else np.abs(found)


# Those that take MPFR a hundred microseconds.
SLOW: Final = ("erfc",)
# Those that are several of MPFR's functions, as steps on its numbers: the result, the function, and the operands, of
# which x and y are given.
COMPOSED: Final = {
    "sigmoid": ("r neg x", "r exp r", "r add r one", "r div one r"),
    "softplus": ("r exp x", "r log1p r"),
    "logaddexp": ("x exp x", "y exp y", "r add x y", "r log r"),
}


def by_arb(name: str) -> Callable[..., Any]:
    """The function of a column by Arb's balls, whose ends are one double as a rule; where they are not, by `exact`."""
    context = flint.ctx

    def number(x: float) -> float:
        context.prec = 90
        ball = getattr(flint.arb(x), name)()
        low = float(ball.lower())
        return low if low == float(ball.upper()) else float(exact(name)(np.array([x]))[0])

    return lambda column: np.array([number(x) for x in column.tolist()])


def mpfr(name: str) -> Callable[..., Any]:
    """The function of columns by MPFR. What is composed has 150 bits, so that it is hardly ever rounded otherwise;
    where it differs from a result it is asked again by `exact`."""
    library = _library()
    if library is None:
        return exact(name)
    alone = f"r {name} x y" if name in BINARY else f"r {name} x"
    return _looped(library, COMPOSED.get(name, (alone,)), 2 if name in BINARY else 1)


def exact(name: str) -> Callable[..., Any]:
    """The function of columns as our own scalars have it, by MPFR with all digits that it takes."""
    kernel, number = REGISTRY.choose(name, 2 if name in BINARY else 1).float64, FLOAT64.number
    return lambda *columns: np.array(
        [float(kernel(*[number(x) for x in xs])) for xs in zip(*(x.tolist() for x in columns), strict=True)]
    )


@cache
def _library() -> Any:
    """The MPFR that gmpy2 brings with it, None where it has it from elsewhere."""
    found = glob.glob(os.path.join(os.path.dirname(gmpy2.__file__), "..", "gmpy2.libs", "libmpfr*"))
    return ctypes.CDLL(found[0]) if found else None


def _looped(library: Any, steps: Sequence[str], operands: int) -> Callable[..., Any]:
    """Steps of MPFR's, rounded to nearest, for the rows of columns."""
    names = sorted({step.split()[1] for step in steps} | {"set_d", "get_d"})
    values = ("x", "y", "r", "one")
    lines = []
    for name in ("x", "y")[:operands]:
        lines += [
            f"%p{name} = getelementptr double, ptr %column_{name}, i64 %i",
            f"%v{name} = load double, ptr %p{name}",
            f"call i32 %set_d(ptr %{name}, double %v{name}, i32 0)",
        ]
    for step in steps:
        result, function, *given = step.split()
        lines.append(f"call i32 %{function}({', '.join(f'ptr %{x}' for x in (result, *given))}, i32 0)")
    arguments = ("column_x", "column_y", "out", *values, *names)
    text = f"""
define i64 @loop(i64 %n, {", ".join(f"ptr %{x}" for x in arguments)}) {{
entry:
  br label %row
row:
  %i = phi i64 [ 0, %entry ], [ %next, %row ]
  {(chr(10) + "  ").join(lines)}
  %found = call double %get_d(ptr %r, i32 0)
  %place = getelementptr double, ptr %out, i64 %i
  store double %found, ptr %place
  %next = add i64 %i, 1
  %more = icmp ult i64 %next, %n
  br i1 %more, label %row, label %done
done:
  ret i64 0
}}
"""
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, *[ctypes.c_void_p] * len(arguments))
    code = machine.Compiled(text, "loop", kind, True)
    numbers = [ctypes.create_string_buffer(64) for _ in values]  # more than an mpfr_t is
    for number in numbers:
        library.mpfr_init2(number, ctypes.c_long(53 if len(steps) == 1 else 150))
    library.mpfr_set_d(numbers[-1], ctypes.c_double(1.0), 0)
    addresses = [ctypes.addressof(x) for x in numbers]
    addresses += [ctypes.cast(getattr(library, f"mpfr_{x}"), ctypes.c_void_p).value or 0 for x in names]

    def run(*columns: Any) -> Any:
        given = [np.ascontiguousarray(x) for x in columns]
        out = np.empty(len(given[0]))
        code.function(len(out), given[0].ctypes.data, given[-1].ctypes.data, out.ctypes.data, *addresses)
        assert numbers, "they live as long"
        return out

    return run


def switched(name: str) -> None:
    """Makes code for an instruction set from now on."""
    machine.machine.cache_clear()
    host = machine.machine()
    if (off := SETS[name]) is not None:
        features, host.width, host.fuses = off
        host.cpu = "x86-64"
        host.features = ",".join(f"-{feature}" for feature in features)
        if host.fuses:
            host.features += ",+avx2,+fma,+bmi,+bmi2"


def compared(name: str, sets: Sequence[str], count: int, seed: int) -> Iterator[tuple[str, int, int, int]]:
    """For each instruction set how many arguments there were, one of how many was left over of those that had not been
    open before, and how many are wrong."""
    f = exprgrad.compile(f"c = {name}({'x, y' if name in BINARY else 'x'})", max_order=0)
    plan: RowPlan = planned(f.task, rounded=True)
    codes = {}
    for known in sets:
        switched(known)
        codes[known] = Native(plan, [True] * len(f.inputs), checks=Checks.ALL, settles=False)
        codes[known].compile(False)
    counts = {known: [0, 0, 0, 0] for known in sets}
    rng = np.random.default_rng(seed)
    hard: Sequence[Any] = ()
    reference = by_arb(name) if name in SLOW else mpfr(name)
    for _ in range(-(-count // AT_ONCE)):
        columns = arguments(name, rng, min(count, AT_ONCE))
        ordinary = len(columns[0])
        if hard:  # those that were open last time, and their neighbours
            columns = [np.concatenate([x, y]) for x, y in zip(columns, hard, strict=True)]
        rows = len(columns[0])
        wanted = reference(*columns)
        for known, code in codes.items():
            out, left = np.empty(rows), np.empty(rows, np.uint8)
            code.run(columns, [out, left], 0, rows)
            wrong = (out.view(np.int64) != wanted.view(np.int64)) & ~(np.isnan(out) & np.isnan(wanted)) & (left == 0)
            if wrong.any() and name in COMPOSED:
                again = np.flatnonzero(wrong)
                wanted[again] = exact(name)(*(x[again] for x in columns))
                wrong[again] = out[again] != wanted[again]
            counts[known][0] += rows
            counts[known][1] += ordinary
            counts[known][2] += int(left[:ordinary].sum())
            counts[known][3] += int(wrong.sum())
            for row in np.flatnonzero(wrong)[:3]:
                at = ", ".join(repr(float(x[row])) for x in columns)
                print(f"{name}({at}) is {wanted[row]!r}, {known}: {out[row]!r}")
        open_ = np.flatnonzero(left)[:4096]
        hard = [np.concatenate([np.nextafter(x[open_], side) for side in (-np.inf, np.inf)]) for x in columns]
    for known, (number, ordinary, left_over, wrong_) in counts.items():
        yield known, number, ordinary // left_over if left_over else 0, wrong_


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="all by default")
    parser.add_argument("--count", type=int, default=1_000_000, help="arguments of each function")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sets = list(SETS) if machine.machine().flags else ["own"]
    failed = False
    print("| function | instructions | arguments | open | wrong |\n|---|---|---|---|---|")
    for name in options.functions or [*UNARY, *BINARY]:
        for known, number, left, wrong in compared(name, sets, options.count, options.seed):
            failed = failed or wrong > 0
            share = f"1 in {left:,}" if left else "none"
            print(f"| `{name}` | {known} | {number:,} | {share} | {wrong} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
