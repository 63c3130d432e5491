"""Transcripts: commands for a shell, each with exactly what it prints.

A transcript is lines of text:

    # a remark
    $ exprgrad "abs(x)" --x 0 --max-order 0        a command; further lines of it begin with "> "
    c = 0.0                                        its standard output
    ! exprgrad: note: ...                          its standard error
    [exit code 2]                                  its exit code, if that is not 0

The commands of one transcript share a folder that is empty at first.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import exprgrad

ROOT = Path(exprgrad.__file__).parent.parent


class Shell:
    """A shell in an empty folder, with this `exprgrad` and this `python` first on its path."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        programs = folder / "bin"
        programs.mkdir()
        for name, arguments in {"exprgrad": "-m exprgrad ", "python": ""}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
            program.chmod(0o755)
        self.folder = folder / "work"
        self.folder.mkdir()
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C",
            "PYTHONPATH": os.pathsep.join(paths),
            **(variables or {}),
        }

    def run(self, command: str) -> tuple[str, str, int]:
        """What a command writes to standard output and to standard error, and its exit code."""
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=self.folder, env=self.environment, capture_output=True, timeout=120
        )
        return done.stdout.decode(), done.stderr.decode(), done.returncode


def replay(lines: Iterable[str], shell: Shell, *, as_on_a_terminal: bool = False) -> list[str]:
    """Runs a transcript's commands and gives the transcript as it should be.

    What follows a command, up to the next command or remark, is what it printed before. `as_on_a_terminal`:
    standard error follows standard output, without its mark.
    """
    return list(_replayed(lines, shell, as_on_a_terminal))[:-1]


def _replayed(lines: Iterable[str], shell: Shell, as_on_a_terminal: bool) -> Iterator[str]:
    command: list[str] = []
    for line in [*lines, "# the end"]:
        if command and not line.startswith("> "):
            yield from _printed(*shell.run("\n".join(command)), as_on_a_terminal)
            command = []
        if line.startswith("$ ") or (command and line.startswith("> ")):
            command.append(line[2:])
        elif not line.startswith("# "):
            continue
        yield line


def _printed(out: str, err: str, code: int, as_on_a_terminal: bool) -> Iterator[str]:
    yield from out.splitlines()
    if out and not out.endswith("\n"):
        yield "[no newline at the end]"
    for line in err.splitlines():
        yield line if as_on_a_terminal else f"! {line}".rstrip()
    if code:
        yield f"[exit code {code}]"
