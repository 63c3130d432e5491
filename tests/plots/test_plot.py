"""Plots from Python, and what is refused."""

from __future__ import annotations

import builtins
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.plots.curves import Picture, within
from exprgrad.plots.field import Field
from exprgrad.plots.labels import Labels
from exprgrad.plots.plot import Plot
from exprgrad.ranges import Listed, Range
from exprgrad.screen import Screen

WIDTHS = (24, 40, 80, 160, 400)


def plot(text: str, **given: Any) -> Plot:
    return exprgrad.compile(text).plot(**given)


def picture(made: Plot) -> Picture:
    found = made._picture
    assert isinstance(found, Picture)
    return found


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize(
    "text", ["sin(x)/x", "1/x; x", "abs(x)", "x*1e300", "0*x", "floor(x)", "sqrt(x)", "tan(20*x)", "sin(1/x)", "x/1e9"]
)
def test_a_plot_fits_its_screen(text: str, width: int, unicode: bool) -> None:
    shown = plot(text, x=(-2, 3)).text(Screen(width, 24, False, unicode))
    lines = shown.splitlines()
    drawn = [line for line in lines if re.search(r"[│┤└|+]", line)]
    below = lines.index(drawn[-1]) + 3
    assert max(map(len, lines[:below])) <= min(width, 160)
    assert len(drawn) >= 6 and len(lines) <= 24 + 6
    assert shown.isascii() or unicode
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in shown and "\u2800" not in shown


def test_panels_are_by_order_and_input() -> None:
    f = exprgrad.compile("c = a*sin(x); d = x^2", wrt=["x", "a"], max_order=2)
    labels = [[curve.label for curve in panel.curves] for panel in picture(f.plot(x=(0, 1), a=2)).panels]
    assert labels == [
        ["c", "d"],
        ["dc/dx", "dd/dx"],
        ["dc/da", "dd/da"],
        ["d2c/dx2", "d2d/dx2"],
        ["d2c/dxda", "d2d/dxda"],
        ["d2c/da2", "d2d/da2"],
    ]


def test_curves_have_the_values_of_the_program() -> None:
    f = exprgrad.compile("c = a*sin(x)*x", wrt=["a", "x"])
    for panel, key in zip(picture(f.plot(x=(0, 1), a=2)).panels, [(), ("a",), ("x",)], strict=True):
        (curve,) = panel.curves
        for i in range(0, len(curve.xs), 97):
            result = f(a=2, x=curve.xs[i])
            assert curve.ys[i] == (result.derivative("c", *key) if key else result["c"])


def test_values_only_still_know_where_they_break() -> None:
    shown = picture(exprgrad.compile("abs(x)", max_order=0).plot(x=(-1, 1.1)))
    assert [curve.label for panel in shown.panels for curve in panel.curves] == ["c"]
    assert shown.remarks == ["c has a kink at x = 0"]


def test_elements_are_curves() -> None:
    shown = picture(plot("c = [abs(x), a[0]*x]; d = x^3", x=(-1, 2), a=[3, 4]))
    assert [[curve.label for curve in panel.curves] for panel in shown.panels] == [
        ["c[0]", "c[1]", "d"],
        ["dc[0]/dx", "dc[1]/dx", "dd/dx"],
    ]
    (_, slope, _), (_, second, third) = shown.panels[0].curves, shown.panels[1].curves
    assert slope.ys == pytest.approx(3 * slope.xs)
    assert second.ys == pytest.approx(np.full(len(second.xs), 3.0))
    assert third.ys == pytest.approx(3 * third.xs**2)
    assert shown.remarks == ["c[0] has a kink at x = 0"]


def test_elements_of_matrices() -> None:
    shown = picture(exprgrad.compile("[[x, 1], [x*y, x^2]]", wrt=["y", "x"]).plot(x=(0, 1), y=2))
    assert [curve.label for curve in shown.panels[0].curves] == ["c[0, 0]", "c[0, 1]", "c[1, 0]", "c[1, 1]"]
    by_y = {curve.label: curve for curve in shown.panels[1].curves}
    assert by_y["dc[1, 0]/dy"].ys == pytest.approx(by_y["dc[1, 0]/dy"].xs)


