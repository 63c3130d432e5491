"""How far each engine is from the exact result: `python benchmarks/accuracy.py` prints the table of docs/numerics.md.

Every function of the language and its first and second derivatives, which run every rule, at random points of its
domain and of the whole range of doubles, against the same operations in MPFR with 400 bits. An error is counted in
units in the last place (ulp) of the double nearest to the exact result; a correctly rounded one is at most 0.5. A
derivative is the composition of operations that its rule writes, so its error is that of several. Where an error is
beyond the bound that docs/numerics.md gives, the points are told, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Final, NamedTuple

import numpy as np

import exprgrad
from exprgrad.batch.planning import planned
from exprgrad.numbers.rounded import Rounded
from exprgrad.numbers.scalars import ZERO, zero_aware
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from exprgrad.run.row_plan import RowPlan

EXACT: Final = Rounded(400)
# Truth values have no last place.
SKIPPED: Final = ("truth", "logical_not")
# polygamma's first operand is a whole number.
FIXED: Final = {"polygamma": "2"}
# The least divisor: of a smaller one the rule's 1/y is infinite in doubles, and makes nan of a dividend of 0.
NORMAL: Final = {"div": "y"}
# What a value, a first and a second derivative may be off by, in ulp.
BOUNDS: Final = (4.0, 8.0, 16.0)

_TINY, _LEAST, _LARGEST = 5e-324, sys.float_info.min, sys.float_info.max
_SPECIAL: Final = (
    *(0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 10.0, 171.0, 1e10, 2.0**53, 2.0**60, _TINY, _LEAST, _LARGEST, math.inf),
    *(
        math.pi / 4,
        math.pi / 2,
        math.pi,
        2 * math.pi,
        math.e,
        1.4616321449683622,
        0.8813735870195430,
        18.0,
        26.5,
        27.2,
        math.exp(-2),
    ),
    *(354.9, 372.5, 708.4, 709.782712893384, 710.4758600739439, 725.0, 744.4400719213812, 745.2, 1022.5, 1074.5),
)


def functions() -> list[Op]:
    """Every function of the language, those with several operands as often as they have forms."""
    return [op for op in REGISTRY.functions() if op.name not in SKIPPED]


def operand_names(op: Op) -> list[str]:
    """The operands that are sampled."""
    names = list(op.operand_names[:2]) if op.variadic else list(op.operand_names)
    return names[1:] if op.name in FIXED else names


def points(op: Op, count: int, seed: int = 2026) -> dict[str, Any]:
    """Columns of points: of the domain, of the whole range of doubles with exponents alike and apart, and of special
    numbers and their neighbours."""
    generator = np.random.default_rng(seed)
    names = operand_names(op)
    domain = dict(zip(op.operand_names[:2] if op.variadic else op.operand_names, [*op.domain] * 2, strict=False))
    inside = [generator.uniform(*domain[name], size=count // 4) for name in names]
    wide = [_wide(generator, count // 4, -1074, 1023) for _ in names]
    base = np.where(generator.random(count // 4) < 0.5, wide[0], _wide(generator, count // 4, -60, 12))
    alike = [base]
    for _ in names[1:]:
        apart = [_wide(generator, count // 4, -most, most) for most in (1, 60, 540)]
        with np.errstate(over="ignore", under="ignore"):
            alike.append(base * np.choose(generator.integers(3, size=count // 4), apart))
    special = [_special(generator, count - 3 * (count // 4)) for _ in names]
    if len(names) > 1:
        # A special number beside any other.
        for column in special:
            other = generator.random(len(column)) < 0.3
            column[other] = _wide(generator, int(other.sum()), -1074, 1023)
    columns = {name: np.concatenate(parts) for name, *parts in zip(names, inside, wide, alike, special, strict=True)}
    if op.name in NORMAL:
        divisor = columns[NORMAL[op.name]]
        divisor[(np.abs(divisor) < _LEAST) & (divisor != 0)] = _LEAST
    return columns


def _wide(generator: Any, count: int, low: int, high: int) -> Any:
    """Numbers of either sign with exponents from `low` to `high`, some of them whole or with few bits."""
    found = np.ldexp(generator.uniform(1, 2, size=count), generator.integers(low, high + 1, size=count))
    found = np.where(generator.random(count) < 0.15, np.rint(found), found)
    return np.copysign(found, generator.uniform(-1, 1, size=count))


def _special(generator: Any, count: int) -> Any:
    """Special numbers of either sign, some of them moved by a few ulp or by a little."""
    found = generator.choice(_SPECIAL, size=count)
    moved = generator.integers(-3, 4, size=count) * (generator.random(count) < 0.4)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(3):
            found = np.where(moved > 0, np.nextafter(found, np.inf), np.where(moved < 0, np.nextafter(found, 0), found))
            moved = moved - np.sign(moved)
        little = 1 + np.ldexp(generator.uniform(-1, 1, size=count), generator.integers(-50, -2, size=count))
        found = np.where(generator.random(count) < 0.3, found * little, found)
    found = np.where(generator.random(count) < 0.02, np.nan, found)
    return np.copysign(found, generator.uniform(-1, 1, size=count))


class Off(NamedTuple):
    """The largest error of what an engine gives, in ulp, and where that is."""

    error: float
    point: tuple[float, ...]
    found: float
    wanted: float


class Measured(NamedTuple):
    """Of an output: what it is, the order of the derivative, and how far each engine is off at most."""

    what: str
    order: int
    engines: dict[str, Off]


def error(found: float, exact: Any) -> float:
    """How far a double is from an exact number, in ulp of the double nearest to that; infinite where one is nan and the
    other is not, or where a zero or an infinity has the wrong sign."""
    wanted = float(exact)
    if math.isnan(wanted) or math.isnan(found):
        return 0.0 if math.isnan(wanted) and math.isnan(found) else math.inf
    if exact.is_infinite() or exact.is_zero():
        return 0.0 if found == wanted and math.copysign(1, found) == math.copysign(1, wanted) else math.inf
    if found == wanted and (math.isinf(found) or (found == 0 and math.copysign(1, found) == math.copysign(1, wanted))):
        return 0.0  # what leaves the range of a double
    if found == 0 and math.copysign(1, found) != math.copysign(1, wanted):
        return math.inf
    unit = math.ulp(max(-_LARGEST, min(_LARGEST, wanted)))
    if math.isinf(found):
        found_exact = EXACT.number(2.0**1023)
        found_exact = EXACT.mul(found_exact, EXACT.number(math.copysign(2.0, found)))
    else:
        found_exact = EXACT.number(found)
    return abs(float(EXACT.div(EXACT.sub(found_exact, exact), EXACT.number(unit))))


def exact(plan: RowPlan, inputs: Sequence[float]) -> list[Any]:
    """The stored outputs for some inputs, in 400 bits."""
    made = plan.program
    slots: list[Any] = [EXACT.number(float(value)) for value in made.constants]
    slots += [EXACT.number(x) for x in inputs]
    slots += [None] * (made.size - len(slots))
    for i in made.instructions():
        slots[i.out] = zero_aware(i.operation, i.operation.rounded(EXACT))(*[slots[k] for k in i.ins])
    return [_filled(slots[slot], [slots[before] for before in earlier]) for slot, earlier in plan.stored]


def _filled(x: Any, earlier: Sequence[Any]) -> Any:
    """A derivative with a number in place of a structural zero: nan where what it is the derivative of is nan."""
    if x is not ZERO:
        return x
    return EXACT.number(math.nan if any(y is not ZERO and y.is_nan() for y in earlier) else 0.0)


def measure(op: Op, columns: dict[str, Any], engines: Sequence[str]) -> Iterator[Measured]:
    """The errors of the value, the first derivatives and the second ones. At a kink the value alone counts, since the
    derivatives there are those beside it."""
    names = list(columns)
    called = ", ".join([FIXED[op.name], *names] if op.name in FIXED else names)
    f = exprgrad.compile(f"c = {op.name}({called})", max_order=2)
    plan = planned(f.task)
    found = {engine: f.rows(engine)(**columns) for engine in engines}
    rows = list(zip(*[column.tolist() for column in columns.values()], strict=True))
    wanted = [exact(plan, row) for row in rows]
    smooth = [plan.kinked is None or not row[plan.kinked] > 0 for row in wanted]
    for (_, multi), _, place in plan.outputs:
        if place is None:
            continue
        inputs = [f.task.wrt[i] for i in multi]
        what = {0: "value", 1: "by ", 2: "twice by "}[len(multi)] + " and ".join(dict.fromkeys(inputs))
        worst = {}
        for engine, result in found.items():
            numbers = (result.derivative("c", *inputs) if multi else result["c"]).tolist()
            found_there = zip(numbers, [row[place] for row in wanted], rows, smooth, strict=True)
            worst[engine] = max(
                [Off(error(x, y), row, x, float(y)) for x, y, row, counts in found_there if counts or not multi]
            )
        yield Measured(what, len(multi), worst)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", help="which; all by default")
    parser.add_argument(
        "--points", type=int, default=4000, help="of each; a twentieth where all engines run the same scalar kernel"
    )
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    engines = ["rounded", "numpy", *(["native"] if find_spec("llvmlite") else [])]
    print(f"| function | of what | {' | '.join(engines)} |\n|---|---|{'---|' * len(engines)}")
    exact_everywhere: list[str] = []
    broken: list[str] = []
    for op in functions():
        if options.functions and op.name not in options.functions:
            continue
        count = options.points if op.arrays is not None else options.points // 20
        measured = list(measure(op, points(op, count, options.seed), engines))
        called = f"{op.name}({', '.join(op.operand_names)}{', ...' if op.variadic else ''})"
        for what, order, worst in measured:
            broken += [
                f"{called}, {what}, {engine}: {off.error:.3g} ulp at {off.point}: {off.found!r} for {off.wanted!r}"
                for engine, off in worst.items()
                if off.error > BOUNDS[order]
            ]
        if not any(off.error for line in measured for off in line.engines.values()):
            exact_everywhere.append(f"`{op.name}`")
            continue
        for i, (what, _, worst) in enumerate(measured):
            if i and not any(off.error for off in worst.values()):
                continue  # such as a derivative that is 1 everywhere
            errors = [f"{worst[engine].error:.2f}" for engine in engines]
            print(f"| {f'`{called}`' if i == 0 else ''} | {what} | {' | '.join(errors)} |", flush=True)
    print(f"\nExact on every engine, with derivatives that are: {', '.join(exact_everywhere)}.")
    for line in broken:
        print(f"beyond the bound: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
