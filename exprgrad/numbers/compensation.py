"""What a sum loses by rounding, which can be made good later."""

from __future__ import annotations

from typing import Any


def lost(a: Any, b: Any, total: Any) -> Any:
    """a + b - total exactly, where `total` is a + b rounded (Knuth's two-sum: The Art of Computer Programming 2,
    4.2.2); nan where a number is not finite. For floats, ndarrays and what makes code alike."""
    z = total - a
    return (a - (total - z)) + (b - z)
