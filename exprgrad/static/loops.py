"""A loop as a program of its own: what dynamic mode hands over instead of tracing every iteration.

The loop is lowered once, on nodes. Its derivative is derived from that graph, as static mode does it, and is a loop of
the same kind: it reads what an earlier run of the first one kept. Programs and derivatives are kept with the loop, for
the next run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from exprgrad.autodiff import loops, upstream
from exprgrad.autodiff.reachability import varying
from exprgrad.autodiff.sweep_state import Sweep
from exprgrad.diagnostics import ExprError, Span
from exprgrad.lowering.builder import Ask, Lower, Tangents
from exprgrad.notes import Visited, collector
from exprgrad.numbers.scalars import ROUNDED, ZERO
from exprgrad.ops.budget import Budget
from exprgrad.ops.control import Branch, History, Item, Loop, Region, Scope
from exprgrad.ops.registry import MINUS_ONE, ONE, Op, Value, next_index
from exprgrad.program.compilation import Compilation, Count, Known, ValueKey
from exprgrad.program.passes import Roles
from exprgrad.records import NamedTuple
from exprgrad.run.interpreter import Interpreter
from exprgrad.static.defining import Defining
from exprgrad.static.graph import Node


class Seen(NamedTuple):
    """An operation with hard points that a sweep has passed: its node, the positions of the operands whose partials
    were used, and the cotangent. Once it has run, the cotangent is its value, and `values` are those of the result and
    the operands: numbers, or lists with one for each iteration."""

    node: Any
    positions: tuple[int, ...]
    cotangent: Any
    values: Sequence[Any] = ()


class LoopRun(NamedTuple):
    """A loop that has run: what it was given, the runs that it read of, how it ended, and by key what it and those
    kept. `seen` has the operations with hard points that it passed as a derivative, `derived` how often which
    derivative of it was taken; it ran on `rounded` numbers alone or on any."""

    loop: DefinedLoop
    values: Sequence[Any]
    runs: Sequence[LoopRun]
    made: _Made
    ends: Sequence[Any]
    kept: Mapping[ValueKey, Any]
    seen: Sequence[Seen]
    derived: Counter[Any]
    rounded: bool

    @property
    def iterations(self) -> int | None:
        """How often it went round; None where nothing is kept."""
        return self.kept.get(Count(self.loop.node.index))


class _Made:
    """A program of a loop: what runs it, the stacks of other loops that it needs, what it keeps, and what is known of
    its nodes from then on."""

    def __init__(self, made: Compilation, looked_at: int) -> None:
        self.interpreter = Interpreter(made.program, looked_at)
        self.needs: Sequence[ValueKey] = made.given
        self.keeps: Sequence[ValueKey] = made.keeps
        self.known: Known = made.known


class Derived(NamedTuple):
    """The derivative of a loop: the loop that computes it, None where there is nothing to compute; and what adds to
    the cotangent of which operand, or is the tangent of which result: for values the number of a carried value of that
    loop, for stacks the node of the stack."""

    loop: DefinedLoop | None
    values: Sequence[tuple[Any, int]]
    stacks: Sequence[tuple[Any, Node]]


class DefinedLoop:
    """A loop as a graph: its node, placeholders for what is computed outside (`feeds`), and the loops whose stacks it
    reads (`sources`). `visited` is what the sweep that made it has passed, `twins` are the nodes of other loops'
    regions that nodes of its own stand for. Threads may share it."""

    def __init__(
        self,
        node: Node,
        feeds: Sequence[Node],
        sources: Sequence[DefinedLoop] = (),
        visited: Sequence[Visited] = (),
        twins: Mapping[int, Node] = MappingProxyType({}),
        until: int | None = None,
    ) -> None:
        self.node = node
        self.feeds = tuple(feeds)
        self.sources = tuple(sources)
        self.seen = tuple([Seen(*visit) for visit in visited])
        self.twins = twins
        # Nodes below this index, and their twins, are the program's own.
        self._until = next_index() if until is None else until
        self.op: Loop = node.op  # type: ignore[assignment]
        self._made: dict[Any, _Made] = {}
        self._derived: dict[Any, Derived] = {}

    # -- running ----------------------------------------------------------------------------------------

    def run(
        self,
        values: Sequence[Any],
        runs: Sequence[LoopRun] = (),
        *,
        keep: bool,
        watch: bool = False,
        budget: Budget | None = None,
    ) -> LoopRun:
        """Runs it for values of the feeds and runs of the sources. With `keep` it can be differentiated, with `watch`
        it tells what was seen."""
        absent = tuple([x is ZERO for x in values])
        made = self._program(absent, runs, keep, watch)
        stacks: dict[ValueKey, Any] = {}
        for run in runs:
            stacks |= run.kept
        present = [x for x, gone in zip(values, absent, strict=True) if not gone]
        fed = present + [stacks[key] for key in made.needs]
        interpreter = made.interpreter
        rounded = interpreter.numbers_alone and ROUNDED.takes(present)
        if rounded and all([run.rounded for run in runs]):
            found = interpreter.run_in(ROUNDED, fed, budget)
        else:
            rounded = False
            found = interpreter.run(fed, exactly=interpreter.program.gaps, budget=budget)
        ends = found[: self.op.carried]
        first = self.op.carried + len(made.keeps)
        kept = stacks | dict(zip(made.keeps, found[self.op.carried : first], strict=True))
        seen: list[Seen] = []
        for one in self.seen if watch else ():
            cotangent, *lists = found[first : first + 2 + len(one.node.operands)]
            seen.append(Seen(one.node, one.positions, cotangent, lists))
            first += 1 + len(lists)
        return LoopRun(self, values, runs, made, ends, kept, seen, Counter(), rounded)

    def _program(self, absent: tuple[bool, ...], runs: Sequence[LoopRun], keep: bool, watch: bool) -> _Made:
        key = absent, tuple([run.made for run in runs]) if runs else (), keep, watch and bool(self.seen)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._compiled(absent, runs, keep, watch)
        return made

    def _compiled(self, absent: tuple[bool, ...], runs: Sequence[LoopRun], keep: bool, watch: bool) -> _Made:
        known = Known.of([run.made.known for run in runs])
        for index, original in self.twins.items():
            if index not in known.alias:
                known.twin(index, original)
        for feed, gone in zip(self.feeds, absent, strict=True):
            if gone:
                known.vanish(feed)
        items = [Node.record(Item(j), (self.node,)) for j in range(self.op.carried)]
        watched = [x for one in self.seen for x in (one.cotangent, one.node, *one.node.operands)] if watch else []
        feeds = [x for x, gone in zip(self.feeds, absent, strict=True) if not gone]
        kept = _inside(self.node) if keep else []
        made = Compilation(items, feeds, known=known, watched=watched, kept=kept, unread=_unread(kept))
        return _Made(made, len(made.keeps) + len(watched))

    def is_own(self, node: Node) -> bool:
        """Whether a node that was seen is of the program, not of a derivative."""
        while node.index in self.twins:
            node = self.twins[node.index]
        return node.index < self._until

    # -- derivatives --------------------------------------------------------------------------------------

    def pulled(
        self,
        run: LoopRun,
        ends: tuple[int, ...],
        stacks: tuple[tuple[int, DefinedLoop, Node], ...],
        needed: tuple[bool, ...],
        span: Span | None,
    ) -> Generator[Any, Any, Derived]:
        """The derivative of a run backwards: the carried values with a cotangent, stacks with one, each with the
        loop that pushes it, and which feeds and sources are needed. Its feeds are the cotangents and those of the loop
        itself."""
        key = _numbered(run, ("back", ends, tuple([(at, item.index) for at, _, item in stacks]), needed))
        if key in self._derived:
            return self._derived[key]
        params: Sequence[Any] = self.op.regions[0].params
        starts = {j: Node(shape=params[j].shape) for j in ends}
        gs: dict[int, Any] = dict(starts)
        for at, _, item in stacks:
            gs.setdefault(at, []).append(item)
        new = _New(self, list(starts.values()), [source for _, source, _ in stacks])
        found = yield from loops.pull(self.node, gs, self._needed(needed), new.sweep(span))
        numbers = {x.index: i for i, x in enumerate(self.feeds)}
        plain, stacked = found
        loop = new.loop([g for _, g in (*plain, *stacked)])
        values = [(numbers[x.index], g.op.position) for x, g in plain]
        derived = self._derived[key] = Derived(loop, values, stacked)
        return derived

    def pushed(
        self,
        run: LoopRun,
        moving: tuple[int, ...],
        stacks: tuple[tuple[Node, DefinedLoop, Node], ...],
        span: Span | None,
    ) -> Generator[Any, Any, Derived]:
        """The derivative of a run forwards: the feeds that have a tangent, and for the stacks that it reads those of
        tangents, each with the loop that pushes it. Its feeds are the tangents and those of the loop itself."""
        key = _numbered(run, ("forward", moving, tuple([(stack.index, item.index) for stack, _, item in stacks])))
        if key in self._derived:
            return self._derived[key]
        tangents = {self.feeds[i].index: Node(shape=self.feeds[i].shape) for i in moving}
        of_stacks = {stack.index: item for stack, _, item in stacks}
        new = _New(self, list(tangents.values()), [source for _, source, _ in stacks])
        moved: dict[int, Any] = tangents | of_stacks
        incoming = [moved.get(x.index) for x in self.node.operands]
        found = yield from loops.push(self.node, incoming, new.sweep(span))
        loop = new.loop(list(found.values()))
        carried = range(self.op.carried)
        values = [(j, t.op.position) for j, t in found.items() if j in carried]
        derived = self._derived[key] = Derived(loop, values, [(j, t) for j, t in found.items() if j not in carried])
        return derived

    def _needed(self, needed: Sequence[bool]) -> list[bool]:
        """Which operands of the node are needed, given which feeds and sources are."""
        of_feeds = {x.index: need for x, need in zip(self.feeds, needed, strict=False)}
        of_loops = {
            source.node.index: need for source, need in zip(self.sources, needed[len(self.feeds) :], strict=True)
        }
        return [
            of_loops[x.left.index] and (type(x.op) is Item or _varies(x, of_feeds))
            if isinstance(x.op, Item | History)
            else of_feeds.get(x.index, False)
            for x in self.node.operands
        ]

    def stacks(self) -> list[tuple[Node, int]]:
        """The stacks that it reads, and of which source each is one."""
        numbers = {source.node.index: i for i, source in enumerate(self.sources)}
        return [(x, numbers[x.left.index]) for x in self.node.operands if isinstance(x.op, Item | History)]


class _New:
    """The derivative of a loop while it is made."""

    def __init__(self, of: DefinedLoop, starts: Sequence[Node], others: Sequence[DefinedLoop]) -> None:
        self._of = of
        self._starts = starts
        self._sources = list(dict.fromkeys([of, *of.sources, *others, *[x for other in others for x in other.sources]]))
        self._visited: list[Visited] = []
        self._twins: dict[int, Node] = {}
        for source in self._sources:
            self._twins.update(source.twins)

    def sweep(self, span: Span | None) -> Sweep:
        """How the sweep goes that makes it."""
        return Sweep(True, collector(self._visited), None, span, mirror=self._mirror)

    def _mirror(self, region: Region, scope: Scope) -> Region:
        """The region as the new loop sees it: nodes of its own stand for what the region's computed."""
        twins: dict[int, Node] = {}
        for param in region.params:
            twins[param.index] = self._twin(param, (), scope)
        nodes = upstream(result for result in region.results if result is not None)
        for index in sorted(nodes):
            node = nodes[index]
            if index not in twins:
                # A literal is what it is.
                twins[index] = (
                    node if node.op is None else self._twin(node, [twins[x.index] for x in node.operands], scope)
                )
        results = [None if result is None else twins[result.index] for result in region.results]
        return Region(scope, [twins[param.index] for param in region.params], results)

    def _twin(self, node: Any, operands: Sequence[Node], scope: Scope) -> Node:
        twin = Node(node.op, operands, shape=node.shape, scope=scope, span=node.span)
        self._twins[twin.index] = node
        if node.op is None:
            twin.rest = (node,)
        return twin

    def loop(self, items: Sequence[Node]) -> DefinedLoop | None:
        """The loop of which these are results; None where there are none."""
        if not items:
            return None
        feeds = [*self._starts, *self._of.feeds]
        return DefinedLoop(items[0].left, feeds, self._sources, self._visited, self._twins, self._of._until)


