"""Whole programs, with functions, branches, loops, reassignments and diff(): what holds for all of them."""

from __future__ import annotations

import itertools
import math
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exprgrad
from tests.programs import Maker
from tests.test_properties import EXAMPLES, TWICE, outcome, slow

MODES = ["static", "dynamic"]


def point(seed: int) -> dict[str, float]:
    generator = random.Random(seed)
    return {"x": generator.uniform(-2, 2), "y": generator.uniform(-2, 2)}


@pytest.mark.slow
@settings(slow, max_examples=TWICE)
@given(st.integers(0, 10**6), st.sampled_from([0, 1, 2, 2]))
def test_static_is_dynamic(seed: int, order: int) -> None:
    text = Maker(seed).program()
    static, dynamic = (outcome(text, mode, order, point(seed)) for mode in MODES)
    # A graph holds what any iteration might do, a trace what they did.
    if "this needs a derivative of order" not in static:
        assert static == dynamic, text


@settings(slow, max_examples=EXAMPLES // 3)
@given(st.integers(0, 10**6))
def test_static_is_dynamic_with_several_derivatives(seed: int) -> None:
    maker = Maker(seed)
    maker.diffs = 2
    text = maker.program()
    static, dynamic = (outcome(text, mode, 0, point(seed)) for mode in MODES)
    if "this needs a derivative of order" not in static:
        assert static == dynamic, text


def whole_point(seed: int) -> dict[str, float]:
    """Where what is hard at whole numbers is met exactly."""
    generator = random.Random(seed)
    return {name: generator.choice([-1.0, 0.0, 1.0, 2.0]) for name in ("x", "y")}


@pytest.mark.slow
@settings(slow, max_examples=TWICE)
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([0, 1]))
def test_notes_are_the_same_at_hard_points(seed: int, diffs: int, order: int) -> None:
    maker = Maker(seed, hard=True)
    maker.diffs = diffs
    text = maker.program()
    static, dynamic = (outcome(text, mode, order, whole_point(seed)) for mode in MODES)
    if not isinstance(static, str) and static[0] == dynamic[0]:
        assert static == dynamic, text


