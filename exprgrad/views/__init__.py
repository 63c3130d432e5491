"""How results, programs and derivatives are shown: pure functions to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from exprgrad.result import Result
from exprgrad.views.json_line import json_line
from exprgrad.views.numbers import NumberFormat
from exprgrad.views.text import text
from exprgrad.views.values import values


class Format(NamedTuple):
    """A form of output: `ending` is that of files that hold it, `exact` forms take no number format."""

    show: Callable[[Result, NumberFormat], str]
    ending: str | None = None
    exact: bool = False


FORMATS: Final = {
    "text": Format(text, ".txt"),
    "json": Format(lambda result, number: json_line(result), ".json", exact=True),
    "values": Format(values),
}
