"""What lies directly in one box of a picture, in layers from top to bottom, as the data flows.

Each vertex lies a layer below all that it reads; the order within a layer brings neighbours near each other (by
barycentres), and the places are as near to those of the neighbours as the order allows (by pooling adjacent
violators). What reads one value hangs on one line, which passes the layers between by a vertex of its own.

No line meets what it does not belong to, for this reason: beside a vertex, in the height of its layer and of the
labels above it, every line runs straight down, apart from all else; only in the gap between two layers does it run
sideways, and nothing lies there. What leads back up, to the next iteration, does so in a lane to the right of all that
it passes. The title of a box is a vertex, too, beside the lines that come in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Final

from exprgrad.records import NamedTuple

# Between two vertices of a layer, and between those and the border of the box.
ASIDE: Final = 22.0
PAD: Final = 16.0
# Between two lines that pass.
BETWEEN: Final = 8.0
# How wide a line is taken to be, and how high a box's title, the labels above nodes, and an arrow where there are none.
THIN: Final = 6.0
TITLE: Final = 18.0
LABELS: Final = 25.0
ARROW: Final = 10.0
# So far below and above a layer lines still run straight, so that none nestles to a border.
STUB: Final = 6.0
# The height in which a line runs so far sideways: at least, at most, and as a part of how far.
BEND: Final = (24.0, 72.0, 0.12)
# How far a line back reaches before it turns, and how much further each one more.
TURN: Final = 22.0
FURTHER: Final = 8.0
SWEEPS: Final = 10
# What a place weighs against others: of a line that passes a layer, and of the title, which nothing moves; and what a
# line of a chain weighs, against others of the same vertex.
STRAIGHT: Final = 4.0
CHAIN: Final = 100.0
FIXED: Final = 1e6

# A kind, and a node or a box: a node, a box, its title, where the line of a node's value comes in, goes out, or passes
# a layer.
Vertex = tuple[str, int, int]
# A point, x and y.
Point = tuple[float, float]
# Where a line runs straight: x, and from where to where it goes.
Stretch = tuple[float, float, float]
# Of the lines in a box, by the node whose value each is: the vertices that it goes to, with those that it comes from.
Lines = dict[int, dict[Vertex, Vertex]]

# What the line of a value is, where it does not begin or end.
LINES: Final = ("in", "via", "out")
THE_TITLE: Final[Vertex] = ("title", 0, 0)


class Size(NamedTuple):
    """Of a node or a box."""

    width: float
    height: float


class Back(NamedTuple):
    """A line that leads back up from a vertex, with the value of a node, to another node."""

    source: int
    start: Vertex
    target: int


class Layers:
    """The layers of one box, with their places from its upper left corner, and the size that the box has by them."""

    def __init__(
        self,
        title: float,
        vertices: Iterable[Vertex],
        lines: Lines,
        backs: Sequence[Back],
        sizes: Sequence[Size],
        labels: Mapping[tuple[int, int], float],
        within: Mapping[int, Layers],
    ) -> None:
        """`title` is the width of the title, `vertices` are the nodes and boxes in it, `labels` the widths of the
        labels of lines, and `within` has the layers of the boxes."""
        self.title, self.sizes, self.labels, self.within, self.backs = title, sizes, labels, within, backs
        known = dict.fromkeys([*([THE_TITLE] if title else []), *vertices])
        for line in lines.values():
            for end, start in line.items():
                known |= {start: None, end: None}
        self.layer = _layers(known, lines, 1 if title else 0)
        # Every line as steps from a layer to the next; the lines from one start share what passes a layer.
        self.before: dict[tuple[int, Vertex], Vertex] = {}
        for source, line in lines.items():
            passed: dict[int, Vertex] = {}
            for end, start in sorted(line.items(), key=lambda item: self.layer[item[0]]):
                previous = start
                for k in range(self.layer[start] + 1, self.layer[end]):
                    if k not in passed:
                        passed[k] = ("via", source, k)
                        self.layer["via", source, k] = k
                        self.before[source, passed[k]] = previous
                    previous = passed[k]
                self.before[source, end] = previous
        self.layers: list[list[Vertex]] = [[] for _ in range(max(self.layer.values(), default=-1) + 1)]
        for vertex, k in self.layer.items():
            self.layers[k].append(vertex)
        self.above: dict[Vertex, list[tuple[int, Vertex]]] = defaultdict(list)
        self.below: dict[Vertex, list[tuple[int, Vertex]]] = defaultdict(list)
        for (source, end), start in self.before.items():
            self.above[end].append((source, start))
            self.below[start].append((source, end))
        # The lines that chains are made of, and what the places of vertices weigh by them.
        self.chained: set[tuple[Vertex, Vertex]] = set()
        self.weight: dict[Vertex, float] = {}
        self.fed = {*self.above, *[("node", back.target, 0) for back in backs]}
        self.x: dict[Vertex, float] = {}
        self.ends: dict[tuple[int, Vertex], float] = {}
        # Of the lines back, by their ends: where their lanes are, and how far they reach before they turn.
        self.lanes: dict[tuple[int, int], float] = {}
        self.turns: dict[tuple[int, int], float] = {}
        # Of each layer: where lines have bent so that they run straight, where its vertices begin, and where they end.
        self.overs: list[float] = []
        self.tops: list[float] = []
        self.bottoms: list[float] = []

    def place(self) -> None:
        """Finds the order in each layer, and then the places."""
        self._order()
        self._chain()
        self._settle_all()
        self._straighten()
        self._close_up()
        self._set_lanes()
        left = min([x - self._size(v).width / 2 for v, x in self.x.items()], default=0.0) - PAD
        self.x = {vertex: x - left for vertex, x in self.x.items()}
        self.lanes = {key: x - left for key, x in self.lanes.items()}
        right = max([x + self._size(v).width / 2 for v, x in self.x.items()], default=0.0)
        width = max([right, *[x + THIN / 2 for x in self.lanes.values()]]) + PAD
        self.size = Size(width, self._set_heights())

    def corners(self) -> Iterable[tuple[Vertex, Point]]:
        """The upper left corner of each vertex."""
        for vertex, x in self.x.items():
            yield vertex, (x - self._size(vertex).width / 2, self._top(vertex))

    def start(self, source: int, vertex: Vertex) -> Stretch:
        """How a line runs below what it comes from, or through what it passes."""
        k = self.layer[vertex]
        top = 0.0 if vertex[0] == "in" else self.overs[k] if vertex[0] == "via" else self._top(vertex)
        return self._port(source, vertex), top + self._size(vertex).height, self.bottoms[k] + STUB

    def end(self, source: int, vertex: Vertex) -> Stretch:
        """How a line runs above what it goes to."""
        bottom = self.size.height if vertex[0] == "out" else self._top(vertex)
        return self._port(source, vertex), self.overs[self.layer[vertex]], bottom

    def lane(self, back: Back) -> list[Stretch]:
        """How a line back runs beside what it passes, if it passes a layer."""
        first, last = self._passed(back)
        if first == last:
            return []
        x, top, bottom = self.lanes[back.source, back.target], self.overs[first], self.bottoms[last - 1] + STUB
        return [(x, bottom, top)] if self._leads_up(back) else [(x, top, bottom)]

    def _size(self, vertex: Vertex) -> Size:
        """How much room a vertex takes."""
        kind, i, _ = vertex
        if kind == "node":
            return self.sizes[i]
        return self.within[i].size if kind == "box" else Size(self.title, TITLE) if kind == "title" else Size(THIN, 0.0)

    def _chain(self) -> None:
        """Finds for each vertex the line from that which the longest chain leads to, or the lines, where several are as
        long: these stay straight, and what else is read stands beside."""
        length: dict[Vertex, int] = {}
        for layer in self.layers:
            for vertex in layer:
                starts = [start for _, start in self.above.get(vertex, ())]
                longest = max([length[start] for start in starts], default=0)
                length[vertex] = longest + 1
                for start in starts:
                    if length[start] == longest:
                        self.chained.add((start, vertex))
                        self.weight[start] = longest**2

    # -- from left to right ---------------------------------------------------------------------------

    def _order(self) -> None:
        rank: dict[Vertex, float] = {}

        def place(source: int, vertex: Vertex) -> float:
            return rank[vertex] + 0.9 * self._aside(source, vertex) / self._size(vertex).width

        for layer in self.layers:
            rank |= {vertex: float(i) for i, vertex in enumerate(layer)}
        for sweep in range(SWEEPS):
            down = sweep % 2 == 0
            for layer in self.layers if down else reversed(self.layers):
                near = self.above if down else self.below
                layer.sort(key=lambda v: (v != THE_TITLE, _mean([place(s, n) for s, n in near[v]], rank[v])))
                rank |= {vertex: float(i) for i, vertex in enumerate(layer)}
        self._set_ends(place)

    def _set_ends(self, place: Callable[[int, Vertex], float]) -> None:
        """Lines meet a node from above, side by side, each with the room of its label, in the order of their places."""
        into: dict[Vertex, list[tuple[float, int]]] = defaultdict(list)
        for (source, end), start in self.before.items():
            if end[0] == "node":
                into[end].append((place(source, start), source))
        for back in self.backs:
            into["node", back.target, 0].append((inf, back.source))
        for vertex, lines in into.items():
            widths = [self.labels[source, vertex[1]] + THIN for _, source in sorted(lines)]
            width = self._size(vertex).width
            x, scale = -width / 2, width / sum(widths)
            for (_, source), room in zip(sorted(lines), widths, strict=True):
                self.ends[source, vertex] = x + room * scale / 2
                x += room * scale

    def _settle_all(self) -> None:
        for layer in self.layers:
            self._settle(layer, [])
        for sweep in range(SWEEPS + 1):
            down = sweep % 2 == 0
            nears = [self.above, self.below] if sweep == SWEEPS else [self.above if down else self.below]
            for layer in self.layers if down else reversed(self.layers):
                self._settle(layer, nears)

    def _settle(self, layer: Sequence[Vertex], nears: Sequence[dict[Vertex, list[tuple[int, Vertex]]]]) -> None:
        """Puts the vertices of a layer as near as can be to where they should be, in their order and apart.

        With the room between them taken out of the way, that is the rising sequence nearest to a given one.
        """
        offsets: list[float] = []
        for i, vertex in enumerate(layer):
            offsets.append(offsets[-1] + self._apart(layer[i - 1], vertex) if i else 0.0)
        blocks: list[tuple[float, float, int]] = []
        for vertex, offset in zip(layer, offsets, strict=True):
            place, weight = self._desired(vertex, nears)
            mean, count = place - offset, 1
            while blocks and blocks[-1][0] >= mean:
                other, heavy, more = blocks.pop()
                mean = (mean * weight + other * heavy) / (weight + heavy)
                weight, count = weight + heavy, count + more
            blocks.append((mean, weight, count))
        places = [mean for mean, _, count in blocks for _ in range(count)]
        self.x |= {v: place + offset for v, place, offset in zip(layer, places, offsets, strict=True)}

    def _desired(self, vertex: Vertex, nears: Sequence[dict[Vertex, list[tuple[int, Vertex]]]]) -> tuple[float, float]:
        """Where the lines to and from a vertex would be straight, and what weight that has."""
        if not nears:
            return 0.0, 1.0
        if vertex == THE_TITLE:
            left = min([x - self._size(v).width / 2 for v, x in self.x.items() if v != THE_TITLE], default=0.0)
            return left + self.title / 2, FIXED
        wanted, weight = 0.0, 0.0
        for near in nears:
            for source, other in near[vertex]:
                start, end = (other, vertex) if near is self.above else (vertex, other)
                bend = self._bend(source, start, end)
                heavy = CHAIN if (start, end) in self.chained else 1.0
                wanted, weight = wanted + heavy * (bend if near is self.above else -bend), weight + heavy
        place = self.x[vertex] + (wanted / weight if weight else 0.0)
        return place, STRAIGHT if vertex[0] in LINES else self.weight.get(vertex, 1.0)

    def _bend(self, source: int, start: Vertex, end: Vertex) -> float:
        """How far a line is from straight; between two operations it leads from middle to middle, since a chain of them
        would slope if they met on one side."""
        middle = start[0] == end[0] == "node" and start in self.fed
        return self._port(source, start) - (self.x[end] if middle else self._port(source, end))

    def _apart(self, left: Vertex, right: Vertex) -> float:
        """From middle to middle at least."""
        aside = BETWEEN if left[0] in LINES and right[0] in LINES else ASIDE
        return (self._size(left).width + self._size(right).width) / 2 + aside

    def _straighten(self) -> None:
        """Lines that pass layers run straight down as far as what lies beside them allows."""
        where = {vertex: (layer, i) for layer in self.layers for i, vertex in enumerate(layer)}
        passing: dict[int, list[Vertex]] = defaultdict(list)
        for layer in self.layers:
            for vertex in layer:
                if vertex[0] in LINES:
                    passing[vertex[1]].append(vertex)
        for source, vertices in passing.items():
            start = self.before.get((source, vertices[0]))
            x = self.x[vertices[0]] if start is None else self._port(source, start)
            run: list[Vertex] = []
            low, high = -inf, inf
            for vertex in vertices:
                least, most = self._free(vertex, *where[vertex])
                if max(low, least) > min(high, most):
                    x = min(max(x, low), high)
                    self.x |= dict.fromkeys(run, x)
                    run, low, high = [], -inf, inf
                run.append(vertex)
                low, high = max(low, least), min(high, most)
            self.x |= dict.fromkeys(run, min(max(x, low), high))

    def _free(self, vertex: Vertex, layer: Sequence[Vertex], i: int) -> tuple[float, float]:
        """Between which places a vertex is apart from those beside it."""
        least = self.x[layer[i - 1]] + self._apart(layer[i - 1], vertex) if i else -inf
        most = self.x[layer[i + 1]] - self._apart(vertex, layer[i + 1]) if i + 1 < len(layer) else inf
        return least, most

    def _port(self, source: int, vertex: Vertex) -> float:
        """Where the line of a value meets a vertex."""
        return self.x[vertex] + self._aside(source, vertex)

    def _aside(self, source: int, vertex: Vertex) -> float:
        """How far from the middle that is: of a box where the line passes its border, of a node where it ends."""
        kind, i, _ = vertex
        if kind != "box":
            return self.ends.get((source, vertex), 0.0)
        inner = self.within[i]
        port: Vertex = ("in", source, 0) if ("in", source, 0) in inner.x else ("out", source, 0)
        return inner.x[port] - inner.size.width / 2

    def _close_up(self) -> None:
        """What no line joins to the rest stands as near to it, from the right, as their order allows."""
        parts = self._parts()
        part = {vertex: i for i, vertices in enumerate(parts) for vertex in vertices}
        beside = {right: left for layer in self.layers for left, right in pairwise(layer)}
        lefts = [min([self.x[v] - self._size(v).width / 2 for v in vertices]) for vertices in parts]
        for i in sorted(range(len(parts)), key=lambda i: lefts[i]):
            room = lefts[i] - min(lefts)
            for vertex in parts[i]:
                left = beside.get(vertex)
                if left is not None and part[left] != i:
                    room = min(room, self.x[vertex] - self._apart(left, vertex) - self.x[left])
            self.x |= {vertex: self.x[vertex] - room for vertex in parts[i]}

    def _parts(self) -> list[list[Vertex]]:
        """The vertices that lines join together."""
        parts: list[list[Vertex]] = []
        known: set[Vertex] = set()
        for first in self.x:
            stack = [] if first in known else [first]
            if stack:
                parts.append([])
            while stack:
                vertex = stack.pop()
                if vertex not in known:
                    known.add(vertex)
                    parts[-1].append(vertex)
                    stack += [other for near in (self.above, self.below) for _, other in near.get(vertex, ())]
        return parts

    def _set_lanes(self) -> None:
        """The shorter a line back is, the nearer it runs to what it passes, and the sooner it turns."""
        rights = [max(self.x[v] + self._size(v).width / 2 for v in layer) + ASIDE for layer in self.layers]
        for i, back in enumerate(sorted(self.backs, key=self._length)):
            first, last = self._passed(back)
            x = max(rights[first:last], default=self.x[back.start])
            rights[first:last] = [x + THIN + BETWEEN] * (last - first)
            self.lanes[back.source, back.target] = x
            self.turns[back.source, back.target] = TURN + i * FURTHER

    def _length(self, back: Back) -> int:
        """How many layers a line back passes."""
        first, last = self._passed(back)
        return last - first

    def _passed(self, back: Back) -> tuple[int, int]:
        """Which layers a line back passes, the first and the one after the last."""
        start, end = self.layer[back.start], self.layer["node", back.target, 0]
        return (end, start + 1) if self._leads_up(back) else (start + 1, end)

    def _leads_up(self, back: Back) -> bool:
        """Whether it does: from what reads nothing it may lead down."""
        return self.layer[back.start] >= self.layer["node", back.target, 0]

    # -- from top to bottom ---------------------------------------------------------------------------

    def _set_heights(self) -> float:
        """Between two layers there is a gap, where lines bend, and above a layer the room for labels and arrows."""
        count = len(self.layers)
        across: list[float | None] = [None] * (count + 1)
        for (source, end), start in self.before.items():
            k = self.layer[end]
            far = abs(self._port(source, end) - self._port(source, start))
            across[k] = max(across[k] or 0.0, far)
        room = [STUB] * count
        for source, vertex in self.ends:
            k = self.layer[vertex]
            room[k] = max(room[k], LABELS if self.labels[source, vertex[1]] else ARROW)
        least, most, part = BEND
        gaps = [0.0 if far is None else min(max(least, part * far), most) for far in across]
        for back in self.backs:
            for k in (self.layer[back.start] + 1, self.layer["node", back.target, 0]):
                gaps[k] = max(gaps[k], least, self.turns[back.source, back.target])
        y = PAD / 2 if self.title else PAD
        for k, layer in enumerate(self.layers):
            y += gaps[k]
            self.overs.append(y)
            y += room[k]
            self.tops.append(y)
            y += max([self._size(v).height for v in layer])
            self.bottoms.append(y)
            y += STUB
        return y + max(gaps[count], PAD - STUB)

    def _top(self, vertex: Vertex) -> float:
        """What nothing leads to stands at the bottom of its layer, near what reads it."""
        k = self.layer[vertex]
        return self.tops[k] if vertex in self.fed else self.bottoms[k] - self._size(vertex).height


def _layers(vertices: Iterable[Vertex], lines: Lines, first: int) -> dict[Vertex, int]:
    """Each vertex a layer below what it reads, from the first for nodes on; then as late as what reads it allows, if
    that makes no lines longer than it makes shorter."""
    reads: dict[Vertex, list[tuple[int, Vertex]]] = {vertex: [] for vertex in vertices}
    read_by: dict[Vertex, list[tuple[int, Vertex]]] = {vertex: [] for vertex in reads}
    for source, line in lines.items():
        for end, start in line.items():
            reads[end].append((source, start))
            read_by[start].append((source, end))
    layer = {vertex: 0 if vertex[0] in ("title", "in") else first for vertex in reads}
    waits = {vertex: len(starts) for vertex, starts in reads.items()}
    ready = [vertex for vertex, count in waits.items() if count == 0]
    for vertex in ready:  # it grows as it is walked
        for _, end in read_by[vertex]:
            layer[end] = max(layer[end], layer[vertex] + 1)
            waits[end] -= 1
            if not waits[end]:
                ready.append(end)
    last = max(layer.values(), default=0)
    layer |= {vertex: last for vertex in layer if vertex[0] == "out"}
    # How far down the line of a value reaches as it is. What reads nothing comes along.
    reached: dict[tuple[int, Vertex], int] = {}
    for vertex in reversed(ready):
        if read_by[vertex] and vertex[0] != "in":
            late = min([layer[end] for _, end in read_by[vertex]]) - 1
            shorter = len({source for source, _ in read_by[vertex]})
            fixed = [key for key in reads[vertex] if reads[key[1]] or key[1][0] == "in"]
            if len([key for key in fixed if reached.get(key, 0) < late]) <= shorter:
                layer[vertex] = late
        for key in reads[vertex]:
            reached[key] = max(reached.get(key, 0), layer[vertex])
    return layer


def _mean(numbers: Sequence[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise
