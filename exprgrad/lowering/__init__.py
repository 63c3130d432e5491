"""From the AST to values, blind to the mode: `Lowering` evaluates a program on whatever its inputs are."""

from exprgrad.lazy import later

# What most programs have not got waits: diff(), lanes, loops, the notation of another system.
later(__name__, "differentials", "elsewhere", "lanes", "loops")

from exprgrad.lowering.builder import Builder
from exprgrad.lowering.lowering import Lowering

__all__ = ["Builder", "Lowering"]