# So many nodes may a loop have: what is larger is traced.
MOST: Final = 20_000
# So many loops are kept, each for other shapes.
MOST_KEPT: Final = 500


class _TooLargeError(Exception):
    """A loop has more nodes than it is worth to make."""


class _Bounded(Defining):
    """Builds the graph of a loop, unless that becomes large."""

    def __init__(self) -> None:
        self._count = 0

    def apply(self, op: Op, span: Span, /, *operands: Value) -> Value:
        self._count += 1
        if self._count > MOST:
            raise _TooLargeError
        return super().apply(op, span, *operands)


class Loops:
    """The loops of a program, each lowered once for every set of shapes. Threads may share it."""

    def __init__(self) -> None:
        self._loops: dict[Any, DefinedLoop | tuple[int, int, Span] | None] = {}

    def defined(
        self,
        key: Any,
        operands: Sequence[Any],
        tangents: Tangents,
        lower: Lower,
    ) -> DefinedLoop | None:
        """The loop that `lower` makes of nodes, with what the diff() in it have passed; None where it is not for a
        program: what it carries changes its shape, it cannot be lowered before values flow, or is too large. Raises
        what `lower` asks for."""
        shapes = tuple([x.shape for x in operands])
        of_tangents = tuple([(pair, None if t is None else t.shape) for pair, t in tangents.items()])
        key = key, shapes, of_tangents
        try:
            found = self._loops[key]
        except KeyError:
            if len(self._loops) >= MOST_KEPT:
                self._loops.clear()
            found = self._loops[key] = _lowered(shapes, of_tangents, lower)
        if isinstance(found, tuple):
            raise Ask(*found)
        return found


