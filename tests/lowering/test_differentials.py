"""diff(), gradient(), jacobian() and hessian() of arrays, also in branches and loops, and by what lies outside."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import exprgrad

MODES = ["static", "dynamic"]

# Programs of s = 2 and x = [1, 2], and the value of c.
VALUES: list[tuple[str, Any]] = [
    ("c = gradient(s*sum(x), [s, x])", [3, 2, 2]),
    ("c = jacobian([x[0]*s, x[1]^2], [s, x])", [[1, 2, 0], [0, 0, 4]]),
    ("c = hessian(s^2*x[0], [s, x])", [[2, 4, 0], [4, 0, 0], [0, 0, 0]]),
    ("c = jacobian(s, x)", [0, 0]),
    ("c = jacobian(x*s, s)", [1, 2]),
    ("c = diff(x*x*s, x)", [4, 8]),
    ("c = diff(x*x*s, x, 2)", [4, 4]),
    ("c = diff(x^3 if x > 1 else s*x, x)", [2, 12]),
    ("c = diff(x*s^3, s)", [12, 24]),
    ("c = diff(x*s^3, s, 2)", [12, 24]),
    ("c = diff(x*s^5, s, 4)", [240, 480]),
    ("c = diff(sum(x)*s^2, s)", 12),
    ("c = diff(sum(x^2)*s^2, x, s)", [8, 16]),
    ("c = diff(x^2*s^2, x, s)", [8, 16]),
    ("c = diff(x^2*s^2, s, x)", [8, 16]),
    ("c = diff(outer(x, x)*s^2, s)", [[4, 8], [8, 16]]),
    ("c = diff(cumsum(x)*s^2, s)", [4, 12]),
    ("c = diff(x*s if s > 1 else x, s)", [1, 2]),
    ("c = diff(x, s)", [0, 0]),
    ("c = diff(ones(2), x)", [0, 0]),
    ("c = jacobian(x*s^2, [s, x])", [[4, 4, 0], [8, 0, 4]]),
    ("u = x*s^2; if s > 0 { r = diff(u*s, s) } else { r = u }; c = r", [12, 24]),
    ("u = x*s^2; if s > 0 { r = diff(sum(u)*x, s) } else { r = u }; c = r", [12, 24]),
    ("y = x; r = 0*x; for i in 0..2 { y = y*s; r = diff(y*s, s) }; c = r", [12, 24]),
    ("y = x; r = 0*x; for i in 0..2 { y = y*s; r = diff(y, s) }; c = r", [4, 8]),
    ("y = x; for i in 0..2 { y = y*s }; c = diff(y, s)", [4, 8]),
    ("y = x; for i in 0..2 { y = y*s }; c = diff(y, s, 2)", [2, 4]),
    ("y = s; r = 0*x; for i in 0..2 { y = y*x; r = diff(y*s, s) }; c = r", [4, 16]),
    ("f(t) = diff(x*t^3, t); c = f(s)", [12, 24]),
    ("c = diff(s^5, s, 4)", 240),
    ("if s > 0 { r = diff(s^5, s, 4) } else { r = s }; c = r", 240),
    ("u = s^5; if s > 0 { r = diff(u*s, s, 4) } else { r = s }; c = r", 1440),
    ("u = s^5; r = 0; for i in 0..2 { r = r + diff(u, s, 4)*i }; c = r", 240),
    ("r = 0; for i in 0..2 { u = s^4*(i + 1); r = r + diff(u*s, s, 4) }; c = r", 720),
    ("if s > 0 { r = jacobian(x*s, x) } else { r = jacobian(x, x) }; c = r", [[2, 0], [0, 2]]),
    ("if s < 0 { r = jacobian(x*s, x) } else { r = jacobian(x, x) }; c = r", [[1, 0], [0, 1]]),
    ("u = x*x; if s > 0 { r = diff(sum(u), x) } else { r = u }; c = r", [2, 4]),
    ("u = x*x; if s > 0 { r = jacobian(u, x) } else { r = u }; c = r", [[2, 0], [0, 4]]),
    ("u = x*s; v = u*u; if s > 0 { r = gradient(sum(v), u) } else { r = u }; c = r", [4, 8]),
    ("if s > 0 { r = hessian(sum(x)^2*s, x) } else { r = hessian(s, x) }; c = r", [[4, 4], [4, 4]]),
    ("r = 0*x; for i in 0..2 { u = x*x*(i + 1); r = diff(sum(u), x) }; c = r", [4, 8]),
    ("u = x*s; r = 0; for i in 0..2 { r = r + diff(u[i], s) }; c = r", 3),
    ("u = x^2; t = 0*x; for i in 0..2 { t = t + gradient(sum(u)*s, x) }; c = t", [8, 16]),
    ("y = x; for i in 0..2 { y = y*x }; c = jacobian(y, x)", [[3, 0], [0, 12]]),
    ("y = x; r = 0*x; for i in 0..2 { y = y*x; r = diff(sum(y), x) }; c = r", [3, 12]),
    ("y = x; h = jacobian(0*x, x); for i in 0..2 { y = y*x; h = hessian(sum(y), x) }; c = h", [[6, 0], [0, 12]]),
    ("y = s + 0*x; for i in 0..2 { y = y*x }; c = jacobian(y, s)", [1, 4]),
    ("f(t) = diff(t^3, t); y = 0; for i in 0..2 { y = y + f(x)*s }; c = y", [12, 48]),
    ("y = x; for i in 0..2 { if i == 0 { y = y*y } else { y = y*s } }; c = jacobian(y, x)", [[4, 0], [0, 8]]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_derivatives_of_arrays(text: str, value: Any, mode: str) -> None:
    function = exprgrad.compile(text, mode, max_order=0, fetch_names=["c"])
    for x in ([1, 2], np.array([1.0, 2.0])):
        np.testing.assert_array_equal(function.run({n: {"x": x, "s": 2}[n] for n in function.inputs})["c"], value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("c = log(max(a, b)); g = diff(c, b)", "b", {"a": -1, "b": -2}),
        ("c = log(a); g = diff(c, b) + 0*b", "b", {"a": -1, "b": 1}),
        ("c = log(a)*(b if a > 3 else 2); g = diff(c, b)", "b", {"a": -1, "b": 1}),
        ("u = x; for i in 0..0 { x = u }; c = log(x); g = diff(c, u)", "x", {"x": -1}),
        ("c = log(b) if b > 0 else log(a); g = diff(c, b, b)", "b", {"a": -1, "b": -1}),
        ("c = log(a)*x[0]; g = gradient(c, x)", "x", {"a": -1, "x": [1, 2]}),
        ("c = x*log(x); g = diff(c, x)", "x", {"x": [-1, 2]}),
        ("c = x[0]*log(x[0]); g = jacobian(x*log(x[0]), x)[1]", "x", {"x": [-1, 2]}),
    ],
)
def test_a_derivative_of_nan_is_nan_wherever_it_is_computed(
    text: str, name: str, values: dict[str, Any], mode: str
) -> None:
    """As a printed one is, be it reached at this point or not."""
    order = 2 if f"{name}, {name}" in text else 1
    result = exprgrad.compile(text, mode, max_order=order, fetch_names=["c", "g"])(**values)
    printed = np.asarray(result.derivative("c", *[name] * order)) if "jacobian" not in text else np.full(2, math.nan)
    assert np.array_equal(np.asarray(result["g"]), printed, equal_nan=True)
    assert np.isnan(printed).any()


# Programs of a, b and x, what a note says of them, and of which piece of the text.
INDEPENDENT = [
    ("c = diff(a^2, b)", "this does not depend on b: its derivative is 0", "a^2"),
    ("y = 2*a; c = diff(y, b)", "y does not depend on b: its derivative is 0", "y"),
    ("c = diff(a^2, a, b)", "this does not depend on b: its derivative is 0", "a^2"),
    ("c = gradient(a^2, [b, x])", "this does not depend on b or x: its derivative is 0", "a^2"),
    ("c = jacobian(a*x, b)", "this does not depend on b: its derivative is 0", "a*x"),
    ("q = a^2; y = 2*a; c = diff(y, q)", "y does not depend on q: its derivative is 0", "y"),
    ("q = 2; y = q*a; q = 3; c = diff(y, q)", "y does not depend on q: its derivative is 0", "y"),
    ("y = a; for i in 0..3 { y = y*a }; c = diff(y, b)", "y does not depend on b: its derivative is 0", "y"),
]
DEPENDENT = [
    "c = diff(floor(a), a)",
    "c = diff(a, a, 2)",
    "c = gradient(a^2, [a, b])",
    "c = hessian(a, a)",
    "f(t) = diff(t^2, t); c = f(2) + f(a)",
    "f(t) = diff(t, a); c = f(b) + f(a)",
    "y = b; s = 0; for i in 0..3 { s = s + diff(y, a); y = y*a }; c = s",
    "if a > b { y = a } else { y = b }; c = diff(y, b)",
    "c = diff(a if x[0] > 0 else b, b)",
]


def notes_of(text: str, mode: str) -> list[exprgrad.Note]:
    function = exprgrad.compile(text, mode, fetch_names=["c"], max_order=0)
    values = {"a": 3.0, "b": 2.0, "x": [1.0, 2.0]}
    given = {name: values[name] for name in function.inputs}
    told = [note for _ in range(3) for note in function.run(given).notes]  # a third call may go a short way
    return told[: len(told) // 3] if told == told[: len(told) // 3] * 3 else told


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "message", "place"), INDEPENDENT)
def test_a_derivative_by_what_nothing_is_computed_from_is_told(text: str, message: str, place: str, mode: str) -> None:
    (note,) = notes_of(text, mode)
    assert note.message == message and text[note.span.start : note.span.end] == place


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", DEPENDENT)
def test_one_that_happens_to_be_0_is_not(text: str, mode: str) -> None:
    assert not any("does not depend" in note.message for note in notes_of(text, mode))
