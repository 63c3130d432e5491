"""What the user typed, made sense of: tokens (`scan`), options (`table`, `options`), values (`values`), files."""
