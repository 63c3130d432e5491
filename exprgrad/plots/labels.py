"""What somebody calls a plot and its axes."""

from __future__ import annotations

from exprgrad.records import NamedTuple


class Labels(NamedTuple):
    """The title, and what stands at the axes, which have the program's names where one is ""."""

    title: str = ""
    across: str = ""
    upright: str = ""
