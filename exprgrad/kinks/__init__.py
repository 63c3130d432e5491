"""Derivatives infinitely near to a kink, on every side of it, and what they say about the one at the kink."""

from exprgrad.lazy import later

# Most runs meet no kink.
later(__name__, "settle")