def _lowered(
    shapes: Sequence[Any], tangents: Sequence[tuple[tuple[int, int], Any]], lower: Lower
) -> DefinedLoop | tuple[int, int, Span] | None:
    """A loop on nodes of these shapes; what it asks for, or None (see `Loops.defined`)."""
    feeds = [Node(shape=shape) for shape in shapes]
    entering = {pair: None if shape is None else Node(shape=shape) for pair, shape in tangents}
    try:
        results, visited = lower(_Bounded(), feeds, entering)
    except (ExprError, _TooLargeError):
        return None
    except Ask as ask:
        return ask.of, ask.by, ask.span
    node = results[0].left
    if any([param.shape is None for param in node.op.regions[0].params]):
        return None
    of_diffs: list[Visited] = []
    collect = collector(of_diffs)
    for visit in visited:
        collect(*visit)
    return DefinedLoop(node, [*feeds, *[x for x in entering.values() if x is not None]], visited=of_diffs)


def _numbered(run: LoopRun, key: Any) -> Any:
    """A derivative of a run, and how often it was taken before: each time it is a loop of its own, since what comes of
    several may meet in one."""
    run.derived[key] += 1
    return key, run.derived[key]


def _unread(nodes: Sequence[Node]) -> set[int]:
    """Those of the nodes of a loop whose values no derivative reads: they are only added, moved or compared, and not
    pushed for others."""
    found = {node.index for node in nodes if node.op is None or not _reads(node)}
    for node in nodes:
        if node.op is not None and _reads(node):
            found.difference_update([x.index for x in node.operands])
        for region in node.op.regions if isinstance(node.op, Branch | Loop) else ():
            assert region is not None, "a graph has both sides"
            pushed = region.results[node.op.carried :] if isinstance(node.op, Loop) else [region.scope.condition]
            found.difference_update([x.index for x in pushed if x is not None])
    roles = Roles()
    for node in reversed(nodes):  # inner regions first: what their parameters stand for may be parameters
        if node.op is None and node.rest and node.index not in found:
            outer = roles.outer(node)
            if outer is not None:
                found.discard(outer.index)
    return found


