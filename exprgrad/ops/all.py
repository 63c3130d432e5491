"""Imports every operation, those on arrays too: a name of one is then known."""

from exprgrad.ops import arrangement, control, functions, lanes, library, linear_algebra, reductions, shapes

__all__ = ["arrangement", "control", "functions", "lanes", "library", "linear_algebra", "reductions", "shapes"]
