"""What click, lark and the standard library import for what a plain command does not ask of them: lazy, in the process
of the command alone."""

from __future__ import annotations

import os
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
    """To be called before click and lark are imported."""
    lazy("inspect")
    lazy("traceback")
    # click asks for its words in the user's language; a command that prints the same bytes everywhere does not.
    lazy("gettext", gettext=lambda text: text, ngettext=lambda one, many, count: one if count == 1 else many)
    if hasattr(os, "uname"):  # uuid asks for the name of the system, and for nothing else
        lazy("platform", system=lambda: os.uname().sysname)
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
    _silence_lark()


def _silence_lark() -> None:
    """Imports of lark what makes its logger, for which it would load logging."""
    lazy("lark")
    stand_ins = dict.fromkeys(("Logger", "StreamHandler", "getLogger"), _Silence)
    logging = lazy("logging", CRITICAL=50, **stand_ins)
    import_module("lark.utils")
    for name in stand_ins:  # they were for lark alone
        if vars(logging)[name] is _Silence:
            delattr(logging, name)
