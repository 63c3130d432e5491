"""From the AST to values, blind to the mode: `Lowering` evaluates a program on whatever its inputs are."""

from exprgrad.lazy import later

# What most programs have not got waits: diff(), lanes, loops.
later(__name__, "differentials", "lanes", "loops")

from exprgrad.lowering.builder import Builder
from exprgrad.lowering.lowering import Lowering

__all__ = ["Builder", "Lowering"]
