"""What Ctrl-C does: the command ends quietly from its first millisecond on, and cleans up once it computes.

It imports next to nothing, so that nothing comes before it.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` takes time to load that an interrupt could fall into
import os

TYPE_CHECKING = False  # as type checkers know it; to load `typing` would take time
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

INTERRUPTED = 130


def _quiet(number: int, frame: object) -> None:
    os._exit(INTERRUPTED)


def are_quiet() -> None:
    """While the command starts there is nothing to clean up: an interrupt ends it."""
    _become(_quiet)


def clean_up() -> None:
    """Files may be half-written: an interrupt is an exception, which cleans up."""
    _become(_signal.default_int_handler)


def _become(action: Callable[..., Any]) -> None:
    """Changes what an interrupt does, unless it is ignored or somebody else's."""
    if _signal.getsignal(_signal.SIGINT) in (_signal.default_int_handler, _quiet):
        try:  # noqa: SIM105, contextlib takes time to load
            _signal.signal(_signal.SIGINT, action)
        except ValueError:  # only the main thread gets signals
            pass


class TerminatedError(BaseException):
    """The process is asked to end, by a signal of this number: what is half-written is to be removed first."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


def clean_up_when_terminated() -> None:
    """The same of a request to end, and of a terminal that goes away."""
    for name in ("SIGTERM", "SIGHUP"):  # Windows has no SIGHUP, and nohup ignores it
        asked = getattr(_signal, name, None)
        if asked is not None and _signal.getsignal(asked) == _signal.SIG_DFL:
            _signal.signal(asked, _terminated)


def _terminated(number: int, frame: object) -> NoReturn:
    raise TerminatedError(number)
