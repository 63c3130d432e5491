"""Running a program of numbers for many rows at once: with numpy, or as machine code."""
