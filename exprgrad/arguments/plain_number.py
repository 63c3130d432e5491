"""Plain numbers: most values are. They need no parser, which counts where there are 10,000 of them."""

from __future__ import annotations

from typing import Final

_OF_NUMBERS: Final = frozenset("0123456789.eE+-")


def plain_number(text: str) -> float | None:
    """The number that a text is, with a point and an exponent, if it is one."""
    if _OF_NUMBERS.issuperset(text):  # nothing else that float() takes is made of these
        try:
            return float(text)
        except ValueError:
            pass
    return None
