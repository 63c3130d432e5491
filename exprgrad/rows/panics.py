"""What Polars says when it panics, which nobody is to see: there is an error that says it better."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import Final, TextIO

_ERRORS: Final = 2


class _Silence:
    """Descriptor 2 leads nowhere while somebody asks for it; what Python writes to standard error is still seen."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._asked = 0
        self._kept: int | None = None
        self._replaced: TextIO | None = None
        self._stream: TextIO | None = None

    def begin(self) -> None:
        with self._lock:
            self._asked += 1
            if self._asked > 1:
                return
            try:
                self._kept = os.dup(_ERRORS)
            except OSError:  # it is closed
                return
            with suppress(OSError, ValueError, AttributeError):
                if sys.stderr.fileno() == _ERRORS:
                    sys.stderr.flush()
                    coding, errors = sys.stderr.encoding, sys.stderr.errors
                    self._stream = open(self._kept, "w", 1, coding, errors, closefd=False)  # noqa: SIM115
                    self._replaced, sys.stderr = sys.stderr, self._stream
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _ERRORS)
            os.close(nowhere)

    def end(self) -> None:
        with self._lock:
            self._asked -= 1
            if self._asked or self._kept is None:
                return
            if self._stream is not None:
                with suppress(OSError):
                    self._stream.flush()
                if sys.stderr is self._stream and self._replaced is not None:
                    sys.stderr = self._replaced
            os.dup2(self._kept, _ERRORS)
            os.close(self._kept)
            self._kept = self._replaced = self._stream = None


_SILENCE: Final = _Silence()


@contextmanager
def silent_panics() -> Iterator[None]:
    """While Polars reads and writes. Its threads tell of a panic on descriptor 2 before anybody can catch it. Threads
    may ask for this at the same time."""
    _SILENCE.begin()
    try:
        yield
    finally:
        _SILENCE.end()
