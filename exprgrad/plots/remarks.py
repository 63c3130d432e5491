"""What is said beside a plot."""

from __future__ import annotations

from collections.abc import Sequence

from exprgrad.diagnostics import listed


def at(name: str, places: Sequence[float], most: int) -> str:
    """`x = -1, 0 and 3 more places`: at most so many are named."""
    shown = [f"{x + 0.0:.6g}" for x in places]
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more places"]
    return f"{name} = {listed(shown)}"


def goes_on(labels: Sequence[str]) -> list[str]:
    """That some of what is shown has other values too."""
    return [f"{listed(labels)} {'goes' if len(labels) == 1 else 'go'} on beyond what is shown"] if labels else []
