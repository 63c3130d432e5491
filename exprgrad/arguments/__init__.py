"""What the user typed, made sense of: tokens (`scan`), options (`options`), values (`values`), files."""
