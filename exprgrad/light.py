"""What click, lark and the standard library import for what a plain command does not ask of them: lazy, in the process
of the command alone."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable
from importlib import import_module
from typing import Any

from exprgrad.lazy import lazy, loaded


class _Silence:
    """A logger or its handler that does nothing, as lark's does unless somebody sets its level."""

    def __init__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: object, **__: object) -> None:
        pass


def _dataclass(cls: Any = None, **options: object) -> Any:
    """In the place of dataclasses.dataclass, which compiles the text of each method: lark makes slices of a text by it,
    from all of their fields in order."""

    def made(cls: Any) -> Any:
        names = tuple(cls.__annotations__)
        if cls.__name__ != "TextSlice" or not vars(cls).keys().isdisjoint(names):
            import dataclasses

            _ = dataclasses.fields  # its body runs, and the real one is there
            return dataclasses.dataclass(cls, **options)  # type: ignore[call-overload]

        def start(self: Any, *values: object) -> None:
            vars(self).update(zip(names, values, strict=True))
            self.__post_init__()

        cls.__init__ = start
        return cls

    return made if cls is None else made(cls)


class _Untyped(dict[str, Any]):
    """In the place of TypedDict, which compiles the text of each type: click gives none of its own to a user."""

    def __init_subclass__(cls, **options: object) -> None:
        pass


def lighten() -> None:
    """Imports click, and of lark what makes its logger, without what they do not need."""
    lazy("inspect")
    lazy("traceback")
    # click asks for its words in the user's language; a command that prints the same bytes everywhere does not.
    lazy("gettext", gettext=lambda text: text, ngettext=lambda one, many, count: one if count == 1 else many)
    try:  # noqa: SIM105, contextlib takes time to load
        lazy("interegular")  # where it is installed, lark checks grammars with it
    except ModuleNotFoundError:
        pass
    try:
        from _datetime import datetime  # type: ignore[import-not-found]  # the class itself, without Python's own
    except ModuleNotFoundError:
        pass
    else:
        lazy("datetime", datetime=datetime)
    typed, typing.TypedDict = typing.TypedDict, _Untyped  # type: ignore[assignment]
    try:
        # Of UUIDs its type for them says only in a generic that it makes them; a dict keeps its two streams as well.
        _import("click", uuid={"UUID": object}, weakref={"WeakKeyDictionary": dict})
    finally:
        typing.TypedDict = typed
    lazy("lark")
    lazy("copy", copy=_copying("copy"), deepcopy=_copying("deepcopy"))
    silent = dict.fromkeys(("Logger", "StreamHandler", "getLogger"), _Silence)
    # It would look for two packages, to build a grammar and to keep tables.
    unseen = "regex", "atomicwrites"
    _import("lark.utils", *unseen, logging={**silent, "CRITICAL": 50}, dataclasses={"dataclass": _dataclass})


def lighten_rows() -> None:
    """Has wait what Polars, numpy and llvmlite import and files of rows do not need."""
    for name in ("ipaddress", "locale", "pickle", "random", "shutil", "subprocess", "tempfile", "zipfile"):
        lazy(name)
    # The texts that help() shows, and types for type checkers. Of those numpy itself puts one into a list of members.
    parts: dict[str, dict[str, object]] = {"_core._add_newdocs": {}, "_core._add_newdocs_scalars": {}, "_typing": {}}
    parts["_typing"]["NDArray"] = list
    for name, known in parts.items():
        try:  # noqa: SIM105
            lazy(f"numpy.{name}", **known)
        except ModuleNotFoundError:  # another numpy has others
            pass


def _copying(how: str) -> Callable[[Any], Any]:
    """copy.copy or copy.deepcopy, which lark has for parsers that try what would come next."""
    return lambda x: getattr(loaded("copy"), how)(x)


def _import(module: str, *unseen: str, **without: dict[str, object]) -> None:
    """Imports a module that needs no more of some other ones, as it is imported, than stand-ins: they are gone then. It
    finds none of those `unseen` that nobody has imported."""
    absent = [name for name in unseen if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # for an import nothing is no module
    others = {name: lazy(name, **stand_ins) for name, stand_ins in without.items()}
    import_module(module)
    for name in absent:
        del sys.modules[name]
    for other, stand_ins in zip(others.values(), without.values(), strict=True):
        for name, stand_in in stand_ins.items():
            if vars(other).get(name) is stand_in:
                delattr(other, name)
