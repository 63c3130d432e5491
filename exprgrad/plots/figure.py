"""Pictures as matplotlib draws them, for files and notebooks: on white, with the colours that all can tell apart."""

from __future__ import annotations

import io
import logging
import os
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from exprgrad.diagnostics import not_loaded
from exprgrad.plots import ticks
from exprgrad.plots.axis import Axis, with_room, written
from exprgrad.plots.curves import Panel, Picture
from exprgrad.plots.field import Field, Surface
from exprgrad.plots.labels import Labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's.
_COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# Curves beyond so many have the colours of the first ones.
_DASHES: Final = ("-", "--")
# So many curves have their names within the axes.
_INSIDE: Final = 3
_GREY: Final = "#888888"
# In inches.
_WIDTH: Final = 6.4
_HEIGHTS: Final = {1: 3.6, 2: 5.0}
_EACH: Final = 2.0
_SQUARE: Final = 4.6
# Beside points is so much room, as a part of the width: one at the end of the range does not stand on the frame.
_ROOM: Final = 0.02
# About so many characters of a title are an inch.
_CHARACTERS: Final = 11
_LEVELS: Final = 12
_ARROWS: Final = 15
# What a user's own settings do not change; the same picture has the same bytes.
_STYLE: Final[dict[Any, Any]] = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.axisbelow": True,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "font.size": 10.0,
    "savefig.dpi": 160,
    "svg.hashsalt": "exprgrad",
}
_METADATA: Final = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}
FILES: Final = tuple(_METADATA)
# What the environment may ask of figures: a backend that shows them, and a date.
_BACKEND: Final = "MPLBACKEND"
_DATE: Final = "SOURCE_DATE_EPOCH"
_NEEDED: Final = "a plot as a file needs matplotlib"


def encoded(picture: Picture | Field, form: str, labels: Labels) -> bytes:
    """A picture as a file of this form: svg, png or pdf."""
    with _styled(), _without(_DATE):  # a PDF without a date reads it all the same
        data = io.BytesIO()
        _figure(picture, labels).savefig(data, format=form, metadata=_METADATA[form])
        return data.getvalue()


def figure(picture: Picture | Field, labels: Labels) -> Figure:
    """A picture as a figure of matplotlib's."""
    with _styled():
        return _figure(picture, labels)


