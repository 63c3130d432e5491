"""Whether rows in machine code are correctly rounded: `python benchmarks/rounding.py --count 100000000 exp sin`.

Each function is computed for so many arguments of ordinary sizes, near the ends of the steps of its tables, and hard
ones that are found by search, and compared with MPFR bit for bit; on this processor's own instructions, and with
AVX-512, AVX2 and fused multiplications switched off. What is left over to MPFR is counted. The table is that of
docs/kernels.md; where a result is wrong, the argument is told, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

import exprgrad
from exprgrad.batch.planning import planned
from exprgrad.numbers.lanes.decisions import Checks
from exprgrad.numbers.rounded import FLOAT64
from exprgrad.ops import REGISTRY
from exprgrad.run import machine
from exprgrad.run.native import Native
from exprgrad.run.row_plan import RowPlan

# Those of one operand by the interval of ordinary arguments, and by the sizes of others in powers of e.
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
    "pow": ((0.01, 20.0), (-10.0, 10.0)),
    "atan2": ((-10.0, 10.0), (-10.0, 10.0)),
    "hypot": ((-10.0, 10.0), (-10.0, 10.0)),
    "logaddexp": ((-20.0, 20.0), (-20.0, 20.0)),
}
# The steps of tables, whose halves are where a rest is largest.
STEPS: Final = (np.log(2) / 128, np.pi / 128, 1 / 64, 1 / 128, 2.0**-8)
AT_ONCE: Final = 1 << 18
# Instruction sets by LLVM's features that are switched off, with the doubles in a register; None is what there is.
SETS: Final[dict[str, tuple[Sequence[str], int, bool] | None]] = {
    "own": None,
    "AVX2": (("avx512f",), 4, True),
    "AVX, no FMA": (("avx512f", "avx2", "fma"), 2, False),
    "SSE2": (("avx512f", "avx2", "fma", "avx", "sse4.2", "sse4.1", "ssse3", "sse3"), 2, False),
}


def arguments(name: str, rng: np.random.Generator, count: int) -> Sequence[np.ndarray[Any, Any]]:
    """Arguments of the four kinds, in turns."""
    if name in BINARY:
        (a, b), (c, d) = BINARY[name]
        return [rng.uniform(a, b, count), rng.uniform(c, d, count)]
    (low, high), (least, most) = UNARY[name]
    quarter = count // 4
    ordinary = rng.uniform(low, high, count - 3 * quarter)
    sizes = np.exp(rng.uniform(least, most, quarter)) * (rng.choice([-1.0, 1.0], quarter) if low < 0 else 1.0)
    near = rng.choice(STEPS, quarter) * rng.integers(-2000, 2000, quarter) / 2 + rng.normal(size=quarter) * 1e-9
    close = 1.0 + rng.normal(size=quarter) * 10.0 ** rng.uniform(-16, -1, quarter)
    found = np.concatenate([ordinary, sizes, np.where((near > low) & (near < high), near, ordinary[:quarter]), close])
    return [found if low < 0 else np.abs(found)]


def mpfr(name: str) -> Callable[..., Iterator[float]]:
    """The function by MPFR, value by value."""
    op = REGISTRY.choose(name, 2 if name in BINARY else 1)
    kernel, number = op.float64, FLOAT64.number
    return lambda *columns: (float(kernel(*[number(x) for x in xs])) for xs in zip(*columns, strict=True))


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
    """For each instruction set how many arguments there were, how many were left over, and how many are wrong."""
    f = exprgrad.compile(f"c = {name}({'x, y' if name in BINARY else 'x'})", max_order=0)
    plan: RowPlan = planned(f.task, rounded=True)
    codes = {}
    for known in sets:
        switched(known)
        codes[known] = Native(plan, [True] * len(f.inputs), checks=Checks.ALL, settles=False)
        codes[known].compile(False)
    counts = {known: [0, 0, 0] for known in sets}
    rng = np.random.default_rng(seed)
    hard: Sequence[Any] = ()
    exact = mpfr(name)
    for _ in range(max(1, count // AT_ONCE)):
        columns = arguments(name, rng, min(count, AT_ONCE))
        if hard:  # those that were open last time, and their neighbours
            columns = [np.concatenate([x, y]) for x, y in zip(columns, hard, strict=True)]
        rows = len(columns[0])
        wanted = np.fromiter(exact(*(x.tolist() for x in columns)), float, rows)
        for known, code in codes.items():
            out, left = np.empty(rows), np.empty(rows, np.uint8)
            code.run(columns, [out, left], 0, rows)
            wrong = (out.view(np.int64) != wanted.view(np.int64)) & ~(np.isnan(out) & np.isnan(wanted)) & (left == 0)
            counts[known][0] += rows
            counts[known][1] += int(left.sum())
            counts[known][2] += int(wrong.sum())
            for row in np.flatnonzero(wrong)[:3]:
                at = ", ".join(repr(float(x[row])) for x in columns)
                print(f"{name}({at}) is {wanted[row]!r}, {known}: {out[row]!r}")
        open_ = np.flatnonzero(left)[:4096]
        hard = [np.concatenate([np.nextafter(x[open_], side) for side in (-np.inf, np.inf)]) for x in columns]
    for known, (number, left_over, wrong_) in counts.items():
        yield known, number, left_over, wrong_


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", help="all by default")
    parser.add_argument("--count", type=int, default=1_000_000, help="arguments of each function")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sets = list(SETS) if machine.machine().flags else ["own"]
    failed = False
    print("| function | instructions | arguments | left over | wrong |\n|---|---|---|---|---|")
    for name in options.functions or [*UNARY, *BINARY]:
        for known, number, left, wrong in compared(name, sets, options.count, options.seed):
            failed = failed or wrong > 0
            share = f"1 in {number // left:,}" if left else "none"
            print(f"| `{name}` | {known} | {number:,} | {share} | {wrong} |", flush=True)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
