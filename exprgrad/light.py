"""What click, lark and the standard library import for what a plain command does not ask of them: lazy, in the process
of the command alone."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from exprgrad.lazy import lazy


class _Silence:
    """A logger or its handler that does nothing, as lark's does unless somebody sets its level."""

    def __init__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *_: object, **__: object) -> None:
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
    _import("click", "uuid", UUID=object)  # of which its type for them says only in a generic that it makes them
    lazy("lark")
    _import("lark.utils", "logging", Logger=_Silence, StreamHandler=_Silence, getLogger=_Silence, CRITICAL=50)


def _import(module: str, without: str, **stand_ins: object) -> None:
    """Imports a module that needs no more of another one, as it is imported, than the stand-ins: they are gone then."""
    other = lazy(without, **stand_ins)
    import_module(module)
    for name, stand_in in stand_ins.items():
        if vars(other).get(name) is stand_in:
            delattr(other, name)
