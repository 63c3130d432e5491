"""From fetched nodes to a flat list of instructions, and the interpreter that walks it.

The passes (dead code, constant folding with the kernels themselves, merging of equal nodes) run here, after
all differentiation, and preserve every value: nothing is simplified, reordered or fused.

Sides of branches become segments with a guard, loops jump back in the list. What another loop over the same iterations
reads, such as the derivative of a loop, is pushed onto a stack, and nothing else is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from exprgrad.diagnostics import EvaluationError, ExprError, GraphError, Span
from exprgrad.numbers.arithmetic import ZERO, to_float64, truth, zero_aware
from exprgrad.numbers.rounded import MPFR
from exprgrad.ops.control import Branch, History, Item, Loop, Scope, endless
from exprgrad.ops.registry import Op
from exprgrad.static.graph import Node


class Instruction(NamedTuple):
    """`slots[out] = op(slots[ins[0]], ...)`. `absent` says that an operand may be a structural zero."""

    op: Op
    ins: tuple[int, ...]
    out: int
    absent: bool
    node: Node


class Segment(NamedTuple):
    """Instructions of one branch. `scope` is its number, 0 for what always runs; `escaping` are the slots that
    are read outside of the branch and hold structural zeros where it is not taken."""

    scope: int
    instructions: list[Instruction]
    escaping: list[int]


class Guard(NamedTuple):
    """When a scope is active: its parent is, and the condition in `slot` is true (`polarity`) or false."""

    parent: int
    slot: int
    polarity: bool
    span: Span | None


class LoopFrame:
    """What the interpreter knows of a loop: its operation, the scope of its body, slots, and places in the code.

    `scope` is the guard under which it runs; `inner` are the guards inside it, which every iteration decides anew.
    """

    __slots__ = (
        "body",
        "condition",
        "count",
        "elements",
        "exit",
        "inner",
        "moves",
        "op",
        "pushes",
        "scope",
        "stacks",
        "start",
        "starts",
        "total",
    )

    def __init__(self, op: Loop, body: Scope) -> None:
        self.op = op
        self.body = body
        self.inner: list[int] = []
        # For each carried value where it goes and where it comes from, at the start and after an iteration.
        self.starts: list[tuple[int, int]] = []
        self.moves: list[tuple[int, int]] = []
        # For each value that is kept its slot and that of its stack.
        self.pushes: list[tuple[int, int]] = []
        # For each value that another loop kept its slot, that of the stack, and whether that loop ran the other way.
        self.elements: list[tuple[int, int, bool]] = []
        self.stacks: list[int] = []
        self.scope = self.count = self.start = self.exit = 0
        self.total = self.condition = -1


class Enter(NamedTuple):
    """A loop begins."""

    frame: LoopFrame


class Test(NamedTuple):
    """The condition of a loop has been computed."""

    frame: LoopFrame


class Again(NamedTuple):
    """An iteration is done."""

    frame: LoopFrame


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
Step = Segment | Enter | Test | Again

# Stands for the slot that holds a structural zero.
ABSENT: Final = -1
# (kernel, first operand's slot, second's or -1, all operands' slots if there are more than two, out, node)
_Bound = tuple[Callable[..., Any], int, int, tuple[int, ...], int, Node]


class Program:
    """A program that computes `fetches` when `feeds` are given; thread-safe, since every run has slots of its own.

    Fetched, a node inside a loop gives the list of its values, in the order of the iterations of the program's loop.
    """

    def __init__(self, fetches: Sequence[Node], feeds: Sequence[Node]) -> None:
        fed = {node.index for node in feeds}
        roles = _Roles()
        order = _needed(fetches, fed, roles)
        for node in order:
            if node.op is None and node.value is None and not node.rest and node.index not in fed:
                raise GraphError(
                    f"the placeholder {node.name or 'number ' + str(node.index)} needs a value",
                    node.span,
                    hint="feed it: feed_dict={placeholder: value}",
                )
        made = _Compilation(order, feeds, fetches, roles)
        self.code = made.code
        self.guards = made.guards
        self.constants = made.constants
        self.size = made.size
        self.fetches = [made.slots[key] for key in made.fetched]
        # Of each fetch, for each loop around it, from the outermost inwards, whether it ran backwards.
        self.turned = [made.turned(key) for key in made.fetched]
        # Whether what is not fed is a double, too, so that doubles meet nothing else.
        self._rounded = all([type(x) in (float, MPFR) or x is ZERO for x in self.constants])
        self._scalar: list[tuple[Step, list[_Bound]]] | None = None
        self._general: list[tuple[Step, list[_Bound]]] | None = None

    def __len__(self) -> int:
        return sum(len(step.instructions) for step in self.code if isinstance(step, Segment))

    def _bound(self, scalar: bool) -> list[tuple[Step, list[_Bound]]]:
        return [
            (step, [_bind(i, scalar) for i in step.instructions] if isinstance(step, Segment) else [])
            for step in self.code
        ]

    def run(self, values: Sequence[Any]) -> list[Any]:
        """The fetched values, for a value of each feed."""
        slots = [*self.constants, *values, *[None] * (self.size - len(self.constants) - len(values))]
        if self._rounded and all([type(x) is MPFR for x in values]):
            if self._scalar is None:
                self._scalar = self._bound(True)
            code = self._scalar
            slots[: len(self.constants)] = map(_strong, self.constants)
        else:
            if self._general is None:
                self._general = self._bound(False)
            code = self._general
        active: dict[int, bool] = {0: True}
        place, end = 0, len(code)
        while place < end:
            step, instructions = code[place]
            place += 1
            kind = type(step)
            if kind is Segment:
                scope: int = step.scope  # type: ignore[union-attr]
                if scope and not self._active(scope, active, slots):
                    for i in step.escaping:  # type: ignore[union-attr]
                        slots[i] = ZERO
                    continue
                node: Node | None = None
                try:
                    for kernel, a, b, more, out, node in instructions:  # noqa: B007 - the handler reads it
                        if b >= 0:
                            slots[out] = kernel(slots[a], slots[b])
                        elif a >= 0:
                            slots[out] = kernel(slots[a])
                        else:
                            slots[out] = kernel(*[slots[i] for i in more])
                except ExprError as problem:
                    if problem.span is None and node is not None:
                        problem.span = node.span
                    raise
                continue
            loop: LoopFrame = step.frame  # type: ignore[union-attr]
            if kind is Test:
                if not _decide(slots[loop.condition], loop.op.condition.scope.span):
                    place = loop.exit
                elif slots[loop.count] == loop.op.limit:
                    raise endless(loop.op.limit, loop.op.span)
                continue
            if kind is Enter:
                if loop.scope and not self._active(loop.scope, active, slots):
                    for stack in loop.stacks:
                        slots[stack] = ZERO
                    place = loop.exit
                    continue
                slots[loop.count] = number = 0
                for stack in loop.stacks:
                    slots[stack] = []
                moves = loop.starts
            else:
                slots[loop.count] = number = slots[loop.count] + 1
                for slot, stack in loop.pushes:
                    slots[stack].append(slots[slot])
                moves = loop.moves
                place = loop.start
            if len(moves) == 1:
                ((out, a),) = moves
                slots[out] = slots[a]
            else:
                for (out, _), value in zip(moves, [slots[a] for _, a in moves], strict=True):
                    slots[out] = value
            for scope in loop.inner:
                active.pop(scope, None)
            if loop.total >= 0:
                total = slots[loop.total]
                if number == total:
                    place = loop.exit
                    continue
                for slot, stack, turned in loop.elements:
                    slots[slot] = slots[stack][total - 1 - number if turned else number]
        return [
            _upright(slots[i], turned) if turned else slots[i]
            for i, turned in zip(self.fetches, self.turned, strict=True)
        ]

    def _active(self, scope: int, active: dict[int, bool], slots: list[Any]) -> bool:
        """Whether a branch is taken; decided once a run or iteration, from the outermost branch inwards."""
        chain = []
        while scope not in active:
            chain.append(scope)
            scope = self.guards[scope].parent
        for inner in reversed(chain):
            guard = self.guards[inner]
            taken = active[scope]
            if taken:
                taken = _decide(slots[guard.slot], guard.span) is guard.polarity
            active[inner] = taken
            scope = inner
        return active[scope]


class _Wiring(NamedTuple):
    """What a loop reads, as values: those it starts with and those for the next iteration, each with the parameter
    that gets it, how often it runs, and its condition; of the last two a loop has one."""

    starts: list[tuple[int, Key]]
    moves: list[tuple[int, Key]]
    total: Key | None
    condition: Key | None


class _Compilation:
    """Turns needed nodes, in order of creation, into code."""

    def __init__(self, order: Sequence[Node], feeds: Sequence[Node], fetches: Sequence[Node], roles: _Roles) -> None:
        fed = {node.index for node in feeds}
        self.roles = roles
        self.alias, constants = _merge(order, fed, self.roles)
        self.absent = _absent(order, self.roles)
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
            primal = _primal(self.loops[home])
            for i, scope in enumerate(around):
                if _primal(self.loops[scope]) is primal:
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
        return [self.reach(self.key(x), node.scope) for x in _reads(node, self.roles)]

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
            total = self.reach(Count(_primal(node).index), node.scope)
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
                read([result for _, result in self.wirings[body].moves], place, body)
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

        def release(place: int) -> None:
            free.extend(slots[key] for key in dying.get(place, ()))

        numbers: dict[Scope, int] = {}
        opened: list[LoopFrame] = []
        fresh = True  # whether the next instruction begins a segment
        for place, step in enumerate(steps):
            if isinstance(step, Node):
                assert step.op is not None
                scope = self._number(step.scope, numbers, opened)
                ins = tuple(slots[key] for key in self.ins[step.index])
                release(place)
                out = allocate(step.index)
                absent = any(self.absent[x.index] for x in step.operands if x.index in self.absent)
                if fresh or self.code[-1].scope != scope:  # type: ignore[union-attr]
                    self.code.append(Segment(scope, [], []))
                    fresh = False
                segment: Segment = self.code[-1]  # type: ignore[assignment]
                if scope and step.index in escaping:
                    segment.escaping.append(out)
                segment.instructions.append(Instruction(step.op, ins, out, absent, step))
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


class _Roles:
    """What the parameters of regions stand for."""

    def __init__(self) -> None:
        self._positions: dict[int, dict[int, int]] = {}

    def position(self, param: Node) -> tuple[Node, int] | None:
        """The loop in whose body a parameter is one, and its place there; None for a side of a branch."""
        loop = param.scope.loop if param.scope is not None else None
        if loop is None:
            return None
        positions = self._positions.get(loop.index)
        if positions is None:
            params = loop.op.regions[0].params
            positions = self._positions[loop.index] = {p.index: i for i, p in enumerate(params)}
        return loop, positions[param.index]

    def outer(self, param: Node) -> Node | None:
        """The value that a parameter is, which lies outside, or, for an element, in the loop that pushed it; the
        parameter itself where it is a carried value."""
        role = self.position(param)
        if role is None:
            return param.rest[0]  # type: ignore[no-any-return]
        loop, i = role
        if i < loop.op.carried:  # type: ignore[union-attr]
            return param
        operand: Node = loop.operands[i]
        if i not in loop.op.elements:  # type: ignore[union-attr]
            return operand
        region = operand.left.op.regions[0]
        source: Node | None = (region.params if type(operand.op) is History else region.results)[operand.op.position]  # type: ignore[union-attr]
        return source


def _primal(node: Node) -> Node:
    """The loop of the program that a loop is a derivative of, of whatever order."""
    while node.op.source is not None:  # type: ignore[union-attr]
        node = node.op.source  # type: ignore[union-attr]
    return node


def _is_stack(node: Node) -> bool:
    """Whether a node is a stack that a loop makes: it is known where it is read."""
    return type(node.op) is Item and type(node.left.op) is Loop and node.op.position >= node.left.op.carried


def _upright(stack: Any, turned: Sequence[bool]) -> Any:
    """A stack, and the stacks on it, in the order of the iterations."""
    if not turned or stack is ZERO:
        return stack
    values = [_upright(value, turned[1:]) for value in stack]
    return values[::-1] if turned[0] else values


def _strong(value: Any) -> Any:
    return to_float64(value) if type(value) is float else value


def _scopes(nodes: Iterable[Node]) -> dict[Scope, None]:
    """The scopes that the nodes lie in, and those around them."""
    found: dict[Scope, None] = {}
    for node in nodes:
        scope = node.scope
        while scope is not None and scope not in found:
            found[scope] = None
            scope = scope.parent
    return found


def _needed(fetches: Sequence[Node], fed: Collection[int], roles: _Roles) -> list[Node]:
    """The nodes that the fetches need, conditions of branches and loops included, in order of creation."""
    seen: dict[int, Node] = {}
    scopes: set[Scope] = set()
    stack = list(fetches)
    while stack:
        node = stack.pop()
        if node.index in seen:
            continue
        seen[node.index] = node
        if node.index in fed:
            continue
        stack.extend(x for x in _reads(node, roles) if x is not None)
        scope = node.scope
        while scope is not None and scope not in scopes:
            scopes.add(scope)
            stack.append(scope.condition if scope.loop is None else scope.loop)
            scope = scope.parent
    return [seen[index] for index in sorted(seen)]


def _merge(order: Sequence[Node], fed: Collection[int], roles: _Roles) -> tuple[dict[int, int], dict[int, Any]]:
    """Which nodes equal an earlier one, and the values of those that are constant.

    Equal is: the same operation on the same operands in the same scope. Constants are equal by their bits.
    """
    alias: dict[int, int] = {}
    constants: dict[int, Any] = {}
    first: dict[object, int] = {}
    for node in order:
        index = node.index
        if index in fed or type(node.op) in (Branch, Loop, History):
            continue
        if node.op is None:
            if node.rest:
                outer = roles.outer(node)
                if outer is not node:
                    alias[index] = _source(outer, alias)
            elif node.value is ZERO:
                alias[index] = ABSENT
            else:
                bits = node.value.hex() if type(node.value) is float else None
                same = index if bits is None else first.setdefault(bits, index)
                if same != index:
                    alias[index] = same
                else:
                    constants[index] = node.value
            continue
        ins = tuple(_source(x, alias) for x in _reads(node, roles))
        if node.op.partials is not None and all(i in constants for i in ins):
            try:
                constants[index] = node.op.compute([constants[i] for i in ins])
                continue
            except ExprError:
                pass  # the error belongs to the run, and only if this branch is taken
        same = first.setdefault((node.op, ins, node.scope), index)
        if same != index:
            alias[index] = same
    return alias, constants


def _absent(order: Sequence[Node], roles: _Roles) -> dict[int, bool]:
    """Which values may be structural zeros: what a side of a branch does not reach, and what a loop starts with that
    adds up a derivative."""
    absent: dict[int, bool] = {node.index: False for node in order}
    loops = any(type(node.op) is Loop for node in order)

    def of(node: Node | None) -> bool:
        return node is None or absent.get(node.index, False)

    while True:
        changed = False
        for node in order:
            if absent[node.index]:
                continue
            op = node.op
            if op is None and not node.rest:
                now = node.value is ZERO
            elif op is None or type(op) is Item:
                now = any(of(x) for x in _reads(node, roles))
            else:
                flags = [of(x) for x in node.operands]
                now = any(flags) if op.zero == "product" else op.zero == "sum" and all(flags)
            if now:
                absent[node.index] = changed = True
        if not (loops and changed):
            return absent


def _reads(node: Node, roles: _Roles) -> Sequence[Node | None]:
    """What the value of a node comes from: a result of a branch from the condition and the results of both sides, None
    for a structural zero; one of a loop from what the loop carries or pushes; a carried value from where the loop
    starts and from the iteration before; any other parameter from what it stands for."""
    op = node.op
    if type(op) is Item:
        if type(node.left.op) is Branch:
            return op.sides(node)  # type: ignore[return-value]
        region = node.left.op.regions[0]
        carried = op.position < node.left.op.carried
        return ((region.params if carried else region.results)[op.position], node.left)
    if type(op) is Loop:
        return (op.condition,) if op.condition is not None else (_primal(node),)
    if type(op) is History:
        return ()
    if op is None and node.rest:
        outer = roles.outer(node)
        if outer is not node:
            return (outer,)
        loop, i = roles.position(node)  # type: ignore[misc]
        return (loop.operands[i], loop.op.regions[0].results[i])  # type: ignore[union-attr]
    return node.operands


def _source(x: Node | None, alias: dict[int, int]) -> int:
    return ABSENT if x is None else alias.get(x.index, x.index)


def _decide(condition: Any, span: Span | None) -> bool:
    """Whether a condition holds; an error is placed under the condition."""
    try:
        return truth(condition)
    except EvaluationError as problem:
        problem.span = problem.span or span
        raise


def _select(span: Span | None) -> Callable[[Any, Any, Any], Any]:
    return lambda condition, then, otherwise: then if _decide(condition, span) else otherwise


def _bind(instruction: Instruction, scalar: bool) -> _Bound:
    """The kernel for scalars in double precision, or the one that looks at its operands each time."""
    op, ins, out, absent, node = instruction
    kernel: Callable[..., Any]
    if isinstance(op, Item):
        regions = node.left.op.regions
        kernel = _select(regions[0].scope.span) if len(ins) == 3 else _same
    elif scalar:
        kernel = op.float64
    else:
        kernel = _Dispatching(op)
    if absent and op.zero is not None:
        kernel = zero_aware(kernel, op.zero)
    a = ins[0] if len(ins) <= 2 else -1
    b = ins[1] if len(ins) == 2 else -1
    return kernel, a, b, ins, out, node


def _same(value: Any) -> Any:
    return value


class _Dispatching:
    """An operation that picks its arithmetic by its operands."""

    __slots__ = ("op",)

    def __init__(self, op: Op) -> None:
        self.op = op

    def __call__(self, *operands: Any) -> Any:
        return self.op.compute(operands)
