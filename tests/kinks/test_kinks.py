"""Beside a kink: the derivative that is the same on all sides, the convention, or none."""

from __future__ import annotations

import math
import os
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import exprgrad
from tests.kinks.identities import OF_ONE, OF_TWO, POINTS, Pair, functions

EXAMPLES = int(os.environ.get("EXPRGRAD_EXAMPLES", "30"))
slow = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
MODES = ["static", "dynamic"]
ENGINES = ["numpy", "native", "rounded"]
NAN = math.nan


class Case(NamedTuple):
    """The derivatives by x where it is 0, and a piece of the note's text; None: no note."""

    text: str
    numbers: list[float]
    note: str | None = None


CASES = [
    # The same on both sides.
    Case("abs(x)^2", [0.0, 2.0, 0.0]),
    Case("max(x, -x)^2", [0.0, 2.0, 0.0]),
    Case("cos(abs(x))", [0.0, -1.0, 0.0]),
    Case("log(1 + abs(x)^2)", [0.0, 2.0, 0.0]),
    Case("relu(x) - relu(-x)", [1.0, 0.0, 0.0]),
    Case("relu(x)^2 + relu(-x)^2", [0.0, 2.0, 0.0]),
    Case("sqrt(1 + norm([x, 2*x])^2)", [0.0, 5.0, 0.0]),
    Case("hypot(x, x)^2", [0.0, 4.0, 0.0]),
    Case("abs(x^2) + abs(x)^4", [0.0, 2.0, 0.0]),
    Case("abs(x^3)", [0.0, 0.0, 0.0], "kink"),
    Case("std([x, -x])^2", [0.0, 2.0, 0.0]),
    Case("sinh(abs(x))*sign(x)", [1.0, 0.0, 1.0]),
    Case("(x % 1 - 1/2)^2*(x % 1)*(1 - x % 1)", [0.25, -2.5, 12.0], "jumps"),
    # Another one on each: the convention.
    Case("abs(x)", [0.0, 0.0, 0.0], "the middle"),
    Case("relu(x)", [0.0, 0.0, 0.0], "kink"),
    Case("max(x, 0)", [0.5, 0.0, 0.0], "tie"),
    Case("clip(x, 0, 1)", [0.5, 0.0, 0.0], "kink"),
    Case("clip(x - 1, 0, x)", [0.5, 0.0, 0.0], "kink"),
    Case("hypot(x, 0)", [0.0, 0.0, 0.0], "kink"),
    Case("x*abs(x)", [0.0, 0.0, 0.0], "kink"),
    Case("relu(x)^2", [0.0, 0.0, 0.0], "kink"),
    Case("x % 1", [1.0, 0.0, 0.0], "jumps"),
    Case("floor(x)", [0.0, 0.0, 0.0], "jumps"),
    # Neither that of a side nor the middle: the middle at order 1, none above, nor of what it is the derivative of.
    Case("2*relu(x) - relu(-x)", [1.5, 0.0, 0.0], "kink"),
    Case("max(x, 0)^2", [0.0, NAN, NAN], "no derivative of order 2"),
    Case("(x*max(x, 0))^2 + max(x, 0)^2", [0.0, NAN, NAN], "no derivative of order 2"),
]


def same(found: float, expected: float) -> bool:
    return found == pytest.approx(expected, rel=1e-13, abs=1e-13, nan_ok=True)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_at_zero(case: Case, mode: str) -> None:
    result = exprgrad.compile(f"c = {case.text}", mode, max_order=3)(x=0)
    assert [d.value for d in result.outcomes[0].derivatives] == [
        pytest.approx(number, rel=1e-13, abs=1e-13, nan_ok=True) for number in case.numbers
    ]
    if case.note is None:
        assert not result.notes
    else:
        assert any(case.note in note.message for note in result.notes), result.notes


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text)
def test_in_rows(case: Case, engine: str) -> None:
    """A row at the kink is as a run of its own, and leaves those beside it alone."""
    function = exprgrad.compile(f"c = {case.text}", max_order=3)
    if "[" in case.text and engine != "rounded":
        return  # it has arrays on the way
    found = function.rows(engine)(x=[0.25, 0.0, -0.5])
    for derivative, number in zip(found.outcomes[0].derivatives, case.numbers, strict=True):
        assert same(derivative.value[1], number)
    for row, x in ((0, 0.25), (2, -0.5)):
        alone = function(x=x).outcomes[0].derivatives
        for derivative, other in zip(found.outcomes[0].derivatives, alone, strict=True):
            assert derivative.value[row] == pytest.approx(other.value, rel=1e-12, abs=1e-12, nan_ok=True)


