"""Differentiation, blind to the mode: one reverse sweep and one forward sweep."""

from exprgrad.lazy import later

# What most programs have not got waits: regions, high orders, jacobians.
later(__name__, "branches", "chain", "loops", "sparsity")

from exprgrad.autodiff.differentiate import Sweeps, pull_back, start
from exprgrad.autodiff.reachability import between, upstream
from exprgrad.autodiff.sweep_state import Arrive, Found, Visit
from exprgrad.autodiff.sweeps import SWEPT_ORDERS, forward, pull_step, reverse

__all__ = [
    "SWEPT_ORDERS",
    "Arrive",
    "Found",
    "Sweeps",
    "Visit",
    "between",
    "forward",
    "pull_back",
    "pull_step",
    "reverse",
    "start",
    "upstream",
]
