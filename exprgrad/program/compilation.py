"""From fetched nodes to a program.

Sides of branches become segments with a guard, loops jump back in the list. What another loop over the same iterations
reads, such as the derivative of a loop, is pushed onto a stack, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from exprgrad.diagnostics import GraphError
from exprgrad.numbers.scalars import ZERO
from exprgrad.ops.control import Branch, History, Item, Loop, Scope
from exprgrad.program.instructions import (
    AGAIN,
    CHOOSE,
    COPY,
    ENTER,
    TEST,
    Boundary,
    Guard,
    Input,
    Instruction,
    LoopFrame,
    Output,
    Section,
    Segment,
)
from exprgrad.program.passes import ABSENT, Node, Roles, implied, merge, needed, primal, reads, structural_zeros
from exprgrad.program.program import Program
from exprgrad.records import NamedTuple


class Stack(NamedTuple):
    """What the iterations of a loop gave a value, one for each."""

    of: ValueKey


class Element(NamedTuple):
    """The value on a stack that belongs to the iteration of a loop, given by the index of its node; `turned` says that
    the stack was pushed by a loop that ran the other way."""

    stack: ValueKey
    loop: int
    turned: bool


class Count(NamedTuple):
    """How often a loop, given by the index of its node, has run."""

    loop: int


# A value: a node by its index, or one of those that only the instructions know.
ValueKey = int | Stack | Element | Count


class _Wiring(NamedTuple):
    """What a loop reads, as values: those it starts with and those for the next iteration, each with the parameter
    that gets it, how often it runs, and its condition; of the last two a loop has one."""

    starts: list[tuple[int, ValueKey]]
    moves: list[tuple[int, ValueKey]]
    total: ValueKey | None
    condition: ValueKey | None


class _Mark(NamedTuple):
    """A place in the steps where a loop begins, is tested, or has done an iteration; `body` is its scope."""

    kind: str
    body: Scope


class Known:
    """What is known of nodes that a program before has computed, or that stand for such: `alias` says which value each
    is, `constants` which are constant, and `absent` which may be structural zeros; `scopes` where values lie, `loops`
    the loops by their bodies; and `originals` what the nodes are twins of that stand for others."""

    def __init__(self) -> None:
        self.alias: dict[int, int] = {}
        self.constants: dict[int, Any] = {}
        self.absent: dict[int, bool] = {}
        self.scopes: dict[ValueKey, Scope | None] = {}
        self.loops: dict[Scope, Node] = {}
        self.originals: dict[int, Node] = {}

    @classmethod
    def of(cls, parts: Iterable[Known]) -> Known:
        """All that is known of several programs."""
        found = cls()
        for part in parts:
            found.alias |= part.alias
            found.constants |= part.constants
            found.absent |= part.absent
            found.scopes |= part.scopes
            found.loops |= part.loops
            found.originals |= part.originals
        return found

    def twin(self, index: int, original: Node) -> None:
        """A node stands for one that is known."""
        self.alias[index] = self.alias.get(original.index, original.index)
        self.absent[index] = self.absent[original.index]
        self.originals[index] = original

    def vanish(self, feed: Node) -> None:
        """What is fed is a structural zero."""
        self.alias[feed.index] = ABSENT
        self.absent[feed.index] = True

    def primal(self, loop: Node) -> Node:
        """The loop of the program that a loop is a derivative of, of whatever order."""
        while True:
            loop = primal(loop)
            if loop.index not in self.originals:
                return loop
            loop = self.originals[loop.index]


def assemble(
    fetches: Sequence[Node], feeds: Sequence[Node], names: Sequence[tuple[str, ...]] = (), *, folds: bool = True
) -> Program:
    """The program that computes nodes when others are fed, with the `names` of its outputs. Raises a GraphError where a
    placeholder has no value. What constants alone are computed to is computed now, and rounded, unless told otherwise
    by `folds`.

    Fetched, a node inside a loop gives the list of its values, in the order of the iterations of the program's loop.
    """
    return Compilation(fetches, feeds, names=names, folds=folds).program


class Compilation:
    """The making of a program, which continues those of which something is `known`: of what these have kept it takes
    what it needs as inputs behind the feeds (`given`). Its outputs are those fetched, then the values of the nodes
    `kept` by their keys (`keeps`), lists for what lies in loops, in the order in which their iterations run, but not of
    those `unread`, and then the `watched`."""

    def __init__(
        self,
        fetches: Sequence[Node],
        feeds: Sequence[Node],
        *,
        names: Sequence[tuple[str, ...]] = (),
        known: Known | None = None,
        kept: Sequence[Node] = (),
        unread: Collection[int] = (),
        watched: Sequence[Node] = (),
        folds: bool = True,
    ) -> None:
        fed = {node.index for node in feeds}
        self.roles = Roles()
        self.known = known = known or Known()
        everything = needed([*fetches, *kept, *watched], {*fed, *known.absent}, self.roles)
        order = [node for node in everything if node.index not in known.absent]
        for node in order:
            if node.op is None and node.value is None and not node.rest and node.index not in fed:
                raise GraphError(
                    f"the placeholder {node.name or 'number ' + str(node.index)} needs a value",
                    node.span,
                    hint="feed it: feed_dict={placeholder: value}",
                )
        self.absent, self.alias = known.absent, known.alias
        constants: dict[int, Any] = {}
        for node in everything:
            if node.index in known.absent and (key := self.key(node)) in known.constants:
                constants[key] = known.constants[key]
        structural_zeros(order, self.roles, self.absent)
        self._gaps = any([self.absent[node.index] for node in everything])
        shown = [*fetches, *kept, *watched]
        merge(order, fed, implied(order, shown, self.roles), self.roles, self.alias, constants, folds)
        known.constants |= constants
        self.guards: list[Guard] = [Guard(0, 0, True, None)]
        self.code: list[Section] = []
        self.scopes = known.scopes
        self.scopes[ABSENT] = None
        for index in constants:
            self.scopes[index] = None
        for node in order:
            outside = node.index in fed or node.index in constants
            self.scopes[node.index] = None if outside else node.scope
        # The loops by their bodies. What each pushes and reads from stacks is filled in by `reach`.
        self.loops: dict[Scope, Node] = {}
        for node in order:
            if type(node.op) is Loop:
                self.loops[node.op.regions[0].scope] = node
                self.scopes[Count(node.index)] = node.scope
        # Those that have run before, and what they have kept that is read.
        self._ran = dict(known.loops)
        self._counts: set[ValueKey] = {Count(node.index) for node in known.loops.values()}
        self._given: dict[ValueKey, None] = {}
        known.loops |= self.loops
        self.stacks: dict[Scope, dict[ValueKey, Stack]] = {body: {} for body in known.loops}
        self.elements: dict[Scope, dict[ValueKey, Element]] = {body: {} for body in self.loops}

        self.slots: dict[ValueKey, int] = {ABSENT: 0}
        self.constants: list[Any] = [ZERO]
        for i, value in constants.items():
            self.slots[i] = len(self.slots)
            self.constants.append(value)
        for node in feeds:
            self.slots[node.index] = len(self.slots)
        self.size = len(self.slots)

        computed = [
            node
            for node in order
            if node.op is not None
            and not (node.index in fed or node.index in constants or node.index in self.alias)
            and not (type(node.op) in (Branch, History) or (type(node.op) is Item and _is_stack(node)))
        ]
        self.ins = {node.index: self._operands(node) for node in computed if type(node.op) is not Loop}
        self.wirings = {body: self._wiring(node) for body, node in self.loops.items()}
        self.conditions = {
            scope: self.reach(self.key(scope.condition), scope.parent)
            for scope in _scopes(computed)
            if scope not in self.loops
        }
        self.fetched = [self.reach(self.key(node), None) for node in fetches]
        new = {node.index for node in order}
        self.keeps = self._keeps([node for node in kept if node.index in new and node.index not in unread])
        seen = [self.reach(self.key(node), None) for node in watched]
        self.fetched += [*self.keeps, *seen]
        self.given: list[ValueKey] = list(self._given)
        for key in self.given:
            self.slots[key] = self.size
            self.size += 1
        names = [*names, *[()] * (len(self.fetched) - len(names))]
        frames = self._write(self._linear(computed))
        upright = [*map(self.turned, self.fetched[: len(fetches)]), *[()] * len(self.keeps), *map(self.turned, seen)]
        self.program = Program(
            tuple([Input(node.name or "", node.shape) for node in feeds] + [Input("", ())] * len(self.given)),
            tuple(self.constants),
            self.size,
            tuple(self.code),
            tuple(self.guards),
            tuple(frames),
            tuple(map(Output, [self.slots[key] for key in self.fetched], upright, names)),
            self._gaps,
        )

    def _keeps(self, nodes: Sequence[Node]) -> list[ValueKey]:
        """The keys of what nodes inside of loops, and how often these have run."""
        found: dict[ValueKey, None] = {}
        for node in nodes:
            counted = type(node.op) is Loop
            if counted or not (type(node.op) in (Branch, History) or _is_stack(node)):
                key = self.reach(Count(node.index) if counted else self.key(node), None)
                if key not in self.slots and key not in self._given:
                    found[key] = None
        return list(found)

    # -- which value is read ------------------------------------------------------------------------

    def key(self, node: Node | None) -> ValueKey:
        return ABSENT if node is None else self.alias.get(node.index, node.index)

    def home(self, scope: Scope | None) -> Scope | None:
        """The body of the innermost loop around a scope, the scope itself included."""
        while scope is not None and scope not in self.known.loops:
            scope = scope.parent
        return scope

    def reach(self, key: ValueKey, reader: Scope | None) -> ValueKey:
        """The value as it is read in some scope: from the iteration itself, or from the stack of a loop over the same
        iterations; outside of its loop it is the stack."""
        around: list[Scope] = []
        scope = self.home(reader)
        while scope is not None:
            around.append(scope)
            scope = self.home(scope.parent)
        through: list[tuple[Scope, Scope]] = []
        loops, primal = self.known.loops, self.known.primal
        given = key in self._counts
        while (home := self.home(self.scopes[key])) is not None and home not in around:
            given = given or home in self._ran
            source = primal(loops[home])
            for i, scope in enumerate(around):
                if primal(loops[scope]) is source:
                    through.append((scope, home))
                    around = around[i + 1 :]
                    break
            key = self.stacks[home].setdefault(key, Stack(key))
            self.scopes[key] = home.parent
        if given:
            self._given.setdefault(key)
        for loop, home in reversed(through):
            turned = loops[loop].op.backwards is not loops[home].op.backwards
            key = self.elements[loop].setdefault(key, Element(key, loops[loop].index, turned))
            self.scopes[key] = loop
        return key

    def turned(self, key: ValueKey) -> tuple[bool, ...]:
        """For a stack, for it and those on it, whether the loop that pushed it ran backwards."""
        found = []
        while isinstance(key, Stack):
            key = key.of
            found.append(self.known.loops[self.home(self.scopes[key])].op.backwards)  # type: ignore[index]
        return tuple(found)

    def _operands(self, node: Node) -> list[ValueKey]:
        if type(node.op) is Item and type(node.left.op) is Loop:
            # The carried value itself: the loop has left it there.
            return [self.key(node.left.op.regions[0].params[node.op.position])]
        if not self.known.loops and type(node.op) is not Item:
            return [self.alias.get(x.index, x.index) for x in node.operands]
        return [self.reach(self.key(x), node.scope) for x in reads(node, self.roles)]

    def _wiring(self, node: Node) -> _Wiring:
        op: Loop = node.op
        region = op.regions[0]
        starts: list[tuple[int, ValueKey]] = []
        moves: list[tuple[int, ValueKey]] = []
        for param, start, result in list(zip(region.params, node.operands, region.results, strict=False))[: op.carried]:
            if param.index in self.scopes:
                starts.append((param.index, self.reach(self.key(start), node.scope)))
                moves.append((param.index, self.reach(self.key(result), region.scope)))
        total = condition = None
        if op.condition is not None:
            condition = self.reach(self.key(op.condition), region.scope)
        else:
            total = self.reach(Count(self.known.primal(node).index), node.scope)
        return _Wiring(starts, moves, total, condition)

    # -- the code -------------------------------------------------------------------------------------

    def _linear(self, computed: Sequence[Node]) -> list[Node | _Mark]:
        """All steps in the order in which they run."""
        if not self.loops:
            return list(computed)
        inside: dict[Scope | None, list[Node]] = {None: [], **{scope: [] for scope in self.loops}}
        for node in computed:
            inside[self.home(node.scope)].append(node)
        steps: list[Node | _Mark] = []
        stack: list[Node | _Mark] = list(reversed(inside[None]))
        while stack:
            step = stack.pop()
            if isinstance(step, _Mark) or type(step.op) is not Loop:
                steps.append(step)
                continue
            body = step.op.regions[0].scope
            steps.append(_Mark(ENTER, body))
            stack.append(_Mark(AGAIN, body))
            nodes: list[Node | _Mark] = list(reversed(inside[body]))
            if step.op.condition is not None:
                condition = self.wirings[body].condition
                at = next((i for i, node in enumerate(inside[body], 1) if node.index == condition), 0)
                nodes.insert(len(nodes) - at, _Mark(TEST, body))
            stack.extend(nodes)
        return steps

    def _lifetimes(self, steps: Sequence[Node | _Mark]) -> tuple[dict[ValueKey, int], set[ValueKey]]:
        """The place where each value is read last, and the values that are read outside of their scope."""
        ends = {step.body: place for place, step in enumerate(steps) if isinstance(step, _Mark) and step.kind == AGAIN}
        last: dict[ValueKey, int] = {}
        escaping: set[ValueKey] = set(self.fetched)
        around: list[Scope] = []

        def read(keys: Iterable[ValueKey], place: int, reader: Scope | None) -> None:
            for key in keys:
                if not around:
                    last[key] = place
                    if self.scopes[key] is not reader:
                        escaping.add(key)
                    continue
                home = self.home(self.scopes[key])
                # What stands outside of a loop is read until the loop ends.
                inner = 0 if home is None else around.index(home) + 1 if home in around else len(around)
                last[key] = max(place if inner == len(around) else ends[around[inner]], last.get(key, 0))
                if self.scopes[key] is not reader:
                    escaping.add(key)

        for place, step in enumerate(steps):
            if not isinstance(step, _Mark):
                read(self.ins[step.index], place, step.scope)
            elif step.kind == ENTER:
                body = step.body
                wiring = self.wirings[body]
                reader = self.loops[body].scope
                read([start for _, start in wiring.starts], place, reader)
                throughout = [element.stack for element in self.elements[body].values()]
                read([*throughout, *([] if wiring.total is None else [wiring.total])], ends[body], reader)
                around.append(body)
            elif step.kind == AGAIN:
                body = around[-1]
                # Rows that do not take part in an iteration keep what they have carried so far.
                read([key for move in self.wirings[body].moves for key in move], place, body)
                read(self.stacks[body], place, body)
                around.pop()
        return last, escaping

    def _write(self, steps: Sequence[Node | _Mark]) -> list[LoopFrame]:
        """Gives every value a slot, one whose value is read no more serves again, and writes the code."""
        last, escaping = self._lifetimes(steps)
        lasting = {*self.fetched, *self.conditions.values(), *self.slots}
        lasting.update(Count(node.index) for node in self.loops.values())
        dying: dict[int, list[ValueKey]] = {}
        for key, place in last.items():
            if key not in lasting:
                dying.setdefault(place, []).append(key)
        free: list[int] = []
        slots = self.slots

        def allocate(key: ValueKey) -> int:
            if free:
                slots[key] = free.pop()
            else:
                slots[key] = self.size
                self.size += 1
            return slots[key]

        def release(place: int) -> tuple[int, ...]:
            dead = tuple([slots[key] for key in dying.get(place, ())])
            free.extend(dead)
            return dead

        numbers: dict[Scope, int] = {}
        opened: dict[Scope, int] = {}  # the numbers of the loops that are being written, by their bodies
        frames: list[LoopFrame] = []
        segment: list[Instruction] = []
        escaped: list[int] = []
        number = 0

        def close() -> None:
            if segment:
                self.code.append(Segment(number, tuple(segment), tuple(escaped)))
                segment.clear()
                escaped.clear()

        for place, step in enumerate(steps):
            if not isinstance(step, _Mark):
                scope = 0 if step.scope is None else self._number(step.scope, numbers, opened, frames)
                ins = tuple([slots[key] for key in self.ins[step.index]])
                dead = release(place) if place in dying else ()
                out = allocate(step.index)
                if scope != number:
                    close()
                    number = scope
                if scope and step.index in escaping:
                    escaped.append(out)
                segment.append(self._instruction(step, ins, out, dead))
                continue
            close()
            body = step.body
            wiring = self.wirings[body]
            if step.kind == ENTER:
                op = self.loops[body].op
                guard = self._number(self.loops[body].scope, numbers, opened, frames)
                # What it starts with may die here and leave its place to a parameter: all are moved at once.
                starts = [slots[start] for _, start in wiring.starts]
                total = -1 if wiring.total is None else slots[wiring.total]
                read = [slots[element.stack] for element in self.elements[body].values()]
                counter = allocate(Count(self.loops[body].index))
                stacks = tuple([allocate(stack) for stack in self.stacks[body].values()])
                release(place)
                moved = tuple([(allocate(p), start) for (p, _), start in zip(wiring.starts, starts, strict=True)])
                elements = [
                    (allocate(element), stack, element.turned)
                    for element, stack in zip(self.elements[body].values(), read, strict=True)
                ]
                frame = LoopFrame(
                    scope=guard,
                    inner=(),
                    start=len(self.code) + 1,
                    exit=0,
                    counter=counter,
                    condition=-1,
                    total=total,
                    starts=moved,
                    moves=(),
                    pushes=(),
                    elements=tuple(elements),
                    stacks=stacks,
                    allowance=op.allowance,
                    backwards=op.backwards,
                    span=op.span,
                    condition_span=op.regions[0].scope.span,
                )
                loop = opened[body] = len(frames)
                frames.append(frame)
            elif step.kind == TEST:
                loop = opened[body]
                assert wiring.condition is not None
                frames[loop] = frames[loop]._replace(condition=slots[wiring.condition])
            else:
                loop = opened.pop(body)
                frames[loop] = frames[loop]._replace(
                    exit=len(self.code) + 1,
                    moves=tuple([(slots[param], slots[result]) for param, result in wiring.moves]),
                    pushes=tuple([(slots[stack.of], slots[stack]) for stack in self.stacks[body].values()]),
                )
                release(place)
            self.code.append(Boundary(step.kind, loop))
        close()
        return frames

    def _instruction(self, node: Node, ins: tuple[int, ...], out: int, dead: tuple[int, ...]) -> Instruction:
        absent = self._gaps and any([self.absent.get(x.index, False) for x in node.operands])
        if type(node.op) is not Item:
            name, attributes = node.op.reference
            shapes = tuple([x.shape for x in node.operands])
            return Instruction(name, attributes, ins, out, node.shape, shapes, node.span, dead, absent)
        chooses = len(ins) == 3
        span = node.left.op.regions[0].scope.span if chooses else node.span
        shapes = (node.shape,) * len(ins)
        return Instruction(CHOOSE if chooses else COPY, (), ins, out, node.shape, shapes, span, dead, absent)

    def _number(
        self, scope: Scope | None, numbers: dict[Scope, int], opened: Mapping[Scope, int], frames: list[LoopFrame]
    ) -> int:
        """A scope's number in `guards`; its parents get theirs first. The body of a loop has that of what the loop
        stands in."""
        chain = []
        while scope is not None and scope not in numbers:
            chain.append(scope)
            scope = scope.parent
        number = 0 if scope is None else numbers[scope]
        for inner in reversed(chain):
            if inner not in self.loops:
                self.guards.append(Guard(number, self.slots[self.conditions[inner]], inner.polarity, inner.span))
                number = len(self.guards) - 1
                for body, i in opened.items():
                    if self._contains(body, inner):
                        frames[i] = frames[i]._replace(inner=(*frames[i].inner, number))
            numbers[inner] = number
        return number

    @staticmethod
    def _contains(body: Scope, scope: Scope | None) -> bool:
        while scope is not None and scope is not body:
            scope = scope.parent
        return scope is body


def _is_stack(node: Node) -> bool:
    """Whether a node is a stack that a loop makes: it is known where it is read."""
    return type(node.op) is Item and type(node.left.op) is Loop and node.op.position >= node.left.op.carried


def _scopes(nodes: Iterable[Node]) -> dict[Scope, None]:
    """The scopes that the nodes lie in, and those around them."""
    found: dict[Scope, None] = {}
    for node in nodes:
        scope = node.scope
        while scope is not None and scope not in found:
            found[scope] = None
            scope = scope.parent
    return found
