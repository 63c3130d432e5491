"""The arithmetics: one file each, and what they share."""

from exprgrad.lazy import later

# What computes arrays and what encloses numbers in balls waits: most programs need neither.
later(
    __name__,
    "arrays",
    "axes",
    "ball_kernels",
    "balls",
    "closed",
    "compensation",
    "exact",
    "gapped",
    "namespace",
    "slopes",
    "zeros",
)
