"""The machine that code is made for: its LLVM, its libm, and code that was compiled before."""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from threading import RLock
from typing import Any, Final

from exprgrad.diagnostics import OutputFileError, UsageError, not_loaded
from exprgrad.files import replacing
from exprgrad.run.writer import LIBM
from exprgrad.version import __version__

# libmvec's letters by the number of rows at once: SSE2, AVX2 and AVX-512 of x86-64, whose functions take registers that
# the caller saves. https://sourceware.org/glibc/wiki/libmvec
_LETTERS: Final = {2: "b", 4: "d", 8: "e"}
# So many compiled objects are kept on disk.
_MOST_KEPT: Final = 2000
# What LLVM is told while code is made, with what it has otherwise; and what is held meanwhile.
_OPTIONS: Final = {
    "-enable-misched": ("false", "true"),
    "-hoist-const-loads": ("false", "true"),
    "-greedy-reverse-local-assignment": ("true", "false"),
}
_SETTING: Final = RLock()
_OPERANDS: Final = {"pow": 2, "hypot": 2, "atan2": 2}


@cache
def llvm() -> Any:
    """llvmlite's binding, ready to compile for this machine."""
    try:
        import llvmlite.binding as found
    except (ImportError, OSError) as problem:  # OSError: the library in it
        raise not_loaded(problem, "llvmlite", "machine code needs llvmlite", "fast") from None
    found.initialize_native_target()
    found.initialize_native_asmprinter()
    return found


@cache
def has_llvm() -> bool:
    """Whether machine code can be made here: llvmlite is installed and can be loaded."""
    try:
        llvm()
    except UsageError:
        return False
    return True


class Machine:
    """What this processor and its libraries offer. `width` is the number of doubles in its registers."""

    def __init__(self) -> None:
        binding = llvm()
        self.triple: str = binding.get_process_triple()
        self.cpu: str = binding.get_host_cpu_name()
        found = binding.get_host_cpu_features()
        self.features: str = found.flatten()
        self.width = 8 if found.get("avx512f") else 4 if found.get("avx2") else 2
        # Whether a product and a sum are rounded once, as an operation of the processor.
        self.fuses = bool(found.get("fma") or found.get("neon"))
        # Whether code can read which exceptions of arithmetic there were, and write past the cache.
        self.flags = self.streams = self.triple.startswith("x86_64")
        self._library = self._libmvec() if self.streams else None

    def _libmvec(self) -> ctypes.CDLL | None:
        try:
            library = ctypes.CDLL("libmvec.so.1")
            llvm().load_library_permanently("libmvec.so.1")
        except (OSError, RuntimeError):
            return None  # another libc: libm's functions serve, row by row
        return library

    def vector(self, width: int) -> Mapping[str, str]:
        """The functions of libm for so many rows at once, by libm's names."""
        found = {}
        if self._library is not None and width in _LETTERS:
            for name in LIBM.values():
                symbol = f"_ZGV{_LETTERS[width]}N{width}{'v' * _OPERANDS.get(name, 1)}_{name}"
                if hasattr(self._library, symbol):
                    found[name] = symbol
        return found


@cache
def machine() -> Machine:
    """This machine."""
    return Machine()


class Compiled:
    """Code that runs: `function` has the C type given, as long as this object lives. It is in vectors already; unless
    LLVM is to be `thorough`, only memory becomes registers, which takes a tenth of the time, or with many masks a
    hundredth, and for code that does not branch is as good."""

    def __init__(self, text: str, name: str, kind: Any, thorough: bool) -> None:
        binding, host = llvm(), machine()
        target = binding.Target.from_triple(host.triple).create_target_machine(
            cpu=host.cpu, features=host.features, opt=2, jit=True
        )
        module = binding.parse_assembly(text)
        module.triple = host.triple
        module.data_layout = str(target.target_data)
        made_from = (text, host.triple, host.cpu, host.features, _versions(), str(thorough), str(_OPTIONS))
        stored = _Cache(sha256("\0".join(made_from).encode()))
        known = stored.load()
        if known is None:
            options = binding.create_pipeline_tuning_options(speed_level=2)
            options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
            builder = binding.create_pass_builder(target, options)
            passes = builder.getModulePassManager() if thorough else binding.create_new_module_pass_manager()
            if not thorough:
                passes.add_sroa_pass()
            passes.run(module, builder)
        self._engine = binding.create_mcjit_compiler(module, target)
        self._engine.set_object_cache(stored.store, lambda _: known)
        with _as_written():
            self._engine.finalize_object()
        self.function: Callable[..., int] = kind(self._engine.get_function_address(name))


@contextmanager
def _as_written() -> Iterator[None]:
    """While it lasts LLVM keeps the order in which instructions stand, and constants where they are read. Its scheduler
    takes registers for scarcer than time, and puts what several registers compute side by side one after the other, so
    that each waits for itself: a polynomial of 200 operations takes 2.4 times as long. Constants that are copied into
    registers before a loop end up in memory, 64 bytes for 8. And values get their registers from the last one on, which
    takes half of the time where many wait long, as for a sweep backwards. There is no other way to say so than for the
    process."""
    binding = llvm()
    with _SETTING:
        for option, (now, _) in _OPTIONS.items():
            binding.set_option("exprgrad", f"{option}={now}")
        try:
            yield
        finally:
            for option, (_, otherwise) in _OPTIONS.items():
                binding.set_option("exprgrad", f"{option}={otherwise}")


@cache
def _versions() -> str:
    import llvmlite

    return f"{__version__} {llvmlite.__version__} {llvm().llvm_version_info}"


class _Cache:
    """A compiled object on disk, by the hash of what it was made from: text, processor and LLVM.

    It lies in a directory of the user's own, which nobody else can write to, or nowhere. A file begins with the hash of
    what follows, so that one that was not written to its end is none.
    """

    def __init__(self, key: Any) -> None:
        directory = _directory()
        self._path = None if directory is None else os.path.join(directory, f"{key.hexdigest()}.o")

    def load(self) -> bytes | None:
        """The object, if it is there and whole."""
        if self._path is None:
            return None
        try:
            with open(self._path, "rb") as file:
                if os.fstat(file.fileno()).st_uid != os.getuid():
                    return None
                data = file.read()
            os.utime(self._path)  # what is used stays
        except OSError:
            return None
        return data[32:] if sha256(data[32:]).digest() == data[:32] else None

    def store(self, module: Any, data: bytes) -> None:
        """Keeps an object; where that cannot be, it is made again the next time."""
        if self._path is None:
            return
        directory = os.path.dirname(self._path)
        try:
            with replacing(self._path) as beside, open(beside, "wb") as file:
                os.chmod(beside, stat.S_IRUSR | stat.S_IWUSR)
                file.write(sha256(data).digest() + data)
            _trim(directory)
        except (OSError, OutputFileError):
            pass


def _trim(directory: str) -> None:
    """Removes the older half of a directory that has become too full, and with it what a crash has left there."""
    files = list(os.scandir(directory))
    if len(files) > _MOST_KEPT:
        files.sort(key=lambda file: file.stat().st_mtime)
        for file in files[: len(files) // 2]:
            os.unlink(file.path)


def _directory() -> str | None:
    """The directory for compiled objects, made if it is not there; None where there can be no safe one."""
    if not hasattr(os, "getuid"):
        return None
    home, base = os.path.expanduser("~"), os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # it is to be ignored then
        base = os.path.join(home, ".cache")
        if not os.path.isdir(home):
            return None
    directory = os.path.join(base, "exprgrad")
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        found = os.lstat(directory)
    except OSError:
        return None
    own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    return directory if own and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None
