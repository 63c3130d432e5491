"""What executes a program: the interpreter, in any arithmetic, and the engines for rows."""

from exprgrad.lazy import later

# What computes arrays and columns waits for some.
later(__name__, "array_instructions", "machine", "threads")
