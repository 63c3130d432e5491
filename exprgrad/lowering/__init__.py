"""From the AST to values, blind to the mode: `Lowering` evaluates a program on whatever its inputs are."""

from exprgrad.lowering.builder import Builder
from exprgrad.lowering.lowering import Lowering

__all__ = ["Builder", "Lowering"]
