"""What click, lark and the standard library import for what a plain command does not ask of them: lazy, in the process
of the command alone."""

from __future__ import annotations

import os

from exprgrad.lazy import lazy


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
