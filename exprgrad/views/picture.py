"""The two pictures of a program, as nodes, edges and boxes; `listing`, `dot`, `mermaid` and `svg` write them.

Of a static graph the nodes are operations, and the edges are the data that flows (TensorFlow 1's way); of a dynamic
trace the nodes are data, and the edges are the operations that made it (PyTorch's way). A branch or a loop is a box
around what it computes. A parameter of a region is not drawn: its edges come from what it stands for, through the
border of the box.
"""

from __future__ import annotations

from bisect import bisect, insort
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Final

from exprgrad.autodiff import upstream
from exprgrad.diagnostics import Span, cut
from exprgrad.nodes import Nodes
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.control import Branch, History, Item, Loop, Region, bound, seed
from exprgrad.ops.registry import Op
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import is_hidden
from exprgrad.views.numbers import BRIEF, EXACT, NumberFormat, brief, shortest, written

# A line of a label is cut to so many characters.
WIDEST: Final = 40
# What the two sides of a branch are called.
SIDES: Final = ("true", "false")
# What is around the body of a loop that is defined.
EACH: Final = "each iteration"
# Of a loop that ran more often, the first iterations and the last one are drawn.
FIRST: Final = 2
MOST: Final = 8


class Node(NamedTuple):
    """`kind` is input, constant, operation, condition (of a loop), value, result or folded; `short` is what others call
    the node.

    `lines` are the text of an operation, the value, and the derivative of the result by it; what is not known is "".
    """

    kind: str
    title: str
    short: str
    box: int
    lines: tuple[str, str, str] = ("", "", "")

    @property
    def shown(self) -> tuple[str, str, str, str]:
        """Number and title, and the lines; what has a name needs no number."""
        number = f"{self.short} " if self.short.startswith("#") else ""
        return number + self.title, *self.lines

    @property
    def label(self) -> str:
        """What is shown, as one text."""
        return "\n".join(filter(None, self.shown))


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


def picture(nodes: Nodes, number: NumberFormat | None = None) -> Picture:
    """Draws what a function's results are computed from, and all inputs; without a format, numbers are short."""
    return Drawing(nodes, number).picture()


class _Folded:
    """Stands for the iterations of a loop that are left out, and for what they computed: the nodes from `first` on, up
    to where the last iteration begins."""

    def __init__(self, regions: Sequence[Region], since: int, hidden: Collection[int]) -> None:
        self.iterations = len(regions) - FIRST - 1
        self.before = _roots(regions[FIRST - 1], hidden)
        self.first, end = (_begin(regions[i], since) for i in (FIRST, -1))
        # In order of creation it stands where the last of them does.
        self.index = end - 0.5


class _Counter(NamedTuple):
    """The counter of a for, by what it runs between; what counts is not drawn."""

    start: Any
    stop: Any


