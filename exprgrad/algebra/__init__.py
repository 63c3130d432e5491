"""Formulas for reading: expressions in normal form, what makes them shorter, and how they become text again.

Nothing here touches what is computed.
"""

from exprgrad.lazy import later

later(__name__, "formulas")
