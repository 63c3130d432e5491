"""A command line that runs inside of the process of the tests, as a new process would run it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence

import pytest

from exprgrad.cli import run


class Stream(io.TextIOWrapper):
    """A stream like sys.stdout, whose bytes can be read afterwards."""

    def __init__(self, data: bytes = b"") -> None:
        super().__init__(io.BytesIO(data), encoding="utf-8", write_through=True)

    def fileno(self) -> int:
        raise OSError("it has none")

    def all(self) -> bytes:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue()


def command(argv: Sequence[str], stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    """The exit code, standard output and standard error of a command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", Stream(stdin))
        out, err = Stream(), Stream()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(list(argv))
        return code, out.all(), err.all()
