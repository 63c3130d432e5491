"""Programs of odd sizes: every function of the language on operands and options that hardly anybody means.

python -m tests.odd_sizes 600    # for so many seconds, with another seed each time
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

import exprgrad
from exprgrad.ops import REGISTRY
from exprgrad.ops.functions import FUNCTIONS

SHAPES: list[tuple[int, ...]] = [
    *[(), (1,), (3,), (0,), (2, 2), (3, 3), (2, 0), (0, 3), (1, 3), (3, 1), (2, 1, 3), (0, 0), (1, 0, 2)],
    *[(1,) * 5, (1,) * 31, (1,) * 32, (5000,), (5000, 1), (70,)],
]
# What may stand where a whole number is needed.
WHOLE = ["0", "1", "2", "-1", "-2", "3", "31", "32", "-33", "1e7", "1e7+1", "1e22", "1e308*10", "1e308*1e308", "2.5"]
WHOLE += [
    "nan",
    "inf",
    "-inf",
    "1e400",
    "9007199254740993",
    "size(x)",
    "size(y)",
    "-size(x)",
    "10**10**10",
    "1" + "0" * 400,
]
NUMBERS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e300, -1e300, 1e-300, 5e-324, np.inf, -np.inf, np.nan, 1e18, 170.5]
OPTIONS: list[dict[str, Any]] = [
    *[{}, {}, {"max_order": 0}, {"max_order": 2}, {"full_jacobian": True}, {"sparse": True}],
]
LIMIT = 200


class Case(NamedTuple):
    """A program with the values of its inputs."""

    text: str
    values: dict[str, Any]
    options: dict[str, Any]


def calls() -> list[tuple[str, int, list[str]]]:
    """Every function with the number of its operands, and the names of its options; `[]` marks a shape."""
    found = [(op.name, n, []) for op in REGISTRY.functions() for n in _counts(len(op.operand_names), op.variadic)]
    for function in FUNCTIONS.values():
        options = [f"{option.name}[]" if option.shape else option.name for option in function.options]
        found += [(function.name, n, options) for n in _counts(len(function.values), function.variadic)]
    return found


def _counts(least: int, variadic: bool) -> list[int]:
    return [least, least + 1, 40] if variadic else [least]


def cases(chance: random.Random, call: tuple[str, int, list[str]]) -> Iterator[Case]:
    """Odd calls of a function, without end."""
    name, operands, options = call
    while True:
        written = [chance.choice(["x", "y", "x", "y", "2", "[x]", "x+y", "x[0]"]) for _ in range(operands)]
        for option in options:
            if chance.random() < 0.7:
                written.append(f"{option.removesuffix('[]')}={_option(chance, option.endswith('[]'))}")
        text = f"{name}({', '.join(written)})"
        shape = chance.choice(["{}", "{}", "sum({})", "{}[" + chance.choice(WHOLE) + "]", "{} + y", "outer({0}, {0})"])
        text = shape.format(text)
        if chance.random() < 0.2:
            text = f"z = x; for i in 0..{chance.choice(WHOLE)} {{ z = {text} }}; c = z + 0*x"
        values = {name: _value(chance) for name in "xy" if name in _names(text)}
        yield Case(
            text,
            values,
            chance.choice([{}, {}, {"max_order": 0}, {"full_jacobian": True}, {"max_order": 2}, {"sparse": True}]),
        )


def _names(text: str) -> set[str]:
    return set("".join(c if c.isalnum() or c == "_" else " " for c in text).split())


def _option(chance: random.Random, shape: bool) -> str:
    if not shape:
        return chance.choice(WHOLE)
    return f"[{', '.join(chance.choice([*WHOLE, '1', '1', '0']) for _ in range(chance.choice([0, 1, 2, 3, 33])))}]"


def _value(chance: random.Random) -> Any:
    shape = chance.choice(SHAPES)
    found = np.array(
        [chance.choice(NUMBERS) if chance.random() < 0.5 else chance.random() for _ in range(np.prod(shape, dtype=int))]
    )
    found = found.reshape(shape)
    return found if chance.random() < 0.3 and shape else found.tolist()


def outcome(case: Case, mode: str) -> str:
    """What comes of a program: its result, or the error, which must have a place."""
    try:
        result = exprgrad.compile(case.text, mode, step_limit=LIMIT, **case.options)(**case.values)
    except exprgrad.ExprError as problem:
        if problem.span is None:
            raise AssertionError(f"an error without a place: {problem}") from None
        return str(problem)
    return str(result)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    print(f"seed {seed}")
    chance = random.Random(seed)
    end = time.monotonic() + seconds
    known = calls()
    tried = 0
    while time.monotonic() < end:
        case = next(cases(chance, chance.choice(known)))
        tried += 1
        begin = time.monotonic()
        for mode in ("static", "dynamic"):
            try:
                outcome(case, mode)
            except Exception as problem:
                print("FAULT", mode, f"{type(problem).__name__}: {problem}"[:300], case, sep="\n    ", flush=True)
        if time.monotonic() - begin > 20:
            print("SLOW", time.monotonic() - begin, case, sep="\n    ", flush=True)
    print(f"{tried:,} programs")


if __name__ == "__main__":
    main()
