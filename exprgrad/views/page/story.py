"""The steps of a run as a page tells them: each line as text with numbers that may change, and what it shows in the
pictures: the nodes concerned, and the values and derivatives that are known from then on."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from exprgrad.diagnostics import Span, cut
from exprgrad.dynamic.blocks import Block, Blocks
from exprgrad.dynamic.record import Backward, Opened, Pulled, Ran, Record
from exprgrad.numbers.arithmetic import from_python
from exprgrad.ops.arithmetic import add
from exprgrad.ops.control import Branch, Loop
from exprgrad.records import NamedTuple
from exprgrad.views.numbers import brief, shortest, written
from exprgrad.views.page.followed import Followed, shown
from exprgrad.views.picture import EACH, SIDES, Drawing
from exprgrad.views.steps import LONGEST, Row, Telling

# A text with the numbers in it, by their places among all numbers of the page; in a list of its own one that is in
# parentheses where it is negative.
Template = list[Any]
# What stands for a number in a text: its place between marks. The minus has an operation put the parentheses where a
# negative number would get them; those of a call are another matter.
_MARKS: Final = [chr(c) for c in range(0xE000, 0xE100)]
# An array in a picture has so many characters.
_BRIEF: Final = 24


class Numbers:
    """The numbers of a page: each has a place, one that is followed always the same."""

    def __init__(self, text: str) -> None:
        self.values: list[float] = []
        self.followed: dict[int, Followed] = {}
        self._places: dict[Any, int] = {}
        self._mark = next(mark for mark in _MARKS if mark not in text)
        token = f"-{self._mark}([0-9]+){self._mark}"
        self._token = re.compile(rf"(?<!\w)\({token}\)|{token}")

    def place(self, x: Any) -> int:
        """Where a number is."""
        follows = isinstance(x, Followed) and x.node is not None
        place = self._places.setdefault(x.node.index if follows else shortest(float(x)), len(self.values))
        if place == len(self.values):
            self.values.append(float(x) + 0.0)
            if follows:
                self.followed[place] = x
        return place

    def token(self, x: Any) -> str:
        """What stands for a number in a text; of an array its own text."""
        if not isinstance(x, float | Followed):
            return cut(written(x, shortest), LONGEST)
        return f"-{self._mark}{self.place(x)}{self._mark}"

    def template(self, text: str) -> Template:
        """A text with such tokens, taken apart."""
        found: Template = []
        end = 0
        for match in self._token.finditer(text):
            if match.start() > end:
                found.append(text[end : match.start()])
            found.append([int(match[1])] if match[1] else int(match[2]))
            end = match.end()
        return [*found, text[end:]] if end < len(text) else found

    def filled(self, template: Template) -> str:
        """The text that a template stands for."""
        return "".join([self._filled(part) for part in template])

    def equals(self, template: Template) -> str:
        """`= 2.0` for a picture, or `≈ 0.333333` of a number for which there is no room."""
        exact = self.filled(template)
        short = [brief(self.values[part]) if isinstance(part, int) else part for part in template]
        text = cut("".join(short), _BRIEF)
        return f"{'=' if text == exact else '≈'} {text}"

    def _filled(self, part: Any) -> str:
        if isinstance(part, str):
            return part
        number = shortest(self.values[part[0] if isinstance(part, list) else part])
        return f"({number})" if isinstance(part, list) and number.startswith("-") else number


class _Words(Telling):
    """The words of the run that there was."""

    def value(self, x: Any) -> str:
        return super().value(float(x) if isinstance(x, Followed) else x)


class _Tokens(Telling):
    """The same words, with tokens for numbers."""

    def __init__(self, record: Record, numbers: Numbers) -> None:
        super().__init__(record, shortest)
        self._numbers = numbers

    def value(self, x: Any) -> str:
        return self._numbers.token(x)


class Shown(NamedTuple):
    """What a line shows in a picture: the nodes that compute or are differentiated (`on`), those that these read or
    add to (`by`), the boxes that open, and the values and derivatives that nodes have from then on."""

    on: list[int]
    by: list[int]
    boxes: list[int]
    values: dict[int, Template]
    derivatives: dict[int, Template]


class Line(NamedTuple):
    """A line: its pass (0 is the forward one), how deep it stands, its cells, where in the program it is, and what it
    shows in each picture. The cells with the numbers of the run are `texts`."""

    part: int
    depth: int
    texts: tuple[str, ...]
    cells: list[Template]
    span: Span | None
    shown: list[Shown]


class Scene:
    """A picture of a run: `node_of` says which of its nodes a tensor is. `since` is, for each node, the line at which
    it is computed first; None where it never is."""

    def __init__(self, drawing: Drawing, node_of: Callable[[Any], Any]) -> None:
        self.drawing = drawing
        self.picture = drawing.picture()
        self.since: list[int | None] = [None] * len(self.picture.nodes)
        self._node_of = node_of

    def places(self, tensors: Iterable[Any]) -> list[int]:
        """Where tensors are in the picture, or what they stand for."""
        nodes = [self._node_of(x) for x in tensors if x is not None]
        found = dict.fromkeys([self.drawing.place(node) for node in nodes if node is not None])
        return [place for place in found if place is not None]

    def own(self, tensor: Any) -> int | None:
        """The node that is a tensor itself; None where it is drawn as what it stands for."""
        node = self._node_of(tensor)
        return None if node is None else self.drawing.position.get(node.index)

    def holding(self, tensor: Any) -> list[int]:
        """The nodes that show the value of a tensor: its own, and that of the result that it is, where that has one."""
        place, nodes = self.own(tensor), self.drawing.nodes
        found = [] if place is None or self.picture.nodes[place].kind in ("constant", "folded") else [place]
        if not nodes.dynamic:
            first = len(self.picture.nodes) - len(nodes.results)
            node = self._node_of(tensor)
            found += [first + i for i, name in enumerate(nodes.results) if node is nodes.named[name]]
        return found

    def box(self, step: Opened | Pulled, tensor: Any) -> list[int]:
        """The box of a block that begins, or that of a branch or loop that has been gone through."""
        node = self._node_of(tensor)
        title = None
        if isinstance(step, Opened) and step.side is not None:
            title = SIDES[not step.side]
        elif isinstance(step, Opened) and step.number:
            title = f"iteration {step.number}" if self.drawing.nodes.dynamic else EACH
        box = None if node is None else self.drawing.box(node, title)
        return [] if box is None else [box]


class Story:
    """All that a page tells of a run: what is known before it (`begin`), and its lines, which are in `parts`: the
    forward pass, and the backward pass of each of these results. `settled` are derivatives that may not be what the
    steps add up to."""

    def __init__(
        self,
        text: str,
        inputs: Mapping[str, Any],
        blocks: Blocks,
        record: Record,
        scenes: Sequence[Scene],
        settled: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.numbers = Numbers(text)
        self.parts = ["", *[backward.result for backward in record.backward]]
        self._scenes = scenes
        self._inputs = inputs
        self._tensors = {x.index: x for x in _tensors_of(blocks.program)}
        self._iterations = {
            (block.node.index, block.number): block for block in _within(blocks.program) if block.number
        }
        self._settled = settled
        self._words = _Words(record, shortest)
        self._tokens = _Tokens(record, self.numbers)
        self.begin = self._nothing()
        self.lines = self._forward()
        for part, backward in enumerate(record.backward, 1):
            self.lines += self._backward(part, backward)

    def _nothing(self) -> list[Shown]:
        return [Shown([], [], [], {}, {}) for _ in self._scenes]

    def _pictured(self, shown: Sequence[Shown]) -> Iterator[tuple[Scene, Shown]]:
        return zip(self._scenes, shown, strict=True)

    def _line(self, part: int, words: Row, tokens: Row) -> Line:
        """A line with what is at work in it."""
        step: Any = words.of
        tensor = None if step is None else self._tensors.get(step.node)
        line = Line(
            part,
            words.indent,
            words.cells,
            [self.numbers.template(cell) for cell in tokens.cells],
            None if tensor is None else _span(tensor),
            self._nothing(),
        )
        for scene, here in self._pictured(line.shown):
            if tensor is None:
                continue
            if isinstance(step, Opened) or step.op is None:
                here.boxes.extend(scene.box(step, tensor))
            else:
                here.on.extend(scene.places([tensor]))
        return line

    def _forward(self) -> list[Line]:
        lines = []
        begins = []
        for words, tokens in zip(self._words.forward(), self._tokens.forward(), strict=True):
            step: Any = words.of
            line = self._line(0, words, tokens)
            if isinstance(step, Ran):
                for scene, here in self._pictured(line.shown):
                    here.by.extend(scene.places(self._tensors[step.node].operands))
            lines.append(line)
            begins.append(step.node if isinstance(step, Ran) else step.begin)
        self._flow(lines, list(accumulate(begins, max)))
        return lines

    def _flow(self, lines: Sequence[Line], begins: Sequence[int]) -> None:
        """Has each value come about in the last line that begins before it; of iterations that are left out the last
        one's counts."""
        last: list[dict[tuple[int, int], Any]] = [{} for _ in self._scenes]
        for index in sorted(self._tensors):
            tensor: Any = self._tensors[index]
            at = bisect(begins, index)
            for scene, values in zip(self._scenes, last, strict=True):
                holding = scene.holding(tensor)
                values.update({(at, place): tensor.value for place in holding})
                for place in {*scene.places([tensor]), *holding}:
                    since = scene.since[place]
                    scene.since[place] = at if since is None else since
        for i, values in enumerate(last):
            for (at, place), value in values.items():
                here = lines[at - 1].shown[i] if at else self.begin[i]
                here.values[place] = self._number(value)

    def _backward(self, part: int, backward: Backward) -> Iterator[Line]:
        totals: dict[int, Any] = {}
        for words, tokens in zip(self._words.backward(backward), self._tokens.backward(backward), strict=True):
            step, added = words.of, words.added
            line = self._line(part, words, tokens)
            if isinstance(step, Opened) and step.number:
                self._begin_again(line, step)
            if isinstance(step, Pulled) and step.op is not None:
                self._derive(line, self._tensors.get(step.node), step.cotangent)
            if added is not None:
                tensor = self._tensors.get(added.node)
                for scene, here in self._pictured(line.shown):
                    here.by.extend(scene.places([tensor]))
                if added.amount is not None:
                    before, amount = totals.get(added.node), _operand(added.amount)
                    totals[added.node] = amount if before is None else add(before, amount)
                    self._derive(line, tensor, totals[added.node])
            yield line
        settled = self._settled.get(backward.result, {})
        for by, derivative in backward.derivatives.items():
            texts = (self._words.derivative(backward, by, settled),)
            cells = [self.numbers.template(self._tokens.derivative(backward, by, {}))]
            tensor = self._inputs[by]
            line = Line(part, 0, texts, cells, tensor.span, self._nothing())
            self._derive(line, tensor, derivative)
            for scene, here in self._pictured(line.shown):
                here.on.extend(scene.places([tensor]))
            yield line

    def _derive(self, line: Line, tensor: Any, derivative: Any) -> None:
        """Shows a derivative at the node of a tensor, but not at what the parameter of a region stands for: that gets
        its share when the region has been gone through."""
        for scene, here in self._pictured(line.shown):
            place = None if tensor is None else scene.own(tensor)
            if place is not None:
                here.derivatives[place] = self._number(derivative)

    def _begin_again(self, line: Line, step: Opened) -> None:
        """Shows in the graph, whose body is one for all iterations, the values of the one that is gone through."""
        for tensor in sorted(_tensors_of(self._iterations[step.node, step.number]), key=lambda x: x.index):
            for scene, here in self._pictured(line.shown):
                place = scene.own(tensor)
                if place is None or scene.drawing.nodes.dynamic:
                    continue
                here.derivatives[place] = []
                for holding in scene.holding(tensor):
                    here.values[holding] = self._number(tensor.value)

    def _number(self, x: Any) -> Template:
        return self.numbers.template(self.numbers.token(shown(x)))


def _within(block: Block) -> Iterator[Block]:
    """A block and all that lie in it."""
    waiting = [block]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += [x for x in found.items if isinstance(x, Block)]


def _tensors_of(block: Block) -> Iterator[Any]:
    return (x for inner in _within(block) for x in inner.items if not isinstance(x, Block))


def _span(tensor: Any) -> Span | None:
    """Where the text of a tensor is, of a branch that of its condition, of a loop its head."""
    op = tensor.op
    if isinstance(op, Loop):
        return op.span
    if isinstance(op, Branch):
        return next(region for region in op.regions if region is not None).scope.span
    return tensor.span  # type: ignore[no-any-return]


def _operand(x: Any) -> Any:
    """A number of a record to compute with."""
    return x if isinstance(x, Followed) else from_python(x)
