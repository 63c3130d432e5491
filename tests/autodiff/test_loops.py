"""Derivatives of loops that hand a value on from name to name: how far it has come decides what depends on what."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

import exprgrad

MODES = ["static", "dynamic"]
NAMES = ["p", "q", "r", "s", "t", "u"]


def chain(names: list[str], iterations: int) -> str:
    """Each iteration hands values on towards the first of the names, and multiplies the last one by x*y. The order in
    which the names first stand is the order of what the loop carries."""
    start = "; ".join(f"{name} = 0" for name in names[:-1])
    steps = "; ".join(f"{a} = {b}" for a, b in itertools.pairwise(names))
    last = names[-1]
    return f"{start}; {last} = x; for i in 0..{iterations} {{ {steps}; {last} = {last}*x*y }}; c = {names[0]}"


def powers(n: int, m: int, x: float, y: float) -> dict[tuple[str, ...], float]:
    """The derivatives of x**n * y**m, to order 3."""

    def slope(i: int, j: int) -> float:
        return math.perm(n, i) * math.perm(m, j) * x ** (n - i) * y ** (m - j) if i <= n and j <= m else 0.0

    return {("x",) * i + ("y",) * j: slope(i, j) for i in range(4) for j in range(4) if 1 <= i + j <= 3}


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("more", [0, 1, 3])
@pytest.mark.parametrize("names", [NAMES[:4], NAMES[3::-1], NAMES, NAMES[::-1]], ids="".join)
def test_a_chain_of_names(names: list[str], more: int, mode: str) -> None:
    """After n iterations the first name has what the last had k iterations before, if k names follow it."""
    text = chain(names, len(names) - 1 + more)
    result = exprgrad.compile(text, mode, wrt=["x", "y"], max_order=3)(x=2, y=0.5)
    assert result["c"] == 2.0 ** (more + 1) * 0.5**more
    expected = powers(more + 1, more, 2.0, 0.5)
    assert {d.with_respect_to: d.value for d in result.outcomes[-1].derivatives} == expected
    along = exprgrad.compile(text, mode, along_direction={"x": 1}, max_order=3)(x=2, y=0.5)
    assert [along.along_direction("c", k) for k in (1, 2, 3)] == [expected[("x",) * k] for k in (1, 2, 3)]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("names", [NAMES, NAMES[::-1]], ids="".join)
def test_a_chain_that_is_too_short_for_its_value_to_arrive(names: list[str], mode: str) -> None:
    result = exprgrad.compile(chain(names, len(names) - 2), mode, wrt=["x", "y"])(x=2, y=0.5)
    assert (result["c"], result.gradient("c")) == (0.0, {"x": 0.0, "y": 0.0})


@pytest.mark.parametrize("mode", MODES)
def test_names_in_a_circle(mode: str) -> None:
    """Five of them, turned by two places in each of seven iterations."""
    turn = "v = a; w = b; a = d; b = e; d = f; e = v; f = w*x"
    text = f"a = x; b = 2; d = 3; e = y; f = 5; for i in 0..7 {{ {turn} }}; c = 10000*a + 1000*b + 100*d + 10*e + f"
    a, b, d, e, f = (1, 1), (2, 0), (3, 0), (10.0, 0), (5, 0)  # factors, and powers of x; 10 stands for y
    for _ in range(7):
        a, b, d, e, f = d, e, f, a, (b[0], b[1] + 1)
    terms = [(weight * k, n) for weight, (k, n) in zip((10000, 1000, 100, 10, 1), (a, b, d, e, f), strict=True)]
    result = exprgrad.compile(text, mode, max_order=2, wrt=["x"])(x=3, y=10)
    assert result["c"] == sum(k * 3.0**n for k, n in terms)
    assert result.derivative("c", "x") == sum(k * n * 3.0 ** (n - 1) for k, n in terms if n)
    assert result.derivative("c", "x", "x") == sum(k * n * (n - 1) * 3.0 ** (n - 2) for k, n in terms if n > 1)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["wrt", "along_direction"])
def test_a_hard_point_is_noted_where_a_derivative_passes_it(kind: str, mode: str) -> None:
    """What x moves reads what y moves, in whichever order the loop carries them."""
    for order in itertools.permutations([("b = y", "b = sqrt(b)"), ("a = x", "a = a*(b > -1)"), ("d = 1", "d = d*b")]):
        starts, steps = map("; ".join, zip(*order, strict=True))
        text = f"{starts}; for i in 0..2 {{ {steps} }}; c = a + d"
        for by, passes in (("x", False), ("y", True)):
            asked: dict[str, Any] = {kind: [by] if kind == "wrt" else {by: 1}}
            notes = exprgrad.compile(text, mode, **asked)(x=2, y=0).notes
            assert ("sqrt(b)" in {text[note.span.start : note.span.end] for note in notes if note.span}) is passes


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_a_counter_that_is_an_exponent_moves_in_no_derivative(mode: str) -> None:
    """At 0**0 the derivative by the exponent is a convention: no note, since none is taken by the counter."""
    result = exprgrad.compile("s = 0; for i in 0..4 { s = s + x^i }", mode, max_order=3)(x=0)
    assert [d.value for d in result.outcomes[0].derivatives] == [1.0, 2.0, 6.0]
    assert not result.notes


@pytest.mark.parametrize("mode", ["static", "dynamic"])
def test_an_exponent_that_moves_with_the_input_does(mode: str) -> None:
    """2^x + 2^(2x) + 2^(3x) at 0: n^2*log(2)^2 of each."""
    text = "s = 0; k = x; for i in 0..3 { s = s + 2^k; k = k + x }"
    result = exprgrad.compile(text, mode, max_order=2)(x=0)
    assert result.outcomes[0].derivatives[1].value == pytest.approx(14 * math.log(2) ** 2, rel=1e-14)


@pytest.mark.parametrize(
    "text",
    [
        "u = A @ x; for i in 0..2 { u = u*a }; c = sum(u)",
        "u = A @ A; for i in 0..2 { u = u + a }; c = sum(u)",
        "u = A @ x; i = 0; while i < 2 { u = u*x; i = i + 1 }; c = sum(u) + 0*i",
        "u = x; for i in 0..2 { u = u*a }; c = sum(A @ u)",
        "u = cumsum(x); for i in 0..2 { u = u*a }; c = sum(u)",
    ],
)
def test_high_orders_of_a_loop_that_starts_from_a_product(text: str) -> None:
    """What no iteration puts on a stack has no shape, and is no stack: static mode asked for one from order 3 on."""
    values = {"A": [[1, 2], [3, 4]], "x": [1, 2], "a": 2}
    told = []
    for mode in MODES:
        function = exprgrad.compile(text, mode, max_order=4)
        told.append(str(function.run({name: values[name] for name in function.inputs})))
    assert told[0] == told[1]
