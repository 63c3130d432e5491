"""What a thread has switched on or off for its own tensors: recording, and the hunt for a nan.

Operations ask for neither where time counts. The short way of an operator is open while every thread is in its usual
mode; a thread that leaves it closes the short way for all, and the long way asks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from exprgrad.numbers.rounded import MPFR


class _Thread(threading.local):
    recording = True
    anomaly = False
    check_nan = True

    @property
    def usual(self) -> bool:
        return self.recording and not self.anomaly


thread = _Thread()
_changing = threading.Lock()
_unusual = 0
# The type of value for which operators have a short way, which records.
DOUBLE: Final = MPFR
# It, or None while a thread's mode asks for the long way.
short: Any = DOUBLE
# Called when it changes.
followers: list[Callable[[], None]] = []


def set_mode(*, recording: bool | None = None, anomaly: bool | None = None) -> None:
    """Changes a mode of this thread."""
    global _unusual, short
    before = thread.usual
    if recording is not None:
        thread.recording = recording
    if anomaly is not None:
        thread.anomaly = anomaly
    if thread.usual is not before:
        with _changing:
            _unusual += 1 if before else -1
            short = None if _unusual else DOUBLE
            for follow in followers:
                follow()
