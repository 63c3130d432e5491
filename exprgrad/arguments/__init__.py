"""What the user typed, made sense of: tokens (`scan`), options (`options`), values of variables (`values`)."""