def test_notes_say_where() -> None:
    notes = plot("floor(x) + abs(x - 0.5)", x=(-2.5, 2.5)).notes
    assert [str(note) for note in notes] == [
        "at x = -2, -1, 0 and 2 more places: floor jumps here: its derivative is taken as 0",
        "at x = 0.5: abs has a kink at 0: its derivative there is taken as 0, the middle",
    ]
    assert plot("x^2", x=(-1, 1)).notes == []


ERRORS: list[tuple[str, dict[str, Any], str]] = [
    ("x", {}, "a plot is over one variable or two, found none"),
    ("x*y*z", {"x": (0, 1), "y": (0, 1), "z": (0, 1)}, "a plot is over one variable or two, found x, y and z"),
    ("x", {"x": (1, 1)}, "the range of x is one value, 1.0"),
    ("x", {"x": (2, 1)}, "a plot goes from left to right, found x from 2.0 to 1.0"),
    ("x", {"x": (0, float("nan"))}, "the range of x is two finite numbers"),
    ("x", {"x": (0, 10**400)}, "the range of x is two finite numbers"),
    ("x", {"x": (0, "a")}, "the range of x is two finite numbers"),
    ("x", {"x": (1,)}, "the range of x is two finite numbers"),
    ("x", {"x": (0, 1, "log")}, "a logarithmic range has no 0 in it"),
    ("x", {"x": (0, 1), "y": 2}, "the program has no input y"),
    ("x", {"y": (0, 1)}, "the program has no input y"),
    ("a*x", {"x": (0, 1)}, "no value for a"),
    ("sqrt(x)", {"x": (-2, -1)}, "c has no value for x from -2.0 to -1.0"),
    ("1 if x + nan else 2", {"x": (-2, -1)}, "the condition is nan"),
    ("zeros(20)*x", {"x": (0, 1)}, "the results have 20 elements"),
    ("[x, y]", {"x": (0, 1), "y": (0, 1)}, "c has shape (2,); over two variables results are numbers"),
]


@pytest.mark.parametrize(("text", "given", "message"), ERRORS)
def test_what_cannot_be_plotted(text: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.ExprError) as caught:
        plot(text, **given)
    assert caught.value.message.startswith(message)
    assert caught.value.hint


@pytest.mark.parametrize("arguments", [{"along_direction": {"x": 1}}, {"full_jacobian": True}, {"weight_by": 2}])
def test_other_derivatives_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(exprgrad.UsageError, match="a plot shows derivatives by inputs"):
        exprgrad.compile("x^2", **arguments).plot(x=(0, 1))


@pytest.mark.parametrize("package", ["plotille", "matplotlib"])
def test_a_package_that_is_missing_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import_ = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == package:
            raise ModuleNotFoundError(f"no module named {package}", name=package)
        return import_(name, *args, **kwargs)

    made = plot("x", x=(0, 1))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(exprgrad.UsageError, match=f"needs {package}") as caught:
        str(made) if package == "plotille" else made.encoded("svg")
    assert caught.value.hint == 'pip install "exprgrad[plot]"'
    assert package == "plotille" or made._repr_svg_() is None


# -- figures -----------------------------------------------------------------------------------------------------------


def paths(svg: bytes) -> list[list[tuple[float, float]]]:
    """The points of the lines of curves, by line."""
    found = []
    for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):
        if "stroke: #0072b2" in element.get("style", "").lower() and "stroke-width: 1.6" in element.get("style", ""):
            numbers = [float(x) for x in re.findall(r"-?[\d.]+(?:e-?\d+)?", element.get("d", ""))]
            found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


