"""What the user typed, made sense of: tokens (`scan`), options (`table`, `options`), values (`values`), files."""

from __future__ import annotations

from exprgrad.lazy import later

later(__name__, "completion", "number_text", "ranges", "values_from")
