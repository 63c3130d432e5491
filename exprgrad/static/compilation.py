"""From fetched nodes to instructions.

Sides of branches become segments with a guard, loops jump back in the list. What another loop over the same iterations
reads, such as the derivative of a loop, is pushed onto a stack, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from exprgrad.diagnostics import GraphError
from exprgrad.numbers.arithmetic import ZERO
from exprgrad.ops.control import Branch, History, Item, Loop, Scope
from exprgrad.records import NamedTuple
from exprgrad.static.graph import Node
from exprgrad.static.instructions import ABSENT, Again, Enter, Guard, Instruction, LoopFrame, Segment, Step, Test
from exprgrad.static.passes import Roles, implied, merge, needed, primal, reads, structural_zeros


class Stack(NamedTuple):
    """What the iterations of a loop gave a value, one for each."""

    of: Key


class Element(NamedTuple):
    """The value on a stack that belongs to the iteration of a loop, given by the index of its node; `turned` says that
    the stack was pushed by a loop that ran the other way."""

    stack: Key
    loop: int
    turned: bool


class Count(NamedTuple):
    """How often a loop, given by the index of its node, has run."""

    loop: int


# A value: a node by its index, or one of those that only the instructions know.
Key = int | Stack | Element | Count


class _Wiring(NamedTuple):
    """What a loop reads, as values: those it starts with and those for the next iteration, each with the parameter
    that gets it, how often it runs, and its condition; of the last two a loop has one."""

    starts: list[tuple[int, Key]]
    moves: list[tuple[int, Key]]
    total: Key | None
    condition: Key | None


class Compilation:
    """The code that computes `fetches` when `feeds` are given."""

    def __init__(self, fetches: Sequence[Node], feeds: Sequence[Node]) -> None:
        fed = {node.index for node in feeds}
        self.roles = Roles()
        order = needed(fetches, fed, self.roles)
        for node in order:
            if node.op is None and node.value is None and not node.rest and node.index not in fed:
                raise GraphError(
                    f"the placeholder {node.name or 'number ' + str(node.index)} needs a value",
                    node.span,
                    hint="feed it: feed_dict={placeholder: value}",
                )
        # Whether no value has more than one element, whatever is fed.
        self.scalar = all([node.shape == () for node in order])
        self.absent = structural_zeros(order, self.roles)
        self.alias, constants = merge(order, fed, implied(order, fetches, self.roles), self.roles)
        self.guards: list[Guard] = [Guard(0, 0, True, None)]
        self.code: list[Step] = []
        self.scopes: dict[Key, Scope | None] = {ABSENT: None}
        for node in order:
            outside = node.index in fed or node.index in constants
            self.scopes[node.index] = None if outside else node.scope
        # The loops by their bodies. What each pushes and reads from stacks is filled in by `reach`.
        self.loops: dict[Scope, Node] = {}
        for node in order:
            if type(node.op) is Loop:
                self.loops[node.op.regions[0].scope] = node
                self.scopes[Count(node.index)] = node.scope
        self.stacks: dict[Scope, dict[Key, Stack]] = {body: {} for body in self.loops}
        self.elements: dict[Scope, dict[Key, Element]] = {body: {} for body in self.loops}

        self.slots: dict[Key, int] = {ABSENT: 0}
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
            and not (type(node.op) in (Branch, History) or _is_stack(node))
        ]
        self.ins = {node.index: self._operands(node) for node in computed if type(node.op) is not Loop}
        self.wirings = {body: self._wiring(node) for body, node in self.loops.items()}
        self.conditions = {
            scope: self.reach(self.key(scope.condition), scope.parent)
            for scope in _scopes(computed)
            if scope not in self.loops
        }
        self.fetched = [self.reach(self.key(node), None) for node in fetches]
        self._write(self._linear(computed))

    # -- which value is read ------------------------------------------------------------------------

    def key(self, node: Node | None) -> Key:
        return ABSENT if node is None else self.alias.get(node.index, node.index)

    def home(self, scope: Scope | None) -> Scope | None:
        """The body of the innermost loop around a scope, the scope itself included."""
        while scope is not None and scope not in self.loops:
            scope = scope.parent
        return scope

    def reach(self, key: Key, reader: Scope | None) -> Key:
        """The value as it is read in some scope: from the iteration itself, or from the stack of a loop over the same
        iterations; outside of its loop it is the stack."""
        around: list[Scope] = []
        scope = self.home(reader)
        while scope is not None:
            around.append(scope)
            scope = self.home(scope.parent)
        through: list[tuple[Scope, Scope]] = []
        while (home := self.home(self.scopes[key])) is not None and home not in around:
            source = primal(self.loops[home])
            for i, scope in enumerate(around):
                if primal(self.loops[scope]) is source:
                    through.append((scope, home))
                    around = around[i + 1 :]
                    break
            key = self.stacks[home].setdefault(key, Stack(key))
            self.scopes[key] = home.parent
        for loop, home in reversed(through):
            turned = self.loops[loop].op.backwards is not self.loops[home].op.backwards  # type: ignore[union-attr]
            key = self.elements[loop].setdefault(key, Element(key, self.loops[loop].index, turned))
            self.scopes[key] = loop
        return key

    def turned(self, key: Key) -> tuple[bool, ...]:
        """For a stack, for it and those on it, whether the loop that pushed it ran backwards."""
        found = []
        while isinstance(key, Stack):
            key = key.of
            found.append(self.loops[self.home(self.scopes[key])].op.backwards)  # type: ignore[index, union-attr]
        return tuple(found)

    def _operands(self, node: Node) -> list[Key]:
        if type(node.op) is Item and type(node.left.op) is Loop:
            # The carried value itself: the loop has left it there.
            return [self.key(node.left.op.regions[0].params[node.op.position])]  # type: ignore[arg-type]
        return [self.reach(self.key(x), node.scope) for x in reads(node, self.roles)]

    def _wiring(self, node: Node) -> _Wiring:
        op: Loop = node.op  # type: ignore[assignment]
        region = op.regions[0]
        starts: list[tuple[int, Key]] = []
        moves: list[tuple[int, Key]] = []
        for param, start, result in list(zip(region.params, node.operands, region.results, strict=False))[: op.carried]:
            if param.index in self.scopes:
                starts.append((param.index, self.reach(self.key(start), node.scope)))
                moves.append((param.index, self.reach(self.key(result), region.scope)))  # type: ignore[arg-type]
        total = condition = None
        if op.condition is not None:
            condition = self.reach(self.key(op.condition), region.scope)
        else:
            total = self.reach(Count(primal(node).index), node.scope)
        return _Wiring(starts, moves, total, condition)

    # -- the code -------------------------------------------------------------------------------------

    def _linear(self, computed: Sequence[Node]) -> list[Node | Enter | Test | Again]:
        """All steps in the order in which they run, a loop's between Enter and Again."""
        inside: dict[Scope | None, list[Node]] = {None: [], **{scope: [] for scope in self.loops}}
        for node in computed:
            inside[self.home(node.scope)].append(node)
        steps: list[Node | Enter | Test | Again] = []
        stack: list[Node | Test | Again] = list(reversed(inside[None]))
        while stack:
            step = stack.pop()
            if isinstance(step, Test | Again) or type(step.op) is not Loop:
                steps.append(step)
                continue
            body = step.op.regions[0].scope
            frame = LoopFrame(step.op, body)
            steps.append(Enter(frame))
            stack.append(Again(frame))
            nodes: list[Node | Test | Again] = list(reversed(inside[body]))
            if step.op.condition is not None:
                condition = self.wirings[body].condition
                at = next((i for i, node in enumerate(inside[body], 1) if node.index == condition), 0)
                nodes.insert(len(nodes) - at, Test(frame))
            stack.extend(nodes)
        return steps

    def _lifetimes(self, steps: Sequence[Node | Enter | Test | Again]) -> tuple[dict[Key, int], set[Key]]:
        """The place where each value is read last, and the values that are read outside of their scope."""
        ends = {step.frame.body: place for place, step in enumerate(steps) if isinstance(step, Again)}
        last: dict[Key, int] = {}
        escaping: set[Key] = set(self.fetched)
        around: list[Scope] = []

        def read(keys: Iterable[Key], place: int, reader: Scope | None) -> None:
            for key in keys:
                home = self.home(self.scopes[key])
                # What stands outside of a loop is read until the loop ends.
                inner = 0 if home is None else around.index(home) + 1 if home in around else len(around)
                last[key] = max(place if inner == len(around) else ends[around[inner]], last.get(key, 0))
                if self.scopes[key] is not reader:
                    escaping.add(key)

        for place, step in enumerate(steps):
            if isinstance(step, Node):
                read(self.ins[step.index], place, step.scope)
            elif isinstance(step, Enter):
                body = step.frame.body
                wiring = self.wirings[body]
                reader = self.loops[body].scope
                read([start for _, start in wiring.starts], place, reader)
                throughout = [element.stack for element in self.elements[body].values()]
                read([*throughout, *([] if wiring.total is None else [wiring.total])], ends[body], reader)
                around.append(body)
            elif isinstance(step, Again):
                body = around[-1]
                # Rows that do not take part in an iteration keep what they have carried so far.
                read([key for move in self.wirings[body].moves for key in move], place, body)
                read(self.stacks[body], place, body)
                around.pop()
        return last, escaping

    def _write(self, steps: Sequence[Node | Enter | Test | Again]) -> None:
        """Gives every value a slot, one whose value is read no more serves again, and writes the code."""
        last, escaping = self._lifetimes(steps)
        lasting = {*self.fetched, *self.conditions.values(), *self.slots}
        lasting.update(Count(node.index) for node in self.loops.values())
        dying: dict[int, list[Key]] = {}
        for key, place in last.items():
            if key not in lasting:
                dying.setdefault(place, []).append(key)
        free: list[int] = []
        slots = self.slots

        def allocate(key: Key) -> int:
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
        opened: list[LoopFrame] = []
        fresh = True  # whether the next instruction begins a segment
        for place, step in enumerate(steps):
            if isinstance(step, Node):
                assert step.op is not None
                scope = self._number(step.scope, numbers, opened)
                ins = tuple(slots[key] for key in self.ins[step.index])
                dead = release(place)
                out = allocate(step.index)
                absent = any(self.absent[x.index] for x in step.operands if x.index in self.absent)
                if fresh or self.code[-1].scope != scope:  # type: ignore[union-attr]
                    self.code.append(Segment(scope, [], []))
                    fresh = False
                segment: Segment = self.code[-1]  # type: ignore[assignment]
                if scope and step.index in escaping:
                    segment.escaping.append(out)
                segment.instructions.append(Instruction(step.op, ins, out, absent, step, dead))
                continue
            fresh = True
            frame = step.frame
            wiring = self.wirings[frame.body]
            self.code.append(step)
            if isinstance(step, Enter):
                frame.scope = self._number(self.loops[frame.body].scope, numbers, opened)
                # What it starts with may die here and leave its place to a parameter: all are moved at once.
                starts = [slots[start] for _, start in wiring.starts]
                frame.total = -1 if wiring.total is None else slots[wiring.total]
                stacks = [slots[element.stack] for element in self.elements[frame.body].values()]
                frame.count = allocate(Count(self.loops[frame.body].index))
                frame.stacks = [allocate(stack) for stack in self.stacks[frame.body].values()]
                release(place)
                frame.starts = [(allocate(p), start) for (p, _), start in zip(wiring.starts, starts, strict=True)]
                frame.elements = [
                    (allocate(element), stack, element.turned)
                    for element, stack in zip(self.elements[frame.body].values(), stacks, strict=True)
                ]
                frame.start = len(self.code)
                opened.append(frame)
            elif isinstance(step, Test):
                assert wiring.condition is not None
                frame.condition = slots[wiring.condition]
            else:
                frame.moves = [(slots[param], slots[result]) for param, result in wiring.moves]
                frame.pushes = [(slots[stack.of], slots[stack]) for stack in self.stacks[frame.body].values()]
                frame.exit = len(self.code)
                opened.pop()
                release(place)

    def _number(self, scope: Scope | None, numbers: dict[Scope, int], opened: Sequence[LoopFrame]) -> int:
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
                for frame in opened:
                    if self._contains(frame.body, inner):
                        frame.inner.append(number)
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
