"""Modules whose bodies run when something in them is used for the first time.

What a library imports for a rare case costs every start. A lazy module is the real one, in its place for whoever
imports it; only its body waits. The standard library's LazyLoader would run the body of a package for `__path__`
already, so for each import of a submodule, and has no lock before Python 3.12.
"""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

# One for each module, as imports have: who runs the body of one may have to wait for another thread's import, and that
# for the body of a third one.
_locks: Final[dict[str, threading.RLock]] = {}
_running: Final[set[str]] = set()


def _lock(name: str) -> threading.RLock:
    return _locks.setdefault(name, threading.RLock())


class _Lazy(ModuleType):
    """A module whose body has not run yet."""

    def __getattr__(self, name: str) -> Any:
        if name == "__path__":  # asked by `from ... import`; a package has it without its body
            raise AttributeError(f"module {self.__name__!r} is not a package")
        with _lock(self.__name__):
            if type(self) is _Lazy:
                if self.__name__ in _running:  # asked by the body itself
                    raise AttributeError(f"module {self.__name__!r} has no attribute {name!r} yet")
                self._run()
        return getattr(self, name)

    def _run(self) -> None:
        spec = self.__spec__
        if spec is None:  # of a file that waits in its package
            package, _, _ = self.__name__.rpartition(".")
            spec = self.__spec__ = _found(self.__name__, sys.modules[package].__path__)
            self.__loader__ = spec.loader
        assert spec.loader is not None
        _running.add(self.__name__)
        try:
            spec.loader.exec_module(self)
        finally:
            _running.discard(self.__name__)
        self.__class__ = ModuleType  # type: ignore[assignment]  # what it is from now on


def loaded(name: str) -> ModuleType:
    """The module of this name once its body has run, unless that is under way."""
    module = import_module(name)
    with _lock(name):
        if type(module) is _Lazy and name not in _running:
            module._run()
    return module


def _found(name: str, path: Any = None) -> ModuleSpec:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, path)
        if spec is not None:
            return spec
    raise ModuleNotFoundError(f"no module named {name!r}", name=name)


def _path(package: str) -> Any:
    """Where the modules of a package are found, also of one that is not imported yet."""
    if not package:
        return None
    if package in sys.modules:
        return sys.modules[package].__path__
    return _found(package, _path(package.rpartition(".")[0])).submodule_search_locations


def lazy(name: str, **known: object) -> ModuleType:
    """The module of this name: as it is where it is imported already, else one whose body waits. What is `known` it has
    at once, until its body defines the real. Raises a ModuleNotFoundError for one that there is not."""
    if name in sys.modules:
        return sys.modules[name]
    package, _, last = name.rpartition(".")
    spec = _found(name, _path(package))
    module = _Lazy(name)
    vars(module).update(
        {
            "__spec__": spec,
            "__loader__": spec.loader,
            "__package__": spec.parent,
            "__file__": spec.origin,
            "__cached__": spec.cached,
            **known,
        }
    )
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    return _placed(module, package, last)


def later(package: str, *files: str) -> None:
    """Has these modules of a package wait, files beside its `__init__`, which says so; who uses one imports it at the
    top, as any other, and takes names from it where they are used: `from exprgrad.numbers import arrays`, and then
    `arrays.full(...)`. They are not looked for until then."""
    path = sys.modules[package].__path__
    for file in files:
        name = f"{package}.{file}"
        if name not in sys.modules:
            module = _Lazy(name)
            vars(module).update({"__package__": package, "__file__": f"{path[0]}/{file}.py"})
            _placed(module, package, file)


def _placed(module: ModuleType, package: str, last: str) -> ModuleType:
    module = sys.modules.setdefault(module.__name__, module)
    if package in sys.modules:  # one that is imported later takes it from where all modules are
        setattr(sys.modules[package], last, module)
    return module
