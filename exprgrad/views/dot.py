"""A picture in Graphviz's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exprgrad.views.picture import Picture

SHAPES: Final = {
    "input": "shape=ellipse",
    "constant": "shape=plaintext",
    "operation": 'shape=box style="rounded"',
    "condition": "shape=hexagon",
    "value": "shape=box",
    "result": "shape=box peripheries=2",
    "folded": "shape=plaintext",
}


def dot(picture: Picture) -> str:
    """`digraph { 1 [label="a"]; ... }`, a node, an edge or a border of a box on each line."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    yield "digraph exprgrad {"
    yield '  node [fontname="monospace"]'
    yield '  edge [fontname="monospace"]'
    yield '  graph [fontname="monospace" style="rounded"]'
    for what, i in picture.walk():
        if what == "open":
            yield f"  subgraph cluster_{i} {{"
            yield f"  label={quoted(picture.boxes[i].title)}"
        elif what == "close":
            yield "  }"
        else:
            node = picture.nodes[i]
            yield f"  {i + 1} [label={quoted(node.label)} {SHAPES[node.kind]}]"
    for edge in picture.edges:
        attributes = [f"label={quoted(edge.label)}"] if edge.label else []
        if edge.back:
            attributes += ["style=dashed", "constraint=false"]
        shown = f" [{' '.join(attributes)}]" if attributes else ""
        yield f"  {edge.source + 1} -> {edge.target + 1}{shown}"
    yield "}"


def quoted(text: str) -> str:
    """A text as a string of the language that shows as it is: no escape, no entity of HTML."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("&", "&amp;"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return f'"{text}"'
