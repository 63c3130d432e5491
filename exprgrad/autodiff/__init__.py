"""Differentiation, blind to the mode: one reverse sweep and one forward sweep."""

from exprgrad.autodiff.chain import SWEPT_ORDERS, Chain
from exprgrad.autodiff.reachability import between, upstream
from exprgrad.autodiff.sweep_state import Arrive, Found, Visit
from exprgrad.autodiff.sweeps import forward, pull_step, reverse

__all__ = [
    "SWEPT_ORDERS",
    "Arrive",
    "Chain",
    "Found",
    "Visit",
    "between",
    "forward",
    "pull_step",
    "reverse",
    "upstream",
]
