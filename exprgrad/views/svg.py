"""A picture as SVG, which any browser shows: plain shapes and text, no script, no style from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exprgrad.diagnostics import columns
from exprgrad.views.layout import Layout, Piece, Size, layout
from exprgrad.views.picture import Node, Picture

# A character of the font is so wide, a line so high.
CHARACTER: Final = 7.3
LINE: Final = 16.0
FILLS: Final = {
    "input": "#dcebfa",
    "constant": "#f0f0f0",
    "operation": "#fdf1d8",
    "value": "#ffffff",
    "result": "#dff2df",
    "folded": "none",
}
DASHED: Final = 'stroke-dasharray="4 3"'
ROUND: Final = {"input": 14, "operation": 8}


def svg(picture: Picture) -> str:
    """A document of its own."""
    # The labels at the ends of the lines that come in stand side by side above the node.
    room = [0.0] * len(picture.nodes)
    labels: dict[tuple[int, int], list[str]] = {}
    for edge in picture.edges:
        known = labels.setdefault((edge.source, edge.target), [])
        if edge.label and edge.label not in known and not edge.back:
            known.append(edge.label)
    shown = {ends: ", ".join(known) for ends, known in labels.items()}
    for (_, target), label in shown.items():
        room[target] += _width(label) + 8
    sizes = [_size(node, least) for node, least in zip(picture.nodes, room, strict=True)]
    return "".join(f"{line}\n" for line in _document(picture, layout(picture, sizes), sizes, shown))


def _size(node: Node, least: float) -> Size:
    lines = node.label.split("\n")
    return Size(max(max(map(_width, lines)) + 16, least), LINE * len(lines) + 10)


def _width(text: str) -> float:
    return CHARACTER * columns(text)


def _document(picture: Picture, places: Layout, sizes: list[Size], labels: dict[tuple[int, int], str]) -> Iterator[str]:
    width, height = (round(length) for length in places.sizes[0])
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'font-family="monospace" font-size="12" fill="none" stroke="#444">'
    )
    yield '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    yield '<path d="M0 0L8 4L0 8z" fill="#444" stroke="none"/></marker></defs>'
    yield f'<rect width="{width}" height="{height}" fill="#fff" stroke="none"/>'
    for box, (x, y), size in list(zip(picture.boxes, places.boxes, places.sizes, strict=True))[1:]:
        yield f'<rect {_frame(x, y, size)} rx="4" fill="#000" fill-opacity="0.03" stroke="#aaa" {DASHED}/>'
        yield _text(box.title, x + 8, y + 15, "start", "#666")
    for piece in places.pieces:
        yield _line(piece)
    for edge in picture.edges:
        if edge.back:
            yield _back(edge.source, edge.target, places, sizes)
    for node, (x, y), size in zip(picture.nodes, places.nodes, sizes, strict=True):
        border = ' stroke="none"' if node.kind == "folded" else ' stroke-width="2"' if node.kind == "result" else ""
        yield f'<rect {_frame(x, y, size)} rx="{ROUND.get(node.kind, 2)}" fill="{FILLS[node.kind]}"{border}/>'
        for i, line in enumerate(node.label.split("\n")):
            weight = ' font-weight="bold"' if i == 0 else ""
            yield _text(line, x + size.width / 2, y + 16 + LINE * i, "middle", "#000", weight)
    for piece in places.pieces:
        if piece.target is not None and (label := labels[piece.source, piece.target]):
            x, y = piece.end
            behind = Size(_width(label) + 2, LINE - 2)
            yield f'<rect {_frame(x - behind.width / 2, y - 23, behind)} fill="#fff" stroke="none"/>'
            yield _text(label, x, y - 11, "middle", "#225")
    yield "</svg>"


def _frame(x: float, y: float, size: Size) -> str:
    return f'x="{round(x)}" y="{round(y)}" width="{round(size.width)}" height="{round(size.height)}"'


def _text(text: str, x: float, y: float, anchor: str, colour: str, more: str = "") -> str:
    return (
        f'<text x="{round(x)}" y="{round(y)}" text-anchor="{anchor}" fill="{colour}" stroke="none"{more} '
        f'xml:space="preserve">{escaped(text)}</text>'
    )


def _line(piece: Piece) -> str:
    (x1, y1), (x2, y2) = piece.start, piece.end
    middle = round((y1 + y2) / 2)
    x1, y1, x2, y2 = round(x1), round(y1), round(x2), round(y2)
    arrow = "" if piece.target is None else ' marker-end="url(#arrow)"'
    return f'<path d="M{x1} {y1}C{x1} {middle} {x2} {middle} {x2} {y2}"{arrow}/>'


def _back(source: int, target: int, places: Layout, sizes: list[Size]) -> str:
    """From the right side of the source, up to the right side of the target."""
    (x1, y1), (x2, y2) = places.nodes[source], places.nodes[target]
    x1, y1 = round(x1 + sizes[source].width), round(y1 + sizes[source].height / 2)
    x2, y2 = round(x2 + sizes[target].width), round(y2 + sizes[target].height / 2)
    right = max(x1, x2) + 24
    return f'<path d="M{x1} {y1}C{right} {y1} {right} {y2} {x2} {y2}" stroke-dasharray="5 3" marker-end="url(#arrow)"/>'


def escaped(text: str) -> str:
    """A text as XML has it; a character that XML has not is replaced."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, entity)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
