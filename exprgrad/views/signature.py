"""What goes into a program and what comes out, by names."""

from __future__ import annotations

from collections.abc import Sequence

from exprgrad.views.json_line import SCHEMA


def text(inputs: Sequence[str], results: Sequence[str]) -> str:
    """`inputs: k, t` and `results: y`, a line each."""
    named = {"inputs": inputs, "results": results}
    return "".join([f"{what}: {', '.join(names)}".rstrip() + "\n" for what, names in named.items()])


def json_line(inputs: Sequence[str], results: Sequence[str]) -> str:
    """The same as one line of JSON, with lists of names."""
    import json  # only this view needs it

    return json.dumps({"schema": SCHEMA, "inputs": [*inputs], "results": [*results]}, ensure_ascii=False) + "\n"
