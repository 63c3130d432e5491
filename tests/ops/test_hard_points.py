"""The hard points: what is printed there, in both modes, forward and reverse, at orders 1 and 2."""

from __future__ import annotations

import math
from typing import NamedTuple

import pytest

import exprgrad
from exprgrad.autodiff import between, forward
from exprgrad.dynamic.node import Tensor
from exprgrad.dynamic.tracing import Tracing
from exprgrad.lowering import Lowering
from exprgrad.numbers.arithmetic import from_python
from exprgrad.syntax.names import resolve
from exprgrad.syntax.parser import parse

NAN, INF = math.nan, math.inf
ANY = "any"


class Trap(NamedTuple):
    text: str
    at: dict[str, float]
    by: str
    first: float | str
    second: float | str = ANY
    value: float | str = ANY
    note: str | None = None  # a piece of the note's text; None: no note


TRAPS = [
    Trap("sqrt(x) if x>0 else 0", {"x": -1}, "x", 0.0, 0.0, 0.0),
    Trap("log(x) if x>0 else 0", {"x": 0}, "x", 0.0, 0.0, 0.0),
    Trap("abs(x)", {"x": 0}, "x", 0.0, 0.0, 0.0, "kink"),
    Trap("sqrt(x)", {"x": 0}, "x", INF, -INF, 0.0, "vertical tangent"),
    Trap("log(x)", {"x": -1}, "x", NAN, NAN, NAN, "log(-1.0) is nan"),
    Trap("x**0", {"x": 0}, "x", 0.0, 0.0, 1.0),
    Trap("x**0.0", {"x": 0}, "x", 0.0, 0.0, 1.0),
    Trap("x**1.0", {"x": 0}, "x", 1.0, 0.0, 0.0),
    Trap("0**y", {"y": 0}, "y", 0.0, 0.0, 1.0, "jumps"),
    Trap("0**y", {"y": 2}, "y", 0.0, 0.0, 0.0),
    Trap("(-2)**y", {"y": 2}, "y", NAN, NAN, 4.0, "the derivative is nan here"),
    Trap("x*log(x)", {"x": 0}, "x", NAN, NAN, NAN, "0.0 * -inf is nan"),
    Trap("xlogy(x, x)", {"x": 0}, "x", -INF, INF, 0.0),
    Trap("max(x, 1)", {"x": 1}, "x", 0.5, 0.0, 1.0, "tie"),
    Trap("max(x, 1, 1)", {"x": 1}, "x", 1 / 3, 0.0, 1.0, "tie"),
    Trap("min(1, 1, x)", {"x": 1}, "x", 1 / 3, 0.0, 1.0, "tie"),
    Trap("relu(x)", {"x": 0}, "x", 0.0, 0.0, 0.0, "kink"),
    Trap("clip(x, 0, 1)", {"x": 0}, "x", 0.5, 0.0, 0.0, "kink"),
    Trap("max(x, nan)", {"x": 1}, "x", NAN, NAN, NAN),
    Trap("min(nan, x)", {"x": 1}, "x", NAN, NAN, NAN),
    Trap("floor(x)", {"x": 1.5}, "x", 0.0, 0.0, 1.0),
    Trap("x//2", {"x": 3}, "x", 0.0, 0.0, 1.0),
    Trap("floor(x)", {"x": 2}, "x", 0.0, 0.0, 2.0, "jumps"),
    *[
        Trap("round(x)", {"x": x}, "x", 0.0, 0.0, y, "jumps")
        for x, y in ((0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2))
    ],
    Trap("round(x)", {"x": 2}, "x", 0.0, 0.0, 2.0),
    Trap("x % 2", {"x": 2}, "x", 1.0, 0.0, 0.0, "jumps"),
    Trap("x**0.5", {"x": 0}, "x", INF, -INF, 0.0, "vertical tangent or a pole"),
    Trap("x**2.5", {"x": 0}, "x", 0.0, 0.0, 0.0),
    Trap("x**y", {"x": 2, "y": 1e308}, "x", INF, INF, INF),  # out of the range of doubles, and no pole
    Trap("1/x", {"x": 0}, "x", -INF, INF, INF, "division by zero"),
    Trap("x/x", {"x": 0}, "x", NAN, NAN, NAN, "0.0 / 0.0 is nan"),
    Trap("sin(x)/x", {"x": 0}, "x", NAN, NAN, NAN, "0.0 / 0.0 is nan"),
    Trap("sinc(x)", {"x": 0}, "x", 0.0, -3.289868133696453, 1.0),
    Trap("sinc(x)", {"x": 1e-9}, "x", -3.289868133696453e-09, -3.289868133696453, 1.0),
    Trap("sqrt(x*x)", {"x": 0}, "x", NAN, NAN, 0.0, "the derivative is nan here"),
    Trap("hypot(x, 0)", {"x": 0}, "x", 0.0, 0.0, 0.0, "kink"),
    Trap("atan2(x, x)", {"x": 0}, "x", NAN, NAN, 0.0, "the derivative is nan here"),
    Trap("1/(1+exp(-x))", {"x": -800}, "x", 0.0, 0.0, 0.0),
    Trap("log(1+exp(x))", {"x": 800}, "x", 1.0, 0.0, 800.0),
    Trap("x**2", {"x": 3}, "x", 6.0, 2.0, 9.0),
    Trap("a*2 + 0*b", {"a": 1, "b": 2}, "b", 0.0, 0.0, 2.0),
    Trap("pow(nan, x)", {"x": 0}, "x", NAN, NAN, 1.0, None),
    Trap("hypot(x, nan)", {"x": INF}, "x", NAN, NAN, INF, None),
]
HINTS = {
    "x*log(x)": "xlogy",
    "sin(x)/x": "sinc",
    "sqrt(x*x)": "abs",
    "sqrt(x**2)": "abs",
    "sqrt(x*x + x*x)": "hypot",
    "(exp(x)-1)/x": "expm1",
    "log(1+x)/x": "log1p",
}


