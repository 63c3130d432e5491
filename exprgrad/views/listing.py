"""A picture as text: a line for each node, with its number, what it is, what it is made from, and what is known of it.

Boxes are bars along the lines. It reads at 3 nodes and at 100,000, which a drawing of lines between them would not.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from exprgrad.diagnostics import columns
from exprgrad.views.picture import Edge, Node, Picture

# A column is at most so wide: what is wider pushes the rest of its line.
WIDEST: Final = 32
# So many bars are drawn; of what lies deeper the depth is told.
DEEPEST: Final = 12


def listing(picture: Picture) -> str:
    """`#3  c  <- * a, b  = 300.0`, ..., a line each."""
    into = picture.sources()
    rows: list[list[str]] = []
    depth = 0
    for what, i in picture.walk():
        depth -= what == "close"
        bars = "│ " * min(depth, DEEPEST) + (f"({depth}) " if depth > DEEPEST else "")
        if what == "node":
            node = picture.nodes[i]
            rows.append([f"#{i + 1}", bars + node.title, _made(node, into[i], picture.nodes), *node.lines])
        else:
            rows.append(["", f"{bars}┌ {picture.boxes[i].title}" if what == "open" else f"{bars}└"])
        depth += what == "open"
    widths = [0] * max(map(len, rows))
    for row in rows:
        # A box's title stands alone in its line.
        for i, cell in enumerate(row if len(row) > 2 else ()):
            widths[i] = max(widths[i], min(columns(cell), WIDEST))
    return "".join(f"{_aligned(row, widths)}\n" for row in rows)


def _made(node: Node, edges: Sequence[Edge], nodes: Sequence[Node]) -> str:
    """`<- * a, #3`; of a branch `<- if #1, true x`."""
    if not edges:
        return node.kind
    groups = groupby(edges, lambda edge: edge.role)
    return "<- " + ", ".join(
        f"{role} {', '.join(e.name or nodes[e.source].short for e in group)}".strip() for role, group in groups
    )


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    used = [i for i, w in enumerate(widths) if w]
    cells = [row[i] + " " * (widths[i] - columns(row[i])) for i in used if i < len(row)]
    return "  ".join(cells).rstrip()
