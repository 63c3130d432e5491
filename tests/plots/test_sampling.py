"""Where curves are computed, and where they break."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exprgrad
from exprgrad.plots.axis import Axis
from exprgrad.plots.evaluation import Evaluation
from exprgrad.plots.sampling import Samples, roundest, sampled

VALUE, SLOPE = ("c", ()), ("c", (0,))


def of(text: str, low: float, high: float, *, logarithmic: bool = False) -> Samples:
    function = exprgrad.compile(text, wrt=["x"])
    return sampled(Evaluation(function.task, ["x"], {}), Axis(low, high, logarithmic))


def breaks(samples: Samples, key: Any, kind: str) -> list[float]:
    return [b.at for b in samples.breaks if b.key == key and b.kind == kind]


def crossed(samples: Samples, key: Any, place: float) -> bool:
    """Whether a line goes over a place."""
    xs, joined = samples.xs, samples.joined[key]
    return bool((joined & (xs[:-1] < place) & (place < xs[1:])).any()) or bool(
        (joined[:-1] & joined[1:] & (xs[1:-1] == place)).any()
    )


POLES = [
    ("1/x", -3, 3, [0]),
    ("1/x", -3, 2.95, [0]),
    ("1/x^2", -3, 2.95, [0]),
    ("1/(x - 1/3)", 0, 1, [1 / 3]),
    ("tan(x)", -6, 6, [-3 * math.pi / 2, -math.pi / 2, math.pi / 2, 3 * math.pi / 2]),
    ("1/sin(pi*x)", -1.5, 1.5, [-1, 0, 1]),
    ("gamma(x)", -2.5, 3, [-2, -1, 0]),
    ("log(abs(x))", -3, 2.9, [0]),
    ("x + 1/(x - 0.7)^3", -1, 2, [0.7]),
]


@pytest.mark.parametrize(("text", "low", "high", "places"), POLES)
def test_no_line_crosses_a_pole(text: str, low: float, high: float, places: list[float]) -> None:
    samples = of(text, low, high)
    assert breaks(samples, VALUE, "pole") == pytest.approx(places, abs=1e-12)
    for place in breaks(samples, VALUE, "pole"):
        beyond = samples.ys[VALUE][np.searchsorted(samples.xs, place)]
        # On a pole that is even both sides are far above what is shown.
        assert not crossed(samples, VALUE, place) or abs(samples.limits[VALUE].place(beyond)) > 10
    assert samples.limits[VALUE].cut
    assert abs(samples.limits[VALUE].low) < 1000 and abs(samples.limits[VALUE].high) < 1000


JUMPS = [
    ("floor(x)", -2.5, 2.5, [-2, -1, 0, 1, 2]),
    ("sign(x)", -1, 1, [0]),
    ("x if x < 0.3 else 1 - x", 0, 1, [0.3]),
    ("x % 1", -1.5, 1.5, [-1, 0, 1]),
    ("sign(sin(x))", -4, 4, [-math.pi, 0, math.pi]),
    ("1e300*sign(x - 1/3)", -1, 1, [1 / 3]),
    ("heaviside(x - 1e-7, 1)", -1, 1, [1e-7]),
    ("floor(x)*1e-3", 0.5, 1.5, [1]),
    ("x + step(x - 0.733)", 0, 1, [0.733]),
    ("x + 4e-3*step(x - 0.5123)", 0, 1, [0.5123]),
    ("x^2/4 + 100*step(x - 1.644675216375791)", -3, 3, [1.644675216375791]),
]


@pytest.mark.parametrize(("text", "low", "high", "places"), JUMPS)
def test_no_line_crosses_a_jump(text: str, low: float, high: float, places: list[float]) -> None:
    samples = of(text, low, high)
    assert breaks(samples, VALUE, "jump") == pytest.approx(places, abs=1e-12)
    assert not any(crossed(samples, VALUE, place) for place in breaks(samples, VALUE, "jump"))
    assert not samples.limits[VALUE].cut


KINKS = [
    ("abs(x)", -3, 3, [0], 0),
    ("abs(x - 1/3)", -3, 2.9, [1 / 3], 0),
    ("max(x, 1 - x)", 0, 1, [0.5], 0.5),
    ("abs(sin(x))", -4, 4, [-math.pi, 0, math.pi], 0),
    ("relu(x - 0.123456789)", -1, 1, [0.123456789], 0),
    ("x if x > 1 else 2*x - 1", 0.3, 2, [1], 1),
    ("abs(x - 2)/3", 0, 10, [2], 0),
    ("x^3/20 + 3*abs(x - 1.61)", -3, 3, [1.61], 1.61**3 / 20),
]


@pytest.mark.parametrize(("text", "low", "high", "places", "value"), KINKS)
def test_a_kink_is_a_corner_of_the_curve(text: str, low: float, high: float, places: list[float], value: float) -> None:
    samples = of(text, low, high)
    found = breaks(samples, SLOPE, "jump")
    assert found == pytest.approx(places, abs=1e-12)
    for place in found:
        here = int(np.searchsorted(samples.xs, place))
        assert samples.xs[here] == place
        assert samples.ys[VALUE][here] == pytest.approx(value, abs=1e-12)
        assert samples.joined[VALUE][here - 1] and samples.joined[VALUE][here]
        assert not crossed(samples, SLOPE, place)
    assert breaks(samples, VALUE, "jump") == breaks(samples, VALUE, "pole") == []


@pytest.mark.parametrize(
    "text",
    ["sin(x)", "exp(x)", "abs(x)^2", "tanh(1e6*x)", "cbrt(x)", "x^3", "atan(1000*x)", "0*x", "sin(200*x)", "x*abs(x)"],
)
def test_a_smooth_curve_has_no_breaks(text: str) -> None:
    samples = of(text, -1, 1.1)
    assert not [b for b in samples.breaks if b.key == VALUE]
    assert samples.joined[VALUE].all()


EXTREMES = [
    ("sin(x)/x", 1, 20, math.sin(4.493409457909064) / 4.493409457909064, math.sin(1)),
    ("exp(-1e6*(x - 0.3)^2)", -3, 3, 0, 1),
    ("exp(-1e6*(x - 0.3333)^2)", -3, 3, 0, 1),
    ("x*exp(-x)", 0, 10, 0, math.exp(-1)),
    ("sin(1000*pi*x)", 0, 1, -1, 1),
    ("sin(1200*pi*x)", 0, 1, -1, 1),  # it is 0 at all of the first points
    ("cos(x)*exp(-x/5)", 0, 30, math.cos(2.944197093739917) * math.exp(-2.944197093739917 / 5), 1),
    ("1/(1 + 1e4*(x - 0.1234)^2)", 0, 1, 1 / (1 + 1e4 * 0.8766**2), 1),
    ("x^4 - x^2", -1, 1.05, -0.25, 1.05**4 - 1.05**2),
]


@pytest.mark.parametrize(("text", "low", "high", "least", "most"), EXTREMES)
def test_extremes_are_found(text: str, low: float, high: float, least: float, most: float) -> None:
    limits = of(text, low, high).limits[VALUE]
    height = most - least
    assert (limits.low, limits.high) == (
        pytest.approx(least, abs=2e-3 * height),
        pytest.approx(most, abs=2e-3 * height),
    )


@pytest.mark.parametrize(
    ("text", "starts", "kind"),
    [("sqrt(x - 1/3)", 1 / 3, "edge"), ("log(x)", 0, "pole"), ("x^x", 0, "edge"), ("acosh(x)", 1, "edge")],
)
def test_a_curve_ends_where_its_values_end(text: str, starts: float, kind: str) -> None:
    samples = of(text, -2, 4)
    assert breaks(samples, VALUE, kind) == pytest.approx([starts], abs=1e-6)
    drawn = samples.xs[:-1][samples.joined[VALUE]]
    assert drawn[0] == pytest.approx(starts, abs=1e-3)
    assert samples.joined[VALUE][samples.xs[:-1] > drawn[0]].all()


def test_a_hole_is_one_place() -> None:
    samples = of("sin(x)/x", -3, 3)
    assert breaks(samples, VALUE, "hole") == [0.0]
    assert samples.limits[VALUE].high == pytest.approx(1)


def test_an_oscillation_without_end_ends() -> None:
    samples = of("sin(1/x)", -1, 1)
    assert breaks(samples, VALUE, "hole") == [0.0]
    assert len(samples.xs) < 10_000
    assert (samples.limits[VALUE].low, samples.limits[VALUE].high) == pytest.approx((-1, 1), abs=1e-3)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0*x", -1, 1),
        ("x - x + 1e300", -1, 1),
        ("x*1e-320", 0, 1),
        ("x*1e308", -1.7, 1.7),
        ("x", 1e-320, 1e-310),
        ("x", 1.0, 1.0000000000000002),
        ("x^2", -1e308, 1.7e308),
        ("exp(x^2)", -30, 30),
        ("sin(x)^2 + cos(x)^2", -3, 3),
        ("sqrt(x)", -2, -1),
        ("inf*x", -2, -1),
    ],
)
def test_odd_numbers(text: str, low: float, high: float) -> None:
    samples = of(text, low, high)
    for limits in samples.limits.values():
        assert -math.inf < limits.low < limits.high < math.inf
    assert (np.diff(samples.xs) > 0).all()
    assert samples.xs[0] == low and samples.xs[-1] == high


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("x^2", -1.7e308, 1.7e308), ("x*1e300", -1e10, 1e10), ("x if x < 1 else inf", 0, 3), ("exp(x)", 0, 1000)],
)
def test_what_leaves_the_doubles_goes_on_and_does_not_jump(text: str, low: float, high: float) -> None:
    samples = of(text, low, high)
    assert samples.limits[VALUE].cut
    assert breaks(samples, VALUE, "jump") == []


@pytest.mark.parametrize("text", ["floor(3*x)", "1/(x - 0.3)", "abs(sin(50*x))", "sin(1/x)/x"])
def test_points_that_are_given_are_all(text: str) -> None:
    given = Axis(0.1, 2).points(41)
    function = exprgrad.compile(text, wrt=["x"])
    samples = sampled(Evaluation(function.task, ["x"], {}), Axis(0.1, 2), given)
    assert samples.xs.tolist() == given.tolist()
    assert samples.joined[VALUE].all() and not samples.breaks


def test_a_point_without_a_value_is_told() -> None:
    for text, kind in [("sin(x)/x", "hole"), ("1/x^2", "pole")]:
        function = exprgrad.compile(text, wrt=["x"])
        samples = sampled(Evaluation(function.task, ["x"], {}), Axis(-1, 1), np.arange(-5, 6) / 5)
        assert breaks(samples, VALUE, kind) == [0.0] and samples.joined[VALUE].sum() == 8


NOISE = [
    ("abs((sin(1 + x) - sin(1))/x - cos(1))", 1e-12, 1, True),
    ("abs((sin(1 + x) - sin(1 - x))/(2*x) - cos(1))", 1e-12, 1, True),
    ("(x-1)^7 - (x^7 - 7*x^6 + 21*x^5 - 35*x^4 + 35*x^3 - 21*x^2 + 7*x - 1)", 0.99, 1.01, False),
]


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize(("text", "low", "high", "logarithmic"), NOISE)
def test_rounding_noise_is_not_followed(text: str, low: float, high: float, logarithmic: bool, upright: bool) -> None:
    function = exprgrad.compile(text, wrt=["x"])
    samples = sampled(Evaluation(function.task, ["x"], {}), Axis(low, high, logarithmic), (), upright)
    assert len(samples.xs) < 2000
    assert not [b for b in samples.breaks if b.key == VALUE] and samples.joined[VALUE].all()


def test_a_jump_on_a_logarithmic_axis_is_no_pole() -> None:
    samples = of("1e9*x + 3e9*step(x - 2e-9)", 1e-12, 1, logarithmic=True)
    assert not breaks(samples, VALUE, "pole")


def test_rounding_is_no_shape() -> None:
    limits = of("sin(x)^2 + cos(x)^2", -3, 3).limits[VALUE]
    assert limits.high - limits.low > 1


def test_a_logarithmic_axis() -> None:
    samples = of("abs(log(x))", 1e-3, 1e3, logarithmic=True)
    assert breaks(samples, SLOPE, "jump") == [1.0]
    assert np.count_nonzero(samples.xs < 1) > 200
    negative = of("1/(x + 1)", -1e3, -1e-3, logarithmic=True)
    assert breaks(negative, VALUE, "pole") == pytest.approx([-1])


@given(st.floats(0.05, 0.95), st.floats(-3, 3), st.floats(0.5, 3))
def test_a_jump_anywhere_is_found(place: float, before: float, height: float) -> None:
    samples = of(f"{before!r}*x if x < {place!r} else {before!r}*x + {height!r}", 0, 1)
    assert breaks(samples, VALUE, "jump") == pytest.approx([place], abs=1e-12)
    assert not crossed(samples, VALUE, place)


@pytest.mark.slow
@given(
    st.sampled_from(["x", "x^2/4", "x^3/20", "sin(x)", "exp(-x)", "cos(3*x)", "0"]),
    st.sampled_from([("step", VALUE), ("sign", VALUE), ("abs", SLOPE), ("relu", SLOPE)]),
    st.sampled_from([(0, 1), (-3, 3), (-1, 10), (1, 7)]),
    st.floats(0.05, 0.95),
    st.integers(2, 12),
    st.sampled_from([0.3, 1, 3, 100]),
)
def test_a_break_that_a_point_hits_is_found(
    smooth: str, function: tuple[str, Any], ends: tuple[float, float], part: float, digits: int, height: float
) -> None:
    name, broken = function
    place = round(ends[0] + (ends[1] - ends[0]) * part, digits)
    samples = of(f"{smooth} + {height}*{name}(x - ({place!r}))", *ends)
    for key in (VALUE, SLOPE):
        assert breaks(samples, key, "jump") == ([place] if key == broken else [])
    assert not crossed(samples, broken, place)


@given(st.floats(-1e6, 1e6), st.floats(0, 10))
def test_the_roundest_number_lies_between(low: float, width: float) -> None:
    assert low <= roundest(low, low + width) <= low + width


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (-1e-17, 2e-16, 0),
        (0.29999999999999993, 0.30000000000000004, 0.3),
        (2, 2, 2),
        (3.1415926535897927, 3.1415926535897936, 3.141592653589793),
    ],
)
def test_the_roundest_number(low: float, high: float, found: float) -> None:
    assert roundest(low, high) == found
