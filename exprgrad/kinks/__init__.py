"""Derivatives infinitely near to a kink, on every side of it, and what they say about the one at the kink."""