class Drawing:
    """The making of a picture, which knows afterwards where each node is."""

    def __init__(self, nodes: Nodes, number: NumberFormat | None = None) -> None:
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
        # Of the parameters that are drawn: of a loop that is defined those with their next values, and the counters.
        self.next: dict[int, Any] = {}
        self.counters: dict[int, _Counter] = {}
        # What an iteration hands on, by the name that it gets, and the conditions of the loops that are defined, with
        # how many loops are around each.
        self.handed: dict[int, str] = {}
        self.conditions: dict[int, int] = {}
        # By where they begin, what is left out of loops: none of it lies in more than one.
        self.folded: list[_Folded] = []

    def picture(self) -> Picture:
        self._collect()
        order = sorted(self.drawn)
        self.position = {index: i for i, index in enumerate(order)}
        nodes = [self._node(*self.drawn[index]) for index in order]
        edges = [edge for index in order for edge in self._edges(self.drawn[index][0])]
        if not self.nodes.dynamic:
            for name in self.nodes.results:
                source = self._source(self.nodes.named[name])
                if source is not None:
                    edges.append(Edge(source, len(nodes), "", name))
                nodes.append(Node("result", "result", "", 0))
        self.kept = _used(nodes, self.boxes)
        return Picture(
            tuple([node._replace(box=self.kept[node.box]) for node in nodes]),
            tuple(edges),
            tuple([Box(self.boxes[box].title, self.kept[self.boxes[box].parent]) for box in self.kept]),
        )

    def place(self, node: Any) -> int | None:
        """Where a node stands among those of the picture, or what is read through it; None of what is not drawn."""
        while node is not None and node.index not in self.position:
            folded = self._fold(node.index)
            if folded is not None:
                return self.position[folded.index]
            # The counter of a for is not drawn, nor is a branch or a loop, which is a box.
            node = _behind(node) if _is_parameter(node) or _is_outer(node) else None
        return None if node is None else self.position[node.index]

    def box(self, node: Any, title: str | None = None) -> int | None:
        """Where the box of a branch or a loop stands among the boxes, or the one in it with this title."""
        outer = self.box_of.get(node.index)
        if title is not None:
            inner = (i for i, box in enumerate(self.boxes) if box.parent == outer and box.title == title)
            outer = next(inner, None)
        return None if outer is None else self.kept.get(outer)

    # -- which nodes there are, and in which boxes ----------------------------------------------------

    def _collect(self) -> None:
        roots = [*self.nodes.inputs.values(), *(self.nodes.named[name] for name in self.nodes.results)]
        stack: list[tuple[Sequence[Any], int]] = [(roots, 0)]
        while stack:
            within, box = stack.pop()
            nodes = upstream(within, lambda node: node.op is not bound and self._fold(node.index) is None)
            inner: list[tuple[Sequence[Any], int]] = []
            for index in sorted(nodes):
                node = nodes[index]
                # A derivative reaches back into the regions of what it is the derivative of: those came first.
                if index in self.drawn or index in self.box_of or _is_outer(node):
                    continue
                if isinstance(node.op, Item):
                    self.drawn[index] = (node, self.box_of[node.left.index])
                elif hasattr(node.op, "regions"):
                    self.box_of[index] = own = self._box("", box)
                    inner += self._branch(node, own) if isinstance(node.op, Branch) else self._loop(node, own)
                elif not _is_parameter(node) or index in self.next or index in self.counters:
                    self.drawn[index] = (node, box)
                    if index in self.counters:
                        bounds = [x for _, x in self._read(node)]
                        inner.append((bounds, self.boxes[self.boxes[box].parent].parent))
            stack += reversed(inner)

    def _fold(self, index: float) -> _Folded | None:
        """What stands for a node, if it is left out."""
        i = bisect(self.folded, index, key=lambda folded: folded.first) - 1
        return self.folded[i] if i >= 0 and index < self.folded[i].index else None

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
        self.boxes[box] = self.boxes[box]._replace(title=self._head(op))
        hidden = {i for i, name in enumerate(op.names) if is_hidden(name)}
        if not self.nodes.dynamic:
            (body,) = op.regions
            self._carry(op, body, node.operands, hidden)
            params = body.params[: op.carried]
            self.next |= {p.index: body.results[i] for i, p in enumerate(params) if i not in hidden}
            ends = []
            if op.condition is not None and not hidden:
                ends = [op.condition]
                self.conditions.setdefault(op.condition.index, 1 + self._loops_around(box))
            yield [*_roots(body, hidden), *params, *ends], self._box(EACH, box)
            return
        regions = op.regions
        long = len(regions) > MOST
        for i, region in enumerate(regions):
            if not long or i < FIRST or i == len(regions) - 1:
                self._carry(op, region, node.operands, hidden)
                yield _roots(region, hidden), self._box(f"iteration {i + 1}", box)
        if long:
            folded = _Folded(regions, -1 if op.source is None else op.source.index, hidden)
            self.drawn[folded.index] = (folded, box)
            insort(self.folded, folded, key=lambda folded: folded.first)

    def _loops_around(self, box: int) -> int:
        """How many loops a box lies in, of a graph."""
        found = 0
        while box:
            found += self.boxes[box].title == EACH
            box = self.boxes[box].parent
        return found

    def _carry(self, op: Loop, region: Region, operands: Sequence[Any], hidden: Collection[int]) -> None:
        """Notes what an iteration carries, under which names."""
        for i, name in enumerate(op.names):
            result = region.results[i]
            if i in hidden:
                # A user's counter, and the condition `counter < stop`, where stop came in from outside.
                name, _, _ = name.partition("@")
                stop = op.condition.right.rest[0]
                self.counters[region.params[i].index] = _Counter(operands[i].left, stop.left)
            elif result is not None:
                self.handed.setdefault(result.index, name)
            if i in hidden or not self.nodes.dynamic:
                self.names.setdefault(region.params[i].index, [name])

    def _head(self, op: Loop) -> str:
        """`for k in 0..6`; a derivative is made from a loop of the program, and may run the other way."""
        head = op.name if op.span is None else self._piece(op.span)
        return head if op.source is None else f"derivative of {head}{', backwards' if op.backwards else ''}"

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
            equals = self._equals([node.value])
            number = equals.removeprefix("= ")
            return Node("constant", f"{name} {equals}" if name else number, names[0] if names else number, box)
        if node.op is None:
            short = names[0] if names else reference
            return Node("value", name or "carried", short, box, self._lines(node, "", short))
        text = self._text(node)
        if self.nodes.dynamic:
            kind = "result" if any(name in self.nodes.results for name in names) else "value"
            return Node(
                kind,
                name or text or _called(node),
                names[0] if names else reference,
                box,
                self._lines(node, "", reference),
            )
        text = " = ".join(filter(None, (name, text)))
        if node.index in self.conditions:
            return Node("condition", _called(node), reference, box, self._lines(node, f"while {text}", reference))
        return Node("operation", _called(node), reference, box, self._lines(node, text, reference))

    def _lines(self, node: Any, text: str, reference: str) -> tuple[str, str, str]:
        value = self.nodes.value(node)
        if node.index in self.conditions and node.op is not None:
            value = _ended(value, self.conditions[node.index])
        flowed = _flowed(value, self.nodes.cotangent(node))
        if not flowed:  # in a side that was not taken
            return text, "", ""
        by = next(iter(self.names.get(node.index, ())), reference)
        cotangents = [g for _, g in flowed]
        arrives = any([g is not None and g is not ZERO for g in cotangents])
        derivative = f"d{self.nodes.results[0]}/d{by} {self._equals(cotangents)}" if arrives else ""
        return text, self._equals([value for value, _ in flowed]), derivative

    def _equals(self, values: Sequence[Any]) -> str:
        """`= 2.0`, or `≈ 0.333333` of what is shortened; of a loop's iterations the first and the last."""
        shown = values if len(values) < 3 else (values[0], values[-1])
        numbers = [to_python(ZERO if value is None else value) for value in shown]
        exact = [_written(x, self.number or shortest) for x in numbers]
        ends = exact if self.number is not None else _shortened(numbers, exact)
        sign = "=" if ends == exact else "\N{ALMOST EQUAL TO}"
        return f"{sign} {(', ' if len(values) < 3 else ' ... ').join(ends)}"

    def _text(self, node: Any) -> str:
        """The piece of the program that made a node, and the name under which an iteration hands it on."""
        name = self.handed.get(node.index, "")
        if isinstance(node.op, Item) and isinstance(node.left.op, Loop):
            # The loop's head is the title of the box.
            names = node.left.op.names[node.op.position :][:1]
            return name or ("" if node.index in self.names else next(iter(names), ""))
        text = "" if node.span is None or node.op is seed else self._piece(node.span)
        if text.startswith("if "):  # a statement
            text = "" if name or node.index in self.names else "if"
        return f"{name} = {text}" if name and text else name or text

    def _piece(self, span: Span) -> str:
        # A long sum has as many terms as texts that begin alike: not all of each is looked at.
        piece = self.nodes.text[span.start : min(span.end, span.start + 4 * WIDEST)]
        return cut(" ".join(piece.split()), WIDEST)

    # -- where edges come from ------------------------------------------------------------------------

    def _edges(self, node: Any) -> Iterable[Edge]:
        target = self.position[node.index]
        for role, x in self._read(node):
            source = self._outer(x)
            if source is not None:
                name = "" if self.nodes.dynamic else next(iter(self.names.get(source.index, ())), "")
                yield Edge(self.position[source.index], target, role, name)
        following = self._source(self.next.get(node.index))
        if following is not None and following != target:
            yield Edge(following, target, "next", "", back=True)

    def _read(self, node: Any) -> Iterable[tuple[str, Any]]:
        if isinstance(node, _Folded):
            return [("", x) for x in {self._source(x): x for x in node.before}.values()]
        if node.index in self.counters:
            start, stop = self.counters[node.index]
            return [("from", start)] if self.nodes.dynamic else [("from", start), ("to", stop)]
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
        return [("last", made.op.regions[-1].results[i]) if made.op.regions else ("first", made.operands[i])]

    def _source(self, x: Any) -> int | None:
        source = self._outer(x)
        return None if source is None else self.position[source.index]

    def _outer(self, x: Any) -> Any:
        """What a parameter stands for outside of its region; any other node itself; of an absent value None."""
        while x is not None and x.index not in self.position:
            folded = self._fold(x.index)
            x = folded if folded is not None else _behind(x)
        return x