@pytest.mark.parametrize(
    ("text", "pieces"),
    [("1/x", 2), ("tan(x)", 3), ("floor(x + 0.5)", 5), ("abs(x)", 1), ("sin(x)/x", 2), ("sqrt(x)", 1)],
)
def test_a_file_has_a_line_for_each_piece(text: str, pieces: int) -> None:
    low, high = (-2.2, 2.2)
    lines = paths(exprgrad.compile(text, max_order=0).plot(x=(low, high)).encoded("svg"))
    assert len(lines) == pieces
    lines.sort()
    for before, after in pairwise(lines):
        assert max(x for x, _ in before) <= min(x for x, _ in after) + 0.01


@pytest.mark.parametrize(("form", "begin"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_files_have_the_same_bytes(form: str, begin: bytes) -> None:
    for made in (plot("sin(x)/x; 1/x", x=(-3, 3)), plot("x*y", x=(-1, 1), y=(1, 10, "log"))):
        data = made.encoded(form)
        assert data.startswith(begin)
        assert data == made.encoded(form)
    with pytest.raises(exprgrad.UsageError, match="gif is no form of a plot"):
        made.encoded("gif")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("x*1e300", {"x": (-1, 1)}),
        ("x*1e308", {"x": (-1.7, 1.7)}),
        ("x*1e-320", {"x": (0, 1)}),
        ("1/x", {"x": (-1000, -0.001, "log")}),
        ("x", {"x": (1e-310, 1e-309)}),
        ("größe*x", {"x": (0, 1), "größe": 1}),
        ("长*x", {"x": (0, 1), "长": 1}),
        ("x/y", {"x": (-1, 1), "y": (-1, 1)}),
        ("0*x*y", {"x": (-1, 1), "y": (-1, 1)}),
        ("sqrt(x + y)", {"x": (-1, 1), "y": (-1, 1)}),
        ("x*y*1e308", {"x": (-1, 1), "y": (-1, 1)}),
        ("x; y", {"x": (-1, 1), "y": (-1, 1)}),
    ],
)
def test_odd_numbers_are_drawn(text: str, given: dict[str, Any]) -> None:
    made = plot(text, **given)
    assert made.encoded("svg").endswith(b"</svg>\n")
    assert made.text(Screen(60, 20)).count("\n") > 8


@pytest.mark.parametrize("over", [["x"], ["x", "y"]])
def test_a_plot_is_called_what_is_said(over: list[str]) -> None:
    f = exprgrad.compile("z = x*y", max_order=0)
    ranges = [Range(name, Fraction(-1), Fraction(1)) for name in over]
    made = Plot(f, ranges, {"y": 2.0} if len(over) < 2 else {}, labels=Labels("Tides $2", "time (h)", "height (m)"))
    figure = made.figure()
    assert figure.get_suptitle() == r"Tides \$2"
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("time (h)", "height (m)")
    lines = made.text(Screen()).splitlines()
    assert lines[0] == "Tides $2" and lines[-1].strip() == "time (h)" and "height (m)" in "".join(lines[1:4])
    bare = Plot(f, ranges, {"y": 2.0} if len(over) < 2 else {}).text(Screen()).splitlines()
    assert bare[-1].strip() == "x" and len(bare) == len(lines)  # the screen is as high


def test_a_figure_may_be_changed_and_a_notebook_shows_it() -> None:
    made = plot("sin(x)", x=(-3, 3))
    assert len(made.figure().axes) == 2
    assert made._repr_svg_() == made.encoded("svg").decode()


def test_a_figure_makes_room_for_what_is_added() -> None:
    figure = plot("a*exp(-t)", t=(0, 20), a=3).figure()
    axes = figure.axes[0]
    before = [tick.get_text() for tick in axes.get_yticklabels()]
    assert before == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"] and axes.get_xlim() == (0, 20)
    axes.errorbar([1, 22], [2.2, 9.6], yerr=[0.2, 0.3], fmt="o")
    figure.draw_without_rendering()
    assert axes.get_xlim()[1] > 22 and axes.get_ylim()[1] > 9.9
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0", "2", "4", "6", "8", "10"]


