"""A function over columns: each row is one evaluation; what is compiled for it, and which engine runs that."""

from exprgrad.lazy import later

# What needs columns waits for some.
later(__name__, "choice", "columns", "reduction", "row_function")
