"""What is folded or merged before a program runs: constants have two zeros, and nothing is simplified."""

from __future__ import annotations

import math
from typing import Any

import pytest

import exprgrad
import exprgrad.static

MODES = ["static", "dynamic"]
INF, PI = math.inf, math.pi

# Constant programs and their values. 1/u and atan2(u, -1) tell the zeros apart.
ZEROS = [
    ("1/(0*-1)", -INF),
    ("1/(0*1)", INF),
    ("1/-0.0", -INF),
    ("1/(-0.0 + 0.0)", INF),
    ("1/(-0.0 - 0.0)", -INF),
    ("1/(0.0 - 0.0)", INF),
    ("1/(-0.0)^3", -INF),
    ("1/(-0.0)^2", INF),
    ("1/sqrt(-0.0)", -INF),
    ("1/floor(-0.0)", -INF),
    ("1/ceil(-0.5)", -INF),
    ("1/round(-0.3)", -INF),
    ("1/abs(-0.0)", INF),
    ("1/sin(-0.0)", -INF),
    ("1/(-1e-200*1e-200)^3", -INF),
    ("1/(-6 % 3)", INF),
    ("1/fmod(-6, 3)", -INF),
    ("1/copysign(0, -2)", -INF),
    ("atan2(0.0, -1)", PI),
    ("atan2(-0.0, -1)", -PI),
    # Both zeros in one program: they are equal and not the same.
    ("atan2(0.0, -1) - atan2(-0.0, -1)", 2 * PI),
    ("atan2(-0.0, -1) - atan2(0.0, -1)", -2 * PI),
    ("u = 0*1; v = 0*-1; 1/u - 1/v", INF),
    ("u = 0*-1; v = 0*1; 1/u - 1/v", -INF),
    ("sum(1/[0.0, -0.0, 0.0] == 1/0.0)", 2),
    ("sum(1/([0, 1]*-1) == -1/0.0)", 1),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value"), ZEROS)
def test_a_zero_keeps_its_sign(text: str, value: float, mode: str) -> None:
    """Also where what follows is known only when the program runs."""
    *before, last = text.split("; ")
    assert exprgrad.compile("; ".join([*before, f"c = {last}"]), mode)()["c"] == value
    text = "; ".join([*before, f"c = x*({last})"])
    assert exprgrad.compile(text, mode, max_order=0)(x=2)["c"] == 2 * value


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["0*x", "x - x", "x/x", "(x + 1) - x", "x*0 + 1", "max(x, 1) - max(x, 1)"])
def test_nothing_is_simplified(text: str, mode: str) -> None:
    """At infinity a rule of algebra would show."""
    assert math.isnan(exprgrad.compile(f"c = {text}", mode, max_order=0)(x=INF)["c"])


@pytest.mark.parametrize("mode", MODES)
def test_the_sign_of_a_zero_that_is_given(mode: str) -> None:
    """A literal and an input that are equal are not merged, nor two inputs."""
    f = exprgrad.compile("c = atan2(x, -1) + 10*atan2(0.0, -1) + 100*atan2(y, -1)", mode, max_order=0)
    for x, y in ((0.0, 0.0), (-0.0, 0.0), (0.0, -0.0), (-0.0, -0.0)):
        assert f(x=x, y=y)["c"] == pytest.approx(math.copysign(PI, x) + 10 * PI + 100 * math.copysign(PI, y), rel=1e-15)


@pytest.mark.parametrize("mode", MODES)
def test_what_is_equal_in_another_scope_is_not_computed_there(mode: str) -> None:
    """An expression of a side that was not taken has no value, though the same text has one elsewhere."""
    text = "u = log(x) if x > 0 else -1; v = log(x) if x > 1 else 5; c = 10*u + v"
    f = exprgrad.compile(text, mode)
    values: dict[float, tuple[Any, Any]] = {1.0: (5.0, 10.0), -2.0: (-5.0, 0.0)}
    for x, (value, slope) in values.items():
        result = f(x=x)
        assert (result["c"], result.gradient("c")["x"]) == (value, slope)


@pytest.mark.parametrize("mode", MODES)
def test_an_error_of_a_constant_belongs_to_the_run(mode: str) -> None:
    f = exprgrad.compile("c = x if x > 0 else inv([[1, 2], [2, 4]])[0, 0]", mode, max_order=0)
    assert f(x=3)["c"] == 3
    with pytest.raises(exprgrad.EvaluationError, match="singular"):
        f(x=-3)


def test_constants_of_a_graph_are_equal_by_their_bits() -> None:
    tf = exprgrad.static
    zeros = [tf.constant(x) for x in (0.0, -0.0, 0.0)]
    with tf.Session() as session:
        assert session.run([tf.atan2(zero, tf.constant(-1.0)) for zero in zeros]) == [PI, -PI, PI]


@pytest.mark.parametrize("mode", MODES)
def test_only_what_is_the_same_is_merged(mode: str) -> None:
    """Neither operands in another order, nor another operation on the same ones, nor the same along another axis."""
    text = "c = (x - y) + 10*(y - x) + 100*x/y + 1000*(y/x) + 10000*x^y + 100000*y^x"
    assert exprgrad.compile(text, mode, max_order=0)(x=2, y=4)["c"] == -2 + 20 + 50 + 2000 + 160000 + 1600000
    text = "c = sum(A, axis=0)[0] + 10*sum(A, axis=1)[0] + 100*A[0, 1] + 1000*A[1, 0] + 10000*sum(A)"
    assert exprgrad.compile(text, mode, max_order=0)(A=[[1, 2], [3, 4]])["c"] == 4 + 30 + 200 + 3000 + 100000
