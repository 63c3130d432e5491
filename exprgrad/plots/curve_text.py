"""Curves as a picture of characters, for a terminal."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import printable
from exprgrad.plots.axis import Axis
from exprgrad.plots.curves import Curve, Panel, Picture
from exprgrad.plots.frame import ACROSS, DOWN, Frame, characters, filled, to_ascii, width_of
from exprgrad.plots.labels import Labels
from exprgrad.plots.points import Points
from exprgrad.screen import Screen

_COLOURS: Final = ("cyan", "magenta", "green", "red", "blue", "yellow")
_FAINT: Final = "bright_black"
_MARKS: Final = {"kink": "*", "hole": "o"}
_POINT: Final = "+"
# Curves in one panel have signs, which stand on them in these distances.
_SIGNS: Final = "123456789abcdefghijklmnopqrstuvwxyz"
_APART: Final = 12


def text(picture: Picture, screen: Screen, labels: Labels) -> str:
    """A picture as lines of characters."""
    width = width_of(screen)
    above = filled(printable(labels.title).split(" "), width, " ")
    legends = [
        filled(_legend(panel, "" if number else printable(labels.upright)), width, "   ")
        for number, panel in enumerate(picture.panels)
    ]
    beside = len(above) + sum(map(len, legends)) + len(picture.remarks)
    across = printable(labels.across) or picture.name
    frame = Frame(screen, across, picture.axis, [panel.upright for panel in picture.panels], beside)
    lines = above
    for number, panel in enumerate(picture.panels):
        lines += legends[number]
        lines += frame.panel(number, _drawn(picture, panel, frame))
    lines += frame.below()
    lines += picture.remarks
    return "".join(f"{line}\n" for line in lines)


def _legend(panel: Panel, label: str) -> list[str]:
    """What the panel shows, behind the label of its axis."""
    called = label or panel.called
    signs = [f"{_SIGNS[i % len(_SIGNS)]} {curve.label}" for i, curve in enumerate(panel.curves)]
    return [*([called] if called else []), *(signs if len(signs) > 1 else [])]


def _drawn(picture: Picture, panel: Panel, frame: Frame) -> list[str]:
    canvas, upright = frame.canvas(), panel.upright
    across, up = ACROSS * frame.columns - 1, DOWN * frame.rows - 1
    if upright.low < 0 < upright.high and frame.screen.unicode:
        for x in range(0, across, 2 * ACROSS):
            canvas.point(x, round(float(upright.place(0.0)) * up), color=_FAINT)
    for pole in sorted({x for curve in panel.curves for x in curve.poles}):
        column = round(float(picture.axis.place(pole)) * across)
        for y in range(0, up, DOWN):
            canvas.point(column, y, color=_FAINT)
    drawn: set[tuple[int, int]] = set()
    for i, curve in enumerate(panel.curves):
        colour = _COLOURS[i % len(_COLOURS)]
        for dots in _dots(curve, picture.axis, upright, across, up):
            drawn.update((x // ACROSS, y // DOWN) for x, y in dots)
            for a, b in zip(dots, dots[1:] or dots, strict=False):
                canvas.line(*a, *b, color=colour)
        for mark in curve.marks:
            x, y = _dot(picture.axis.place(mark.x) * across, upright.place(mark.y) * up)
            canvas.point(x, y, color=colour, marker=_MARKS[mark.kind])
    if len(panel.curves) > 1:
        for i, curve in enumerate(panel.curves):
            for x, y in _signed(curve, picture.axis, upright, frame, i, len(panel.curves)):
                canvas.point(x, y, color=_COLOURS[i % len(_COLOURS)], marker=_SIGNS[i % len(_SIGNS)])
    for of, points in panel.points:
        own = None if of is None else _COLOURS[of % len(_COLOURS)]
        for column, row in _measured(points, picture.axis, upright, across, up, drawn):
            canvas.point(ACROSS * column, DOWN * row, color=own, marker=_POINT)
    rows = characters(canvas)
    return rows if frame.screen.unicode else to_ascii(rows)


def _dot(x: Any, y: Any) -> tuple[int, int]:
    return round(float(x)), round(float(y))


def _dots(curve: Curve, axis: Axis, upright: Axis, across: int, up: int) -> list[list[tuple[int, int]]]:
    """The dots of each piece of a curve between the limits; one alone is a point."""
    alone = [(curve.xs[[i]], curve.ys[[i]]) for i in curve.alone if upright.low <= curve.ys[i] <= upright.high]
    found = []
    for xs, ys in [*curve.pieces(upright.low, upright.high), *alone]:
        columns, rows = np.rint(axis.place(xs) * across), np.rint(upright.place(ys) * up)
        dots = [(int(x), int(y)) for x, y in zip(columns, rows, strict=True)]
        found.append([dot for i, dot in enumerate(dots) if i == 0 or dot != dots[i - 1]])
    return found


def _measured(
    points: Points, axis: Axis, upright: Axis, across: int, up: int, drawn: set[tuple[int, int]]
) -> list[tuple[int, int]]:
    """The characters that points stand in. In a crowd of them what is `drawn` already is seen."""
    places = np.rint(axis.place(points.xs) * across) // ACROSS, np.rint(upright.place(points.ys) * up) // DOWN
    found = {(int(x), int(y)) for x, y in zip(*places, strict=True)}
    crowd = {(x, y) for x, y in found & drawn if {(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)} <= found}
    return sorted(found - crowd)


def _signed(curve: Curve, axis: Axis, upright: Axis, frame: Frame, number: int, of: int) -> list[tuple[int, int]]:
    """Where the sign of a curve stands on it, those of several beside one another."""
    columns = np.arange(2 + number * _APART // of, frame.columns - 1, _APART)
    found = []
    for column in columns.tolist():
        place = (column + 0.5) / frame.columns
        i = int(np.argmin(np.abs(axis.place(curve.xs) - place)))
        height = float(upright.place(curve.ys[i])) if np.isfinite(curve.ys[i]) else -1.0
        if 0 <= height <= 1:
            found.append((ACROSS * column, round(height * (DOWN * frame.rows - 1))))
    return found
