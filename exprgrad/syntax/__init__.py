"""The text: parsed, its names resolved, its plan made."""

from exprgrad.lazy import later

later(__name__, "equations", "mistakes", "tables")
