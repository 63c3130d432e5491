"""A program as plain data: a flat list of instructions, how it is made of a graph, and nothing that runs."""

from exprgrad.lazy import later

later(__name__, "listing")
