"""The steps of a run: the operations in the order in which they ran, and for each result, from it back, what each of
them adds to which derivative.

They are plain records in a row, where Opened and Closed stand around what lies in a block: a side of a branch, a loop
or an iteration. All numbers are those of the trace and of the sweep that differentiates it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from exprgrad.autodiff import between, pull_step, reverse
from exprgrad.derivatives import Task
from exprgrad.diagnostics import Span
from exprgrad.dynamic.blocks import Block, Blocks, sources
from exprgrad.dynamic.node import Tensor
from exprgrad.dynamic.tracing import Trace
from exprgrad.notes import Visited
from exprgrad.numbers.arithmetic import to_python
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.arithmetic import add
from exprgrad.ops.comparison import truth
from exprgrad.ops.control import Branch, Item, Loop, as_gradient, bound, seed, unreached
from exprgrad.ops.registry import MINUS_ONE, ONE, Evaluated, Op
from exprgrad.ops.structural import Structural
from exprgrad.records import NamedTuple
from exprgrad.syntax.flow import Begin, Set, is_hidden
from exprgrad.syntax.tree import Name

# A sub-expression is cut to so many characters.
LONGEST: Final = 40
# What the program does not write.
_IMPLIED: Final = (bound, truth, seed)
# What is told as a block, and what takes its results out of it.
_PARTS: Final = (Branch, Loop, Item)


class Opened(NamedTuple):
    """A block begins. `text` is the head of a loop, or the condition of a branch. An iteration has a `number`, from 1,
    and how many there are (`of`); a branch says which `side` was taken. `node` is the number of the tensor that the
    branch or loop is, and `begin` that of the first one in the block."""

    text: str
    number: int = 0
    of: int = 0
    side: bool | None = None
    node: int = -1
    begin: int = -1


class Closed(NamedTuple):
    """A block ends."""


class Ran(NamedTuple):
    """An operation of the forward pass: its sub-expression, the name that this is assigned to, the number of the tensor
    that it made, and the numbers."""

    text: str
    name: str | None
    node: int
    op: Op
    operands: tuple[Any, ...]
    value: Any


class Added(NamedTuple):
    """What was added to the derivative with respect to `to`: the cotangent times the `partial` by the operand at
    `position`. Nothing was (`amount` None) where the partial is 0 everywhere. Without a partial it comes from inside a
    branch or a loop, or from an operation that has none. `node` is the number of the tensor that `to` is a name
    for. Where something was added before in the same block, the sum so far is `total`."""

    to: str
    node: int
    amount: Any
    position: int = 0
    partial: Any = None
    total: Any = None


class Pulled(NamedTuple):
    """An operation of the backward pass: the derivative with respect to it and what that adds to others; or a branch or
    loop (`op` and `cotangent` are None), with what it adds in all to values from outside."""

    text: str
    name: str | None
    node: int
    op: Op | None
    operands: int
    cotangent: Any
    added: tuple[Added, ...]


class Backward(NamedTuple):
    """The backward pass of a result: it begins with the derivative of the result with respect to itself, the `seed`."""

    result: str
    seed: Added
    steps: tuple[Pulled | Opened | Closed, ...]
    derivatives: dict[str, Any]


class Record(NamedTuple):
    """The forward pass, the backward pass of each result, and the names that the program uses."""

    forward: tuple[Ran | Opened | Closed, ...]
    backward: tuple[Backward, ...]
    names: frozenset[str]


def recorded(task: Task, text: str, trace: Trace, shown: Callable[[Any], Any] = to_python) -> Record:
    """The steps of a run of the program `text`, whose results are differentiated once; numbers are `shown` as a user
    gets them."""
    results = {name: trace.named[name] for name in task.results}
    told = _Told(task, text, trace, shown)
    wrt = {name: trace.inputs[name] for name in task.wrt} if task.max_order else {}
    backward = [told.backward(name, results[name], wrt) for name in task.results] if wrt else []
    own = [name for f in task.names.functions.values() for name in (f.definition.name, *f.definition.parameters)]
    return Record(tuple(told.forward()), tuple(backward), frozenset([*task.names.order, *trace.inputs, *own]))


def _counted(program: Block, diffs: Collection[Span | None]) -> dict[int, int]:
    """The operations that make the values of diff(), each counted from 1 by its place in one of them."""
    found: dict[int, int] = {}
    waiting = [program]
    while waiting:
        so_far: dict[Span | None, int] = {}
        for item in waiting.pop().items:
            if isinstance(item, Block):
                waiting.append(item)
            elif item.span in diffs and item.op is as_gradient:
                so_far[item.span] = 0
            elif item.span in diffs and not (item.op is None or item.op in _IMPLIED or isinstance(item.op, _PARTS)):
                found[item.index] = so_far[item.span] = so_far.get(item.span, 0) + 1
    return found


class _Told:
    """A trace in the words of its program."""

    def __init__(self, task: Task, text: str, trace: Trace, shown: Callable[[Any], Any]) -> None:
        self._text = text
        self._shown = shown
        self._blocks = Blocks([trace.named[name] for name in task.results], trace.conditions)
        self._inputs = {x.index: name for name, x in trace.inputs.items()}
        # What diff() computes stands at its place in the text, its value too.
        self._diffs = {diff.span for diff in task.names.diffs}
        self._assigned: dict[Span | None, str] = {}
        self._steps = _counted(self._blocks.program, self._diffs)
        self._heads: set[Span | None] = {None}
        for event in task.names.events:
            if isinstance(event, Set):
                if event.name is not None and not is_hidden(event.name) and not isinstance(event.value, Name):
                    self._assigned[event.value.span] = event.name
            elif isinstance(event, Begin):
                self._heads |= {event.statement.span, getattr(event.statement, "head_span", None)}

    def forward(self) -> Iterator[Ran | Opened | Closed]:
        """Every operation that the program writes, in the order in which it ran."""
        stack: list[Any] = self._blocks.program.items[::-1]
        while stack:
            item = stack.pop()
            if isinstance(item, Closed):
                yield item
            elif isinstance(item, Block):
                yield self._opened(item)
                stack += [Closed(), *reversed(item.items)]
            elif self._is_written(item):
                operands = tuple([self._shown(x.value) for x in item.operands])
                yield Ran(*self._called(item), item.index, item.op, operands, self._shown(item.value))

    def _is_written(self, node: Any) -> bool:
        """Whether the program writes an operation, or its derivative that diff() asks for has it; the condition of a
        loop over a range is the loop's head. What only moves elements is not told."""
        op = node.op
        if op is None or op in _IMPLIED or node.span in self._heads:
            return False
        return not isinstance(op, Structural) or bool(op.textbook) or op is as_gradient or node.index in self._steps

    def backward(self, name: str, result: Tensor, wrt: Mapping[str, Tensor]) -> Backward:
        """What each operation adds to which derivative, as the sweep comes to it."""
        visited: list[Visited] = []
        g = seed(result.value)
        way = between([result], wrt.values())
        found = {}
        if result.index in way:
            wanted = {x.index for x in wrt.values()}
            found = reverse(
                [(result, g)],
                way,
                symbolic=False,
                wanted=wanted,
                visit=lambda *visit: visited.append(Visited(*visit)),
                passed=lambda node, added: visited.append(Visited(node, (), added)),
            )
        derivatives = {
            by: self._shown(found[x.index] if x.index in found else unreached(x.value, result.value))
            for by, x in wrt.items()
        }
        start = Added(self._label(result), result.index, self._shown(g))
        totals = {(self._blocks.program, result.index): g}
        return Backward(name, start, tuple(self._pulled(visited, totals)), derivatives)

    def _pulled(
        self, visited: Sequence[Visited], totals: dict[tuple[Block, int], Any]
    ) -> Iterator[Pulled | Opened | Closed]:
        """The steps of a sweep; `totals` are what was added in each block, by the numbers of the tensors."""
        inside = [self._blocks.program]
        for visit in visited:
            if visit.node.op is truth or visit.node.op is seed:  # they add nothing
                continue
            block = self._blocks.block_of(visit.node)
            way = []
            while not (block.depth < len(inside) and inside[block.depth] is block):
                way.append(block)
                assert block.parent is not None, "all blocks lie in the program"
                block = block.parent
            for _ in inside[block.depth + 1 :]:
                inside.pop()
                yield Closed()
            for block in reversed(way):
                inside.append(block)
                yield self._opened(block)
            yield self._pull(visit, partial(self._summed, totals, inside[-1]))
        for _ in inside[1:]:
            yield Closed()

    def _summed(self, totals: dict[tuple[Block, int], Any], block: Block, index: int, amount: Any) -> Any:
        """Adds to a total; what it is then, None for what is added first."""
        place = block, index
        if place not in totals:
            totals[place] = amount
            return None
        totals[place] = add(totals[place], amount)
        return self._shown(totals[place])

    def _pull(self, visit: Visited, summed: Callable[[int, Any], Any]) -> Pulled:
        node: Any = visit.node
        positions, g = visit.operands, visit.cotangent
        op = node.op
        assert op is not None
        if isinstance(op, Branch | Loop):
            added = [Added(self._label(x), x.index, self._shown(c), total=summed(x.index, c)) for x, c in g]
            return Pulled(self._head(node), None, node.index, None, 0, None, tuple(added))
        needed = [i in positions for i in range(len(node.operands))]
        amounts = list(pull_step(node, g, needed))[::-1]
        values = [x.value for x in node.operands]
        partials = None if op.partials is None else op.partials_at(node.value, values)
        added = []
        for i in positions:
            x = node.operands[i]
            if x.value is ZERO:  # nothing is there that a derivative could be taken by
                continue
            if isinstance(op, Structural) and not op.follows(i):  # it only says how
                continue
            local = None if partials is None else self._partial(partials[i], node.value, values)
            amount = total = None
            if (partials is None or partials[i] is not None) and amounts and amounts[-1][0] is x:
                _, found = amounts.pop()
                amount, total = self._shown(found), summed(x.index, found)
            added.append(Added(self._label(x), x.index, amount, i, local, total))
        return Pulled(*self._called(node), node.index, op, len(values), self._shown(g), tuple(added))

    def _called(self, node: Any) -> tuple[str, str | None]:
        """The text of an operation, and the name that its value is assigned to."""
        text = self._piece(node.span)
        if node.span in self._diffs and node.op is not as_gradient:
            step = self._steps.get(node.index)
            place = "seed" if node.op is seed else "part" if step is None else f"step {step}"
            return f"{place} of {text}", None
        return text, self._assigned.get(node.span)

    def _opened(self, block: Block) -> Opened:
        op = block.node.op
        if block.number:
            return Opened(self._head(block.node), block.number, len(op.regions), None, block.node.index, block.index)
        side = block.region.scope.polarity if isinstance(op, Branch) and block.region is not None else None
        return Opened(self._head(block.node), 0, 0, side, block.node.index, block.index)

    def _head(self, node: Any) -> str:
        """How a loop, or the condition of a branch, is written."""
        op = node.op
        return self._piece(op.span if isinstance(op, Loop) else next(r for r in op.regions if r).scope.span)

    def _label(self, tensor: Any) -> str:
        """What the program calls a value: the name that it is assigned to, or the text of its expression."""
        while True:
            name = self._inputs.get(tensor.index)
            if name is None and tensor.span in self._diffs and tensor.op is not as_gradient:
                return self._called(tensor)[0]
            if name is None and tensor.op not in _IMPLIED:
                name = self._assigned.get(tensor.span)
            if name is not None:
                return name
            # What a statement gives a name is what this has inside, and a parameter is what it stands for.
            stands = tensor.op is None or (isinstance(tensor.op, Item) and tensor.span in self._heads)
            inside = sources(tensor) if stands else ()
            if not inside:
                return self._piece(tensor.span) or str(to_python(tensor.value))
            (tensor,) = inside

    def _piece(self, span: Span | None) -> str:
        """A piece of the program on one line, cut if it is long: a long sum is not written out for each term."""
        if span is None:
            return ""
        pieces = [self._text[span.start : span.end]]
        if span.end - span.start > LONGEST:
            pieces = [self._text[span.start : span.start + LONGEST - 13], self._text[span.end - 10 : span.end]]
        return "...".join(" ".join(piece.split()) for piece in pieces)

    def _partial(self, partial: Any, out: Any, values: Sequence[Any]) -> Any:
        """The value of a local partial."""
        if partial is None:
            return 0.0
        if partial is ONE or partial is MINUS_ONE:
            return float(partial.sign)
        return self._shown(partial.value if type(partial) is Evaluated else partial(out, *values))
