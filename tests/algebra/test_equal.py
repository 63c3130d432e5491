"""A formula that is shortened is equal to what was read, wherever both are defined: shown by balls."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import flint
import pytest

import exprgrad
from exprgrad.algebra.layout import cost
from exprgrad.algebra.reading import Reader, algebra
from exprgrad.algebra.simplify import simplified
from exprgrad.algebra.writing import Writer
from exprgrad.derivatives import keys
from exprgrad.ops import REGISTRY
from exprgrad.static.defining import StaticTask
from exprgrad.syntax.names import walk
from exprgrad.syntax.parser import parse_expression
from exprgrad.syntax.tree import Expression, Number
from exprgrad.views.formula import expression
from tests.algebra.balls import FUNCTIONS, ball
from tests.targets.test_numbers import call

CORPUS = Path(__file__).parents[1] / "corpus"
ROWS = [
    json.loads(line)
    for path in sorted(CORPUS.glob("*.jsonl"))
    if path.name != "vectors.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines()
]


def pairs(text: str, order: int = 1) -> list[tuple[Expression, Expression]]:
    """What is read of each output, and what is shorter."""
    f = exprgrad.compile(text, max_order=order)
    graph = StaticTask(f.task, [()] * len(f.inputs))
    nodes = graph.complete(keys(f.task))
    a = algebra(decimals="." in text)
    reader, writer = Reader(a, {node.index: name for name, node in graph.inputs.items()}), Writer(a)
    read = [reader.read(node) for node in nodes.values()]
    found = []
    for term in read:
        shorter = simplified(a, term)
        assert cost(shorter) <= cost(term)
        found.append((writer.written(term), writer.written(shorter)))
    return found


def is_rounded(root: Expression) -> bool:
    """Whether a formula has a number that is no short decimal: what is long is written as a double."""
    return any(isinstance(x, Number) and len(repr(x.value)) > 16 for x in walk(root))


def check(text: str, at: dict[str, float], order: int = 1) -> int:
    """Compares at a point; gives how many outputs are defined there."""
    defined = 0
    for read, shorter in pairs(text, order):
        again = parse_expression(expression(shorter))
        assert expression(again) == expression(shorter)
        values = {name: flint.arb(x) for name, x in at.items()}
        x, y = ball(read, values), ball(shorter, values)
        if x.is_finite() and y.is_finite():
            defined += 1
            off = abs(x - y)
            if is_rounded(shorter):
                assert off < 1e-14 * (1 + abs(x)), (text, expression(shorter), at, x, y)
            else:
                assert x.overlaps(y), (text, expression(read), expression(shorter), at, x, y)
                assert off < 1e-20 * (1 + abs(x))
        else:
            # What is shorter may be defined at more points, and is at all where the other is.
            assert y.is_finite() or not x.is_finite(), (text, expression(read), expression(shorter), at)
    return defined


@pytest.fixture(autouse=True)
def precision() -> Any:
    before = flint.ctx.prec
    flint.ctx.prec = 300
    yield
    flint.ctx.prec = before


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_formulas(row: dict[str, Any]) -> None:
    numbers = random.Random(row["id"])
    near = {name: x * numbers.uniform(0.9, 1.1) + numbers.uniform(-1e-3, 1e-3) for name, x in row["inputs"].items()}
    assert check(row["expr"], near)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS[::6], ids=[row["id"] for row in ROWS[::6]])
def test_formulas_twice(row: dict[str, Any]) -> None:
    numbers = random.Random(row["id"])
    check(row["expr"], {name: x * numbers.uniform(0.9, 1.1) for name, x in row["inputs"].items()}, 2)


SMOOTH = [op for op in REGISTRY.functions() if op.notation is None and op.name in FUNCTIONS and not op.variadic]


@pytest.mark.parametrize("op", SMOOTH, ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_each_function(op: Any) -> None:
    """With what it is made of by other functions, to order 2."""
    numbers = random.Random(op.name)
    names = ["x", "y"][: len(op.operand_names)]
    text = call(op, names)
    at = {name: numbers.uniform(*interval) for name, interval in zip(names, op.domain, strict=False)}
    for whole in (text, f"({text})^2/x", f"sin({text})*cos({text})*x", f"exp({text})/(1 + exp({text}))"):
        check(whole, at, 2)


# Pieces of programs that come together in all ways.
PIECES = ["x", "y", "2", "0.5", "sin(x)", "cos(x)", "exp(y)", "sqrt(x^2 + y^2)", "abs(x)", "log(x*x + 1)", "tanh(y)"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_random_expressions(seed: int) -> None:
    numbers = random.Random(seed)

    def made(depth: int) -> str:
        if depth == 0:
            return numbers.choice(PIECES)
        x, y = made(depth - 1), made(numbers.randrange(depth))
        return numbers.choice(
            [f"({x} + {y})", f"({x} - {y})", f"{x}*({y})", f"({x})/({y})", f"({x})^2", f"sqrt(({x})^2)", f"exp(-({x}))"]
        )

    for _ in range(3):
        check(made(3), {"x": numbers.uniform(-2, 2), "y": numbers.uniform(-2, 2)})
