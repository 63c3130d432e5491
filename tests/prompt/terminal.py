"""A terminal that a command runs on: what is typed goes in, and the screen can be read."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

import pyte

UP, TAB, ENTER, ESCAPE = "\x1b[A", "\t", "\r", "\x1b"
C, D, R = "\x03", "\x04", "\x12"


class Terminal:
    """`python -m exprgrad` on a terminal of its own."""

    def __init__(
        self,
        folder: Path,
        arguments: tuple[str, ...] = (),
        variables: Mapping[str, str] | None = None,
        columns: int = 80,
        lines: int = 30,
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=10_000)
        self.stream = pyte.ByteStream(self.screen)
        self.written = b""
        self.ours, theirs = pty.openpty()
        self._size(columns, lines)
        environment = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(folder), **(variables or {})}
        environment.pop("NO_COLOR", None) if "NO_COLOR" not in (variables or {}) else None

        def start() -> None:
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [sys.executable, "-m", "exprgrad", *arguments],
            cwd=folder,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            preexec_fn=start,
        )
        os.close(theirs)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)

    def _size(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns: int, lines: int) -> None:
        """Gives the window another size, as a user does who pulls at its edge."""
        self.screen.resize(lines, columns)
        self._size(columns, lines)
        os.killpg(self.process.pid, signal.SIGWINCH)

    def type(self, text: str) -> None:
        """Types a text, in pieces as the terminal takes them."""
        data = text.encode()
        while data:
            self._read(0)
            if select.select([], [self.ours], [], 1)[1]:
                data = data[os.write(self.ours, data[:500]) :]

    def _read(self, seconds: float) -> bool:
        if not select.select([self.ours], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.ours, 1 << 16)
        except OSError:  # nobody is there any more
            return False
        self.written += data
        self.stream.feed(data)
        if b"\x1b[6n" in data:  # the editor asks where the cursor is
            os.write(self.ours, f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R".encode())
        return bool(data)

    @property
    def text(self) -> str:
        """What the screen shows, without the blanks at the ends of lines, and without empty lines at its end."""
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def shows(self, wanted: str | Callable[[str], bool], seconds: float = 30) -> str:
        """The screen, once it shows something, or something is true of it."""
        is_there = (lambda text: wanted in text) if isinstance(wanted, str) else wanted
        end = time.monotonic() + seconds
        while not is_there(self.text):
            if not self._read(0.2) and (time.monotonic() > end or self.process.poll() is not None):
                raise AssertionError(f"{wanted!r} is not on the screen:\n{self.text}")
        return self.text

    def computes(self, seconds: float = 30) -> None:
        """Waits until a computation is under way: the editor has left the terminal as it was."""
        end = time.monotonic() + seconds
        while not termios.tcgetattr(self.ours)[3] & termios.ICANON:
            self._read(0.1)
            assert time.monotonic() < end, self.text
        while self._read(0.5):
            pass

    def ends(self, seconds: float = 60) -> int:
        """The exit code, once the command has ended."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            self._read(0.1)
            assert time.monotonic() < end, self.text
        while self._read(0.1):
            pass
        return self.process.wait()
