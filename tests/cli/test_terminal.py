"""What a terminal shows while a command runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="a terminal needs a Unix")


def on_a_terminal(arguments: list[str], batches: list[str], pause: float, folder: Path) -> tuple[int, str, str]:
    """Runs the command with standard error on a terminal and sends it text, a batch at a time: the exit code, standard
    output, and what the terminal got."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "exprgrad", *arguments]
    with open(folder / "out", "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=theirs)
    os.close(theirs)
    assert process.stdin is not None
    for batch in batches:
        process.stdin.write(batch.encode())
        process.stdin.flush()
        time.sleep(pause)
    process.stdin.close()
    code = process.wait(60)
    shown = b""
    try:
        while data := os.read(ours, 1 << 16):
            shown += data
    except OSError:  # Linux's end of a terminal that nobody writes to any more
        pass
    os.close(ours)
    return code, (folder / "out").read_text(), shown.decode()


@pytest.mark.slow
def test_rows_that_last_show_how_far_they_are(tmp_path: Path) -> None:
    batches = ["x\n", *["1\n"] * 5]
    code, out, shown = on_a_terminal(["c = 2*x", "--rows-from", "-"], batches, 0.4, tmp_path)
    assert code == 0
    assert out == "x,c,dc_dx\n" + "1,2.0,2.0\n" * 5
    # The line is taken away before the notes come.
    assert "\r\x1b[K" in shown and " rows, " in shown and " rows/s" in shown
    assert "\r\x1b[Kexprgrad: " in shown


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["-q"], ["--on-bad-row", "skip", "-q"]])
def test_quiet_rows_show_nothing(arguments: list[str], tmp_path: Path) -> None:
    batches = ["x\n", *["1\n"] * 4]
    code, _, shown = on_a_terminal(["c = 2*x", "--rows-from", "-", *arguments], batches, 0.4, tmp_path)
    assert (code, shown) == (0, "")