@contextmanager
def _styled() -> Iterator[None]:
    """A block in which matplotlib draws in one style, and says nothing of its fonts and settings."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        matplotlib = _loaded()
        with matplotlib.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            matplotlib.rcdefaults()
            matplotlib.rcParams.update(_STYLE)
            yield
    finally:
        logger.setLevel(level)


def _loaded() -> Any:
    """Matplotlib. What it reads when it is loaded may be wrong: a user's settings, and a backend, such as that of a
    notebook, which commands in it inherit and which need not be installed for them. None is needed here; whoever else
    uses matplotlib in this process gets it."""
    is_first = "matplotlib" not in sys.modules
    try:
        with _without(_BACKEND):
            import matplotlib.figure
    except ImportError as problem:
        raise not_loaded(problem, "matplotlib", _NEEDED, "plot") from None
    except Exception as problem:
        wrong = not_loaded(problem, "matplotlib", _NEEDED, "plot")
        wrong.hint = f"what it reads first, a file matplotlibrc, may be wrong: {wrong.hint}"
        raise wrong from None
    if is_first and os.environ.get(_BACKEND):
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = os.environ[_BACKEND]
    return matplotlib


@contextmanager
def _without(variable: str) -> Iterator[None]:
    """A block in which the environment lacks a variable."""
    value = os.environ.pop(variable, None)
    try:
        yield
    finally:
        if value is not None:
            os.environ[variable] = value


def _figure(picture: Picture | Field, labels: Labels) -> Figure:
    from matplotlib.figure import Figure

    if isinstance(picture, Field):
        count = len(picture.surfaces)
        made = Figure(figsize=(_SQUARE * count + 0.8, _SQUARE), layout="constrained")
        for surface, axes in zip(picture.surfaces, np.atleast_1d(made.subplots(1, count)), strict=True):
            _surface(made, axes, picture, surface, labels)
    else:
        count = len(picture.panels)
        made = Figure(figsize=(_WIDTH, _HEIGHTS.get(count, _EACH * count)), layout="constrained")
        all_axes = np.atleast_1d(made.subplots(count, 1, sharex=True))
        for panel, axes in zip(picture.panels, all_axes, strict=True):
            _panel(axes, picture, panel)
        if labels.upright:  # the first panel has the results
            all_axes[0].set_ylabel(_lines(labels.upright, made.get_figheight() / count))
        has_points = any(panel.points for panel in picture.panels)
        across = with_room(picture.axis, _ROOM) if has_points else picture.axis
        _across(all_axes[-1], across, _plain(labels.across) or picture.name)
        for axes in all_axes:  # the limits give way to what somebody adds, and to another scale
            axes.set_autoscale_on(True)
    if labels.title:
        made.suptitle(_lines(labels.title, made.get_figwidth()))
    if picture.remarks:
        made.supxlabel("\n".join(picture.remarks), fontsize=7.5, color="#555555", x=0.02, ha="left")
    return made


def _lines(text: str, inches: float) -> str:
    """A text that stands as it is, in lines that are no longer than that."""
    return "\n".join(textwrap.wrap(_plain(text), int(inches * _CHARACTERS)))


def _plain(text: str) -> str:
    """A text that stands as it is: a dollar begins no formula."""
    return text.replace("$", r"\$")


# -- one variable ------------------------------------------------------------------------------------------------------


def _panel(axes: Axes, picture: Picture, panel: Panel) -> None:
    for pole in sorted({x for curve in panel.curves for x in curve.poles}):
        axes.axvline(pole, color=_GREY, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    for i, curve in enumerate(panel.curves):
        colour = _COLOURS[i % len(_COLOURS)]
        dashes = _DASHES[i // len(_COLOURS) % len(_DASHES)]
        name: str | None = curve.label
        for xs, ys in curve.pieces(panel.upright.low, panel.upright.high):
            axes.plot(xs, ys, color=colour, linestyle=dashes, label=name, solid_capstyle="butt", zorder=3)
            name = None
        alone = curve.alone
        _points(axes, curve.xs[alone], curve.ys[alone], colour, colour)
        for kind, face in (("kink", colour), ("hole", "white")):
            marks = [mark for mark in curve.marks if mark.kind == kind]
            _points(axes, [mark.x for mark in marks], [mark.y for mark in marks], colour, face)
    for of, points in panel.points:  # below the curves and darker, so that these are seen in a crowd of them
        colour = _darker(_GREY if of is None else _COLOURS[of % len(_COLOURS)])
        (made,) = axes.plot(points.xs, points.ys, linestyle="none", marker="+", color=colour, zorder=2)
        made.set_clip_on(False)  # one at the edge is whole
    _scaled(axes.set_yscale, panel.upright)
    axes.set_ylim(panel.upright.low, panel.upright.high)
    ticks.number(axes.yaxis, logarithmic=panel.upright.logarithmic)
    axes.set_ylabel(panel.called)
    if len(panel.curves) > _INSIDE:  # they would hide the curves
        axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize="small", borderaxespad=0.2)
    elif len(panel.curves) > 1:
        axes.legend(loc="best")


def _darker(colour: str) -> str:
    return "#" + "".join([f"{int(colour[i : i + 2], 16) // 2:02x}" for i in (1, 3, 5)])


def _points(axes: Axes, xs: Any, ys: Any, colour: str, face: str) -> None:
    if len(xs):
        axes.plot(xs, ys, linestyle="none", marker="o", markersize=4.0, color=colour, markerfacecolor=face, zorder=4)


def _across(axes: Axes, axis: Axis, name: str) -> None:
    _scaled(axes.set_xscale, axis)
    axes.set_xlim(axis.low, axis.high)
    axes.set_xlabel(name)
    ticks.number(axes.xaxis, logarithmic=axis.logarithmic)


def _scaled(set_scale: Any, axis: Axis) -> None:
    if axis.logarithmic and axis.low > 0:
        set_scale("log")
    elif axis.logarithmic:  # of negative numbers matplotlib has no logarithmic axis
        set_scale("symlog", linthresh=-axis.high)


# -- two variables -----------------------------------------------------------------------------------------------------


def _surface(made: Figure, axes: Axes, field: Field, surface: Surface, labels: Labels) -> None:
    scale = Axis(surface.low, surface.high)
    values = np.ma.masked_where(~((surface.values >= surface.low) & (surface.values <= surface.high)), surface.values)
    levels = [x for x in scale.round_numbers(_LEVELS) if surface.low <= x <= surface.high]
    _scaled(axes.set_yscale, field.upright)
    _across(axes, field.across, _plain(labels.across) or field.names[0])
    axes.set_ylim(field.upright.low, field.upright.high)
    axes.set_ylabel(_plain(labels.upright) or field.names[1])
    ticks.number(axes.yaxis, logarithmic=field.upright.logarithmic)
    axes.set_title(surface.label, fontsize=10)
    axes.grid(False)
    # Half of the colours: lines and arrows stand out from light ones.
    mesh = axes.pcolormesh(
        field.xs,
        field.ys,
        np.ma.masked_invalid(surface.values),
        vmin=surface.low,
        vmax=surface.high + (surface.high - surface.low),
        cmap="Blues",
        shading="nearest",
        rasterized=True,
    )
    bar = made.colorbar(mesh, ax=axes)
    bar.ax.set_ylim(surface.low, surface.high)
    bar.ax.yaxis.set_ticks(levels, written(scale, levels))
    if levels and values.count() > 3:
        axes.contour(field.xs, field.ys, values, levels=levels, colors="#1f4e79", linewidths=0.8, linestyles="solid")
    if surface.rise is not None:
        _arrows(axes, field, surface)


def _arrows(axes: Axes, field: Field, surface: Surface) -> None:
    step = max((len(field.xs) - 1) // _ARROWS, 1)
    some = slice(step // 2, None, step)
    across, up = surface.rise[some, some], surface.climb[some, some]
    with np.errstate(all="ignore"):
        length = np.hypot(across, up)
        shown = np.isfinite(length) & (length > 1e-9 * (surface.high - surface.low))
        across, up = np.where(shown, across / length, np.nan), np.where(shown, up / length, np.nan)
    axes.quiver(
        field.xs[some], field.ys[some], across, up, color="#D55E00", pivot="mid", scale=1.6 * _ARROWS, width=0.004
    )
