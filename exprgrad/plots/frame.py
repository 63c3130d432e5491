"""What stands around a picture of characters: the axes with their numbers, and how large all of it is.

Plotille's canvas has the dots and the colours. Its axes are not used, nor those of other libraries of its kind: their
limits follow the values, so that a pole takes all of the height, and their numbers are 1.03999883.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from exprgrad.diagnostics import columns, not_loaded
from exprgrad.plots.axis import Axis, written
from exprgrad.records import NamedTuple
from exprgrad.screen import Screen

if TYPE_CHECKING:
    from plotille import Canvas

# Dots of a character, across and down.
ACROSS, DOWN = 2, 4
_WIDEST: Final = 160
_NARROWEST: Final = 24
# The rows of a picture, at the least and at the most; a screen shows two lines beside it.
_LEAST: Final = 5
_HIGHEST: Final = 20


class Line(NamedTuple):
    """The lines that axes are drawn with."""

    down: str
    across: str
    corner: str
    tick_left: str
    tick_down: str


_DRAWN: Final = Line("│", "─", "└", "┤", "┬")
_ASCII: Final = Line("|", "-", "+", "+", "+")


class Frame:
    """The frame of some panels over one axis."""

    def __init__(self, screen: Screen, name: str, across: Axis, upright: Sequence[Axis], beside: int) -> None:
        """`beside` are the lines that stand elsewhere."""
        self.screen = screen
        self.lines = _DRAWN if screen.unicode else _ASCII
        self._name, self._across, self._upright = name, across, upright
        room = (screen.height - beside - 4) // len(upright)
        self.rows = min(max(room, _LEAST), _HIGHEST)
        ticks = [axis.round_numbers(self.rows // 2 + 1) for axis in upright]
        self._ticks = [list(zip(x, written(axis, x), strict=True)) for axis, x in zip(upright, ticks, strict=True)]
        self._left = max([len(text) for panel in self._ticks for _, text in panel], default=0)
        self.columns = width_of(screen) - self._left - 3

    def canvas(self, mode: str = "names") -> Canvas:
        """Dots for a panel, counted from its lower left corner."""
        try:
            from plotille import Canvas
        except ImportError as problem:
            raise not_loaded(problem, "plotille", "a plot as text needs plotille", "plot") from None
        across, up = ACROSS * self.columns, DOWN * self.rows
        return Canvas(self.columns, self.rows, 0, 0, across, up, no_color=not self.screen.colours, mode=mode)

    def panel(self, number: int, rows: Sequence[str]) -> list[str]:
        """The rows of a panel with the numbers of its axis."""
        labels: dict[int, str] = {}
        for y, text in self._ticks[number]:
            dot = round(float(self._upright[number].place(y)) * (DOWN * self.rows - 1))
            labels[self.rows - 1 - dot // DOWN] = text
        out = []
        for i, row in enumerate(rows):
            mark = self.lines.tick_left if i in labels else self.lines.down
            out.append(f" {labels.get(i, ''):>{self._left}} {mark}{row}".rstrip())
        return out

    @property
    def margin(self) -> str:
        """What is left of the axis."""
        return " " * (self._left + 2)

    def below(self) -> list[str]:
        """The axis below all panels: its line, its numbers and its name."""
        numbers = self._across.round_numbers(max(self.columns // 9, 2))
        texts = written(self._across, numbers)
        line = [self.lines.across] * self.columns
        shown = [" "] * self.columns
        for x, text in zip(numbers, texts, strict=True):
            column = round(float(self._across.place(x)) * (ACROSS * self.columns - 1)) // ACROSS
            line[column] = self.lines.tick_down
            first = min(max(column - (len(text) - 1) // 2 - text.startswith("-"), 0), len(shown) - len(text))
            if all(c == " " for c in shown[max(first - 1, 0) : first + len(text) + 1]):
                shown[first : first + len(text)] = text
        name = " " * max((self.columns - columns(self._name)) // 2, 0) + self._name
        return [
            f"{self.margin}{self.lines.corner}{''.join(line)}",
            f"{self.margin} {''.join(shown)}".rstrip(),
            f"{self.margin} {name}",
        ]


def width_of(screen: Screen) -> int:
    """How many columns a picture has on a screen."""
    return max(min(screen.width, _WIDEST), _NARROWEST)


def filled(pieces: Sequence[str], width: int, between: str) -> list[str]:
    """Lines of pieces with a text between them, each with as many as are no wider; no line where there is no text."""
    lines: list[str] = []
    for piece in pieces:
        if lines and columns(lines[-1]) + len(between) + columns(piece) <= width:
            lines[-1] += between + piece
        else:
            lines.append(piece)
    return lines if any(lines) else []


def characters(canvas: Any) -> list[str]:
    """The rows of a canvas, from the top; what is empty is blank."""
    return str(canvas.plot(linesep="\n")).replace("\u2800", " ").split("\n")


def to_ascii(rows: Sequence[str]) -> list[str]:
    """The same in ASCII: each pattern of dots by the character that looks most like it."""
    return [row.translate(_PATTERNS) for row in rows]


def _looks_like(pattern: int) -> str:
    left = [row for row, dot in enumerate((0x01, 0x02, 0x04, 0x40)) if pattern & dot]
    right = [row for row, dot in enumerate((0x08, 0x10, 0x20, 0x80)) if pattern & dot]
    rows = {*left, *right}
    if not rows:
        return " "
    if max(rows) - min(rows) <= 1:
        return "'" if max(rows) <= 1 and min(rows) == 0 else "." if min(rows) >= 2 and max(rows) == 3 else "-"
    lean = sum(left) / len(left) - sum(right) / len(right) if left and right else 0.0
    return "/" if lean > 0.5 else "\\" if lean < -0.5 else "|"


_PATTERNS: Final = {0x2800 + pattern: _looks_like(pattern) for pattern in range(256)}