def test_a_figure_may_become_logarithmic() -> None:
    figure = plot("exp(-t)", t=(0, 20)).figure()
    axes = figure.axes[0]
    axes.set_xscale("log")
    axes.set_yscale("log")
    figure.draw_without_rendering()
    assert 0 < axes.get_xlim()[0] < axes.get_xlim()[1] < 40
    assert math.exp(-20) / 10 < axes.get_ylim()[0] < math.exp(-20) < 1 < axes.get_ylim()[1]
    labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
    assert all(label.get_parse_math() for label in labels if "$" in label.get_text())


@pytest.mark.slow
@pytest.mark.parametrize("form", ["svg", "pdf"])
@pytest.mark.parametrize(
    ("variables", "settings"),
    [
        ({"MPLBACKEND": "module://not_installed.backend"}, b""),
        ({"MPLBACKEND": "nothing"}, b""),
        ({"SOURCE_DATE_EPOCH": "zz"}, b""),
        ({}, b"lines.linewidth 3\nbackend: nothing\nno.such: 1\nfont.size: 30\n"),
    ],
)
def test_the_environment_changes_nothing(form: str, variables: dict[str, str], settings: bytes, tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(settings)
    made = command(form, tmp_path, variables)
    assert (made.returncode, made.stderr) == (0, b"")
    assert made.stdout == exprgrad.compile("sin(x)").plot(x=(0, 3)).encoded(form)


@pytest.mark.slow
def test_settings_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_bytes(b"\xff\xfe")
    made = command("svg", tmp_path, {})
    assert (made.returncode, made.stdout) == (2, b"")
    first, hint = made.stderr.decode().splitlines()
    assert first == "exprgrad: error: a plot as a file needs matplotlib, which cannot be loaded"
    assert hint.startswith("  what it reads first, a file matplotlibrc, may be wrong: 'utf-8' codec")


def command(form: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """What the command writes that is started in a folder, with these variables in its environment."""
    words = [sys.executable, "-m", "exprgrad", "sin(x)", "--plot-over", "x=0:3", "-f", form]
    return subprocess.run(words, cwd=folder, env={**os.environ, **variables}, capture_output=True, timeout=100)


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "found"), [("svg", "svg"), ("nothing", "agg")])
def test_a_backend_is_for_those_who_show_figures(backend: str, found: str) -> None:
    text = (
        "import exprgrad; exprgrad.compile('x').plot(x=(0, 1)).encoded('svg'); import matplotlib, os; "
        "print(matplotlib.get_backend().lower(), os.environ['MPLBACKEND'])"
    )
    environment = {name: x for name, x in os.environ.items() if name != "DISPLAY"} | {"MPLBACKEND": backend}
    made = subprocess.run([sys.executable, "-c", text], env=environment, capture_output=True, text=True, timeout=100)
    assert (made.stdout, made.stderr) == (f"{found} {backend}\n", "")


def test_settings_of_matplotlib_stay() -> None:
    import matplotlib

    with matplotlib.rc_context({"lines.linewidth": 9.0}):
        before = dict(matplotlib.rcParams)
        thick = plot("x", x=(0, 1)).encoded("svg")
        assert dict(matplotlib.rcParams) == before
    assert thick == plot("x", x=(0, 1)).encoded("svg")


# -- pieces ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ys", "pieces"),
    [
        ([0, 1, 0], [([0, 1, 2], [0, 1, 0])]),
        ([0, 3, 0], [([0, 1 / 3], [0, 1]), ([5 / 3, 2], [1, 0])]),
        ([-2, 3, 3], [([0.4, 0.6], [0, 1])]),
        ([3, -2, -2], [([0.4, 0.6], [1, 0])]),
        ([2, 3, 2], []),
        ([2, 0.5, 0.5], [([2 / 3, 1, 2], [1, 0.5, 0.5])]),
        ([-1e308, 1e308, 1e308], [([0.5, 0.5], [0, 1])]),
    ],
)
def test_a_line_is_cut_where_it_leaves(ys: list[float], pieces: list[tuple[list[float], list[float]]]) -> None:
    found = within(np.arange(len(ys), dtype=float), np.array(ys, float), 0.0, 1.0)
    assert [(x.tolist(), y.tolist()) for x, y in found] == [(pytest.approx(x), pytest.approx(y)) for x, y in pieces]


