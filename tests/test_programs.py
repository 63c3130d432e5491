"""Whole programs, with functions, branches, loops, reassignments and diff(): what holds for all of them."""

from __future__ import annotations

import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from tests.programs import Maker
from tests.test_properties import EXAMPLES, outcome, slow

MODES = ["static", "dynamic"]


def point(seed: int) -> dict[str, float]:
    generator = random.Random(seed)
    return {"x": generator.uniform(-2, 2), "y": generator.uniform(-2, 2)}


@settings(slow, max_examples=2 * EXAMPLES)
@given(st.integers(0, 10**6))
def test_static_is_dynamic(seed: int) -> None:
    maker = Maker(seed)
    maker.diffs = min(maker.diffs, 1)
    text = maker.program()
    static, dynamic = (outcome(text, mode, 2, point(seed)) for mode in MODES)
    # A graph holds what any iteration might do, a trace what they did.
    if "diff() would need" not in static:
        assert static == dynamic, text


@settings(slow, max_examples=EXAMPLES)
@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_forward_is_reverse(seed: int, mode: str) -> None:
    maker = Maker(seed, smooth=True)
    maker.diffs = 0
    text = maker.program()
    direction = {"x": 0.75, "y": -0.5}
    reverse = exprgrad.compile(text, mode, max_order=2)(**point(seed))
    forward = exprgrad.compile(text, mode, max_order=2, along_direction=direction)(**point(seed))
    gradient, hessian = reverse.gradient("p"), reverse.hessian("p")
    first = [gradient[a] * direction[a] for a in direction]
    second = [hessian[a, b] * direction[a] * direction[b] for a in direction for b in direction]
    for order, terms in ((1, first), (2, second)):
        scale = sum(map(abs, terms)) + sum(map(abs, first)) + 1
        found = forward.along_direction("p", order)
        if math.isfinite(scale):
            assert math.isclose(found, math.fsum(terms), rel_tol=1e-9, abs_tol=1e-9 * scale), text


@settings(slow, max_examples=EXAMPLES)
@given(st.integers(0, 10**6))
def test_derivatives_are_those_of_the_function(seed: int) -> None:
    """Against central differences, whose steps agree with each other where nothing jumps nearby."""
    maker = Maker(seed, smooth=True)
    maker.diffs = min(maker.diffs, 1)
    text = maker.program()
    values = point(seed)
    try:
        function = exprgrad.compile(text)
        result = function(**values)
    except exprgrad.ExprError:
        return  # an order of diff() that does not end
    plain = exprgrad.compile(text, max_order=0)

    def slope(name: str, h: float) -> float:
        above, below = (plain(**{**values, name: values[name] + d})["p"] for d in (h, -h))
        return float(above - below) / (2 * h)

    for name in values:
        found = result.derivative("p", name)
        near = [slope(name, h) for h in (1e-4, 5e-5, 2.5e-5)]
        scale = max(map(abs, near)) + abs(result["p"]) + 1
        settled = max(near) - min(near) < 1e-6 * scale
        if math.isfinite(scale) and scale < 1e6 and settled:
            assert abs(found - near[-1]) < 1e-5 * scale, (text, name, found, near)
