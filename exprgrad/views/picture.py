"""The two pictures of a program, as nodes, edges and boxes; `listing`, `dot`, `mermaid` and `svg` write them.

Of a static graph the nodes are operations, and the edges are the data that flows (TensorFlow 1's way); of a dynamic
trace the nodes are data, and the edges are the operations that made it (PyTorch's way). A branch or a loop is a box
around what it computes. A parameter of a region is not drawn: its edges come from what it stands for, through the
border of the box.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from exprgrad.autodiff import upstream
from exprgrad.diagnostics import Span
from exprgrad.nodes import Nodes
from exprgrad.numbers.arithmetic import to_python
from exprgrad.ops.control import Branch, Item, Region
from exprgrad.ops.registry import Op
from exprgrad.views.numbers import NumberFormat, written

# A line of a label is cut to so many characters.
WIDEST: Final = 40
# What the two sides of a branch are called.
SIDES: Final = ("true", "false")
# Of a loop that ran more often, the first iterations and the last one are drawn.
FIRST: Final = 2
MOST: Final = 4


class Node(NamedTuple):
    """`kind` is input, constant, operation, value, result or folded; `short` is what others call the node.

    `lines` are the text of an operation, the value, and the derivative of the result by it; what is not known is "".
    """

    kind: str
    title: str
    short: str
    box: int
    lines: tuple[str, str, str] = ("", "", "")

    @property
    def label(self) -> str:
        """Number, title and lines as one text; what has a name needs no number."""
        number = f"{self.short} " if self.short.startswith("#") else ""
        return "\n".join(filter(None, (number + self.title, *self.lines)))


class Edge(NamedTuple):
    """From node to node, by position. `role` says what the target does with it, `name` what flows; `back` leads to the
    next iteration of a loop."""

    source: int
    target: int
    role: str
    name: str
    back: bool = False

    @property
    def label(self) -> str:
        """What stands at the edge."""
        return f"{self.role} {self.name}".strip()


class Box(NamedTuple):
    """A branch or a loop, one of its sides or iterations; `parent` is the box around it."""

    title: str
    parent: int


class Picture(NamedTuple):
    """Nodes come after those they are made from. Box 0 is the picture itself; a box comes after its parent."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    boxes: tuple[Box, ...]

    def walk(self) -> Iterator[tuple[str, int]]:
        """Where each box opens, each node stands and each box closes, by position: what a box holds lies together."""
        inside: list[list[tuple[str, int]]] = [[] for _ in self.boxes]
        placed = {0}
        for i, node in enumerate(self.nodes):
            box = node.box
            inside[box].append(("node", i))
            while box not in placed:
                placed.add(box)
                inside[self.boxes[box].parent].append(("open", box))
                box = self.boxes[box].parent
        stack = inside[0][::-1]
        while stack:
            what, i = entry = stack.pop()
            yield entry
            if what == "open":
                stack.append(("close", i))
                stack += reversed(inside[i])

    def sources(self) -> list[list[Edge]]:
        """The edges into each node, in the order of its operands."""
        into: list[list[Edge]] = [[] for _ in self.nodes]
        for edge in self.edges:
            into[edge.target].append(edge)
        return into


def picture(nodes: Nodes, number: NumberFormat) -> Picture:
    """Draws what a function's results are computed from, and all inputs."""
    return _Drawing(nodes, number).picture()


class _Folded:
    """Stands for the iterations of a loop that are left out, and for what they computed."""

    def __init__(self, iterations: int, last: Region, before: Region) -> None:
        self.iterations = iterations
        self.before = before.results
        # In order of creation it stands where the last of them does.
        self.index = max([x.index for x in (*last.params, *last.results) if x is not None]) + 0.5


