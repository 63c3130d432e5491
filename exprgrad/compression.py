"""Compressed files: told by how they begin where they are read, and by the endings of names where they are written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any, BinaryIO, Final, cast

from exprgrad.diagnostics import ExprError, InputDataError, not_loaded
from exprgrad.records import NamedTuple

# In the standard library from Python 3.14 on, before that in a package that has the same of it.
_ZSTD: Final = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


class Codec(NamedTuple):
    """A way to compress: its name, the ending of files, how they begin, and the module that opens them."""

    name: str
    ending: str
    start: bytes
    module: str

    def _loaded(self) -> Any:
        try:
            return import_module(self.module)
        except ImportError as problem:
            what = f"what is compressed by {self.name} needs {self.module}"
            # A part of backports may be installed, and this one not.
            missing = problem.name if problem.name in ("backports", self.module) else None
            raise not_loaded(problem, missing or self.module, what, "zstd") from None

    def reading(self, file: BinaryIO) -> BinaryIO:
        """What a compressed file holds, to be read in order."""
        return cast(BinaryIO, self._loaded().open(file, "rb"))

    def writing(self, file: BinaryIO) -> BinaryIO:
        """What compresses into a file. Neither the name of the file nor the time is in it."""
        module = self._loaded()
        if self.name == "gzip":
            return cast(BinaryIO, module.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0))
        return cast(BinaryIO, module.open(file, "wb"))


CODECS: Final = (
    Codec("gzip", ".gz", b"\x1f\x8b", "gzip"),
    Codec("zstd", ".zst", b"\x28\xb5\x2f\xfd", _ZSTD),
    Codec("bzip2", ".bz2", b"BZh", "bz2"),
    Codec("xz", ".xz", b"\xfd7zXZ\0", "lzma"),
)
# So many bytes tell how a file is compressed; bzip2 has the digits of pi behind its first four.
TELLING: Final = 10
_PI: Final = b"\x31\x41\x59\x26\x53\x59"


def told(start: bytes) -> Codec | None:
    """How a file is compressed, by its first bytes."""
    found = next((codec for codec in CODECS if start.startswith(codec.start)), None)
    return None if found is not None and found.name == "bzip2" and start[4:TELLING] != _PI else found


def codec_of(name: str) -> Codec | None:
    """How a file is to be compressed, by its name."""
    return next((codec for codec in CODECS if name.lower().endswith(codec.ending)), None)


def without_ending(name: str) -> str:
    """The name that a file has when it is not compressed."""
    codec = codec_of(name)
    return name if codec is None else name[: -len(codec.ending)]


@contextmanager
def undamaged(called: str) -> Iterator[None]:
    """Errors of compressed data that are read, as the user's. Those of the system pass."""
    try:
        yield
    except ExprError:
        raise
    except Exception as problem:
        # Each library has errors of its own; OSError is one of them, without a number where the data are wrong.
        if getattr(problem, "errno", None) is not None or isinstance(problem, (MemoryError, RuntimeError)):
            raise
        told = str(problem).partition("\n")[0].rstrip(".")
        message = f"{called} is damaged: {told[:1].lower()}{told[1:]}"
        raise InputDataError(message, hint="it is compressed; fetch or write it anew", origin=called) from None
