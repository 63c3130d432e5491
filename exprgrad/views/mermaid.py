"""A picture in Mermaid's language, which many sites that show Markdown draw."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exprgrad.views.picture import Picture

SHAPES: Final = {
    "input": "([{}])",
    "constant": "({})",
    "operation": "({})",
    "condition": "{{{{{}}}}}",
    "value": "[{}]",
    "result": "[[{}]]",
    "folded": "({})",
}
# Characters that stand for themselves, with letters, digits and the space; in any other Mermaid may see Markdown.
SAFE: Final = frozenset(" ,()=/:")


def mermaid(picture: Picture) -> str:
    """`flowchart TB`, and a node, an edge or a border of a box on each line."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    yield "flowchart TB"
    for what, i in picture.walk():
        if what == "open":
            yield f"  subgraph b{i}[{quoted(picture.boxes[i].title)}]"
        elif what == "close":
            yield "  end"
        else:
            node = picture.nodes[i]
            yield f"  n{i + 1}{SHAPES[node.kind].format(quoted(node.label))}"
    for edge in picture.edges:
        label = f"|{quoted(edge.label)}|" if edge.label else ""
        yield f"  n{edge.source + 1} {'-.->' if edge.back else '-->'}{label} n{edge.target + 1}"


def quoted(text: str) -> str:
    """A text as a string of the language that shows as it is."""
    lines = text.split("\n")
    return '"' + "<br/>".join("".join(map(_character, line)) for line in lines) + '"'


def _character(c: str) -> str:
    return c if c.isalnum() or c in SAFE else f"#{ord(c)};"
