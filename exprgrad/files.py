"""Files and standard streams: what one holds, an error that says what is wrong with it, and files that appear when they
are complete."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Final

from exprgrad.compression import TELLING, codec_of, told, undamaged, without_ending
from exprgrad.diagnostics import ExprError, InputDataError, InputFileError, OutputFileError, UsageError

# Standard input, or standard output.
STANDARD: Final = "-"
# Other names of standard input.
_STANDARD_INPUT: Final = ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
# What to do with a text in another encoding; a shell has this.
TO_UTF8: Final = "save it as UTF-8, or give what iconv -f latin1 -t utf-8 FILE writes to standard input"
# The names of files that are being written.
_BESIDE: Final = r"\.exprgrad-\d+-\d+"
# The names of this process's own streams.
_OWN: Final = r"/dev/(stdout|stderr)|/(?:dev|proc/self)/fd/(\d+)"


def input_name(name: str) -> str:
    """The name of an input, that of standard input by whatever name it has."""
    return STANDARD if name in _STANDARD_INPUT else name


def called(name: str) -> str:
    """An input in a message."""
    return "standard input" if name == STANDARD else name


def ending_of(name: str) -> str:
    """The ending of a file's name, with its point and in lower case; "" where it has none. That of what compresses it
    does not count."""
    stem, point, ending = os.path.basename(without_ending(name.rstrip("/"))).rpartition(".")
    return f"{point}{ending}".lower() if stem and ending else ""


# -- reading ---------------------------------------------------------------------------------------------------------


def read_bytes(name: str) -> bytes:
    """What a file holds, or standard input, also where it is compressed. Raises InputFileError or InputDataError."""
    try:
        if name == STANDARD:
            data = standard_input().read()
        else:
            with open(name, "rb") as file:
                check_apart(name, file)
                data = file.read()
    except ExprError:
        raise
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        raise unreadable(called(name), problem) from None
    codec = told(data[:TELLING])
    if codec is None:
        return data
    with undamaged(called(name)):
        return codec.reading(io.BytesIO(data)).read()


def read_text(name: str) -> str:
    """The text of a file in UTF-8, lines ended by newlines alone. Raises InputFileError or InputDataError."""
    return text_of(read_bytes(name), called(name))


def text_of(data: bytes, called: str, encoding: str = "UTF-8", hint: str = TO_UTF8) -> str:
    """What bytes in an encoding say, lines ended by newlines alone. Raises InputDataError."""
    try:
        text = data.decode(encoding)
    except UnicodeError as problem:
        raise not_encoded(called, encoding, 0, problem, hint) from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def not_encoded(called: str, encoding: str, before: int, problem: UnicodeError, hint: str) -> InputDataError:
    """The error for bytes that are not in an encoding, where so many came before those that were decoded."""
    what = "its beginning does not say how it goes on"  # of UTF-16 and UTF-32 without their marks
    if isinstance(problem, UnicodeDecodeError):
        what = f"byte {before + problem.start + 1:,} is 0x{problem.object[problem.start]:02x}"
    return InputDataError(f"{called} is not {encoding}: {what}", hint=hint, origin=called)


def check_apart(name: str, file: BinaryIO) -> None:
    """Raises UsageError for a file that standard output goes to, too: a shell has emptied it, or what is written would
    be read."""
    import stat

    if sys.stdout is None:  # it is closed, and the file may have got its number
        return
    try:
        read, written = os.fstat(file.fileno()), os.fstat(1)
    except OSError:  # Python code has put something else in its place
        return
    if stat.S_ISREG(read.st_mode) and os.path.samestat(read, written):
        hint = "write to another file; -o FILE replaces a file of rows or values when all is computed"
        raise UsageError(f"{name} is read, and standard output goes there, too", hint=hint)


def standard_input() -> BinaryIO:
    """Standard input; raises InputFileError if it is closed."""
    if sys.stdin is None:
        raise InputFileError("cannot read standard input: it is closed", origin=called(STANDARD))
    return sys.stdin.buffer


def unreadable(name: str, problem: Exception) -> InputFileError:
    """The error for an input that cannot be read."""
    return InputFileError(f"cannot read {name}: {_reason(problem)}", origin=name)


# -- writing ---------------------------------------------------------------------------------------------------------


def standard_output() -> BinaryIO:
    """Standard output; raises OutputFileError if it is closed."""
    if sys.stdout is None:
        raise OutputFileError("cannot write standard output: it is closed")
    return sys.stdout.buffer


def unwritable(name: str, problem: Exception) -> OutputFileError:
    """The error for an output that cannot be written."""
    return OutputFileError(f"cannot write {name}: {_reason(problem)}")


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Errors of a file that is written, as the user's."""
    try:
        yield
    except ExprError:
        raise
    except (OSError, ValueError) as problem:  # ValueError: a name that no file can have
        raise unwritable(name, problem) from None


