"""Plots: a program over a range of one of its variables, or of two, in characters or as a file."""

from __future__ import annotations

from exprgrad.lazy import later

later(__name__, "plot", "points", "ticks")