# What no printed number rests on: a side that is not taken, an iteration whose result the next one replaces, a result
# that is not printed.
IDLE = [
    "u = abs(y - 1); c = diff(u, y) if x < 0 else x",
    "u = log(y - 1); c = where(x < 0, diff(u, y), x)",
    "u = abs(y - 1); c = x; if x < 0 { c = diff(u, y) }",
    "u = abs(y - 1); c = x > 0 or diff(u, y) > 0",
    "u = abs(y - 1); c = x < 0 and diff(u, y) > 0",
    "u = abs(y - 1); c = 1 < 0 < diff(u, y); d = x",
    "u = abs(y - 1); c = x; for i in 0..x - 1 { c = diff(u, y) }",
    "u = abs(y - 1); c = x; while c < 0 { c = gradient(u, y) }",
    "c = x; for i in 0..3 { c = diff(abs(y - i), y) }",
    "f(t) = diff(abs(t - 1), t); c = f(y) if x < 0 else x",
    "f(t) = diff(abs(t - 1), t); g(s, t) = s; c = g(x, f(y))",
    "u = diff(abs(y - 1), y); c = x + y; d = x if x > 0 else u",
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", IDLE)
def test_what_no_number_rests_on_has_no_note(text: str, mode: str) -> None:
    function = exprgrad.compile(text, mode)
    assert not function.run(dict.fromkeys(function.inputs, 1.0)).notes


# The same where it is asked for.
BUSY = [
    "u = abs(y - 1); c = diff(u, y) if x > 0 else x",
    "u = abs(y - 1); c = x < 0 or diff(u, y) > 0",
    "c = x; for i in 0..2 { c = diff(abs(y - i), y) }",
    "c = 5 if diff(abs(y - 1), y) >= 0 else x",
    "c = x; while diff(abs(y - 1), y) >= 0 and c < 3 { c = c + 1 }",
]


@pytest.mark.parametrize("text", BUSY)
def test_what_a_number_rests_on_has_a_note(text: str) -> None:
    notes = [exprgrad.compile(text, mode)(x=1, y=1).notes for mode in MODES]
    assert notes[0] and notes[0] == notes[1]


# Found once: the last iteration's inner loop does not run, and leaves no node in the trace of the derivative.
PINNED = [
    "o = x - y; n = 2; while n > 0.9 { for i in 0..min(x*x, 4) { x = (i + y)*(y - y); o = cos(o - 3) }; n = n/2 }\n"
    "u = diff((x*o)*(o - o), y); p = (y*y)*(y + u)",
    "for k in 0..2 { s = s*x; for i in 0..1-k { s = s*y + x } }; p = s",
    # A tangent that only a later iteration asks for: what was computed before with another value counts for nothing.
    "u = x; z = 0; for i in 0..3 { if i > 0.5 { d = diff(u, x); if log(d + 2) { z = z + d } }; u = u*x }; p = z*y*s",
    "u = x; z = s; for i in 0..3 { if i > 0.5 { z = z + diff(abs(u - y), x) }; u = u*x }; p = z; e = log(-s)",
    "u = x; z = y*s; for i in 0..3 { if i > 0.5 { z = diff(u, x)*z }; u = u*x }; p = z",
]


@pytest.mark.parametrize("text", PINNED)
def test_programs_that_differed(text: str) -> None:
    values = {"x": -1.0436554056565837, "y": 0.8541153819414817, "s": 0.7}
    static, dynamic = (outcome(text, mode, 3, values) for mode in MODES)
    assert static == dynamic


@pytest.mark.slow
@settings(slow, max_examples=EXAMPLES // 3)
@given(st.integers(0, 10**6), st.sampled_from(MODES))
def test_forward_is_reverse(seed: int, mode: str) -> None:
    maker = Maker(seed, smooth=True)
    maker.diffs = 0
    text = maker.program()
    top = 3 if seed % 3 else 4
    direction = {"x": 0.75, "y": -0.5}
    try:
        reverse = exprgrad.compile(text, mode, max_order=top)(**point(seed))
    except exprgrad.ExprError as problem:
        pytest.skip(str(problem))
    forward = exprgrad.compile(text, mode, max_order=top, along_direction=direction)(**point(seed))
    derivatives = {d.with_respect_to: d.value for d in reverse.outcomes[-1].derivatives}
    scale = 1.0
    for order in range(1, top + 1):
        terms = [
            derivatives[tuple(sorted(by))] * math.prod(direction[name] for name in by)
            for by in itertools.product(direction, repeat=order)
        ]
        scale += sum(map(abs, terms))
        if not scale < 1e12:  # sines of numbers so large have no digit in common
            break
        found = forward.along_direction("p", order)
        assert math.isclose(found, math.fsum(terms), rel_tol=1e-9, abs_tol=1e-9 * scale), text


# Loops, and the same written out.
UNROLLED = [
    ("s = x; for i in 0..3 { s = s*x }; p = s + y", "p = x*x*x*x + y"),
    ("s = 0; for i in 0..4 { s = s*x + y }; p = s", "s = 0; " + "s = s*x + y; " * 4 + "p = s"),
    ("s = y; for i in 0..3 { s = sin(s)*x + s }; p = s", "s = y; " + "s = sin(s)*x + s; " * 3 + "p = s"),
    (
        "s = y; for i in 0..2 { for j in 0..2 { s = s*x + s*s } }; p = s",
        "s = y; " + "s = s*x + s*s; " * 4 + "p = s",
    ),
    (
        "s = y; for i in 0..3 { if i < 2 { s = s*s*x } else { s = exp(s)*y } }; p = s",
        "s = y; s = s*s*x; s = s*s*x; s = exp(s)*y; p = s",
    ),
    (
        "s = y; t = x; for i in 0..3 { u = s*t; t = s + t*t/9; s = u }; p = s*t",
        "s = y; t = x; " + "u = s*t; t = s + t*t/9; s = u; " * 3 + "p = s*t",
    ),
]
# The same, with inner loops that do not run in the first iteration, or in the last one.
UNEVEN = [
    (
        f"s = y; for i in 0..3 {{ for j in {inner} {{ s = s*x + s*s/9 }} }}; p = s",
        f"s = y; {'s = s*x + s*s/9; ' * 3}p = s",
    )
    for inner in ("0..i", "i..2")
]
# A loop that calls a function that calls itself is traced iteration by iteration in dynamic mode.
TRACED = "f(t) = f(t - 1) if t > 99 else t"


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("loop", "unrolled"), UNROLLED)
def test_a_loop_is_what_it_unrolls_to(loop: str, unrolled: str, mode: str) -> None:
    """At every order: one loop is read by many derivatives, and each of them by others."""
    same_derivatives(loop, unrolled, mode, 5)


@pytest.mark.parametrize(("loop", "unrolled"), [*UNROLLED, *UNEVEN])
def test_a_loop_that_is_traced_is_what_it_unrolls_to(loop: str, unrolled: str) -> None:
    before, brace, body = loop.partition("{")
    same_derivatives("; ".join([TRACED, before + brace + re.sub(r"\bx\b", "f(x)", body)]), unrolled, "dynamic", 3)


def same_derivatives(loop: str, unrolled: str, mode: str, order: int) -> None:
    values = {"x": 0.75, "y": 1.25}
    for kind in ({}, {"along_direction": {"x": 1.0, "y": -2.0}}):
        found, expected = (
            exprgrad.compile(text, mode, max_order=order, **kind)(**values).outcomes[-1] for text in (loop, unrolled)
        )
        assert math.isclose(found.value, expected.value, rel_tol=1e-15)
        for a, b in zip(found.derivatives, expected.derivatives, strict=True):
            assert a.with_respect_to == b.with_respect_to
            assert math.isclose(a.value, b.value, rel_tol=1e-11, abs_tol=1e-11), a.with_respect_to


@pytest.mark.slow
@settings(slow, max_examples=EXAMPLES)
@given(st.integers(0, 10**6))
def test_derivatives_are_those_of_the_function(seed: int) -> None:
    """Against central differences, whose steps agree with each other where nothing jumps nearby."""
    text = Maker(seed, smooth=True).program()
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


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        # Newton's method: value, first and second derivative of the square root.
        (
            "x = a; while abs(x*x - a) > 1e-12 { x = (x + a/x)/2 }; c = x",
            {"a": 2.0},
            [1.414213562373095, 0.35355339059327373, -0.08838834764831846],
        ),
        ("x = a; for i in 0..0 { x = x*a }; c = x*a", {"a": 3.0}, [9.0, 6.0, 2.0]),
        ("x = a; for i in 2..4.5 { x = x*i }; c = x", {"a": 3.0}, [72.0, 24.0, 0.0]),
        ("p = a; q = 1; for i in 0..3 { t = p; p = q; q = t*a }; c = p*q", {"a": 3.0}, [81.0, 108.0, 108.0]),
        ("s = 0; for i in 0..3 { for j in 0..i { s = s + a^j } }; c = s", {"a": 3.0}, [5.0, 1.0, 0.0]),
        (
            "s = a; for i in 0..4 { if i % 2 == 0 { s = s*a } else { s = s + a } }; c = s",
            {"a": 2.0},
            [14.0, 17.0, 14.0],
        ),
        ("for i in 0..3 { a = a*a }; c = a", {"a": 1.5}, [1.5**8, 8 * 1.5**7, 56 * 1.5**6]),
        (
            "f(z) = z^2 - a; x = a; for i in 0..6 { x = x - f(x)/diff(f(x), x) }; c = x",
            {"a": 4.0},
            [2.0, 0.25, -0.03125],
        ),
        ("y = a; s = 0; for i in 0..2 { y = y*a; s = s + diff(y, a) }; c = s", {"a": 3.0}, [33.0, 20.0, 6.0]),
        ("u = a^2; if a > 0 { r = diff(u, a) } else { r = diff(u, a, 2) }; c = r", {"a": 3.0}, [6.0, 2.0, 0.0]),
        ("g(t) = diff(t*w, t); w = 2*a; c = g(w)", {"a": 3.0}, [6.0, 2.0, 0.0]),
        ("c = diff(diff(a^4, a), a)", {"a": 2.0}, [48.0, 48.0, 24.0]),
    ],
)
def test_values_and_derivatives(text: str, values: dict[str, float], found: list[float], mode: str) -> None:
    result = exprgrad.compile(text, mode, max_order=2)(**values)
    assert [result["c"], *(d.value for d in result.outcomes[0].derivatives)] == pytest.approx(found, rel=1e-14)
    first = exprgrad.compile(text, mode)(**values)  # numbers alone are all that is asked for
    assert first.outcomes[0].derivatives == result.outcomes[0].derivatives[:1]