class _Drawing:
    def __init__(self, nodes: Nodes, number: NumberFormat) -> None:
        self.nodes = nodes
        self.number = number
        self.names: dict[int, list[str]] = {}
        for name, x in (*nodes.inputs.items(), *nodes.named.items()):
            known = self.names.setdefault(x.index, [])
            if name not in known:
                known.append(name)
        self.inputs = {x.index for x in nodes.inputs.values()}
        self.boxes: list[Box] = [Box("", 0)]
        # What is drawn, by its index, with its box; a branch or a loop itself is not, but has a box too.
        self.drawn: dict[float, tuple[Any, int]] = {}
        self.box_of: dict[int, int] = {}
        # What the carried parameters of a loop that ran stand for, and of one that is defined their next values.
        self.stands_for: dict[int, Any] = {}
        self.next: dict[int, Any] = {}

    def picture(self) -> Picture:
        self._collect()
        order = sorted(self.drawn)
        self.position = {index: i for i, index in enumerate(order)}
        nodes = [self._node(*self.drawn[index]) for index in order]
        edges = [edge for index in order for edge in self._edges(self.drawn[index][0])]
        if not self.nodes.dynamic:
            for name in self.nodes.results:
                edges.append(Edge(self._source(self.nodes.named[name]), len(nodes), "", name))
                nodes.append(Node("result", "result", "", 0))
        return _pruned(nodes, edges, self.boxes)

    # -- which nodes there are, and in which boxes ----------------------------------------------------

    def _collect(self) -> None:
        roots = [*self.nodes.inputs.values(), *(self.nodes.named[name] for name in self.nodes.results)]
        stack: list[tuple[Sequence[Any], int]] = [(roots, 0)]
        while stack:
            within, box = stack.pop()
            nodes = upstream(within)
            for index in sorted(nodes):
                node = nodes[index]
                if isinstance(node.op, Item):
                    self.drawn[index] = (node, self.box_of[node.left.index])
                elif hasattr(node.op, "regions"):
                    self.box_of[index] = inner = self._box("", box)
                    stack += self._branch(node, inner) if isinstance(node.op, Branch) else self._loop(node, inner)
                elif not _is_parameter(node) or index in self.next:
                    self.drawn[index] = (node, box)

    def _box(self, title: str, parent: int) -> int:
        self.boxes.append(Box(title, parent))
        return len(self.boxes) - 1

    def _branch(self, node: Any, box: int) -> Iterable[tuple[Sequence[Any], int]]:
        """Static mode has both sides, dynamic mode the one that was taken."""
        for side, region in zip(SIDES, node.op.regions, strict=True):
            if region is not None:
                self.boxes[box] = self.boxes[box]._replace(title=f"if {self._piece(region.scope.span)}")
                yield _roots(region), self._box(side, box)

    def _loop(self, node: Any, box: int) -> Iterable[tuple[Sequence[Any], int]]:
        """Static mode has the body, dynamic mode the iterations that ran."""
        op = node.op
        self.boxes[box] = self.boxes[box]._replace(title=op.name)
        if not self.nodes.dynamic:
            (body,) = op.regions
            self.next |= {p.index: x for p, x in zip(body.params, body.results[: op.carried], strict=False)}
            ends = [] if op.condition is None else [op.condition]
            yield [*_roots(body), *body.params[: op.carried], *ends], self._box("each", box)
            return
        regions = op.regions
        for before, region in pairwise(regions):
            results = before.results[: op.carried]
            self.stands_for |= {p.index: x for p, x in zip(region.params, results, strict=False)}
        for i, region in enumerate(regions):
            if len(regions) <= MOST or i < FIRST or i == len(regions) - 1:
                yield _roots(region), self._box(f"iteration {i + 1}", box)
        if len(regions) > MOST:
            folded = _Folded(len(regions) - FIRST - 1, regions[-2], regions[FIRST - 1])
            self.drawn[folded.index] = (folded, box)
            self.stands_for |= dict.fromkeys([p.index for p in regions[-1].params[: op.carried]], folded)

    # -- how a node is labelled -----------------------------------------------------------------------

    def _node(self, node: Any, box: int) -> Node:
        reference = f"#{self.position[node.index] + 1}"
        if isinstance(node, _Folded):
            return Node("folded", f"... {node.iterations} more iterations ...", reference, box)
        names = self.names.get(node.index, [])
        name = " = ".join(names)
        if node.index in self.inputs:
            return Node("input", name, names[0], box, self._lines(node, "", names[0]))
        if node.op is None and not node.rest:
            number = self._written(node.value)
            return Node("constant", f"{name} = {number}" if name else number, names[0] if names else number, box)
        text = self._text(node)
        if self.nodes.dynamic or node.op is None:
            kind = "result" if any(name in self.nodes.results for name in names) else "value"
            return Node(kind, name or text, names[0] if names else reference, box, self._lines(node, "", reference))
        text = f"{name} = {text}" if name else text
        return Node("operation", _called(node), reference, box, self._lines(node, text, reference))

    def _lines(self, node: Any, text: str, reference: str) -> tuple[str, str, str]:
        value, cotangent = self.nodes.value(node), self.nodes.cotangent(node)
        if value is None:  # in a side that was not taken
            return text, "", ""
        by = next(iter(self.names.get(node.index, ())), reference)
        derivative = "" if cotangent is None else f"d{self.nodes.results[0]}/d{by} = {self._written(cotangent)}"
        return text, f"= {self._written(value)}", derivative

    def _text(self, node: Any) -> str:
        """The piece of the program that made a node."""
        return "" if node.span is None else self._piece(node.span)

    def _piece(self, span: Span) -> str:
        # A long sum has as many terms as texts that begin alike: not all of each is looked at.
        piece = self.nodes.text[span.start : min(span.end, span.start + 4 * WIDEST)]
        return _cut(" ".join(piece.split()))

    def _written(self, value: Any) -> str:
        return _cut(written(to_python(value), self.number))

    # -- where edges come from ------------------------------------------------------------------------

    def _edges(self, node: Any) -> Iterable[Edge]:
        target = self.position[node.index]
        for role, x in self._read(node):
            source = self._source(x)
            name = "" if self.nodes.dynamic else next(iter(self.names.get(self._outer(x).index, ())), "")
            yield Edge(source, target, role, name)
        if node.index in self.next:
            yield Edge(self._source(self.next[node.index]), target, "next", "", back=True)

    def _read(self, node: Any) -> Iterable[tuple[str, Any]]:
        if isinstance(node, _Folded):
            return [("", x) for x in dict.fromkeys(node.before) if x is not None]
        if node.op is None:
            return [("first", node.rest[0])] if node.rest else []
        if not isinstance(node.op, Item):
            role = _called(node) if self.nodes.dynamic else ""
            return [(role, x) for x in node.operands]
        made, i = node.left, node.op.position
        if isinstance(made.op, Branch):
            sides = [
                (side, region.results[i])
                for side, region in zip(SIDES, made.op.regions, strict=True)
                if region is not None
            ]
            return [("if", made.operands[0]), *sides]
        return [("last", made.op.regions[-1].results[i] if made.op.regions else made.operands[i])]

    def _source(self, x: Any) -> int:
        return self.position[self._outer(x).index]

    def _outer(self, x: Any) -> Any:
        """What a parameter stands for outside of its region; any other node itself."""
        while x.index not in self.position:
            x = self.stands_for[x.index] if x.index in self.stands_for else x.rest[0]
        return x


def _is_parameter(node: Any) -> bool:
    return node.op is None and bool(node.rest)


def _roots(region: Region) -> list[Any]:
    return [x for x in region.results if x is not None]


def _called(node: Any) -> str:
    """How a node's operation is written in the language; a result of a branch or a loop is called like these."""
    op: Op = node.left.op if isinstance(node.op, Item) else node.op
    return op.notation.symbol if op.notation is not None else op.name


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 3]}..."


def _pruned(nodes: Sequence[Node], edges: Sequence[Edge], boxes: Sequence[Box]) -> Picture:
    """Without the boxes that nothing is in: a side that is one outer value has its edge alone."""
    used = {0}
    for node in nodes:
        box = node.box
        while box not in used:
            used.add(box)
            box = boxes[box].parent
    new = {box: i for i, box in enumerate(sorted(used))}
    return Picture(
        tuple([node._replace(box=new[node.box]) for node in nodes]),
        tuple(edges),
        tuple([Box(boxes[box].title, new[boxes[box].parent]) for box in sorted(used)]),
    )