@contextmanager
def streaming(file: BinaryIO, name: str) -> Iterator[None]:
    """Errors of a stream that is written, as the user's. BrokenPipeError stays what it is: whoever reads has seen
    enough."""
    try:
        yield
    except OSError as problem:
        if sys.stdout is not None and file is sys.stdout.buffer:
            # What is still in the buffer would fail again when the next thing is written.
            os.dup2(os.open(os.devnull, os.O_WRONLY), file.fileno())
        if isinstance(problem, BrokenPipeError):
            raise
        raise unwritable(name, problem) from None


@contextmanager
def compressing(file: BinaryIO, name: str) -> Iterator[BinaryIO]:
    """What is written to a file of this name: the file, or what compresses what goes there. Raises UsageError."""
    codec = codec_of(name)
    if codec is None:
        yield file
        return
    with codec.writing(file) as packed:
        yield packed


def is_device(name: str) -> bool:
    """Whether what has this name takes what is written as it comes. A file that replaced it would replace /dev/null
    itself, or the file behind /dev/stdout. Raises OutputFileError if nothing can be written there."""
    import stat

    with writing(name):
        if not os.path.basename(name) or os.path.isdir(name):
            raise IsADirectoryError("it is a directory")
        if not os.path.exists(name):
            return False
        if not os.access(name, os.W_OK):
            raise PermissionError("permission denied")
        return not stat.S_ISREG(os.stat(name).st_mode) or os.path.abspath(name).startswith(("/dev/", "/proc/"))


@contextmanager
def device(name: str) -> Iterator[BinaryIO]:
    """What `is_device`, open to be written. A stream of this process is written where it stands, as others that write
    it go on behind. Raises OutputFileError."""
    own = re.fullmatch(_OWN, name)
    with writing(name):
        number = {"stdout": 1, "stderr": 2}.get(own[1]) or int(own[2]) if own else None
        file: BinaryIO = open(name, "ab") if number is None else open(os.dup(number), "wb")  # noqa: SIM115
    try:
        yield file
    finally:
        with suppress(OSError):  # told already: whoever writes flushes
            file.close()


@contextmanager
def replacing(name: str) -> Iterator[str]:
    """The path of a new file, which gets the name when the block ends without an error, and is gone otherwise: no
    failure leaves half a file. What processes that were killed have left beside it is removed. Raises
    OutputFileError."""
    import stat

    with writing(name):
        path = os.path.realpath(name)  # the file itself, where the name is that of a link to it
        beside, lock = _begun(os.path.dirname(path))
    try:
        yield beside
        with writing(name):
            if os.path.exists(path):
                os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
            os.replace(beside, path)
    finally:
        if os.path.lexists(beside):
            os.unlink(beside)
        if lock is not None:
            os.close(lock)


def _begun(folder: str) -> tuple[str, int | None]:
    """A new file, and what holds the lock on it: whoever finds one of these names without a lock may remove it."""
    import time

    _remove_abandoned(folder)
    while True:
        beside = os.path.join(folder, f".exprgrad-{os.getpid()}-{time.time_ns()}")
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if not _locks(handle):
            os.close(handle)
            return beside, None
        if os.fstat(handle).st_nlink:  # nobody has removed it before it was locked
            return beside, handle
        os.close(handle)


def _remove_abandoned(folder: str) -> None:
    """Removes the files of `replacing` that no process writes any more."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if re.fullmatch(_BESIDE, entry.name) and entry.is_file(follow_symlinks=False):
                with suppress(OSError):
                    handle = os.open(entry.path, os.O_RDWR)
                    try:
                        if _locks(handle):
                            os.unlink(entry.path)
                    finally:
                        os.close(handle)


def _locks(handle: int) -> bool:
    """Takes the lock on a file until it is closed; False where there are no locks, or where another has it."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


@contextmanager
def temporary() -> Iterator[BinaryIO]:
    """A file without a name, to be written and read, of which nothing is left whatever happens. Raises
    OutputFileError."""
    import tempfile

    with storing():
        file = tempfile.TemporaryFile()  # noqa: SIM115
    with file:
        yield file


@contextmanager
def storing() -> Iterator[None]:
    """Errors of a temporary file that is written, as the user's."""
    try:
        yield
    except OSError as problem:
        raise unstorable(problem) from None


def unstorable(problem: Exception) -> OutputFileError:
    """The error for a temporary file that cannot be written."""
    import tempfile

    try:
        where = f" in {tempfile.gettempdir()}"
    except OSError:
        where = ""
    hint = "let TMPDIR name a folder with more room"
    return OutputFileError(f"cannot write a temporary file{where}: {_reason(problem)}", hint=hint)


def _reason(problem: Exception) -> str:
    """Why, in the words of the system. Polars has them in longer ones: "parquet: File out of specification: underlying
    IO error: File too large (os error 27)"."""
    told = (getattr(problem, "strerror", None) or str(problem)).partition("\n")[0]
    reason = told.rpartition("IO error: ")[2].partition(" (os error")[0]
    return reason[:1].lower() + reason[1:]
