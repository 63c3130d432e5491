"""Where the nodes, boxes and lines of a picture lie: layers from top to bottom, in boxes.

Written here, because what is on pip (grandalf) has neither boxes nor labels at edges. A box is laid out by itself
(`exprgrad.views.layers`), the innermost first, and is then one wide vertex among those of the box around it. Nothing is
random: the same picture lies the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.records import NamedTuple
from exprgrad.views.layers import Back, Layers, Lines, Point, Size, Stretch, Vertex
from exprgrad.views.picture import Picture

MOST_NODES: Final = 2_000
MOST_VERTICES: Final = 50_000
NEARLY: Final = 3.0


class Line(NamedTuple):
    """From node to node: where it runs straight down, or up, and between these it bends; where it goes back, it reaches
    as far as `turn` before it turns. Lines from one node share what they can."""

    source: int
    target: int
    stretches: tuple[Stretch, ...]
    turn: float = 0.0


class Layout(NamedTuple):
    """The upper left corners of boxes and nodes, the boxes' sizes, and the lines."""

    boxes: list[Point]
    sizes: list[Size]
    nodes: list[Point]
    lines: list[Line]


def layout(
    picture: Picture, sizes: Sequence[Size], titles: Sequence[float], labels: Mapping[tuple[int, int], float]
) -> Layout:
    """Lays a picture out whose nodes have these sizes, the titles of whose boxes are so wide, and the labels of whose
    edges, by their ends."""
    if len(picture.nodes) > MOST_NODES:
        raise _too_large(f"{len(picture.nodes):,} nodes")
    lines, backs = _lines(picture, labels)
    inside: list[list[Vertex]] = [[] for _ in picture.boxes]
    for i, node in enumerate(picture.nodes):
        inside[node.box].append(("node", i, 0))
    for i, box in list(enumerate(picture.boxes))[1:]:
        inside[box.parent].append(("box", i, 0))
    within: dict[int, Layers] = {}
    vertices = 0
    for own in range(len(picture.boxes) - 1, -1, -1):
        layers = Layers(titles[own], inside[own], lines[own], backs[own], sizes, labels, within)
        vertices += len(layers.layer)
        if vertices > MOST_VERTICES:
            raise _too_large("lines that pass so many nodes")
        layers.place()
        within[own] = layers
    boxes: list[Point] = [(0.0, 0.0)] * len(picture.boxes)
    nodes: list[Point] = [(0.0, 0.0)] * len(sizes)
    for own in range(len(boxes)):
        left, top = boxes[own]
        for (kind, i, _), (x, y) in within[own].corners():
            if kind == "node":
                nodes[i] = (left + x, top + y)
            elif kind == "box":
                boxes[i] = (left + x, top + y)
    found = [*_forward(picture, within, boxes), *_back(picture, within, boxes)]
    return Layout(boxes, [within[own].size for own in range(len(boxes))], nodes, found)


def _too_large(what: str) -> UnsupportedError:
    return UnsupportedError(f"{what} are too many to draw", hint="-f dot or -f text have no limit")


def _lines(picture: Picture, ends: Iterable[tuple[int, int]]) -> tuple[list[Lines], list[list[Back]]]:
    """The lines in each box, and those that lead back there."""
    lines: list[Lines] = [{} for _ in picture.boxes]
    backs: list[list[Back]] = [[] for _ in picture.boxes]
    around = [_around(picture, i) for i in range(len(picture.boxes))]
    for s, t in ends:
        outer, inner = around[picture.nodes[s].box], around[picture.nodes[t].box]
        common = len([None for a, b in zip(outer, inner, strict=False) if a == b])
        start: Vertex = ("node", s, 0)
        for box in reversed(outer[common:]):
            lines[box].setdefault(s, {})["out", s, 0] = start
            start = ("box", box, 0)
        if s > t:
            # What an iteration hands to the next lies in the box of what takes it.
            backs[inner[-1]].append(Back(s, start, t))
            continue
        for box, into in zip(inner[common - 1 :], [*inner[common:], None], strict=True):
            lines[box].setdefault(s, {})[("node", t, 0) if into is None else ("box", into, 0)] = start
            start = ("in", s, 0)
    return lines, backs


def _around(picture: Picture, box: int) -> list[int]:
    """A box and those around it, the outermost first."""
    found = [box]
    while box:
        box = picture.boxes[box].parent
        found.append(box)
    return found[::-1]


def _forward(picture: Picture, within: Mapping[int, Layers], corners: Sequence[Point]) -> Iterable[Line]:
    for box, layers in within.items():
        for source, vertex in layers.before:
            if vertex[0] == "node":
                end = _moved(layers.end(source, vertex), corners[box])
                stretches = [end, *_up_to(source, box, layers.before[source, vertex], picture, within, corners)]
                yield Line(source, vertex[1], _joined(stretches[::-1]))


def _back(picture: Picture, within: Mapping[int, Layers], corners: Sequence[Point]) -> Iterable[Line]:
    for box, layers in within.items():
        for back in layers.backs:
            way = [*layers.lane(back), layers.end(back.source, ("node", back.target, 0))]
            start = [*_up_to(back.source, box, back.start, picture, within, corners)]
            stretches = [*start[::-1], *[_moved(stretch, corners[box]) for stretch in way]]
            yield Line(back.source, back.target, _joined(stretches), layers.turns[back.source, back.target])


def _up_to(
    source: int, box: int, vertex: Vertex, picture: Picture, within: Mapping[int, Layers], corners: Sequence[Point]
) -> Iterable[Stretch]:
    """The stretches of a line from a vertex that it passes up to its source."""
    while True:
        layers = within[box]
        yield _moved(layers.start(source, vertex), corners[box])
        kind, i, _ = vertex
        if kind == "node":
            return
        if kind == "in":
            box, vertex = picture.boxes[box].parent, ("box", box, 0)
            layers = within[box]
            yield _moved(layers.end(source, vertex), corners[box])
        elif kind == "box":
            box, vertex = i, ("out", source, 0)
            layers = within[box]
            yield _moved(layers.end(source, vertex), corners[box])
        vertex = layers.before[source, vertex]


def _moved(stretch: Stretch, corner: Point) -> Stretch:
    (x, start, end), (left, top) = stretch, corner
    return x + left, start + top, end + top


def _joined(stretches: Sequence[Stretch]) -> tuple[Stretch, ...]:
    """With one stretch for those that lie one below the other, or so nearly that it would look like a mistake."""
    found: list[Stretch] = []
    for x, start, end in stretches:
        if found and abs(found[-1][0] - x) <= NEARLY and start <= end and found[-1][1] <= found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1], end)
        else:
            found.append((x, start, end))
    return tuple(found)
