"""A program that was written on one line, as a reader wants it: each statement of a block on a line of its own."""

from __future__ import annotations

import re
from typing import Final

from exprgrad.diagnostics import Span
from exprgrad.records import NamedTuple

_STEP: Final = "    "
# What is kept as it is, and what lines end at, or begin with.
_PARTS: Final = re.compile(r"""(?P<kept>"[^"\n]*"|'[^'\n]*'|\#.*)|[{};]""")
# What goes on behind the end of a block.
_GOES_ON: Final = re.compile(r"\s*(;|else\b|elif\b)")


class Indented(NamedTuple):
    """A text, and where each character of the one that was written is in it."""

    text: str
    places: list[int]

    def span(self, written: Span) -> Span:
        """Where a piece of the text that was written is."""
        end = self.places[written.end - 1] + 1 if written.end > written.start else self.places[written.start]
        return written._replace(start=self.places[written.start], end=end)


def indented(written: str) -> Indented:
    """Breaks the line of a program with blocks, and indents what is in these; any other text stays as it is."""
    if "{" not in written or "\n" in written.strip():
        return Indented(written, list(range(len(written) + 1)))
    text, depth, at = "", 0, 0
    places: list[int] = []

    def keep(end: int) -> None:
        """Takes over what is written up to a place."""
        nonlocal text, at
        places.extend(range(len(text), len(text) + end - at))
        text += written[at:end]
        at = end

    def broken() -> None:
        """Begins a line, in the place of the spaces here."""
        nonlocal text, at
        while at < len(written) and written[at].isspace():
            places.append(len(text))
            at += 1
        if at < len(written):
            text = f"{text.rstrip()}\n{_STEP * depth}"

    for match in _PARTS.finditer(written):
        if match["kept"]:
            continue
        keep(match.start())
        if match[0] == "}":
            depth = max(depth - 1, 0)
            broken()
        keep(match.end())
        depth += match[0] == "{"
        if match[0] != "}" or not _GOES_ON.match(written, at):
            broken()
    keep(len(written))
    return Indented(text, [*places, len(text)])