def same(found: float, expected: float | str) -> bool:
    return expected == ANY or found == expected or (found != found and expected != expected)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize("trap", TRAPS, ids=lambda t: f"{t.text} at {t.at}")
def test_reverse(trap: Trap, mode: str) -> None:
    result = exprgrad.compile(trap.text, mode, max_order=2)(**trap.at)
    outcome = result.outcomes[0]
    assert same(outcome.value, trap.value)
    assert same(result.derivative(outcome.name, trap.by), trap.first)
    assert same(result.derivative(outcome.name, trap.by, trap.by), trap.second)
    first_order = exprgrad.compile(trap.text, mode, wrt=[trap.by])(**trap.at)
    if trap.note is None:
        assert trap.first != trap.first or not first_order.notes
    else:
        assert any(trap.note in note.message for note in first_order.notes), first_order.notes


@pytest.mark.parametrize("trap", TRAPS, ids=lambda t: f"{t.text} at {t.at}")
def test_forward(trap: Trap) -> None:
    """Forward over forward gives the same answers."""
    program = parse(trap.text)
    inputs = {name: Tensor(from_python(x), requires_grad=True) for name, x in trap.at.items()}
    out = Lowering(Tracing(), names := resolve(program)).program(inputs, names.results).popitem()[1]
    x = inputs[trap.by]
    if math.isnan(float(out.value)):
        return  # a nan's derivatives are nan by the seed, which forward has none of
    way = between([out], [x])
    tangent = forward([(x, Tensor(from_python(1.0), requires_grad=True))], way, symbolic=True).get(out.index)
    first = 0.0 if tangent is None else float(tangent.value)
    assert same(first, trap.first)
    if tangent is None or math.isnan(first):
        return
    again = forward([(x, from_python(1.0))], between([tangent], [x]), symbolic=False).get(tangent.index)
    assert same(0.0 if again is None else float(again), trap.second)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_mixed_partial_of_a_power(mode: str) -> None:
    result = exprgrad.compile("c = x**y", mode, max_order=2)(x=2, y=0)
    assert result.derivative("c", "x", "y") == 0.5


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_three_equal(mode: str) -> None:
    result = exprgrad.compile("c = max(x, y, z)", mode)(x=1, y=1, z=1)
    assert result.gradient("c") == {"x": 1 / 3, "y": 1 / 3, "z": 1 / 3}
    assert len(result.notes) == 1


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_results_are_separate(mode: str) -> None:
    result = exprgrad.compile("u = log(x); v = x*y", mode)(x=-1, y=3)
    assert math.isnan(result.derivative("u", "x")) and math.isnan(result.derivative("u", "y"))
    assert result.gradient("v") == {"x": 3.0, "y": -1.0}


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_asking_twice_gives_the_same(mode: str) -> None:
    f = exprgrad.compile("c = a*b", mode)
    assert f(a=15, b=20) == f(a=15, b=20)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize("text", HINTS)
