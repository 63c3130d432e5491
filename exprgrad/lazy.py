"""Modules whose bodies run when something in them is used for the first time.

What a library imports for a rare case costs every start. A lazy module is the real one, in its place for whoever
imports it; only its body waits. The standard library's LazyLoader would run the body of a package for `__path__`
already, so for each import of a submodule, and has no lock before Python 3.12.
"""

from __future__ import annotations

import sys
import threading
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Final

_lock: Final = threading.RLock()
_running: Final[set[str]] = set()


class _Lazy(ModuleType):
    """A module whose body has not run yet."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # asked by `from ... import`; a package has it without its body
            raise AttributeError(f"module {self.__name__!r} is not a package")
        with _lock:
            if type(self) is _Lazy:
                if self.__name__ in _running:  # asked by the body itself
                    raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
                self._run()
        return getattr(self, name)

    def _run(self) -> None:
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        _running.add(self.__name__)
        try:
            spec.loader.exec_module(self)
        finally:
            _running.discard(self.__name__)
        self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on


def lazy(name: str, **known: object) -> ModuleType:
    """The module of this name: as it is where it is imported already, else one whose body waits. What is `known` it has
    at once, until its body defines the real."""
    if name in sys.modules:
        return sys.modules[name]
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"no module named {name!r}", name=name)
    module = module_from_spec(spec)
    module.__class__ = _Lazy
    vars(module).update(known)
    module = sys.modules.setdefault(name, module)
    package, _, last = name.rpartition(".")
    if package:
        setattr(sys.modules[package], last, module)
    return module


def later(package: str, *modules: str) -> None:
    """Has these modules of a package wait. Its `__init__` says so; who uses one imports it at the top, as any other,
    and takes names from it where they are used: `from exprgrad.numbers import arrays`, then `arrays.zeros(...)`."""
    for module in modules:
        lazy(f"{package}.{module}")
