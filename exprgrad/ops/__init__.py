"""The operations, by topic. Importing this package fills the registry."""

from exprgrad.ops import arithmetic, comparison, control, elementary, functions, piecewise, special
from exprgrad.ops.registry import REGISTRY, Op, apply

__all__ = [
    "REGISTRY",
    "Op",
    "apply",
    "arithmetic",
    "comparison",
    "control",
    "elementary",
    "functions",
    "piecewise",
    "special",
]
