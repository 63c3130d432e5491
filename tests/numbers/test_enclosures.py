"""The interpreter in balls: it takes its arithmetic from the run, and what it gives encloses the exact result."""

from __future__ import annotations

import math
from typing import Any

import flint
import pytest

import exprgrad
from exprgrad.diagnostics import ExprError
from exprgrad.numbers.enclosures import BALLS, enclosed
from exprgrad.numbers.scalars import ZERO

PROGRAMS = [
    ("c = a*b", {"a": 15.0, "b": 20.0}),
    ("c = exp(a)*sin(b)/(1 + a^2)", {"a": 0.7, "b": 1.9}),
    ("c = a^b*exp(-a) - log(b)", {"a": 2.5, "b": 3.25}),
    ("c = a*b if a > b else a/b", {"a": 0.5, "b": 2.0}),
    ("u = a if a > 0 and b > 0 else -a; c = u*u*b", {"a": -0.5, "b": 2.0}),
    ("s = a; for i in 0..20 { s = s - s^3/7 + b }; c = s*s", {"a": 0.5, "b": 0.125}),
    ("s = a; while s < 100 { s = s*b if s < 10 else s + b }; c = s", {"a": 0.5, "b": 1.75}),
    ("s = 1; for i in 1..6 { for j in 0..i { s = s*cos(a*j) + b } }; c = s", {"a": 0.5, "b": 0.25}),
]


def balls(text: str, values: dict[str, float], precision: int = 64, max_order: int = 2) -> dict[Any, Any]:
    program = exprgrad.compile(text, max_order=max_order).program()
    interpreter = exprgrad.Interpreter(program)
    given = [BALLS.number(values[name]) for name, _ in program.inputs]
    found = enclosed(lambda: interpreter.run_in(BALLS, given), precision)
    names = [output.name for output in program.outputs]
    return dict(zip(names, [flint.arb(0) if x is ZERO else x for x in found], strict=True))


@pytest.mark.parametrize(("text", "values"), PROGRAMS)
def test_what_the_wider_run_finds_lies_in_the_narrower_ball(text: str, values: dict[str, float]) -> None:
    narrow, wide = balls(text, values), balls(text, values, 400)
    rounded = exprgrad.Interpreter(exprgrad.compile(text, max_order=2).program())(**values)
    for key, ball in narrow.items():
        exact = wide[key]
        assert exact.rad() < 1e-60 * (1 + abs(exact))
        assert ball.overlaps(exact) and ball.rad() < 1e-10 * (1 + abs(ball))
        assert abs(float(exact.mid()) - rounded[key]) <= 1e-12 * (1 + abs(rounded[key]))


def test_what_rounding_loses_balls_keep() -> None:
    values = {"a": 1.0, "b": 2.0**-60}
    ball = balls("c = (a + b) - a", values, 200)["c",]
    assert ball.contains(flint.arb(2) ** -60) and ball.rad() < 1e-50
    assert exprgrad.compile("c = (a + b) - a")(**values)["c"] == 0.0


def test_the_precision_is_doubled_until_a_condition_is_decided() -> None:
    values = {"a": 1.0, "b": 1e-40}
    assert balls("c = 1 if a + b > a else 2", values)["c",] == 1
    assert exprgrad.compile("c = 1 if a + b > a else 2")(**values)["c"] == 2.0


def test_what_is_never_decided() -> None:
    with pytest.raises(ExprError, match="a condition is not decided by balls"):
        balls("c = 1 if sin(a)^2 + cos(a)^2 > 1 else 2", {"a": 0.5})


def test_what_has_no_enclosure_says_so() -> None:
    with pytest.raises(ExprError, match="sinc has no enclosure"):
        balls("c = sinc(a)", {"a": 0.5})


def test_the_derivatives_of_powers() -> None:
    found = balls("c = a^b", {"a": 2.0, "b": 3.0}, 128)
    assert abs(found["c", "a", "b"] - (4 + 12 * flint.arb(2).log())) < 1e-13
    assert math.isclose(float(found["c", "b", "b"].mid()), 8 * math.log(2) ** 2)
