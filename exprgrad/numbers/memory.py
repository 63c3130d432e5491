"""What memory is left: a run that comes near to its end stops with an error, before the system stops it.

What is looked at is what Linux tells of a process; where it tells nothing, nothing is refused.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import Final

from exprgrad.diagnostics import EvaluationError, Span

# So many bytes has an element of a rounded array, with its place in it.
ROUNDED: Final = 80
# So many bytes are worth a look at what is left, which takes some 10 microseconds.
LARGE: Final = 4_000_000
# This part of all memory stays free: for what is not looked at, and for saying that the run has ended.
_RESERVE: Final = 16
_LIMITS: Final = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


class _Ceiling:
    """How many bytes of addresses, and of memory, the process may have: nothing before it is found out."""

    addresses = memory = 0

    def find(self) -> None:
        """Finds out what holds now."""
        self.addresses = self.memory = sys.maxsize
        try:
            import resource
        except ImportError:
            return
        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            self.addresses = limit
        used = _used()
        free = _free()
        if used is not None and free is not None:
            self.memory = used[1] + free
        for name in _LIMITS:
            text = _read(name).strip()
            if text.isdigit():
                self.memory = min(self.memory, int(text))


_ceiling: Final = _Ceiling()
# The bytes taken since the last look.
_taken = 0


def take(more: int, span: Span | None = None) -> None:
    """Tells that so many bytes are about to be taken. Raises an EvaluationError where they are not left."""
    global _taken
    _taken += more
    if _taken >= LARGE:
        _taken = 0
        check(more, span)


def check(more: int = 0, span: Span | None = None) -> None:
    """Raises an EvaluationError where so many bytes more are not left."""
    used = _used()
    if used is None or _fits(used, more):
        return
    _ceiling.find()  # for the first time, or it has changed
    if not _fits(used, more):
        raise exhausted(span)


def size_of(x: object) -> int:
    """About how many bytes a value has."""
    size = getattr(x, "nbytes", None)
    return ROUNDED if size is None else ROUNDED * x.size if x.dtype == object else size  # type: ignore[attr-defined]


class _Uncollected:
    """Where no garbage is collected: what a tree or a graph is made of stays, and to look through it again and again
    takes a quarter of the time. Threads may share it, and it nests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._was_on = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._was_on = gc.isenabled()
                gc.disable()
            self._inside += 1

    def __exit__(self, *problem: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside and self._was_on:
                gc.enable()


uncollected: Final = _Uncollected()


def exhausted(span: Span | None = None) -> EvaluationError:
    """The error for a run that needs more memory than there is."""
    return EvaluationError(
        "there is not enough memory left for this",
        span,
        hint="take smaller arrays, fewer iterations or a lower order",
    )


def _fits(used: tuple[int, int], more: int) -> bool:
    addresses, memory = _ceiling.addresses, _ceiling.memory
    return used[0] + more + addresses // _RESERVE <= addresses and used[1] + more + memory // _RESERVE <= memory


def _used() -> tuple[int, int] | None:
    """The bytes of addresses, and of memory, that the process has."""
    numbers = _read("/proc/self/statm").split()
    return (int(numbers[0]) * _PAGE, int(numbers[1]) * _PAGE) if len(numbers) > 1 else None


def _free() -> int | None:
    """The bytes that the system has left, with what it can put on a disk."""
    sizes = dict(line.split(":", 1) for line in _read("/proc/meminfo").splitlines() if ":" in line)
    try:
        return 1024 * sum(int(sizes[name].split()[0]) for name in ("MemAvailable", "SwapFree"))
    except (KeyError, ValueError, IndexError):
        return None


def _read(name: str) -> str:
    try:
        file = os.open(name, os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(file, 65536).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)


_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
