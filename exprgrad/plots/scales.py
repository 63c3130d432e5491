"""How numbers lie along an axis."""

from typing import Final

# By their differences, or by their ratios.
SCALES: Final = ("linear", "log")