# -- two variables -----------------------------------------------------------------------------------------------------


def test_a_field_has_values_and_gradients() -> None:
    field = plot("c = x^2*y", x=(0, 2), y=(1, 100, "log"))._picture
    assert isinstance(field, Field)
    (surface,) = field.surfaces
    xs, ys = np.meshgrid(field.xs, field.ys)
    assert surface.values == pytest.approx(xs**2 * ys)
    assert surface.rise == pytest.approx(2 * xs * ys)
    assert surface.climb == pytest.approx(xs**2 * ys * np.log(100) / 2)


def test_arrows_point_where_it_rises() -> None:
    for text, arrow in [("x + 0*y", "→"), ("y + 0*x", "↑"), ("x + y", "↗"), ("-x - y", "↙"), ("y - x", "↖")]:
        shown = plot(text, x=(-1, 1), y=(-1, 1)).text(Screen(60, 24))
        assert {c for c in shown if c in "→↗↑↖←↙↓↘"} == {arrow}


def test_a_flat_field_has_no_arrows() -> None:
    shown = plot("0*x*y", x=(-1, 1), y=(-1, 1)).text(Screen(60, 24))
    assert not {c for c in shown if c in "→↗↑↖←↙↓↘"}


def test_a_pole_does_not_take_all_of_a_field() -> None:
    field = plot("1/(x*y)", x=(-1, 1), y=(-1.1, 1))._picture
    assert isinstance(field, Field)
    assert field.surfaces[0].high < 200
    assert field.remarks == ["c goes on beyond what is shown"]
    peak = plot("exp(-100*(x^2 + y^2))", x=(-1, 1), y=(-1, 1))._picture
    assert isinstance(peak, Field)
    assert peak.surfaces[0].high == 1 and not peak.remarks


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_order": 2}, "a plot over two variables shows gradients"),
        ({"wrt": ["x"]}, "a plot over x and y shows the"),
    ],
)
def test_a_field_shows_the_gradient(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.UsageError, match=message):
        exprgrad.compile("x*y", **arguments).plot(x=(0, 1), y=(0, 1))


# -- a logarithmic axis upright, families, solutions -------------------------------------------------------------------


@pytest.mark.parametrize(("text", "low", "high"), [("exp(-x)", 0, 30), ("10^x", -3, 3), ("x^-3", 0.01, 1)])
def test_a_logarithmic_axis_shows_all_that_is_positive(text: str, low: float, high: float) -> None:
    made = plot(text, x=(low, high), y_scale="log")
    results, slopes = picture(made).panels
    ys = results.curves[0].ys
    assert results.upright.logarithmic and not slopes.upright.logarithmic
    assert results.upright.low < ys.min() < ys.max() < results.upright.high
    # It is as smooth as it is seen: from point to point it makes no step of more than a fiftieth of the height.
    assert np.abs(np.diff(results.upright.place(ys))).max() < 0.02
    assert picture(made).remarks == []
    assert [axes.get_yscale() for axes in made.figure().axes] == ["log", "linear"]


def test_what_is_not_positive_is_left_out() -> None:
    f = exprgrad.compile("c = x", max_order=0)
    made = f.plot(x=(-1, 1), y_scale="log", points={"x": [-0.5, 0.5], "c": [-1, 0.9]})
    (panel,) = picture(made).panels
    assert 0 < panel.upright.low < 0.1 and panel.upright.high > 1
    assert all((ys > 0).all() for _, ys in panel.curves[0].pieces(panel.upright.low, panel.upright.high))
    assert picture(made).remarks == [
        "c has values that are not positive, which a logarithmic axis leaves out",
        "c goes on beyond what is shown",
        "points of c beyond what is shown: 1 of 2",
    ]
    drawn = [line for line in made.text(Screen(60, 20)).splitlines() if re.search("[┤│]", line)]
    assert all(not re.search(r"[^ ┤│]", line[8:30]) for line in drawn)  # nothing stands left of 0
    with pytest.raises(exprgrad.ExprError, match="c has no value above 0"):
        f.plot(x=(-2, -1), y_scale="log")


