"""A picture as SVG, which any browser shows: plain shapes and text, no script, nothing from elsewhere.

What a node, an edge or a box is, its attributes say (`<g class="node input" data-node="1">`; the numbers are those of
the text), so that a page can find it; nothing has an id, so that a page can hold several pictures. The colours are
variables, which a page may set; a viewer that has no variables takes the colours of the light ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exprgrad.diagnostics import columns
from exprgrad.views.layers import THIN, Point, Size
from exprgrad.views.layout import Layout, Line, layout
from exprgrad.views.picture import Node, Picture

# A character of the font is so wide, a line so high.
CHARACTER: Final = 7.3
LINE: Final = 16.0
# What each colour is for; in light and in dark.
COLOURS: Final = {
    "paper": ("#ffffff", "#16191d"),
    "ink": ("#000000", "#eceff3"),
    "line": ("#444444", "#a9b2bd"),
    "label": ("#222255", "#b7c4ff"),
    "input": ("#dcebfa", "#1d3a58"),
    "constant": ("#f0f0f0", "#2c3036"),
    "operation": ("#fdf1d8", "#483a17"),
    "condition": ("#ece4f7", "#3b2c57"),
    "value": ("#ffffff", "#20252b"),
    "result": ("#dff2df", "#1f4427"),
    "box": ("#f7f7f7", "#1c2025"),
    "inner": ("#efefef", "#22272d"),
    "frame": ("#aaaaaa", "#5a6470"),
    "head": ("#666666", "#a0a9b4"),
}
# Selectors below the picture, a property, and the colour that it has.
PAINTED: Final = (
    (".paper", "fill", "paper"),
    ("text", "fill", "ink"),
    (".edge path, .node rect", "stroke", "line"),
    (".edge .arrow", "fill", "line"),
    (".label", "fill", "label"),
    *((f".on-{surface}.label", "stroke", surface) for surface in ("paper", "box", "inner")),
    *((f".on-{surface} rect", "fill", surface) for surface in ("box", "inner")),
    (".box rect", "stroke", "frame"),
    (".box text", "fill", "head"),
    *((f".{kind} rect", "fill", kind) for kind in ("input", "constant", "operation", "condition", "value", "result")),
)
PLAIN: Final = (
    ("text", "font: 12px monospace"),
    (".node text", "text-anchor: middle"),
    (".node .title", "font-weight: bold"),
    (".label", "text-anchor: middle; stroke-width: 4; paint-order: stroke"),
    (".edge path", "fill: none"),
    (".edge .arrow", "stroke: none"),
    (".back path", "stroke-dasharray: 5 3"),
    (".box rect", "stroke-dasharray: 4 3"),
    (".result rect", "stroke-width: 2"),
    (".condition rect", "stroke-dasharray: 4 3; stroke-width: 2"),
    (".folded rect", "fill: none; stroke: none"),
)
ROUND: Final = {"input": 14, "operation": 8, "condition": 8}
ARROW: Final = 7


def svg(picture: Picture) -> str:
    """A document of its own."""
    labels: dict[tuple[int, int], list[str]] = {}
    for edge in picture.edges:
        known = labels.setdefault((edge.source, edge.target), [])
        if edge.label and edge.label not in known:
            known.append(edge.label)
    shown = {ends: ", ".join(known) for ends, known in labels.items()}
    widths = {ends: _width(label) + 8 if label else 0.0 for ends, label in shown.items()}
    # The labels of the lines that come in stand side by side above the node.
    room = [0.0] * len(picture.nodes)
    for (_, target), width in widths.items():
        room[target] += width + THIN
    sizes = [_size(node, least) for node, least in zip(picture.nodes, room, strict=True)]
    titles = [_width(box.title) + 8 if box.title else 0.0 for box in picture.boxes]
    places = layout(picture, sizes, titles, widths)
    return "".join(f"{line}\n" for line in _document(picture, places, sizes, shown))


def _size(node: Node, least: float) -> Size:
    lines = node.label.split("\n")
    return Size(max(max(map(_width, lines)) + 16, least), LINE * len(lines) + 10)


def _width(text: str) -> float:
    return CHARACTER * columns(text)


def _document(picture: Picture, places: Layout, sizes: list[Size], labels: dict[tuple[int, int], str]) -> Iterator[str]:
    width, height = (round(length) for length in places.sizes[0])
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="exprgrad" role="img" xml:space="preserve" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    )
    yield "<style>"
    yield from _style()
    yield "</style>"
    yield f'<rect class="paper" width="{width}" height="{height}"/>'
    surfaces = ["paper"]
    for i, box in list(enumerate(picture.boxes))[1:]:
        surfaces.append("inner" if surfaces[box.parent] == "box" else "box")
        x, y = places.boxes[i]
        yield f'<g class="box on-{surfaces[i]}" data-box="{i}" data-within="{box.parent}">'
        yield f'<title>{escaped(box.title)}</title><rect {_frame(x, y, places.sizes[i])} rx="4"/>'
        yield f"{_text(box.title, x + 8, y + 15)}</g>"
    forward = {(edge.source, edge.target) for edge in picture.edges if not edge.back}
    for line in places.lines:
        ends = (line.source, line.target)
        yield from _edge(line, "edge" if ends in forward else "edge back", picture, labels[ends])
    for source, target, stretches, _ in places.lines:
        if label := labels[source, target]:
            x, _, y = stretches[-1]
            surface = surfaces[picture.nodes[target].box]
            what = f'class="label on-{surface}" data-from="{source + 1}" data-to="{target + 1}"'
            yield _text(label, x, y - 11, what)
    for i, (node, size) in enumerate(zip(picture.nodes, sizes, strict=True)):
        yield from _node(i, node, places.nodes[i], size)
    yield "</svg>"


def _style() -> Iterator[str]:
    """The rules, for this picture alone: a page has others."""
    for theme in (0, 1):
        colours = "; ".join(f"--{name}: {pair[theme]}" for name, pair in COLOURS.items())
        rule = f".exprgrad {{ {colours} }}"
        yield f"@media (prefers-color-scheme: dark) {{ {rule} }}" if theme else rule
    for selectors, rule in PLAIN:
        yield f"{_below(selectors)} {{ {rule} }}"
    for selectors, what, colour in PAINTED:
        yield f"{_below(selectors)} {{ {what}: {COLOURS[colour][0]}; {what}: var(--{colour}) }}"


def _below(selectors: str) -> str:
    return ", ".join(f".exprgrad {selector}" for selector in selectors.split(", "))


def _node(i: int, node: Node, corner: Point, size: Size) -> Iterator[str]:
    x, y = corner
    yield f'<g class="node {node.kind}" data-node="{i + 1}" data-within="{node.box}">'
    title = "\n".join(map(escaped, node.label.split("\n")))
    yield f"<title>{title}</title>"
    yield f'<rect {_frame(x, y, size)} rx="{ROUND.get(node.kind, 2)}"/>'
    lines = [
        (what, line) for what, line in zip(("title", "text", "value", "derivative"), node.shown, strict=True) if line
    ]
    for k, (what, line) in enumerate(lines):
        yield _text(line, x + size.width / 2, y + 16 + LINE * k, f'class="{what}"')
    yield "</g>"


def _frame(x: float, y: float, size: Size) -> str:
    return f'x="{round(x)}" y="{round(y)}" width="{round(size.width)}" height="{round(size.height)}"'


def _text(text: str, x: float, y: float, attributes: str = "") -> str:
    more = f" {attributes}" if attributes else ""
    return f'<text{more} x="{round(x)}" y="{round(y)}">{escaped(text)}</text>'


def _edge(line: Line, what: str, picture: Picture, label: str) -> Iterator[str]:
    """A line from the source to the target, with its arrow."""
    ends = " \N{RIGHTWARDS ARROW} ".join([picture.nodes[i].short for i in (line.source, line.target)])
    title = f"{ends}: {label}" if label else ends
    x, _, y = line.stretches[-1]
    yield f'<g class="{what}" data-from="{line.source + 1}" data-to="{line.target + 1}"><title>{escaped(title)}</title>'
    yield f'<path d="{_path(line)}"/><path class="arrow" d="M{round(x)} {round(y)}l-3 {-ARROW}h6z"/></g>'


def _path(line: Line) -> str:
    """Straight stretches, and between them curves that go on in their directions."""
    x, start, end = map(round, line.stretches[0])
    path = [f"M{x} {start}V{end}"]
    upwards = False
    for following in line.stretches[1:]:
        x2, y2, end2 = map(round, following)
        turn = round(-line.turn if upwards else line.turn)
        middles = (end + turn, y2 + turn) if end == y2 else ((end + y2) // 2,) * 2
        path.append(f"C{x} {middles[0]} {x2} {middles[1]} {x2} {y2}V{end2}")
        x, end, upwards = x2, end2, end2 < y2
    return "".join(path)


def escaped(text: str) -> str:
    """A text as XML has it; a character that XML has not is replaced."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, entity)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