@pytest.mark.parametrize("mode", MODES)
def test_a_loop_that_does_not_end(mode: str) -> None:
    with pytest.raises(exprgrad.EvaluationError, match="the loop has not ended after 100 iterations") as caught:
        exprgrad.compile("while a > 0 { a = a + 1 }; c = a", mode, step_limit=100)(a=1)
    assert caught.value.span == (0, 11)
    result = exprgrad.compile("for i in 0..100 { a = a + 1 }; c = a", mode, step_limit=100)(a=1)
    assert result["c"] == 101.0


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("while a > nan*a { a = a - 1 }; c = a", None),
        ("while nan { a = a - 1 }; c = a", "the condition is nan"),
        ("for i in 0..nan*a { a = a - 1 }; c = a", "a bound of the range is nan"),
        ("y = a; for i in 0..9 { y = diff(y*y, a) }; c = y", "needs a derivative of order 6"),
    ],
)
def test_errors(text: str, message: str | None, mode: str) -> None:
    if message is None:
        assert exprgrad.compile(text, mode)(a=1)["c"] == 1.0
    else:
        with pytest.raises(exprgrad.ExprError, match=message):
            exprgrad.compile(text, mode)(a=1)


@pytest.mark.parametrize("mode", MODES)
def test_a_nan_is_blamed_on_its_iteration(mode: str) -> None:
    (note,) = exprgrad.compile("y = a; for k in 0..5 { y = log(y) }; c = y", mode)(a=1.5).notes
    assert note.message == "log(-0.90272045571788) is nan in iteration 3"


@pytest.mark.parametrize("mode", MODES)
def test_notes_of_hard_points_in_loops(mode: str) -> None:
    result = exprgrad.compile("s = 0; for k in 0..5 { s = s + abs(a - k) }; c = s", mode)(a=3)
    assert [note.span for note in result.notes] == [(31, 41)]
    assert not exprgrad.compile("s = 0; for k in 0..5 { s = s + abs(a - k) }; c = s", mode)(a=3.5).notes


def test_nothing_that_is_not_needed_runs() -> None:
    for mode in MODES:
        text = "for i in 0..3 { u = 1 if nan else 2; v = a }; while nan { w = 1 }; c = a"
        assert exprgrad.compile(text, mode)(a=3).gradient("c") == {"a": 1.0}
