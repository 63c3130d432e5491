"""What a picture of characters is shown on."""

from __future__ import annotations

from exprgrad.records import NamedTuple


class Screen(NamedTuple):
    """What a picture is shown on, in characters; a pipe has 80 columns and 24 lines on every machine. Without `unicode`
    it shows ASCII alone."""

    width: int = 80
    height: int = 24
    colours: bool = False
    unicode: bool = True