def _written(x: Any, number: NumberFormat) -> str:
    return cut(written(x, number), WIDEST)


def _shortened(numbers: Sequence[Any], exact: Sequence[str]) -> list[str]:
    """As short as tells apart what is not the same: 4.0 ... 2.00000, but 2.1 ... 2.1000003."""
    digits = BRIEF
    while digits < EXACT and len({_written(x, f"{{:.{digits}g}}".format) for x in numbers}) < len(set(exact)):
        digits += 1
    return [_written(x, partial(brief, digits=digits)) for x in numbers]


def _begin(region: Region, since: int) -> int:
    """Where a region begins in the order of creation; that of a derivative has the parameters of its source, too, a
    loop that ended before."""
    return min([x.index for x in region.params if x.index > since])


def _is_outer(node: Any) -> bool:
    """Whether a node is not drawn, but stands for what is read through it (see `_behind`)."""
    op = node.op
    if op is None:
        return node.value is ZERO
    stack = isinstance(op, Item) and isinstance(node.left.op, Loop) and op.position >= node.left.op.carried
    return stack or isinstance(op, History) or op is bound


def _behind(x: Any) -> Any:
    """What is read through a node that is not drawn."""
    if x.op is None:
        return x.rest[0] if x.rest else None
    if x.op is bound:
        return x.left
    # A stack, read in a loop: what that of the same number put there.
    region = x.left.op.regions[-1]
    return (region.params if isinstance(x.op, History) else region.results)[x.op.position]