class Several(NamedTuple):
    """The second derivatives by x and y at the origin: by x twice, by both, by y twice."""

    text: str
    second: list[float]


SEVERAL = [
    Several("abs(x)*abs(y)", [0.0, 0.0, 0.0]),
    Several("abs(x - y)*abs(x + y)", [0.0, 0.0, 0.0]),
    Several("abs(x - 3*y)*abs(x + 3*y)", [0.0, 0.0, 0.0]),
    Several("abs(x*y)", [0.0, 0.0, 0.0]),
    Several("max(x, y)*min(x, y)", [0.0, 1.0, 0.0]),
    Several("hypot(x, y)*hypot(y, x)", [2.0, 0.0, 2.0]),
    Several("exp(-hypot(x, y)^2)", [-2.0, 0.0, -2.0]),
    Several("std([x, y])^2", [0.5, -0.5, 0.5]),
    Several("norm([x/(2 + y), y])^2", [0.5, 0.0, 2.0]),
    Several("norm(solve([[2, 1], [0, 1 + x]], [x, y]))^2", [0.5, -0.5, 2.5]),
    Several("hypot(x, y)", [NAN, NAN, NAN]),
    Several("max(x, y)^2", [NAN, 0.0, NAN]),
    Several("hypot(x, y)^2 + abs(x - y)*0", [2.0, 0.0, 2.0]),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("case", SEVERAL, ids=lambda case: case.text)
def test_of_two_inputs(case: Several, mode: str) -> None:
    """What is the same on two opposite sides need not be so on all."""
    result = exprgrad.compile(f"c = {case.text}", mode, max_order=2)(x=0, y=0)
    second = [d.value for d in result.outcomes[0].derivatives if len(d.with_respect_to) == 2]
    assert [same(a, b) for a, b in zip(second, case.second, strict=True)] == [True] * 3, second


def test_a_number_of_few_digits_is_printed_as_one() -> None:
    """That the sides are rounded does not show in it."""
    assert exprgrad.compile("c = norm([x, y])^2", max_order=2)(x=0, y=0).derivative("c", "x", "x") == 2.0
    assert exprgrad.compile("c = norm([x, y])^2/3", max_order=2)(x=0, y=0).derivative("c", "x", "x") == 2 / 3


def test_a_cone_names_what_to_write() -> None:
    result = exprgrad.compile("norm(x)", max_order=2)(x=[0, 0])
    assert any("sum(x*x)" in (note.hint or "") for note in result.notes)


@pytest.mark.parametrize("mode", MODES)
def test_inside_of_a_program(mode: str) -> None:
    text = """
    u = cos(abs(x)); a = diff(u, x, 2)
    k = exp(-norm(p - q)^2); c = jacobian(gradient(k, p), q)
    s = 0; for i in 0..3 { s = s + max(x, -x)^2*i }; d = diff(s, x, 2)
    h = hessian(sum(relu(p)^2 + relu(-p)^2), p)
    j = 2*x + diff(relu(x) - relu(-x), x)
    """
    result = exprgrad.compile(text, mode, max_order=0, fetch_names=["a", "c", "d", "h", "j"])(
        x=0, p=[0.3, 0.0], q=[0.3, 0.0]
    )
    assert result["a"] == -1.0 and result["d"] == 6.0 and result["j"] == 1.0
    assert result["c"] == pytest.approx(2 * np.eye(2)) and result["h"] == pytest.approx(2 * np.eye(2))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [list, np.array])
def test_arrays(make: Any, mode: str) -> None:
    """Sides are taken element by element, and only what is at a kink changes."""
    x = make([0.0, 3.0, 0.0])
    full = exprgrad.compile("relu(x) - relu(-x)", mode, full_jacobian=True)(x=x)
    assert np.array_equal(full.outcomes[0].derivatives[0].value, np.eye(3))
    sparse = exprgrad.compile("relu(x) - relu(-x)", mode, sparse=True)(x=x)
    assert np.array_equal(sparse.outcomes[0].derivatives[0].value.toarray(), np.eye(3))
    twice = exprgrad.compile("c = norm(x)*norm(x) + max(x)*0", mode, max_order=2, full_jacobian=True)(
        x=make([0.0, 0.0])
    )
    assert twice.derivative("c", "x", "x") == pytest.approx(2 * np.eye(2), abs=1e-12)
    along = exprgrad.compile("c = abs(x)^2 + abs(y)*abs(y)", mode, max_order=2, along_direction={"x": make([1, 0, 2])})
    assert list(along(x=x, y=make([0.0, 0.0, 1.0])).along_direction("c", 2)) == [2.0, 0.0, 8.0]
    weighted = exprgrad.compile("relu(x) - relu(-x)", mode, weight_by=make([1.0, 2.0, 3.0]))(x=x)
    assert list(weighted.outcomes[0].derivatives[0].value) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("make", [list, np.array])
def test_arrays_of_which_some_elements_stand_still(make: Any, mode: str) -> None:
    text = "c = max([[k[1], relu(k[1])], k[:2]], [[k[1], k[0]], [k[0], 2]])"
    function = exprgrad.compile(text, mode, max_order=2, along_direction={"k": make([1.0, 0.0])})
    found = function(k=make([1.0, 2.0]))
    assert np.array_equal(found.along_direction("c"), [[0, 0], [1, 0]]) and not found.notes
    assert np.array_equal(found.along_direction("c", 2), np.zeros((2, 2)))


PARTIALS = [
    # At a jump that is gone beside the point.
    ("a*sum(abs(sign(w)))", {"a": 0.1, "w": [0.0, 2.0, 0.0]}, "a", 1.0),
    ("n*ceil(abs(p)) + n^2", {"p": 0.0, "n": 3.0}, "n", 6.0),
    ("sign(x)^2*y", {"x": 0.0, "y": 2.0}, "y", 0.0),
    ("relu(heaviside(x, h) + round(y))", {"x": 0.0, "y": 0.0, "h": 0.3}, "h", 1.0),
    # At a kink that is passed only when another input moves.
    ("clip(x, 1, x + h)", {"x": 1.0, "h": 0.0}, "x", 1.0),
    ("clip(2, y, x) + y", {"x": 2.0, "y": 2.0}, "y", 1.0),
    ("max(x, y)*h", {"x": 1.0, "y": 1.0, "h": 2.0}, "h", 1.0),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "point", "by", "slope"), PARTIALS, ids=[row[0] for row in PARTIALS])
def test_a_partial_does_not_rest_on_what_else_is_asked_for(
    text: str, point: dict[str, Any], by: str, slope: float, mode: str
) -> None:
    """Where it exists it is given: it is that of the input moving by itself."""
    others = [name for name in point if name != by]
    found = {}
    for wrt in ([by], [by, *others], [*others, by], [by, others[0]]):
        found[tuple(wrt)] = exprgrad.compile(f"c = {text}", mode, wrt=wrt)(**point).derivative("c", by)
    found["along"] = exprgrad.compile(f"c = {text}", mode, along_direction={by: 1})(**point).along_direction("c")
    assert found == dict.fromkeys(found, slope)


@pytest.mark.parametrize("mode", MODES)
def test_both_partials_where_there_is_no_gradient(mode: str) -> None:
    """The second derivatives are those of all sides, or none."""
    found = exprgrad.compile("c = hypot(x, y)", mode, max_order=2)(x=0, y=0)
    assert found.gradient("c") == {"x": 0.0, "y": 0.0} and math.isnan(found.outcomes[0].derivatives[2].value)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ["heaviside(x, h)", "heaviside(x, h) + abs(x)*abs(y)", "2*x + heaviside(x + y, h)"])
