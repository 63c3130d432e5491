"""Where things lie in an SVG picture: what a reader would see at once if it were wrong, as geometry of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings

import exprgrad
from exprgrad.diagnostics import columns
from exprgrad.syntax.tree import ProgramTree
from exprgrad.views import formula
from exprgrad.views.numbers import shortest
from exprgrad.views.picture import Picture, picture
from exprgrad.views.svg import svg
from tests.generated import programs
from tests.programs import Maker

MODES = ["static", "dynamic"]
SVG = "{http://www.w3.org/2000/svg}"
CHARACTER = 7.3
# What is further apart than this is not looked at: no fault is as wide.
_APART = 10.0
T = TypeVar("T")
ROOT = Path(__file__).parent.parent.parent


class Rect(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def grown(self, by: float) -> Rect:
        return Rect(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: Rect) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Rect) -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )


class Curve(NamedTuple):
    """A part of a line, as the rectangles around short pieces of it, and around all of them."""

    around: Rect
    pieces: list[Rect]


class Near(Generic[T]):
    """Things with a place each, of which those near to a rectangle are asked for."""

    def __init__(self, things: Iterable[tuple[T, Rect]]) -> None:
        self.things = list(things)
        self.left, self.top, self.right, self.bottom = np.array([rect for _, rect in self.things]).reshape(-1, 4).T

    def to(self, rect: Rect, by: float) -> Iterator[tuple[T, Rect]]:
        """Those no further from it than so, in order."""
        left, top, right, bottom = rect.grown(by)
        near = (self.left <= right) & (self.right >= left) & (self.top <= bottom) & (self.bottom >= top)
        for i in np.flatnonzero(near):
            yield self.things[i]


class Line(NamedTuple):
    source: int
    target: int
    curves: list[Curve]

    @property
    def around(self) -> Rect:
        lefts, tops, rights, bottoms = zip(*[curve.around for curve in self.curves], strict=True)
        return Rect(min(lefts), min(tops), max(rights), max(bottoms))

    def meets(self, rect: Rect) -> bool:
        return any(
            curve.around.meets(rect) and any(piece.meets(rect) for piece in curve.pieces) for curve in self.curves
        )

    def runs_along(self, box: Rect) -> bool:
        return any(
            curve.around.meets(box.grown(3)) and any(_beside(piece, box) for piece in curve.pieces)
            for curve in self.curves
        )


class Seen:
    """What is drawn in a document, by its geometry."""

    def __init__(self, document: str) -> None:
        root = ElementTree.fromstring(document)
        self.all = Rect(0, 0, *(float(root.attrib[key]) for key in ("width", "height")))
        self.nodes: dict[int, Rect] = {}
        self.boxes: dict[int, Rect] = {}
        self.titles: dict[int, Rect] = {}
        self.within: dict[tuple[str, int], int] = {}
        self.lines: list[Line] = []
        for group in root.iter(f"{SVG}g"):
            data = {key: int(number) for key, number in group.attrib.items() if key.startswith("data-")}
            if "data-to" in data:
                path = group.find(f"{SVG}path")
                assert path is not None
                self.lines.append(Line(data["data-from"], data["data-to"], list(_curves(path.attrib["d"]))))
                continue
            kind = "node" if "data-node" in data else "box"
            i = data[f"data-{kind}"]
            self.within[kind, i] = data["data-within"]
            rect = group.find(f"{SVG}rect")
            assert rect is not None
            x, y, width, height = (float(rect.attrib[key]) for key in ("x", "y", "width", "height"))
            (self.nodes if kind == "node" else self.boxes)[i] = Rect(x, y, x + width, y + height)
            for text in group.iter(f"{SVG}text"):
                x, y, wide = float(text.attrib["x"]), float(text.attrib["y"]), CHARACTER * columns(text.text or "")
                if kind == "node":
                    assert self.nodes[i].holds(Rect(x - wide / 2, y - 9, x + wide / 2, y + 2))
                else:
                    self.titles[i] = Rect(x, y - 9, x + wide, y + 2)
                    assert self.boxes[i].holds(self.titles[i])
        self.labels: list[tuple[int, int, Rect]] = []
        for text in root.iter(f"{SVG}text"):
            if "data-to" in text.attrib:
                x, y, wide = float(text.attrib["x"]), float(text.attrib["y"]), CHARACTER * columns(text.text or "")
                ends = (int(text.attrib["data-from"]), int(text.attrib["data-to"]))
                self.labels.append((*ends, Rect(x - wide / 2, y - 9, x + wide / 2, y + 2)))


def _curves(path: str) -> Iterator[Curve]:
    x = y = 0.0
    for command, text in re.findall("([A-Z])([^A-Z]*)", path):
        numbers = [float(number) for number in text.split()]
        points = [(x, y)]
        if command == "M":
            x, y = numbers
            continue
        if command == "V":
            points.append((x, numbers[0]))
        else:
            assert command == "C"
            x1, y1, x2, y2, x3, y3 = numbers
            for k in range(1, 25):
                t = k / 24
                a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
                points.append((a * x + b * x1 + c * x2 + d * x3, a * y + b * y1 + c * y2 + d * y3))
        # As wide as it is drawn.
        pieces = [_rect(pair).grown(0.5) for pair in pairwise(points)]
        yield Curve(_rect(points).grown(0.5), pieces)
        x, y = points[-1]


def _rect(points: Sequence[tuple[float, float]]) -> Rect:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return Rect(min(xs), min(ys), max(xs), max(ys))


def faults(document: str) -> Iterator[str]:
    """What a reader would stumble over."""
    seen = Seen(document)
    around: dict[int, set[int]] = {0: {0}}
    for i in seen.boxes:
        around[i] = {i, *around[seen.within["box", i]]}
    for things in (seen.nodes, seen.boxes):
        for what, rect in things.items():
            if not seen.all.holds(rect):
                yield f"{what} is outside of the picture"
    nodes = Near(seen.nodes.items())
    for i, a in seen.nodes.items():
        for k, b in nodes.to(a, _APART):
            if i < k and a.grown(4).meets(b.grown(4)):
                yield f"nodes {i} and {k} overlap"
    for i, box in seen.boxes.items():
        for k, node in seen.nodes.items():
            if i in around[seen.within["node", k]]:
                if not box.grown(-4).holds(node):
                    yield f"node {k} sticks out of box {i}"
            elif box.grown(4).meets(node):
                yield f"node {k} lies in box {i}"
            if node.meets(seen.titles[i]):
                yield f"node {k} lies on the title of {i}"
        for k, other in seen.boxes.items():
            if k in around[i] or i in around[k]:
                if k != i and i in around[k] and not box.grown(-4).holds(other):
                    yield f"box {k} sticks out of box {i}"
            elif box.grown(4).meets(other):
                yield f"boxes {i} and {k} overlap"
    labels = Near(((source, target), label) for source, target, label in seen.labels)
    for line in seen.lines:
        what = f"the line from {line.source} to {line.target}"
        start, end = line.curves[0], line.curves[-1]
        if not seen.nodes[line.source].grown(1).meets(start.around) or not seen.nodes[line.target].meets(end.around):
            yield f"{what} does not reach"
        if not all(seen.all.holds(curve.around) for curve in line.curves):
            yield f"{what} leaves the picture"
        for i, node in nodes.to(line.around, _APART):
            if line.meets(node.grown(-1 if i in (line.source, line.target) else 2)):
                yield f"{what} runs under {i}"
        for i, box in seen.boxes.items():
            if line.meets(seen.titles[i].grown(1)):
                yield f"{what} runs through the title of box {i}"
            if line.runs_along(box):
                yield f"{what} runs along the border of box {i}"
        for (source, target), label in labels.to(line.around, _APART):
            if line.source != source and line.meets(label):
                yield f"{what} runs through the label from {source} to {target}"
    straight = Near(
        (line.source, curve.around) for line in seen.lines for curve in line.curves if len(curve.pieces) == 1
    )
    for source, a in straight.things:
        for other, b in straight.to(a, _APART):
            if source < other and a.grown(2).meets(b.grown(2)):
                yield f"lines from {source} and {other} run side by side"
    for source, target, label in seen.labels:
        if not seen.all.holds(label):
            yield f"the label from {source} to {target} is outside of the picture"
        for i, node in nodes.to(label, _APART):
            if node.meets(label):
                yield f"the label from {source} to {target} lies on {i}"
        for i, box in seen.boxes.items():
            if label.meets(seen.titles[i]) or (label.grown(0.1).meets(box) and not box.holds(label)):
                yield f"the label from {source} to {target} lies on the title or the border of box {i}"
        if any(other is not label and other.meets(label) for _, other in labels.to(label, _APART)):
            yield f"the label from {source} to {target} lies on another one"


def _beside(piece: Rect, box: Rect) -> bool:
    """Whether a piece of a line runs beside a border rather than across it."""
    if not piece.meets(box.grown(3)):
        return False
    if piece.bottom - piece.top > piece.right - piece.left:
        return piece.left < box.left + 3 or piece.right > box.right - 3
    return piece.top < box.top + 3 or piece.bottom > box.bottom - 3


def check(drawn: Picture) -> None:
    found = list(faults(svg(drawn)))
    assert not found, f"{found[:5]} of {len(found)}"


PROGRAMS = {
    "product": "a*b",
    "operands twice": "a*a + b*b",
    "branch": "y = x**2 if x > 0 else -x; z = y*k + 2",
    "sides that are outer values": "y = x if x > k else k; z = y if k > 0 else x*y",
    "sides in sides": "(a*b if b > 1 else a/b) + 1 if a > 0 and b > 0 else exp(a)*b",
    "chain": "0 < a < b < c",
    "two results": "u = a*b; v = a + b; u = u*2",
    "many operands": "+".join(f"a{i}*x^{i}" for i in range(30)),
    "many readers": "; ".join(f"t{i} = sin(x*{i}) + y" for i in range(12))
    + "; s = "
    + "*".join(f"t{i}" for i in range(12)),
    "long names": f"{'result' * 8} = {'operand' * 9}*exp(-{'other' * 7}*{'time' * 10}) + {'operand' * 9}",
    "wide names": "漢字漢字 = ψ*漢; é = 漢字漢字 + ψ",
    "for": "y = a; for k in 0..3 { y = sin(y)*x + y }",
    "while": "x = a; while abs(x*x - a) > 1e-12 { x = (x + a/x)/2 }; c = x",
    "folded": "y = x; for k in 0..60 { y = y - (y*y - x)/(2*y) }; c = y*x",
    "loop with a branch": "y = x; for k in 0..4 { if k > 2 { y = y + k*x } else { y = y*x } }",
    "loops in loops": "y = x; z = a; for i in 0..3 { for j in 0..2 { y = y*x + sin(z); z = z + y }; z = z*i }",
    "loop in a side": "if x > 0 { y = a; for k in 0..3 { y = y*x } } else { y = x }; c = y + a",
    "several carried": "x = a; y = b; z = c; for i in 0..n { t = x; x = y*sin(x); y = z + y; z = t*z }",
    "carried crosswise": "x = a; y = b; z = c; for i in 0..3 { t = x; x = y; y = z; z = t }",
    "carried constants": "x = a; y = a; for i in 0..3 { y = x; x = 5 }; c = x*y",
    "a constant carried up to where it is read": (
        "x = a; y = b; for i in 0..3 { y = sin(sin(sin(y))) + x; x = 5 }; x = 1; c = y + x"
    ),
    "labels of several lengths": f"c = {'name' * 9} if k > 0 else b",
    "an outer value carried": "x = a; for i in 0..3 { x = b*a }; c = x",
    "none read": "x = a; for i in 0..3 { x = sqrt(3); for j in 0..2 { x = 2 } }; c = x + a",
    "no iteration": "y = x; for k in 0..0 { y = y*x }",
    "long heads": "y = x; while abs(y*y*y - 3*x*x + 1/(1 + x*x)) > 1e3 { y = y/2 + x }; y = y if y > x*x*x + 1 else x",
    "derivative of a loop": "y = x; for k in 0..3 { y = y*y }; c = y + diff(y, x)",
    "derivative in a loop": "y = x; for k in 0..2 { y = y - (y*y-x)/diff(y*y-x, y) }",
}


def check_program(text: str) -> None:
    """In both modes, with values, and the graph without them."""
    for mode in MODES:
        function = exprgrad.compile(text, mode)
        try:
            check(picture(function.nodes(dict.fromkeys(function.inputs, 1.75)), shortest))
        except (exprgrad.EvaluationError, exprgrad.UnsupportedError):  # a nan as a condition, a high order
            continue
        if mode == "static":
            check(picture(function.nodes(), shortest))


@pytest.mark.parametrize("text", PROGRAMS.values(), ids=PROGRAMS)
def test_programs(text: str) -> None:
    check_program(text)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60))
def test_any_program_with_loops(seed: int) -> None:
    check_program(Maker(seed).program())


@pytest.mark.slow
@given(programs())
@settings(max_examples=40, deadline=None)
def test_any_program(tree: ProgramTree) -> None:
    check_program(formula.program(tree))


EXAMPLES: dict[str, dict[str, tuple[int, ...]]] = {
    "ba": {"cameras": (2, 11), "points": (3, 3), "weights": (4,), "seen": (4, 2), "measured": (4, 2)},
    "gmm": {"alphas": (3,), "means": (3, 2), "icf": (3, 3), "x": (5, 2), "gamma": (), "m": ()},
    "lstm": {"main": (4, 20), "extra": (3, 5), "state": (4, 5), "text": (9, 5)},
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(name: str, mode: str) -> None:
    text = (ROOT / "examples" / f"{name}.txt").read_text(encoding="utf-8")
    rng = np.random.default_rng(1)
    values = {name: rng.uniform(size=shape) for name, shape in EXAMPLES[name].items()}
    if "seen" in values:
        values["seen"] = np.zeros((4, 2))
    check(picture(exprgrad.compile(text, mode, wrt=[*values][:2]).nodes(values), shortest))


def test_every_example_is_drawn() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.txt")} == set(EXAMPLES)


def test_a_line_back_has_a_lane_of_its_own_in_the_box_of_the_loop() -> None:
    drawn = picture(exprgrad.compile(PROGRAMS["several carried"]).nodes(), shortest)
    seen = Seen(svg(drawn))
    (box,) = [seen.boxes[i] for i, box in enumerate(drawn.boxes) if box.title == "each iteration"]
    lanes = []
    for source, target, curves in seen.lines:
        if source > target:
            lane = max((curve.around for curve in curves if len(curve.pieces) == 1), key=lambda rect: rect.right)
            lanes.append(lane)
            assert all(box.holds(curve.around) for curve in curves)
            beside = [rect for rect in seen.nodes.values() if rect.meets(lane._replace(left=box.left, right=box.right))]
            assert beside and all(rect.right + 4 < lane.left for rect in beside)
            # It comes from the right, where its label is.
            labels = {s: label for s, t, label in seen.labels if t == target}
            assert max(labels, key=lambda s: labels[s].left) == source
    # A longer one lies around a shorter one.
    assert len({lane.left for lane in lanes}) == 3
    nested = [(a, b) for a in lanes for b in lanes if a != b and a.top <= b.top and b.bottom <= a.bottom]
    assert nested and all(b.right + 4 < a.left for a, b in nested)


def crossings(text: str) -> int:
    """How many pairs of lines of two values cross."""
    lines = Seen(svg(picture(exprgrad.compile(text).nodes()))).lines
    return sum(
        a.source != b.source and any(a.meets(piece) for curve in b.curves for piece in curve.pieces)
        for a, b in combinations(lines, 2)
    )


def test_lines_seldom_cross() -> None:
    assert crossings("a*b + c*d + e*f") == 0
    assert crossings("y = (a*b if c > 0 else d*e) + (f if g > 0 else h)") == 0
    # What comes into a box stands in the order in which it is read there; the line back passes three of these.
    assert crossings(PROGRAMS["for"]) <= 4


def test_what_reads_nothing_stands_just_above_what_reads_it() -> None:
    drawn = picture(exprgrad.compile(PROGRAMS["while"]).nodes({"a": 2.0}), shortest)
    seen = Seen(svg(drawn))
    gaps = [
        seen.nodes[edge.target + 1].top - seen.nodes[edge.source + 1].bottom
        for edge in drawn.edges
        if drawn.nodes[edge.source].kind == "constant"
    ]
    assert len(gaps) == 2 and max(gaps) < 60


def test_what_no_line_joins_stands_together() -> None:
    drawn = picture(exprgrad.compile(PROGRAMS["derivative in a loop"]).nodes({"x": 0.75}))
    seen = Seen(svg(drawn))
    k, y = (next(i for i, node in enumerate(drawn.nodes, 1) if node.box and node.title == name) for name in "ky")
    assert 0 < seen.nodes[y].left - seen.nodes[k].right < 100


def test_a_sum_of_hundreds_of_products() -> None:
    """A product stands beside the sum that it is added to, not at the top, from where its line would pass all others,
    and the sums stand below each other."""
    document = svg(picture(exprgrad.compile("+".join(f"a{i}*b{i}" for i in range(390)), max_order=0).nodes()))
    assert Seen(document).all.right < 1000


def test_a_long_line_is_straight() -> None:
    """What a line passes bends it as little as can be: a sum of many has few curves."""
    document = svg(picture(exprgrad.compile("+".join(["x"] * 40)).nodes(), shortest))
    paths = re.findall(r'<path d="([^"]*)"', document)
    assert len(paths) > 40
    assert max(path.count("C") for path in paths) <= 4


def test_the_same_picture_lies_the_same_way() -> None:
    texts = [svg(picture(exprgrad.compile(PROGRAMS["loops in loops"]).nodes(), shortest)) for _ in range(2)]
    assert texts[0] == texts[1]


def test_what_is_too_large() -> None:
    function = exprgrad.compile("; ".join(f"x{i} = x + {i}" for i in range(700)) + "; s = 0", max_order=0)
    with pytest.raises(exprgrad.UnsupportedError, match="nodes are too many to draw"):
        svg(picture(function.nodes(), shortest))
