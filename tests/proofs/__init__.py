"""Proofs of the error bounds of `exprgrad/numbers/pairs`, made from its code: docs/kernels.md, "Proven by machine"."""
