"""Which peers are there to be measured against."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache


@cache
def installed(module: str) -> bool:
    """Whether a peer is there; where it is not, a line on standard error says once that it is left out."""
    found = importlib.util.find_spec(module) is not None
    if not found:
        print(f"{module} is not installed: left out", file=sys.stderr)
    return found