def test_hints(text: str, mode: str) -> None:
    result = exprgrad.compile(text, mode)(x=0)
    assert any(HINTS[text] in (note.hint or "") for note in result.notes), result.notes


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(
    "text", ["x if y else 2", "1 if not y else 2", "x and y", "where(y, 1, 2)", "0 < y and (x if y else 1)"]
)
def test_a_nan_condition_is_an_error(text: str, mode: str) -> None:
    if text.startswith("0 <"):
        assert exprgrad.compile(text, mode).run({"x": 1, "y": NAN})["c"] == 0.0  # a comparison is false
        return
    with pytest.raises(exprgrad.ExprError, match="the condition is nan") as caught:
        exprgrad.compile(text, mode).run({"x": 1, "y": NAN} if "x" in text else {"y": NAN})
    assert caught.value.span is not None
    assert "^" in str(caught.value)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_a_branch_not_taken_is_absent_upstream(mode: str) -> None:
    """The branch not taken reads a value whose partial is infinite: 0 times it would be nan."""
    result = exprgrad.compile("u = sqrt(w); c = x if x > 0 else u", mode, max_order=2)(x=1, w=0)
    assert result.derivative("c", "w") == 0.0
    assert result.derivative("c", "w", "w") == 0.0
    assert not result.notes


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_only_the_branch_taken_is_computed(mode: str) -> None:
    result = exprgrad.compile("c = x if x > 0 else (1 if not nan else 2)", mode)(x=1)
    assert result["c"] == 1.0


# Programs of x = y = 2, which move together, so that x - y stays 0: their value and derivatives along that.
STAYS = [
    ("sign(x - y)*x", [0, 0, 0, 0]),
    ("abs(x - y)*x", [0, 0, 0, 0]),
    ("step(x - y)*x", [1, 0.5, 0, 0]),
    ("heaviside(x - y, 0.25)*x", [0.5, 0.25, 0, 0]),
    ("relu(x - y)*x", [0, 0, 0, 0]),
    ("max(x, y)*x", [4, 4, 2, 0]),
    ("min(x, y, 5)*x", [4, 4, 2, 0]),
    ("clip(x, y, 5)*x", [4, 4, 2, 0]),
    ("floor(x - y + 3)*x", [6, 3, 0, 0]),
    ("ceil(x - y + 3)*x", [6, 3, 0, 0]),
    ("round(x - y + 0.5)*x", [0, 0, 0, 0]),
    ("trunc(x - y + 3)*x", [6, 3, 0, 0]),
    ("copysign(x, x - y)", [2, 1, 0, 0]),
    ("x % y + x", [2, 1, 0, 0]),
    ("x // y * x", [2, 1, 0, 0]),
    ("hypot(x - y, 0)*x", [0, 0, 0, 0]),
]


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(("text", "orders"), STAYS)
def test_what_stays_at_a_kink_has_no_sides(text: str, orders: list[float], mode: str) -> None:
    found = exprgrad.compile(text, mode, along_direction={"x": 1, "y": 1}, max_order=3)(x=2, y=2)
    assert [found["c"], *(found.along_direction("c", order) for order in (1, 2, 3))] == orders
