"""Transcripts: commands for a shell, each with exactly what it prints.

A transcript is lines of text:

    # a remark
    $ exprgrad "abs(x)" --x 0 --max-order 0        a command; further lines of it begin with "> "
    c = 0.0                                        its standard output
    ! exprgrad: note: ...                          its standard error
    [exit code 2]                                  its exit code, if that is not 0

The commands of one transcript share a folder that is empty at first.

    python -m tests.golden.transcript FILE FOLDER PACKAGE

prints the transcript of a file as it should be here, in an empty folder and with the package from another.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import exprgrad
from exprgrad.syntax import tables
from exprgrad.syntax.grammar import grammar_text
from tests.inside import command as run_inside

# A command of words alone: nothing in it is for a shell but quotes around what has nothing to be replaced in it.
PLAIN = re.compile(r"""exprgrad( +([\w./:=,+%@-]+|"[^"$`\\]*"|'[^']*'))*""")
ROOT = Path(exprgrad.__file__).parent.parent


@cache
def installed() -> tempfile.TemporaryDirectory[str]:
    """A folder with the package as a wheel has it: with the parser's tables, by which its processes start sooner."""
    folder = tempfile.TemporaryDirectory()
    package = Path(folder.name, "exprgrad")
    shutil.copytree(ROOT / "exprgrad", package)
    (package / "grammar.lark").write_text(grammar_text(), encoding="utf-8", newline="\n")
    (package / "grammar.tables").write_bytes(tables.made(grammar_text()))
    for notation in (package / "notations").glob("*.lark"):
        notation.with_suffix(".tables").write_bytes(tables.made(notation.read_text(encoding="utf-8")))
    return folder


class Shell:
    """A shell in an empty folder, with this `exprgrad` and this `python` first on its path.

    `inside`: commands that are no more than `exprgrad` and its words run inside of this process, without the start of
    another one. Those that start one have the package from `package`.
    """

    def __init__(
        self,
        folder: Path,
        variables: Mapping[str, str] | None = None,
        *,
        inside: bool = False,
        package: str | None = None,
    ) -> None:
        programs = folder / "bin"
        programs.mkdir()
        for name, arguments in {"exprgrad": "-m exprgrad ", "python": ""}.items():
            program = programs / name
            program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
            program.chmod(0o755)
        self.inside = inside
        self.folder = folder / "work"
        self.folder.mkdir()
        paths = [package or installed().name, *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = {
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "LC_ALL": "C",
            "PYTHONPATH": os.pathsep.join(paths),
            **(variables or {}),
        }

    def run(self, command: str) -> tuple[str, str, int]:
        """What a command writes to standard output and to standard error, and its exit code."""
        if self.inside and PLAIN.fullmatch(command):
            with pytest.MonkeyPatch.context() as patch:
                patch.chdir(self.folder)
                for name in os.environ.keys() - self.environment.keys():
                    patch.delenv(name)
                for name, value in self.environment.items():
                    patch.setenv(name, value)
                code, out, err = run_inside(shlex.split(command)[1:])
            return out.decode(), err.decode(), code
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


if __name__ == "__main__":
    file, within, package = sys.argv[1:]
    # Its own variables are those of the commands that are processes of their own.
    own = {name: x for name, x in os.environ.items() if name not in ("PATH", "HOME", "PYTHONPATH")}
    here = Shell(Path(within), own, inside=True, package=package)
    for each in replay(Path(file).read_text(encoding="utf-8").splitlines(), here):
        sys.stdout.buffer.write(f"{each}\n".encode())
