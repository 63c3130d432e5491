"""Numbers as sums of two doubles, and functions of these with bounds on their errors, which docs/kernels.md derives."""
