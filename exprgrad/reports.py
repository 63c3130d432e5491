"""The forms in which an error or a note is told: for a reader, for a program, and for GitHub's checks."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Final

from exprgrad.diagnostics import Report, printable
from exprgrad.version import __version__

TEXT: Final = "text"
_COLOURS: Final = {"error": "\033[1;31m", "note": "\033[1;36m"}
# What GitHub calls a note.
_COMMANDS: Final = {"error": "error", "note": "notice"}


def _text(kind: str, report: Report, colours: bool) -> str:
    """`exprgrad: error: ...`, of a place in a file `file:line:column: error: ...`, and lines below."""
    return f"{'' if report.where else 'exprgrad: '}{labelled(kind, report, colours)}"


def labelled(kind: str, report: Report, colours: bool) -> str:
    """The same without the name of who tells."""
    label = f"{_COLOURS[kind]}{kind}:\033[0m" if colours else f"{kind}:"
    where = f"{printable(report.where)}: " if report.where else ""
    return f"{where}{label} {printable(report.text())}"


def _json(kind: str, report: Report, colours: bool) -> str:
    """One line of strict JSON, with the same keys for all."""
    import json

    place = report.in_file
    places = [{"line": place.line, "column": place.column, "length": None, "what": ""}] if place is not None else []
    for position, length, what in report.places:
        places.append({"line": position.line, "column": position.column, "length": length, "what": what})
    told = {
        "kind": kind,
        "message": report.message,
        "hint": report.hint,
        "file": report.origin,
        "places": places,
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", errors="replace").decode()


def _github(kind: str, report: Report, colours: bool) -> str:
    """A workflow command: https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    properties = {}
    if report.origin is not None:
        properties["file"] = report.origin
        if (position := report.position) is not None:
            properties["line"] = str(position.line)
            if position.column is not None:
                properties["col"] = str(position.column)
    properties["title"] = "exprgrad"
    given = ",".join([f"{key}={_escaped(value, ':,')}" for key, value in properties.items()])
    return f"::{_COMMANDS[kind]} {given}::{_escaped(printable(report.text()))}"


def _escaped(text: str, further: str = "") -> str:
    return "".join([f"%{ord(c):02X}" if c in f"%\r\n{further}" else c for c in text])


def report_of(bug: Exception) -> Report:
    """What is told of a bug, on one line: what was raised, and the innermost place."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    file = os.path.basename(trace.tb_frame.f_code.co_filename)
    what = " ".join(f"{type(bug).__name__}: {bug}".split())
    where = f"exprgrad {__version__}, {what} ({file}, line {trace.tb_lineno})"
    return Report(f"a bug in exprgrad; please report it with the command that you ran: {where}")


FORMS: Final[Mapping[str, Callable[[str, Report, bool], str]]] = {TEXT: _text, "json": _json, "github": _github}
