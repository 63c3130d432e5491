"""What a plot looks like on terminals."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping

import pytest

pty = pytest.importorskip("pty", reason="a terminal needs a Unix")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

PLOT = ["sin(x); abs(x)", "--plot-over", "x=-3:3", "-q"]


def shown(words: list[str], columns: int, lines: int, variables: Mapping[str, str]) -> tuple[int, str]:
    """What a terminal of some size gets from a command."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, lines.to_bytes(2, sys.byteorder) + columns.to_bytes(6, sys.byteorder))
    environment = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "LC_ALL", "TERM")}
    command = [sys.executable, "-m", "exprgrad", *words]
    process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment | dict(variables))
    os.close(theirs)
    found = b""
    try:
        while data := os.read(ours, 1 << 16):
            found += data
    except OSError:  # Linux's end of a terminal that nobody writes to any more
        pass
    os.close(ours)
    return process.wait(60), found.decode().replace("\r\n", "\n")


@pytest.mark.slow
@pytest.mark.parametrize("columns", [40, 100, 0])
def test_a_plot_is_as_wide_as_the_terminal_and_in_colours(columns: int) -> None:
    code, text = shown(PLOT, columns, 30, {"TERM": "xterm", "LC_ALL": "C.UTF-8"})
    assert code == 0
    assert "\x1b[36m" in text and "\x1b[35m" in text and "⠉" in text
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    assert max(map(len, plain)) == (columns or 80)
    assert len(plain) <= 30


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variables", "has_colours", "is_ascii"),
    [
        ({"TERM": "dumb", "LC_ALL": "C.UTF-8"}, False, True),
        ({"TERM": "xterm", "LC_ALL": "C"}, True, True),
        ({"TERM": "xterm", "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "latin-1"}, True, True),
        ({"TERM": "xterm", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}, False, False),
    ],
)
def test_a_terminal_gets_what_it_can_show(variables: dict[str, str], has_colours: bool, is_ascii: bool) -> None:
    code, text = shown(PLOT, 80, 24, variables)
    assert code == 0
    assert ("\x1b" in text, text.isascii()) == (has_colours, is_ascii)


@pytest.mark.slow
def test_a_picture_is_nothing_for_a_terminal() -> None:
    code, text = shown([*PLOT, "-f", "png"], 80, 24, {"TERM": "dumb", "LC_ALL": "C.UTF-8"})
    assert (code, text) == (2, "exprgrad: error: a png is nothing that a terminal shows\n  add -o plot.png\n")
