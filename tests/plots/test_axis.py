"""Where numbers lie along an axis, and which are written beside it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exprgrad.plots.axis import Axis, written

TABLE = [
    (Axis(-3, 3), 7, "-3 -2 -1 0 1 2 3"),
    (Axis(-3, 3), 6, "-2 0 2"),
    (Axis(0, 1), 6, "0.0 0.2 0.4 0.6 0.8 1.0"),
    (Axis(0, 0.3), 4, "0.0 0.1 0.2 0.3"),
    (Axis(0.047, 1.0), 3, "0.5 1.0"),
    (Axis(-1e300, 1e300), 5, "-1e300 -5e299 0 5e299 1e300"),
    (Axis(1e-320, 5e-320), 5, "1e-320 2e-320 3e-320 4e-320 5e-320"),
    (Axis(-1.7e308, 1.7e308), 4, "-1e308 0 1e308"),
    (Axis(1e6, 3e6), 3, "1e6 2e6 3e6"),
    (Axis(0, 2e-5), 3, "0 1e-5 2e-5"),
    (Axis(1e-3, 1e3, True), 7, "0.001 0.01 0.1 1 10 100 1000"),
    (Axis(1e-3, 1e3, True), 4, "0.001 0.1 10 1000"),
    (Axis(1, 50, True), 6, "1 2 5 10 20 50"),
    (Axis(1, 50, True), 5, "1 3 10 30"),
    (Axis(0.02, 3.6, True), 7, "0.02 0.05 0.1 0.2 0.5 1 2"),
    (Axis(-70, -2, True), 7, "-50 -20 -10 -5 -2"),
    (Axis(1.5, 9, True), 7, "2 3 5 7"),
    (Axis(-1e3, -1, True), 4, "-1000 -100 -10 -1"),
    (Axis(1e-9, 1e9, True), 4, "1e-9 1e-4 1e1 1e6"),
]


@pytest.mark.parametrize(("axis", "most", "texts"), TABLE)
def test_numbers(axis: Axis, most: int, texts: str) -> None:
    assert " ".join(written(axis, axis.round_numbers(most))) == texts


@given(
    st.floats(-1e307, 1e307).flatmap(lambda a: st.tuples(st.just(a), st.floats(-1e307, 1e307))),
    st.integers(1, 12),
)
def test_round_numbers_lie_on_the_axis(ends: tuple[float, float], most: int) -> None:
    low, high = sorted(ends)
    if low == high:
        return
    axis = Axis(low, high)
    numbers = axis.round_numbers(most)
    assert len(numbers) <= most
    assert numbers == sorted(set(numbers)) or high - low < 1e-9 * max(abs(low), abs(high))
    assert all(low <= x <= high for x in numbers)
    texts = written(axis, numbers)
    if high - low > 1e-6 * max(abs(low), abs(high)):
        assert [float(text) for text in texts] == pytest.approx(numbers, rel=1e-9)


@given(st.floats(-6, 6), st.floats(math.log10(1.5), 12), st.sampled_from([7, 8, 9, 11]), st.sampled_from([1, -1]))
def test_numbers_cover_a_logarithmic_axis(start: float, decades: float, most: int, sign: int) -> None:
    low, high = sorted([sign * 10**start, sign * 10 ** (start + decades)])
    axis = Axis(low, high, True)
    numbers = axis.round_numbers(most)
    assert 3 <= len(numbers) <= most
    assert numbers == sorted(set(numbers)) and low <= numbers[0] and numbers[-1] <= high
    assert np.diff([0.0, *axis.place(np.array(numbers)), 1.0]).max() <= 0.45


@pytest.mark.parametrize(
    "axis", [Axis(-3, 3), Axis(1e-3, 1e3, True), Axis(-1e3, -1e-3, True), Axis(-1.7e308, 1.7e308), Axis(0, 5e-324)]
)
def test_points_have_equal_distances(axis: Axis) -> None:
    points = axis.points(11)
    assert points[0] == axis.low and points[-1] == axis.high
    assert (np.diff(points) >= 0).all()
    if axis.high > 1e-300:
        assert axis.place(points) == pytest.approx(np.linspace(0, 1, 11), abs=1e-12)


def test_a_logarithmic_axis_stretches() -> None:
    axis = Axis(1, math.e**2, True)
    assert axis.place(math.e) == pytest.approx(0.5)
    assert axis.stretch(3.0) == pytest.approx(3.0)
