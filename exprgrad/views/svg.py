"""A picture as SVG, which any browser shows: plain shapes and text, no script, nothing from elsewhere.

What a node, an edge or a box is, its attributes say (`<g class="node input" data-node="1">`; the numbers are those of
the text), so that a page can find it; nothing has an id, so that a page can hold several pictures. The colours are
variables, which a page may set; a viewer that has no variables takes the colours of the light ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from exprgrad.diagnostics import columns
from exprgrad.views.layout import Layout, Line, Point, Size, layout
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
    (".label", "stroke", "paper"),
    (".box rect", "fill", "box"),
    (".inner rect", "fill", "inner"),
    (".box rect", "stroke", "frame"),
    (".box text", "fill", "head"),
    *((f".{kind} rect", "fill", kind) for kind in ("input", "constant", "operation", "value", "result")),
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
    (".folded rect", "fill: none; stroke: none"),
)
ROUND: Final = {"input": 14, "operation": 8}
ARROW: Final = 7


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
        f'<svg xmlns="http://www.w3.org/2000/svg" class="exprgrad" role="img" xml:space="preserve" '
        f'width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
    )
    yield "<style>"
    yield from _style()
    yield "</style>"
    yield f'<rect class="paper" width="{width}" height="{height}"/>'
    depth = [0] * len(picture.boxes)
    for i, box in list(enumerate(picture.boxes))[1:]:
        depth[i] = depth[box.parent] + 1
        x, y = places.boxes[i]
        what = "box" if depth[i] % 2 else "box inner"
        yield f'<g class="{what}" data-box="{i}" data-within="{box.parent}"><title>{escaped(box.title)}</title>'
        yield f'<rect {_frame(x, y, places.sizes[i])} rx="4"/>{_text(box.title, x + 8, y + 15)}</g>'
    for line in places.lines:
        yield from _edge(line, picture, labels[line.source, line.target])
    for edge in picture.edges:
        if edge.back:
            yield from _back(edge.source, edge.target, picture, places, sizes)
    for line in places.lines:
        if label := labels[line.source, line.target]:
            x, y = line.points[-1]
            yield _text(label, x, y - 11, f'class="label" data-from="{line.source + 1}" data-to="{line.target + 1}"')
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


def _edge(line: Line, picture: Picture, label: str) -> Iterator[str]:
    """A line from the source down to the target."""
    points = [(round(x), round(y)) for x, y in line.points]
    path = [f"M{points[0][0]} {points[0][1]}"]
    for (x1, y1), (x2, y2) in pairwise(points):
        middle = (y1 + y2) // 2
        path.append(f"C{x1} {middle} {x2} {middle} {x2} {y2}")
    x, y = points[-1]
    yield _opened(line.source, line.target, picture, "edge", label)
    yield f'<path d="{"".join(path)}"/><path class="arrow" d="M{x} {y}l-3 {-ARROW}h6z"/></g>'


def _back(source: int, target: int, picture: Picture, places: Layout, sizes: Sequence[Size]) -> Iterable[str]:
    """From the right side of the source, up to the right side of the target."""
    (x1, y1), (x2, y2) = places.nodes[source], places.nodes[target]
    x1, y1 = round(x1 + sizes[source].width), round(y1 + sizes[source].height / 2)
    x2, y2 = round(x2 + sizes[target].width), round(y2 + sizes[target].height / 2)
    right = max(x1, x2) + 24
    yield _opened(source, target, picture, "edge back", "next")
    yield f'<path d="M{x1} {y1}C{right} {y1} {right} {y2} {x2} {y2}"/>'
    yield f'<path class="arrow" d="M{x2} {y2}l{ARROW} -3v6z"/></g>'


def _opened(source: int, target: int, picture: Picture, what: str, label: str) -> str:
    ends = " \N{RIGHTWARDS ARROW} ".join([picture.nodes[i].short for i in (source, target)])
    title = f"{ends}: {label}" if label else ends
    return f'<g class="{what}" data-from="{source + 1}" data-to="{target + 1}"><title>{escaped(title)}</title>'


def escaped(text: str) -> str:
    """A text as XML has it; a character that XML has not is replaced."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(plain, entity)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