def test_past_a_jump_by_what_does_not_pass_it(text: str, mode: str) -> None:
    """What is beside the jump says nothing of a derivative that stays on it."""
    point = {"x": 0.0, "h": 0.3, "y": 0.0}
    for wrt in ({}, {"wrt": ["h"]}, {"wrt": ["h", "x"]}):
        function = exprgrad.compile(f"c = {text} + 0*y", mode, max_order=2, **wrt)
        found = function(**point)
        assert found.derivative("c", "h") == 1.0 and found.derivative("c", "h", "h") == 0.0
    assert found.derivative("c", "x") == (2.0 if "2" in text else 0.0)
    along = exprgrad.compile(f"c = {text} + 0*y", mode, along_direction={"h": 1})(**point)
    assert along.along_direction("c") == 1.0
    rows = exprgrad.compile(f"c = {text} + 0*y").rows("numpy")(x=[0.0, 1.0, 0.0], h=[0.3, 0.3, 1.0], y=[0.0, 2.0, 0.0])
    assert list(rows.derivative("c", "h")) == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("mode", MODES)
def test_without_notes(mode: str) -> None:
    """The numbers do not rest on whether notes are looked for."""
    x = np.zeros(20_000)
    x[1] = 2.0
    assert np.array_equal(exprgrad.compile("c = relu(x) - relu(-x)", mode)(x=x).derivative("c", "x"), np.ones(20_000))
    quiet = exprgrad.compile("c = abs(x)^2", mode, max_order=2).run({"x": 0}, notes=False)
    assert quiet.derivative("c", "x", "x") == 2.0 and not quiet.notes


@pytest.mark.parametrize("mode", MODES)
def test_what_rests_on_no_kink_stays(mode: str) -> None:
    result = exprgrad.compile("c = sqrt(x) + abs(y)^2; d = abs(y)", mode, max_order=2)(x=0, y=0)
    assert result.derivative("c", "x") == math.inf and result.derivative("c", "x", "x") == -math.inf
    assert result.derivative("c", "y", "y") == 2.0
    assert [note.message.split()[0] for note in result.notes] == ["sqrt", "abs"]  # the one of d


@pytest.mark.parametrize("engine", ENGINES)
def test_rows_in_branches_and_loops(engine: str) -> None:
    x, y = (np.array(v, dtype=float) for v in ([0, 0, 1, -2], [1, -1, 0, 3]))
    for text, slope in [
        ("c = abs(x)^2 if y > 0 else x", np.where(y > 0, 2.0, 0.0)),
        ("if y > 0 { c = max(x, -x)^2 } else { c = x^2*y }", np.where(y > 0, 2.0, 2 * y)),
        ("c = 0; for i in 0..3 { c = c + abs(x)^2*i }; c = c + y", 6.0 + 0 * x),
        ("c = 0; for i in 0..3 { for j in 0..i { c = c + (abs(x)^2 if j > 0 else x^2) } }", 6.0 + 0 * x),
    ]:
        function = exprgrad.compile(text, max_order=2, fetch_names=["c"], wrt=["x"])
        given = {name: v for name, v in (("x", x), ("y", y)) if name in function.inputs}
        assert np.array_equal(function.rows(engine)(**given).derivative("c", "x", "x"), slope), text


@pytest.mark.parametrize("engine", ENGINES)
def test_reduced_rows(engine: str) -> None:
    """A sum over rows, some of which are at a kink of what they share."""
    f = exprgrad.compile("relu(a - x) - relu(x - a)", wrt=["a"]).rows(engine, reduce="sum")
    assert f(x=[0.0, 1.0, 2.0, 1.0], a=1.0).outcomes[0].derivatives[0].value == 4.0


@pytest.mark.slow
@slow
@given(functions(arrays=True), st.sampled_from(POINTS), st.sampled_from(POINTS), st.sampled_from([2, 3]))
def test_smooth_functions(pair: Pair, x: float, y: float, order: int) -> None:
    kinked, smooth = (f"c = {text} + 0*x + 0*y" for text in pair)
    expected = exprgrad.compile(smooth, max_order=order)(x=x, y=y).outcomes[0]
    static, dynamic = (exprgrad.compile(kinked, mode, max_order=order)(x=x, y=y) for mode in MODES)
    assert repr(static.outcomes) == repr(dynamic.outcomes) and static.notes == dynamic.notes
    if not all(math.isfinite(number) for number in (expected.value, *[d.value for d in expected.derivatives])):
        return
    scale = max([1.0, *[abs(d.value) for d in expected.derivatives]])
    for found, wanted in zip(static.outcomes[0].derivatives, expected.derivatives, strict=True):
        assert found.value == pytest.approx(wanted.value, abs=1e-9 * scale), found