def _flowed(value: Any, cotangent: Any) -> list[tuple[Any, Any]]:
    """The values that flowed, with their cotangents: one, or those of the iterations of all loops around, in order."""
    pairs = [(value, cotangent)]
    while any([type(x) is list for x, _ in pairs]):
        pairs = [pair for x, g in pairs for pair in (_each(x, g) if type(x) is list else [(x, g)])]
    return [(x, g) for x, g in pairs if x is not None and x is not ZERO]


def _ended(value: Any, loops: int) -> Any:
    """The values of the condition of a loop, from those of its iterations: the last one is false, and ends it."""
    if type(value) is not list:
        return value
    return [*value, 0.0] if loops == 1 else [_ended(x, loops - 1) for x in value]


def _each(values: list[Any], cotangents: Any) -> Iterable[tuple[Any, Any]]:
    return zip(values, cotangents if type(cotangents) is list else repeat(cotangents), strict=False)


def _is_parameter(node: Any) -> bool:
    return node.op is None and bool(node.rest)


def _roots(region: Region, hidden: Collection[int] = ()) -> list[Any]:
    return [x for i, x in enumerate(region.results) if x is not None and i not in hidden]


def _called(node: Any) -> str:
    """How a node's operation is written in the language; a result of a branch or a loop is called like these."""
    op: Op = node.left.op if isinstance(node.op, Item) else node.op
    return op.notation.symbol if op.notation is not None else op.name


def _used(nodes: Sequence[Node], boxes: Sequence[Box]) -> dict[int, int]:
    """The boxes that something is in, with their new numbers: a side that is one outer value has its edge alone."""
    used = {0}
    for node in nodes:
        box = node.box
        while box not in used:
            used.add(box)
            box = boxes[box].parent
    return {box: i for i, box in enumerate(sorted(used))}
