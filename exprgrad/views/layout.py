"""Where the nodes, boxes and edges of a picture lie: layers from top to bottom, as the data flows.

Written here, because what is on pip (grandalf) has neither boxes nor labels at edges. A box is laid out by itself,
the innermost first, and is then one wide vertex among those of the box around it. In a box each vertex lies a layer
below all that it reads; the order within a layer brings neighbours near each other (by barycentres), and the places
are as near to those of the neighbours as the order allows (by pooling adjacent violators). What reads one value hangs
on one line, which passes the layers between by a vertex without a size. Nothing is random: the same picture lies the
same way everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from exprgrad.diagnostics import UnsupportedError
from exprgrad.records import NamedTuple
from exprgrad.views.picture import Picture

MOST_NODES: Final = 2_000
MOST_VERTICES: Final = 50_000
ASIDE: Final = 22.0
BELOW: Final = 46.0
PAD: Final = 16.0
TITLE: Final = 20.0
SWEEPS: Final = 10

# A kind, and a node or a box: a node, a box, where the line of a node's value comes in, goes out, or passes a layer.
Vertex = tuple[str, int, int]
# A point, x and y.
Point = tuple[float, float]


class Size(NamedTuple):
    """Of a node or a box."""

    width: float
    height: float


class Piece(NamedTuple):
    """A part of the line from `source`, down to a node (`target`) or, if that is None, to where the next begins."""

    source: int
    start: Point
    end: Point
    target: int | None


class Line(NamedTuple):
    """From node to node, from point to point; lines from one node share what they can."""

    source: int
    target: int
    points: list[Point]


class Layout(NamedTuple):
    """The upper left corners of boxes and nodes, the boxes' sizes, and the lines."""

    boxes: list[Point]
    sizes: list[Size]
    nodes: list[Point]
    lines: list[Line]


def layout(picture: Picture, sizes: Sequence[Size]) -> Layout:
    """Lays a picture out whose nodes have these sizes."""
    if len(picture.nodes) > MOST_NODES:
        raise _too_large(f"{len(picture.nodes):,} nodes")
    lines = _lines(picture)
    levels: list[_Level] = []
    boxes: list[Size] = [Size(0, 0)] * len(picture.boxes)
    within: dict[int, _Level] = {}
    vertices = 0
    for box in range(len(picture.boxes) - 1, -1, -1):
        level = _Level(lines[box], [i for i, n in enumerate(picture.nodes) if n.box == box], sizes, boxes, within)
        vertices += level.count
        if vertices > MOST_VERTICES:
            raise _too_large("lines that pass so many nodes")
        level.place()
        within[box] = level
        title = 0.0 if box == 0 else 8.0 * len(picture.boxes[box].title) + 2 * PAD
        boxes[box] = Size(max(level.width + 2 * PAD, title), level.height + 2 * PAD + (TITLE if box else 0.0))
        levels.append(level)
    corners: list[Point] = [(0.0, 0.0)] * len(boxes)
    nodes: list[Point] = [(0.0, 0.0)] * len(sizes)
    pieces: list[Piece] = []
    for box in range(len(boxes)):
        left, top = corners[box]
        level = within[box]
        x0 = left + (boxes[box].width - level.width) / 2
        y0 = top + PAD + (TITLE if box else 0.0)
        for (kind, i, _), (x, y) in level.corners():
            if kind == "node":
                nodes[i] = (x0 + x, y0 + y)
            elif kind == "box":
                corners[i] = (x0 + x, y0 + y)
        pieces += level.pieces(x0, y0, top, top + boxes[box].height)
    return Layout(corners, boxes, nodes, list(_joined(pieces)))


def _joined(pieces: Sequence[Piece]) -> Iterable[Line]:
    """The pieces as whole lines."""
    into = {(piece.source, _rounded(piece.end)): piece for piece in pieces}
    for piece in pieces:
        if piece.target is not None:
            points = [piece.end]
            before: Piece | None = piece
            while before is not None:
                points.append(before.start)
                before = into.get((before.source, _rounded(before.start)))
            yield Line(piece.source, piece.target, points[::-1])


def _rounded(point: Point) -> Point:
    return round(point[0], 3), round(point[1], 3)


def _too_large(what: str) -> UnsupportedError:
    return UnsupportedError(f"{what} are too many to draw", hint="-f dot or -f text have no limit")


