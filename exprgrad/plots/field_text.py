"""Surfaces as pictures of characters, for a terminal: shades for values, arrows for gradients."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from exprgrad.diagnostics import printable
from exprgrad.plots.axis import Axis, written
from exprgrad.plots.field import Field, Surface
from exprgrad.plots.frame import ACROSS, DOWN, Frame, characters, filled, width_of
from exprgrad.plots.labels import Labels
from exprgrad.screen import Screen

# From low to high, and the colours of these.
_SHADES: Final = " ░▒▓█"
_SHADES_IN_ASCII: Final = " .:*#"
_COLOURS: Final = (60, 67, 36, 77, 185)
# From the direction across, against the clock.
_ARROWS: Final = "→↗↑↖←↙↓↘"
_ARROWS_IN_ASCII: Final = ">/^\\</v\\"
_ARROW: Final = 231
# An arrow stands in the middle of so many columns and rows.
_WIDE, _HIGH = 8, 3
# A slope that is so small a part of the steepest has no arrow.
_FLAT: Final = 1e-9


def text(field: Field, screen: Screen, labels: Labels) -> str:
    """A field as lines of characters."""
    count = len(field.surfaces)
    width = width_of(screen)
    lines = filled(printable(labels.title).split(" "), width, " ")
    levels = [_levels(surface, screen) for surface in field.surfaces]
    legends = [filled(legend, width, "   ") for _, legend in levels]
    across, upright = printable(labels.across) or field.names[0], printable(labels.upright) or field.names[1]
    beside = len(lines) + count + sum(map(len, legends)) + len(field.remarks)
    frame = Frame(screen, across, field.across, [field.upright] * count, beside)
    for number, surface in enumerate(field.surfaces):
        lines += [surface.label, *legends[number], f"{upright:>{len(frame.margin) + 1}}"]
        lines += frame.panel(number, _drawn(field, surface, levels[number][0], frame))
    lines += frame.below()
    lines += field.remarks
    return "".join(f"{line}\n" for line in lines)


def _levels(surface: Surface, screen: Screen) -> tuple[list[float], list[str]]:
    """The values between which there is a shade each, and what they stand for."""
    axis = Axis(surface.low, surface.high)
    most = len(_SHADES) - 1
    inner = ([x for x in axis.round_numbers(most + ends) if surface.low < x < surface.high] for ends in (2, 1, 0))
    bounds = next(bounds for bounds in inner if len(bounds) <= most)
    texts = written(axis, bounds)
    shades = _SHADES if screen.unicode else _SHADES_IN_ASCII
    said = [f"below {texts[0]}"] if texts else ["all"]
    said += [f"to {text}" for text in texts[1:]] + ([f"above {texts[-1]}"] if texts else [])
    return bounds, [f"[{shade}] {what}" for shade, what in zip(shades, said, strict=False)]


def _drawn(field: Field, surface: Surface, bounds: list[float], frame: Frame) -> list[str]:
    unicode = frame.screen.unicode
    shades, arrows = (_SHADES, _ARROWS) if unicode else (_SHADES_IN_ASCII, _ARROWS_IN_ASCII)
    canvas = frame.canvas(mode="byte")
    columns = _nearest(len(field.xs), frame.columns)
    rows = _nearest(len(field.ys), frame.rows)
    for row, i in enumerate(rows):
        for column, k in enumerate(columns):
            value = surface.values[i, k]
            if not np.isfinite(value):
                continue
            level = int(np.searchsorted(bounds, value, side="right"))
            character, colour = shades[level], _COLOURS[level]
            if column % _WIDE == _WIDE // 2 and row % _HIGH == _HIGH // 2 and surface.rise is not None:
                turn = _turn(surface, i, k)
                if turn is not None:
                    character, colour = arrows[turn], _ARROW
            if character != " ":
                canvas.point(ACROSS * column, DOWN * row, color=colour, marker=character)
    return characters(canvas)


def _nearest(points: int, cells: int) -> Any:
    """The point nearest to the middle of each of some cells."""
    return np.rint((np.arange(cells) + 0.5) / cells * (points - 1)).astype(int)


def _turn(surface: Surface, i: int, k: int) -> int | None:
    """In which of eight directions a surface rises most steeply, None where it is flat or nothing can be said."""
    across, up = float(surface.rise[i, k]), float(surface.climb[i, k])
    height = surface.high - surface.low
    if not np.isfinite([across, up]).all() or max(abs(across), abs(up)) <= _FLAT * height:
        return None
    return int(np.rint(np.arctan2(up, across) / (np.pi / 4))) % 8