def test_each_value_of_a_list_has_a_curve() -> None:
    f = exprgrad.compile("c = abs(x - k)", wrt=["x", "k"])
    made = f.plot(x=(-1, 3), curves={"k": [0, 2]})
    shown = picture(made)
    assert [panel.called for panel in shown.panels] == ["c", "dc/dx", "dc/dk"]
    for panel in shown.panels:
        assert [curve.label for curve in panel.curves] == ["k = 0.0", "k = 2.0"]
    for curve, k in zip(shown.panels[0].curves, (0, 2), strict=True):
        assert curve.ys == pytest.approx(np.abs(curve.xs - k))
        assert [mark.x for mark in curve.marks] == [k]
    assert shown.remarks[:2] == ["c at k = 0.0 has a kink at x = 0", "c at k = 2.0 has a kink at x = 2"]
    assert [str(note) for note in made.notes] == [
        "at x = 0 and 2: abs has a kink at 0: its derivative there is taken as 0, the middle"
    ]


def test_several_results_and_lists_name_both() -> None:
    f = exprgrad.compile("c = a*x + b; d = x", max_order=0)
    (panel,) = picture(f.plot(x=(0, 1), curves={"a": [1, 2], "b": [3]}, points={"x": [0.5], "d": [1]})).panels
    labels = [curve.label for curve in panel.curves]
    assert labels == [f"{name}, a = {a}, b = 3.0" for name in "cd" for a in ("1.0", "2.0")]
    assert [of for of, _ in panel.points] == [None]  # they are of no member more than of another


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"curves": {"k": []}}, "the curves of k are for some numbers"),
        ({"curves": {"k": 12}}, "the curves of k are for some numbers"),
        ({"curves": {"k": [1]}, "k": 2}, "k is given twice"),
        ({"curves": {"q": [1]}, "k": 2}, "the program has no input q"),
        ({"curves": {"k": [*range(13)]}}, "these are 13 curves"),
        ({"y_scale": "logarithmic", "k": 1}, "y_scale= is linear or log"),
    ],
)
def test_what_makes_no_family_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message):
        plot("k*x", x=(0, 1), **given)


def test_an_input_may_be_called_like_an_option() -> None:
    assert picture(plot("y_scale*x + curves", x=(0, 1), y_scale=2, curves=1)).panels[0].curves[0].ys[-1] == 3.0


@pytest.mark.parametrize("unknowns", [["x"], {"x": (0, 2)}])
@pytest.mark.slow
def test_what_is_solved_is_a_curve(unknowns: Any) -> None:
    f = exprgrad.compile("x^2 == a; y = 3*x")
    values = {} if isinstance(unknowns, dict) else {"x": 1.0}
    made = Plot(f, [Range("a", Fraction(1), Fraction(3))], values, unknowns=unknowns)
    results, slopes = picture(made).panels
    assert [curve.label for curve in results.curves] == ["x", "y"]
    assert [curve.label for curve in slopes.curves] == ["dx/da", "dy/da"]
    assert results.curves[0].ys == pytest.approx(np.sqrt(results.curves[0].xs))
    assert slopes.curves[1].ys == pytest.approx(1.5 / np.sqrt(slopes.curves[1].xs))
    assert made.notes == []


@pytest.mark.parametrize("width", WIDTHS)
def test_titles_and_names_are_wrapped(width: int) -> None:
    f = exprgrad.compile("k*x", max_order=0)
    ranges = [Range("x", Fraction(0), Fraction(1))]
    made = Plot(f, [*ranges, Listed("k", tuple(range(9)))], {}, labels=Labels("a title of many words " * 4))
    lines = made.text(Screen(width, 30)).splitlines()
    assert max(map(len, lines)) <= min(width, 160) and len(lines) <= max(30, 14 + width)
    figure = made.figure()
    assert "\n" in figure.get_suptitle()
    legend = figure.axes[0].get_legend()
    assert legend is not None and len(legend.get_texts()) == 9
