"""How far each engine is from the exact result: `python benchmarks/accuracy.py` prints the table of docs/numerics.md.

Every function of the language and its first and second derivatives, which run every rule, at random points of its
domain, against the same operations in MPFR with 150 bits. An error is counted in units in the last place (ulp) of the
exact result; a correctly rounded one is at most 0.5. A derivative is the composition of operations that its rule
writes, so its error is that of several.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

import exprgrad
from exprgrad.engines.plan import Plan
from exprgrad.numbers.rounded import Rounded
from exprgrad.ops import REGISTRY
from exprgrad.ops.registry import Op
from exprgrad.static.instructions import Segment

EXACT = Rounded(150)
# Truth values have no last place.
SKIPPED = ("truth", "logical_not")
# polygamma's first operand is a whole number.
FIXED = {"polygamma": "2"}


def functions() -> list[Op]:
    """Every function of the language, those with several operands as often as they have forms."""
    return [op for op in REGISTRY.functions() if op.name not in SKIPPED]


def exact(plan: Plan, inputs: Sequence[Sequence[float]], row: int) -> list[Any]:
    """The outputs of one row in 150 bits."""
    made = plan.code
    slots: list[Any] = [EXACT.number(float(value)) for value in made.constants]
    slots += [EXACT.number(float(x[row])) for x in inputs]
    slots += [None] * (made.size - len(slots))
    for step in made.code:
        assert isinstance(step, Segment), "a function has no branches"
        for op, ins, out, *_ in step.instructions:
            slots[out] = op._rounded(EXACT)(*[slots[i] for i in ins])
    return [slots[slot] for slot, _ in plan.stored]


def measure(op: Op, points: int, engines: Sequence[str]) -> tuple[list[str], dict[str, list[float]]]:
    """What was measured, the value first, and by engine the largest error of each in ulp."""
    operands = list(op.operand_names[:2]) if op.variadic else list(op.operand_names)
    fixed = FIXED.get(op.name)
    names = operands if fixed is None else operands[1:]
    generator = np.random.default_rng(2026)
    columns = {
        name: generator.uniform(*bounds, size=points)
        for name, bounds in zip(operands, (*op.domain, *op.domain), strict=False)
        if name in names
    }
    called = ", ".join(names if fixed is None else [fixed, *names])
    f = exprgrad.compile(f"c = {op.name}({called})", max_order=2)
    plan = Plan(f.task)
    found = {}
    for engine in engines:
        result = f.rows(engine)(**columns)
        found[engine] = [
            result.derivative("c", *(f.task.wrt[i] for i in multi)) if multi else result["c"]
            for (_, multi), _, _ in plan.outputs
        ]
    # What an output counts as: the value, the first derivatives by one input each, and the second ones together.
    orders = [multi for (_, multi), _, _ in plan.outputs]
    kinds = ["value", *(f"by {name}" for name in f.task.wrt), "twice"]
    places = [0 if not multi else 1 + multi[0] if len(multi) == 1 else len(kinds) - 1 for multi in orders]
    stored = [output.stored for output in plan.outputs]
    worst = {engine: [0.0] * len(kinds) for engine in engines}
    for row in range(points):
        wanted = exact(plan, list(columns.values()), row)
        for i, place in enumerate(stored):
            if place is None:
                continue
            number = wanted[place]
            if number.is_zero() or not 1e-300 < abs(number) < 1e300:
                continue
            unit = EXACT.number(math.ulp(abs(float(number))))
            for engine in engines:
                error = float(EXACT.div(EXACT.sub(EXACT.number(float(found[engine][i][row])), number), unit))
                worst[engine][places[i]] = max(worst[engine][places[i]], abs(error))
    return kinds, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("functions", nargs="*", help="which; all by default")
    parser.add_argument("--points", type=int, default=10_000)
    options = parser.parse_args()
    engines = ["rounded", "numpy", *(["native"] if find_spec("llvmlite") else [])]
    print(f"| function | of what | {' | '.join(engines)} |\n|---|---|{'---|' * len(engines)}")
    everywhere: list[str] = []
    for op in functions():
        if options.functions and op.name not in options.functions:
            continue
        whats, worst = measure(op, options.points, engines)
        if not any(error for errors in worst.values() for error in errors):
            everywhere.append(f"`{op.name}`")
            continue
        for i, what in enumerate(whats):
            errors = [f"{worst[engine][i]:.2f}" for engine in engines]
            if i and not any(float(error) for error in errors):
                continue  # such as a derivative that is 1 everywhere
            called = f"`{op.name}({', '.join(op.operand_names)}{', ...' if op.variadic else ''})`"
            print(f"| {called if i == 0 else ''} | {what} | {' | '.join(errors)} |", flush=True)
    print(f"\nExact on every engine, with derivatives that are: {', '.join(everywhere)}.")


if __name__ == "__main__":
    main()
