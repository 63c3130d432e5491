"""Formulas for reading: that they say the same, and how long they are."""