def _reads(node: Node) -> bool:
    """Whether the derivative of an operation may depend on its result or its operands. That of an operation on arrays
    does on their shapes."""
    op = node.op
    assert op is not None, "it is asked of operations"
    plain = isinstance(op.partials, tuple) and not op.hard_points and node.shape == ()
    return not plain or not all([partial in (None, ONE, MINUS_ONE) for partial in op.partials])  # type: ignore[union-attr]


def _varies(history: Node, needed: Mapping[int, bool]) -> bool:
    """Whether the history of a carried value may change with those feeds that are needed."""
    operands = history.left.operands
    if any([x.index not in needed for x in operands]):
        return True
    position: Any = history.op.position  # type: ignore[union-attr]
    return bool(varying(history.left, [needed[x.index] for x in operands]) >> position & 1)


def _inside(node: Node) -> list[Node]:
    """The loop and all nodes of its region that have a value, those of the regions inside too."""
    found: dict[int, Any] = {node.index: node}
    waiting = [node]
    while waiting:
        here = waiting.pop()
        op: Any = here.op
        for region in op.regions:
            ends = [*(x for x in region.results if x is not None), *region.params]
            if isinstance(op, Loop) and op.condition is not None:
                ends.append(op.condition)
            for index, x in upstream(ends, lambda x: x.index not in found).items():
                found[index] = x
                if isinstance(x.op, Branch | Loop):
                    waiting.append(x)
    return [found[index] for index in sorted(found)]
