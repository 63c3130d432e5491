"""The interpreter in enclosures: it takes its arithmetic from the run, and what it gives encloses the exact result."""

from __future__ import annotations

import math
from typing import Any

import flint
import pytest

import exprgrad
from exprgrad.numbers.ball_kernels import of_fraction
from exprgrad.numbers.balls import ball_of
from exprgrad.numbers.enclosures import ENCLOSURES, in_balls
from exprgrad.numbers.fractions import MPQ
from exprgrad.numbers.rounded import Rounded
from exprgrad.numbers.scalars import ZERO
from exprgrad.numbers.undecided import UndecidedError
from exprgrad.ops.registry import REGISTRY, named

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


def ball(x: Any) -> Any:
    return flint.arb(0) if x is ZERO else of_fraction(x) if type(x) is MPQ else x


def balls(text: str, values: dict[str, float], precision: int = 64, max_order: int = 2) -> dict[Any, Any]:
    program = exprgrad.compile(text, max_order=max_order).program()
    interpreter = exprgrad.Interpreter(program)
    with in_balls(precision):
        given = [ENCLOSURES.number(values[name]) for name, _ in program.inputs]
        found = [ball(x) for x in interpreter.run_in(ENCLOSURES, given)]
    return dict(zip([output.name for output in program.outputs], found, strict=True))


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
    assert balls("c = (a + b) - a", values, 200)["c",] == flint.arb(2) ** -60
    assert exprgrad.compile("c = (a + b) - a")(**values)["c"] == 0.0


def test_what_balls_do_not_decide() -> None:
    with pytest.raises(UndecidedError):
        balls("c = 1 if sin(a)^2 + cos(a)^2 > 1 else 2", {"a": 0.5})


def test_the_derivatives_of_powers() -> None:
    found = balls("c = a^b", {"a": 2.0, "b": 3.0}, 128)
    assert abs(found["c", "a", "b"] - (4 + 12 * flint.arb(2).log())) < 1e-13
    assert math.isclose(float(found["c", "b", "b"].mid()), 8 * math.log(2) ** 2)


@pytest.mark.parametrize(
    "op", dict.fromkeys(op for ops in REGISTRY.by_name.values() for op in ops), ids=lambda op: op.reference[0]
)
def test_every_operation_encloses_what_is_rounded_to_more_bits(op: Any) -> None:
    """At points, and around them: a ball around a point holds the results at both ends and in the middle."""
    rounded, kernel = Rounded(300), ENCLOSURES.kernel(op)
    for part in (0.13, 0.37, 0.71, 0.94):
        point = [low + (high - low) * part for low, high in op.domain]
        if op.name == "polygamma":
            point[0] = float(int(point[0]))
        with in_balls(200):
            found = kernel(*map(ENCLOSURES.number, point))
            exact = op.rounded(rounded)(*map(rounded.number, point))
            if not exact.is_finite():
                assert type(found) is type(exact)
                continue
            assert ball(found).overlaps(ball_of(exact) + flint.arb(0, abs(ball_of(exact)) * 2.0**-290))
            assert ball(found).rad() <= abs(ball_of(exact)) * 2.0**-150 + 2.0**-500
            try:
                wide = kernel(*[flint.arb(x, 2.0**-60) for x in point])
            except UndecidedError:
                continue
            if type(wide) is not flint.arb or op.name == "polygamma":
                continue
            for side in (-(2.0**-60), 0.0, 2.0**-60):
                beside = [rounded.add(rounded.number(x), rounded.number(side)) for x in point]
                at = op.rounded(rounded)(*beside)
                assert wide.overlaps(ball_of(at) + flint.arb(0, abs(ball_of(at)) * 2.0**-290))


@pytest.mark.parametrize(
    ("family", "attributes"), [("gamma_slope", (70, 0)), ("logistic", (70,)), ("sinc_family", (70,))]
)
def test_a_high_order_is_cut_nowhere(family: str, attributes: tuple[int, ...]) -> None:
    op, rounded = named(family, attributes), Rounded(300)
    point = [0.3] if family != "logistic" else [0.3, 0.0]
    with in_balls(400):
        found = ball(ENCLOSURES.kernel(op)(*map(ENCLOSURES.number, point)))
        exact = ball_of(op.rounded(rounded)(*map(rounded.number, point)))
        assert found.rad() < abs(exact) * 1e-12 and found.overlaps(exact + flint.arb(0, abs(exact) * 2.0**-290))
