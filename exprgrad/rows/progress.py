"""One line on a terminal that says how far a stream of rows is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

# Back to the line's begin, and away with what stands there.
_CLEAR: Final = "\r\033[K"
# What takes so many seconds makes one wonder.
_LASTS: Final = 1.0


class ProgressLine:
    """A progress callback that writes `1,250,000 rows, 25%, 2.1 million rows/s, 3 s left` over itself if work lasts.
    `write` gets the text to show; `clock` is in seconds."""

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._write = write
        self._clock = clock
        self._start = clock()
        self._shown = False

    def __call__(self, rows: int, total: int | None) -> None:
        seconds = self._clock() - self._start
        if seconds >= _LASTS:
            self._write(_CLEAR + line(rows, total, seconds))
            self._shown = True

    def clear(self) -> None:
        """Takes the line away, so that what comes next stands alone."""
        if self._shown:
            self._write(_CLEAR)
            self._shown = False


def line(rows: int, total: int | None, seconds: float) -> str:
    """How many rows are done in some seconds, of how many; at what rate, and how long the rest will take."""
    parts = [f"{rows:,} rows"]
    if total is not None and total > 0:
        parts.append(f"{min(100, 100 * rows // total)}%")
    rate = rows / seconds if seconds > 0 else 0.0
    if rate > 0:
        parts.append(f"{_amount(rate)} rows/s")
        if total is not None and total > rows:
            parts.append(f"{_duration((total - rows) / rate)} left")
    return ", ".join(parts)


def _amount(rate: float) -> str:
    return f"{rate / 1e6:.1f} million" if rate >= 1e6 else f"{rate:,.0f}"


def _duration(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{max(1, whole)} s"
    minutes, rest = divmod(whole, 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
