"""The operations, by topic. Importing this package fills the registry, but for those of arrays (`functions`,
`linear_algebra`, `lanes`), which are loaded when a program has some."""

from exprgrad.lazy import later

later(__name__, "functions", "lanes", "linear_algebra")

from exprgrad.ops import arithmetic, comparison, control, elementary, piecewise, special
from exprgrad.ops.registry import REGISTRY, Op, apply

__all__ = [
    "REGISTRY",
    "Op",
    "apply",
    "arithmetic",
    "comparison",
    "control",
    "elementary",
    "piecewise",
    "special",
]
