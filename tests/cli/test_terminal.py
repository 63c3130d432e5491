"""What a terminal shows while a command runs."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="a terminal needs a Unix")


def on_a_terminal(
    arguments: list[str], batches: list[str], pause: float, folder: Path, until: bytes | None = None
) -> tuple[int, str, str]:
    """Runs the command with standard error on a terminal and sends it text, a batch at a time, until the terminal shows
    something: the exit code, standard output, and what the terminal got."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "exprgrad", *arguments]
    with open(folder / "out", "wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=theirs)
    os.close(theirs)
    assert process.stdin is not None
    shown = b""
    for batch in batches:
        process.stdin.write(batch.encode())
        process.stdin.flush()
        time.sleep(pause)
        while select.select([ours], [], [], 0)[0]:
            shown += os.read(ours, 1 << 16)
        if until is not None and until in shown:
            break
    process.stdin.close()
    code = process.wait(60)
    try:
        while data := os.read(ours, 1 << 16):
            shown += data
    except OSError:  # Linux's end of a terminal that nobody writes to any more
        pass
    os.close(ours)
    return code, (folder / "out").read_text(), shown.decode()


@pytest.mark.slow
def test_rows_that_last_show_how_far_they_are(tmp_path: Path) -> None:
    batches = ["x\n", *["1\n"] * 100]  # as many as a busy machine needs to start
    code, out, shown = on_a_terminal(
        ["c = 2*x", "--rows-from", "-", "--row-engine", "numpy", "--verbose-notes"],
        batches,
        0.4,
        tmp_path,
        until=b" rows/s",
    )
    assert code == 0
    header, *rows = out.splitlines()
    assert header == "x,c,dc_dx" and rows and set(rows) == {"1,2.0,2.0"}
    # The line is taken away before the notes come.
    assert "\r\x1b[K" in shown and " rows, " in shown and " rows/s" in shown
    assert "\r\x1b[Kexprgrad: " in shown


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["-q"], ["--on-bad-row", "skip", "-q"]])
def test_quiet_rows_show_nothing(arguments: list[str], tmp_path: Path) -> None:
    batches = ["x\n", *["1\n"] * 4]
    code, _, shown = on_a_terminal(["c = 2*x", "--rows-from", "-", *arguments], batches, 0.4, tmp_path)
    assert (code, shown) == (0, "")
