"""Cells with any number of spaces and tabs between them, as cells with one space between them."""

from __future__ import annotations

import re
from typing import Final

_OUTER: Final = re.compile(rb"(?m)^[ \t]+|[ \t]+(?=\r?$)")
_INNER: Final = re.compile(rb"[ \t]+")
# Between quotes all spaces stay.
_QUOTED: Final = re.compile(rb'(?m)("[^"]*")|^[ \t]+|[ \t]+(?=\r?$)|([ \t]+)')


def even(data: bytes) -> bytes:
    """Whole rows with one space between cells, and none around them."""
    if b'"' in data:
        return _QUOTED.sub(lambda found: found[1] or (b" " if found[2] else b""), data)
    if b"\t" in data or b"  " in data:
        return _INNER.sub(b" ", _OUTER.sub(b"", data))
    return _OUTER.sub(b"", data)
