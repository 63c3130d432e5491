"""Points that were measured, beside the curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.plots.axis import Axis
from exprgrad.plots.curves import Picture
from exprgrad.plots.points import Points
from exprgrad.screen import Screen

X = [0.0, 0.25, 0.5, 0.75, 1.0]
Y = [7.0, -3.0, 2.0, 1.0, 0.5]
MEASURED = {"x": X, "c": Y}
SCREENS = [Screen(80, 24), Screen(80, 24, unicode=False), Screen(40, 24)]


def picture(text: str, **given: Any) -> Picture:
    found = exprgrad.compile(text).plot(**given)._picture
    assert isinstance(found, Picture)
    return found


def table(kind: str) -> Any:
    columns = {**MEASURED, "other": ["a"] * 5}
    if kind == "lists":
        return columns
    if kind == "arrays":
        return {name: np.array(x) for name, x in columns.items()}
    package = pytest.importorskip(kind)
    return package.table(columns) if kind == "pyarrow" else package.DataFrame(columns)


@pytest.mark.parametrize("kind", ["lists", "arrays", "polars", "pyarrow", "pandas"])
def test_points_of_every_table_are_those_of_their_result(kind: str) -> None:
    shown = picture("c = x; d = 2*x", x=(0, 1), points=table(kind))
    results, slopes = shown.panels
    ((of, points),) = results.points
    assert of == 0 and not slopes.points
    assert (points.xs.tolist(), points.ys.tolist()) == (X, Y)
    assert results.upright.low < min(Y) and results.upright.high > max(Y)
    assert shown.panels[1][1:] == picture("c = x; d = 2*x", x=(0, 1)).panels[1][1:]


def test_what_lies_beyond_is_counted() -> None:
    measured = {"x": [-1.0, 0.0, 1.0, 2.0, 0.5, float("nan"), 0.5], "c": [1, 2, 3, 4, float("inf"), 1, float("nan")]}
    shown = picture("c = x", x=(0, 1), points=measured)
    assert shown.remarks == ["points of c beyond what is shown: 5 of 7"]
    ((_, points),) = shown.panels[0].points
    assert points is not None and points.ys.tolist() == [2.0, 3.0]
    assert picture("c = x", x=(0, 1), points=MEASURED).remarks == []


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize(("over", "xs"), [((0, 1), X), ((1e-3, 1e3, "log"), [1e-3, 10**-1.5, 1, 10**1.5, 1e3])])
def test_points_stand_where_they_are_on_a_terminal(over: Any, xs: list[float], screen: Screen) -> None:
    plot = exprgrad.compile("c = 0*x", max_order=0).plot(x=over, points={"x": xs, "c": Y})
    lines = plot.text(screen).splitlines()
    start = 1 + max(line.find(side) for line in lines for side in "│|")
    marks = sorted(
        (i, j) for j, line in enumerate(lines[:-3]) for i, mark in enumerate(line) if mark == "+" and i >= start
    )
    assert len(marks) == 5
    assert np.argsort([j for _, j in marks]).tolist() == np.argsort(np.negative(Y)).tolist()
    steps = np.diff([i for i, _ in marks])
    assert steps.max() - steps.min() <= 1


def test_a_curve_is_seen_in_a_crowd_of_points() -> None:
    xs, ys = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 1, 300), np.linspace(-1, 2, 300)))
    f = exprgrad.compile("c = x", max_order=0)
    text = f.plot(x=(0, 1), points={"x": xs, "c": ys}).text(SCREENS[0])
    assert text.count("+") > 800
    assert sum("\u2800" < mark < "\u2900" for mark in text) > 50


@pytest.mark.parametrize("blocks", [1, 2, 7, 120])
def test_of_many_points_none_is_far_from_one_that_is_kept(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    points = Points(Axis(0.0, 1.0))
    xs, ys = random.random(240_000), random.standard_normal(240_000)
    for part in np.array_split(np.arange(len(xs)), blocks):
        points.add(xs[part], ys[part])
    height = ys.max() - ys.min()
    kept = set(zip(points.xs.tolist(), points.ys.tolist(), strict=True))
    all_of_them = set(zip(xs.tolist(), ys.tolist(), strict=True))
    assert kept <= all_of_them and len(kept) <= 100_000
    cells = {(round(x * 400), round(y * 200 / height)) for x, y in kept}
    near = {(i + a, j + b) for i, j in cells for a in (-1, 0, 1) for b in (-1, 0, 1)}
    assert {(round(x * 400), round(y * 200 / height)) for x, y in all_of_them} <= near
    assert (points.count, points.beyond) == (240_000, 0)


def test_so_many_points_are_all_kept() -> None:
    points = Points(Axis(0.0, 1.0))
    points.add(np.full(100_000, 0.5), np.full(100_000, 2.0))
    assert len(points.xs) == 100_000
    points.add(np.full(1, 0.5), np.full(1, 2.0))
    assert points.xs.tolist() == [0.5]


def test_a_figure_has_the_points() -> None:
    (axes,) = exprgrad.compile("c = x", max_order=0).plot(x=(0, 1), points=MEASURED).figure().axes
    (line,) = [line for line in axes.lines if line.get_marker() == "+"]
    assert np.asarray(line.get_xydata()).tolist() == [[x, y] for x, y in zip(X, Y, strict=True)]
    assert line.get_linestyle() == "None"
    low, high = axes.get_ylim()
    assert low < min(Y) and high > max(Y)


@pytest.mark.parametrize("over", [(0, 1), (1e-3, 1e3, "log"), (-1e3, -1e-3, "log")])
def test_points_at_the_ends_stand_beside_the_frame(over: Any) -> None:
    f = exprgrad.compile("c = x", max_order=0)
    (axes,) = f.plot(x=over, points={"x": [over[0], over[1]], "c": [1, 2]}).figure().axes
    low, high = axes.get_xlim()
    assert low < over[0] < over[1] < high
    assert f.plot(x=over).figure().axes[0].get_xlim() == over[:2]


def test_an_input_that_is_called_points_is_that() -> None:
    assert picture("c = points*x", x=(0, 1), points=3).panels[0].curves[0].ys[-1] == 3.0


ERRORS: list[tuple[str, dict[str, Any], str]] = [
    ("c = x", {"points": {"x": X}}, "the table of points has no column that is called like a result, c"),
    ("c = x; d = x", {"points": {"x": X}}, "the table of points has no column that is called like a result, c or d"),
    (
        "c = x",
        {"points": {"c": X}},
        "the table of points has no column that is called like the variable of the plot, x",
    ),
    ("c = x", {"points": {}}, "the table of points has no column"),
    ("c = x", {"points": [1, 2]}, "a table has columns by their names, found list"),
    ("c = x", {"points": {"x": X, "c": [1, 2]}}, "x has shape (5,), c has (2,)"),
    ("c = x", {"points": {"x": X, "c": ["a"] * 5}}, "the column c is of"),
    ("c = [x, 2]", {"points": MEASURED}, "c is an array, and points are of a number"),
    ("c = x*y", {"y": (0, 1), "points": MEASURED}, "points are drawn over one variable"),
    ("c = points*x", {}, "no value for points"),
]


@pytest.mark.parametrize(("text", "given", "message"), ERRORS)
def test_points_that_cannot_be_drawn(text: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.ExprError) as caught:
        exprgrad.compile(text).plot(x=(0, 1), **given)
    assert caught.value.message.startswith(message)
    assert caught.value.hint
