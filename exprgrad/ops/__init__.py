"""The operations, by topic. Importing this package fills the registry with those that have operators; those that are
called, and those of arrays, load when a program has some."""

from exprgrad.lazy import later

later(__name__, "elementary", "functions", "lanes", "linear_algebra", "piecewise", "shapes", "special")

from exprgrad.ops import arithmetic, comparison, control
from exprgrad.ops.registry import REGISTRY, Op, apply

__all__ = [
    "REGISTRY",
    "Op",
    "apply",
    "arithmetic",
    "comparison",
    "control",
]