def _lines(picture: Picture) -> list[dict[int, dict[Vertex, Vertex]]]:
    """For each box and the value of each node that is read in it: the vertices that the line goes to, each with the one
    that it comes from."""
    lines: list[dict[int, dict[Vertex, Vertex]]] = [{} for _ in picture.boxes]
    around = [_around(picture, i) for i in range(len(picture.boxes))]
    for edge in picture.edges:
        if edge.back:
            continue
        s, t = edge.source, edge.target
        outer, inner = around[picture.nodes[s].box], around[picture.nodes[t].box]
        common = len([None for a, b in zip(outer, inner, strict=False) if a == b])
        start: Vertex = ("node", s, 0)
        for box in reversed(outer[common:]):
            lines[box].setdefault(s, {})["out", s, 0] = start
            start = ("box", box, 0)
        for box, into in zip(inner[common - 1 :], [*inner[common:], None], strict=True):
            lines[box].setdefault(s, {})[("node", t, 0) if into is None else ("box", into, 0)] = start
            start = ("in", s, 0)
    return lines


def _around(picture: Picture, box: int) -> list[int]:
    """A box and those around it, the outermost first."""
    found = [box]
    while box:
        box = picture.boxes[box].parent
        found.append(box)
    return found[::-1]


class _Level:
    """What lies directly in one box."""

    def __init__(
        self,
        lines: dict[int, dict[Vertex, Vertex]],
        nodes: Iterable[int],
        sizes: Sequence[Size],
        boxes: Sequence[Size],
        within: dict[int, _Level],
    ) -> None:
        self.sizes, self.boxes, self.within = sizes, boxes, within
        vertices: dict[Vertex, None] = dict.fromkeys(("node", i, 0) for i in nodes)
        for line in lines.values():
            for end, start in line.items():
                vertices |= {start: None, end: None}
        layer = _layers(vertices, lines)
        # Every line as steps from a layer to the next; the lines from one start share what passes a layer.
        self.steps: list[tuple[int, Vertex, Vertex]] = []
        for source, line in lines.items():
            passed: dict[int, Vertex] = {}
            for end, start in sorted(line.items(), key=lambda item: layer[item[0]]):
                previous = start
                for k in range(layer[start] + 1, layer[end]):
                    if k not in passed:
                        passed[k] = ("via", source, k)
                        layer["via", source, k] = k
                        self.steps.append((source, previous, passed[k]))
                    previous = passed[k]
                self.steps.append((source, previous, end))
        self.layers: list[list[Vertex]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
        for vertex, k in layer.items():
            self.layers[k].append(vertex)
        self.count = len(layer)
        self.above: dict[Vertex, list[tuple[int, Vertex]]] = defaultdict(list)
        self.below: dict[Vertex, list[tuple[int, Vertex]]] = defaultdict(list)
        for source, start, end in self.steps:
            self.above[end].append((source, start))
            self.below[start].append((source, end))
        self.x: dict[Vertex, float] = {}

    def size(self, vertex: Vertex) -> Size:
        """How much room a vertex takes."""
        kind, i, _ = vertex
        return self.sizes[i] if kind == "node" else self.boxes[i] if kind == "box" else Size(6.0, 0.0)

    def place(self) -> None:
        """Finds the order in each layer, and then the places."""
        rank: dict[Vertex, float] = {}
        for layer in self.layers:
            rank |= {vertex: float(i) for i, vertex in enumerate(layer)}
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for layer in self.layers if down else reversed(self.layers):
                near = self.above if down else self.below
                layer.sort(key=lambda v: _mean([rank[n] for _, n in near[v]], rank[v]))
                rank |= {vertex: float(i) for i, vertex in enumerate(layer)}
        for layer in self.layers:
            self._settle(layer, lambda vertex: 0.0)
        for sweep in range(SWEEPS + 1):
            nears = [self.above, self.below] if sweep == SWEEPS else [self.above if sweep % 2 == 0 else self.below]
            for layer in self.layers if sweep % 2 == 0 else reversed(self.layers):
                self._settle(layer, lambda vertex: self._desired(vertex, nears))  # noqa: B023 - used at once
        edges = [(self.x[v] - self.size(v).width / 2, self.x[v] + self.size(v).width / 2) for v in self.x]
        left = min([a for a, _ in edges], default=0.0)
        self.x = {vertex: x - left for vertex, x in self.x.items()}
        self.width = max([b for _, b in edges], default=0.0) - left
        self.tops: list[float] = []
        y = 0.0
        for layer in self.layers:
            self.tops.append(y)
            y += max(self.size(v).height for v in layer) + BELOW
        self.height = max(y - BELOW, 0.0)

    def _desired(self, vertex: Vertex, nears: Sequence[dict[Vertex, list[tuple[int, Vertex]]]]) -> float:
        """Where the lines to and from a vertex would be straight."""
        wanted = [
            self._end(source, other) - self._end(source, vertex) for near in nears for source, other in near[vertex]
        ]
        return self.x[vertex] + _mean(wanted, 0.0)

    def _end(self, source: int, vertex: Vertex) -> float:
        """Where the line of a value meets a vertex: of a box where it passes its border, else the middle."""
        kind, i, _ = vertex
        if kind != "box":
            return self.x[vertex]
        inner = self.within[i]
        port: Vertex = ("in", source, 0) if ("in", source, 0) in inner.x else ("out", source, 0)
        return self.x[vertex] + inner.x[port] - inner.width / 2

    def _settle(self, layer: Sequence[Vertex], desired: Callable[[Vertex], float]) -> None:
        """Puts the vertices of a layer as near as can be to where they should be, in their order and apart.

        With the room between them taken out of the way, that is the rising sequence nearest to a given one.
        """
        offsets: list[float] = []
        for i, vertex in enumerate(layer):
            apart = (self.size(layer[i - 1]).width + self.size(vertex).width) / 2 + ASIDE if i else 0.0
            offsets.append((offsets[-1] if i else 0.0) + apart)
        blocks: list[tuple[float, int]] = []
        for vertex, offset in zip(layer, offsets, strict=True):
            mean, count = desired(vertex) - offset, 1
            while blocks and blocks[-1][0] >= mean:
                other, more = blocks.pop()
                mean, count = (mean * count + other * more) / (count + more), count + more
            blocks.append((mean, count))
        places = [mean for mean, count in blocks for _ in range(count)]
        self.x |= {v: place + offset for v, place, offset in zip(layer, places, offsets, strict=True)}

    def corners(self) -> Iterable[tuple[Vertex, Point]]:
        """The upper left corner of each vertex."""
        for top, layer in zip(self.tops, self.layers, strict=True):
            for vertex in layer:
                yield vertex, (self.x[vertex] - self.size(vertex).width / 2, top)

    def pieces(self, x0: float, y0: float, top: float, bottom: float) -> Iterable[Piece]:
        """The lines in this box; those that come in or go out begin at its upper and end at its lower border."""
        tops = {vertex: y for layer, y in zip(self.layers, self.tops, strict=True) for vertex in layer}
        ends: dict[tuple[int, Vertex], float] = {}
        for vertex, near in self.above.items():
            if vertex[0] == "node":
                ordered = sorted(near, key=lambda n: self._end(*n))
                width = self.size(vertex).width
                for i, (source, _) in enumerate(ordered):
                    ends[source, vertex] = self.x[vertex] + width * ((i + 0.5) / len(ordered) - 0.5)
        for source, start, end in self.steps:
            x1, x2 = self._end(source, start), ends.get((source, end), self._end(source, end))
            y1 = top if start[0] == "in" else y0 + tops[start] + self.size(start).height
            y2 = bottom if end[0] == "out" else y0 + tops[end]
            yield Piece(source, (x0 + x1, y1), (x0 + x2, y2), end[1] if end[0] == "node" else None)


def _layers(vertices: Iterable[Vertex], lines: dict[int, dict[Vertex, Vertex]]) -> dict[Vertex, int]:
    """Each vertex a layer below what it reads; what reads nothing, as late as what reads it allows."""
    reads: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in vertices}
    read_by: dict[Vertex, list[Vertex]] = {vertex: [] for vertex in reads}
    for line in lines.values():
        for end, start in line.items():
            reads[end].append(start)
            read_by[start].append(end)
    layer = dict.fromkeys(reads, 0)
    waits = {vertex: len(starts) for vertex, starts in reads.items()}
    ready = [vertex for vertex, count in waits.items() if count == 0]
    for vertex in ready:  # it grows as it is walked
        for end in read_by[vertex]:
            layer[end] = max(layer[end], layer[vertex] + 1)
            waits[end] -= 1
            if not waits[end]:
                ready.append(end)
    for vertex, starts in reads.items():
        if not starts and vertex[0] != "in" and read_by[vertex]:
            layer[vertex] = min(layer[end] for end in read_by[vertex]) - 1
    last = max(layer.values(), default=0)
    return {vertex: last if vertex[0] == "out" else k for vertex, k in layer.items()}


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
