"""Programs without statements: what they compute, what is named, and what is refused."""

from __future__ import annotations

import itertools
import math
import operator
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest

import exprgrad
from exprgrad.compiled import Function
from exprgrad.diagnostics import UnsupportedError
from exprgrad.targets import python_prelude
from exprgrad.targets.expressions import PRIMITIVES, Expression, nodes
from exprgrad.targets.straight import Straight, straight
from exprgrad.targets.writing import Writing
from tests.ops.test_hard_points import TRAPS
from tests.programs import Maker
from tests.targets.run import own, ulps
from tests.targets.test_numbers import EXACT, OVERFLOWS

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in vars(math) if name in PRIMITIVES},
    **{name: f for name, f in vars(python_prelude).items() if name in PRIMITIVES},
    "arctan": math.atan,
    "arctan2": math.atan2,
    "arcsinh": math.asinh,
    "abs": abs,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "true_divide": python_prelude.divide,
    "negative": operator.neg,
    "round": python_prelude.nearest,
    "where": lambda mask, x, y: x if mask else y,
    "equal": operator.eq,
    "not_equal": operator.ne,
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "logical_and": operator.and_,
    "logical_or": operator.or_,
    "logical_not": operator.not_,
    "number": float,
}


class Kept:
    """A target that keeps what it is to write, without statements."""

    reserved = frozenset({"t1"})

    def is_no_function(self, name: str) -> bool:
        return name in self.reserved

    def written(self, task: Writing) -> Straight:
        return straight(task, self.reserved, str.casefold)


def straightened(monkeypatch: pytest.MonkeyPatch, f: Function) -> Straight:
    monkeypatch.setattr("exprgrad.compiled.target_named", lambda name: Kept())
    found: Any = f.source()
    return found


def ran(found: Straight, values: Mapping[str, float]) -> dict[str, float] | None:
    """The outputs; None where the program is refused."""
    known: dict[str, Any] = {found.inputs[name]: x for name, x in values.items()}

    def number(root: Any) -> Any:
        numbers: dict[int, Any] = {}

        def of(x: Any) -> Any:
            return x if not isinstance(x, Expression) else known[x.of] if x.is_leaf else numbers[x.index]

        for node in nodes(root):
            numbers[node.index] = FUNCTIONS[node.name](*map(of, node.operands))
        return of(root)

    for name, expression, _ in found.assignments:
        known[name] = number(expression)
    return None if number(found.refused) else {name: number(x) for name, x in found.outputs.items()}


def held(monkeypatch: pytest.MonkeyPatch, text: str, at: Mapping[str, float], **options: Any) -> list[Any]:
    """Of each output the name, what the list gives, and exprgrad's number."""
    f = exprgrad.compile(text, **options)
    values = {name: float(at[name]) for name in f.inputs}
    found, wanted = ran(straightened(monkeypatch, f), values), own(f, values)
    if found is None or wanted is None:
        assert found is wanted is None, (text, values)
        return []
    return [(name, a, b) for (name, a), b in zip(found.items(), wanted, strict=True)]


@pytest.mark.parametrize("text", EXACT)
def test_sums_products_quotients_and_loops_are_exact(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "while" in text:
        with pytest.raises(UnsupportedError, match="how often this loop runs depends on the inputs") as caught:
            held(monkeypatch, text, {"a": 1.0, "b": 2.0})
        assert caught.value.span is not None and text[slice(*caught.value.span)] == "c < 50"
        return
    for order, at in itertools.product((0, 1, 2), ({"a": 1.7, "b": 0.3}, {"a": -2.25, "b": math.nan})):
        for name, a, b in held(monkeypatch, text, at, max_order=order):
            assert ulps(a, b) == 0, (name, a, b)


@pytest.mark.parametrize("trap", [t for t in TRAPS if t.text not in OVERFLOWS], ids=lambda t: f"{t.text} at {t.at}")
def test_hard_points(trap: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for order in (1, 2):
        for name, a, b in held(monkeypatch, trap.text, trap.at, max_order=order):
            assert ulps(a, b) <= 4 or abs(a - b) < 1e-15, (name, a, b)


@pytest.mark.parametrize("seed", range(40))
def test_programs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Branches and loops; those whose loops depend on the inputs are refused."""
    text = Maker(seed, smooth=seed % 3 == 1, hard=seed % 3 == 2).program()
    numbers = random.Random(seed)
    at = {"x": round(numbers.uniform(-2, 2), 2), "y": round(numbers.uniform(-2, 2), 2)}
    try:
        found = held(monkeypatch, text, at, max_order=1 + seed % 2)
    except UnsupportedError as problem:
        assert "depends on the inputs" in problem.message or "derivative of order" in problem.message  # noqa: PT017
        return
    for name, a, b in found:
        assert ulps(a, b) <= 4 or math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12), (text, at, name, a, b)


@pytest.mark.parametrize(
    "text",
    [
        "s = 1; for i in 0..3 { t = 0; for j in 0..i { if s < 9 { t = t + s*x; for k in 0..j { s = s + x*k } } }; "
        "s = s + t }; c = s",
        "u = x; v = n; n = 0; while n < 4 { n = n + 1; w = u; u = v*x; v = w + u }; c = u - v",
        "c = (x if x > 0 else -x)*(n if x > 0 else x*x) if n > 0 else 7",
        "c = x; if x > 0 and n > 1 or x < -1 { c = c*n; if n > 2 { c = c*x } }",
        "c = 0; for i in 0..0 { c = c + x }; c = c*n",
        "c = 1 if x else n*x",
        "c = n; if n > 0 { c = 2 if x else n*x }",
    ],
)
def test_branches_and_loops(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for x, n, order in itertools.product((-1.5, 0.0, 2.0, math.nan), (0.0, 2.0, 5.0), (1, 2)):
        for name, a, b in held(monkeypatch, text, {"x": x, "n": n}, max_order=order):
            assert ulps(a, b) <= 4, (x, n, name, a, b)


def test_no_expression_is_written_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    f = exprgrad.compile("u = sinc(x)*y; c = u*exp(u) + sinc(x)", max_order=2)
    found = straightened(monkeypatch, f)
    roots = [*[a.expression for a in found.assignments], *found.outputs.values()]
    seen = [
        (x.name, *[y.of if isinstance(y, Expression) and y.is_leaf else id(y) for y in x.operands])
        for root in roots
        for x in nodes(root)
    ]
    assert len(seen) == len(set(seen)) > 50


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the source, of outputs, and others; what is taken has a number."""
    found = straightened(monkeypatch, exprgrad.compile("u = A*b; for i in 0..2 { u = sin(u) }; c = exp(u)*T2"))
    assert found.inputs == {"A": "A", "b": "b", "T2": "T2"}
    assert [a.name for a in found.assignments[:3]] == ["u", "u_2", "u_3"]
    assert "c" in [a.name for a in found.assignments]
    assert not {"t1", "t2"} & {a.name for a in found.assignments} and "t3" in [a.name for a in found.assignments]
    assert {a.name: a.source for a in found.assignments}["u_2"] == "sin(u)"
    assert list(found.outputs) == ["c", "dc_dA", "dc_db", "dc_dT2"]


def test_it_does_not_grow_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsupportedError, match="without its loops this program has more than"):
        straightened(monkeypatch, exprgrad.compile("c = x; for i in 0..9999 { c = sin(c) }"))