@pytest.mark.slow
@slow
@given(functions(), st.data())
def test_smooth_functions_of_arrays(pair: Pair, data: st.DataObject) -> None:
    kinked, smooth = (f"c = sum({text} + 0*x + 0*y)" for text in pair)
    points = st.lists(st.sampled_from(POINTS), min_size=2, max_size=2)
    given = {name: data.draw(points) for name in "xy"}
    full = data.draw(st.booleans())
    expected = exprgrad.compile(smooth, max_order=2, full_jacobian=full)(**given).outcomes[0]
    numbers = [np.asarray(d.value) for d in expected.derivatives]
    if not all(np.isfinite(number).all() for number in numbers):
        return
    scale = max(1.0, *[np.abs(number).max() for number in numbers])
    make = data.draw(st.sampled_from([list, np.array]))
    mode = data.draw(st.sampled_from(MODES))
    found = exprgrad.compile(kinked, mode, max_order=2, full_jacobian=full)(**{k: make(v) for k, v in given.items()})
    for derivative, number in zip(found.outcomes[0].derivatives, numbers, strict=True):
        assert np.asarray(derivative.value) == pytest.approx(number, abs=1e-9 * scale), derivative


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("pair", [*OF_ONE, *OF_TWO], ids=lambda pair: pair[0])
def test_smooth_functions_of_rows(pair: Pair, engine: str) -> None:
    x, y = (grid.reshape(-1) for grid in np.meshgrid(POINTS, POINTS))
    kinked, smooth = (f"c = {text.format(u='x - y', v='x*y')}*y" for text in pair)
    found = exprgrad.compile(kinked, max_order=2).rows(engine)(x=x, y=y)
    expected = exprgrad.compile(smooth, max_order=2).rows(engine)(x=x, y=y)
    for derivative, wanted in zip(found.outcomes[0].derivatives, expected.outcomes[0].derivatives, strict=True):
        assert derivative.value == pytest.approx(wanted.value, rel=1e-11, abs=1e-11), derivative.with_respect_to


@pytest.mark.slow
def test_what_is_left_of_a_pole_is_rounding() -> None:
    """One element moves a million times further than the other, and so does what rounding leaves."""
    kinked = exprgrad.compile("c = sin(2*x)*x*std([y, x*y])^2", max_order=3)(x=1, y=0.5)
    smooth = exprgrad.compile("c = sin(2*x)*x*(y*(1 - x)/2)^2", max_order=3)(x=1, y=0.5)
    for found, wanted in zip(kinked.outcomes[0].derivatives, smooth.outcomes[0].derivatives, strict=True):
        assert found.value == pytest.approx(wanted.value, abs=1e-12), found


@pytest.mark.parametrize("mode", MODES)
def test_a_derivative_that_is_absent_on_all_sides(mode: str) -> None:
    text = "v = y/x; w = x; for i in 0..2 { w = max(w, 2 % v) }; c = diff((x if inf else v), x, x) + w"
    result = exprgrad.compile(text, mode)(x=0, y=1)
    assert math.isnan(result["c"]) and any("no derivative of order 2" in note.message for note in result.notes)


@pytest.mark.parametrize("mode", ["static", "dynamic"])
@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("u = heaviside(x, 0.3); c = (x if u == 0.3 else 5*x) + relu(x) - relu(-x)", 2.0),
        ("u = sign(x); if u == 0 { v = x } else { v = 7*x }; c = v + max(x, 0) + min(x, 0)", 2.0),
        (
            "u = heaviside(x, 0.3); n = 0; while n < 3 and u == 0.3 { n = n + 1; x = 2*x }; c = x + relu(x) - relu(-x)",
            16.0,
        ),
        ("u = heaviside(atan2(x, x), 0); q = x; if -2 < u { q = 0*x }; c = q + relu(x) - relu(-x)", 1.0),
    ],
)
def test_a_condition_is_that_of_the_point_itself(text: str, slope: float, mode: str) -> None:
    """Beside it a jump has another value, and what is not known there decides nothing."""
    function = exprgrad.compile(text, mode, fetch_names=["c"])
    assert function(x=0).derivative("c", "x") == slope
    along = exprgrad.compile(text, mode, fetch_names=["c"], along_direction={"x": -2})
    assert along(x=0).along_direction("c") == -2 * slope
