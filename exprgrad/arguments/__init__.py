"""What the user typed, made sense of: tokens (`scan`), options (`table`, `options`), values (`values`), files."""

from __future__ import annotations

from exprgrad.lazy import later

later(__name__, "number_text")
